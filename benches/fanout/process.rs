//! The servers under test, each a process of its own: started on a free port, killed when dropped,
//! their CPU time read from /proc.

use crate::ledger::Fault;
use crate::raw;
use crate::settings::Settings;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// `sysconf(_SC_CLK_TCK)`, 100 on every Linux of today: the unit of /proc/PID/stat.
const TICK: Duration = Duration::from_millis(10);

/// A server that runs.
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whose CPU time is counted.
    pub pid: u32,
    /// For the raw fan-out: the size of the frames it is given. `None`: the product.
    pub raw: Option<usize>,
    /// The last number that its room had given before it was started.
    pub head: u64,
    /// From the start of its process to the line that says where it listens.
    pub start: Duration,
    secret: Vec<u8>,
    child: Child,
    data: Option<Directory>,
}

/// How a server is started.
pub struct Launch<'a> {
    /// Its program.
    pub binary: &'a Path,
    /// Its configuration.
    pub settings: &'a Settings,
    /// Where its data directory is made: a file system of the kind that a history is on.
    pub data: &'a Path,
    /// A history that it goes on with, and the last number in it.
    pub history: Option<(&'a Path, u64)>,
}

/// A directory that is gone with the value.
#[derive(Debug)]
pub struct Directory(pub PathBuf);

impl Directory {
    /// A new one in `parent`.
    pub fn new(parent: &Path, name: &str) -> std::io::Result<Self> {
        let path = parent.join(format!("glassroom-{name}-{}", std::process::id()));
        // What a bench left that was killed; usually there is nothing.
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

impl Target {
    /// The product, on a new data directory. One at a time.
    pub fn product(launch: &Launch<'_>) -> Result<Self, Fault> {
        let setup = || {
            let data = Directory::new(launch.data, "bench")?;
            fs::write(data.0.join("bench.toml"), launch.settings.to_toml())?;
            if let Some((history, _)) = launch.history {
                fs::copy(history, data.0.join("history.db"))?;
            }
            Ok(data)
        };
        let data =
            setup().map_err(|e: std::io::Error| format!("{}: {e}", launch.data.display()))?;
        let (binary, began) = (launch.binary, Instant::now());
        let mut child = Command::new(binary)
            .args(["serve", "--quiet", "--listen", "127.0.0.1:0", "--config"])
            .arg(data.0.join("bench.toml"))
            .arg("--data")
            .arg(&data.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let pid = child.id();
        let log = child.stderr.take().ok_or("no pipe")?;
        let mut this = Self {
            address: NOWHERE,
            pid,
            raw: None,
            head: launch.history.map_or(0, |(_, head)| head),
            start: Duration::ZERO,
            secret: Vec::new(),
            child,
            data: None,
        };
        this.address = listen_address(log, "listening on ")?;
        this.start = began.elapsed();
        // The key is the file's bytes without the newline.
        let secret = fs::read(data.0.join("secret")).map_err(|e| format!("the secret: {e}"))?;
        this.data = Some(data);
        this.secret = secret.trim_ascii_end().to_vec();
        Ok(this)
    }

    /// The raw fan-out: this very executable with another argument.
    pub fn raw(frame: usize) -> Result<Self, Fault> {
        let spawn = || {
            Command::new(std::env::current_exe()?)
                .arg(format!("--{}", raw::FLAG))
                .stdout(Stdio::piped())
                .spawn()
        };
        let mut child = spawn().map_err(|error| format!("the raw fan-out: {error}"))?;
        let out = child.stdout.take().ok_or("no pipe")?;
        let pid = child.id();
        let mut this = Self {
            address: NOWHERE,
            pid,
            raw: Some(frame),
            head: 0,
            start: Duration::ZERO,
            secret: Vec::new(),
            child,
            data: None,
        };
        this.address = listen_address(out, "")?;
        Ok(this)
    }

    /// A token for client `index`: a JWT (RFC 7519 §3.1), HS256, signed with the server's secret.
    pub fn token(&self, index: usize) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        let claims = format!(
            r#"{{"sub":"bench-{index}","name":"Student {index}","role":"member","exp":{}}}"#,
            now + 3600
        );
        let signed = format!(
            "{}.{}",
            base64url(br#"{"alg":"HS256","typ":"JWT"}"#),
            base64url(claims.as_bytes())
        );
        let key = Hmac::<Sha256>::new_from_slice(&self.secret);
        // An HMAC takes keys of any length (RFC 2104 §2).
        let mac = key.map(|mac| mac.chain_update(&signed).finalize().into_bytes());
        format!("{signed}.{}", base64url(&mac.unwrap_or_default()))
    }

    /// A number of `GET /metrics`; NaN if this server does not know it.
    pub fn metric(&self, name: &str) -> Result<f64, Fault> {
        metric(self.address, name).map_err(|error| format!("/metrics: {error}").into())
    }
}

/// A number of `GET /metrics` of the server at `address`.
pub fn metric(address: SocketAddr, name: &str) -> std::io::Result<f64> {
    let mut stream = TcpStream::connect(address)?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let line = format!("glassroom_{name} ");
    let value = text
        .lines()
        .find_map(|row| row.strip_prefix(&line)?.parse().ok());
    Ok(value.unwrap_or(f64::NAN))
}

impl Drop for Target {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and wait says so.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.data = None;
    }
}

const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// The address that a line of the server says behind `before`. The rest of what it says is read
/// on in a thread (a full pipe would stop the server), and shown where it is a warning.
fn listen_address(pipe: impl Read + Send + 'static, before: &str) -> Result<SocketAddr, Fault> {
    let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
    let mut said = String::new();
    let address = lines.by_ref().find_map(|line| {
        said.push_str(&line);
        line.split_once(before)
            .and_then(|(_, address)| address.trim().parse().ok())
    });
    thread::spawn(move || {
        for line in lines.filter(|line| line.contains("WARN") || line.contains("ERROR")) {
            eprintln!("the server: {line}");
        }
    });
    address.ok_or_else(|| format!("the server did not start: {said}").into())
}

/// CPU time of a process, user and system. In steps of 10 ms, so a window wants to be long.
pub fn cpu(pid: u32) -> Result<Duration, Fault> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|e| format!("process {pid}: {e}"))?;
    // The second field is a name in parentheses and may have spaces; utime is 14th, stime 15th.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks: Option<u32> = fields
        .split(' ')
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u32>().ok())
        .sum();
    Ok(TICK * ticks.ok_or("/proc/PID/stat is not what it was")?)
}

/// RFC 4648 §5, without padding as JWTs want it (RFC 7515 §2).
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        // n bytes are n + 1 letters, the last one filled up with zero bits.
        text.extend((0..=three.len()).map(|n| char::from(LETTERS[bits >> (18 - 6 * n) & 63])));
    }
    text
}
