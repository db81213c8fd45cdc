//! A request of a command to the server that runs on the data directory.

use crate::auth::revoked::COMMAND_LINE;
use crate::auth::token::Claims;
use crate::config::Config;
use crate::data_dir::{self, address_file};
use crate::model::role::Role;
use crate::model::time::unix_millis;
use serde_json::Value;
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// What the command line is called in the audit log.
pub(super) const COMMAND_LINE_NAME: &str = "Command line";

/// How long a request to the server may take. The server itself waits for its disk for less.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The lifetime of the token of a request, in seconds.
const REQUEST_TOKEN_TTL: u64 = 60;

/// Posts `body` to the running server with a host's token. Returns the status and the JSON of the
/// answer.
pub(super) fn post_as_host(
    config: &Config,
    path: &str,
    body: &Value,
) -> Result<(u16, Value), Box<dyn Error>> {
    ask_as_host(config, "POST", path, &body.to_string())
}

/// Gets an answer of the running server with a host's token: its status, and its JSON.
pub(super) fn get_as_host(config: &Config, path: &str) -> Result<(u16, Value), Box<dyn Error>> {
    ask_as_host(config, "GET", path, "")
}

fn ask_as_host(
    config: &Config,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, Value), Box<dyn Error>> {
    let address = fs::read_to_string(address_file(&config.server.data))?;
    let address = local_address(address.trim().parse()?);
    let (keys, _) = data_dir::load_keys(config)?;
    let token = keys.sign(&Claims {
        sub: COMMAND_LINE.into(),
        name: COMMAND_LINE_NAME.into(),
        exp: unix_millis() / 1000 + REQUEST_TOKEN_TTL,
        role: Role::Host,
        ..Claims::default()
    });
    let answer = request(address, &format!("{method} {path}"), &token, body);
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

fn request(
    address: SocketAddr,
    target: &str,
    token: &str,
    body: &str,
) -> Result<(u16, Value), Box<dyn Error>> {
    let mut stream = TcpStream::connect_timeout(&address, REQUEST_TIMEOUT)?;
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    stream.set_write_timeout(Some(REQUEST_TIMEOUT))?;
    let length = body.len();
    let request = format!(
        "{target} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
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
