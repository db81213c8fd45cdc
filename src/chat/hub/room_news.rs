//! What a connection is told of rooms that it has not joined: how many people are there, and how many
//! messages were sent. The messages themselves are for those who join.

use super::Hub;
use super::timers::Timer;
use crate::chat::event::{RoomInfo, ServerMessage};
use crate::chat::room::Room;
use crate::model::ids::{RoomKey, Slot};
use bytes::Bytes;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Time between two `rooms`: a number beside the name of another room may be that old.
const PAUSE: Duration = Duration::from_secs(2);

/// A room as it is now.
pub(super) fn info(room: &Room) -> RoomInfo<'_> {
    RoomInfo {
        name: &room.name,
        count: room.count(),
        said: room.said,
    }
}

impl Hub {
    /// Sets the timer of `rooms`, unless it is set.
    pub(super) fn rooms_due(&mut self) {
        if !std::mem::replace(&mut self.rooms.due, true) {
            self.timers.set(Instant::now() + PAUSE, Timer::Rooms);
        }
    }

    /// Tells each connection that asked for it of the rooms that it may enter and is not in, if they have news.
    /// Those who are told of the same rooms get the same bytes.
    pub(super) fn send_rooms(&mut self) {
        self.rooms.due = false;
        let news = self.rooms.keys();
        let news: Vec<RoomKey> = news
            .filter(|&key| self.rooms.get_mut(key).has_news())
            .collect();
        if news.is_empty() {
            return;
        }
        let mut frames: HashMap<Vec<RoomKey>, Bytes> = HashMap::new();
        for slot in self.outgoing.all() {
            let told = self.news_for(slot, &news);
            if told.is_empty() {
                continue;
            }
            let frame = match frames.get(&told) {
                Some(frame) => frame.clone(),
                None => {
                    let rooms = told.iter().map(|&key| info(self.rooms.get(key)));
                    let rooms = rooms.collect();
                    let frame = ServerMessage::Rooms { rooms }.frame();
                    frames.insert(told, frame.clone());
                    frame
                }
            };
            self.outgoing.send_frame(slot, &frame);
        }
    }

    /// Those of the rooms with news that this connection is told of.
    fn news_for(&self, slot: Slot, news: &[RoomKey]) -> Vec<RoomKey> {
        let session = self.outgoing.session(slot);
        let Some(session) = session.filter(|session| session.hears_of_rooms) else {
            return Vec::new();
        };
        let told = news.iter().copied().filter(|key| {
            let room = self.rooms.get(*key);
            // Of a room that may go away again, nobody hears before something is said.
            let stays = !room.fleeting || room.log.head() > 0;
            stays && !session.rooms.contains(key) && session.may_enter(&room.name)
        });
        told.collect()
    }
}
