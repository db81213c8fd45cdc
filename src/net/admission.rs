//! Admission: how many connections of each kind there may be, and which of them make room for new
//! ones.
//!
//! Connections without a token (page loads, unfinished handshakes, silent ones, `/echo`) share a
//! small pool. When it is full, the *oldest* that is not an echo makes room for the newest: an
//! honest page load or handshake is done within milliseconds, so silent connections cannot lock a
//! class out. `/echo` may hold half of the pool. Chat connections have a bound of their own, and
//! hosts and moderators may exceed it by a few.
//!
//! One lock, taken a few times in the life of a connection, never for a message.

use crate::model::ids::ClientId;
use crate::model::role::Role;
use crate::net::client::Client;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Upper bounds on connections, by kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// In the chat.
    pub(crate) chat: usize,
    /// In the chat beyond that, for hosts and moderators only.
    pub(crate) leaders: usize,
    /// Without a token.
    pub(crate) unauthenticated: usize,
    /// Told to make room, and open until the peer has read that.
    pub(crate) leaving: usize,
    /// From one address; 0: no bound.
    pub(crate) per_address: usize,
}

impl Bounds {
    /// The upper bound on all connections together.
    pub(crate) fn all(&self) -> usize {
        self.chat + self.leaders + self.unauthenticated + self.leaving
    }
}

/// Connections by number, so that the first is the oldest.
type ByAge = BTreeMap<ClientId, Arc<Admitted>>;

/// The open connections, each in the map of its kind.
#[derive(Debug, Default)]
struct Open {
    chat: ByAge,
    echo: ByAge,
    unauthenticated: ByAge,
    leaving: ByAge,
    /// Of those in the chat, the ones that are there for something else, by [`Place`].
    places: [usize; 2],
    /// All connections, including displaced ones that are in no map.
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Admitted {
    client: Arc<Client>,
    displaced: AtomicBool,
}

/// Admits connections, and counts the open ones.
#[derive(Debug)]
pub struct Admission {
    bounds: Bounds,
    open: Mutex<Open>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unauthenticated,
    Echo,
    Chat,
    Leaving,
}

/// What a connection with a token is there for, if not for the chat itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    ProtocolView,
    Task,
}

/// The permit of one connection, given back when dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    admitted: Arc<Admitted>,
    address: IpAddr,
    kind: Kind,
    place: Option<Place>,
    /// Its address has more connections than allowed.
    pub(crate) crowded: bool,
}

