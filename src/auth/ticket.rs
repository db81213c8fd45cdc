//! The ticket in a host's or a moderator's link: it lets a person in, once, within ten minutes.
//!
//! A ticket is base32: its end, a nonce, whom it is for, and the MAC of these and of the server's `boot`.
//! For a host who chooses a name the third part is empty, and the ticket is 56 characters of base32. `boot`
//! is a random text, new at each start, so that a restart voids every ticket. The end is counted from the
//! boot of the machine, so that a wrong clock neither ends nor revives one. The server and `glassroom link`
//! make tickets. Only the server redeems them, and it remembers the nonces of those that it has redeemed. A
//! ticket never passes as a token nor a token as a ticket: a ticket has no dot and a token has two, and they
//! sign different texts (see [`crate::auth::token`]).

use std::collections::HashMap;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::auth::constant_time::equal;
use crate::auth::token::Keys;
use crate::model::role::Role;
use crate::support::{base32, random};

/// Seconds for which a ticket is valid: long enough to walk from the terminal to the projector.
pub const LIFETIME: u64 = 600;

/// The most nonces remembered. Only holders of the secret can make tickets, so that there are never
/// so many. If there were, further tickets would be refused for a while, because none may be
/// redeemed twice.
const MAX_USED: usize = 1024;

/// Characters of the end (40 bits, seconds since the boot), the nonce (80) and the MAC (160).
const END: usize = 8;
const NONCE: usize = 16;
const MAC: usize = 32;

/// Whom a ticket is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketFor {
    /// A moderator or a host.
    pub role: Role,
    /// The name; `None`: the person chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The rooms of the token; `None` means all rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rooms: Option<Vec<String>>,
    /// How many seconds the token is valid, if it is not as long as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
}

impl TicketFor {
    /// A host who chooses a name.
    pub const HOST: TicketFor = TicketFor {
        role: Role::Host,
        name: None,
        rooms: None,
        ttl: None,
    };
}

/// Why a ticket is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketError {
    /// Not a ticket at all, or made by a server with another secret or before the last start.
    Void,
    /// More than [`LIFETIME`] seconds old.
    Expired,
    /// Redeemed before.
    Used,
    /// Too many tickets were redeemed in the last ten minutes.
    TooMany,
}

impl TicketError {
    /// The stable word for programs.
    pub const fn slug(self) -> &'static str {
        match self {
            TicketError::Void => "ticket_void",
            TicketError::Expired => "ticket_expired",
            TicketError::Used => "ticket_used",
            TicketError::TooMany => "ticket_too_many",
        }
    }
}

impl fmt::Display for TicketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TicketError::Void => {
                "this link is from another server, or from before this server's last start"
            }
            TicketError::Expired => "this link is more than ten minutes old",
            TicketError::Used => "this link has been used; each opens the room once",
            TicketError::TooMany => "too many links were used; wait ten minutes",
        })?;
        f.write_str(" (`glassroom link` prints a new one)")
    }
}

impl std::error::Error for TicketError {}

/// The tickets redeemed since the server started.
#[derive(Debug)]
pub struct Tickets {
    boot: String,
    /// Nonce → when its ticket ends, after which it need not be remembered.
    used: HashMap<String, u64>,
}

impl Tickets {
    /// The redeemed tickets of the server that started as `boot`: none yet.
    pub fn new(boot: &str) -> Tickets {
        Tickets {
            boot: boot.to_owned(),
            used: HashMap::new(),
        }
    }

