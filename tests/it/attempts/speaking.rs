//! Attempts to say something: to a room, and to one person.

use serde_json::{Value, json};

use super::State::{Approving, Locked, Muted, OneRoom, Open, Outside, Slow};
use super::{LEADERS, No, Outcome, ROOM, Row, Scene, Seen, Stage, Who, say};

fn send(scene: &Scene) -> Value {
    say(&scene.room)
}

fn edit(scene: &Scene) -> Value {
    json!({"type": "edit", "room": scene.room, "seq": scene.own, "text": "in other words"})
}

fn edit_theirs(scene: &Scene) -> Value {
    json!({"type": "edit", "room": scene.room, "seq": scene.theirs, "text": "in my words"})
}

fn react(scene: &Scene) -> Value {
    json!({"type": "react", "room": scene.room, "seq": scene.theirs, "emoji": "\u{1F44D}"})
}

fn typing(scene: &Scene) -> Value {
    json!({"type": "typing", "room": scene.room})
}

fn delete(scene: &Scene) -> Value {
    json!({"type": "delete", "room": scene.room, "seq": scene.theirs})
}

fn purge(scene: &Scene) -> Value {
    json!({"type": "delete", "room": scene.room, "seq": scene.theirs, "purge": true})
}

fn delete_own(scene: &Scene) -> Value {
    json!({"type": "delete", "room": scene.room, "seq": scene.own})
}

fn whisper(scene: &Scene) -> Value {
    json!({"type": "whisper", "to": scene.target, "text": "psst"})
}

fn whisper_to_nobody(_: &Scene) -> Value {
    json!({"type": "whisper", "to": "nobody", "text": "psst"})
}

fn nowhere(_: &Scene) -> Value {
    say("nowhere")
}

const FORBIDDEN: Outcome = No("forbidden");
const MESSAGE: Outcome = Seen("message", ROOM);
const EDITED: Outcome = Seen("edited", ROOM);
const REACTION: Outcome = Seen("reaction", ROOM);
const TYPING: Outcome = Seen("typing", ROOM);
const DELETED: Outcome = Seen("deleted", ROOM);
const WHISPER: Outcome = Seen("whisper", &[Who::Target]);

/// Observers never do that, and everybody else does this.
const fn all(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, outcome, outcome, outcome]
}

/// Observers never, members are refused with this code, and those who lead do it.
const fn leaders(code: &'static str, outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, No(code), outcome, outcome]
}

/// Observers never, a host always, because nobody mutes a host, and the others are muted.
const fn muted(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, No("muted"), No("muted"), outcome]
}

/// Of members it waits, and those who lead see that.
const fn all_but_members_wait(outcome: Outcome) -> [Outcome; 4] {
    [FORBIDDEN, Seen("pending", LEADERS), outcome, outcome]
}

const OUTSIDE: [Outcome; 4] = [No("not_in_room"); 4];

#[test]
fn in_a_room() {
    Stage::new().attempt(&[
        (send, "member", Open, all(MESSAGE)),
        (send, "member", OneRoom, all(MESSAGE)),
        (send, "member", Muted, muted(MESSAGE)),
        (send, "member", Locked, leaders("locked", MESSAGE)),
        (send, "member", Slow, leaders("slow_mode", MESSAGE)),
        (send, "member", Outside, OUTSIDE),
        (nowhere, "member", Open, [No("unknown_room"); 4]),
        (edit, "member", Open, all(EDITED)),
        (edit, "member", Muted, muted(EDITED)),
        (edit, "member", Locked, leaders("locked", EDITED)),
        (edit, "member", Slow, leaders("slow_mode", EDITED)),
        (edit, "member", Outside, OUTSIDE),
        (edit, "member", OneRoom, all(EDITED)),
        (react, "member", OneRoom, all(REACTION)),
        (typing, "member", OneRoom, all(TYPING)),
        (send, "member", Approving, all_but_members_wait(MESSAGE)),
        (edit, "member", Approving, all_but_members_wait(EDITED)),
        (react, "member", Approving, all(REACTION)),
        (typing, "member", Approving, all(TYPING)),
        (edit_theirs, "member", Open, [FORBIDDEN; 4]),
        (react, "member", Open, all(REACTION)),
        (react, "member", Muted, muted(REACTION)),
        (react, "member", Locked, leaders("locked", REACTION)),
        (react, "member", Slow, leaders("slow_mode", REACTION)),
        (react, "member", Outside, OUTSIDE),
        (typing, "member", Open, all(TYPING)),
        (typing, "member", Muted, muted(TYPING)),
        (typing, "member", Locked, leaders("locked", TYPING)),
        (typing, "member", Slow, leaders("slow_mode", TYPING)),
        (typing, "member", Outside, OUTSIDE),
    ]);
}

