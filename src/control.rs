//! Commands on a data directory: a token or a host's link for its server, and a request to the
//! server that is running.
//!
//! The data directory is the authority here: whoever can read the secret in it can sign a host's
//! token.

use crate::addresses;
use crate::auth::class_code::Lesson;
use crate::auth::names;
use crate::auth::ticket;
use crate::auth::token::Claims;
use crate::config::Config;
use crate::data_dir::{self, address_file, is_running};
use crate::model::role::Role;
use crate::model::time::{seconds_since_boot, unix_millis};
use crate::support::random;
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long a request to the server may take. The server itself waits for its disk for less.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The lifetime of the token of a request, in seconds.
const REQUEST_TOKEN_TTL: u64 = 60;

/// Why a command failed.
#[derive(Debug)]
pub enum ControlError {
    /// The arguments are wrong.
    Usage(String),
    /// The command failed while it ran.
    Failed(Box<dyn Error>),
}

impl<E: Into<Box<dyn Error>>> From<E> for ControlError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The person that a token is for.
#[derive(Debug)]
pub struct TokenRequest {
    /// The name that others see.
    pub name: String,
    /// The person's role.
    pub role: Role,
    /// The lifetime of the token.
    pub ttl: Duration,
    /// The person's `sub`; `None` makes a new person.
    pub sub: Option<String>,
    /// The rooms that the token is valid for; empty means all.
    pub rooms: Vec<String>,
}

/// A signed token.
#[derive(Debug)]
pub struct SignedToken {
    /// The token.
    pub token: String,
    /// What the user should know about the secret.
    pub notices: Vec<String>,
}

/// Signs a token for the server of the data directory, whether or not it is running.
///
/// # Errors
///
/// The server would refuse the token, the data directory does not exist, or the secret cannot be
/// read or created.
pub fn sign_token(config: &Config, request: TokenRequest) -> Result<SignedToken, ControlError> {
    let usage = |error: String| ControlError::Usage(error);
    let name = names::check(&request.name).map_err(|e| usage(format!("--name: {e}")))?;
    let data = &config.server.data;
    if !data.is_dir() {
        let data = data.display();
        return Err(format!(
            "the data directory {data} does not exist: start the server, which creates it, or \
             create it yourself, or name the server's directory with --data"
        )
        .into());
    }
    let (keys, notices) = data_dir::load_keys(config)?;
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub: match request.sub {
            Some(sub) => sub,
            None => format!("person-{}", random::id::<16>()?),
        },
        name,
        exp: now + request.ttl.as_secs(),
        role: request.role,
        rooms: (!request.rooms.is_empty()).then_some(request.rooms),
        iat: Some(now),
        ..Claims::default()
    };
    let token = keys.sign(&claims);
    // A token that the server would refuse is a mistake in the arguments.
    keys.verify(&token, now)
        .map_err(|error| usage(error.to_string()))?;
    Ok(SignedToken { token, notices })
}

/// Makes a one-time link for a host, and returns it once for each address of the server.
///
/// # Errors
///
/// No server is running on the data directory, or its files cannot be read. A link that was made
/// before the server starts would be void, because each start begins a new generation of links.
pub fn host_links(config: &Config) -> Result<Vec<String>, Box<dyn Error>> {
    let data = &config.server.data;
    // The lesson is read first, so that a directory without permission gives its own error.
    let lesson = Lesson::peek(data)?.filter(|_| is_running(data));
    let lesson = lesson.ok_or_else(|| {
        format!(
            "no server runs on {}, and a link made now would be void when it starts: start it, \
             which prints a link, or name the --data directory of the server that runs",
            data.display()
        )
    })?;
    let (keys, _) = data_dir::load_keys(config)?;
    let ticket = ticket::issue(&keys, &lesson.boot, seconds_since_boot())?;
    // The server notes its real address, which the configuration lacks after --listen or port 0.
    let listening = fs::read_to_string(address_file(data)).ok();
    let listening = listening.and_then(|text| text.trim().parse().ok());
    let addresses = addresses::reachable(listening.unwrap_or(config.server.listen));
    let link = |address| format!("http://{address}/#host={ticket}");
    Ok(addresses.into_iter().map(link).collect())
}

/// Asks the running server to forget the person with this name, id or `sub`. Returns the person's
/// name.
///
/// # Errors
///
/// The server does not know the person, or several people had that name; it cannot be reached, does
/// not answer, or cannot erase now.
pub fn forget(config: &Config, person: &str) -> Result<String, ControlError> {
    let (status, answer) = post_as_host(config, "/api/forget", &json!({"who": person}))?;
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    match status {
        200 => Ok(text("forgotten")),
        404 | 409 => Err(ControlError::Usage(text("message"))),
        _ => Err(text("message").into()),
    }
}

/// Posts `body` to the running server with a host's token. Returns the status and the JSON of the
/// answer.
fn post_as_host(config: &Config, path: &str, body: &Value) -> Result<(u16, Value), Box<dyn Error>> {
    let address = fs::read_to_string(address_file(&config.server.data))?;
    let address = local_address(address.trim().parse()?);
    let (keys, _) = data_dir::load_keys(config)?;
    let token = keys.sign(&Claims {
        sub: "command-line".into(),
        name: "Command line".into(),
        exp: unix_millis() / 1000 + REQUEST_TOKEN_TTL,
        role: Role::Host,
        ..Claims::default()
    });
    let answer = post(address, path, &token, &body.to_string());
    answer.map_err(|error| format!("the running server ({address}): {error}").into())
}

/// Returns the address at which this machine reaches a server that listens on `listening`.
fn local_address(mut listening: SocketAddr) -> SocketAddr {
    match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listening.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listening.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    listening
}

fn post(
    address: SocketAddr,
    path: &str,
    token: &str,
    body: &str,
) -> Result<(u16, Value), Box<dyn Error>> {
    let mut stream = TcpStream::connect_timeout(&address, REQUEST_TIMEOUT)?;
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    stream.set_write_timeout(Some(REQUEST_TIMEOUT))?;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("its answer is incomplete")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((
        status.ok_or("its answer is not HTTP")?,
        serde_json::from_str(body)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_reached_on_this_machine() {
        for (listens, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:81", "[::1]:81"),
            ("192.168.1.7:82", "192.168.1.7:82"),
        ] {
            let address = listens.parse().expect("an address");
            assert_eq!(local_address(address).to_string(), reached);
        }
    }
}
