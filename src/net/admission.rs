//! Admission: how many connections there may be, of which kind, and who has to make room.
//!
//! Connections without a token (page loads, half handshakes, silence, `/echo`) share a small pool.
//! When it is full, the *oldest that waits* makes room for the newest: whoever honestly loads a
//! page or shows a token is done within milliseconds, so that silence cannot lock a class out.
//! `/echo` may hold half of the pool. Chat connections have their own number of places, and those
//! who lead a class find some more.
//!
//! One lock, taken a few times in the life of a connection, never by a message.

use crate::model::ids::ClientId;
use crate::model::role::Role;
use crate::net::client::Client;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many of what there may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// In the chat.
    pub chat: usize,
    /// In the chat beyond that, for hosts and moderators alone.
    pub leaders: usize,
    /// Without a token.
    pub waiting: usize,
    /// Told to make room, and on their way out.
    pub leaving: usize,
    /// Of one address; 0: any number.
    pub per_address: usize,
}

impl Bounds {
    /// Connections that there may be, whatever they do.
    pub fn all(&self) -> usize {
        self.chat + self.leaders + self.waiting + self.leaving
    }
}

/// Seats by age: who came first goes first.
type Seats = BTreeMap<ClientId, Arc<Admitted>>;

#[derive(Debug, Default)]
struct Taken {
    chat: Seats,
    echo: Seats,
    waiting: Seats,
    /// Told to make room, and lingering so that they can read it.
    leaving: Seats,
    /// All connections, whatever they do.
    open: usize,
    of_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Admitted {
    client: Arc<Client>,
    displaced: AtomicBool,
}

/// The number of places, and who has them.
#[derive(Debug)]
pub struct Admission {
    bounds: Bounds,
    taken: Mutex<Taken>,
}

/// What a connection does with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Waiting,
    Echo,
    Chat,
    Leaving,
}

/// One connection's place, given back when dropped.
#[derive(Debug)]
pub struct Permit {
    places: Arc<Admission>,
    seat: Arc<Admitted>,
    address: IpAddr,
    kind: Kind,
    /// Its address has more connections than it may have.
    pub crowded: bool,
}

