//! Everything that the hub is asked and told, and what it answers.

/// How the `sub` of a demo identity begins: hosts may watch its connections.
pub(crate) use crate::auth::revoked::DEMO;
use crate::auth::token::Claims;
use crate::chat::classes::ClassKey;
use crate::chat::grant::{Grant, Reach};
use crate::chat::message::RequestEnvelope;
use crate::model::event::Author;
use crate::model::ids::ClientId;
use crate::model::time::Millis;
use crate::net::client::Client;
use crate::net::flusher;
use crate::net::inbox::InboxHandle;
use crate::store::queue::Note;
use crate::store::report;
use crate::websocket::close::Code;
use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How long a connection's thread waits for an answer of the hub.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The way to the hub.
pub(crate) type Mailbox = InboxHandle<Command, Report>;

/// What connections' threads ask of the hub.
#[derive(Debug)]
pub enum Command {
    /// A connection with a verified token.
    Connect(Box<Arrival>),
    /// One request of a client.
    Request(ClientId, RequestEnvelope),
    /// Several requests that one read brought. With a [`Taken`], the connection waits until the hub
    /// drops it.
    Requests(ClientId, Vec<RequestEnvelope>, Option<Taken>),
    /// The client sent a Ping with this payload.
    Ping(ClientId, Bytes),
    /// The client has been silent for this many heartbeat intervals.
    Silent(ClientId, u32),
    /// The connection ends: send this Close, if there is one to send.
    End(ClientId, Option<Bytes>),
    /// A question from outside the chat.
    Query(HubQuery),
    /// Close all connections, and confirm when that is done.
    Shutdown(Sender<()>),
}

/// Travels with a heavy command. The hub drops it when it takes the command, which wakes the
/// connection that waits.
#[derive(Debug)]
pub struct Taken {
    _sender: Sender<()>,
}

/// Waits until a [`Taken`] is dropped.
#[derive(Debug)]
pub(super) struct UntilTaken(Receiver<()>);

impl Taken {
    /// Both ends.
    pub(super) fn new() -> (Self, UntilTaken) {
        let (sender, receiver) = bounded(0);
        (Self { _sender: sender }, UntilTaken(receiver))
    }
}

impl UntilTaken {
    /// Waits until the hub has taken the command, or has gone and dropped it with its inbox.
    pub(super) fn wait(self) {
        let _ = self.0.recv();
    }
}

/// A connection that wants to be part of the chat.
#[derive(Debug)]
pub struct Arrival {
    /// The socket.
    pub client: Arc<Client>,
    /// The verified token.
    pub claims: Claims,
    /// The 101 response. The hub sends it first of all, so that no other thread ever sends.
    pub handshake: Vec<u8>,
    /// Whether to join the default room at once.
    pub enter_default: bool,
    /// Whether to tell it what happens in rooms where it is not.
    pub hears_of_rooms: bool,
    /// It says one thing and goes: it joins nothing, is in no list, and is not welcomed.
    pub only_posts: bool,
}

/// The reports of helper threads to the hub, and the questions of the operator.
#[derive(Debug)]
pub enum Report {
    /// The flusher has something to report.
    Flusher(flusher::Report),
    /// The store has something to report.
    Store(report::StoreReport),
    /// The next lesson of a class is stored, or why it cannot be.
    Lesson(ClassKey, Result<(), String>),
    /// A question of the operator's, which is answered before the commands that are queued.
    Query(HubQuery),
}

