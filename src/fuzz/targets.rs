//! The targets. Each takes any bytes, and panics only if the code that it tests breaks a promise.

use crate::chat::message::{ErrorCode, Parser, RequestEnvelope, RequestError};
use crate::config::{Config, Keep, Synchronous};
use crate::http::forwarded;
use crate::http::head::Head;
use crate::http::head_reader::{HeadReader, MAX_HEAD};
use crate::http::{expect, json_body};
use crate::lab::plan::{MAX_BYTES, Plan, Setting};
use crate::lab::program::Program;
use crate::lens::annotate::Annotator;
use crate::lens::handshake;
use crate::model::direction::Direction;
use crate::model::fences::Bounds;
use crate::model::ids::ClientId;
use crate::model::zone::Zone;
use crate::net::client::Client;
use crate::net::reader::{Input, Reader};
use crate::sqlite::archive::Archive;
use crate::sqlite::export::Export;
use crate::sqlite::span::Span;
use crate::sqlite::start::{self, StoreOptions};
use crate::websocket::guard::Guard;
use crate::websocket::handshake::Upgrade;
use std::hash::RandomState;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::{env, fs, process};

/// A target's name, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 8] = [
    ("head", head),
    ("guard", guard),
    ("reader", reader),
    ("request", request),
    ("lens", lens),
    ("program", program),
    ("config", config),
    ("database", database),
];

/// The largest message in bytes that guard and reader accept here.
const MAX_MESSAGE: usize = 4096;

/// A request head: whether it is read the same in one piece and in many, and everything that is asked
/// of it before a person is known.
pub fn head(bytes: &[u8]) {
    let whole = Head::parse(bytes);
    let mut reader = HeadReader::new();
    let mut in_pieces = Ok(None);
    for byte in bytes {
        in_pieces = reader.feed(std::slice::from_ref(byte));
        if !matches!(in_pieces, Ok(None)) {
            break;
        }
    }
    let of_whole = whole.clone().map(|found| found.map(|(head, _)| head));
    assert_eq!(of_whole, in_pieces, "the pieces change the head");
    let Ok(Some((head, used))) = whole else {
        return;
    };
    assert!(used <= bytes.len().min(MAX_HEAD), "a head of {used} bytes");
    let trusted = |address: IpAddr| address.is_loopback();
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let address = forwarded::client_address(&head, peer, trusted);
    assert_eq!(address, address.to_canonical());
    let refusals = [
        head.content_length().err(),
        expect::asks_first(&head).err(),
        Upgrade::check(&head).err(),
    ];
    for refusal in refusals.into_iter().flatten() {
        assert!((400..600).contains(&refusal.status) && !refusal.message.is_empty());
    }
}

/// Frames as the guard judges them: in any pieces, it lets the same bytes pass.
pub fn guard(bytes: &[u8]) {
    let mut guard = Guard::new(MAX_MESSAGE);
    let (whole, violation) = guard.pass(bytes);
    assert!(whole <= bytes.len());
    let mut guard = Guard::new(MAX_MESSAGE);
    for byte in bytes {
        let (passed, found) = guard.pass(std::slice::from_ref(byte));
        assert!(passed <= 1);
        if let Some(found) = found {
            let reason = violation.map(|violation| violation.reason);
            assert_eq!(reason, Some(found.reason), "the pieces change the verdict");
            return;
        }
    }
    assert!(violation.is_none(), "only the whole breaks a rule");
}

/// Frames through guard and tungstenite: what comes out is no larger than what went in.
pub fn reader(bytes: &[u8]) {
    let Some(client) = ended_client() else {
        return;
    };
    let mut reader = Reader::new(client, bytes.to_vec(), MAX_MESSAGE);
    let mut heard = 0;
    // Every read takes some of the bytes, or finds the end of TCP.
    for _ in 0..=bytes.len() + 1 {
        let ended = reader.read(|input| match input {
            Input::Text(text) => heard += text.len(),
            Input::Binary(bytes) | Input::Ping(bytes) => heard += bytes.len(),
            Input::Pong => {}
        });
        assert!(heard <= bytes.len());
        if ended.is_err() {
            return;
        }
    }
    assert!(bytes.is_empty(), "the reader does not end");
}

/// A client whose peer has hung up: reading it finds the end at once.
fn ended_client() -> Option<Arc<Client>> {
    static CLIENT: OnceLock<Option<Arc<Client>>> = OnceLock::new();
    let connect = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let stream = TcpStream::connect(listener.local_addr().ok()?).ok()?;
        drop(listener.accept());
        Some(Arc::new(Client::new(ClientId::new(1), stream)))
    };
    CLIENT.get_or_init(connect).clone()
}

