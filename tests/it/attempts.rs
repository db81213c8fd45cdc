//! Attempts: who tries what, on whom, in which state, and what becomes of it.
//!
//! Each row of the tables in `attempts/` is one request, made by an observer, a member, a moderator and a
//! host. A refused one gets its code and has no effect: nobody sees anything, and the room, the mutes and
//! removals and the door are as before. An allowed one is seen by exactly those who should see it.
//!
//! To add a request: a function that makes it from the [`Scene`], and a row for each state that matters.

mod asking;
mod discipline;
mod rooms;
mod speaking;

use serde_json::{Value, json};

use crate::harness::{Chat, Server};

/// Every role, in order: a row has an outcome for each.
const ROLES: [&str; 4] = ["observer", "member", "moderator", "host"];

/// The state in which the attempt is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing is restricted.
    Open,
    /// The person who tries is muted.
    Muted,
    /// The room is locked.
    Locked,
    /// Slow mode is on, and the person who tries has just spoken.
    Slow,
    /// What members say waits for approval.
    Approving,
    /// The person who tries is not in the room.
    Outside,
    /// The token of the person who tries is for this room alone.
    OneRoom,
    /// The target is muted, removed, or banned.
    Bound(&'static str),
}

/// Everybody in the scene but the person who tries.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    /// The person whom the attempt is about, in the room.
    Target,
    /// A member in the room.
    Peer,
    /// A moderator in the room.
    Assistant,
    /// A host in the room.
    Lead,
    /// A member in another room.
    Away,
    /// A host in another room.
    Chief,
}

const ALL: [Who; 6] = [
    Who::Target,
    Who::Peer,
    Who::Assistant,
    Who::Lead,
    Who::Away,
    Who::Chief,
];
/// Those in the room.
const ROOM: &[Who] = &[Who::Target, Who::Peer, Who::Assistant, Who::Lead];
/// Those who lead.
const LEADERS: &[Who] = &[Who::Assistant, Who::Lead, Who::Chief];
/// The target and those who lead.
const CONCERNED: &[Who] = &[Who::Target, Who::Assistant, Who::Lead, Who::Chief];

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// It is refused with this code.
    No(&'static str),
    /// These see one message of this type, and nobody else sees anything.
    Seen(&'static str, &'static [Who]),
    /// The same, and the target's connection is closed with this code.
    Out(u16),
    /// It is acknowledged, and nobody sees anything.
    Quiet,
}

use Outcome::{No, Out, Quiet, Seen};

