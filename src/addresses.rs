//! The addresses at which others on the network can reach this machine.
//!
//! The routing table alone is not enough: on an isolated switch, or on a Raspberry Pi that is the
//! class's access point, no route leads anywhere, and a machine with a cable and Wi-Fi has an
//! address in each network. So all addresses are read from `/proc/net`, and the routing table only
//! says which of them are likely.
//!
//! Blocks on small files of the kernel. Called at the start and for the wall, never by the hub.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The most addresses shown. A longer list does not help anybody to choose one.
const MAX_SHOWN: usize = 5;
/// What the names of interfaces to containers and virtual machines on this machine begin with.
const INTERNAL: [&str; 9] = [
    "docker", "veth", "virbr", "vboxnet", "vmnet", "podman", "cni", "lxcbr", "lxdbr",
];

/// The addresses at which others on the network can reach `listening`, the likeliest first.
pub fn reachable(listening: SocketAddr) -> Vec<SocketAddr> {
    let (ip, port) = (listening.ip().to_canonical(), listening.port());
    if !ip.is_unspecified() {
        return vec![listening];
    }
    let routed = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    let routed: Vec<IpAddr> = routed
        .into_iter()
        .filter_map(|(from, to)| source(from, to))
        .collect();
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut found = in_fib_trie(&read("/proc/net/fib_trie"), &read("/proc/net/route"));
    found.extend(in_if_inet6(&read("/proc/net/if_inet6")));
    let mut found = ranked(found, &routed);
    // `[::]` accepts IPv4 too; `0.0.0.0` accepts nothing else.
    found.retain(|found| ip.is_ipv6() || found.is_ipv4());
    if found.is_empty() {
        found.push(Ipv4Addr::LOCALHOST.into());
    }
    found.truncate(MAX_SHOWN);
    found
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect()
}

/// The address that this machine would use towards `to`, a documentation address that no packet
/// is sent to: connecting a datagram socket only asks the routing table.
fn source(from: &str, to: &str) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// One of this machine's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    address: IpAddr,
    /// Whether its network does not leave this machine.
    inside: bool,
}

/// Each address once, the likeliest first: external before internal networks, then IPv4 before
/// IPv6, which is hard to type from a blackboard, then the `routed` ones, from which this machine
/// sends.
fn ranked(mut found: Vec<Found>, routed: &[IpAddr]) -> Vec<IpAddr> {
    found.retain(|found| !routed.contains(&found.address));
    let routed = routed.iter().map(|&address| Found {
        address,
        inside: false,
    });
    // The routed ones come first, and sorting keeps the order of equal elements.
    let mut all: Vec<Found> = routed.chain(found).collect();
    all.retain(|found| is_of_use(found.address));
    all.sort_by_key(|found| (found.inside, found.address.is_ipv6()));
    all.into_iter().map(|found| found.address).collect()
}

/// Whether a browser on another machine could open it. A link-local IPv6 address would need the
/// name of the visitor's own interface, and nobody has assigned a link-local IPv4 address.
fn is_of_use(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !(link_local || address.is_loopback() || address.is_unspecified())
}

/// The IPv4 addresses in `/proc/net/fib_trie`. `/proc/net/route` has the interface of each network.
///
/// ```text
///            |-- 192.168.7.1
///               /32 host LOCAL
/// ```
fn in_fib_trie(trie: &str, routes: &str) -> Vec<Found> {
    let inside: Vec<(u32, u32)> = routes.lines().filter_map(network_inside).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut last = None;
    for line in trie.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            last = address.trim().parse::<Ipv4Addr>().ok();
        }
        let (true, Some(address)) = (line.trim() == "/32 host LOCAL", last) else {
            continue;
        };
        let bits = address.to_bits();
        let new = Found {
            address: address.into(),
            inside: inside.iter().any(|(network, mask)| bits & mask == *network),
        };
        // Without routing rules of its own, a machine lists the trie twice, as Main and as Local.
        if !found.contains(&new) {
            found.push(new);
        }
    }
    found
}

/// Destination and mask of a line of `/proc/net/route`, if that network is inside this machine.
///
/// ```text
/// Iface   Destination Gateway  Flags RefCnt Use Metric Mask     MTU Window IRTT
/// docker0 000011AC    00000000 0001  0      0   0      0000FFFF 0   0      0
/// ```
fn network_inside(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split_whitespace();
    let (name, destination, gateway) = (fields.next()?, fields.next()?, fields.next()?);
    let mask = fields.nth(4)?;
    // The four bytes as they are in memory, written as a number in the byte order of this machine.
    let bits = |hex: &str| u32::from_str_radix(hex, 16).ok().map(u32::to_be);
    let (destination, mask) = (bits(destination)?, bits(mask)?);
    (is_inside(name) && bits(gateway)? == 0 && mask != 0).then_some((destination, mask))
}