impl Admission {
    /// Admits connections up to `bounds`.
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            open: Mutex::default(),
        })
    }

    /// Admits a new connection, which may displace the oldest one without a token. `None`: the
    /// process cannot hold another connection of any kind.
    pub(crate) fn admit(self: &Arc<Self>, client: Arc<Client>, address: IpAddr) -> Option<Permit> {
        let mut open = self.lock();
        if open.all >= self.bounds.all() {
            return None;
        }
        if open.unauthenticated.len() + open.echo.len() >= self.bounds.unauthenticated
            && let Some(oldest) = open.take_oldest()
        {
            oldest.displaced.store(true, Relaxed);
            // Wakes its thread, which answers 503 and ends.
            let _ = oldest.client.stream.shutdown(std::net::Shutdown::Read);
        }
        let admitted = Arc::new(Admitted {
            client,
            displaced: AtomicBool::new(false),
        });
        let id = admitted.client.id;
        open.unauthenticated.insert(id, Arc::clone(&admitted));
        open.all += 1;
        let crowded = open.add_to_address(address, self.bounds.per_address);
        Some(Permit {
            admission: Arc::clone(self),
            admitted,
            address,
            kind: Kind::Unauthenticated,
            place: None,
            crowded,
        })
    }

    /// Connections in the chat, and connections without a token.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let open = self.lock();
        let unauthenticated = open.unauthenticated.len() + open.echo.len();
        (open.chat.len(), unauthenticated)
    }

    /// How many connections of each kind there are, for the metrics.
    pub(crate) fn kinds(&self) -> [(&'static str, usize); 6] {
        let open = self.lock();
        let [views, tasks] = open.places;
        [
            ("chat", open.chat.len().saturating_sub(views + tasks)),
            ("protocol_view", views),
            ("task", tasks),
            ("echo", open.echo.len()),
            ("waiting", open.unauthenticated.len()),
            ("leaving", open.leaving.len()),
        ]
    }

    /// Ends the reading of every connection to which the hub sends no Close: page loads, echoes,
    /// glasses, exams.
    pub(crate) fn end_reading(&self) {
        let open = self.lock();
        let kinds = [&open.chat, &open.echo, &open.unauthenticated];
        let admitted = kinds.iter().flat_map(|kind| kind.values());
        for Admitted { client, .. } in admitted.map(Arc::as_ref) {
            if !client.is_closing() && !client.away.is_trunk() {
                let _ = client.stream.shutdown(std::net::Shutdown::Read);
            }
        }
    }

    /// Whether all connections are over.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().all == 0
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // The counts are right after every statement, so a panic elsewhere does no harm.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Takes out the connection without a token that has been there longest, unless it is a trunk.
    fn take_oldest(&mut self) -> Option<Arc<Admitted>> {
        let mut all = self.unauthenticated.iter();
        let oldest = all.find(|(_, admitted)| !admitted.client.away.is_trunk());
        let id = *oldest?.0;
        self.unauthenticated.remove(&id)
    }

    /// Counts a connection of this address; true if that makes more than `bound`.
    fn add_to_address(&mut self, address: IpAddr, bound: usize) -> bool {
        let count = self.by_address.entry(address).or_insert(0);
        *count += 1;
        bound > 0 && *count > bound
    }

    fn remove_from_address(&mut self, address: IpAddr) {
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

impl Permit {
    /// Whether this connection has to make room.
    pub(crate) fn is_displaced(&self) -> bool {
        self.admitted.displaced.load(Relaxed)
    }

    /// Keeps a displaced connection open until its peer has read the answer. Peers that never hang
    /// up may use half of the bound; the other half is for connections that are displaced next.
    pub(crate) fn linger(&mut self) {
        let mut open = self.admission.lock();
        let id = self.admitted.client.id;
        open.leaving.insert(id, Arc::clone(&self.admitted));
        self.kind = Kind::Leaving;
        if open.leaving.len() > self.admission.bounds.leaving / 2
            && let Some((_, oldest)) = open.leaving.pop_first()
        {
            oldest.client.hang_up();
        }
    }

    /// Moves this connection into the chat; false if the chat is full for this role. In a full chat
    /// the oldest connection that was sent a Close is hung up to make room.
    pub(crate) fn enter_chat(&mut self, role: Role) -> bool {
        let bounds = &self.admission.bounds;
        let bound = if role >= Role::Moderator {
            bounds.chat + bounds.leaders
        } else {
            bounds.chat
        };
        let mut open = self.admission.lock();
        if self.is_displaced() {
            return false;
        }
        if open.chat.len() >= bound {
            let mut chat = open.chat.iter();
            let closing = chat.find(|(_, admitted)| admitted.client.is_closing());
            let Some(id) = closing.map(|(id, _)| *id) else {
                return false;
            };
            if let Some(admitted) = open.chat.remove(&id) {
                admitted.client.hang_up();
            }
        }
        let id = self.admitted.client.id;
        open.unauthenticated.remove(&id);
        open.chat.insert(id, Arc::clone(&self.admitted));
        self.kind = Kind::Chat;
        true
    }

    /// As [`enter_chat`](Self::enter_chat), for a connection that is there for something else.
    pub(crate) fn enter_as(&mut self, role: Role, place: Place) -> bool {
        let entered = self.enter_chat(role);
        if entered {
            self.admission.lock().places[place as usize] += 1;
            self.place = Some(place);
        }
        entered
    }

    /// Makes this connection an echo; false if there are enough of them.
    pub(crate) fn enter_echo(&mut self) -> bool {
        let mut open = self.admission.lock();
        let bound = self.admission.bounds.unauthenticated.div_ceil(2);
        if self.is_displaced() || open.echo.len() >= bound {
            return false;
        }
        let id = self.admitted.client.id;
        open.unauthenticated.remove(&id);
        open.echo.insert(id, Arc::clone(&self.admitted));
        self.kind = Kind::Echo;
        true
    }

    /// Counts this connection under the address that a trusted proxy has named.
    pub(crate) fn count_under(&mut self, address: IpAddr) {
        let mut open = self.admission.lock();
        open.remove_from_address(self.address);
        self.crowded = open.add_to_address(address, self.admission.bounds.per_address);
        self.address = address;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.admission.lock();
        let kind = match self.kind {
            Kind::Unauthenticated => &mut open.unauthenticated,
            Kind::Echo => &mut open.echo,
            Kind::Chat => &mut open.chat,
            Kind::Leaving => &mut open.leaving,
        };
        kind.remove(&self.admitted.client.id);
        if let Some(place) = self.place {
            open.places[place as usize] -= 1;
        }
        open.all -= 1;
        open.remove_from_address(self.address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    const ANN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn client(id: u64) -> Arc<Client> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        Arc::new(Client::new(
            ClientId::new(id),
            TcpStream::connect(address).expect("a connection"),
        ))
    }

    fn admission(chat: usize, unauthenticated: usize, per_address: usize) -> Arc<Admission> {
        Admission::new(Bounds {
            chat,
            leaders: 8,
            unauthenticated,
            leaving: 64,
            per_address,
        })
    }

    #[test]
    fn silent_connections_make_room_for_new_ones() {
        let admission = admission(10, 2, 0);
        let admit = |id| admission.admit(client(id), ANN).expect("a permit");
        let (first, second, third) = (admit(1), admit(2), admit(3));
        assert!(first.is_displaced() && !second.is_displaced() && !third.is_displaced());
        drop((first, second, third));
        assert_eq!(admission.counts(), (0, 0));
        assert!(admission.lock().by_address.is_empty());
    }

    #[test]
    fn a_full_chat_admits_hosts_and_moderators_only() {
        let admission = admission(1, 5, 0);
        let admit = |id| admission.admit(client(id), ANN).expect("a permit");
        let (mut a, mut b, mut c) = (admit(1), admit(2), admit(3));
        assert!(a.enter_chat(Role::Member));
        assert!(!b.enter_chat(Role::Member));
        assert!(c.enter_chat(Role::Host));
        drop(a);
        drop(c);
        assert!(b.enter_chat(Role::Member));
        assert_eq!(admission.counts(), (1, 0));
    }

    #[test]
    fn each_kind_of_connection_is_counted_until_it_is_over() {
        let admission = admission(10, 5, 0);
        let admit = |id| admission.admit(client(id), ANN).expect("a permit");
        let mut permits: Vec<Permit> = (1..6).map(admit).collect();
        assert!(permits[0].enter_chat(Role::Member));
        assert!(permits[1].enter_as(Role::Member, Place::ProtocolView));
        assert!(permits[2].enter_as(Role::Member, Place::Task));
        assert!(permits[3].enter_echo());
        let counts = || admission.kinds().map(|(_, count)| count);
        assert_eq!(counts(), [1, 1, 1, 1, 1, 0]);
        drop(permits);
        assert_eq!(counts(), [0; 6]);
    }

    #[test]
    fn echoes_hold_half_of_the_pool_and_addresses_are_counted() {
        let admission = admission(10, 4, 2);
        let admit = |id| admission.admit(client(id), ANN).expect("a permit");
        let (mut a, mut b, mut c) = (admit(1), admit(2), admit(3));
        assert!(a.enter_echo() && b.enter_echo() && !c.enter_echo());
        assert_eq!((a.crowded, b.crowded, c.crowded), (false, false, true));
        c.count_under(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
        assert!(!c.crowded);
    }
}