impl Admission {
    /// As many places as `bounds` says.
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            taken: Mutex::default(),
        })
    }

    /// A place for a connection that has just come, if the process can hold one more at all.
    pub fn take(self: &Arc<Self>, client: Arc<Client>, address: IpAddr) -> Option<Permit> {
        let mut taken = self.lock();
        if taken.open >= self.bounds.all() {
            return None;
        }
        if taken.waiting.len() + taken.echo.len() >= self.bounds.waiting
            && let Some((_, oldest)) = taken.waiting.pop_first()
        {
            oldest.displaced.store(true, Relaxed);
            // Wakes its thread, which sees why and says so.
            let _ = oldest.client.stream.shutdown(std::net::Shutdown::Read);
        }
        let seat = Arc::new(Admitted {
            client,
            displaced: AtomicBool::new(false),
        });
        taken.waiting.insert(seat.client.id, Arc::clone(&seat));
        taken.open += 1;
        let same = taken.of_address.entry(address).or_insert(0);
        *same += 1;
        let crowded = self.bounds.per_address > 0 && *same > self.bounds.per_address;
        Some(Permit {
            places: Arc::clone(self),
            seat,
            address,
            kind: Kind::Waiting,
            crowded,
        })
    }

    /// Connections in the chat, and without a token.
    pub fn counts(&self) -> (usize, usize) {
        let taken = self.lock();
        (taken.chat.len(), taken.waiting.len() + taken.echo.len())
    }

    /// Ends the reading of everybody to whom the hub does not say goodbye: pages, echoes, glasses.
    pub fn wake_up(&self) {
        let taken = self.lock();
        let seats = [&taken.chat, &taken.echo, &taken.waiting];
        let seats = seats.iter().flat_map(|seats| seats.values());
        for seat in seats.filter(|seat| !seat.client.is_closing()) {
            let _ = seat.client.stream.shutdown(std::net::Shutdown::Read);
        }
    }

    /// Whether nobody is left.
    pub fn is_empty(&self) -> bool {
        self.lock().open == 0
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // The counts are right after every statement: a panic elsewhere spoils nothing.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Whether this connection has to make room.
    pub fn is_displaced(&self) -> bool {
        self.seat.displaced.load(Relaxed)
    }

    /// Was told to make room. Peers that never hang up may be many: half of the places of those who
    /// leave is for lingering, the other half for whoever has just been told.
    pub fn linger(&mut self) {
        let mut taken = self.places.lock();
        taken
            .leaving
            .insert(self.seat.client.id, Arc::clone(&self.seat));
        self.kind = Kind::Leaving;
        if taken.leaving.len() > self.places.bounds.leaving / 2
            && let Some((_, oldest)) = taken.leaving.pop_first()
        {
            oldest.client.hang_up();
        }
    }

    /// Moves into the chat, if there is a place for this role. When all are taken, the oldest of
    /// those who were told to go has lingered long enough.
    pub fn enter_chat(&mut self, role: Role) -> bool {
        let bounds = &self.places.bounds;
        let more = if role >= Role::Moderator {
            bounds.leaders
        } else {
            0
        };
        let mut taken = self.places.lock();
        if self.is_displaced() {
            return false;
        }
        if taken.chat.len() >= bounds.chat + more {
            let mut seats = taken.chat.iter();
            let going = seats.find(|(_, seat)| seat.client.is_closing());
            let Some(id) = going.map(|(id, _)| *id) else {
                return false;
            };
            if let Some(seat) = taken.chat.remove(&id) {
                seat.client.hang_up();
            }
        }
        taken.waiting.remove(&self.seat.client.id);
        taken
            .chat
            .insert(self.seat.client.id, Arc::clone(&self.seat));
        self.kind = Kind::Chat;
        true
    }

    /// Becomes an echo, if there are not too many.
    pub fn enter_echo(&mut self) -> bool {
        let mut taken = self.places.lock();
        if self.is_displaced() || taken.echo.len() >= self.places.bounds.waiting.div_ceil(2) {
            return false;
        }
        taken.waiting.remove(&self.seat.client.id);
        taken
            .echo
            .insert(self.seat.client.id, Arc::clone(&self.seat));
        self.kind = Kind::Echo;
        true
    }

    /// The connection comes from somebody behind a trusted proxy: counted under that address.
    pub fn is_for(&mut self, address: IpAddr) {
        let mut taken = self.places.lock();
        release(&mut taken, self.address);
        let same = taken.of_address.entry(address).or_insert(0);
        *same += 1;
        let most = self.places.bounds.per_address;
        self.crowded = most > 0 && *same > most;
        self.address = address;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        let seats = match self.kind {
            Kind::Waiting => &mut taken.waiting,
            Kind::Echo => &mut taken.echo,
            Kind::Chat => &mut taken.chat,
            Kind::Leaving => &mut taken.leaving,
        };
        seats.remove(&self.seat.client.id);
        taken.open -= 1;
        release(&mut taken, self.address);
    }
}

fn release(taken: &mut Taken, address: IpAddr) {
    if let Some(same) = taken.of_address.get_mut(&address) {
        *same -= 1;
        if *same == 0 {
            taken.of_address.remove(&address);
        }
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

    fn places(chat: usize, waiting: usize, per_address: usize) -> Arc<Admission> {
        Admission::new(Bounds {
            chat,
            leaders: 8,
            waiting,
            leaving: 64,
            per_address,
        })
    }

    #[test]
    fn silence_makes_room_for_whoever_comes() {
        let places = places(10, 2, 0);
        let take = |id| places.take(client(id), ANN).expect("a place");
        let (first, second, third) = (take(1), take(2), take(3));
        assert!(first.is_displaced() && !second.is_displaced() && !third.is_displaced());
        drop((first, second, third));
        assert_eq!(places.counts(), (0, 0));
        assert!(places.lock().of_address.is_empty());
    }

    #[test]
    fn a_full_chat_takes_nobody_but_those_who_lead() {
        let places = places(1, 5, 0);
        let take = |id| places.take(client(id), ANN).expect("a place");
        let (mut a, mut b, mut c) = (take(1), take(2), take(3));
        assert!(a.enter_chat(Role::Member));
        assert!(!b.enter_chat(Role::Member));
        assert!(c.enter_chat(Role::Host));
        drop(a);
        drop(c);
        assert!(b.enter_chat(Role::Member));
        assert_eq!(places.counts(), (1, 0));
    }

    #[test]
    fn echoes_hold_half_of_the_pool_and_addresses_are_counted() {
        let places = places(10, 4, 2);
        let take = |id| places.take(client(id), ANN).expect("a place");
        let (mut a, mut b, mut c) = (take(1), take(2), take(3));
        assert!(a.enter_echo() && b.enter_echo() && !c.enter_echo());
        assert_eq!((a.crowded, b.crowded, c.crowded), (false, false, true));
        c.is_for(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
        assert!(!c.crowded);
    }
}
