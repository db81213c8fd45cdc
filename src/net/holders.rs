//! Whose token each connection outside the chat came with: downloads, protocol views, exams.
//!
//! The hub ends the chat connections of a person who was revoked. These others belong to no hub and
//! may go on for long after their token was checked, so they are listed here while they do.

use crate::model::ids::ClientId;
use crate::net::client::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The holders by connection. As many as there are such connections, which admission bounds.
type Open = HashMap<ClientId, (Box<str>, Weak<Client>)>;

/// Whose token each connection outside the chat came with.
#[derive(Debug, Default)]
pub struct Holders(Mutex<Open>);

/// An entry, which ends with the connection.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    holders: &'a Holders,
    id: ClientId,
}

impl Holders {
    /// Lists a connection until the result is dropped.
    pub(crate) fn hold(&self, client: &Arc<Client>, sub: &str) -> Held<'_> {
        let entry = (sub.into(), Arc::downgrade(client));
        self.open().insert(client.id, entry);
        Held {
            holders: self,
            id: client.id,
        }
    }

    /// Resets the connections whose holder's `sub` is void, and returns how many. A reset and not an
    /// orderly end: half a download must not look like a whole one.
    pub(crate) fn reset_where(&self, is_void: impl Fn(&str) -> bool) -> usize {
        let open = self.open();
        let void = open.values().filter(|(sub, _)| is_void(sub));
        let clients = void.filter_map(|(_, client)| client.upgrade());
        clients.map(|client| client.reset()).count()
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.holders.open().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_connections_of_one_person_end_while_they_are_listed() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let holders = Holders::default();
        let mut peers = Vec::new();
        let clients = [1, 2, 3].map(|n| {
            peers.push(TcpStream::connect(address).expect("connected"));
            let (stream, _) = listener.accept().expect("accepted");
            Arc::new(Client::new(ClientId::new(n), stream))
        });
        let held = ["lin", "bo", "lin"].into_iter().zip(&clients);
        let mut held: Vec<_> = held
            .map(|(sub, client)| holders.hold(client, sub))
            .collect();
        drop(held.pop());
        assert_eq!(
            holders.reset_where(|sub| sub == "lin"),
            1,
            "one is not listed any more"
        );
        assert_eq!(holders.reset_where(|sub| sub == "ann"), 0);
        let ended = peers[0].read(&mut [0]);
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        drop(held);
        assert!(holders.open().is_empty());
    }
}
