//! The table of sections and keys: the only list of them.
//!
//! The macro makes the structs, their defaults, the reader and the writer of it, so that a key
//! cannot have one without the other.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::config::checked::{CODE, KEEP, LEVEL, NETWORK, ORIGIN, ROOM, ZONE};
use crate::config::choices::{Create, Keep, Synchronous, Whisper};
use crate::config::kinds::{
    Count, FilePath, Flag, Kind, List, Listen, Optional, Rate, Size, Span, Text, Word,
};
use crate::config::network::Network;
use crate::config::parse::{Reader, Writer};
use crate::model::role::Role;
use crate::model::zone::Zone;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// `section: Struct { key: type = default, kind; … }`, all documented: the documentation of the
/// fields is what the keys mean.
macro_rules! sections {
    ($( $(#[$about:meta])* $section:ident: $Section:ident {
        $( $(#[$meaning:meta])* $key:ident: $type:ty = $default:expr, $kind:expr; )*
    } )*) => {
        /// The whole of `chat.toml`, every value valid.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Config {
            $( $(#[$about])* pub $section: $Section, )*
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
    /// Where the server listens and what it is called.
    server: Server {
        /// Address and port; `[::]` is every address of this machine, IPv4 included.
        listen: SocketAddr = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8080)), Listen;
        /// The directory of everything that is kept.
        data: PathBuf = PathBuf::from("./data"), FilePath;
        /// Origins of pages, beside the server's own, that may connect; in lower case.
        allowed_origins: Vec<String> = vec![], List(ORIGIN, 100);
        /// Proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<Network> = vec![], List(NETWORK, 100);
        /// What the page and the banner call this place.
        title: String = "Glassroom".to_owned(), Text(1..=60);
    }

    /// What the server says about itself.
    log: Log {
        /// The least important records that are written.
        level: log::LevelFilter = log::LevelFilter::Info, LEVEL;
        /// A file for them, beside the terminal.
        file: Option<PathBuf> = None, Optional(FilePath);
    }

    /// The secret that signs tokens.
    auth: Auth {
        /// The file that holds it; `secret` in the data directory if none is named.
        secret_file: Option<PathBuf> = None, Optional(FilePath);
        /// The secret before, whose tokens are still accepted.
        previous_secret_file: Option<PathBuf> = None, Optional(FilePath);
    }

    /// Guests, who join with a name and the class code.
    join: Join {
        /// Whether there are any.
        enabled: bool = true, Flag;
        /// A class code that never changes; a random one if none is named.
        code: Option<String> = None, Optional(CODE);
        /// What guests may do: [`Role::Member`] or [`Role::Observer`].
        role: Role = Role::Member, Word(&[("member", Role::Member), ("observer", Role::Observer)]);
        /// How long a guest's token is valid.
        ttl: Duration = 8 * HOUR, Span(Duration::from_secs(1)..=365 * DAY);
    }

    /// What people are called.
    names: Names {
        /// Names that guests cannot have, nor anything that looks like one.
        reserved: Vec<String> = RESERVED.map(str::to_owned).to_vec(), List(Text(1..=24), 200);
    }

    /// The rooms.
    rooms: Rooms {
        /// Those that are there from the start.
        list: Vec<String> = vec!["lobby".to_owned()], List(ROOM, 100);
        /// The one that people are in first; one of `list`.
        default: String = "lobby".to_owned(), ROOM;
        /// Who makes a room by joining one that is not there.
        create: Create = Create::Hosts,
            Word(&[("nobody", Create::Nobody), ("hosts", Create::Hosts), ("all", Create::All)]);
        /// Who may whisper to whom.
        whisper: Whisper = Whisper::Hosts,
            Word(&[("off", Whisper::Off), ("hosts", Whisper::Hosts), ("all", Whisper::All)]);
    }

    /// What one client, and all together, may use.
    limits: Limits {
        /// Connections at once.
        connections: usize = 1000, Count(1..=100_000);
        /// Connections at once from one address; 0: no limit.
        connections_per_address: usize = 0, Count(0..=100_000);
        /// Connections at once of one person; the oldest gives way.
        connections_per_user: usize = 5, Count(1..=1000);
        /// Connections at once that have shown no token.
        unauthenticated: usize = 256, Count(1..=100_000);
        /// For a request head, from the first byte to the last.
        handshake_timeout: Duration = secs(10), Span(millis(50)..=10 * MINUTE);
        /// Bytes of one WebSocket message.
        message: usize = 64 * KIB, Size(KIB..=16 * MIB);
        /// Characters of the text of one message.
        text: usize = 4000, Count(1..=1_000_000);
        /// Messages a second that one person may go on sending; 0: no limit.
        messages_per_second: f64 = 5.0, Rate;
        /// Messages that one person may send at once.
        burst: usize = 20, Count(1..=1_000_000);
        /// Bytes that may wait for one slow client.
        backlog: usize = MIB, Size(16 * KIB..=1024 * MIB);
    }

    /// Finding out that somebody is gone.
    heartbeat: Heartbeat {
        /// Silence after which a client is pinged; after twice as much it is cut off.
        interval: Duration = secs(20), Span(millis(50)..=10 * MINUTE);
    }

    /// What is kept of what was said.
    history: History {
        /// The database, from the data directory; none: nothing is stored.
        path: Option<PathBuf> = Some(PathBuf::from("history.db")), Optional(FilePath);
        /// For how long.
        keep: Keep = Keep::For(30 * DAY), KEEP;
        /// What an acknowledgement is worth.
        synchronous: Synchronous = Synchronous::Full,
            Word(&[("full", Synchronous::Full), ("normal", Synchronous::Normal)]);
        /// For how long a person may edit or delete what they said; 0: not at all.
        edit_window: Duration = 10 * MINUTE, Span(Duration::ZERO..=365 * DAY);
        /// Offset from UTC of the times in transcripts and attendance lists.
        zone: Zone = Zone::default(), ZONE;
        /// Events missed after which a client starts from a fresh page.
        resume_limit: usize = 5000, Count(0..=1_000_000);
        /// Events of each room in memory.
        memory: usize = 1000, Count(1..=1_000_000);
        /// Newest events that somebody gets who joins afresh.
        page: usize = 50, Count(1..=1000);
    }

    /// Who is here.
    presence: Presence {
        /// Time between two reports of who came and left.
        tick: Duration = millis(200), Span(millis(10)..=MINUTE);
        /// People in a room up to whom all are listed; above, they are counted.
        list_up_to: usize = 200, Count(0..=100_000);
    }

    /// The lab, where learners send right and wrong frames.
    lab: Lab {
        /// Whether there is one, `/echo` and the course's tasks included.
        enabled: bool = true, Flag;
        /// Bytes of one message to `/echo`.
        max_message: usize = 64 * KIB, Size(KIB..=16 * MIB);
        /// Experiments that one person may run in a minute.
        runs_per_minute: usize = 20, Count(1..=6000);
    }

    /// The protocol view.
    lens: Lens {
        /// Whether there is one.
        enabled: bool = true, Flag;
    }

    /// Numbers for a monitoring system, at `/metrics`.
    metrics: Metrics {
        /// Whether they are shown without a host's token.
        public: bool = false, Flag;
    }
}

const RESERVED: [&str; 11] = [
    "Teacher",
    "Host",
    "Moderator",
    "Admin",
    "Administrator",
    "Glassroom",
    "System",
    "老师",
    "老師",
    "主持人",
    "管理员",
];
