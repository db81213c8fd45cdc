//! The command line: what each command prints, its exit code, and the files it writes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, How, Server, TempDir, binary, http, now, output};

/// Runs the binary in its own folder.
#[track_caller]
fn glassroom(dir: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(binary());
    output(command.args(args).current_dir(dir.path()))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a command prints when it succeeds.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let output = output(command);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    stdout(&output)
}

/// The claims of a token.
#[track_caller]
fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn help_and_version_are_printed_and_no_file_is_written() {
    let dir = TempDir::new();
    let help = glassroom(&dir, &["--help"]);
    assert_eq!(help.status.code(), Some(0));
    for word in [
        "serve", "token", "link", "check", "--config", "--listen", "--data", "--quiet",
    ] {
        assert!(stdout(&help).contains(word), "{word}: {}", stdout(&help));
    }
    for command in ["serve", "token", "link", "check"] {
        let help = glassroom(&dir, &[command, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{command}");
        assert!(stdout(&help).contains("--config"), "{}", stdout(&help));
    }
    let version = glassroom(&dir, &["--version"]);
    let expected = format!("glassroom {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (version.status.code(), stdout(&version)),
        (Some(0), expected)
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_usage_error_exits_with_2_and_says_what_is_wrong() {
    let dir = TempDir::new();
    fs::create_dir(dir.path().join("data")).unwrap();
    let table: [(&[&str], &str); 9] = [
        (&["--colour"], "--colour"),
        (&["sreve"], "serve"),
        (&["serve", "--listen", "80800"], "--listen"),
        (&["token"], "--name"),
        (&["token", "--name", "A\u{202E}da"], "--name"),
        (&["token", "--name", "Ada", "--role", "king"], "--role"),
        (&["token", "--name", "Ada", "--ttl", "soon"], "--ttl"),
        (&["token", "--name", "Ada", "--room", "a b"], "room"),
        (&["check", "--config", "missing.toml"], "missing.toml"),
    ];
    for (args, word) in table {
        let output = glassroom(&dir, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(
            stderr(&output).contains(word),
            "{args:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn a_mistake_in_chat_toml_is_named_with_its_line_and_the_nearest_right_name() {
    let dir = TempDir::new();
    let file = dir.path().join("chat.toml");
    let text = "[server]\nlisten = \"127.0.0.1:0\"\n[limits]\nmax_conections = 3\nconections = 3\n\
                burst = \"many\"\n[limit]\n";
    fs::write(&file, text).unwrap();
    for command in ["check", "serve"] {
        let output = glassroom(&dir, &[command, "--config", "chat.toml"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = stderr(&output);
        assert!(said.contains("chat.toml:4: "), "{said}");
        let line = said
            .lines()
            .find(|line| line.contains("chat.toml:5: "))
            .unwrap();
        assert!(line.contains("did you mean connections?"), "{line}");
        assert!(said.contains("chat.toml:6: limits.burst"), "{said}");
        assert!(said.contains("chat.toml:7: "), "{said}");
    }
    // `chat.toml` in the current folder is found without `--config`.
    assert_eq!(glassroom(&dir, &["check"]).status.code(), Some(2));
    fs::write(&file, "[limits\n").unwrap();
    let said = stderr(&glassroom(&dir, &["check"]));
    assert!(said.contains("chat.toml:1: "), "{said}");
}

#[test]
fn check_prints_a_configuration_that_means_the_same() {
    let dir = TempDir::new();
    let table = [
        "",
        "[limits]\nconnections = 7\nmessage = \"1 MiB\"\nmessages_per_second = 0.5\n",
        "[join]\ncode = \"PHYSICS\"\nttl = \"90m\"\n[rooms]\nlist = [\"数学\", \"b\"]\ndefault = \"b\"\n",
        "[server]\ntitle = \"A \\\"class\\\" \\\\ room\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n",
        "[heartbeat]\ninterval = \"1500ms\"\n[history]\nkeep = \"forever\"\npath = \"\"\n",
    ];
    for text in table {
        fs::write(dir.path().join("chat.toml"), text).unwrap();
        let first = glassroom(&dir, &["check"]);
        assert_eq!(first.status.code(), Some(0), "{text}: {first:?}");
        fs::write(dir.path().join("again.toml"), &first.stdout).unwrap();
        let again = glassroom(&dir, &["check", "--config", "again.toml"]);
        assert_eq!(again.status.code(), Some(0), "{text}: {again:?}");
        assert_eq!(stdout(&again), stdout(&first), "{text}");
    }
    let printed = stdout(&glassroom(&dir, &["check", "--listen", "127.0.0.1:99"]));
    assert!(printed.contains("127.0.0.1:99"), "{printed}");
}

#[test]
fn token_prints_only_the_token_with_the_requested_claims() {
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    let args = [
        "--name", "Ada", "--role", "observer", "--ttl", "90s", "--sub", "ada-1",
    ];
    let rooms = ["--room", "lobby", "--room", "lab"];
    let token = printed(server.command("token").args(args).args(rooms));
    assert_eq!(token.lines().count(), 1, "{token}");
    let token = token.trim();
    let said = claims(token);
    assert_eq!(
        (&said["sub"], &said["name"]),
        (&json!("ada-1"), &json!("Ada"))
    );
    assert_eq!(
        (&said["role"], &said["rooms"]),
        (&json!("observer"), &json!(["lobby", "lab"]))
    );
    assert!(
        said["exp"].as_u64().unwrap().abs_diff(now() + 90) <= 10,
        "{said}"
    );
    let mut ada = Chat::connect(server.addr, token);
    assert_eq!(ada.expect("welcome")["you"]["role"], "observer");

    let somebody = || printed(server.command("token").args(["--name", "Bob"]));
    let (one, other) = (claims(&somebody()), claims(&somebody()));
    assert_ne!(one["sub"], other["sub"], "two people");
    assert_eq!(one["role"], "member");
}

#[test]
fn a_token_made_before_the_first_start_is_valid_after_it() {
    let mut server = Server::start("");
    server.stop();
    assert_eq!(mode(&server.data()), 0o700);
    fs::remove_dir_all(server.data()).unwrap();
    fs::create_dir(server.data()).unwrap();
    let token = printed(server.command("token").args(["--name", "Ada"]));
    assert_eq!(mode(&server.data().join("secret")), 0o600);
    server.start_again();
    Chat::connect(server.addr, token.trim()).expect("joined");
}

/// A secret in a directory with a misspelled name would be useless.
#[test]
fn no_token_is_made_for_a_missing_directory() {
    let dir = TempDir::new();
    let output = glassroom(&dir, &["token", "--name", "Ada", "--data", "tpyo"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for words in ["tpyo", "start the server", "--data"] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[cfg(feature = "full")]
#[test]
fn the_transcript_of_an_unknown_room_is_an_error() {
    let server = Server::start("");
    let export = |room: &str| {
        let args = ["transcript.txt", "--room", room];
        output(server.command("export").args(args))
    };
    assert_eq!(export("lobby").status.code(), Some(0));
    let host = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ms Lin", "host")
    );
    let get = |path: &str| http(server.addr, "GET", path, &host, "");
    assert_eq!(get("/api/transcript.txt?room=lobby").status, 200);
    let unknown = get("/api/transcript.txt?room=looby");
    assert_eq!(unknown.status, 404, "{}", unknown.text());
    assert_eq!(unknown.json()["error"], "unknown_room");
    let unknown = export("looby");
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    assert!(stderr(&unknown).contains("looby"), "{}", stderr(&unknown));
    assert_eq!(stdout(&unknown), "");
}

#[test]
fn link_prints_host_links_that_work_once() {
    let server = Server::start("");
    for _ in 0..2 {
        let link = printed(&mut server.command("link"));
        let (address, ticket) = link.trim().split_once("#host=").unwrap();
        assert_eq!(address, server.url("http", "/"));
        let body = json!({"ticket": ticket}).to_string();
        let host = http(server.addr, "POST", "/api/host", "", &body);
        assert_eq!(host.status, 201, "{}", host.text());
        assert_eq!(host.json()["user"]["role"], "host");
        assert_eq!(
            http(server.addr, "POST", "/api/host", "", &body).status,
            403
        );
    }
}

/// `link` finds the address of a server that was started with `--listen`.
#[test]
fn link_knows_where_the_server_listens() {
    let server = Server::start("");
    let link = printed(&mut server.command("link"));
    assert!(link.starts_with(&server.url("http", "/#host=")), "{link}");
}

/// A server does not know tickets from before its start.
#[test]
fn link_needs_a_running_server() {
    #[track_caller]
    fn refused(output: Output, words: &[&str]) {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        for words in words {
            assert!(stderr(&output).contains(words), "{}", stderr(&output));
        }
        assert_eq!(stdout(&output), "");
    }
    let dir = TempDir::new();
    refused(glassroom(&dir, &["link"]), &["does not exist", "--data"]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let mut server = Server::start("");
    server.stop();
    let stopped = output(&mut server.command("link"));
    refused(stopped, &["no server runs on", "start it", "--data"]);
    server.start_again();
    printed(&mut server.command("link"));
    server.kill();
    let killed = output(&mut server.command("link"));
    refused(killed, &["no server runs on", "start it", "--data"]);
}

#[test]
fn the_banner_shows_title_address_code_and_link_and_quiet_hides_it() {
    let banner = How {
        banner: true,
        ..How::default()
    };
    let server = Server::start_as(banner, "[server]\ntitle = \"Physics 7b\"\n");
    let ticket = server.logged("#host=");
    let link = format!("\n{}{ticket}", server.url("http", "/#host="));
    let said = server.log();
    assert!(said.contains(&link), "{said}");
    assert!(said.contains("Physics 7b"), "{said}");
    assert!(
        said.contains(&format!("Class code  {CLASS_CODE}")),
        "{said}"
    );
    assert!(said.contains(&server.url("http", "/")), "{said}");
    // No phone reaches this address, so there is a sentence in place of a QR code.
    assert!(
        said.contains("Only this computer reaches that address"),
        "{said}"
    );
    assert!(!said.contains('█') && !said.contains('\x1b'), "{said}");
    // Nothing alarms whoever starts it for the first time.
    assert!(
        !said.contains("[WARN]") && !said.contains("[ERROR]"),
        "{said}"
    );

    let quiet = Server::start("");
    http(quiet.addr, "GET", "/healthz", "", "");
    let said = quiet.log();
    for words in [CLASS_CODE, "#host=", "█", "Join at"] {
        assert!(!said.contains(words), "{words}: {said}");
    }
}

#[test]
fn the_log_also_goes_to_a_file_and_its_level_is_a_setting() {
    let dir = TempDir::new();
    let file = dir.path().join("glassroom.log");
    let table = format!(
        "[log]\nlevel = \"info\"\nfile = {:?}\n",
        file.to_str().unwrap()
    );
    let mut server = Server::start(&table);
    server.stop();
    server.start_again();
    // After the end, the file has everything that the terminal got.
    server.stop();
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("listening on ").count(), 2, "{text}");
    assert!(!text.contains("[DEBUG]"), "{text}");
    let first = text.lines().next().unwrap();
    assert!(
        first.contains("T") && first.contains("Z "),
        "no time in {first}"
    );
}

#[test]
fn a_command_ends_well_when_its_reader_has_gone_and_says_so_when_the_disk_is_full() {
    let dir = TempDir::new();
    let commands: [&[&str]; 3] = [
        &["check"],
        &["token", "--name", "Ann"],
        &["revoke", "--list"],
    ];
    fs::create_dir(dir.path().join("data")).unwrap();
    let into = |args: &[&str], stdout: Stdio| {
        let mut command = Command::new(binary());
        let command = command.args(args).current_dir(dir.path()).stdout(stdout);
        command.stderr(Stdio::piped()).output().unwrap()
    };
    for args in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = into(args, writer.into());
        assert_eq!(ended.status.code(), Some(0), "{args:?}: {ended:?}");

        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let ended = into(args, full.into());
        assert_eq!(ended.status.code(), Some(1), "{args:?}: {ended:?}");
        assert!(stderr(&ended).contains("No space left"), "{ended:?}");
    }
}
