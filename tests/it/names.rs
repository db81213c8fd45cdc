//! Names: names in use, reserved names of hosts, and look-alikes.

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, Server};

/// The name that the server gives to a connected person.
#[track_caller]
fn name_of(chat: &mut Chat) -> String {
    chat.expect("welcome")["you"]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The slug of the refusal to join with this name, or `None`.
#[track_caller]
fn refusal(server: &Server, name: &str) -> Option<String> {
    let response = Guest::try_join(server, name, None, CLASS_CODE);
    let slug = response.json()["error"].as_str().map(str::to_owned);
    assert_eq!(
        response.status == 201,
        slug.is_none(),
        "{}",
        response.text()
    );
    slug
}

#[test]
fn a_name_in_use_gets_a_number_and_is_never_refused() {
    let server = Server::start("");
    let names = ["Ada", "ADA", "A-da!", "Ａｄａ", "Bob"];
    let guests: Vec<Guest> = names.map(|name| Guest::join(&server, name, None)).into();
    let mut chats: Vec<Chat> = guests.iter().map(|guest| guest.connect(&server)).collect();
    let called: Vec<String> = chats.iter_mut().map(name_of).collect();
    assert_eq!(called[0], "Ada");
    assert_eq!(called[4], "Bob");
    for (n, name) in called[1..4].iter().enumerate() {
        assert!(name.ends_with(&format!(" {}", n + 2)), "{called:?}");
    }
    // The number is what others see.
    chats[1].granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    assert_eq!(
        chats[4].expect("message")["from"]["name"],
        called[1].as_str()
    );

    // A person who disconnects keeps the name; another person cannot take it.
    chats.remove(0);
    let mut other = Guest::join(&server, "Ada", None).connect(&server);
    assert_eq!(name_of(&mut other), "Ada 5");
    let mut back = guests[0].connect(&server);
    assert_eq!(name_of(&mut back), "Ada");
    // One person's second tab is one person.
    let mut tab = guests[0].connect(&server);
    assert_eq!((name_of(&mut tab), &tab.id), ("Ada".to_owned(), &back.id));
}

#[test]
fn the_same_device_with_the_same_name_is_the_same_person() {
    let server = Server::start("");
    let first = Guest::join(&server, "Ada", None);
    let again = Guest::join(&server, "Ada", Some(&first.device));
    let another = Guest::join(&server, "Bea", Some(&first.device));
    assert_eq!(first.id, again.id);
    assert_eq!(first.device, again.device);
    assert_ne!(first.id, another.id);
    assert_ne!(first.id, Guest::join(&server, "Ada", None).id);
}

#[test]
fn guests_cannot_take_reserved_names_or_look_alikes() {
    let server = Server::start("[names]\nreserved = [\"Teacher\", \"老师\"]\n");
    for name in [
        "Teacher",
        "TEACHER",
        "tea cher",
        "Ｔｅａｃｈｅｒ",
        "Tеасhеr",
        "Teacher.",
        "老师",
        "老 师",
    ] {
        let refused = refusal(&server, name);
        // A mixture of alphabets is not a valid name.
        let known = ["reserved_name", "bad_name"];
        assert!(
            refused.as_deref().is_some_and(|slug| known.contains(&slug)),
            "{name}"
        );
    }
    for name in ["Teach", "Cher", "老王", "Tess"] {
        assert_eq!(refusal(&server, name), None, "{name}");
    }
    // Signed tokens may carry reserved names.
    let mut host = Chat::person(&server, "Teacher", "host");
    assert_eq!(name_of(&mut host), "Teacher");
}

#[test]
fn host_names_stay_reserved_once_the_server_knows_them() {
    let server = Server::start("");
    assert_eq!(refusal(&server, "Ms Lin"), None);
    let host = Chat::person(&server, "Ms Lin", "host");
    for name in ["Ms Lin", "ms. lin", "MsLin", "Ms Ľin", "Ｍｓ Ｌｉｎ"] {
        assert_eq!(
            refusal(&server, name).as_deref(),
            Some("reserved_name"),
            "{name}"
        );
    }
    assert_eq!(refusal(&server, "Lin"), None);
    // The name stays reserved while her connection is down.
    drop(host);
    assert_eq!(refusal(&server, "Ms Lin").as_deref(), Some("reserved_name"));
}

#[test]
fn a_squatter_is_renamed_when_the_host_arrives_and_everybody_sees_it() {
    let server = Server::start("[presence]\ntick = \"10ms\"\n");
    let mut squatter = Guest::join(&server, "Ms Lin", None).connect(&server);
    let mut twin = Guest::join(&server, "MS-LIN", None).connect(&server);
    let mut ada = Chat::member(&server, "Ada");
    assert_eq!(name_of(&mut squatter), "Ms Lin");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    assert_eq!(name_of(&mut host), "Ms Lin");

    squatter.granted(json!({"type": "send", "room": "lobby", "text": "I am your teacher"}));
    let from = ada.expect("message")["from"].clone();
    assert_ne!(from["name"], "Ms Lin");
    assert_eq!(from.get("role"), None);
    loop {
        let presence = ada.expect("presence");
        let joined: Vec<Value> = presence["joined"].as_array().unwrap().clone();
        let renamed =
            |person: &Value| person["id"] == squatter.id && person["name"] == from["name"];
        if joined.iter().any(renamed) {
            break;
        }
    }
    twin.granted(json!({"type": "send", "room": "lobby", "text": "no, I am"}));
    let from = ada.expect("message")["from"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(from.to_lowercase().replace('-', " "), "ms lin");
    // Joining again does not give the name back.
    drop(squatter);
    let back = Guest::try_join(&server, "Ms Lin", None, CLASS_CODE);
    assert_eq!(back.status, 403, "{}", back.text());
}

#[test]
fn two_hosts_with_the_same_name_are_numbered() {
    let server = Server::start("");
    let mut first = Chat::person(&server, "Ms Lin", "host");
    let second = server.token_with("Ms Lin", "host", json!({"sub": "another"}));
    let mut second = Chat::connect(server.addr, &second);
    assert_eq!(name_of(&mut first), "Ms Lin");
    assert_eq!(name_of(&mut second), "Ms Lin 2");
}

#[test]
fn nobody_sees_the_sub_of_a_token_or_a_device() {
    let server = Server::start("");
    let sub = "student-4711@school.example";
    let token = server.token_with("Ada", "member", json!({"sub": sub}));
    let mut ada = Chat::connect(server.addr, &token);
    let mut bob = Guest::join(&server, "Bob", Some("device-of-bob")).connect(&server);
    ada.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    let mut seen = String::new();
    for kind in ["welcome", "joined", "message", "presence"] {
        for chat in [&mut ada, &mut bob] {
            seen += &json!(chat.so_far(kind)).to_string();
        }
    }
    assert!(
        !seen.contains("4711") && !seen.contains("device-of-bob"),
        "{seen}"
    );
}

#[test]
fn a_look_alike_with_an_older_token_does_not_get_a_hosts_name() {
    let server = Server::start("");
    let early = Guest::join(&server, "Ms Ľin", None);
    let _host = Chat::person(&server, "Ms Lin", "host");
    assert_eq!(name_of(&mut early.connect(&server)), "Ms Ľin 2");
}

#[test]
fn a_new_name_or_role_in_a_second_tab_is_announced_to_everybody() {
    let server = Server::start("[presence]\ntick = \"10ms\"\n");
    let mut bob = Chat::member(&server, "Bob");
    let sub = |name: &str, role: &str| server.token_with(name, role, json!({"sub": "ann"}));
    let first = Chat::connect(server.addr, &sub("Ann", "member"));
    let _second = Chat::connect(server.addr, &sub("Anna", "moderator"));
    let renamed = |presence: &Value| {
        let joined = presence["joined"].as_array().unwrap();
        joined
            .iter()
            .any(|who| who["id"] == first.id && who["name"] == "Anna" && who["role"] == "moderator")
    };
    while !renamed(&bob.expect("presence")) {}
}

#[test]
fn names_of_the_world_are_welcome_as_they_are() {
    let server = Server::start("");
    for name in [
        "လျှို့ဝှက်",
        "བསྟན་འཛིན་རྒྱ་མཚོ",
        "फ़ैज़ाँ",
        "علی\u{200C}رضا",
        "ශ්\u{200D}රීමාලි",
        "அனு",
        "Ann ❤\u{FE0F}",
        "Pat 👩\u{200D}🚀",
        "渡邉\u{E0102}",
        "Nguye\u{302}\u{303}n",
    ] {
        let guest = Guest::join(&server, name, None);
        let shown = name_of(&mut guest.connect(&server));
        assert!(shown == name || shown == "Nguyễn", "{name}: {shown}");
    }
    // Without what nobody sees it is the same name.
    let twin = Guest::join(&server, "علیرضا", None);
    assert_eq!(name_of(&mut twin.connect(&server)), "علیرضا 2");
}

#[test]
fn a_hidden_character_in_a_name_is_refused_by_name() {
    let server = Server::start("");
    for (name, character) in [
        ("Ann\u{200B}", "U+200B ZERO WIDTH SPACE"),
        ("An\u{200C}n", "U+200C ZERO WIDTH NON-JOINER"),
        ("An\u{200D}n", "U+200D ZERO WIDTH JOINER"),
        (
            "\u{FEFF}Ann",
            "U+FEFF ZERO WIDTH NO-BREAK SPACE (BYTE ORDER MARK)",
        ),
        ("Ann\u{202E}", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("A\u{FE0F}nn", "U+FE0F VARIATION SELECTOR-16"),
    ] {
        let response = Guest::try_join(&server, name, None, CLASS_CODE);
        let body = response.json();
        assert_eq!(response.status, 400, "{body}");
        assert_eq!(body["rule"], "name_hidden_character");
        assert_eq!(body["character"], character);
        assert!(body["message"].as_str().unwrap().contains(character));
    }
    let response = Guest::try_join(&server, "!?", None, CLASS_CODE);
    assert_eq!(response.json().get("character"), None);
}

#[test]
fn names_that_dress_up_as_the_teacher_are_kept_from_guests() {
    let server = Server::start("");
    let dressed = [
        "[Teacher]",
        "(Host)",
        "The Teacher",
        "Teacher 1",
        "Teacher ١",
        "Teacher②",
        "Ms Lin (Teacher)",
        "★ Host ★",
        "mod: Ann",
        "T e a c h e r",
        "teacher!",
        "王老师",
        "tEaChEr Lin",
        "hOST Anna",
        "Tea-cher Lin",
        "Teacher1Lin",
        "王Teacher",
        "Host小明",
        "Hostー",
        "Ann (Class Host)",
        "Ann… Host",
        "Ann the Host",
        "Co-Host",
    ];
    for name in dressed {
        assert_eq!(
            refusal(&server, name).as_deref(),
            Some("reserved_name"),
            "{name}"
        );
    }
    for name in [
        "Hostess Anna",
        "Teacherson",
        "Modena",
        "Anna Host",
        "Anna B. Host",
        "Admira",
        "Cohosta",
        "DeAndre",
        "Tea Cherry",
        "小明Tom",
    ] {
        assert_eq!(refusal(&server, name), None, "{name}");
    }
    // The same for whoever leads now.
    let _host = Chat::person(&server, "Ms Lin", "host");
    for name in [
        "Ann (Ms Lin)",
        "The Ms Lin",
        "Ms Lin ٢",
        "★ Ms Lin ★",
        "Miss Lin",
    ] {
        assert_eq!(
            refusal(&server, name).as_deref(),
            Some("reserved_name"),
            "{name}"
        );
    }
    for name in ["Lin Chen", "Ms Linda"] {
        assert_eq!(refusal(&server, name), None, "{name}");
    }
}

#[test]
fn ordinary_names_are_free_beside_a_host_of_a_similar_name() {
    let server = Server::start("");
    let _hosts = ["Nell", "Anna", "Ravi"].map(|name| {
        let token = server.token_with(name, "host", json!({"sub": name}));
        Chat::connect(server.addr, &token)
    });
    for name in [
        "Neil", "neil", "Anna V", "Anna O", "Anna Le", "Ravi Das", "S. Ravi",
    ] {
        assert_eq!(refusal(&server, name), None, "{name}");
        let mut guest = Guest::join(&server, name, None).connect(&server);
        assert!(name_of(&mut guest).starts_with(name), "{name}");
    }
    for name in [
        "NeIl",
        "Ne11",
        "Anna 2",
        "Anna II",
        "The Anna",
        "Mr. Ravi",
        "丨Anna丨",
    ] {
        assert_eq!(
            refusal(&server, name).as_deref(),
            Some("reserved_name"),
            "{name}"
        );
    }
}
