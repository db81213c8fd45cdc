//! Private help: messages to those who teach are kept, and are a conversation.

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Server, UNPACED, http};
#[cfg(feature = "full")]
use crate::{
    harness::{How, clock},
    links,
};

fn whisper(to: &str, text: &str) -> Value {
    json!({"type": "whisper", "to": to, "text": text})
}

/// The answer to `whispers`.
#[track_caller]
fn whispers(chat: &mut Chat, with: Option<&str>) -> Value {
    let mut request = json!({"type": "whispers"});
    if let Some(with) = with {
        request["with"] = json!(with);
    }
    chat.granted(request);
    chat.so_far("whispers").pop().expect("the answer")
}

#[track_caller]
fn texts(chat: &mut Chat, with: Option<&str>) -> Vec<String> {
    let answer = whispers(chat, with);
    let messages = answer["messages"].as_array().unwrap().iter();
    let text = |message: &Value| message["text"].as_str().unwrap().to_owned();
    messages.map(text).collect()
}

fn host(server: &Server, sub: &str) -> Chat {
    let token = server.token_with("Ms Lin", "host", json!({"sub": sub}));
    let mut chat = Chat::connect(server.addr, &token);
    chat.expect("joined");
    chat
}

#[test]
fn help_waits_for_those_who_teach_and_the_answer_for_who_asked_also_after_a_kill() {
    for stored in [true, false] {
        let none = "[history]\npath = \"\"\n";
        let settings = if stored { UNPACED } else { none };
        let mut server = Server::start(settings);
        let ann = Guest::join(&server, "Ann", None);
        let mut chat = ann.connect(&server);
        let mut bo = Chat::member(&server, "Bo");
        let mut assistant = Chat::person(&server, "Mo", "moderator");
        let ack = chat.granted(whisper("hosts", "I am lost"));
        assert_eq!(ack["kept"], true, "nobody teaches there: {ack}");
        assert!(ack["at"].is_u64(), "{ack}");
        if stored {
            server.kill();
            server.start_again();
            chat = ann.connect(&server);
            bo = Chat::member(&server, "Bo");
            assistant = Chat::person(&server, "Mo", "moderator");
        }
        let mut lin = host(&server, "lin");
        let inbox = whispers(&mut lin, None);
        let first = &inbox["messages"][0];
        assert_eq!(first["text"], "I am lost", "{inbox}");
        assert_eq!(first["with"]["name"], "Ann", "{inbox}");
        assert_eq!(
            (&first["unread"], &first["room"]),
            (&json!(1), &json!("lobby"))
        );
        assert_eq!(texts(&mut lin, Some(&ann.id)), ["I am lost"]);
        assert_eq!(whispers(&mut lin, None)["messages"][0]["unread"], 0);

        let mut answer = whisper(&ann.id, "Page 7");
        answer["shared"] = json!(true);
        let ack = lin.granted(answer);
        assert_eq!(ack.get("kept"), None, "Ann is here: {ack}");
        let got = chat.expect("whisper");
        assert_eq!(
            (&got["text"], &got["shared"]),
            (&json!("Page 7"), &json!(true))
        );
        // A reload keeps it.
        let mut again = ann.connect(&server);
        let own = whispers(&mut again, None);
        assert_eq!(own["messages"][0]["with"]["id"], "hosts", "{own}");
        assert_eq!(own["messages"][0]["unread"], 1, "{own}");
        assert_eq!(texts(&mut again, Some("hosts")), ["I am lost", "Page 7"]);
        // Another teacher reads it, too; nobody else does.
        let mut other = host(&server, "other");
        assert_eq!(texts(&mut other, Some(&ann.id)), ["I am lost", "Page 7"]);
        for chat in [&mut bo, &mut assistant] {
            assert_eq!(texts(chat, None), [""; 0]);
            assert_eq!(texts(chat, Some(&ann.id)), [""; 0]);
            chat.expect_no("whisper");
        }
    }
}

