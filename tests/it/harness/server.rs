//! The server under test: a process, its folder, its log, and tokens for it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

use super::{CLASS_CODE, LISTENING, PATIENCE, clock, now, sign};

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

/// The process's stderr so far, and whether the process has ended.
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

/// The program under test: what Cargo has just built, or the one that `GLASSROOM_BIN` names, such as
/// a release build, whose stacks and checks of arithmetic are others.
pub fn binary() -> PathBuf {
    let named = env::var_os("GLASSROOM_BIN").filter(|path| !path.is_empty());
    named.map_or_else(|| env!("CARGO_BIN_EXE_glassroom").into(), PathBuf::from)
}

/// Unusual ways to start a server.
#[derive(Clone, Copy, Default)]
pub struct How {
    /// Without `--quiet`.
    pub banner: bool,
    /// Limit of file descriptors.
    pub descriptors: Option<u32>,
    /// The library of [`clock::movable`]: [`Server::set_clock`] moves the wall clock.
    pub clock: Option<&'static Path>,
    /// Under `nohup`.
    pub nohup: bool,
    /// Further variables of the environment.
    pub env: &'static [(&'static str, &'static str)],
}

/// `glassroom serve` in a folder of its own.
pub struct Server {
    child: Child,
    log: Arc<Log>,
    dir: TempDir,
    how: How,
    pub addr: SocketAddr,
}

impl Server {
    /// With `more` added to a `chat.toml` that has nothing but the class code. A `more`
    /// with a `[join]` table of its own takes its place.
    #[track_caller]
    pub fn start(more: &str) -> Server {
        Server::start_as(How::default(), more)
    }

    /// The same, started in another way.
    #[track_caller]
    pub fn start_as(how: How, more: &str) -> Server {
        let dir = TempDir::new();
        configure(dir.path(), more);
        Server::run(dir, how)
            .unwrap_or_else(|said| panic!("the server never said {LISTENING:?}; it said:\n{said}"))
    }

    fn run(dir: TempDir, how: How) -> Result<Server, String> {
        let (child, log, addr) = run(dir.path(), "127.0.0.1:0", how)?;
        Ok(Server {
            child,
            log,
            dir,
            how,
            addr,
        })
    }

    /// With files in its data directory before it starts: their names and contents. The error is what it says
    /// instead of listening.
    #[cfg(feature = "cluster")]
    pub fn start_with(files: &[(&str, &str)], more: &str) -> Result<Server, String> {
        let dir = TempDir::new();
        configure(dir.path(), more);
        let data = dir.path().join("data");
        fs::create_dir_all(&data).unwrap();
        for (name, content) in files {
            fs::write(data.join(name), content).unwrap();
        }
        Server::run(dir, How::default())
    }

    /// Again after [`stop`](Server::stop) or [`kill`](Server::kill): the same folder, and
    /// the same address, because clients come back to it.
    #[track_caller]
    pub fn start_again(&mut self) {
        let until = Instant::now() + PATIENCE;
        let listen = self.addr.to_string();
        (self.child, self.log, self.addr) = loop {
            match run(self.dir.path(), &listen, self.how) {
                Ok(started) => break started,
                // While no server had the port, a connection of another test may have got it.
                Err(said) if said.contains("in use") && Instant::now() < until => {}
                Err(said) => panic!("the server never said {LISTENING:?}; it said:\n{said}"),
            }
        };
    }

    /// Another `chat.toml`, as [`start`](Server::start) makes it, for the next start.
    pub fn configure(&self, more: &str) {
        configure(self.dir.path(), more);
    }

    /// Sends SIGTERM and waits up to `PATIENCE` for the exit status.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.wait()
    }

    /// Sends SIGTERM and does not wait.
    #[track_caller]
    pub fn ask_to_stop(&self) {
        self.signal("TERM");
    }

    /// Sends a signal: `TERM`, `HUP`, `USR1`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        // The standard library can only SIGKILL; every shell has this built in.
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}: {sent}");
    }

    /// Limits the file descriptors of the running process.
    #[track_caller]
    pub fn limit_descriptors(&self, most: u64) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let pid = Pid::from_raw(self.child.id() as i32);
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        prlimit(pid, Resource::Nofile, limit).expect("a process of ours");
    }

    /// Waits for the exit status of a server that is about to end.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let ended = self.log.wait(|_, ended| ended.then_some(()));
        assert!(ended.is_some(), "still running {PATIENCE:?} after SIGTERM");
        self.child.wait().unwrap()
    }

    /// `kill -9`: like a power cut for the process.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        self.log.state.lock().unwrap().0.clone()
    }

    /// Waits for `words` in the log, and gives what follows them on their line.
    #[track_caller]
    pub fn logged(&self, words: &str) -> String {
        let found = self.log.wait(|text, _| {
            let (_, rest) = text.split_once(words)?;
            Some(rest.split_once('\n')?.0.to_owned())
        });
        found.unwrap_or_else(|| panic!("never logged {words:?}, but:\n{}", self.log()))
    }

    /// Makes the server's wall clock wrong by this many seconds.
    pub fn set_clock(&self, wrong: i64) {
        assert!(self.how.clock.is_some(), "started with an ordinary clock");
        // Renamed, so that the server never reads half a number.
        let (new, file) = (
            self.dir.path().join("clock.new"),
            self.dir.path().join(clock::FILE),
        );
        fs::write(&new, wrong.to_string()).unwrap();
        fs::rename(new, file).unwrap();
    }

    /// The process.
    #[cfg(feature = "full")]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Another command of the binary, with this server's configuration and data.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary());
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

fn configure(dir: &Path, more: &str) {
    let join = format!("[join]\ncode = \"{CLASS_CODE}\"\n");
    let base = if more.contains("[join]") { "" } else { &join };
    fs::write(dir.join("chat.toml"), format!("{base}{more}")).unwrap();
}

/// Starts the process, drains its stderr, and waits until it listens. The error is what it logged instead.
fn run(dir: &Path, listen: &str, how: How) -> Result<(Child, Arc<Log>, SocketAddr), String> {
    let binary = binary();
    let mut command = Command::new(&binary);
    if how.nohup {
        command = Command::new("nohup");
        command.arg(&binary);
    }
    if let Some(descriptors) = how.descriptors {
        command = Command::new("sh");
        let limited = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
        command.args(["-c", &limited]).arg(&binary);
    }
    if let Some(library) = how.clock {
        command.env("LD_PRELOAD", library);
        command.env("GLASSROOM_TEST_CLOCK", dir.join(clock::FILE));
    }
    command.envs(how.env.iter().copied()).arg("serve");
    if !how.banner {
        command.arg("--quiet");
    }
    let mut child = command
        .args(["--listen", listen, "--config"])
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
        return Err(log.state.lock().unwrap().0.clone());
    };
    Ok((child, log, addr))
}

/// Runs a command for at most `PATIENCE`; gives its output and exit status.
#[track_caller]
pub fn output(command: &mut Command) -> Output {
    let command = command.stdin(Stdio::null());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().expect("the command starts");
    let kill = format!("kill -KILL {}", child.id());
    let (done, ended) = channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = Command::new("sh").args(["-c", &kill]).status();
        panic!("{command:?} still runs after {PATIENCE:?}");
    };
    output.unwrap()
}
