//! What each role may do, as a table that a teacher can read: `docs/permissions.md`.
//!
//! The gate ([`crate::chat::gate`]) decides; this table says what it has to decide, and tests compare the
//! two for each role, each role of the person concerned, and each state. A new [`Action`] needs one row in
//! [`ROWS`] for each role of the person concerned. To write the document again:
//! `GLASSROOM_WRITE_DOCS=1 cargo test --lib permissions`.

use crate::chat::gate::{Action, Policy, Rules, Standing, may};
use crate::chat::message::ErrorCode;
use crate::config::{Create, Whisper};
use crate::model::role::Role;
use crate::model::time::Ticks;
use Role::{Host, Member, Moderator, Observer};
use std::fmt::Write as _;

/// All roles, the lowest first.
const ROLES: [Role; 4] = [Observer, Member, Moderator, Host];

/// Whom a mute, a quiet room or slow mode keeps from an action.
#[derive(Clone, Copy, PartialEq)]
enum Stops {
    /// Nobody.
    Nothing,
    /// A mute alone stops it: it happens in no room.
    Mute,
    /// A mute or a quiet room, but not slow mode: it has no words.
    MuteAndLock,
    /// All three.
    All,
}

use Stops::{All, Mute, MuteAndLock, Nothing};

/// One line of the table.
struct Row {
    what: &'static str,
    action: Action,
    /// The least role; `None`: nobody.
    least: Option<Role>,
    stops: Stops,
    /// A token for certain rooms is not enough.
    whole_lesson: bool,
    policy: Policy,
}

const POLICY: Policy = Policy {
    whisper: Whisper::Hosts,
    create: Create::Hosts,
};

const fn row(what: &'static str, action: Action, least: Role, stops: Stops) -> Row {
    Row {
        what,
        action,
        least: Some(least),
        stops,
        whole_lesson: false,
        policy: POLICY,
    }
}

/// Something that concerns the whole lesson.
const fn lesson(what: &'static str, action: Action, least: Role) -> Row {
    Row {
        whole_lesson: true,
        ..row(what, action, least, Nothing)
    }
}

/// Something that nobody does to this person.
const fn nobody(what: &'static str, action: Action) -> Row {
    Row {
        least: None,
        ..row(what, action, Host, Nothing)
    }
}

/// The same with another `rooms.whisper`.
const fn whispers(whisper: Whisper, row: Row) -> Row {
    let policy = Policy { whisper, ..POLICY };
    Row { policy, ..row }
}

/// The same with another `rooms.create`.
const fn creates(create: Create, row: Row) -> Row {
    let policy = Policy { create, ..POLICY };
    Row { policy, ..row }
}

