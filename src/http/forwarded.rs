//! Whose request it is when a proxy passes it on.

use crate::http::head::Head;
use std::net::IpAddr;

/// The address that a request comes from. `X-Forwarded-For` counts when a trusted proxy says it,
/// and then the last address in it that is not itself a trusted proxy.
pub fn client_address(head: &Head, peer: IpAddr, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    if !trusted(peer) {
        return peer;
    }
    let chain: Vec<&str> = head.list("x-forwarded-for").collect();
    chain
        .iter()
        .rev()
        .map_while(|text| text.parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .find(|address| !trusted(*address))
        .unwrap_or(peer)
}