    /// Redeems a ticket, which works once, and returns whom it is for. `now` is
    /// [`seconds_since_boot`](crate::model::time::seconds_since_boot).
    ///
    /// # Errors
    ///
    /// Why the ticket is refused.
    pub fn redeem(
        &mut self,
        keys: &Keys,
        ticket: &str,
        now: u64,
    ) -> Result<TicketFor, TicketError> {
        let signed = ticket.len().checked_sub(MAC);
        let (signed, sent) = signed
            .filter(|&at| at >= END + NONCE)
            .and_then(|at| ticket.split_at_checked(at))
            .ok_or(TicketError::Void)?;
        if !equal(sent, &mac(keys, &self.boot, signed)) {
            return Err(TicketError::Void);
        }
        // The MAC proves that we made the ticket, so it begins with eight characters of base32.
        let (end, rest) = signed.split_at(END);
        let (nonce, person) = rest.split_at(NONCE);
        let person = person_of(person).ok_or(TicketError::Void)?;
        let end = decode(end).ok_or(TicketError::Void)?;
        if now >= end {
            return Err(TicketError::Expired);
        }
        self.used.retain(|_, end| now < *end);
        if self.used.contains_key(nonce) {
            return Err(TicketError::Used);
        }
        if self.used.len() == MAX_USED {
            return Err(TicketError::TooMany);
        }
        self.used.insert(nonce.to_owned(), end);
        Ok(person)
    }
}

/// A new ticket for the server that started as `boot`; `now` is
/// [`seconds_since_boot`](crate::model::time::seconds_since_boot).
///
/// # Errors
///
/// The operating system has no randomness.
pub fn issue(keys: &Keys, boot: &str, person: &TicketFor, now: u64) -> io::Result<String> {
    let [_, _, _, end @ ..] = (now + LIFETIME).to_be_bytes();
    let person = match *person == TicketFor::HOST {
        true => String::new(),
        false => base32::encode(&serde_json::to_vec(person)?),
    };
    let signed = base32::encode(&end) + &random::id::<10>()? + &person;
    let mac = mac(keys, boot, &signed);
    Ok(signed + &mac)
}

fn mac(keys: &Keys, boot: &str, signed: &str) -> String {
    // `signed` has no space, so that it cannot run into `boot`.
    let mut mac = base32::encode(&keys.mac("ticket", &format!("{signed} {boot}")));
    mac.truncate(MAC);
    mac
}

/// The person whom the text in a ticket means.
fn person_of(text: &str) -> Option<TicketFor> {
    match text {
        "" => Some(TicketFor::HOST),
        text => serde_json::from_slice(&base32::decode(text)?).ok(),
    }
}

