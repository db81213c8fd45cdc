//! What every connection's thread can reach: the configuration, the keys, the hub's mailbox, and
//! the counters. It holds no feature's state; [`crate::app`] holds that.

use crate::auth::class_code::Lesson;
use crate::auth::links::Links;
use crate::auth::reserved::Reserved;
use crate::auth::revoked::{Recent, Revocations};
use crate::auth::token::Keys;
use crate::chat::classes::Classes;
use crate::chat::hub::Mailbox;
use crate::chat::message::Parser;
use crate::config::Config;
use crate::http::forwarded::{self, FromNode};
use crate::http::head::Head;
use crate::model::time::Ticks;
use crate::net::admission::{Admission, Permit};
use crate::net::holders::Holders;
use crate::net::refused::Refused;
use crate::net::trunk::Trunks;
use crate::store::shared_log::Cluster;
use crate::support::counters::Counters;
use crate::support::tallies::Tallies;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, RwLock};

/// What every connection's thread can reach.
#[derive(Debug)]
pub struct Shared {
    /// The configuration.
    pub config: Arc<Config>,
    /// Signs and verifies tokens.
    pub keys: Arc<Keys>,
    /// Whose tokens are void.
    pub revoked: Arc<Revocations>,
    /// The personal links.
    pub links: Arc<Links>,
    /// Who has led lately.
    pub recent: Mutex<Recent>,
    /// Whose token each connection outside the chat came with.
    pub holders: Holders,
    /// The handshakes that were refused lately.
    pub refused: Refused,
    /// The cluster of this server, if it is a node of one.
    pub(crate) cluster: Option<Arc<dyn Cluster>>,
    /// The ways to the clients of other nodes.
    pub(crate) trunks: Arc<Trunks>,
    /// Sends commands to the hub.
    pub hub: Mailbox,
    /// Which connections are admitted.
    pub admission: Arc<Admission>,
    /// Parses the messages of clients.
    pub parser: Parser,
    /// The lesson of a server with one class. Tickets are bound to its `boot`, however many classes there are.
    pub lesson: Arc<RwLock<Lesson>>,
    /// The classes, each with its code and the generation of its guest tokens.
    pub classes: Arc<Classes>,
    /// `names.reserved`.
    pub reserved: Reserved,
    /// Where the server listens. If port 0 was configured, this has the port that was chosen.
    pub address: SocketAddr,
    /// The next connection's number.
    pub next_id: AtomicU64,
    /// Counts of what the audit log has noted already.
    pub tallies: Mutex<Tallies>,
    /// What has happened since the start.
    pub counters: Arc<Counters>,
    /// When the server started.
    pub started: Ticks,
    /// Whether the server is stopping and takes no more connections.
    pub stopping: AtomicBool,
    /// Whether a visitor on another machine has connected.
    pub seen_from_outside: AtomicBool,
}

impl Shared {
    /// Notes where a visitor comes from, until the first of them comes from outside.
    pub fn note_visitor(&self, visitor: IpAddr, stream: &TcpStream) {
        if !self.seen_from_outside.load(Relaxed)
            && let Ok(here) = stream.local_addr()
        {
            self.saw(visitor, here.ip());
        }
    }

    /// The address of the client, which a trusted proxy or another node of the cluster names. The connection counts under it.
    pub fn client_address(&self, head: &Head, peer: IpAddr, permit: &mut Permit) -> IpAddr {
        let proxies = &self.config.server.trusted_proxies;
        let trusted = |address| proxies.iter().any(|network| network.contains(address));
        let by_node = self.named_by_node(head).map(|from| from.client);
        let address = forwarded::client_address(head, by_node.unwrap_or(peer), trusted);
        if address != peer {
            self.saw(address, peer);
            permit.count_under(address);
        }
        address
    }

    /// What another node of the cluster says of a connection that it passes on.
    pub(crate) fn named_by_node<'a>(&self, head: &'a Head) -> Option<FromNode<'a>> {
        forwarded::from_node(head, |text| self.keys.node_tag(text))
    }

    fn saw(&self, visitor: IpAddr, here: IpAddr) {
        if is_outside(visitor, here) {
            self.seen_from_outside.store(true, Relaxed);
        }
    }
}

/// Whether a visitor is on another machine than the one at `here`. A machine that calls one of its
/// own addresses does so from that same address.
fn is_outside(visitor: IpAddr, here: IpAddr) -> bool {
    let (visitor, here) = (visitor.to_canonical(), here.to_canonical());
    !visitor.is_loopback() && visitor != here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_on_this_machine_comes_from_the_address_that_they_call() {
        for (visitor, here, outside) in [
            ("127.0.0.1", "127.0.0.1", false),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1", false),
            ("::1", "::1", false),
            ("192.168.7.1", "192.168.7.1", false),
            ("192.168.7.1", "::ffff:192.168.7.1", false),
            ("fd00::1", "fd00::1", false),
            ("192.168.7.2", "::ffff:192.168.7.1", true),
            ("fd00::2", "fd00::1", true),
            // Behind a proxy on this machine.
            ("192.168.7.2", "127.0.0.1", true),
        ] {
            let (visitor, here) = (visitor.parse().unwrap(), here.parse().unwrap());
            assert_eq!(is_outside(visitor, here), outside, "{visitor} {here}");
        }
    }
}
