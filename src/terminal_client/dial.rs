//! From a URL to an open connection: TCP, the request, and the check of the response (RFC 6455 §3,
//! §4.1).

use crate::http::request_line::is_token;
use crate::lens::handshake::annotate;
use crate::lens::head::LooseHead;
use crate::lens::messages::readable;
use crate::lens::paint::escape_controls;
use crate::model::direction::Direction;
use crate::support::random;
use crate::terminal_client::args::WireArgs;
use crate::terminal_client::capture::Capture;
use crate::terminal_client::error::WireError;
use crate::terminal_client::screen::Screen;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// For connecting, and again for the response to the handshake.
const TIMEOUT: Duration = Duration::from_secs(10);
/// For the body of a refusal, which a server may leave open.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// Largest response head.
const MAX_RESPONSE: usize = 64 * 1024;
/// Interim responses before the final one: more than any server sends, and a bound on a stream of them.
pub(crate) const MAX_INTERIM: usize = 16;
/// Bytes of a refusal's body that are shown.
const MAX_BODY: usize = 2 * 1024;

/// A connection after its handshake.
pub(crate) struct Connection {
    /// The socket.
    pub(crate) stream: TcpStream,
    /// Bytes that arrived together with the 101.
    pub(crate) early: Vec<u8>,
    /// Whether an extension is in use, which changes what frames mean (§9).
    pub(crate) extended: bool,
}

/// The parts of a `ws:` URL (§3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Host and port as they were written, for `Host`.
    authority: String,
    host: String,
    port: u16,
    resource: String,
}

impl Target {
    pub(crate) fn parse(url: &str) -> Result<Target, String> {
        check_url(url)?;
        let rest = &url["ws://".len()..];
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, resource) = rest.split_at(at);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            None => 80, // §3: the default port of ws
            Some(port) => port
                .parse()
                .map_err(|_| format!("{port:?} is not a port"))?,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || authority.contains('@') {
            return Err("the URL needs a host, and no user: ws://HOST:PORT/PATH".into());
        }
        let slash = if resource.starts_with('/') { "" } else { "/" };
        Ok(Target {
            authority: authority.into(),
            host: host.into(),
            port,
            resource: format!("{slash}{resource}"),
        })
    }
}

/// Refuses an address that this tool cannot use, and says what to write instead.
fn check_url(url: &str) -> Result<(), String> {
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("ws") => {}
        Some("wss" | "https") => {
            return Err(
                "wss:// is WebSocket inside TLS, which this tool does not support, because TLS \
                 hides the bits. Use the server's ws:// address, or put a program that ends TLS \
                 (stunnel, socat) in between"
                    .into(),
            );
        }
        Some("http") => return Err("write ws:// instead of http://".into()),
        _ => return Err("the URL begins with ws://, like ws://localhost:8080/echo".into()),
    }
    if url.contains('#') {
        return Err(
            "a WebSocket URL has no fragment (RFC 6455 §3): leave out # and everything after it"
                .into(),
        );
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a URL has only visible ASCII characters; write others as %XX".into());
    }
    Ok(())
}

/// The request head: our own lines, with the changes of the arguments.
pub(crate) fn request(args: &WireArgs, target: &Target, key: &str) -> Result<Vec<u8>, String> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut field = |name: &str, value: &str| fields.push((name.into(), value.into()));
    field("Host", &target.authority);
    field("Upgrade", "websocket");
    field("Connection", "Upgrade");
    field("Sec-WebSocket-Key", key);
    field("Sec-WebSocket-Version", "13");
    if let Some(origin) = &args.origin {
        field("Origin", origin);
    }
    if !args.protocol.is_empty() {
        field("Sec-WebSocket-Protocol", &args.protocol.join(", "));
    }
    if let Some(token) = &args.token {
        field("Authorization", &format!("Bearer {token}"));
    }
    let ours = fields.len();
    for header in &args.header {
        let (name, value) = header.split_once(':').unwrap_or((header, ""));
        if !header.contains(':') || !is_token(name) {
            return Err(format!("--header {header:?}: write it as \"Name: value\""));
        }
        // The first of a name replaces ours; more of them are added.
        let is_ours = |(at, (n, _)): (usize, &(String, String))| {
            (at < ours && n.eq_ignore_ascii_case(name)).then_some(at)
        };
        let value = value.trim();
        match fields.iter().enumerate().find_map(is_ours) {
            Some(at) => fields[at] = (format!("{name} "), value.into()),
            None if value.is_empty() => {}
            None => fields.push((name.into(), value.into())),
        }
    }
    let mut head = format!("GET {} HTTP/1.1\r\n", target.resource);
    for (name, value) in &fields {
        let replaced = name.ends_with(' ');
        if value.is_empty() && replaced {
            continue;
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(format!(
                "{}: a header value has no control characters",
                name.trim()
            ));
        }
        head += &format!("{}: {value}\r\n", name.trim());
    }
    Ok((head + "\r\n").into_bytes())
}

