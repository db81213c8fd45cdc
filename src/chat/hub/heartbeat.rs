//! Pings and silence.

use super::Hub;
use crate::chat::gate;
use crate::model::ids::ClientId;
use crate::websocket::close::Code;
use crate::websocket::frame;

impl Hub {
    /// Answers a Ping.
    pub(super) fn pong(&mut self, client: ClientId, payload: &[u8]) {
        let Some(slot) = self.outgoing.slot(client) else {
            return;
        };
        let Some(person) = self.outgoing.session(slot).map(|session| session.person) else {
            return;
        };
        // Clients that are warned get their answer, too; flooding ends the connection.
        self.charge(slot, person, gate::PING_COST, None);
        self.outgoing.send_frame(slot, &frame::pong(payload));
    }

    /// A client was silent: ask once, and end it when there is still nothing. A backlogged client
    /// is not asked, because the Ping would only wait; the flusher ends it if it stalls.
    pub(super) fn silent(&mut self, client: ClientId, intervals: u32) {
        let Some(slot) = self.outgoing.slot(client) else {
            return;
        };
        let backlogged = self.outgoing.is_backlogged(slot);
        let Some(session) = self.outgoing.session_mut(slot) else {
            return;
        };
        // Something was heard since the last Ping: this silence has not been asked about.
        session.pinged &= intervals > 1;
        if backlogged {
            return;
        }
        if session.pinged {
            let reason = "silent: nothing was heard from you, come back";
            self.close(slot, Code::SILENT, reason);
        } else {
            session.pinged = true;
            let ping = frame::ping(&self.now.to_be_bytes());
            self.outgoing.send_frame(slot, &ping);
        }
    }
}
