//! The table of sections and keys: the only list of them.
//!
//! The macro makes the structs, their defaults, the reader and the writer of it, so that a key
//! cannot have one without the other.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::config::checked::{
    ADDRESS, CODE, ENGINE, KEEP, LEVEL, NETWORK, NODE, ORIGIN, ROOM, ZONE,
};
use crate::config::choices::{Create, Keep, Synchronous, Whisper};
use crate::config::class::Class;
use crate::config::kinds::{
    Count, FilePath, Flag, Kind, List, Listen, Optional, Rate, Size, Span, Text, Word,
};
use crate::config::network::Network;
use crate::config::parse::{Reader, Writer};
use crate::model::role::Role;
use crate::model::zone::ZoneChoice;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// The largest history: SQLite can do more, but no lesson needs it.
const MAX_HISTORY: usize = mebibytes(1 << 20);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Converts MiB to bytes. On a machine of 32 bits the result is at most what `usize` holds.
const fn mebibytes(n: usize) -> usize {
    let most = usize::MAX / MIB;
    MIB * if n < most { n } else { most }
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Takes `section: Struct { key: type = default, kind; … }`. The documentation of a field says what
/// its key means.
macro_rules! sections {
    ($( $(#[$about:meta])* $section:ident: $Section:ident {
        $( $(#[$meaning:meta])* $key:ident: $type:ty = $default:expr, $kind:expr; )*
    } )*) => {
        /// The whole of `chat.toml`, every value valid.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Config {
            $( $(#[$about])* pub $section: $Section, )*
            /// The classes, if there are several.
            pub classes: Vec<Class>,
        }

        $(
            $(#[$about])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Section {
                $( $(#[$meaning])* pub $key: $type, )*
            }

            impl Default for $Section {
                fn default() -> $Section {
                    $Section { $( $key: $default, )* }
                }
            }
        )*

        /// Every section with its keys, in the order of `chat.toml`.
        pub(super) const SECTIONS: &[(&str, &[&str])] =
            &[ $( (stringify!($section), &[ $( stringify!($key), )* ]), )* ];

        pub(super) fn read(reader: &mut Reader<'_>, config: &mut Config) {
            $( $(
                let field = &mut config.$section.$key;
                reader.read(stringify!($section), stringify!($key), &$kind, field);
            )* )*
        }

        pub(super) fn write(writer: &mut Writer, config: &Config) {
            $(
                writer.section(stringify!($section));
                $( writer.key(stringify!($key), $kind.write(&config.$section.$key)); )*
            )*
        }
    };
}

sections! {
    /// Where the server listens, and its name.
    server: Server {
        /// Address and port; `[::]` is every address of this machine, IPv4 included.
        listen: SocketAddr = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8080)), Listen;
        /// The directory for everything that is stored.
        data: PathBuf = PathBuf::from("./data"), FilePath;
        /// Origins of other pages that may connect, in lower case. The server's own page always
        /// may.
        allowed_origins: Vec<String> = vec![], List(ORIGIN, 100);
        /// Proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<Network> = vec![], List(NETWORK, 100);
        /// The name of this place, on the page and in the banner.
        title: String = "Glassroom".to_owned(), Text(1..=60);
    }

    /// The log.
    log: Log {
        /// The lowest level that is written.
        level: log::LevelFilter = log::LevelFilter::Info, LEVEL;
        /// A file to write to as well as the terminal.
        file: Option<PathBuf> = None, Optional(FilePath);
        /// Bytes of the file. A full one becomes `FILE.1`, and a new one begins.
        max_size: usize = 16 * MIB, Size(64 * KIB..=1024 * MIB);
    }

    /// The secret that signs tokens.
    auth: Auth {
        /// The file that holds it. If none is named, it is `secret` in the data directory.
        secret_file: Option<PathBuf> = None, Optional(FilePath);
        /// The previous secret, whose tokens are still accepted.
        previous_secret_file: Option<PathBuf> = None, Optional(FilePath);
    }

    /// Guests, who join with a name and the class code.
    join: Join {
        /// Whether guests may join.
        enabled: bool = true, Flag;
        /// A class code that never changes. If none is named, codes are random.
        code: Option<String> = None, Optional(CODE);
        /// What guests may do: [`Role::Member`] or [`Role::Observer`].
        role: Role = Role::Member, Word(&[("member", Role::Member), ("observer", Role::Observer)]);
        /// New people who may join from one device at once, and as many again within an hour; 0: any.
        names_per_device: usize = 4, Count(0..=1000);
        /// New people who may join from one address at once, and as many again within an hour; 0: any.
        people_per_address: usize = 120, Count(0..=100_000);
        /// People who may have joined in one lesson, with tokens that are valid; 0: any number.
        people: usize = 500, Count(0..=100_000);
        /// How long a guest's token is valid.
        ttl: Duration = 8 * HOUR, Span(Duration::from_secs(1)..=365 * DAY);
    }

    /// The names of people.
    names: Names {
        /// Names that guests cannot have, nor names that look like them.
        reserved: Vec<String> = RESERVED.map(str::to_owned).to_vec(), List(Text(1..=24), 200);
    }

    /// The rooms.
    rooms: Rooms {
        /// The rooms that exist from the start.
        list: Vec<String> = vec!["lobby".to_owned()], List(ROOM, 100);
        /// The room that people join first; one of `list`.
        default: String = "lobby".to_owned(), ROOM;
        /// Who may create a room by joining one that does not exist.
        create: Create = Create::Hosts,
            Word(&[("nobody", Create::Nobody), ("hosts", Create::Hosts), ("all", Create::All)]);
        /// Who may whisper to whom.
        whisper: Whisper = Whisper::Hosts,
            Word(&[("off", Whisper::Off), ("hosts", Whisper::Hosts), ("all", Whisper::All)]);
    }

    /// The limits of one client, and of all together.
    limits: Limits {
        /// Connections at once.
        connections: usize = 1000, Count(1..=100_000);
        /// Connections at once from one address; 0 means no limit.
        connections_per_address: usize = 0, Count(0..=100_000);
        /// Connections at once of one person. A further one replaces the oldest.
        connections_per_user: usize = 5, Count(1..=1000);
        /// Connections at once that have shown no token.
        unauthenticated: usize = 256, Count(1..=100_000);
        /// The time for a request head, from the first byte to the last.
        handshake_timeout: Duration = secs(10), Span(millis(50)..=10 * MINUTE);
        /// Bytes of one WebSocket message.
        message: usize = 64 * KIB, Size(KIB..=16 * MIB);
        /// Characters of the text of one message.
        text: usize = 4000, Count(1..=1_000_000);
        /// Characters of a message with code in fences.
        code: usize = 16_000, Count(1..=1_000_000);
        /// Lines of such a message.
        code_lines: usize = 400, Count(1..=100_000);
        /// Messages per second that one person may send in the long run; 0 means no limit.
        messages_per_second: f64 = 5.0, Rate;
        /// Messages that one person may send at once.
        burst: usize = 20, Count(1..=1_000_000);
        /// Rooms, those of the list included.
        rooms: usize = 100, Count(1..=1000);
        /// Bytes that may wait for one client.
        backlog: usize = MIB, Size(16 * KIB..=1024 * MIB);
        /// Bytes that may wait for all clients together.
        backlog_total: usize = 64 * MIB, Size(MIB..=mebibytes(64 * 1024));
    }

    /// How the server finds out that a client is gone.
    heartbeat: Heartbeat {
        /// Silence after which a client is pinged. After twice as long it is disconnected.
        interval: Duration = secs(20), Span(millis(50)..=10 * MINUTE);
    }

    /// How messages are stored.
    history: History {
        /// The database file, relative to the data directory. Without one nothing is stored.
        path: Option<PathBuf> = Some(PathBuf::from("history.db")), Optional(FilePath);
        /// How long messages, attendance and the audit log are kept.
        keep: Keep = Keep::For(30 * DAY), KEEP;
        /// Bytes from which on nothing more is stored but what makes room.
        max_size: usize = 2048 * MIB, Size(16 * MIB..=MAX_HISTORY);
        /// What an acknowledged message survives.
        synchronous: Synchronous = Synchronous::Full,
            Word(&[("full", Synchronous::Full), ("normal", Synchronous::Normal)]);
        /// How long events gather before they are stored together.
        gather: Duration = millis(10), Span(Duration::ZERO..=millis(100));
        /// How long a person may edit or delete their messages; 0 means not at all.
        edit_window: Duration = 10 * MINUTE, Span(Duration::ZERO..=365 * DAY);
        /// Offset from UTC of the times in transcripts and attendance lists.
        zone: ZoneChoice = ZoneChoice::Machine, ZONE;
        /// A client that has missed more events than this starts from a fresh page.
        resume_limit: usize = 5000, Count(0..=1_000_000);
        /// Events of each room in memory.
        memory: usize = 1000, Count(1..=1_000_000);
        /// Newest events that a client gets when it joins without resuming.
        page: usize = 50, Count(1..=1000);
    }

    /// Who is in the rooms.
    presence: Presence {
        /// Time between two reports of who came and left.
        tick: Duration = millis(200), Span(millis(10)..=MINUTE);
        /// A room with at most this many people lists them; a larger room only counts them.
        list_up_to: usize = 200, Count(0..=100_000);
    }

    /// The lab, where learners send right and wrong frames.
    lab: Lab {
        /// Whether the lab exists, with `/echo` and the tasks of the course.
        enabled: bool = true, Flag;
        /// Bytes of one message to `/echo`.
        max_message: usize = 64 * KIB, Size(KIB..=16 * MIB);
        /// Bytes per second that all echoes without a token may cost together; 0 means no limit.
        echo_rate: usize = 4 * MIB, Size(0..=1024 * MIB);
        /// Experiments per minute that one person may run.
        runs_per_minute: usize = 20, Count(1..=6000);
    }

    /// The protocol view.
    lens: Lens {
        /// Whether it exists.
        enabled: bool = true, Flag;
    }

    /// Several servers as one chat: the nodes of a cluster.
    cluster: Cluster {
        /// The engine that has the log of the cluster: Redis or Valkey. Without one there is no cluster.
        url: Option<String> = None, Optional(ENGINE);
        /// The name of this node, unique in the cluster.
        node: Option<String> = None, Optional(NODE);
        /// Where the other nodes reach this one, as `host:port`. If it is not named, it is the address from which this node
        /// reaches the engine, with the port of the server.
        address: Option<String> = None, Optional(ADDRESS);
        /// What the names of the engine's keys begin with.
        prefix: String = "glassroom".to_owned(), NODE;
        /// Replicas of the engine that must have a message before its `ack`.
        replicas: usize = 0, Count(0..=8);
        /// Entries of the log that the engine keeps for nodes that come back.
        keep: usize = 1_000_000, Count(1000..=100_000_000);
        /// Bytes of messages that may wait for the engine.
        queue: usize = 4 * MIB, Size(64 * KIB..=64 * MIB);
        /// How long the engine may take for an answer, before messages are refused.
        patience: Duration = secs(1), Span(millis(100)..=MINUTE);
    }

    /// Numbers for a monitoring system, at `/metrics`.
    metrics: Metrics {
        /// Whether they are shown without a host's token.
        public: bool = false, Flag;
    }
}

const RESERVED: [&str; 14] = [
    "Teacher",
    "Host",
    "Moderator",
    "Admin",
    "Administrator",
    "Assistant",
    "Glassroom",
    "System",
    "老师",
    "老師",
    "主持人",
    "管理员",
    "管理員",
    "助教",
];
