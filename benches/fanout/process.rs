//! The servers under test, each a process of its own: started on a free port, killed when dropped,
//! their CPU time read from /proc.

use crate::ledger::Fault;
use crate::options::Settings;
use crate::raw;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    secret: Vec<u8>,
    child: Child,
    data: Option<PathBuf>,
}

impl Target {
    /// The product, on a new data directory with these settings.
    pub fn product(binary: &Path, settings: &Settings) -> Result<Self, Fault> {
        let name = format!("glassroom-bench-{}", std::process::id());
        let data = std::env::temp_dir().join(name);
        let setup = || {
            fs::create_dir_all(&data)?;
            fs::write(data.join("bench.toml"), settings.to_toml())
        };
        setup().map_err(|error| format!("{}: {error}", data.display()))?;
        let mut child = Command::new(binary)
            .args(["serve", "--quiet", "--listen", "127.0.0.1:0", "--config"])
            .arg(data.join("bench.toml"))
            .arg("--data")
            .arg(&data)
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
            secret: Vec::new(),
            child,
            data: Some(data.clone()),
        };
        this.address = listen_address(log, "listening on ")?;
        // The key is the file's bytes without the newline.
        let secret = fs::read(data.join("secret")).map_err(|e| format!("the secret: {e}"))?;
        this.secret = secret.trim_ascii_end().to_vec();
        Ok(this)
    }

    /// The raw fan-out: this very executable with another argument.
    pub fn raw(frame: usize) -> Result<Self, Fault> {
        let spawn = || {
            Command::new(std::env::current_exe()?)
                .arg(raw::ARGUMENT)
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
}

impl Drop for Target {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and wait says so.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(data) = &self.data {
            let _ = fs::remove_dir_all(data);
        }
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
