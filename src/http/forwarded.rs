//! The address of a client whose request a proxy forwards.

use crate::http::head::Head;
use std::net::IpAddr;

/// The address of the client that sent a request. `X-Forwarded-For` counts only if a trusted proxy
/// sent it. The client is then the last address in it that is not a trusted proxy.
pub(crate) fn client_address(
    head: &Head,
    peer: IpAddr,
    trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
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
