//! The servers under test. Each is a process of its own, started on a free port and killed when
//! dropped. Its CPU time is read from /proc.

use crate::ledger::Fault;
use crate::raw;
use crate::settings::Settings;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The unit of /proc/PID/stat: `sysconf(_SC_CLK_TCK)`, which is 100 on Linux.
const TICK: Duration = Duration::from_millis(10);
/// The configuration file in the data directory.
const CONFIG: &str = "bench.toml";
/// The chat room on Bun.
const BUN_CHAT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/bun_chat.js");
/// How long a token is valid: longer than any bench takes.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The addresses at which clients connect, in turn.
    pub doors: Vec<SocketAddr>,
    /// Other processes whose CPU time is counted beside that of the server.
    pub companions: Vec<u32>,
    /// The size of the frames that the raw fan-out is given. `None`: this server speaks chat.v1.
    pub raw_frame: Option<usize>,
    /// The last `seq` of its room when it was started.
    pub head: u64,
    /// From the start of the process to the line with its address.
    pub start: Duration,
    /// The key of its tokens; empty for the raw fan-out.
    secret: Vec<u8>,
    // Fields are dropped in this order: the process ends before its directory is removed.
    process: Process,
    _data: Option<Directory>,
}

/// How Glassroom is started.
pub struct Launch<'a> {
    /// Its executable.
    pub binary: &'a Path,
    /// Its configuration.
    pub settings: &'a Settings,
    /// Where its data directory is created. The file system matters to the store.
    pub data: &'a Path,
    /// A history to continue, and the last `seq` in it.
    pub history: Option<(&'a Path, u64)>,
    /// What its data directory is called: each server that runs needs another name.
    pub name: &'a str,
    /// The key of its tokens, if it does not make one.
    pub secret: Option<&'a [u8]>,
}

