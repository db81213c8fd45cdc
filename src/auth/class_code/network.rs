//! Addresses as limits count them.

use std::net::{IpAddr, Ipv6Addr};

/// The address under which a peer is counted: an IPv4 address itself, or the /64 network from which
/// one IPv6 host can take its addresses.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}
