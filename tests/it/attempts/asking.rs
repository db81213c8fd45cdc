//! Attempts to ask, to vote, to decide what is published, to report, to clear, and to read.

use serde_json::{Value, json};

use super::State::{Approving, Locked, Muted, OneRoom, Open, Outside, Slow};
use super::{No, Outcome, Quiet, ROOM, Scene, Seen, Stage, Who};

fn moderate(action: &str, scene: &Scene, field: &str, value: &Value) -> Value {
    json!({"type": "moderate", "action": action, "room": scene.room, field: value})
}

fn hand(scene: &Scene) -> Value {
    json!({"type": "hand", "room": scene.room, "up": true})
}

fn question(scene: &Scene) -> Value {
    json!({"type": "hand", "room": scene.room, "up": true, "question": "How?"})
}

fn second(scene: &Scene) -> Value {
    json!({"type": "second", "room": scene.room, "hand": scene.hand, "on": true})
}

fn lower(scene: &Scene) -> Value {
    moderate("lower", scene, "hand", &scene.hand)
}

fn lower_all(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "lower_hands", "room": scene.room})
}

fn poll(scene: &Scene) -> Value {
    json!({"type": "poll", "room": scene.room, "question": "More?", "choices": ["yes", "no"]})
}

fn vote(scene: &Scene) -> Value {
    json!({"type": "vote", "room": scene.room, "poll": scene.poll, "choices": [0]})
}

fn close_poll(scene: &Scene) -> Value {
    moderate("close_poll", scene, "poll", &scene.poll)
}

fn publish_poll(scene: &Scene) -> Value {
    moderate("publish_poll", scene, "poll", &scene.poll)
}

fn publish(scene: &Scene) -> Value {
    moderate("publish", scene, "id", &scene.waits)
}

fn reject(scene: &Scene) -> Value {
    moderate("reject", scene, "id", &scene.waits)
}

fn approvals(scene: &Scene) -> Value {
    json!({"type": "approvals", "room": scene.room})
}

fn report(scene: &Scene) -> Value {
    json!({"type": "report", "room": scene.room, "seq": scene.theirs})
}

fn reports(_: &Scene) -> Value {
    json!({"type": "reports"})
}

fn close_report(_: &Scene) -> Value {
    json!({"type": "moderate", "action": "close_report", "id": 999_999})
}

fn whispers(_: &Scene) -> Value {
    json!({"type": "whispers"})
}

fn clear(scene: &Scene) -> Value {
    let mut request = moderate("clear", scene, "from", &scene.theirs);
    request["to"] = scene.theirs.clone();
    request
}

fn undo_clear(scene: &Scene) -> Value {
    json!({"type": "moderate", "action": "undo_clear", "room": scene.room})
}

fn history(scene: &Scene) -> Value {
    json!({"type": "history", "room": scene.room})
}

fn search(scene: &Scene) -> Value {
    json!({"type": "search", "room": scene.room, "query": "words"})
}

fn lessons(scene: &Scene) -> Value {
    json!({"type": "lessons", "room": scene.room})
}

const FORBIDDEN: Outcome = No("forbidden");
const HAND: Outcome = Seen("hand", ROOM);
const OUTSIDE: [Outcome; 4] = [No("not_in_room"); 4];

/// Observers never do that, and everybody else does this.
const fn all(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, outcome, outcome, outcome]
}

/// Those who lead do it.
const fn leaders(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, FORBIDDEN, outcome, outcome]
}

/// Observers never, members are refused with this code, and those who lead do it.
const fn but_members(code: &'static str, outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, No(code), outcome, outcome]
}

#[test]
fn asking() {
    Stage::with_props().attempt(&[
        (hand, "member", Open, all(HAND)),
        (hand, "member", OneRoom, all(HAND)),
        (hand, "member", Outside, OUTSIDE),
        // A plain hand has no words.
        (hand, "member", Muted, all(HAND)),
        (hand, "member", Locked, all(HAND)),
        (hand, "member", Slow, all(HAND)),
        (hand, "member", Approving, all(HAND)),
        (question, "member", Open, all(HAND)),
        (question, "member", OneRoom, all(HAND)),
        (
            question,
            "member",
            Muted,
            [FORBIDDEN, No("muted"), No("muted"), HAND],
        ),
        (question, "member", Locked, but_members("locked", HAND)),
        (question, "member", Slow, but_members("slow_mode", HAND)),
        (
            question,
            "member",
            Approving,
            but_members("awaiting_approval", HAND),
        ),
        (second, "member", Open, all(Quiet)),
        (second, "member", OneRoom, all(Quiet)),
        (second, "member", Muted, all(Quiet)),
        (second, "member", Locked, all(Quiet)),
        (second, "member", Slow, all(Quiet)),
        (second, "member", Approving, all(Quiet)),
        (lower, "member", Open, leaders(HAND)),
        (lower, "member", OneRoom, leaders(HAND)),
        (lower, "member", Muted, leaders(HAND)),
        (lower, "member", Locked, leaders(HAND)),
        (lower, "member", Slow, leaders(HAND)),
        (lower, "member", Outside, leaders(No("not_in_room"))),
        (lower_all, "member", Open, leaders(HAND)),
        (lower_all, "member", Muted, leaders(HAND)),
    ]);
}