#[test]
fn what_a_lesson_had_is_over_with_it_and_its_guests_get_nothing_any_more() {
    for stored in [true, false] {
        let none = "[history]\npath = \"\"\n";
        let mut server = Server::start(if stored { UNPACED } else { none });
        let mut lin = host(&server, "lin");
        let ann = Guest::join(&server, "Ann", None);
        let mut guest = ann.connect(&server);
        let token = server.token_with("Bo", "member", json!({"sub": "bo"}));
        let mut bo = Chat::connect(server.addr, &token);
        bo.expect("joined");
        for chat in [&mut guest, &mut bo] {
            chat.granted(whisper("hosts", "I am lost"));
        }
        assert_eq!(whispers(&mut lin, None)["messages"][0].get("ended"), None);
        lin.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
        guest.expect_close(4503);
        let read = |lin: &mut Chat| {
            let list = whispers(lin, None);
            let list = list["messages"].as_array().unwrap();
            assert_eq!(list.len(), 2, "{list:?}");
            assert!(list.iter().all(|each| each["ended"] == true), "{list:?}");
        };
        read(&mut lin);
        lin.refused(whisper(&ann.id, "Page 7"), "unknown_user");
        if stored {
            server.kill();
            server.start_again();
            lin = host(&server, "lin");
            read(&mut lin);
            lin.refused(whisper(&ann.id, "Page 7"), "unknown_user");
        }
        lin.granted(json!({"type": "moderate", "action": "start_lesson"}));
        // With the same token in the next lesson, a member begins anew, too.
        let mut bo = Chat::connect(server.addr, &token);
        bo.expect("joined");
        assert_eq!(texts(&mut bo, None), [""; 0]);
        assert_eq!(texts(&mut bo, Some("hosts")), [""; 0]);
        bo.granted(whisper("hosts", "May I?"));
        assert_eq!(texts(&mut bo, Some("hosts")), ["May I?"]);
        let newest = &whispers(&mut lin, None)["messages"][0];
        assert_eq!(
            (&newest["text"], newest.get("ended")),
            (&json!("May I?"), None)
        );
        // So does a guest who joins under the same name at the same device.
        let mut again = Guest::join(&server, "Ann", Some(&ann.device)).connect(&server);
        lin.granted(whisper(&ann.id, "Page 7"));
        assert_eq!(again.expect("whisper")["text"], "Page 7");
    }
}

#[test]
fn who_joins_anew_at_the_same_tablet_starts_empty() {
    for settings in [UNPACED, "[history]\npath = \"\"\n"] {
        let server = Server::start(settings);
        let ann = Guest::join(&server, "Ann", None);
        let mut chat = ann.connect(&server);
        chat.granted(whisper("hosts", "my secret"));
        assert_eq!(texts(&mut chat, Some("hosts")), ["my secret"]);
        let next = Guest::join(&server, "Ann", Some(&ann.device));
        assert_eq!(next.id, ann.id);
        let mut chat = next.connect(&server);
        assert_eq!(texts(&mut chat, None), [""; 0]);
        assert_eq!(texts(&mut chat, Some("hosts")), [""; 0]);
        chat.granted(whisper("hosts", "of mine"));
        assert_eq!(texts(&mut chat, Some("hosts")), ["of mine"]);
        let mut lin = host(&server, "lin");
        assert_eq!(texts(&mut lin, Some(&ann.id)), ["my secret", "of mine"]);
    }
}

#[cfg(feature = "full")]
#[test]
fn a_clock_that_is_set_back_takes_nothing_from_its_owner_and_gives_nothing_to_the_next() {
    let Some(clock) = clock::movable() else {
        return;
    };
    for settings in [UNPACED, "[history]\npath = \"\"\n"] {
        let how = How {
            clock: Some(clock),
            ..How::default()
        };
        let mut server = Server::start_as(how, settings);
        let bo = links::secret(&links::link(&server, &["--name", "Bo"]), "link");
        let follow = || {
            let answer = http(
                server.addr,
                "POST",
                "/api/link",
                "",
                &json!({"secret": bo}).to_string(),
            );
            answer.json()["token"].as_str().unwrap().to_owned()
        };
        let ann = Guest::join(&server, "Ann", None);
        for (token, again) in [(ann.token.clone(), true), (follow(), false)] {
            server.set_clock(0);
            let mut chat = Chat::connect(server.addr, &token);
            chat.granted(whisper("hosts", "before"));
            server.set_clock(-3600);
            chat.granted(whisper("hosts", "my secret"));
            assert_eq!(texts(&mut chat, Some("hosts")), ["before", "my secret"]);
            let next = match again {
                true => Guest::join(&server, "Ann", Some(&ann.device)).token,
                false => follow(),
            };
            let mut next = Chat::connect(server.addr, &next);
            assert_eq!(texts(&mut next, Some("hosts")), [""; 0]);
            next.granted(whisper("hosts", "of mine"));
            assert_eq!(texts(&mut next, Some("hosts")), ["of mine"]);
        }
        // A restart gives no number again, whether or not anything is kept.
        let late = Guest::join(&server, "Ann", Some(&ann.device)).token;
        server.stop();
        server.start_again();
        let mut chat = Chat::connect(server.addr, &late);
        chat.granted(whisper("hosts", "after the restart"));
        let mut chat = Chat::connect(server.addr, &late);
        assert_eq!(texts(&mut chat, Some("hosts")), ["after the restart"]);
    }
}

#[test]
fn an_assistant_reads_what_was_written_to_them_by_name_and_no_host_does() {
    let server = Server::start(UNPACED);
    let mut lin = host(&server, "lin");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let mut ann = Chat::member(&server, "Ann");
    let to_mo = ann.granted(whisper(&mo.id, "for Mo"));
    assert_eq!(mo.expect("whisper")["text"], "for Mo");
    assert_eq!(to_mo.get("kept"), None);
    lin.expect_no("whisper");
    let id = ann.id.clone();
    assert_eq!(texts(&mut lin, Some(&id)), [""; 0]);
    assert_eq!(texts(&mut mo, Some(&id)), ["for Mo"]);
    mo.granted(whisper(&id, "from Mo"));
    let mo_id = mo.id.clone();
    assert_eq!(texts(&mut ann, Some(&mo_id)), ["for Mo", "from Mo"]);
    let mut shared = whisper(&id, "for all");
    shared["shared"] = json!(true);
    mo.refused(shared, "forbidden");
}

