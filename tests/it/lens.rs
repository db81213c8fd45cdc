//! `/lens`: the bytes of one's own connection, and what can be done to it.

use serde_json::{Value, json};
use std::time::Duration;

use crate::harness::{Chat, Frame, Raw, Server, http};

/// A glass beside `chat`, with everything up to its `opened` read.
pub struct Glass {
    raw: Raw,
    pub opened: Value,
}

impl Glass {
    fn open(server: &Server, token: &str, connection: &str) -> Glass {
        let mut raw = Glass::raw(server, token, connection);
        let opened = raw.read_json();
        assert_eq!(opened["type"], "opened", "{opened}");
        Glass { raw, opened }
    }

    fn raw(server: &Server, token: &str, connection: &str) -> Raw {
        let path = format!("/lens?connection={connection}");
        let offer = format!("Sec-WebSocket-Protocol: lens.v1, bearer.{token}\r\n");
        Raw::upgrade(server.addr, &path, &offer)
    }

    /// The next event for which `wanted` holds; numbers and other events are passed over.
    #[track_caller]
    pub fn until(&mut self, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let event = self.raw.read_json();
            if wanted(&event) {
                return event;
            }
        }
    }

    #[track_caller]
    pub fn expect(&mut self, kind: &str) -> Value {
        self.until(|event| event["type"] == kind)
    }

    /// The next frame of one end with this opcode.
    #[track_caller]
    pub fn frame(&mut self, from: &str, name: &str) -> Value {
        self.until(|e| e["type"] == "frame" && e["from"] == from && e["name"] == name)
    }

    /// The frame that ends the next message to the client that contains `words`.
    #[track_caller]
    fn told(&mut self, words: &str) -> Value {
        self.until(|e| {
            let text = e["message"]["text"].as_str();
            e["from"] == "server" && text.is_some_and(|text| text.contains(words))
        })
    }

    /// How long the next events may take.
    pub fn wait_up_to(&mut self, time: Duration) {
        self.raw.patience = time;
    }

    pub fn order(&mut self, order: Value) {
        self.raw.send_json(&order);
    }
}

