//! Attempts to mute, to remove and to ban, and to undo it.

use serde_json::{Value, json};

use super::State::{Bound, Locked, Muted, OneRoom, Open, Outside, Slow};
use super::{CONCERNED, LEADERS, No, Out, Outcome, Quiet, Row, Scene, Seen, Stage};

fn moderate(action: &str, user: &str) -> Value {
    json!({"type": "moderate", "action": action, "user": user})
}

fn mute(scene: &Scene) -> Value {
    moderate("mute", &scene.target)
}

fn unmute(scene: &Scene) -> Value {
    moderate("unmute", &scene.target)
}

fn kick(scene: &Scene) -> Value {
    moderate("kick", &scene.target)
}

fn unkick(scene: &Scene) -> Value {
    moderate("unkick", &scene.target)
}

fn ban(scene: &Scene) -> Value {
    moderate("ban", &scene.target)
}

fn unban(scene: &Scene) -> Value {
    moderate("unban", &scene.target)
}

fn mute_oneself(scene: &Scene) -> Value {
    moderate("mute", &scene.actor)
}

fn kick_oneself(scene: &Scene) -> Value {
    moderate("kick", &scene.actor)
}

fn mute_nobody(_: &Scene) -> Value {
    moderate("mute", "nobody")
}

fn too_long(scene: &Scene) -> Value {
    let mut request = kick(scene);
    request["seconds"] = json!(604_801);
    request
}

fn sanctions(_: &Scene) -> Value {
    json!({"type": "sanctions"})
}

const FORBIDDEN: Outcome = No("forbidden");
const TOLD: Outcome = Seen("moderated", CONCERNED);
/// The target is away.
const TOLD_LEADERS: Outcome = Seen("moderated", LEADERS);

/// Those who lead do it.
const fn leaders(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, FORBIDDEN, outcome, outcome]
}

/// Hosts do it.
const fn hosts(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, FORBIDDEN, FORBIDDEN, outcome]
}

const NOBODY: [Outcome; 4] = [FORBIDDEN; 4];

#[test]
fn muting() {
    let table: &[Row] = &[
        (mute, "observer", Open, leaders(TOLD)),
        (mute, "member", Open, leaders(TOLD)),
        (mute, "moderator", Open, hosts(TOLD)),
        (mute, "host", Open, NOBODY),
        (mute, "member", OneRoom, leaders(TOLD)),
        // Who leads everywhere is above who leads a room.
        (mute, "moderator", OneRoom, hosts(TOLD)),
        (mute, "host", OneRoom, NOBODY),
        (mute, "member", Outside, leaders(TOLD)),
        (mute, "member", Muted, leaders(TOLD)),
        (mute, "member", Locked, leaders(TOLD)),
        (mute, "member", Slow, leaders(TOLD)),
        (mute, "observer", Muted, leaders(TOLD)),
        (mute, "host", Muted, NOBODY),
        (unmute, "observer", Bound("mute"), leaders(TOLD)),
        (unmute, "member", Bound("mute"), leaders(TOLD)),
        (unmute, "moderator", Bound("mute"), hosts(TOLD)),
        // That holds in all rooms, so nobody lifts it who leads one of them.
        (unmute, "member", OneRoom, leaders(Quiet)),
        (unmute, "member", Open, leaders(Quiet)),
        (mute_oneself, "member", Open, NOBODY),
        (mute_nobody, "member", Open, leaders(No("unknown_user"))),
        (sanctions, "member", Open, leaders(Quiet)),
    ];
    Stage::new().attempt(table);
}

#[test]
fn removing() {
    Stage::new().attempt(&[
        (kick, "observer", Open, leaders(Out(4500))),
        (kick, "member", Open, leaders(Out(4500))),
        (kick, "moderator", Open, hosts(Out(4500))),
        (kick, "host", Open, NOBODY),
        (kick, "member", Muted, leaders(Out(4500))),
        (kick, "host", OneRoom, NOBODY),
        (kick, "member", Locked, leaders(Out(4500))),
        (kick, "member", Slow, leaders(Out(4500))),
        (kick, "moderator", Muted, hosts(Out(4500))),
        (kick_oneself, "member", Open, NOBODY),
        (too_long, "member", Open, [No("bad_message"); 4]),
        (unkick, "member", Bound("kick"), leaders(TOLD_LEADERS)),
        (unkick, "moderator", Bound("kick"), hosts(TOLD_LEADERS)),
        (unkick, "member", Open, leaders(Quiet)),
    ]);
}

#[test]
fn banning() {
    Stage::new().attempt(&[
        (ban, "observer", Open, leaders(Out(4501))),
        (ban, "member", Open, leaders(Out(4501))),
        (ban, "moderator", Open, hosts(Out(4501))),
        (ban, "host", Open, NOBODY),
        (ban, "member", Muted, leaders(Out(4501))),
        (ban, "member", Locked, leaders(Out(4501))),
        (ban, "member", Slow, leaders(Out(4501))),
        (ban, "host", OneRoom, NOBODY),
        (unban, "member", Bound("ban"), leaders(TOLD_LEADERS)),
        (unban, "moderator", Bound("ban"), hosts(TOLD_LEADERS)),
        (unban, "member", Bound("kick"), leaders(TOLD_LEADERS)),
        (unkick, "member", Bound("ban"), leaders(Quiet)),
    ]);
}