/// One request, the role of its target, the state, and what becomes of it for each role.
type Row = (fn(&Scene) -> Value, &'static str, State, [Outcome; 4]);

/// What a request is made from.
struct Scene {
    room: String,
    /// The id of the person who tries.
    actor: String,
    /// The id of the target.
    target: String,
    /// The number of a message of the person who tries, or else of the peer.
    own: Value,
    /// The number of a message of the target, or else of the peer.
    theirs: Value,
    /// On a stage with props: the number of a question of the peer's and of a poll, and the id of a
    /// message of the peer's that waits for approval.
    hand: Value,
    poll: Value,
    waits: Value,
}

/// A server with a host who arranges each scene.
struct Stage {
    server: Server,
    head: Chat,
    scenes: usize,
    /// Whether each scene has a question, a poll and a message that waits.
    props: bool,
}

impl Stage {
    fn new() -> Stage {
        // Nothing is stored: hundreds of people would wait for the disk with each request.
        let more = "[limits]\nmessages_per_second = 0\nrooms = 1000\n[history]\npath = \"\"\n";
        let server = Server::start(more);
        let head = Chat::outside(&server, "Head", "host");
        Stage {
            server,
            head,
            scenes: 0,
            props: false,
        }
    }

    fn with_props() -> Stage {
        Stage {
            props: true,
            ..Stage::new()
        }
    }

    /// Makes every attempt of a table.
    fn attempt(&mut self, rows: &[Row]) {
        for (n, (request, target, state, outcomes)) in rows.iter().enumerate() {
            for (role, outcome) in ROLES.iter().zip(outcomes) {
                self.scenes += 1;
                let what = format!("row {n}: {role} on {target}, {state:?}");
                let mut cast = Cast::new(self, role, target, *state);
                let before = self.state(&cast.scene.room);
                let request = request(&cast.scene);
                let what = format!("{what}: {request}");
                let answer = cast.actor.ask(request);
                cast.check(&answer, *outcome, &what);
                if let No(_) | Quiet = outcome {
                    assert_eq!(self.state(&cast.scene.room), before, "{what}: has changed");
                }
                self.head
                    .granted(json!({"type": "moderate", "action": "door", "open": true}));
            }
        }
    }

    /// The room, the mutes and removals, and the door, as somebody who comes now finds them.
    fn state(&mut self, room: &str) -> Value {
        let mut witness = Chat::outside(&self.server, "Witness", "host");
        let door = witness.expect("welcome")["door_open"].clone();
        witness.send(join(room));
        let answer = witness.next();
        let found = match answer["type"] == "joined" {
            true => json!([
                answer["seq"],
                answer["state"],
                answer["pin"],
                muted(&answer)
            ]),
            false => answer,
        };
        witness.granted(json!({"type": "sanctions"}));
        let mut sanctions = witness.expect("sanctions");
        for list in ["mutes", "kicks", "bans"] {
            for entry in sanctions[list].as_array_mut().unwrap() {
                // Shown by the wall clock, and rounded anew each time.
                entry["until"] = json!(entry["until"].is_u64());
            }
        }
        sanctions["ref"] = Value::Null;
        json!([door, found, sanctions])
    }
}

/// The names of the members who are muted.
fn muted(joined: &Value) -> Vec<Value> {
    let members = joined["members"].as_array().unwrap().iter();
    let muted = members.filter(|member| member["muted"] == true);
    muted.map(|member| member["name"].clone()).collect()
}

fn join(room: &str) -> Value {
    json!({"type": "join", "room": room})
}

fn say(room: &str) -> Value {
    json!({"type": "send", "room": room, "text": "in words"})
}

/// Everybody of one scene, each with a connection.
struct Cast {
    scene: Scene,
    actor: Chat,
    others: Vec<(Who, Chat)>,
}

impl Cast {
    fn new(stage: &mut Stage, role: &str, target: &str, state: State) -> Cast {
        let room = format!("room-{}", stage.scenes);
        let n = stage.scenes;
        stage.head.granted(join(&room));
        let mut others: Vec<(Who, Chat)> = Vec::new();
        for who in ALL {
            let (role, at) = match who {
                Who::Target => (target, &*room),
                Who::Peer => ("member", &*room),
                Who::Assistant => ("moderator", &*room),
                Who::Lead => ("host", &*room),
                Who::Away => ("member", "lobby"),
                Who::Chief => ("host", "lobby"),
            };
            let name = format!("{who:?} {n}");
            let mut chat = Chat::outside(&stage.server, &name, role);
            chat.granted(join(at));
            others.push((who, chat));
        }
        let rooms = match state {
            State::OneRoom => json!([room]),
            _ => Value::Null,
        };
        let name = format!("Kim {n}");
        let token = stage
            .server
            .token_with(&name, role, json!({"rooms": rooms}));
        let mut actor = Chat::connect_to(stage.server.addr, "/ws?join=", &token);
        actor.granted(join(&room));
        let said = others[1].1.granted(say(&room))["seq"].clone();
        let or_said = |answer: Value| match answer["type"] == "ack" {
            true => answer["seq"].clone(),
            false => said.clone(),
        };
        let scene = Scene {
            own: or_said(actor.ask(say(&room))),
            theirs: or_said(others[0].1.ask(say(&room))),
            actor: actor.id.clone(),
            target: others[0].1.id.clone(),
            hand: Value::Null,
            poll: Value::Null,
            waits: Value::Null,
            room,
        };
        let mut cast = Cast {
            scene,
            actor,
            others,
        };
        if stage.props {
            cast.add_props(stage);
        }
        cast.arrange(stage, state);
        // What comes from now on is the attempt's.
        cast.others
            .retain(|(who, _)| (*who, state) != (Who::Target, State::Bound("kick")));
        cast.others
            .retain(|(who, _)| (*who, state) != (Who::Target, State::Bound("ban")));
        for (_, chat) in &mut cast.others {
            chat.all_so_far();
        }
        cast
    }

    /// The peer asks a question and says something that waits, and there is a poll.
    fn add_props(&mut self, stage: &mut Stage) {
        let room = &self.scene.room;
        let (_, peer) = &mut self.others[1];
        let approve =
            |on: bool| json!({"type": "moderate", "action": "approve", "room": room, "on": on});
        let ask = json!({"type": "hand", "room": room, "up": true, "question": "Why?"});
        self.scene.hand = peer.granted(ask)["seq"].clone();
        stage.head.granted(approve(true));
        self.scene.waits = peer.granted(say(room))["pending"].clone();
        stage.head.granted(approve(false));
        let poll =
            json!({"type": "poll", "room": room, "question": "Clear?", "choices": ["yes", "no"]});
        self.scene.poll = stage.head.granted(poll)["seq"].clone();
    }

    /// Brings about the state.
    fn arrange(&mut self, stage: &mut Stage, state: State) {
        let Scene {
            room,
            actor,
            target,
            ..
        } = &self.scene;
        let request = match state {
            State::Open | State::OneRoom => return,
            State::Outside => {
                self.actor.granted(json!({"type": "leave", "room": room}));
                return;
            }
            State::Muted => json!({"action": "mute", "user": actor}),
            State::Bound(action) => json!({"action": action, "user": target}),
            State::Locked => json!({"action": "lock", "room": room, "on": true}),
            State::Approving => json!({"action": "approve", "room": room, "on": true}),
            State::Slow => json!({"action": "slow", "room": room, "seconds": 600}),
        };
        let mut request = request;
        request["type"] = json!("moderate");
        let answer = stage.head.ask(request.clone());
        // Nobody mutes a host, so a host who is muted is a host as any other.
        let equal = answer["code"] == "forbidden" && state == State::Muted;
        assert!(answer["type"] == "ack" || equal, "{request}: {answer}");
        if state == State::Slow {
            self.actor.ask(say(room));
        }
    }

    /// Checks the answer, and what the others have seen.
    fn check(&mut self, answer: &Value, outcome: Outcome, what: &str) {
        let code = answer["code"].as_str();
        let (kind, audience) = match outcome {
            No(refusal) => {
                assert_eq!(code, Some(refusal), "{what}: {answer}");
                ("", &[][..])
            }
            Quiet => ("", &[][..]),
            Seen(kind, audience) => (kind, audience),
            Out(code) => {
                let (_, target) = &mut self.others[0];
                target.expect("moderated");
                target.expect_close(code);
                self.others.remove(0);
                ("moderated", LEADERS)
            }
        };
        if !matches!(outcome, No(_)) {
            assert_eq!(answer["type"], "ack", "{what}: {answer}");
        }
        for (who, chat) in &mut self.others {
            let mut seen = chat.all_so_far();
            // Who comes and goes is told once in a while, and about everybody; so are votes.
            seen.retain(|message| {
                let kind = message["type"].as_str().unwrap();
                !["presence", "tally", "hands"].contains(&kind)
            });
            if kind == "published" {
                // Everybody in the room has the message itself, too.
                seen.retain(|message| message["type"] != "message");
            }
            let count = seen
                .iter()
                .filter(|message| message["type"] == kind)
                .count();
            match audience.contains(who) {
                true => assert_eq!(count, 1, "{what}: {who:?} saw {seen:?}"),
                false => assert!(seen.is_empty(), "{what}: {who:?} saw {seen:?}"),
            }
        }
    }
}