/// The whole table.
#[rustfmt::skip] // one row, one line
const ROWS: &[Row] = &[
    row("send or edit a message", Action::Speak, Member, All),
    row("react, or show that one is writing", Action::Gesture, Member, All),
    nobody("write privately to an observer", Action::Whisper(Observer)),
    row("write privately to a member", Action::Whisper(Member), Moderator, Mute),
    row("write privately to a moderator", Action::Whisper(Moderator), Member, Nothing),
    row("write privately to a host", Action::Whisper(Host), Member, Nothing),
    whispers(Whisper::All, nobody("write privately to an observer, with `rooms.whisper = \"all\"`", Action::Whisper(Observer))),
    whispers(Whisper::All, row("write privately to a member, with `rooms.whisper = \"all\"`", Action::Whisper(Member), Member, Mute)),
    whispers(Whisper::Off, nobody("write privately, with `rooms.whisper = \"off\"`", Action::Whisper(Host))),
    row("create a room by joining it", Action::CreateRoom, Moderator, MuteAndLock),
    creates(Create::All, row("create a room, with `rooms.create = \"all\"`", Action::CreateRoom, Member, MuteAndLock)),
    creates(Create::Nobody, nobody("create a room, with `rooms.create = \"nobody\"`", Action::CreateRoom)),
    row("mute, remove or ban an observer, and undo it", Action::Discipline(Observer), Moderator, Nothing),
    row("mute, remove or ban a member, and undo it", Action::Discipline(Member), Moderator, Nothing),
    row("mute, remove or ban a moderator, and undo it", Action::Discipline(Moderator), Host, Nothing),
    nobody("mute, remove or ban a host", Action::Discipline(Host)),
    row("quiet a room, slow it down, pin a message", Action::RuleRoom, Moderator, Nothing),
    row("raise a hand, or share a question; the words of a question need what sending needs", Action::RaiseHand, Member, Nothing),
    row("lower the hands of others", Action::LowerHands, Moderator, Nothing),
    row("know who asks anonymously", Action::KnowAskers, Host, Nothing),
    row("open a poll", Action::OpenPoll, Moderator, Mute),
    row("close a poll, or publish its sums", Action::RuleRoom, Moderator, Nothing),
    row("vote in a poll", Action::Vote, Member, Nothing),
    row("see what others have waiting for approval, publish or reject it", Action::Approve, Moderator, Nothing),
    row("read one's private messages", Action::ReadWhispers, Member, Nothing),
    row("tell the hosts of a message or a person", Action::Report, Member, Nothing),
    row("read what the hosts were told, and close it", Action::ReadReports, Host, Nothing),
    row("delete a message of an observer", Action::DeleteOthers(Observer), Moderator, Nothing),
    row("delete a message of a member", Action::DeleteOthers(Member), Moderator, Nothing),
    row("delete a message of a moderator", Action::DeleteOthers(Moderator), Moderator, Nothing),
    row("delete a message of a host", Action::DeleteOthers(Host), Host, Nothing),
    row("erase a message for good", Action::Purge, Host, Nothing),
    row("remove a room", Action::RemoveRoom, Host, Nothing),
    row("read a lesson that has ended", Action::ReadLesson, Moderator, Nothing),
    lesson("close the door to new people, or open it", Action::Door, Moderator),
    lesson("start the next lesson", Action::StartLesson, Moderator),
    lesson("end the lesson", Action::EndLesson, Host),
];

/// The state in which somebody acts.
#[derive(Debug, Clone, Copy)]
struct State {
    role: Role,
    everywhere: bool,
    muted: bool,
    locked: bool,
    slow: bool,
}

/// What the gate has to say to a row in that state.
fn expected(row: &Row, state: State) -> Option<ErrorCode> {
    let permitted = row.least.is_some_and(|least| state.role >= least);
    if !permitted || row.whole_lesson && !state.everywhere {
        return Some(ErrorCode::Forbidden);
    }
    let by_mute = row.stops != Nothing;
    let by_lock = matches!(row.stops, MuteAndLock | All);
    match state {
        _ if state.muted && by_mute => Some(ErrorCode::Muted),
        // Those who lead talk in a room that they have quieted.
        _ if state.role >= Moderator => None,
        _ if state.locked && by_lock => Some(ErrorCode::Locked),
        _ if state.slow && row.stops == All => Some(ErrorCode::SlowMode),
        _ => None,
    }
}

fn states() -> impl Iterator<Item = State> {
    let bit = |n: usize, bit: usize| n & (1 << bit) != 0;
    let all = ROLES
        .into_iter()
        .flat_map(|role| (0..16).map(move |n| (role, n)));
    all.map(move |(role, n)| State {
        role,
        everywhere: bit(n, 0),
        muted: bit(n, 1),
        locked: bit(n, 2),
        slow: bit(n, 3),
    })
}

#[test]
fn the_gate_says_what_the_table_says() {
    let now = Ticks::at(100_000);
    for row in ROWS {
        for state in states() {
            let who = Standing {
                over: false,
                role: state.role,
                everywhere: state.everywhere,
                muted: state.muted.then(|| now.after(1)),
            };
            let rules = Rules {
                locked: state.locked,
                slow: if state.slow { 5 } else { 0 },
                slow_since: Ticks::at(90_000),
                approve: false,
            };
            let room = Some((rules, Some(Ticks::at(99_000))));
            let verdict = may(who, row.action, row.policy, room, now);
            let verdict = verdict.err().map(|refusal| refusal.code);
            assert_eq!(verdict, expected(row, state), "{}: {state:?}", row.what);
        }
    }
}

