//! The end of the lesson of one class, on a server with several: what it takes from the other classes.

use serde_json::json;

use crate::harness::{Chat, Guest, Server};

const TWO: &str = "[join]\nenabled = true\n[rooms]\nlist = [\"a\", \"b\"]\ndefault = \"a\"\n\
    [limits]\nmessages_per_second = 0\n\
    [[classes]]\nname = \"7a\"\nrooms = [\"a\"]\ncode = \"AAAA22\"\n\
    [[classes]]\nname = \"7b\"\nrooms = [\"b\"]\ncode = \"BBBB22\"\n";

fn end_lesson(host: &mut Chat, class: &str) {
    let end = json!({"type": "moderate", "action": "end_lesson", "class": class, "seconds": 0});
    host.granted(end);
}

fn host(server: &Server) -> Chat {
    let token = server.token_with("Ms Lin", "host", json!({"sub": "lin"}));
    Chat::connect(server.addr, &token)
}

#[test]
fn a_ban_ends_with_the_lesson_of_the_class_of_the_guest_and_with_no_other() {
    for restarted in [false, true] {
        let mut server = Server::start(TWO);
        let mut lin = host(&server);
        let bo = Guest::join_with(&server, "Bo", None, "AAAA22");
        bo.connect(&server);
        let ban = json!({"type": "moderate", "action": "ban", "user": bo.id});
        lin.granted(ban);
        if restarted {
            server.stop();
            server.start_again();
            lin = host(&server);
        }
        let joins = || Guest::try_join(&server, "Bo", Some(&bo.device), "AAAA22").status;
        end_lesson(&mut lin, "7b");
        assert_eq!(joins(), 403, "restarted: {restarted}");
        end_lesson(&mut lin, "7a");
        let start = json!({"type": "moderate", "action": "start_lesson", "class": "7a"});
        lin.granted(start);
        assert_eq!(joins(), 201, "restarted: {restarted}");
    }
}

#[test]
fn with_history_of_one_lesson_each_class_takes_its_own_private_messages_and_reports() {
    for history in ["", "path = \"\"\n"] {
        let keep = format!("{TWO}[history]\nkeep = \"lesson\"\n{history}");
        let mut server = Server::start(&keep);
        let mut lin = host(&server);
        let bo = Guest::join_with(&server, "Bo", None, "AAAA22");
        let cy = Guest::join_with(&server, "Cy", None, "BBBB22");
        let mut chats = [("a", bo.connect(&server)), ("b", cy.connect(&server))];
        for (room, chat) in &mut chats {
            chat.granted(json!({"type": "whisper", "to": "hosts", "room": room, "text": "help"}));
            let said = json!({"type": "send", "room": room, "text": "hello"});
            let seq = lin_says(&mut lin, said);
            chat.granted(json!({"type": "report", "room": room, "seq": seq}));
        }
        let read = |lin: &mut Chat, who: &Guest| -> usize {
            lin.granted(json!({"type": "whispers", "with": who.id}));
            lin.expect("whispers")["messages"].as_array().unwrap().len()
        };
        assert_eq!((read(&mut lin, &bo), read(&mut lin, &cy)), (1, 1));
        end_lesson(&mut lin, "7b");
        for again in [false, true] {
            if again {
                if !history.is_empty() {
                    break;
                }
                server.stop();
                server.start_again();
                lin = host(&server);
            }
            assert_eq!((read(&mut lin, &bo), read(&mut lin, &cy)), (1, 0));
            let mut wu = Chat::connect(server.addr, &server.token("Mr Wu", "host"));
            wu.granted(json!({"type": "reports"}));
            let reports = wu.expect("reports");
            let reports = reports["reports"].as_array().unwrap();
            let rooms: Vec<_> = reports.iter().map(|it| &it["room"]).collect();
            assert_eq!(rooms, ["a"], "again: {again}");
        }
    }
}

/// The number of what she says.
fn lin_says(lin: &mut Chat, said: serde_json::Value) -> serde_json::Value {
    lin.granted(json!({"type": "join", "room": said["room"]}));
    lin.granted(said)["seq"].clone()
}