#[test]
fn who_teaches_certain_rooms_reads_what_belongs_to_these() {
    let settings = "[rooms]\nlist = [\"lobby\", \"lab\"]\n[limits]\nmessages_per_second = 0\n";
    let server = Server::start(settings);
    let of = |name: &str, room: &str| {
        let rooms = json!({"rooms": [room]});
        let mut chat = Chat::connect_to(
            server.addr,
            "/ws?join=",
            &server.token_with(name, "host", rooms),
        );
        chat.granted(json!({"type": "join", "room": room}));
        chat
    };
    let (mut here, mut there) = (of("Ms Here", "lobby"), of("Mr There", "lab"));
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(whisper("hosts", "in the lobby"));
    assert_eq!(here.expect("whisper")["room"], "lobby");
    there.expect_no("whisper");
    let id = ann.id.clone();
    assert_eq!(texts(&mut there, None), [""; 0]);
    assert_eq!(texts(&mut there, Some(&id)), [""; 0]);
    assert_eq!(texts(&mut here, Some(&id)), ["in the lobby"]);
    let mut elsewhere = whisper("hosts", "in the lab");
    elsewhere["room"] = json!("lab");
    ann.refused(elsewhere.clone(), "not_in_room");
    ann.granted(json!({"type": "join", "room": "lab"}));
    ann.granted(elsewhere);
    assert_eq!(there.expect("whisper")["text"], "in the lab");
    here.expect_no("whisper");
    assert_eq!(
        texts(&mut ann, Some("hosts")),
        ["in the lobby", "in the lab"]
    );
}

#[test]
fn observers_neither_write_nor_read_nor_get_private_messages() {
    let server = Server::start(UNPACED);
    let mut lin = host(&server, "lin");
    let mut eve = Chat::person(&server, "Eve", "observer");
    eve.refused(whisper("hosts", "hello"), "forbidden");
    eve.refused(json!({"type": "whispers"}), "forbidden");
    lin.refused(whisper(&eve.id, "hello"), "forbidden");
    eve.expect_no("whisper");
}

#[test]
fn private_help_stays_open_to_the_muted_in_a_quiet_room_and_is_said_once() {
    let server = Server::start(UNPACED);
    let mut lin = host(&server, "lin");
    let mut ann = Chat::member(&server, "Ann");
    lin.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));
    lin.granted(json!({"type": "moderate", "action": "mute", "user": ann.id}));
    let mut help = whisper("hosts", "may I speak?");
    help["ref"] = json!("once");
    let (first, second) = (ann.granted(help.clone()), ann.granted(help.clone()));
    assert_eq!(first["at"], second["at"]);
    help["text"] = json!("something else");
    ann.refused(help, "ref_reused");
    let id = ann.id.clone();
    assert_eq!(texts(&mut lin, Some(&id)), ["may I speak?"]);
}

#[test]
fn older_ones_come_page_by_page() {
    for settings in [
        UNPACED,
        "[history]\npath = \"\"\n[limits]\nmessages_per_second = 0\n",
    ] {
        let server = Server::start(settings);
        let mut ann = Chat::member(&server, "Ann");
        for n in 1..=105 {
            ann.granted(whisper("hosts", &format!("number {n}")));
        }
        let page = whispers(&mut ann, Some("hosts"));
        let messages = page["messages"].as_array().unwrap();
        assert_eq!((messages.len(), &page["more"]), (100, &json!(true)));
        assert_eq!(messages[99]["text"], "number 105");
        let before = &messages[0]["id"];
        ann.granted(json!({"type": "whispers", "with": "hosts", "before": before}));
        let page = ann.so_far("whispers").pop().unwrap();
        let messages = page["messages"].as_array().unwrap();
        assert_eq!((messages.len(), &page["more"]), (5, &json!(false)));
        assert_eq!(messages[0]["text"], "number 1");
    }
}

#[test]
fn no_page_search_or_transcript_of_a_room_has_private_messages() {
    let server = Server::start(UNPACED);
    let mut lin = host(&server, "lin");
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(whisper("hosts", "confidential"));
    ann.granted(json!({"type": "send", "room": "lobby", "text": "public"}));
    assert_eq!(lin.search("lobby", "confidential"), [json!(null); 0]);
    lin.granted(json!({"type": "history", "room": "lobby"}));
    let history = lin.expect("history").to_string();
    assert!(history.contains("public") && !history.contains("confidential"));
    let bearer = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ms Lin", "host")
    );
    for kind in ["txt", "csv", "jsonl"] {
        let path = format!("/api/transcript.{kind}?room=lobby");
        let text = http(server.addr, "GET", &path, &bearer, "").text();
        assert!(
            text.contains("public") && !text.contains("confidential"),
            "{text}"
        );
    }
}
