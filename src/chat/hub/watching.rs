//! The hub's part in the glass walls: whose a connection is, and what is done to it at its
//! owner's wish.

use super::{Hub, LensAction, Watched};
use crate::model::ids::ClientId;
use crate::model::role::Role;
use crate::support::token_bucket::RateVerdict;
use crate::websocket::frame;
use std::sync::Arc;

/// How the `sub` of a demo identity begins: hosts may watch it.
pub const DEMO: &str = "demo-";

impl Hub {
    /// The connection, for its owner; for a host that of a demo identity too. Opened in a loop it is
    /// nobody's: each look takes a place, and the one before it lingers.
    pub(super) fn watch(&mut self, connection: ClientId, sub: &str, role: Role) -> Option<Watched> {
        let slot = *self.slot_of.get(&connection)?;
        let connected = self.slots[slot].as_ref()?;
        let (key, client) = (connected.person, Arc::downgrade(&connected.client));
        let person = self.people.get(key)?;
        let theirs = &*person.author.sub;
        let (own, demo) = (theirs == sub, theirs.starts_with(DEMO));
        let watched = (own || demo && role == Role::Host).then(|| Watched {
            id: connection,
            client,
            name: person.author.name.to_string(),
            own,
            demo,
        });
        watched.filter(|_| self.visits(key) == RateVerdict::Allowed)
    }

    /// Does to a connection what its owner wants to see.
    pub(super) fn do_to(&mut self, connection: ClientId, deed: LensAction) {
        let Some(&slot) = self.slot_of.get(&connection) else {
            return;
        };
        match deed {
            LensAction::Ping => {
                let payload = format!("you asked at {}", self.now);
                self.send_frame(slot, &frame::ping(payload.as_bytes()));
            }
            LensAction::Fragment => {
                if let Some(connected) = self.slots[slot].as_mut() {
                    connected.fragment = true;
                }
            }
            LensAction::Close(code, reason) => {
                self.disconnect(slot, Some(frame::close(code, &reason)), true)
            }
            LensAction::HangUp => self.disconnect(slot, None, false),
        }
    }
}
