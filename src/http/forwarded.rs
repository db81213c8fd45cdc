//! The address of a client whose request a proxy forwards.
//!
//! A proxy writes it into `X-Forwarded-For`, which has no standard, or into `Forwarded` (RFC 7239).
//! Both are lists to which each proxy appends the address that it was called from, so the part on
//! the left is what the client may have written itself. It is read from the right, as far as the
//! addresses are those of trusted proxies.
//!
//! Most proxies write one of the two and pass the other one on as it came. Which of them that is
//! cannot be seen. So if a request has both, they have to agree; if they do not, none is believed,
//! and the client counts under the proxy's own address: nobody can choose an address by a field
//! that the proxy does not write.

use crate::http::head::{Head, trim};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

/// The address of the client that sent a request. The fields count only if a trusted proxy sent
/// them. The client is then the last address in them that is not a trusted proxy.
pub(crate) fn client_address(
    head: &Head,
    peer: IpAddr,
    trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    if !trusted(peer) {
        return peer;
    }
    let legacy = head.all("x-forwarded-for").map(legacy_hops);
    let standard = head.all("forwarded").map(standard_hops);
    let is_there = |name| head.get(name).is_some();
    match (is_there("x-forwarded-for"), is_there("forwarded")) {
        (false, false) => peer,
        (true, false) => walk(legacy, peer, &trusted),
        (false, true) => walk(standard, peer, &trusted),
        (true, true) => {
            let address = walk(legacy, peer, &trusted);
            let agreed = address == walk(standard, peer, &trusted);
            if agreed { address } else { peer }
        }
    }
}

/// The field with which a node of a cluster says whose connection it passes on.
const NODE_FIELD: &str = "glassroom-client";

/// What a node says of a connection that it passes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FromNode<'a> {
    /// The address of the client.
    pub(crate) client: IpAddr,
    /// Where the node takes what is sent to the client: the name of a trunk, and a channel of it. `None`: on the connection.
    pub(crate) place: Option<(&'a str, u32)>,
}

/// That field, as a line of a request. `tag` proves that a text comes from a node.
pub(crate) fn node_field(from: &FromNode<'_>, tag: impl Fn(&str) -> String) -> String {
    let client = match from.place {
        Some((trunk, channel)) => format!("{} {trunk}/{channel}", from.client),
        None => from.client.to_string(),
    };
    format!("Glassroom-Client: {client} {}\r\n", tag(&proven(&client)))
}

/// Whether a request has that field, true or not.
pub(crate) fn is_from_node(head: &Head) -> bool {
    head.get(NODE_FIELD).is_some()
}

/// What a node says of a connection that it passes on.
pub(crate) fn from_node(head: &Head, tag: impl Fn(&str) -> String) -> Option<FromNode<'_>> {
    let field = head.single(NODE_FIELD).ok()??;
    let (client, proof) = field.rsplit_once(' ')?;
    if proof != tag(&proven(client)) {
        return None;
    }
    let (client, place) = client.split_once(' ').unwrap_or((client, ""));
    let place = place.split_once('/');
    Some(FromNode {
        client: client.parse().ok()?,
        place: place.and_then(|(trunk, channel)| Some((trunk, channel.parse().ok()?))),
    })
}

fn proven(client: &str) -> String {
    format!("client {client}")
}

/// Where the second line of a request begins: there a node puts its field. Empty lines before the first do not count.
pub(crate) fn second_line(request: &[u8]) -> usize {
    let begin = request.iter().position(|byte| !b"\r\n".contains(byte));
    after_line(request, begin.unwrap_or(0))
}

/// Where the line ends that has the byte at `from`.
fn after_line(request: &[u8], from: usize) -> usize {
    let end = request[from..].iter().position(|&byte| byte == b'\n');
    end.map_or(request.len(), |end| from + end + 1)
}

/// A request as its client has sent it, without the line of a node.
pub(crate) fn as_sent(request: &[u8]) -> Cow<'_, [u8]> {
    let second = second_line(request);
    let name = request.get(second..second + NODE_FIELD.len());
    match name.is_some_and(|name| name.eq_ignore_ascii_case(NODE_FIELD.as_bytes())) {
        true => [&request[..second], &request[after_line(request, second)..]]
            .concat()
            .into(),
        false => request.into(),
    }
}