/// The number whose last five bytes `text` is.
fn decode(text: &str) -> Option<u64> {
    let [a, b, c, d, e] = <[u8; 5]>::try_from(base32::decode(text)?).ok()?;
    Some(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::token::{Claims, TokenError};

    const NOW: u64 = 1_800_000_000;

    fn keys() -> Keys {
        Keys::new(vec![b'k'; 64], None)
    }

    #[test]
    fn a_ticket_opens_once_within_ten_minutes() {
        let keys = keys();
        let mut tickets = Tickets::new("boot");
        let ticket = issue(&keys, "boot", &TicketFor::HOST, NOW).unwrap();
        assert_eq!(ticket.len(), END + NONCE + MAC);
        assert_eq!(
            tickets.redeem(&keys, &ticket, NOW + LIFETIME),
            Err(TicketError::Expired)
        );
        assert_eq!(
            tickets.redeem(&keys, &ticket, NOW + LIFETIME - 1),
            Ok(TicketFor::HOST)
        );
        assert_eq!(tickets.redeem(&keys, &ticket, NOW), Err(TicketError::Used));
        let other = issue(&keys, "boot", &TicketFor::HOST, NOW).unwrap();
        assert_eq!(tickets.redeem(&keys, &other, NOW), Ok(TicketFor::HOST));
    }

    #[test]
    fn a_ticket_of_another_start_or_secret_or_a_changed_one_is_void() {
        let keys = keys();
        let mut tickets = Tickets::new("boot");
        let ticket = issue(&keys, "boot", &TicketFor::HOST, NOW).unwrap();
        let mut wrong = vec![
            issue(&keys, "earlier", &TicketFor::HOST, NOW).unwrap(),
            issue(
                &Keys::new(vec![b'x'; 64], None),
                "boot",
                &TicketFor::HOST,
                NOW,
            )
            .unwrap(),
            String::new(),
            "x".repeat(20),
            "x".repeat(56),
            "x".repeat(100_000),
            "é".repeat(28),
            format!("x{}", "é".repeat(28)),
            ticket.to_uppercase(),
            format!("{ticket}a"),
            ticket[..55].to_owned(),
        ];
        for at in 0..ticket.len() {
            let mut changed = ticket.clone().into_bytes();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            wrong.push(String::from_utf8(changed).unwrap());
        }
        for wrong in wrong {
            let redeemed = tickets.redeem(&keys, &wrong, NOW);
            assert_eq!(redeemed, Err(TicketError::Void), "{wrong}");
        }
        assert_eq!(tickets.redeem(&keys, &ticket, NOW), Ok(TicketFor::HOST));
    }

    #[test]
    fn a_ticket_says_whom_it_is_for_and_nobody_can_change_that() {
        let keys = keys();
        let mut tickets = Tickets::new("boot");
        let assistant = TicketFor {
            role: Role::Moderator,
            name: Some("Mr Wu 吴".into()),
            rooms: Some(vec!["lab".into()]),
            ttl: Some(3600),
        };
        let ticket = issue(&keys, "boot", &assistant, NOW).unwrap();
        let host = TicketFor {
            role: Role::Host,
            ..assistant.clone()
        };
        let host = base32::encode(&serde_json::to_vec(&host).unwrap());
        let forged = format!(
            "{}{host}{}",
            &ticket[..END + NONCE],
            &ticket[ticket.len() - MAC..]
        );
        let nameless = format!(
            "{}{}",
            &ticket[..END + NONCE],
            &ticket[ticket.len() - MAC..]
        );
        for wrong in [forged, nameless] {
            let redeemed = tickets.redeem(&keys, &wrong, NOW);
            assert_eq!(redeemed, Err(TicketError::Void), "{wrong}");
        }
        assert_eq!(tickets.redeem(&keys, &ticket, NOW), Ok(assistant));
        assert_eq!(tickets.redeem(&keys, &ticket, NOW), Err(TicketError::Used));
    }

    #[test]
    fn a_ticket_is_no_token_and_a_token_no_ticket() {
        let keys = keys();
        let ticket = issue(&keys, "boot", &TicketFor::HOST, NOW).unwrap();
        assert_eq!(keys.verify(&ticket, NOW), Err(TokenError::Malformed));
        let token = keys.sign(&Claims {
            sub: "s".into(),
            name: "Ann".into(),
            exp: NOW + 60,
            ..Claims::default()
        });
        assert!(keys.verify(&token, NOW).is_ok());
        let mut tickets = Tickets::new("boot");
        assert_eq!(tickets.redeem(&keys, &token, NOW), Err(TicketError::Void));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_in_time() {
        let keys = keys();
        let mut tickets = Tickets::new("boot");
        let redeem = |tickets: &mut Tickets, now| {
            tickets.redeem(
                &keys,
                &issue(&keys, "boot", &TicketFor::HOST, now).unwrap(),
                now,
            )
        };
        for _ in 0..MAX_USED {
            assert_eq!(redeem(&mut tickets, NOW), Ok(TicketFor::HOST));
        }
        assert_eq!(redeem(&mut tickets, NOW), Err(TicketError::TooMany));
        assert_eq!(redeem(&mut tickets, NOW + LIFETIME), Ok(TicketFor::HOST));
        assert_eq!(tickets.used.len(), 1);
    }

    #[test]
    fn the_end_is_read_as_it_was_written() {
        for number in [0, 1, 31, NOW, (1 << 40) - 1] {
            let [_, _, _, bytes @ ..] = u64::to_be_bytes(number);
            assert_eq!(decode(&base32::encode(&bytes)), Some(number));
        }
    }
}
