//! Ending the connections of people who were revoked.
//!
//! The list is [`crate::auth::revoked`]. Whoever changes it does so first and then has the hub look:
//! a connection that comes before the look is ended by it, and one that comes after is refused.

use super::Hub;
use crate::model::ids::ClientId;
use crate::websocket::close;

impl Hub {
    /// Whether tokens with this `sub` are void.
    pub(super) fn is_revoked(&self, sub: &str) -> bool {
        self.setup.revoked.covers(sub, &self.setup.keys)
    }

    /// Ends every connection of everybody who was revoked. Returns how many.
    pub(super) fn expel(&mut self) -> usize {
        self.flush();
        let people = self.people.iter().map(|(_, person)| person);
        let here = people.filter(|person| !person.connections.is_empty());
        let gone = here.filter(|person| self.is_revoked(&person.author.sub));
        let gone: Vec<ClientId> = gone.flat_map(|p| p.connections.iter().copied()).collect();
        for &client in &gone {
            if let Some(slot) = self.outgoing.slot(client) {
                self.close(slot, close::Code::POLICY, close::REVOKED);
            }
        }
        gone.len()
    }
}
