//! What a command does with the server that runs on a data directory: a request to it, or a link
//! that it will accept.
//!
//! Who can read the secret can sign a host's token: the data directory is the authority here, as it
//! is for `glassroom token` and `glassroom link`.

use crate::addresses;
use crate::auth::class_code::Lesson;
use crate::auth::ticket;
use crate::auth::token::Claims;
use crate::config::Config;
use crate::data_dir;
use crate::data_dir::{address_file, is_running};
use crate::model::role::Role;
use crate::model::time::unix_millis;
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than the server itself waits for its disk.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the token is good: seconds.
const TTL: u64 = 60;

/// Has the person called so, or with that id or `sub`, forgotten. Their name, or why it is not one
/// person.
///
/// # Errors
///
/// The server cannot be found, does not answer, or cannot do it now.
pub fn forget(config: &Config, who: &str) -> Result<Result<String, String>, Box<dyn Error>> {
    let (status, answer) = post(config, "/api/forget", &json!({"who": who}))?;
    let said = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    match status {
        200 => Ok(Ok(said("forgotten"))),
        404 | 409 => Ok(Err(said("message"))),
        _ => Err(said("message").into()),
    }
}

/// A new one-time link for a host, once for each address under which the server is reached.
///
/// # Errors
///
/// No server runs there: each start begins a new generation of links, and one that was made before
/// would be void. Or its files cannot be read.
pub fn host_links(config: &Config) -> Result<Vec<String>, Box<dyn Error>> {
    let data = &config.server.data;
    // In this order: a directory of somebody else's is not one where nothing runs.
    let lesson = Lesson::peek(data)?.filter(|_| is_running(data));
    let lesson = lesson.ok_or_else(|| {
        format!(
            "no server runs on {}, and a link made now would be void when it starts: start it, \
             which prints one, or name the --data of the one that runs",
            data.display()
        )
    })?;
    let (keys, _) = data_dir::load_keys(config)?;
    let ticket = ticket::issue(&keys, &lesson.boot, unix_millis() / 1000)?;
    // Where it really listens: a port 0 and --listen are not in the configuration.
    let listening = fs::read_to_string(address_file(data)).ok();
    let listening = listening.and_then(|text| text.trim().parse().ok());
    let addresses = addresses::reachable(listening.unwrap_or(config.server.listen));
    let link = |address| format!("http://{address}/#host={ticket}");
    Ok(addresses.into_iter().map(link).collect())
}

/// Posts `body` as a host; the status, and the JSON of the answer.
fn post(config: &Config, path: &str, body: &Value) -> Result<(u16, Value), Box<dyn Error>> {
    let data = &config.server.data;
    let address = fs::read_to_string(address_file(data))?;
    let address = reachable(address.trim().parse()?);
    let (keys, _) = data_dir::load_keys(config)?;
    let token = keys.sign(&Claims {
        sub: "command-line".into(),
        name: "Command line".into(),
        exp: unix_millis() / 1000 + TTL,
        role: Role::Host,
        ..Claims::default()
    });
    let answer = exchange(address, path, &token, &body.to_string());
    answer.map_err(|error| format!("the server that runs here ({address}): {error}").into())
}

/// Where this machine reaches what listens on all its addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn exchange(
    address: SocketAddr,
    path: &str,
    token: &str,
    body: &str,
) -> Result<(u16, Value), Box<dyn Error>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("half an answer")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((status.ok_or("no HTTP")?, serde_json::from_str(body)?))
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
            assert_eq!(reachable(address).to_string(), reached);
        }
    }
}