/// Connects and does the handshake, and shows both heads and every rule.
pub(crate) fn dial(
    args: &WireArgs,
    screen: &mut Screen,
    capture: &mut Capture,
) -> Result<Connection, WireError> {
    let target = Target::parse(&args.url).map_err(WireError::Usage)?;
    let key = BASE64_STANDARD.encode(random::bytes::<16>()?);
    let request = request(args, &target, &key).map_err(WireError::Usage)?;
    let mut stream = connect(&target)?;
    capture.opened(&stream)?;
    let failed = |what: &str, error: std::io::Error| WireError::Failed(format!("{what}: {error}"));
    stream
        .write_all(&request)
        .map_err(|e| failed("sending the request", e))?;
    capture.bytes(Direction::FromClient, &request)?;
    let (response, rest) = read_head(&mut stream, screen, capture)?;
    let note = annotate(&request, Some(&response));
    screen.handshake(&note)?;
    if note.established {
        stream.set_read_timeout(None)?;
        return Ok(Connection {
            stream,
            early: rest,
            extended: !note.extensions.is_empty(),
        });
    }
    if note.status == Some(101) {
        return Err(WireError::Failed(
            "the server's handshake breaks a rule, so the connection has failed (RFC 6455 §4.1)"
                .into(),
        ));
    }
    let length = LooseHead::read(&response)
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let body = read_body(&mut stream, rest, length.unwrap_or(MAX_BODY), capture);
    if !body.is_empty() {
        screen.body(&readable(&body, body.len() == MAX_BODY))?;
    }
    Err(WireError::Failed(not_accepted(note.status)))
}

/// What a status other than 101 means (§4.1, §4.2.2).
fn not_accepted(status: Option<u16>) -> String {
    match status {
        Some(status @ 200..=299) => format!(
            "the server answered the handshake with {status} instead of 101: at this address it \
             speaks HTTP and no WebSocket"
        ),
        Some(status @ 300..=399) => format!(
            "the server answered the handshake with {status}, a redirect, which this tool does not \
             follow: use the address in its Location"
        ),
        Some(status) => format!("the server refused the handshake with {status}"),
        None => "the answer to the handshake is no HTTP response".into(),
    }
}

/// A TCP connection to the first address that answers.
pub(crate) fn connect(target: &Target) -> Result<TcpStream, WireError> {
    let Target { host, port, .. } = target;
    let failed = |error| WireError::Failed(format!("{host}, port {port}: {error}"));
    let addresses = (host.as_str(), *port).to_socket_addrs().map_err(failed)?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(TIMEOUT))?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(failed(
        last.unwrap_or_else(|| std::io::ErrorKind::NotFound.into()),
    ))
}

/// The head of the final response, and the bytes after it.
///
/// RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final
/// response". 101 is the one that ends HTTP (§15.2.2), so it is final here.
fn read_head(
    stream: &mut TcpStream,
    screen: &mut Screen,
    capture: &mut Capture,
) -> Result<(Vec<u8>, Vec<u8>), WireError> {
    let until = Instant::now() + TIMEOUT;
    let mut bytes = Vec::new();
    let mut interim = 0;
    loop {
        while let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let rest = bytes.split_off(at + 4);
            if !is_interim(&bytes) {
                return Ok((bytes, rest));
            }
            interim += 1;
            if interim > MAX_INTERIM {
                return Err(WireError::Failed(format!(
                    "the server sent more than {MAX_INTERIM} interim responses (1xx) and no final one"
                )));
            }
            let line = String::from_utf8_lossy(&bytes);
            let line = line.lines().next().unwrap_or_default();
            screen.note(&format!(
                "An interim response, before the final one (RFC 9110 §15.2): {}",
                escape_controls(line)
            ))?;
            bytes = rest;
        }
        let failed = |what: &str| {
            let seen = bytes.len();
            Err(WireError::Failed(format!(
                "{what}; {seen} bytes of a response had arrived"
            )))
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || bytes.len() >= MAX_RESPONSE {
            return failed("the response to the handshake is incomplete");
        }
        match read_until(stream, until, capture) {
            Ok(read) if read.is_empty() => {
                return failed("the server ended TCP instead of answering the handshake");
            }
            Ok(read) => bytes.extend(read),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return failed("the response to the handshake did not come within 10 s");
            }
            Err(error) => return failed(&format!("waiting for the response: {error}")),
        }
    }
}

/// Whether this is the head of a 1xx response other than 101.
pub(crate) fn is_interim(head: &[u8]) -> bool {
    let status = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let status = status.trim_ascii_end();
    matches!(status.get(..3), Some([b'1', rest @ ..]) if *rest != *b"01")
}

/// What one read brings, at the latest at `until`; nothing at the end of TCP.
fn read_until(
    stream: &mut TcpStream,
    until: Instant,
    capture: &mut Capture,
) -> std::io::Result<Vec<u8>> {
    let mut chunk = [0; 4096];
    let read = loop {
        // A timeout of zero would mean none.
        let left = until.saturating_duration_since(Instant::now());
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match stream.read(&mut chunk) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    let from = Direction::FromServer;
    let captured = match &read {
        Ok(0) => capture.ended(from, false),
        Ok(read) => capture.bytes(from, &chunk[..*read]),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
            capture.ended(from, true)
        }
        Err(_) => Ok(()),
    };
    captured.map_err(std::io::Error::other)?;
    Ok(chunk[..read?].to_vec())
}

fn read_body(
    stream: &mut TcpStream,
    mut body: Vec<u8>,
    length: usize,
    capture: &mut Capture,
) -> Vec<u8> {
    let until = Instant::now() + BODY_TIMEOUT;
    let length = length.min(MAX_BODY);
    while body.len() < length && Instant::now() < until {
        match read_until(stream, until, capture) {
            Ok(read) if !read.is_empty() => body.extend(read),
            _ => break,
        }
    }
    body.truncate(length);
    body
}

#[cfg(test)]
#[path = "dial_tests.rs"]
mod tests;