/// A connection's number, as its `welcome` says it.
#[track_caller]
fn number(chat: &mut Chat) -> String {
    chat.expect("welcome")["connection"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Somebody with a token of their own, and their glass.
pub fn watched(server: &Server, name: &str, role: &str) -> (Chat, Glass, String) {
    let token = server.token(name, role);
    let mut chat = Chat::connect(server.addr, &token);
    let connection = number(&mut chat);
    chat.expect("joined");
    let glass = Glass::open(server, &token, &connection);
    (chat, glass, token)
}

#[test]
fn one_sees_the_bits_of_what_one_just_said() {
    let server = Server::start("");
    let (mut ann, mut glass, _) = watched(&server, "Ann", "member");
    let mut bob = Chat::member(&server, "Bob");
    ann.say("lobby", "h\u{e9}llo", "r1");
    let frame = glass.frame("client", "text");
    assert_eq!(frame["fin"], true);
    assert_eq!(frame["masked"], true);
    assert_eq!(frame["faults"], json!([]));
    assert_eq!(
        frame["number"], 1,
        "the view begins with a whole frame: {frame}"
    );
    let said = frame["message"]["text"].as_str().unwrap();
    assert!(said.contains("h\u{e9}llo"), "{said}");
    let (wire, key) = (&frame["wire"], &frame["key"]);
    assert_ne!(wire, &frame["payload"]);
    assert_eq!(key.as_str().unwrap().len(), 8);
    let out = glass.expect("fan_out");
    assert_eq!(
        (&out["room"], &out["seq"], &out["members"]),
        (&json!("lobby"), &json!(1), &json!(1))
    );
    let ack = glass.told("\"ack\"");
    assert_eq!(ack["masked"], false);

    bob.say("lobby", "hi Ann", "r1");
    glass.told("hi Ann");
    let stats = glass.until(|e| e["type"] == "stats" && e["own"]["frames_in"] == 1);
    assert!(stats["own"]["frames_out"].as_u64() >= Some(2), "{stats}");
    assert_eq!(
        stats["server"],
        Value::Null,
        "the server's numbers are for hosts"
    );
}

#[test]
fn the_handshake_is_kept_and_explained_and_its_token_opens_no_door() {
    let server = Server::start("");
    let (_ann, glass, token) = watched(&server, "Ann", "member");
    let handshake = &glass.opened["handshake"];
    assert_eq!(handshake["established"], true, "{handshake}");
    assert_eq!(handshake["status"], 101);
    assert_eq!(handshake["accept"]["equal"], true);
    assert_eq!(handshake["subprotocol"], "chat.v1");
    assert_eq!(handshake["token"]["claims"]["name"], "Ann");
    assert_eq!(handshake["token"]["signature_bytes"], 32);
    let rules = handshake["rules"].as_array().unwrap();
    assert!(
        rules.len() > 10 && rules.iter().all(|rule| rule["verdict"] != "broken"),
        "{rules:?}"
    );
    let signature = token.rsplit('.').next().unwrap();
    assert!(!glass.opened.to_string().contains(signature));
}

#[test]
fn nobody_looks_through_another_persons_glass() {
    let server = Server::start("");
    let mut ann = Chat::member(&server, "Ann");
    let connection = &number(&mut ann);
    for role in ["member", "moderator", "host"] {
        let token = server.token("Eve", role);
        let reason = Glass::raw(&server, &token, connection).expect_close(4404);
        assert!(reason.starts_with("unknown_connection"), "{reason}");
    }
    let token = server.token("Ann", "member");
    for number in ["", "0", "x", "-1", "999999", "18446744073709551616"] {
        Glass::raw(&server, &token, number).expect_close(4404);
    }
    let path = format!("/lens?connection={connection}");
    assert!(
        Raw::upgrade(server.addr, &path, "")
            .expect_close(1008)
            .starts_with("Unauthorized")
    );
    // A glass cannot be watched.
    let (_ann, glass, token) = watched(&server, "Ann", "member");
    let own = glass.opened["connection"]
        .as_str()
        .unwrap()
        .parse::<u64>()
        .unwrap();
    Glass::raw(&server, &token, &(own + 1).to_string()).expect_close(4404);

    let off = Server::start("[lens]\nenabled = false\n");
    assert_eq!(
        http(off.addr, "GET", "/lens?connection=1", "", "").status,
        404
    );
}

#[test]
fn do_it_to_me() {
    let server = Server::start("");
    let (mut ann, mut glass, token) = watched(&server, "Ann", "member");
    glass.order(json!({"type": "do", "what": "ping"}));
    assert_eq!(glass.expect("done")["what"], "ping");
    let ping = loop {
        let frame = ann.raw.read_frame();
        if frame.opcode == Frame::PING {
            break frame;
        }
    };
    ann.raw.send_frame(&Frame::new(Frame::PONG, ping.payload));
    let answered = glass.until(|e| e["type"] == "ping" && e["rung"] == "answered");
    assert!(answered["round_trip"].as_u64() > Some(0), "{answered}");

    glass.order(json!({"type": "do", "what": "fragment"}));
    glass.expect("done");
    // What a page sends by itself, and what comes of it, does not use it up.
    let long = "a reference as long as one may be";
    ann.send(json!({"type": "typing", "room": "lobby", "ref": long}));
    assert_eq!(glass.told(long)["message"]["fragments"], 1);
    let _bob = Chat::member(&server, "Bob");
    assert_eq!(glass.told("\"Bob\"")["message"]["fragments"], 1);
    ann.say("lobby", "in pieces, please", "r1");
    let cut = glass.told("\"r1\"");
    let message = &cut["message"];
    assert_eq!(
        (&message["fragments"], &message["between"]),
        (&json!(3), &json!(1)),
        "{cut}"
    );
    // And only that one.
    ann.say("lobby", "whole again", "r2");
    assert_eq!(glass.told("\"r2\"")["message"]["fragments"], 1);

    glass.order(json!({"type": "do", "what": "close", "code": 4321, "reason": "as asked"}));
    let mut closed = ann.raw;
    assert_eq!(closed.expect_close(4321), "as asked");
    closed.send_frame(&Frame::close(4321, ""));
    closed.expect_eof();
    closed.finish();
    let began = glass.until(|e| e["type"] == "close" && e["step"] == "began");
    assert_eq!(
        (&began["by"], &began["code"]),
        (&json!("server"), &json!(4321))
    );
    let answered = glass.until(|e| e["type"] == "close" && e["step"] == "answered");
    assert_eq!(answered["by"], "client");
    let summary = &glass.expect("ended")["summary"];
    assert_eq!(
        (&summary["clean"], &summary["tcp"]),
        (&json!(true), &json!("server")),
        "{summary}"
    );
    assert!(glass.raw.expect_close(1000).starts_with("ended"));

    let mut ann = Chat::connect(server.addr, &token);
    let mut glass = Glass::open(&server, &token, &number(&mut ann));
    glass.order(json!({"type": "do", "what": "hang_up"}));
    let summary = &glass.expect("ended")["summary"];
    assert_eq!(
        (&summary["client_sees"], &summary["clean"]),
        (&json!(1006), &json!(false))
    );
    assert_eq!(ann.raw.read_to_the_end(), None, "no Close came");
}

#[test]
fn an_order_that_makes_no_sense_is_answered_and_harms_nobody() {
    let server = Server::start("");
    let (mut ann, mut glass, token) = watched(&server, "Ann", "member");
    for (order, why) in [
        ("{", "EOF"),
        (r#"["do","ping",1000,""]"#, "JSON object"),
        (r#"{"type":"do","what":"explode"}"#, "unknown variant"),
        (r#"{"type":"do","what":"close","code":1006}"#, "7.4.1"),
        (r#"{"type":"do","what":"ping","more":1}"#, "unknown field"),
    ] {
        glass.raw.send_text(order);
        let error = glass.expect("error");
        assert_eq!(error["code"], "bad_message");
        assert!(error["message"].as_str().unwrap().contains(why), "{error}");
    }
    (0..20).for_each(|_| glass.order(json!({"type": "do", "what": "ping"})));
    assert_eq!(glass.expect("error")["code"], "rate_limited");
    // The newest glass is the one that shows.
    let connection = glass.opened["connection"].as_str().unwrap().to_owned();
    let mut second = Glass::open(&server, &token, &connection);
    assert!(glass.raw.expect_close(4409).starts_with("replaced"));
    // A glass that goes away leaves the connection as it was.
    second.raw.finish();
    second.raw.read_to_the_end();
    ann.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
    let mut third = Glass::open(&server, &token, &connection);
    ann.granted(json!({"type": "send", "room": "lobby", "text": "and seen"}));
    third.frame("client", "text");
}

#[test]
fn a_host_shows_a_demo_connection_and_the_servers_numbers() {
    let server = Server::start("");
    let token = server.token("Ms Lin", "host");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let demo = http(server.addr, "POST", "/api/demo", &bearer, "");
    assert_eq!(demo.status, 201);
    let demo_token = demo.json()["token"].as_str().unwrap().to_owned();
    let mut demo = Chat::connect(server.addr, &demo_token);
    let welcome = demo.expect("welcome");
    assert_eq!(welcome["you"]["name"], "Demo");
    assert_eq!(welcome["you"]["role"], "member");
    let connection = welcome["connection"].as_str().unwrap();
    let mut glass = Glass::open(&server, &token, connection);
    assert_eq!(glass.opened["demo"], true);
    assert_eq!(glass.opened["handshake"]["token"], Value::Null);
    demo.say("lobby", "on the wall", "r");
    glass.frame("client", "text");
    let stats = glass.expect("stats");
    assert!(
        stats["server"]["connections"].as_u64() >= Some(2),
        "{stats}"
    );

    let member = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ann", "member")
    );
    assert_eq!(
        http(server.addr, "POST", "/api/demo", &member, "").status,
        403
    );
    assert_eq!(http(server.addr, "POST", "/api/demo", "", "").status, 401);
    assert_eq!(
        http(server.addr, "GET", "/api/demo", &bearer, "").status,
        405
    );
}

#[test]
fn glasses_opened_in_a_loop_end_and_another_persons_opens() {
    let server = Server::start("");
    let (mut ann, glass, token) = watched(&server, "Ann", "member");
    let connection = glass.opened["connection"].as_str().unwrap();
    let refused = (0..1000).any(|_| {
        let first = Glass::raw(&server, &token, connection).read_frame();
        first.opcode == Frame::CLOSE
    });
    assert!(refused, "nobody looks a thousand times in a row");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "not concerned"}));
    let (_bob, glass, _) = watched(&server, "Bob", "member");
    assert_eq!(glass.opened["type"], "opened");
}

#[test]
fn a_demo_enters_no_room_that_its_host_may_not_enter() {
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"staff\"]\n");
    let token = server.token_with("Ms Lin", "host", json!({"rooms": ["lobby"]}));
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let demo = http(server.addr, "POST", "/api/demo", &bearer, "").json();
    let mut demo = Chat::connect(server.addr, demo["token"].as_str().unwrap());
    demo.expect("joined");
    demo.refused(json!({"type": "join", "room": "staff"}), "forbidden");
}

#[test]
fn a_projected_demo_connection_shows_no_private_message() {
    let server = Server::start("[rooms]\nwhisper = \"all\"\n");
    let token = server.token("Ms Lin", "host");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let demo = http(server.addr, "POST", "/api/demo", &bearer, "").json();
    let mut demo = Chat::connect(server.addr, demo["token"].as_str().unwrap());
    let connection = demo.expect("welcome")["connection"].clone();
    let mut glass = Glass::open(&server, &token, connection.as_str().unwrap());
    let mut lin = Chat::connect(server.addr, &token);
    lin.expect("joined");
    let mut ann = Chat::member(&server, "Ann");
    let whisper = |to: &str| json!({"type": "whisper", "to": to, "text": "confidential"});
    ann.granted(whisper("hosts"));
    assert_eq!(lin.expect("whisper")["text"], "confidential");
    let answer = json!({"type": "whisper", "to": ann.id, "text": "confidential", "shared": true});
    lin.granted(answer);
    for chat in [&mut lin, &mut ann] {
        chat.refused(whisper(&demo.id), "forbidden");
    }
    demo.refused(whisper("hosts"), "forbidden");
    demo.refused(json!({"type": "whispers"}), "forbidden");
    demo.refused(json!({"type": "whispers", "with": ann.id}), "forbidden");
    lin.say("lobby", "the end", "r");
    // Everything that the class sees up to here; what the demo sent itself is no secret.
    let end = glass.until(|event| {
        let text = event.to_string();
        let secret = event["from"] == "server" && text.contains("confidential");
        assert!(!secret, "{text}");
        text.contains("the end")
    });
    assert_eq!(end["from"], "server");
    demo.expect_no("whisper");
}

#[test]
fn a_page_that_does_not_read_its_glass_holds_nobody_up() {
    let server = Server::start("[limits]\nmessages_per_second = 0\n");
    let (mut ann, _glass, _) = watched(&server, "Ann", "member");
    let mut bob = Chat::member(&server, "Bob");
    let text = "x".repeat(1500);
    // More than the socket of the glass and its queue hold together.
    for n in 0..3000 {
        ann.raw.send_json(
            &json!({"type": "send", "room": "lobby", "text": text, "ref": n.to_string()}),
        );
        if n % 100 == 99 {
            for _ in 0..100 {
                bob.expect("message");
                ann.expect("ack");
            }
        }
    }
    ann.granted(json!({"type": "send", "room": "lobby", "text": "the end"}));
}
