//! Forgetting a person while the server runs, and purging a message: neither comes back.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, http, output};

const STORED: &str = "[limits]\nmessages_per_second = 0.0\n[presence]\ntick = \"10ms\"\n";

fn get(server: &Server, path: &str) -> String {
    let token = server.token("Lin", "host");
    let header = format!("Authorization: Bearer {token}\r\n");
    let response = http(server.addr, "GET", path, &header, "");
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.text()
}

fn forget(server: &Server, role: &str, who: &str) -> (u16, Value) {
    let token = server.token("Lin", role);
    let header = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let body = json!({"who": who}).to_string();
    let response = http(server.addr, "POST", "/api/forget", &header, &body);
    (response.status, response.json())
}

/// Everything that a newcomer can see, in one text.
fn all_there_is(server: &Server, since: Option<&Value>) -> String {
    let mut late = Chat::outside(server, "Late", "host");
    let mut join = json!({"type": "join", "room": "lobby"});
    if let Some(since) = since {
        join["since"] = since.clone();
    }
    late.granted(join);
    let mut all = Vec::new();
    for kind in ["joined", "message", "edited", "reaction", "deleted"] {
        all.extend(late.so_far(kind));
    }
    late.granted(json!({"type": "history", "room": "lobby"}));
    all.push(late.expect("history"));
    for query in ["secret", "hello"] {
        all.extend(late.search("lobby", query));
    }
    let mut text: String = all.iter().map(Value::to_string).collect();
    for path in [
        "/api/transcript.txt",
        "/api/transcript.csv",
        "/api/transcript.jsonl",
        "/api/attendance.csv",
    ] {
        text += &get(server, path);
    }
    text
}

#[track_caller]
fn assert_forgotten(text: &str, id: &str) {
    for trace in ["secret", "Mallory", id, "👍"] {
        assert!(!text.contains(trace), "{trace} in {text}");
    }
    assert!(text.contains("hello"), "Bo's message is gone: {text}");
}

#[test]
fn a_person_forgotten_while_the_server_runs_is_erased_everywhere() {
    let mut server = Server::start(STORED);
    let mut bo = Chat::member(&server, "Bo");
    let mut mallory = Chat::member(&server, "Mallory");
    let id = mallory.id.clone();
    let said = bo.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    let send = json!({"type": "send", "room": "lobby", "text": "a secret", "ref": "m1"});
    let seq = mallory.granted(send)["seq"].clone();
    let edit = json!({"type": "edit", "room": "lobby", "seq": seq, "text": "a secret indeed"});
    mallory.granted(edit);
    let react = json!({"type": "react", "room": "lobby", "seq": said["seq"], "emoji": "👍"});
    mallory.granted(react);
    bo.expect("reaction");
    let epoch = {
        let mut other = Chat::outside(&server, "Cy", "member");
        other.granted(json!({"type": "join", "room": "lobby"}));
        other.expect("joined")["epoch"].clone()
    };
    let since = json!({"epoch": epoch, "seq": 0});
    assert!(all_there_is(&server, Some(&since)).contains("secret"));

    let forgotten = output(server.command("forget").arg("Mallory"));
    assert_eq!(forgotten.status.code(), Some(0), "{forgotten:?}");
    let reason = mallory.expect_close(4500);
    assert!(reason.starts_with("forgotten: "), "{reason}");
    // Everybody in the room gets a fresh page without the forgotten person.
    let joined = bo.expect("joined");
    assert_eq!(joined["recovered"], false, "{joined}");
    // The first copy is the original message, the second one is from the fresh page.
    let page = bo.so_far("message");
    let tombstone = page.iter().rfind(|message| message["seq"] == seq);
    let tombstone = tombstone.expect("numbers have no gaps");
    assert_eq!(
        (&tombstone["deleted"], &tombstone["purged"]),
        (&json!(true), &json!(true)),
        "{tombstone}"
    );
    assert_forgotten(&all_there_is(&server, Some(&since)), &id);
    assert_forgotten(&all_there_is(&server, None), &id);
    let send = json!({"type": "send", "room": "lobby", "text": "go on"});
    assert!(bo.granted(send)["seq"].as_u64() > seq.as_u64());
    // Many presence ticks later, no presence has named the person again.
    for presence in bo.so_far("presence") {
        assert!(!presence["left"].to_string().contains(&id), "{presence}");
    }

    server.stop();
    server.start_again();
    assert_forgotten(&all_there_is(&server, Some(&since)), &id);
    assert_forgotten(&all_there_is(&server, None), &id);
    let again = output(server.command("forget").arg("Mallory"));
    assert_eq!(again.status.code(), Some(2), "{again:?}");

    // The token is still valid, but its holder is a new person without any refs.
    let mut mallory = Chat::member(&server, "Mallory");
    let send = json!({"type": "send", "room": "lobby", "text": "new here", "ref": "m1"});
    assert!(mallory.granted(send)["seq"].as_u64() > seq.as_u64());
}

