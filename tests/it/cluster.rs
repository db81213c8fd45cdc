//! Several nodes on one engine: one chat, whatever ends.

mod engine;
mod failures;
mod losses;
mod refused;
mod speaker;
mod trunk;

use std::net::SocketAddr;
use std::time::Instant;

use engine::Redis;
use serde_json::{Value, json};

use crate::harness::{Chat, PATIENCE, Raw, Server, TempDir, http, output};
use crate::service::{Manager, notifying};

/// Two nodes: the first one leads.
fn two_nodes(redis: &Redis) -> (Server, Server) {
    let first = Server::start(&redis.node("north"));
    let second = join(redis, &first, "south");
    (first, second)
}

/// Another node with the secret of one that runs.
fn join(redis: &Redis, other: &Server, name: &str) -> Server {
    let secret = other.secret();
    let node = Server::start_with(&[("secret", &secret)], &redis.node(name)).expect("a node");
    node.logged("for the primary");
    node
}

/// A person at a node, in the default room. Every node has the same secret.
fn person(at: &Server, name: &str, role: &str) -> Chat {
    let mut chat = Chat::connect(at.addr, &at.token(name, role));
    chat.expect("joined");
    chat
}

/// The messages of the lobby as somebody reads them who comes in now.
fn history(at: &Server) -> Vec<(u64, String)> {
    let mut reader = Chat::outside(at, "Reader", "moderator");
    reader.granted(json!({"type": "join", "room": "lobby"}));
    let joined = reader.expect("joined");
    let mut before = joined["seq"].as_u64().unwrap() + 1;
    let mut all = Vec::new();
    loop {
        let page = json!({"type": "history", "room": "lobby", "before": before, "limit": 100});
        reader.granted(page);
        let page = reader.expect("history");
        let messages = page["messages"].as_array().unwrap();
        all.extend(messages.iter().rev().map(|message| {
            let text = message["text"].as_str().unwrap_or_default();
            (message["seq"].as_u64().unwrap(), text.to_owned())
        }));
        match page["more"].as_bool() {
            Some(true) => before = all.last().map_or(1, |(seq, _)| *seq),
            _ => break,
        }
    }
    all.reverse();
    all
}

/// Waits until the history file of a node has as many events as another one's, and compares them.
fn wait_for_same_rows(one: &Server, other: &Server) {
    let rows = |server: &Server| {
        let file = server.data().join("history.db");
        let db = rusqlite::Connection::open(file).unwrap();
        let sql = "SELECT r.name, e.seq, e.kind, a.name, e.ref, e.text FROM events e
                   JOIN rooms r ON r.id = e.room JOIN authors a ON a.id = e.author ORDER BY 1, 2";
        let mut rows = db.prepare(sql).unwrap();
        let rows = rows.query_map([], |row| {
            let columns: [rusqlite::types::Value; 6] =
                [0, 1, 2, 3, 4, 5].map(|n| row.get(n).unwrap());
            Ok(format!("{columns:?}"))
        });
        rows.unwrap().collect::<Result<Vec<String>, _>>().unwrap()
    };
    let until = Instant::now() + PATIENCE;
    loop {
        let (ours, theirs) = (rows(one), rows(other));
        if ours == theirs && !ours.is_empty() {
            return;
        }
        assert!(
            Instant::now() < until,
            "{} rows and {}",
            ours.len(),
            theirs.len()
        );
        std::thread::yield_now();
    }
}

#[test]
fn two_nodes_are_one_chat_and_keep_one_history() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut ada = person(&north, "Ada", "member");
    let mut bo = person(&south, "Bo", "member");
    let came = |presence: Value| presence["joined"].to_string().contains("Bo");
    while !came(ada.expect("presence")) {}
    for n in 0..20 {
        let (speaker, listener) = if n % 2 == 0 {
            (&mut ada, &mut bo)
        } else {
            (&mut bo, &mut ada)
        };
        let text = format!("message {n}");
        let ack = speaker.granted(json!({"type": "send", "room": "lobby", "text": text}));
        let heard = listener.expect("message");
        assert_eq!((&heard["text"], &heard["seq"]), (&json!(text), &ack["seq"]));
        assert_eq!(ack["seq"], n + 1, "without a gap");
    }
    ada.granted(json!({"type": "react", "room": "lobby", "seq": 2, "emoji": "👍"}));
    assert_eq!(bo.expect("reaction")["of"], 2);
    ada.send(json!({"type": "typing", "room": "lobby"}));
    assert_eq!(bo.expect("typing")["from"]["name"], "Ada");
    let mut lin = person(&south, "Ms Lin", "host");
    lin.granted(json!({"type": "whisper", "to": ada.id, "text": "psst"}));
    assert_eq!(ada.expect("whisper")["text"], "psst");
    wait_for_same_rows(&north, &south);
    let transcripts = [&north, &south].map(|node| {
        let bearer = format!("Authorization: Bearer {}\r\n", node.token("Ms Lin", "host"));
        let answer = http(
            node.addr,
            "GET",
            "/api/transcript.txt?room=lobby",
            &bearer,
            "",
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    });
    assert!(transcripts[1].contains("message 19"), "{}", transcripts[1]);
}

