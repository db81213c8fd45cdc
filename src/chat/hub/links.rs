//! Personal links in the chat: whether their owners may come in, and the end of what came from a link
//! that is void.
//!
//! The links are [`crate::auth::links`]. Whoever changes them does so first and then has the hub look: a
//! connection that comes before the look is ended by it, and one that comes after is refused.

use super::Hub;
use super::command::{Applicant, Entry};
use crate::auth::token::Claims;
use crate::chat::grant::Reach;
use crate::model::ids::ClientId;
use crate::websocket::close;

impl Hub {
    /// Whether the owner of a link may get a token. The door is closed for them as for everybody who is
    /// not in the class yet; a name is no question, because the teacher gave it.
    pub(super) fn may_enter(&mut self, applicant: &Applicant, reach: &Reach) -> Entry {
        if let Some(removal) = self
            .sanctions
            .removal(&applicant.sub, None, reach, self.clock)
        {
            return Entry::Removed {
                reason: removal.close(self.clock).1,
            };
        }
        self.at_the_door(applicant)
    }

    /// Whether the person of a token was revoked, or the link that it came from.
    pub(super) fn is_void(&self, claims: &Claims) -> bool {
        self.is_revoked(&claims.sub) || self.setup.links.voids(claims)
    }

    /// Ends every connection of these people, whose links are void. Returns how many.
    pub(super) fn end_links(&mut self, subs: &[String]) -> usize {
        self.flush();
        let people = subs.iter().filter_map(|sub| self.people.by_sub(sub));
        let people = people.filter_map(|key| self.people.get(key));
        let gone: Vec<ClientId> = people.flat_map(|p| p.connections.clone()).collect();
        for &client in &gone {
            if let Some(slot) = self.outgoing.slot(client) {
                self.close(slot, close::Code::POLICY, close::REVOKED);
            }
        }
        gone.len()
    }
}