/// A question from outside the chat: from the join form, a protocol view, a task. Each asker waits
/// on a channel of its own for at most [`PATIENCE`]; the hub never waits for an asker.
#[derive(Debug)]
pub enum HubQuery {
    /// May somebody join with a class code?
    MayJoin {
        /// Who.
        applicant: Applicant,
        /// The answer.
        answer: Sender<Entry>,
    },
    /// May the owner of a personal link come in?
    MayEnter {
        /// Who.
        applicant: Applicant,
        /// The rooms of their token.
        reach: Reach,
        /// The answer.
        answer: Sender<Entry>,
    },
    /// A connection, for its owner to watch; for hosts, a demo connection too.
    Watch {
        /// Which.
        connection: ClientId,
        /// The `sub` of the person who asks.
        sub: String,
        /// What their token grants.
        grant: Grant,
        /// The answer.
        answer: Sender<Option<Watched>>,
    },
    /// Do this to a connection, because its owner wants to see it.
    Act(ClientId, LensAction),
    /// Is this person, or device, removed from every room that the token is for? Code and reason of the
    /// Close if so.
    IsRemoved {
        /// The `sub` of the person.
        sub: String,
        /// Their device.
        device: Option<String>,
        /// The rooms of their token.
        reach: Reach,
        /// The answer.
        answer: Sender<Option<(Code, String)>>,
    },
    /// Which lesson runs, or was the last?
    Lessons {
        /// The answer.
        answer: Sender<Vec<LessonNow>>,
    },
    /// What goes on in the chat?
    Overview {
        /// The answer.
        answer: Sender<Overview>,
    },
    /// How much was handed to the store, and how much of that is on the disk?
    Saved {
        /// The answer: two numbers of jobs, equal if nothing waits; without a store both 0.
        answer: Sender<(u64, u64)>,
    },
    /// Forget a person, in memory and on the disk.
    Forget(Box<Forget>),
    /// Who is meant by a `sub`, an id or a name?
    WhoIs {
        /// The text.
        who: String,
        /// The persons in the history who may be meant.
        found: Vec<Author>,
        /// Everybody who may be meant.
        answer: Sender<Vec<Author>>,
    },
    /// Note who was revoked, and end the connections of everybody who was.
    Expel {
        /// For the audit log.
        notes: Vec<Note>,
        /// How many have ended.
        answer: Sender<usize>,
    },
    /// Note what was done to personal links, and end the connections of people whose links are void.
    EndLinks {
        /// Their `sub`s.
        subs: Vec<String>,
        /// For the audit log.
        notes: Vec<Note>,
        /// How many have ended.
        answer: Sender<usize>,
    },
    /// Keep something that is not an event of a room.
    Keep(Box<Note>),
}

/// What people may have done to their own connection, to see what happens.
#[derive(Debug)]
pub enum LensAction {
    /// Send a Ping.
    Ping,
    /// Send the next message, or the ack of one, in three fragments, with a Ping between them.
    Fragment,
    /// Send a Close with this code and reason.
    Close(u16, String),
    /// End TCP without a Close.
    HangUp,
}

/// A connection that may be watched.
#[derive(Debug)]
pub struct Watched {
    /// Its number.
    pub id: ClientId,
    /// Weak: watching a connection must not keep it open.
    pub client: Weak<Client>,
    /// The name of the person whose connection it is.
    pub name: String,
    /// Whether that person is the one who watches.
    pub own: bool,
    /// Whether that person is a demo identity.
    pub demo: bool,
    /// How often the connection has got a token for more: with the next one, the view is over.
    pub growth: u64,
}

/// The lesson of a class.
#[derive(Debug, Clone)]
pub struct LessonNow {
    /// The name of the class; empty for the only one.
    pub class: Box<str>,
    /// The number of the lesson that runs, or of the last one.
    pub lesson: u64,
    /// Whether it runs.
    pub runs: bool,
    /// When it was started, if that is known.
    pub began: Option<Millis>,
    /// The rooms of the class; `None`: all.
    pub rooms: Option<Vec<Box<str>>>,
}

/// The chat at one moment, for whoever looks after the server.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many persons are connected: no demo identities and no walls.
    pub people: usize,
    /// The rooms, each with the persons in it.
    pub rooms: Vec<(Box<str>, usize)>,
    /// The lesson of each class.
    pub lessons: Vec<LessonNow>,
}

/// Somebody who wants a token.
#[derive(Debug)]
pub struct Applicant {
    /// The class whose code they have, or of their link.
    pub class: ClassKey,
    /// The `sub` of the token.
    pub sub: String,
    /// The name in it.
    pub name: String,
    /// The device of a guest.
    pub device: Option<String>,
    /// They have joined this lesson before, so a closed door is open to them.
    pub known: bool,
}

/// Whether a person may get a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// They may.
    Open {
        /// The number of the newest private message, for their token.
        whisper: u64,
    },
    /// The name belongs to a host or moderator.
    NameOfLeader,
    /// The door is closed to new people, and those who lead are told that this one waits.
    DoorClosed,
    /// No lesson runs.
    NoLesson,
    /// They were removed until a later time.
    Removed {
        /// The reason, as the Close gave it.
        reason: String,
    },
}

/// A person to forget.
#[derive(Debug)]
pub struct Forget {
    /// Their `sub`, id or name.
    pub who: String,
    /// The persons in the history who may be meant.
    pub found: Vec<Author>,
    /// The host who asks for it.
    pub by: Arc<Author>,
    /// Set by whoever is first: the hub when it begins, or the asker who waits no longer. So nobody is
    /// forgotten after the asker was told that it did not happen.
    pub taken: Arc<AtomicBool>,
    /// Gets the outcome when the disk has forgotten, too.
    pub answer: Sender<Forgotten>,
}

/// What became of a request to forget somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgotten {
    /// Hub and store know nothing of this person any more.
    Done(Author),
    /// Nobody ever had that name or id.
    Nobody,
    /// Several persons had that name: their ids.
    Several(Vec<Box<str>>),
    /// The disk fails, and nobody was forgotten. Try again in this many seconds.
    Unavailable(u64),
}