/// Where a request has come from before: an address, or `None` if the proxy did not say it.
type Hop = Option<IpAddr>;

/// Follows the hops of all lines of a field backwards, beginning at `peer`. Returns the first that
/// is no trusted proxy; if the way is lost before, the last address that a trusted proxy has named.
fn walk(
    lines: impl Iterator<Item = Vec<Hop>>,
    peer: IpAddr,
    trusted: &impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let hops: Vec<Hop> = lines.flatten().collect();
    let mut nearest = peer;
    for hop in hops.into_iter().rev() {
        let Some(address) = hop else {
            return nearest;
        };
        nearest = address;
        if !trusted(address) {
            return nearest;
        }
    }
    nearest
}

/// The hops of one line of `X-Forwarded-For`. A comma separates them even between quotation marks,
/// or a client could open a quotation that swallows what the proxy appends.
fn legacy_hops(line: &str) -> Vec<Hop> {
    let elements = line.split(',').map(trim);
    let elements = elements.filter(|element| !element.is_empty());
    elements.map(|element| node(unquoted(element))).collect()
}

/// An element without the quotation marks around it, which some proxies copy from `Forwarded`.
fn unquoted(element: &str) -> &str {
    let inner = element
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'));
    inner.map_or(element, trim)
}

/// The hops of one line of `Forwarded`. If it breaks the grammar of RFC 7239 §4, nothing in it is
/// believed, and it counts as one hop that nobody knows. (A client that opens a quotation breaks it:
/// the quotation ends where the proxy's own begins, and an address cannot follow there.)
fn standard_hops(line: &str) -> Vec<Hop> {
    elements(line).unwrap_or_else(|| vec![None])
}

/// `Forwarded = 1#forwarded-element`, where an element is `[ pair ] *( ";" [ pair ] )`.
fn elements(line: &str) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut hop = None;
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if !rest.starts_with([';', ',']) && !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let name = name.to_ascii_lowercase();
            let (value, after) = value(after)?;
            // §4: "Each parameter MUST NOT occur more than once per field-value."
            if !is_name(&name) || names.contains(&name) {
                return None;
            }
            if name == "for" {
                hop = node(&value);
            }
            names.push(name);
            rest = after.trim_start_matches([' ', '\t']);
        }
        let separator = rest.chars().next();
        if matches!(separator, None | Some(',')) && !names.is_empty() {
            hops.push(hop.take());
            names.clear();
        }
        rest = match separator {
            Some(';' | ',') => &rest[1..],
            Some(_) => return None,
            None => return Some(hops),
        };
    }
}

/// A token, which the names of parameters are.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The value at the beginning of `text`, and what follows it. Without quotation marks it may be an
/// address with a port or brackets, too, although the grammar wants them quoted.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_inside = |c: char| !matches!(c, ';' | ',' | '"' | ' ' | '\t' | '\\');
        let end = text.find(|c| !is_inside(c)).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return (!value.is_empty()).then(|| (value.to_owned(), after));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            // RFC 9110 §5.6.4: a quoted-pair stands for its second character.
            '\\' => value.push(chars.next()?.1),
            _ => value.push(c),
        }
    }
    None
}

/// The address of a node (RFC 7239 §6): `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`, and
/// what proxies write besides, `2001:db8::1` and `fe80::1%eth0`. `None`: `unknown`, an invented
/// name such as `_hidden`, or anything else.
fn node(text: &str) -> Hop {
    let (address, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (IpAddr::V6(ipv6(address)?), port)
        }
        None => match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => {
                (address.parse().ok()?, &text[text.len() - port.len() - 1..])
            }
            Some(_) => (IpAddr::V6(ipv6(text)?), ""),
            None => (text.parse().ok()?, ""),
        },
    };
    is_port(port).then(|| address.to_canonical())
}

/// An IPv6 address without its zone, which has a meaning on the proxy only.
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    text.split('%').next()?.parse().ok()
}

/// Nothing, `:4711`, or an invented name for a port, `:_hidden` (§6).
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        None => text.is_empty(),
        Some(port) => match port.strip_prefix('_') {
            Some(name) => !name.is_empty() && name.bytes().all(is_obfuscated),
            None => (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()),
        },
    }
}

/// A character of an invented name.
fn is_obfuscated(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

#[cfg(test)]
#[path = "forwarded_tests.rs"]
mod tests;
