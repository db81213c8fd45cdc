//! What the hub does because of the time: presence, the ends of tokens, silence, forgetting.

use super::{Hub, SWEEP, Timer};
use crate::chat::event::ServerMessage;
use crate::chat::gate;
use crate::config::Keep;
use crate::model::ids::ClientId;
use crate::websocket::close::Code;
use crate::websocket::frame;
use std::time::{Duration, Instant};

/// How long before its end a token's holder is told: milliseconds.
const EXPIRY_NOTICE: u64 = 60_000;

impl Hub {
    pub(super) fn pong(&mut self, client: ClientId, payload: &[u8]) {
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        let Some(person) = self.slots[slot].as_ref().map(|c| c.person) else {
            return;
        };
        // Answering is a duty even to those who are warned; flooding ends the connection.
        self.pace(slot, person, gate::PING_COST, None);
        self.send_frame(slot, &frame::pong(payload));
    }

    /// A client was silent: ask once, and end it when there is still nothing. One that is
    /// backlogged is not asked, the Ping would only wait; the flusher ends it if it stalls.
    pub(super) fn silent(&mut self, client: ClientId, intervals: u32) {
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        let now = self.now;
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        // Whatever was heard in between, this silence has not been asked about.
        connected.pinged &= intervals > 1;
        if connected.outbox.is_backlogged() {
            return;
        }
        if intervals > 1 && connected.pinged {
            self.close(
                slot,
                Code::SILENT,
                "silent: nothing was heard from you, come back",
            );
        } else {
            connected.pinged = true;
            self.send_frame(slot, &frame::ping(&now.to_be_bytes()));
        }
    }

    pub(super) fn ring_timers(&mut self) {
        let now = Instant::now();
        while self.timers.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, timer)) = self.timers.pop_first() else {
                break;
            };
            match timer {
                Timer::Presence(room) => self.tell_presence(room),
                Timer::Token(client) => self.check_token(client),
                Timer::Sweep => {
                    self.people.sweep(self.now);
                    if let Keep::For(time) = self.config.history.keep {
                        self.forget_before(self.now.saturating_sub(time.as_millis() as u64));
                    }
                    self.sanctions.sweep(self.now);
                    self.refresh_mutes();
                    self.timers.insert((now + SWEEP, Timer::Sweep));
                }
            }
        }
        self.flush();
    }

    pub(super) fn check_token(&mut self, client: ClientId) {
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        let now = self.now;
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        let left = (connected.expires * 1000).saturating_sub(now);
        if left == 0 {
            self.close(slot, Code::POLICY, "Unauthorized: expired");
        } else if left <= EXPIRY_NOTICE && !connected.told_of_expiry {
            connected.told_of_expiry = true;
            self.watch_token(slot);
            self.send_event(
                slot,
                &ServerMessage::AuthExpiring {
                    seconds: left.div_ceil(1000),
                },
            );
        } else {
            self.watch_token(slot);
        }
    }

    /// Sets the timer for the next thing that the token's end demands.
    pub(super) fn watch_token(&mut self, slot: usize) {
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        let left = (connected.expires * 1000).saturating_sub(self.now);
        let notice = if connected.told_of_expiry {
            0
        } else {
            EXPIRY_NOTICE
        };
        // The wall clock can be set meanwhile: look at it at least once an hour.
        let wait = left.saturating_sub(notice).min(3_600_000);
        let (at, timer) = (
            Instant::now() + Duration::from_millis(wait),
            Timer::Token(connected.client.id),
        );
        if let Some(before) = connected.timer.replace(at) {
            self.timers
                .remove(&(before, Timer::Token(connected.client.id)));
        }
        self.timers.insert((at, timer));
    }
}