#[test]
fn every_action_has_its_rows() {
    let gate = include_str!("gate.rs");
    let (_, actions) = gate.split_once("enum Action {\n").unwrap();
    let (actions, _) = actions.split_once("\n}").unwrap();
    let variants: Vec<&str> = actions
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.strip_suffix(','))
        .collect();
    assert!(variants.len() > 9, "cannot read the actions");
    let named: Vec<String> = ROWS.iter().map(|row| format!("{:?}", row.action)).collect();
    for variant in variants {
        let needed = match variant.split_once("(Role)") {
            None => vec![variant.to_owned()],
            Some((name, _)) => ROLES
                .iter()
                .map(|role| format!("{name}({role:?})"))
                .collect(),
        };
        for name in needed {
            assert!(named.contains(&name), "{name} needs a row in ROWS");
        }
    }
}

const HEAD: &str = "# Who may do what

This page is made from the table in `src/chat/permissions.rs`, with which the server's own rules are compared in each state
(`GLASSROOM_WRITE_DOCS=1 cargo test --lib permissions` writes it again).

- **A role belongs to the token of a connection**, and holds in the rooms of that token. Teachers are hosts, their assistants
  moderators, pupils members; an observer only reads. *Those who lead* are moderators and hosts.
- **Nobody moderates somebody of equal or higher rank, nor themselves.** The role comes first; of two with the same role,
  whoever has it in all rooms is above whoever has it in certain rooms.
- **Reading is for everybody who is in the room**: history and search too. The list of mutes, removals and bans, and downloads
  are for those who lead.
- **The audit log is for hosts.** It names whom a host let speak again after a mute for an anonymous question, and moderators do
  not learn who asked. A host of certain rooms reads what was done in these and to the classes that they lead, and what they did
  themselves; what concerns no room is for hosts of all rooms.
- **Taking back one's own message** is open to its author while it may be edited, muted or not: it has no words.
- **What concerns a whole lesson** (its end, its start, the door) needs a token for all rooms of the class. On a server with
  `[[classes]]` a token for just these is enough.
- Everybody else gets the error `forbidden`. Who may, and cannot just now, gets `muted`, `locked` or `slow_mode`.

| what | observer | member | moderator | host | while muted | in a quiet room | in slow mode | token for certain rooms |
|---|---|---|---|---|---|---|---|---|
";

fn document() -> String {
    let mut text = HEAD.to_owned();
    let cell = |yes: bool| if yes { "yes" } else { "no" };
    for row in ROWS {
        let may = |role: &Role| cell(row.least.is_some_and(|least| *role >= least));
        let roles: Vec<&str> = ROLES.iter().map(may).collect();
        let stopped = |stopped: bool| match (row.least, stopped) {
            (None, _) => "no",
            (_, false) => "yes",
            (Some(Observer | Member), true) => "those who lead",
            (Some(Moderator | Host), true) => "yes",
        };
        let muted = cell(row.least.is_some() && row.stops == Nothing);
        let quiet = stopped(matches!(row.stops, MuteAndLock | All));
        let slow = stopped(row.stops == All);
        let reach = match (row.least, row.whole_lesson) {
            (None, _) | (_, true) => "no",
            _ => "there",
        };
        let roles = roles.join(" | ");
        let _ = writeln!(
            text,
            "| {} | {roles} | {muted} | {quiet} | {slow} | {reach} |",
            row.what
        );
    }
    text
}

#[test]
fn the_document_is_that_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permissions.md");
    let text = document();
    if std::env::var_os("GLASSROOM_WRITE_DOCS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "docs/permissions.md is old: GLASSROOM_WRITE_DOCS=1 cargo test --lib permissions"
    );
}