impl Server {
    /// Starts Glassroom with a new data directory.
    pub fn glassroom(launch: &Launch<'_>) -> Result<Self, Fault> {
        let data = prepare(launch).map_err(|e| format!("{}: {e}", launch.data.display()))?;
        let started = Instant::now();
        let child = Command::new(launch.binary)
            .args(["serve", "--quiet", "--listen", "127.0.0.1:0", "--config"])
            .arg(data.0.join(CONFIG))
            .arg("--data")
            .arg(&data.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", launch.binary.display()))?;
        let mut process = Process(child);
        let log = process.0.stderr.take().ok_or("no pipe")?;
        let address = read_address(log, "listening on ")?;
        let start = started.elapsed();
        // The key is the bytes of the file without the newline.
        let secret = fs::read(data.0.join("secret")).map_err(|e| format!("the secret: {e}"))?;
        Ok(Self {
            address,
            doors: vec![address],
            companions: Vec::new(),
            raw_frame: None,
            head: launch.history.map_or(0, |(_, head)| head),
            start,
            secret: secret.trim_ascii_end().to_vec(),
            process,
            _data: Some(data),
        })
    }

    /// Starts the raw fan-out: this executable with another argument.
    pub fn raw(frame: usize) -> Result<Self, Fault> {
        let started = Instant::now();
        let spawn = || {
            Command::new(std::env::current_exe()?)
                .arg(format!("--{}", raw::FLAG))
                .stdout(Stdio::piped())
                .spawn()
        };
        let child = spawn().map_err(|error| format!("the raw fan-out: {error}"))?;
        let mut process = Process(child);
        let out = process.0.stdout.take().ok_or("no pipe")?;
        let address = read_address(out, "")?;
        Ok(Self {
            address,
            doors: vec![address],
            companions: Vec::new(),
            raw_frame: Some(frame),
            head: 0,
            start: started.elapsed(),
            secret: Vec::new(),
            process,
            _data: None,
        })
    }

    /// Starts the chat room on Bun, whose executable is `bun`.
    pub fn bun(bun: &Path) -> Result<Self, Fault> {
        let secret = "the key of the tokens of the bench's peers";
        let started = Instant::now();
        let child = Command::new(bun)
            .arg(BUN_CHAT)
            .env("SECRET", secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", bun.display()))?;
        let mut process = Process(child);
        let out = process.0.stdout.take().ok_or("no pipe")?;
        let address = read_address(out, "")?;
        Ok(Self {
            address,
            doors: vec![address],
            companions: Vec::new(),
            raw_frame: None,
            head: 0,
            start: started.elapsed(),
            secret: secret.into(),
            process,
            _data: None,
        })
    }

    /// A token for client `index`: a JWT (RFC 7519 §3.1), HS256, signed with the server's secret.
    pub fn token(&self, index: usize) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let expiry = now.unwrap_or_default() + TOKEN_LIFETIME;
        let claims = format!(
            r#"{{"sub":"bench-{index}","name":"Student {index}","role":"member","exp":{}}}"#,
            expiry.as_secs()
        );
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        // An HMAC takes keys of any length (RFC 2104 §2), so the default is never used.
        let key = Hmac::<Sha256>::new_from_slice(&self.secret);
        let mac = key.map(|key| key.chain_update(&signed).finalize().into_bytes());
        format!(
            "{signed}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(mac.unwrap_or_default())
        )
    }

    /// The key of its tokens.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// CPU time of the process so far.
    pub fn cpu(&self) -> Result<Duration, Fault> {
        cpu(self.pid())
    }

    /// A number of `GET /metrics`; NaN if this server does not know it.
    pub fn metric(&self, name: &str) -> Result<f64, Fault> {
        metric(self.address, name).map_err(|error| format!("/metrics: {error}").into())
    }
}

/// The data directory of a server that is about to start.
fn prepare(launch: &Launch<'_>) -> std::io::Result<Directory> {
    let data = Directory::new(launch.data, launch.name)?;
    fs::write(data.0.join(CONFIG), launch.settings.to_toml())?;
    if let Some(secret) = launch.secret {
        let file = data.0.join("secret");
        fs::write(&file, secret)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    }
    if let Some((history, _)) = launch.history {
        fs::copy(history, data.0.join("history.db"))?;
    }
    Ok(data)
}

/// A child process that is killed when the value is dropped.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // If it has ended by itself, there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A directory that is removed when the value is dropped.
#[derive(Debug)]
pub struct Directory(pub PathBuf);

impl Directory {
    /// Creates a directory in `parent`.
    pub fn new(parent: &Path, name: &str) -> std::io::Result<Self> {
        let path = parent.join(format!("glassroom-{name}-{}", std::process::id()));
        // A bench that was killed may have left one; usually there is none.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The address in the first line of the server's output that has one after `before`. A thread
/// reads the rest, because a full pipe would stop the server, and shows its warnings.
fn read_address(pipe: impl Read + Send + 'static, before: &str) -> Result<SocketAddr, Fault> {
    let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
    let mut output = String::new();
    let address = lines.by_ref().find_map(|line| {
        output.push_str(&line);
        let (_, address) = line.split_once(before)?;
        // A node says more behind it.
        address.split(',').next()?.trim().parse().ok()
    });
    thread::spawn(move || {
        for line in lines.filter(|line| line.contains("WARN") || line.contains("ERROR")) {
            eprintln!("the server: {line}");
        }
    });
    address.ok_or_else(|| format!("the server did not start: {output}").into())
}

/// A number of `GET /metrics` of the server at `address`.
pub fn metric(address: SocketAddr, name: &str) -> std::io::Result<f64> {
    let mut stream = TcpStream::connect(address)?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let prefix = format!("glassroom_{name} ");
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(&prefix)?.parse().ok());
    Ok(value.unwrap_or(f64::NAN))
}

/// CPU time of a process, user and system. It is counted in steps of 10 ms, so a measurement
/// should be much longer than that.
pub fn cpu(pid: u32) -> Result<Duration, Fault> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|error| format!("process {pid}: {error}"))?;
    // The second field is a name in parentheses, which may contain spaces. The fields utime and
    // stime are the 14th and 15th.
    let (_, fields) = stat.rsplit_once(") ").unwrap_or_default();
    let times = fields.split(' ').skip(11).take(2);
    let ticks: Option<u32> = times.map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks.ok_or("cannot read /proc/PID/stat")?)
}
