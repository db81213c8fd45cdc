//! Attempts to rule a room, or the whole lesson.

use serde_json::{Value, json};

use super::State::{Approving, Locked, Muted, OneRoom, Open, Outside, Slow};
use super::{LEADERS, No, Outcome, Quiet, ROOM, Scene, Seen, Stage};

fn lock(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "lock", "room": scene.room, "on": true})
}

fn unlock(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "lock", "room": scene.room, "on": false})
}

fn slow(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "slow", "room": scene.room, "seconds": 5})
}

fn slower(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "slow", "room": scene.room, "seconds": 3601})
}

fn approve(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "approve", "room": scene.room, "on": true})
}

fn start_lesson(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "start_lesson"})
}

fn keep_lesson(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "keep_lesson"})
}

fn pin(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "pin", "room": scene.room, "seq": scene.theirs})
}

fn pin_nothing(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "pin", "room": scene.room, "seq": 999})
}

fn unpin(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "pin", "room": scene.room, "seq": null})
}

fn remove(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "remove_room", "room": scene.room})
}

fn remove_listed(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "remove_room", "room": "lobby"})
}

fn close_door(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "door", "open": false})
}

fn open_door(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "door", "open": true})
}

fn admit_nobody(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "admit", "id": 999})
}

fn end_lesson(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "end_lesson", "seconds": 0})
}

fn dance(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "dance"})
}

fn create(scene: &Scene) -> Value {
    json!({"type": "join", "room": format!("{}-b", scene.room)})
}

const FORBIDDEN: Outcome = No("forbidden");
const NOBODY: [Outcome; 4] = [FORBIDDEN; 4];

/// Those who lead do it.
const fn leaders(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, FORBIDDEN, outcome, outcome]
}

#[test]
fn ruling_a_room() {
    let ruled = leaders(Seen("moderated", ROOM));
    let outside = leaders(No("not_in_room"));
    Stage::new().attempt(&[
        (lock, "member", Open, ruled),
        (lock, "member", OneRoom, ruled),
        (lock, "member", Muted, ruled),
        (lock, "member", Outside, outside),
        (lock, "member", Locked, leaders(Quiet)),
        (unlock, "member", Locked, ruled),
        (unlock, "member", Open, leaders(Quiet)),
        (slow, "member", Open, ruled),
        (slow, "member", OneRoom, ruled),
        (slow, "member", Outside, outside),
        (slower, "member", Open, leaders(No("bad_message"))),
        (pin, "member", Open, leaders(Seen("pinned", ROOM))),
        (pin, "member", Outside, outside),
        (pin, "member", Muted, leaders(Seen("pinned", ROOM))),
        (pin, "member", Locked, leaders(Seen("pinned", ROOM))),
        (pin, "member", Slow, leaders(Seen("pinned", ROOM))),
        (pin, "member", OneRoom, leaders(Seen("pinned", ROOM))),
        (slow, "member", Muted, ruled),
        (slow, "member", Locked, ruled),
        (slow, "member", Slow, ruled),
        (lock, "member", Slow, ruled),
        (approve, "member", Open, ruled),
        (approve, "member", Muted, ruled),
        (approve, "member", Locked, ruled),
        (approve, "member", Slow, ruled),
        (approve, "member", OneRoom, ruled),
        (approve, "member", Outside, outside),
        (approve, "member", Approving, leaders(Quiet)),
        (pin_nothing, "member", Open, leaders(No("not_found"))),
        (unpin, "member", Open, leaders(Quiet)),
        (dance, "member", Open, [No("bad_message"); 4]),
    ]);
}

#[test]
fn ruling_all_rooms() {
    let removed = Seen("moderated", ROOM);
    let told = leaders(Seen("moderated", LEADERS));
    let hosts = [FORBIDDEN, FORBIDDEN, FORBIDDEN, removed];
    Stage::new().attempt(&[
        (remove, "member", Open, hosts),
        (remove, "member", Locked, hosts),
        (remove, "member", Slow, hosts),
        (remove, "member", OneRoom, hosts),
        (close_door, "member", Locked, told),
        (close_door, "member", Slow, told),
        (start_lesson, "member", Open, leaders(Quiet)),
        (start_lesson, "member", Muted, leaders(Quiet)),
        (start_lesson, "member", Locked, leaders(Quiet)),
        (start_lesson, "member", OneRoom, NOBODY),
        (keep_lesson, "member", OneRoom, NOBODY),
        (remove_listed, "member", Open, NOBODY),
        (remove_listed, "member", OneRoom, NOBODY),
        (close_door, "member", Open, told),
        (close_door, "member", Muted, told),
        (close_door, "member", Outside, told),
        (close_door, "member", OneRoom, NOBODY),
        (open_door, "member", Open, leaders(Quiet)),
        (open_door, "member", OneRoom, NOBODY),
        (admit_nobody, "member", Open, leaders(No("not_found"))),
        (admit_nobody, "member", OneRoom, NOBODY),
        (end_lesson, "member", OneRoom, NOBODY),
        (create, "member", OneRoom, NOBODY),
    ]);
    let unknown = No("unknown_room");
    Stage::new().attempt(&[(create, "member", Open, [unknown, unknown, Quiet, Quiet])]);
}

#[test]
fn ending_the_lesson() {
    // Ended by a host, it is over for everybody else.
    for role in ["observer", "member", "moderator"] {
        let mut stage = Stage::new();
        let mut chat = crate::harness::Chat::person(&stage.server, "Kim", role);
        let before = stage.state("lobby");
        chat.refused(end_lesson(&scene()), "forbidden");
        assert_eq!(stage.state("lobby"), before);
        stage.head.expect_no("lesson");
    }
    let mut stage = Stage::new();
    let mut member = crate::harness::Chat::person(&stage.server, "Mia", "member");
    let mut observer = crate::harness::Chat::person(&stage.server, "Oz", "observer");
    let mut assistant = crate::harness::Chat::person(&stage.server, "Max", "moderator");
    stage.head.granted(end_lesson(&scene()));
    stage.head.expect("lesson");
    assistant.expect("lesson");
    member.expect_close(4503);
    observer.expect_close(4503);
}

fn scene() -> Scene {
    Scene {
        room: "lobby".into(),
        actor: String::new(),
        target: String::new(),
        own: Value::Null,
        theirs: Value::Null,
        hand: Value::Null,
        poll: Value::Null,
        waits: Value::Null,
    }
}