/// The IPv6 addresses in `/proc/net/if_inet6`: address, index, length of the prefix, scope, flags,
/// name. Temporary, deprecated and duplicate ones are left out.
fn in_if_inet6(table: &str) -> Vec<Found> {
    /// IFA_F_TEMPORARY, IFA_F_DADFAILED and IFA_F_DEPRECATED of `linux/if_addr.h`.
    const UNWANTED: u8 = 0x01 | 0x08 | 0x20;
    let found = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [address, _, _, _, flags, name] = fields[..] else {
            return None;
        };
        let address = Ipv6Addr::from_bits(u128::from_str_radix(address, 16).ok()?);
        let flags = u8::from_str_radix(flags, 16).ok()?;
        (flags & UNWANTED == 0).then(|| Found {
            address: address.into(),
            inside: is_inside(name),
        })
    };
    table.lines().filter_map(found).collect()
}

/// Whether an interface of this name leads to nobody outside this machine.
fn is_inside(name: &str) -> bool {
    // Docker calls the networks that people define `br-` and twelve hex digits. `br-lan` is a real
    // one.
    let made = name
        .strip_prefix("br-")
        .is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    made || INTERNAL.iter().any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIE: &str = "\
Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     |-- 169.254.9.9
        /32 host LOCAL
     +-- 172.17.0.0/16 2 0 2
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.1
           /32 host LOCAL
     +-- 192.168.4.0/24 2 0 2
        |-- 192.168.4.0
           /24 link UNICAST
        |-- 192.168.4.1
           /32 host LOCAL
     |-- 192.168.7.1
        /32 host LOCAL
Local:
     |-- 192.168.7.1
        /32 host LOCAL
";
    const INET6: &str = "\
00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000002 04 40 00 82     eth0
fd000000000000000000000000000003 04 40 00 01     eth0
fd000000000000000000000000000004 04 40 00 20     eth0
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
fd110000000000000000000000000001 05 40 00 80 br-0123456789ab
";

    /// `/proc/net/route` as this machine's byte order would have it.
    fn routes() -> String {
        let hex = |bytes: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(bytes));
        let (zero, wifi) = (hex([0; 4]), hex([192, 168, 4, 0]));
        let (docker, short, long) = (
            hex([172, 17, 0, 0]),
            hex([255, 255, 0, 0]),
            hex([255, 255, 255, 0]),
        );
        format!(
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
             docker0\t{docker}\t{zero}\t0001\t0\t0\t0\t{short}\t0\t0\t0\n\
             wlan0\t{wifi}\t{zero}\t0001\t0\t0\t0\t{long}\t0\t0\t0\n"
        )
    }

    #[track_caller]
    fn check(routed: &[&str], expected: &[&str]) {
        let mut found = in_fib_trie(TRIE, &routes());
        found.extend(in_if_inet6(INET6));
        let routed: Vec<IpAddr> = routed.iter().map(|text| text.parse().unwrap()).collect();
        let found = ranked(found, &routed);
        let found: Vec<String> = found.iter().map(IpAddr::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_likeliest_address_comes_first_and_those_of_containers_last() {
        let (docker, bridge) = ("172.17.0.1", "fd11::1");
        let (wifi, cable, six) = ("192.168.4.1", "192.168.7.1", "fd00::2");
        check(&[], &[wifi, cable, six, docker, bridge]);
        check(&[cable, six], &[cable, wifi, six, docker, bridge]);
        // What the tables do not have, and what is of no use.
        let (tunnel, temporary) = ("10.8.0.2", "fd00::3");
        let routed = [tunnel, temporary, "::1", "127.0.0.1"];
        let expected = [tunnel, wifi, cable, temporary, six, docker, bridge];
        check(&routed, &expected);
        assert_eq!(ranked(Vec::new(), &[]), [] as [IpAddr; 0]);
    }

    #[test]
    fn tables_that_cannot_be_read_have_no_addresses() {
        for text in [
            "",
            "\n",
            "|-- \n/32 host LOCAL",
            "|-- x\n   /32 host LOCAL\n",
            "a b c d e f",
        ] {
            assert_eq!(in_fib_trie(text, text), []);
            assert_eq!(in_if_inet6(text), []);
        }
    }

    #[test]
    fn networks_inside_are_known_by_their_names() {
        for (name, inside) in [
            ("docker0", true),
            ("br-0123456789ab", true),
            ("veth12ab", true),
            ("br-lan", false),
            ("br0", false),
            ("eth0", false),
            ("wlan0", false),
        ] {
            assert_eq!(is_inside(name), inside, "{name}");
        }
    }

    #[test]
    fn only_what_is_listened_on_is_shown() {
        for fixed in ["10.0.0.1:80", "[fd00::1]:80"] {
            let fixed: SocketAddr = fixed.parse().unwrap();
            assert_eq!(reachable(fixed), [fixed]);
        }
        for (listening, families) in [("0.0.0.0:81", 1), ("[::]:81", 2)] {
            let found = reachable(listening.parse().unwrap());
            assert!((1..=MAX_SHOWN).contains(&found.len()), "{found:?}");
            for address in found {
                assert!(address.port() == 81 && !address.ip().is_unspecified());
                assert!(address.is_ipv4() || families == 2, "{address}");
            }
        }
    }
}