/// A message of `chat.v1`, read twice with the same outcome.
pub fn request(bytes: &[u8]) {
    static PARSER: OnceLock<Parser> = OnceLock::new();
    let parser = PARSER.get_or_init(|| Parser {
        bounds: Bounds {
            text: 4000,
            code: 16_000,
            code_lines: 400,
        },
        keys: RandomState::new(),
    });
    let text = String::from_utf8_lossy(bytes);
    let refuse = |_: &str| Err(RequestError::new(ErrorCode::Unauthorized, "no".to_owned()));
    let read = || format!("{:?}", parser.parse(&text, &refuse) as RequestEnvelope);
    assert_eq!(read(), read());
    let _ = json_body::parse::<Program>(bytes);
}

/// A whole connection for the eye: both heads, and then frames of both ends.
pub fn lens(bytes: &[u8]) {
    let (cut, rest) = bytes.split_at(bytes.len().min(2));
    let at = |n: usize| rest.len() * usize::from(cut.get(n).copied().unwrap_or(128)) / 255;
    let (request, response) = rest.split_at(at(0).min(rest.len()));
    let note = handshake::annotate(request, Some(response));
    let _ = handshake::annotate(response, None);
    assert!(serde_json::to_string(&note).is_ok());

    let (ours, theirs) = rest.split_at(at(1).min(rest.len()));
    let feed = |pieces: usize| {
        let mut annotator = Annotator::default();
        let mut seen = Vec::new();
        for (from, bytes) in [
            (Direction::FromClient, ours),
            (Direction::FromServer, theirs),
        ] {
            for piece in bytes.chunks(pieces) {
                seen.extend(annotator.feed(from, piece, 0));
            }
            seen.extend(annotator.tcp_ended(from, false, 0));
        }
        seen
    };
    let whole = feed(usize::MAX);
    assert!(whole.len() <= 2 * rest.len() + 8, "too many observations");
    assert!(serde_json::to_string(&whole).is_ok());
    // Byte by byte, as far as that is quick.
    let pieces = 1 + rest.len() / 1024;
    assert_eq!(whole, feed(pieces), "the pieces change what is seen");
}

/// A program of the lab.
pub fn program(bytes: &[u8]) {
    let Ok(program) = json_body::parse::<Program>(bytes) else {
        return;
    };
    let setting = Setting {
        host: "127.0.0.1:8080".to_owned(),
        token: "the-token",
        is_good: &|token| token == "good",
    };
    if let Ok(plan) = Plan::of(&program, &setting) {
        let sent = plan.actions.iter().map(|action| match action {
            crate::lab::plan::Action::Send(bytes) => bytes.len(),
            _ => 0,
        });
        assert!(sent.sum::<usize>() <= MAX_BYTES);
    }
}

/// A `chat.toml`: an error names a line, and what was accepted is written and read again.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Config::parse("chat.toml", text) {
        Ok(config) => {
            let again = Config::parse("chat.toml", &config.to_toml());
            assert!(
                again.is_ok_and(|again| again == config),
                "{}",
                config.to_toml()
            );
        }
        Err(error) => assert!(error.to_string().starts_with("chat.toml")),
    }
}

/// A file of the history: opened as at the start of the server, and exported.
pub fn database(bytes: &[u8]) {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let name = format!(
        "glassroom-fuzz-{}-{}.db",
        process::id(),
        FILES.fetch_add(1, Relaxed)
    );
    let path = env::temp_dir().join(name);
    if fs::write(&path, bytes).is_ok() {
        let outcome = std::panic::catch_unwind(|| load(&path));
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(format!("{}{end}", path.display()));
        }
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }
}

fn load(path: &Path) {
    let options = StoreOptions {
        max_size: u64::MAX,
        path: path.to_owned(),
        synchronous: Synchronous::Normal,
        gather: std::time::Duration::from_millis(2),
        keep: Keep::Forever,
        memory: 100,
        epoch: "the-fuzzers".into(),
        now: 2_000_000_000_000,
    };
    let opened = start::open(&options);
    drop(opened);
    let Ok(archive) = Archive::open(path) else {
        return;
    };
    let span = Span::default();
    let zone = Zone::default();
    for export in Export::ALL {
        let _ = export.write(&archive, &span, zone, options.now, &mut io::sink());
    }
}
