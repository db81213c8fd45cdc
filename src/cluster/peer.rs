//! The requests of one node to another over HTTP, each with a proof that a node sends it: it has the secret of the cluster.

use crate::auth::token::Keys;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::time::unix_millis;
use std::io::{self, BufRead, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// The field with which a node shows that it has the secret.
const FIELD: &str = "glassroom-node";
/// How long such a proof is good, in milliseconds: the clocks of two nodes may differ.
const GOOD_FOR: u64 = 5 * 60 * 1000;

/// The proof that a node has the secret, for one path at one time.
fn proof(keys: &Keys, path: &str, at: u64) -> String {
    keys.node_tag(&format!("{path} {at}"))
}

/// Refuses a request that no node of this cluster has sent.
pub(super) fn require(head: &Head, keys: &Keys) -> Result<(), Refusal> {
    let proven = head.single(FIELD)?.and_then(|field| field.split_once(' '));
    let proven = proven.and_then(|(at, tag)| Some((at.parse::<u64>().ok()?, tag)));
    let is_node = proven.is_some_and(|(at, tag)| {
        at.abs_diff(unix_millis()) < GOOD_FOR && tag == proof(keys, &head.path, at)
    });
    match is_node {
        true => Ok(()),
        false => {
            let message = "Only the nodes of this cluster may ask for that.";
            Err(Refusal::new(403, "not_a_node", message))
        }
    }
}

/// Connects to the node at `address`, within `patience`.
pub(super) fn connect(address: &str, patience: Duration) -> io::Result<TcpStream> {
    let mut found = address.to_socket_addrs()?;
    let found = found.next().ok_or(ErrorKind::NotFound)?;
    let stream = TcpStream::connect_timeout(&found, patience)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A request for `path` of the node at `address`. `fields`: lines that it has beside the usual ones.
pub(super) fn request(keys: &Keys, address: &str, path: &str, fields: &str) -> String {
    let at = unix_millis();
    let proof = proof(keys, path, at);
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\n{fields}Glassroom-Node: {at} {proof}\r\n\r\n"
    )
}

/// Reads the head of an answer that has this status, and returns a field of it.
pub(super) fn answer(
    reader: &mut impl BufRead,
    status: u16,
    field: &str,
) -> io::Result<Option<String>> {
    let (mut line, mut found) = (String::new(), None);
    reader.read_line(&mut line)?;
    if !line.starts_with(&format!("HTTP/1.1 {status} ")) {
        let what = format!("it answers {:?}", line.trim_end());
        return Err(io::Error::other(what));
    }
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            return Ok(found);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case(field)
        {
            found = Some(value.trim().to_owned());
        }
    }
}
