//! "Tell the teacher": a report reaches those who lead, with the words as they stood, and nobody else.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};

fn person(server: &Server, name: &str, role: &str) -> Chat {
    let sub = name.to_lowercase();
    let token = server.token_with(name, role, json!({"sub": sub}));
    let mut chat = Chat::connect(server.addr, &token);
    chat.expect("joined");
    chat
}

/// The open reports that somebody sees.
#[track_caller]
fn reports(chat: &mut Chat) -> Vec<Value> {
    chat.granted(json!({"type": "reports"}));
    let answer = chat.so_far("reports").pop().expect("the answer");
    answer["reports"].as_array().unwrap().clone()
}

fn close(id: &Value) -> Value {
    json!({"type": "moderate", "action": "close_report", "id": id})
}

#[test]
fn a_report_keeps_the_words_for_hosts_and_survives_a_kill() {
    let mut server = Server::start(UNPACED);
    let mut lin = person(&server, "Lin", "host");
    let mut wu = person(&server, "Wu", "host");
    let mut mo = person(&server, "Mo", "moderator");
    let mut ann = person(&server, "Ann", "member");
    let mut bo = person(&server, "Bo", "member");
    let mut cy = person(&server, "Cy", "member");
    let said = bo.granted(json!({"type": "send", "room": "lobby", "text": "you are ugly"}));
    let report = json!({"type": "report", "room": "lobby", "seq": said["seq"],
                        "note": "this hurts", "ref": "r"});
    let first = ann.granted(report.clone());
    assert_eq!(ann.granted(report), first, "a retry");
    bo.granted(
        json!({"type": "edit", "room": "lobby", "seq": said["seq"], "text": "you are nice"}),
    );
    for leader in [&mut lin, &mut wu] {
        let told = leader.so_far("reported");
        assert_eq!(told.len(), 1, "{told:?}");
        let told = &told[0];
        assert_eq!(
            (&told["text"], &told["note"]),
            (&json!("you are ugly"), &json!("this hurts"))
        );
        assert_eq!(
            (&told["user"]["name"], &told["by"]["name"]),
            (&json!("Bo"), &json!("Ann"))
        );
        assert_eq!(
            (&told["room"], &told["seq"]),
            (&json!("lobby"), &said["seq"])
        );
    }
    // A moderator may be a pupil, too.
    for other in [&mut ann, &mut bo, &mut cy, &mut mo] {
        other.expect_no("reported");
        other.refused(json!({"type": "reports"}), "forbidden");
        other.refused(close(&json!(1)), "forbidden");
    }
    server.kill();
    server.start_again();

    let mut lin = person(&server, "Lin", "host");
    let mut wu = person(&server, "Wu", "host");
    let open = reports(&mut lin);
    assert_eq!((open.len(), &open[0]["text"]), (1, &json!("you are ugly")));
    wu.granted(close(&open[0]["id"]));
    assert_eq!(lin.expect("report_closed")["id"], open[0]["id"]);
    lin.refused(close(&open[0]["id"]), "not_found");
    server.kill();
    server.start_again();
    assert_eq!(
        reports(&mut person(&server, "Lin", "host")),
        [json!(null); 0]
    );
}

#[test]
fn the_person_concerned_sees_no_report_of_themselves_although_they_are_a_host() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Lin", "host");
    let mut mo = person(&server, "Mo", "host");
    let mut ann = person(&server, "Ann", "member");
    ann.granted(
        json!({"type": "report", "room": "lobby", "user": mo.id, "note": "he laughs at me"}),
    );
    let told = lin.expect("reported");
    assert_eq!(
        (&told["user"]["name"], told.get("seq")),
        (&json!("Mo"), None)
    );
    mo.expect_no("reported");
    assert_eq!(reports(&mut mo), [json!(null); 0]);
    mo.refused(close(&told["id"]), "not_found");
    assert_eq!(reports(&mut lin).len(), 1);
}

#[test]
fn what_cannot_be_reported_is_refused_and_has_no_effect() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Lin", "host");
    let mut ann = person(&server, "Ann", "member");
    let mut eve = person(&server, "Eve", "observer");
    let own = ann.granted(json!({"type": "send", "room": "lobby", "text": "mine"}));
    let report = |more: Value| {
        let mut request = json!({"type": "report", "room": "lobby"});
        let more = more.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(more);
        request
    };
    for (more, code) in [
        (json!({}), "bad_message"),
        (json!({"seq": 99}), "not_found"),
        (json!({"user": "nobody"}), "unknown_user"),
        (json!({"seq": own["seq"]}), "forbidden"),
        (json!({"seq": own["seq"], "user": lin.id}), "bad_message"),
        (json!({"user": lin.id, "note": "x".repeat(501)}), "too_long"),
        (json!({"user": lin.id, "room": "nowhere"}), "unknown_room"),
    ] {
        println!("{more}");
        ann.refused(report(more), code);
    }
    eve.refused(report(json!({"seq": own["seq"]})), "forbidden");
    assert_eq!(reports(&mut lin), [json!(null); 0]);
    lin.expect_no("reported");
}

#[test]
fn a_muted_person_in_a_quiet_room_may_report_a_deleted_message_and_a_purge_takes_its_words() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Lin", "host");
    let mut ann = person(&server, "Ann", "member");
    let mut bo = person(&server, "Bo", "member");
    let say = |text: &str| json!({"type": "send", "room": "lobby", "text": text});
    let (first, second) = (bo.granted(say("deleted")), bo.granted(say("purged")));
    bo.granted(json!({"type": "delete", "room": "lobby", "seq": first["seq"]}));
    lin.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));
    lin.granted(json!({"type": "moderate", "action": "mute", "user": ann.id}));
    for seq in [&first["seq"], &second["seq"]] {
        ann.granted(json!({"type": "report", "room": "lobby", "seq": seq}));
    }
    let open = reports(&mut lin);
    assert_eq!(
        (&open[1]["deleted"], open[1].get("text")),
        (&json!(true), None)
    );
    assert_eq!(open[0]["text"], "purged");
    lin.granted(json!({"type": "delete", "room": "lobby", "seq": second["seq"], "purge": true}));
    let open = reports(&mut lin);
    assert_eq!(
        (&open[0]["deleted"], open[0].get("text")),
        (&json!(true), None)
    );
}
