//! The configuration file: its defaults, its errors, and that the manual is complete.

use std::path::Path;

use crate::config::Config;
use crate::config::sections::SECTIONS;

const MANUAL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/chat.toml"));

#[track_caller]
fn problems(text: &str) -> Vec<String> {
    let error = Config::parse("chat.toml", text).unwrap_err().to_string();
    error.lines().map(str::to_owned).collect()
}

#[track_caller]
fn parse(text: &str) -> Config {
    Config::parse("chat.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn chat_toml_says_the_defaults() {
    assert_eq!(parse(MANUAL), Config::default());
    assert_eq!(parse(""), Config::default());
}

#[test]
fn chat_toml_explains_every_key_in_the_order_of_the_table() {
    let mut wanted = Vec::new();
    for (section, keys) in SECTIONS {
        wanted.push(format!("[{section}]"));
        wanted.extend(keys.iter().map(|key| (*key).to_owned()));
    }
    let mut found = Vec::new();
    let mut explained = false;
    for line in MANUAL.lines() {
        match line.split_once(" = ") {
            Some((key, _)) if !line.starts_with('#') => {
                assert!(explained, "{key} has no comment above it");
                found.push(key.to_owned());
            }
            _ if line.starts_with('[') => found.push(line.to_owned()),
            _ => {}
        }
        explained = line.starts_with('#');
    }
    assert_eq!(found, wanted);
}

#[test]
fn what_is_written_is_what_was_read() {
    let text = r#"
        [server]
        listen = "127.0.0.1:9000"
        data = "/var/lib/a \"b\" \\ c\u0009d"
        allowed_origins = ["HTTPS://Example.org:443", "http://[::1]:8080"]
        trusted_proxies = ["10.0.0.0/8", "::1"]
        title = "Räume \"1\" \\ 教室"
        [log]
        level = "off"
        file = "a.log"
        [auth]
        secret_file = "s"
        previous_secret_file = "p"
        [join]
        enabled = false
        code = "physics-7"
        role = "observer"
        ttl = "90m"
        [names]
        reserved = []
        [rooms]
        list = ["a", "数学"]
        default = "数学"
        create = "nobody"
        whisper = "off"
        [limits]
        messages_per_second = 0.5
        backlog = "65 KiB"
        [heartbeat]
        interval = "50ms"
        [history]
        path = ""
        keep = "lesson"
        synchronous = "normal"
        edit_window = "0s"
        [lab]
        max_message = "16 MiB"
    "#;
    let config = parse(text);
    assert_eq!(
        config.server.allowed_origins,
        ["https://example.org", "http://[::1]:8080"]
    );
    assert_eq!(config.join.code.as_deref(), Some("PHYSICS7"));
    assert_eq!(config.history.path, None);
    assert_eq!(parse(&config.to_toml()), config);
    assert_eq!(parse(&Config::default().to_toml()), Config::default());
}

#[test]
fn whole_numbers_are_rates_too() {
    for (text, rate) in [
        ("5", 5.0),
        ("0", 0.0),
        ("2.5", 2.5),
        ("1_000", 1000.0),
        ("0x10", 16.0),
    ] {
        let config = parse(&format!("limits.messages_per_second = {text}"));
        assert_eq!(config.limits.messages_per_second, rate);
    }
}

#[test]
fn every_problem_is_reported_with_its_line_and_what_to_do() {
    let text = "\
[server]
listen = \"somewhere\"
burst = 5

[limits]
text = \"many\"
max_conections = 7
connections = 0
message = \"17 MiB\"

[limit]
text = 1
[zoo]
";
    assert_eq!(
        problems(text),
        [
            r#"chat.toml:2: server.listen: "somewhere" is neither an address of this machine nor a port: write 8080, 192.168.1.20:8080 or [::1]:8080"#,
            "chat.toml:3: server.burst: unknown key (did you mean burst in [limits]?)",
            r#"chat.toml:6: limits.text: found the text "many", wanted a whole number such as 100"#,
            "chat.toml:7: limits.max_conections: unknown key (did you mean connections?)",
            "chat.toml:8: limits.connections: 0 is out of range; from 1 to 100000",
            "chat.toml:9: limits.message: 17 MiB is out of range; from 1 KiB to 16 MiB",
            "chat.toml:11: limit: unknown section (did you mean [limits]?)",
            "chat.toml:13: zoo: unknown section (the sections are server, log, auth, join, names, rooms, limits, heartbeat, history, presence, lab, lens, cluster, metrics)",
        ]
    );
}

/// A wrong setting, and words of the sentence that it gets.
const WRONG: &[(&str, &str)] = &[
    (
        "server.listen = 80808",
        "\"80808\" is neither an address of this machine nor a port",
    ),
    ("server.listen = true", "wanted a port such as 8080"),
    ("server.data = \"\"", "must not be empty"),
    (
        "server.allowed_origins = \"x\"",
        "found the text \"x\", wanted a list",
    ),
    (
        "server.allowed_origins = [\"example.org\"]",
        "is not an origin",
    ),
    (
        "server.allowed_origins = [\"https://example.org/\"]",
        "is not an origin",
    ),
    (
        "server.allowed_origins = [\"https://\"]",
        "is not an origin",
    ),
    (
        "server.allowed_origins = [\"https://a:99999\"]",
        "is not an origin",
    ),
    (
        "server.allowed_origins = [\"https://u@a\"]",
        "is not an origin",
    ),
    ("server.allowed_origins = [\"*\"]", "is not an origin"),
    (
        "server.allowed_origins = [7]",
        "found the number 7, wanted text such as",
    ),
    (
        "server.trusted_proxies = [\"proxy\"]",
        "is not an IP address",
    ),
    (
        "server.trusted_proxies = [\"10.0.0.0/40\"]",
        "is not an IP address",
    ),
    ("server.title = \"\"", "1 to 60 characters"),
    ("server.title = \"a\\u0007\"", "control character"),
    (
        "log.level = \"loud\"",
        "is not \"off\" or \"error\" or \"warn\"",
    ),
    (
        "join.enabled = \"yes\"",
        "found the text \"yes\", wanted true or false",
    ),
    ("join.code = \"abc\"", "4 to 32 letters"),
    ("join.code = 123456", "wanted text such as \"PHYSICS7\""),
    ("join.role = \"host\"", "is not \"member\" or \"observer\""),
    (
        "join.ttl = 8",
        "found the number 8, wanted a duration such as \"10s\"",
    ),
    ("join.ttl = \"8 hours\"", "is not a number with a unit"),
    ("join.ttl = \"1ms\"", "1ms is out of range; from 1s to 365d"),
    ("names.reserved = [\"\"]", "1 to 24 characters"),
    ("rooms.list = [\"a b\"]", "the name of a room is"),
    (
        "rooms.list = [\"a\"]",
        "the default room \"lobby\" is not in the list",
    ),
    (
        "rooms.default = \"a\"",
        "the default room \"a\" is not in the list",
    ),
    (
        "rooms.list = [\"lobby\", \"a\", \"lobby\"]",
        "rooms.list: \"lobby\" is listed twice; remove one",
    ),
    // A default that is refused itself is not missing from the list as well.
    ("rooms.default = \"a b\"", "the name of a room is"),
    ("rooms.create = true", "found true, wanted \"nobody\" or"),
    ("limits.text = -1", "-1 is out of range; from 1 to"),
    (
        "limits.text = 1.5",
        "found the number 1.5, wanted a whole number",
    ),
    (
        "limits.messages_per_second = -0.1",
        "-0.1 is out of range; from 0 to",
    ),
    ("limits.messages_per_second = nan", "out of range"),
    ("limits.messages_per_second = inf", "out of range"),
    (
        "limits.message = 65536",
        "found the number 65536, wanted a size such as \"64 KiB\"",
    ),
    (
        "limits.message = \"64 KB\"",
        "is not a number with a unit (B, KiB, MiB or GiB)",
    ),
    ("limits.backlog = \"1 KiB\"", "from 16 KiB to"),
    ("limits.burst = 2000-01-01", "found a date or time"),
    ("limits.burst = []", "found a list"),
    ("limits.burst = {}", "found a section"),
    (
        "limits.burst = 99999999999999999999",
        "wanted a whole number",
    ),
    ("heartbeat.interval = \"20ms\"", "from 50ms to 10m"),
    (
        "history.keep = \"always\"",
        "is not \"lesson\", \"forever\" or a duration",
    ),
    ("limits = 5", "limits: is a section; write [limits]"),
    (
        "listen = \"x\"",
        "listen: unknown key (did you mean listen in [server]?)",
    ),
    (
        "colour = 5",
        "colour: unknown key (a key belongs in a section",
    ),
    (
        "lens.colour = 5",
        "lens.colour: unknown key ([lens] has enabled)",
    ),
    ("\"a\\nb\" = 5", "unknown key"),
];

#[test]
fn each_wrong_value_is_named_with_what_is_wanted() {
    for (text, words) in WRONG {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        assert!(found[0].contains(words), "{text}: {found:#?}");
        assert!(found[0].starts_with("chat.toml:"), "{found:?}");
    }
}

#[test]
fn a_room_that_is_listed_twice_is_reported_at_the_line_of_the_second() {
    let found = problems("[rooms]\nlist = [\n  \"lobby\",\n  \"a\",\n  \"a\",\n]\n");
    let wanted = "chat.toml:5: rooms.list: \"a\" is listed twice; remove one, or rename it";
    assert_eq!(found, [wanted]);
}

#[test]
fn mistakes_in_the_syntax_have_a_line() {
    for (text, line) in [
        ("[server\nlisten = \"x\"", 1),
        ("[server]\nlisten = ", 2),
        ("[server]\ntitle = \"a\"\ntitle = \"b\"", 3),
        ("\n\n=", 3),
    ] {
        let found = problems(text);
        let start = format!("chat.toml:{line}: ");
        assert!(found[0].starts_with(&start), "{text:?}: {found:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = Config::load(Path::new("/nonexistent/chat.toml")).unwrap_err();
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("/nonexistent/chat.toml: cannot read"),
        "{sentence}"
    );
}

#[test]
fn classes_have_rooms_of_their_own() {
    let text = "[[classes]]\nname = \"7a\"\nrooms = [\"a\", \"b\"]\ncode = \"phys-77\"\n\
                [[classes]]\nname = \"7b\"\nrooms = [\"c\"]\n";
    let config = parse(text);
    assert_eq!(config.rooms.list, ["a", "b", "c"]);
    assert_eq!(config.rooms.default, "a");
    assert_eq!(config.classes[0].code.as_deref(), Some("PHYS77"));
    assert_eq!(
        config.class("7b").map(|class| &class.rooms[..]),
        Ok(&["c".to_owned()][..])
    );
    assert!(config.class("8").unwrap_err().contains("7a, 7b"));
    assert_eq!(parse(&config.to_toml()), config);
    let staff = parse(&format!(
        "[rooms]\nlist = [\"staff\"]\ndefault = \"staff\"\n{text}"
    ));
    assert_eq!(staff.rooms.list, ["staff", "a", "b", "c"]);
    let class =
        |keys: &str| format!("[[classes]]\nname = \"7a\"\nrooms = [\"a\"]\n[[classes]]\n{keys}");
    for (keys, line, problem) in [
        (
            "rooms = [\"b\"]",
            4,
            "classes.name: each class needs a name",
        ),
        (
            "name = \"7b\"",
            4,
            "classes.rooms: each class needs a room of its own",
        ),
        (
            "name = \"7a\"\nrooms = [\"b\"]",
            5,
            "classes.name: \"7a\" is the name of another class, too",
        ),
        (
            "name = \"7b\"\nrooms = [\"a\"]",
            6,
            "classes.rooms: the room \"a\" belongs to the class \"7a\"",
        ),
        (
            "name = \"7b\"\nrooms = [\"b\"]\nroom = 1",
            7,
            "classes.room: unknown key (did you mean rooms?)",
        ),
        (
            "name = \"7b\"\nrooms = [\"b\"]\ncode = 1",
            7,
            "classes.code: found the number 1",
        ),
    ] {
        let found = problems(&class(keys));
        let expected = format!("chat.toml:{line}: {problem}");
        assert!(
            found.len() == 1 && found[0].starts_with(&expected),
            "{keys}: {found:?}"
        );
    }
    let same = "[[classes]]\nname = \"x\"\nrooms = [\"a\"]\ncode = \"AAAA22\"\n\
                [[classes]]\nname = \"y\"\nrooms = [\"b\"]\ncode = \"aaaa-22\"\n";
    assert_eq!(
        problems(same),
        ["chat.toml:8: classes.code: another class has this code"]
    );
    assert!(!problems("classes = 1").is_empty());
    assert!(!problems("classes = [1]").is_empty());
}
