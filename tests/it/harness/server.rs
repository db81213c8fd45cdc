//! The server under test: a process, its folder, its log, and tokens for it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{CLASS_CODE, LISTENING, PATIENCE};

/// A folder that is gone when the test is.
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> TempDir {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // A killed run may have left one of the same number.
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        TempDir(dir)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What the process wrote to stderr so far, and whether it has ended.
#[derive(Default)]
struct Log {
    state: Mutex<(String, bool)>,
    changed: Condvar,
}

impl Log {
    /// The first of `found(text)`, or `None` when the process ends or `PATIENCE` does.
    fn wait<T>(&self, found: impl Fn(&str, bool) -> Option<T>) -> Option<T> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state.lock().unwrap();
        loop {
            let (text, ended) = &*state;
            if let Some(t) = found(text, *ended) {
                return Some(t);
            }
            let left = until.saturating_duration_since(Instant::now());
            if *ended || left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }
}

/// `glassroom serve` in a folder of its own.
pub struct Server {
    child: Child,
    log: Arc<Log>,
    dir: TempDir,
    pub addr: SocketAddr,
}

impl Server {
    /// With `more` added to a `chat.toml` that has nothing but the class code. A `more`
    /// with a `[join]` table of its own takes its place.
    #[track_caller]
    pub fn start(more: &str) -> Server {
        let join = format!("[join]\ncode = \"{CLASS_CODE}\"\n");
        let base = if more.contains("[join]") { "" } else { &join };
        let dir = TempDir::new();
        fs::write(dir.path().join("chat.toml"), format!("{base}{more}")).unwrap();
        let (child, log, addr) = run(dir.path(), "127.0.0.1:0");
        Server {
            child,
            log,
            dir,
            addr,
        }
    }

    /// Again after [`stop`](Server::stop) or [`kill`](Server::kill): the same folder, and
    /// the same address, because clients come back to it.
    #[track_caller]
    pub fn start_again(&mut self) {
        (self.child, self.log, self.addr) = run(self.dir.path(), &self.addr.to_string());
    }

    /// SIGTERM, and the exit status. The server is given `PATIENCE` to say goodbye.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        // The standard library can only SIGKILL; every shell has this built in.
        let kill = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}: {sent}");
        let ended = self.log.wait(|_, ended| ended.then_some(()));
        assert!(ended.is_some(), "still running {PATIENCE:?} after SIGTERM");
        self.child.wait().unwrap()
    }

    /// `kill -9`: what a power cut leaves of the process.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        self.log.state.lock().unwrap().0.clone()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Another command of the binary, with this server's configuration and data.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glassroom"));
        command
            .arg(name)
            .arg("--config")
            .arg(self.dir.path().join("chat.toml"));
        command.arg("--data").arg(self.data());
        command
    }

    /// The address as a URL: `server.url("ws", "/echo")`.
    pub fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.addr)
    }

    /// The HMAC key: the file's bytes without the trailing newline.
    #[track_caller]
    pub fn secret(&self) -> String {
        let file = self.data().join("secret");
        let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        text.trim_end_matches('\n').to_owned()
    }

    /// A good token for an hour. The same name is the same person.
    #[track_caller]
    pub fn token(&self, name: &str, role: &str) -> String {
        self.token_with(name, role, json!({}))
    }

    /// A token whose claims `more` overrides; a null takes one away.
    #[track_caller]
    pub fn token_with(&self, name: &str, role: &str, more: Value) -> String {
        let sub = format!("test:{name}");
        let mut claims = json!({"sub": sub, "name": name, "role": role, "exp": now() + 3600});
        for (key, value) in more.as_object().expect("claims are an object") {
            claims[key] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        sign(
            &self.secret(),
            &json!({"alg": "HS256", "typ": "JWT"}),
            &claims,
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("---- what the server logged ----\n{}----", self.log());
        }
    }
}

/// Starts the process, drains its stderr for good, and waits until it listens.
#[track_caller]
fn run(dir: &Path, listen: &str) -> (Child, Arc<Log>, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_glassroom"))
        .args(["serve", "--quiet", "--listen", listen, "--config"])
        .arg(dir.join("chat.toml"))
        .arg("--data")
        .arg(dir.join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let log = Arc::new(Log::default());
    let stderr = child.stderr.take().unwrap();
    let sink = log.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let mut state = sink.state.lock().unwrap();
            state.0 += &String::from_utf8_lossy(&line);
            state.0.push('\n');
            sink.changed.notify_all();
        }
        sink.state.lock().unwrap().1 = true;
        sink.changed.notify_all();
    });
    let listening = |text: &str, _| {
        let (_, rest) = text.split_once(LISTENING)?;
        let addr = rest.split_whitespace().next()?;
        addr.trim_start_matches("http://")
            .trim_end_matches(['/', '.', ','])
            .parse()
            .ok()
    };
    let Some(addr) = log.wait(listening) else {
        let _ = child.kill();
        let _ = child.wait();
        let text = &log.state.lock().unwrap().0;
        panic!("the server never said {LISTENING:?}; it said:\n{text}");
    };
    (child, log, addr)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// A JWT of any header and claims, signed with HMAC-SHA256 whatever the header says.
pub fn sign(secret: &str, header: &Value, claims: &Value) -> String {
    let head = BASE64_URL_SAFE_NO_PAD.encode(header.to_string().as_bytes());
    let body = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string().as_bytes());
    let signed = format!("{head}.{body}");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(signed.as_bytes());
    format!(
        "{signed}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}