#[test]
fn what_a_host_decides_at_one_node_holds_at_the_other() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut lin = person(&south, "Ms Lin", "host");
    let mut ada = person(&north, "Ada", "member");
    let hello = |n: u64| json!({"type": "send", "room": "lobby", "text": format!("hello {n}")});
    let moderate = |more: Value| {
        let mut request = json!({"type": "moderate", "room": "lobby"});
        for (key, value) in more.as_object().unwrap() {
            request[key] = value.clone();
        }
        request
    };
    lin.granted(moderate(json!({"action": "lock", "on": true})));
    ada.refused(hello(1), "locked");
    lin.granted(moderate(json!({"action": "lock", "on": false})));
    lin.granted(json!({"type": "moderate", "action": "mute", "user": ada.id}));
    ada.refused(hello(2), "muted");
    lin.granted(json!({"type": "moderate", "action": "unmute", "user": ada.id}));
    ada.granted(hello(3));
    lin.granted(json!({"type": "moderate", "action": "kick", "user": ada.id}));
    assert!(ada.expect_close(4500).starts_with("removed"));
}

/// A guest comes in with the class code, and a host with a link, wherever they are.
#[test]
fn the_class_code_and_links_are_good_at_each_node_and_outlive_their_primary() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let mut first = Server::start(&format!("[join]\n{}", redis.node("north")));
    let secret = first.secret();
    let south = format!("[join]\n{}", redis.node("south"));
    let south = Server::start_with(&[("secret", &secret)], &south).expect("a node");
    south.logged("for the primary");
    let code = |node: &Server| {
        let mut lin = Chat::connect(node.addr, &node.token("Ms Lin", "host"));
        lin.expect("welcome")["class_code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let before = code(&first);
    assert_eq!(code(&south), before);
    let join = |at: SocketAddr, name: &str, code: &str| {
        let body = json!({"name": name, "code": code, "device": "a-device-of-a-test"}).to_string();
        let answer = http(
            at,
            "POST",
            "/api/join",
            "Content-Type: application/json\r\n",
            &body,
        );
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["token"].as_str().unwrap().to_owned()
    };
    let token = join(south.addr, "Ada", &before);
    let mut lin = person(&south, "Ms Lin", "host");
    lin.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    let after = lin.expect("lesson")["class_code"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(before, after);
    lin.granted(json!({"type": "moderate", "action": "start_lesson"}));
    assert!(first.stop().success());
    south.logged("starts again");
    // The lesson that ended stays ended, and the code of the next one is good.
    let until = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(south.addr).is_err() {
        assert!(Instant::now() < until, "the other node never listens again");
    }
    assert_eq!(code(&south), after);
    let mut raw = Raw::upgrade(
        south.addr,
        "/ws",
        &format!("Authorization: Bearer {token}\r\nSec-WebSocket-Protocol: chat.v1\r\n"),
    );
    assert!(raw.expect_close(1008).contains("lesson"), "an old token");
    join(south.addr, "Ada", &after);
}

#[test]
fn the_status_of_a_node_says_who_leads_and_how_far_each_has_the_log() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    person(&south, "Ada", "member")
        .granted(json!({"type": "send", "room": "lobby", "text": "one"}));
    wait_for_same_rows(&north, &south);
    let until = Instant::now() + PATIENCE;
    loop {
        let said = output(south.command("status").arg("--json"));
        let status: Value = serde_json::from_slice(&said.stdout).expect("one object");
        let cluster = &status["cluster"];
        let other = &cluster["nodes"][0];
        assert_eq!(
            (&cluster["node"], &cluster["role"]),
            (&json!("south"), &json!("follower"))
        );
        assert_eq!(
            (&other["node"], &other["role"]),
            (&json!("north"), &json!("primary"))
        );
        if cluster["entry"] == cluster["end"] && other["entry"] == cluster["end"] {
            break;
        }
        // A node says twice a second how far it is.
        assert!(Instant::now() < until, "{cluster}");
    }
    let said = output(&mut south.command("status"));
    let lines = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        lines.contains("this is south, follower; it has all"),
        "{lines}"
    );
    assert!(
        lines.contains("the primary is north at 127.0.0.1:"),
        "{lines}"
    );
}

/// A node may have to copy a large history before it is ready.
#[test]
fn the_manager_of_the_service_waits_for_a_node_that_comes_in() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let dir = TempDir::new();
    let (mut manager, socket) = Manager::in_dir(&dir);
    let _north = Server::start_as(notifying(&socket, Some("200000")), &redis.node("north"));
    manager.hears("READY=1", 1);
    assert_eq!(manager.told[0], "WATCHDOG=1");
    assert_eq!(manager.told[1], "EXTEND_TIMEOUT_USEC=10100000");
    manager.hears("WATCHDOG=1", 5);
    manager.hears("STATUS=0 here, lobby", 1);
    let comes_in = manager
        .told
        .iter()
        .rposition(|told| told.contains("comes into"));
    let is_ready = manager.told.iter().position(|told| told == "READY=1");
    assert!(comes_in < is_ready, "{:?}", manager.told);
}

/// What the nodes say to each other about a client is not believed from a client.
#[test]
fn requests_are_passed_on_as_they_are_and_nobody_names_another_client() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (_north, south) = two_nodes(&redis);
    let answer = http(
        south.addr,
        "GET",
        "/healthz",
        "Glassroom-Client: 192.0.2.1 x\r\n",
        "",
    );
    assert_eq!(answer.status, 400, "{}", answer.text());
    let mut raw = Raw::connect(south.addr);
    raw.send(b"\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(raw.read_response().status, 200);
    let answer = http(south.addr, "GET", "/cluster/history", "", "");
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (403, &json!("not_a_node"))
    );
}