#[test]
fn polls() {
    let (opened, closed) = (Seen("poll", ROOM), Seen("poll_closed", ROOM));
    let published = Seen("poll_published", ROOM);
    // A question has words.
    let muted = |outcome| [FORBIDDEN, FORBIDDEN, No("muted"), outcome];
    Stage::with_props().attempt(&[
        (poll, "member", Open, leaders(opened)),
        (poll, "member", OneRoom, leaders(opened)),
        (poll, "member", Muted, muted(opened)),
        (poll, "member", Locked, leaders(opened)),
        (poll, "member", Slow, leaders(opened)),
        (poll, "member", Approving, leaders(opened)),
        (poll, "member", Outside, OUTSIDE),
        (close_poll, "member", Open, leaders(closed)),
        (close_poll, "member", OneRoom, leaders(closed)),
        (close_poll, "member", Locked, leaders(closed)),
        (close_poll, "member", Slow, leaders(closed)),
        (close_poll, "member", Muted, leaders(closed)),
        (publish_poll, "member", Open, leaders(published)),
        (publish_poll, "member", OneRoom, leaders(published)),
        (publish_poll, "member", Locked, leaders(published)),
        (publish_poll, "member", Slow, leaders(published)),
        (publish_poll, "member", Muted, leaders(published)),
        // A vote stays open to a quiet class and to the muted.
        (vote, "member", Open, all(Quiet)),
        (vote, "member", OneRoom, all(Quiet)),
        (vote, "member", Muted, all(Quiet)),
        (vote, "member", Locked, all(Quiet)),
        (vote, "member", Slow, all(Quiet)),
        (vote, "member", Approving, all(Quiet)),
        (vote, "member", Outside, OUTSIDE),
    ]);
}

#[test]
fn deciding_what_is_published() {
    let concerned = &[Who::Peer, Who::Assistant, Who::Lead, Who::Chief];
    let published = leaders(Seen("published", concerned));
    let rejected = leaders(Seen("rejected", concerned));
    let outside = leaders(No("not_in_room"));
    Stage::with_props().attempt(&[
        (publish, "member", Open, published),
        (publish, "member", OneRoom, published),
        (publish, "member", Muted, published),
        (publish, "member", Locked, published),
        (publish, "member", Slow, published),
        (publish, "member", Outside, outside),
        (reject, "member", Open, rejected),
        (reject, "member", OneRoom, rejected),
        (reject, "member", Muted, rejected),
        (reject, "member", Locked, rejected),
        (reject, "member", Slow, rejected),
        (reject, "member", Outside, outside),
        // Members see their own, and nothing if there is none.
        (approvals, "member", Open, [Quiet; 4]),
        (approvals, "member", Outside, OUTSIDE),
    ]);
}

#[test]
fn reporting_and_private_help() {
    let told = all(Seen("reported", &[Who::Lead, Who::Chief]));
    let hosts = |outcome| [FORBIDDEN, FORBIDDEN, FORBIDDEN, outcome];
    Stage::new().attempt(&[
        (report, "member", Open, told),
        (report, "member", OneRoom, told),
        (report, "member", Muted, told),
        (report, "member", Locked, told),
        (report, "member", Slow, told),
        (report, "member", Outside, OUTSIDE),
        (reports, "member", Open, hosts(Quiet)),
        (reports, "member", OneRoom, hosts(Quiet)),
        (reports, "member", Muted, hosts(Quiet)),
        (close_report, "member", Open, hosts(No("not_found"))),
        (whispers, "member", Open, all(Quiet)),
        (whispers, "member", OneRoom, all(Quiet)),
        (whispers, "member", Muted, all(Quiet)),
        (whispers, "member", Locked, all(Quiet)),
    ]);
}

#[test]
fn clearing_and_reading() {
    let cleared = leaders(Seen("cleared", ROOM));
    let hosts = [FORBIDDEN, FORBIDDEN, FORBIDDEN, Seen("cleared", ROOM)];
    Stage::new().attempt(&[
        (clear, "member", Open, cleared),
        (clear, "member", OneRoom, cleared),
        (clear, "member", Muted, cleared),
        (clear, "member", Locked, cleared),
        (clear, "member", Slow, cleared),
        (clear, "moderator", Open, cleared),
        (clear, "host", Open, hosts),
        (clear, "member", Outside, leaders(No("not_in_room"))),
        (undo_clear, "member", Open, leaders(No("not_found"))),
        (history, "member", Open, [Quiet; 4]),
        (history, "member", Muted, [Quiet; 4]),
        (history, "member", Outside, OUTSIDE),
        (search, "member", Open, [Quiet; 4]),
        (search, "member", Outside, OUTSIDE),
        (lessons, "member", Open, leaders(Quiet)),
        (lessons, "member", OneRoom, leaders(Quiet)),
        (lessons, "member", Muted, leaders(Quiet)),
    ]);
}