#[test]
fn taking_back() {
    let whoever_leads = [FORBIDDEN, FORBIDDEN, DELETED, DELETED];
    let hosts = [FORBIDDEN, FORBIDDEN, FORBIDDEN, DELETED];
    let table: &[Row] = &[
        (delete, "member", Open, whoever_leads),
        (delete, "member", OneRoom, whoever_leads),
        (delete, "moderator", Open, whoever_leads),
        (delete, "host", Open, hosts),
        (delete, "member", Locked, whoever_leads),
        (delete, "member", Outside, OUTSIDE),
        (delete, "observer", Open, whoever_leads),
        (delete, "member", Muted, whoever_leads),
        (delete, "member", Slow, whoever_leads),
        (delete, "moderator", Locked, whoever_leads),
        (delete, "host", Muted, hosts),
        (delete, "host", OneRoom, hosts),
        // Taking back has no words, so it stays open to the muted and to a quiet class.
        (delete_own, "member", Open, all(DELETED)),
        (delete_own, "member", Muted, all(DELETED)),
        (delete_own, "member", Locked, all(DELETED)),
        (delete_own, "member", Slow, all(DELETED)),
    ];
    Stage::new().attempt(table);
    let gone = Seen("deleted", ROOM);
    if cfg!(feature = "full") {
        let hosts = [FORBIDDEN, FORBIDDEN, FORBIDDEN, gone];
        Stage::new().attempt(&[
            (purge, "member", Muted, hosts),
            (purge, "member", Locked, hosts),
            (purge, "member", Slow, hosts),
            (purge, "member", OneRoom, hosts),
            (
                purge,
                "member",
                Open,
                [FORBIDDEN, FORBIDDEN, FORBIDDEN, gone],
            ),
            (
                purge,
                "moderator",
                Open,
                [FORBIDDEN, FORBIDDEN, FORBIDDEN, gone],
            ),
        ]);
    }
}

#[test]
fn to_one_person() {
    let by_leaders = [FORBIDDEN, FORBIDDEN, WHISPER, WHISPER];
    Stage::new().attempt(&[
        (whisper, "observer", Open, all(FORBIDDEN)),
        (whisper, "member", Open, by_leaders),
        (whisper, "moderator", Open, all(WHISPER)),
        (whisper, "host", Open, all(WHISPER)),
        // Private help stays open.
        (whisper, "host", Muted, all(WHISPER)),
        (whisper, "moderator", Muted, all(WHISPER)),
        (whisper, "host", Locked, all(WHISPER)),
        (whisper, "host", Slow, all(WHISPER)),
        (
            whisper,
            "member",
            Muted,
            [FORBIDDEN, FORBIDDEN, No("muted"), WHISPER],
        ),
        (whisper, "member", Locked, by_leaders),
        (whisper, "member", Slow, by_leaders),
        (whisper, "member", OneRoom, by_leaders),
        (whisper, "moderator", Locked, all(WHISPER)),
        (whisper, "moderator", Slow, all(WHISPER)),
        (whisper, "host", OneRoom, all(WHISPER)),
        (whisper, "host", Approving, all(WHISPER)),
        (whisper_to_nobody, "member", Open, [No("unknown_user"); 4]),
    ]);
}
