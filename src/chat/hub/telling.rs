//! What is for one client or one person alone: queued, and sent behind the batch.

use super::Hub;
use crate::chat::event::ServerMessage;
use crate::chat::message::RequestError;
use crate::model::ids::PersonKey;
use crate::model::json::Json;

impl Hub {
    /// Queues `event` for one client, behind what is in the batch.
    pub(super) fn send_event(&mut self, slot: usize, event: &ServerMessage<'_>) {
        if let Some(connected) = self.slots[slot].as_mut() {
            event.put(&mut connected.replies);
            self.dirty_slots.push(slot);
        }
    }

    /// Queues a ready frame for one client.
    pub(super) fn send_frame(&mut self, slot: usize, frame: &[u8]) {
        if let Some(connected) = self.slots[slot].as_mut() {
            connected.replies.extend_from_slice(frame);
            self.dirty_slots.push(slot);
        }
    }

    pub(super) fn refuse(&mut self, slot: usize, reference: Option<&Json>, refusal: &RequestError) {
        let RequestError {
            code,
            message,
            retry_after,
        } = refusal;
        let (code, retry_after) = (code.slug(), *retry_after);
        self.send_event(
            slot,
            &ServerMessage::Error {
                reference,
                code,
                message,
                retry_after,
            },
        );
    }

    /// Tells every connection of a person.
    pub(super) fn send_to_person(
        &mut self,
        person: PersonKey,
        frame: &[u8],
        except: Option<usize>,
    ) {
        let Some(person) = self.people.get(person) else {
            return;
        };
        let slots: Vec<usize> = person
            .connections
            .iter()
            .filter_map(|id| self.slot_of.get(id).copied())
            .collect();
        for slot in slots.into_iter().filter(|slot| Some(*slot) != except) {
            self.send_frame(slot, frame);
        }
    }
}