#[test]
fn only_hosts_may_forget_and_only_one_person_at_a_time() {
    let server = Server::start(STORED);
    let _two = ["one", "two"].map(|sub| {
        let token = server.token_with("Sam", "member", json!({"sub": sub}));
        let mut chat = Chat::connect(server.addr, &token);
        chat.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
        chat
    });
    let (status, answer) = forget(&server, "moderator", "one");
    assert_eq!((status, &answer["error"]), (403, &json!("hosts_only")));
    let (status, answer) = forget(&server, "host", "nobody at all");
    assert_eq!((status, &answer["error"]), (404, &json!("unknown_user")));
    // The second is called "Sam 2", so the name is one person's.
    let (status, answer) = forget(&server, "host", "Sam");
    assert_eq!((status, &answer["forgotten"]), (200, &json!("Sam")));
    let (status, answer) = forget(&server, "host", "two");
    assert_eq!((status, &answer["forgotten"]), (200, &json!("Sam 2")));
    let (status, answer) = forget(&server, "host", "two");
    assert_eq!((status, &answer["error"]), (404, &json!("unknown_user")));
}

#[test]
fn forgetting_works_without_a_store() {
    let server = Server::start("[history]\npath = \"\"\n");
    let mut bo = Chat::member(&server, "Bo");
    let mut mallory = Chat::member(&server, "Mallory");
    mallory.granted(json!({"type": "send", "room": "lobby", "text": "a secret"}));
    let (status, answer) = forget(&server, "host", &mallory.id);
    assert_eq!((status, &answer["forgotten"]), (200, &json!("Mallory")));
    mallory.expect_close(4500);
    bo.expect("joined");
    let said = bo.so_far("message");
    let shown: Vec<bool> = said.iter().map(|m| m.get("text").is_some()).collect();
    assert_eq!(shown, [true, false], "before and after: {said:?}");
    assert_eq!(
        (&said[1]["deleted"], &said[1]["purged"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn a_purged_message_stays_marked_as_purged_even_after_a_restart() {
    let mut server = Server::start(STORED);
    let mut bo = Chat::member(&server, "Bo");
    let mut host = Chat::person(&server, "Lin", "host");
    let mut say = |text: &str| {
        let send = json!({"type": "send", "room": "lobby", "text": text});
        bo.granted(send)["seq"].clone()
    };
    let (hidden, purged) = (say("only hidden"), say("purged for good"));
    let delete = |seq: &Value, purge: bool| json!({"type": "delete", "room": "lobby", "seq": seq, "purge": purge});
    host.granted(delete(&hidden, false));
    host.granted(delete(&purged, true));
    let live = [bo.expect("deleted"), bo.expect("deleted")];
    assert_eq!(live[0].get("purged"), None, "{}", live[0]);
    assert_eq!(live[1]["purged"], true, "{}", live[1]);
    let check = |server: &Server| {
        let mut late = Chat::outside(server, "Late", "member");
        late.granted(json!({"type": "join", "room": "lobby"}));
        let deleted = late.so_far("deleted");
        let marks: Vec<bool> = deleted.iter().map(|d| d["purged"] == true).collect();
        assert_eq!(marks, [false, true], "{deleted:?}");
        late.granted(json!({"type": "history", "room": "lobby"}));
        let page = late.expect("history");
        let item = |seq: &Value| {
            let items = page["messages"].as_array().unwrap();
            items
                .iter()
                .find(|item| item["seq"] == *seq)
                .unwrap()
                .clone()
        };
        assert_eq!(item(&hidden).get("purged"), None);
        assert_eq!(item(&purged)["purged"], true);
        let transcript = get(server, "/api/transcript.txt");
        assert!(transcript.contains("Bo: (deleted)"), "{transcript}");
        assert!(transcript.contains("Bo: (purged)"), "{transcript}");
    };
    check(&server);
    server.stop();
    server.start_again();
    check(&server);
}
