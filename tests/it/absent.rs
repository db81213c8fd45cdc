//! What can be done about people who are not here: they left, and the server was started again since.

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, Raw, Server, UNPACED};

fn moderate(action: &str, user: &str) -> Value {
    json!({"type": "moderate", "action": action, "user": user})
}

fn token(server: &Server, name: &str, role: &str) -> String {
    server.token_with(name, role, json!({"sub": name.to_lowercase()}))
}

fn connect(server: &Server, name: &str, role: &str) -> Chat {
    Chat::connect(server.addr, &token(server, name, role))
}

#[test]
fn those_who_lead_can_act_on_people_who_are_not_back_after_a_restart() {
    let mut server = Server::start(UNPACED);
    let hand = |up| json!({"type": "hand", "room": "lobby", "up": up, "question": "Why?", "anonymous": true});
    let mut ids = Vec::new();
    for name in ["Ann", "Bo", "Cy"] {
        ids.push(connect(&server, name, "member").id.clone());
    }
    let di = Guest::join(&server, "Di", None);
    let help = json!({"type": "whisper", "to": "hosts", "text": "help"});
    di.connect(&server).granted(help);
    let asker = connect(&server, "Ed", "member").granted(hand(true))["seq"].clone();
    server.stop();
    server.start_again();

    let mut lin = connect(&server, "Lin", "host");
    for (action, id) in [("mute", &ids[0]), ("kick", &ids[1]), ("ban", &ids[2])] {
        lin.granted(moderate(action, id));
    }
    lin.granted(json!({"type": "moderate", "action": "mute", "room": "lobby", "hand": asker}));
    let answer = json!({"type": "whisper", "to": di.id, "text": "I come", "shared": true});
    assert_eq!(lin.granted(answer)["kept"], true);
    let report = json!({"type": "report", "room": "lobby", "user": di.id, "note": "rude"});
    connect(&server, "Flo", "member").granted(report);

    let hello = || json!({"type": "send", "room": "lobby", "text": "hello"});
    for muted in ["Ann", "Ed"] {
        connect(&server, muted, "member").refused(hello(), "muted");
    }
    for (name, code) in [("Bo", 4500), ("Cy", 4501)] {
        let bearer = format!(
            "Authorization: Bearer {}\r\n",
            token(&server, name, "member")
        );
        Raw::upgrade(server.addr, "/ws", &bearer).expect_close(code);
    }
    let mut di = di.connect(&server);
    di.granted(json!({"type": "whispers", "with": "hosts"}));
    let page = di.so_far("whispers").pop().unwrap();
    let texts = page["messages"].as_array().unwrap().iter();
    let texts: Vec<&str> = texts.map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["help", "I come"]);
}

#[test]
fn a_ban_after_a_restart_binds_the_device_of_somebody_who_is_not_back() {
    let mut server = Server::start(UNPACED);
    let device = "0123456789abcdef0123456789abcdef";
    let bo = Guest::join(&server, "Bo", Some(device)).connect(&server);
    let id = bo.id.clone();
    drop(bo);
    server.stop();
    server.start_again();
    connect(&server, "Lin", "host").granted(moderate("ban", &id));
    let refused = Guest::try_join(&server, "Bobby", Some(device), CLASS_CODE);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["message"], "banned: until the lesson ends");
}

#[test]
fn a_moderator_cannot_remove_a_host_who_is_not_back_after_a_restart() {
    let mut server = Server::start(UNPACED);
    let lin = connect(&server, "Lin", "host").id.clone();
    server.stop();
    server.start_again();
    let mut asa = connect(&server, "Asa", "moderator");
    for action in ["mute", "kick", "ban"] {
        asa.refused(moderate(action, &lin), "forbidden");
    }
}
