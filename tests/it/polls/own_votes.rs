//! What a person's connections know of the votes of that person.

use serde_json::{Value, json};

use super::{act, open, person, vote};
use crate::harness::{Chat, Server, UNPACED};

#[test]
fn a_late_joiner_gets_the_open_polls_and_whether_they_have_voted() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let named = open(&mut lin, json!({"multiple": true}));
    let secret = open(&mut lin, json!({"anonymous": true, "question": "And now?"}));
    let mut ann = person(&server, "Ann", "member");
    let polls = |chat: &mut Chat| {
        chat.granted(json!({"type": "join", "room": "lobby"}));
        chat.so_far("joined").pop().unwrap()["polls"].clone()
    };
    let choices = json!(["yes", "no", "half"]);
    let before = json!([
        {"seq": named, "question": "Did you follow?", "choices": choices, "multiple": true, "voted": false},
        {"seq": secret, "question": "And now?", "choices": choices, "anonymous": true, "voted": false},
    ]);
    assert_eq!(polls(&mut ann), before);
    ann.granted(vote(&named, &[0, 2]));
    ann.granted(vote(&secret, &[1]));
    let mut after = before.clone();
    for poll in 0..2 {
        after[poll]["voted"] = json!(true);
    }
    after[0]["chosen"] = json!([0, 2]);
    assert_eq!(polls(&mut ann), after);
    // Those who lead get the sums of what is open when they come.
    let mut mo = person(&server, "Mo", "moderator");
    assert_eq!(mo.expect("tally")["votes"], json!([1, 0, 1]));
    lin.granted(act("close_poll", &named));
    lin.granted(act("close_poll", &secret));
    assert_eq!(polls(&mut ann), Value::Null);
}

#[test]
fn what_is_answered_on_one_connection_is_told_to_the_persons_others_and_to_nobody_else() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let token = server.token("Ann", "member");
    let mut ann = Chat::connect(server.addr, &token);
    let mut second = Chat::connect(server.addr, &token);
    let mut bo = person(&server, "Bo", "member");
    for anonymous in [false, true] {
        let poll = open(&mut lin, json!({"anonymous": anonymous}));
        ann.granted(vote(&poll, &[2]));
        let mut told = json!({"type": "voted", "room": "lobby", "poll": poll, "choices": [2]});
        if anonymous {
            told.as_object_mut().unwrap().remove("choices");
        }
        assert_eq!(second.expect("voted"), told);
    }
    for chat in [&mut ann, &mut second, &mut bo, &mut lin] {
        chat.expect_no("voted");
    }
}
