//! A connection comes in: whether it may, the person that it belongs to, and `welcome`.

use super::command::Arrival;
use super::session::Session;
use super::{Hub, room_news};
use crate::auth::token::Claims;
use crate::chat::classroom::door::Door;
use crate::chat::event::{Limits, PersonInfo, ServerInfo, ServerMessage};
use crate::chat::grant::Reach;
use crate::model::ids::{PersonKey, Slot};
use crate::model::text;
use crate::store::whisper::Since;
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
use crate::websocket::{close, frame};
use bytes::BytesMut;

/// Room for the 101, `welcome` and `joined` of a room that is not listed.
const GREETING: usize = 1536;

impl Hub {
    /// Takes a connection in: the 101, `welcome`, and the default room, in one delivery. A person
    /// who must not be here gets the 101 and then the reason.
    pub(super) fn connect(&mut self, arrival: Arrival) {
        self.flush();
        let Arrival {
            client,
            claims,
            handshake,
            enter_default,
            hears_of_rooms,
            only_posts,
        } = arrival;
        // Before anything changes: a person who may not be here takes no name from anybody.
        if let Some((code, reason)) = self.refusal_of(&claims) {
            let mut last = handshake;
            last.extend(frame::close(code.into(), &reason));
            return self.outgoing.turn_away(&client, last.into());
        }
        let mut greeting = BytesMut::with_capacity(GREETING);
        greeting.extend_from_slice(&handshake);
        let connection = client.id;
        let (person, renamed) = self.arrive(&claims);
        let mut session = self.session_of(person, &claims);
        (session.hears_of_rooms, session.only_posts) = (hears_of_rooms, only_posts);
        let grant = session.grant.clone();
        let slot = self.outgoing.add(client, session, greeting);
        if let Some(person) = self.people.get_mut(person).filter(|_| !only_posts) {
            person.connections.push(connection);
        }
        if self.people.hold(person, connection, grant, self.clock) {
            self.changed(person);
        }
        let suspect = self.suspect(person, &claims);
        self.restore_mute(person);
        if !only_posts {
            self.replace_oldest(person);
            self.watch_token(slot);
            self.welcome(slot, &claims);
        }
        match suspect {
            Some(suspect) => self.tell_of_suspect(person, &suspect),
            None => self.remind_of_mutes(slot),
        }
        self.remind_of_end(slot);
        self.remind_of_lobby(slot);
        for person in renamed {
            self.changed(person);
        }
        if enter_default {
            self.enter_first_room(slot, &claims);
        }
    }

    fn session_of(&self, person: PersonKey, claims: &Claims) -> Session {
        let mut session = Session::new(person, claims, self.end_of(claims), self.now);
        if let Since::Number(number) = session.since {
            session.since = self.whispers.since(number);
        }
        session
    }

    /// The person of a token, and those who are present and are now called differently.
    fn arrive(&mut self, claims: &Claims) -> (PersonKey, Vec<PersonKey>) {
        let id = self.setup.keys.public_id(&claims.sub);
        let full = self.full_allowance();
        self.people.arrive(claims, id, full, self.clock)
    }

    /// The messages that a person may send who has sent none lately.
    pub(super) fn full_allowance(&self) -> TokenBucket {
        let limits = &self.setup.config.limits;
        let rate = RateLimit {
            burst: limits.burst as f64,
            per_second: limits.messages_per_second,
        };
        TokenBucket::new(rate, self.clock)
    }

    fn enter_first_room(&mut self, slot: Slot, claims: &Claims) {
        let room = self.first_room(claims).to_owned();
        let session = self.outgoing.session(slot);
        // A token may be for other rooms: it says where its holder may be, not where they are at
        // once.
        if session.is_some_and(|session| session.may_enter(&room))
            && let Err(refusal) = self.join(slot, &room, None, None)
        {
            self.refuse(slot, None, &refusal);
        }
    }

    /// A person connects, or opens a protocol view. Without a message rate there is no limit here
    /// either.
    pub(super) fn charge_visit(&mut self, person: PersonKey) -> RateVerdict {
        let limited = self.setup.config.limits.messages_per_second > 0.0;
        let now = self.clock;
        let person = self.people.get_mut(person).filter(|_| limited);
        person.map_or(RateVerdict::Allowed, |person| person.visits.take(1.0, now))
    }

    /// Whether a guest's token is of a lesson that has ended.
    pub(super) fn is_of_old_lesson(&self, claims: &Claims) -> bool {
        self.setup.classes.is_over_for(claims)
    }

    /// Why the holder of a good token may not be here all the same.
    fn refusal_of(&mut self, claims: &Claims) -> Option<(close::Code, String)> {
        // They may have been revoked after the token was verified, and before they came here.
        if self.is_void(claims) {
            return Some((close::Code::POLICY, close::REVOKED.into()));
        }
        if self.is_of_old_lesson(claims) {
            return Some((close::Code::POLICY, close::OLD_LESSON.into()));
        }
        let (device, reach) = (claims.device.as_deref(), Reach::of(claims.rooms.as_deref()));
        let removal = self
            .sanctions
            .removal(&claims.sub, device, &reach, self.clock);
        if let Some(removal) = removal {
            return Some(removal.close(self.clock));
        }
        if self.is_suspect_too_many(claims) {
            let reason = "flooding: too many people with that name, come back later";
            return Some((close::Code::FLOODING, reason.into()));
        }
        let known = self.people.by_sub(&claims.sub)?;
        if self.charge_visit(known) == RateVerdict::Allowed {
            return None;
        }
        let reason = "flooding: too many connections, come back later";
        Some((close::Code::FLOODING, reason.into()))
    }

    /// One person may have `limits.connections_per_user` connections; the oldest makes room for the
    /// newest.
    fn replace_oldest(&mut self, person: PersonKey) {
        let most = self.setup.config.limits.connections_per_user;
        let Some(person) = self.people.get(person) else {
            return;
        };
        let too_many = person.connections.len().saturating_sub(most);
        let oldest = person.connections[..too_many].to_vec();
        for client in oldest {
            if let Some(slot) = self.outgoing.slot(client) {
                let reason = "replaced: you opened the chat in another place";
                self.close(slot, close::Code::REPLACED, reason);
            }
        }
    }

    fn limits(&self) -> Limits {
        let limits = &self.setup.config.limits;
        Limits {
            text: limits.text,
            lines: text::MAX_LINES,
            code: limits.code,
            code_lines: limits.code_lines,
            message: limits.message,
            messages_per_second: limits.messages_per_second,
            burst: limits.burst,
        }
    }

    fn welcome(&mut self, slot: Slot, claims: &Claims) {
        let (Some(client), Some(session)) =
            (self.outgoing.client(slot), self.outgoing.session(slot))
        else {
            return;
        };
        let Some(person) = self.people.get(session.person) else {
            return;
        };
        // The class code opens every room of the class, so it is not for those who lead only some.
        let (config, classes) = (&self.setup.config, &self.setup.classes);
        let class = self.greeting_class(person, &session.grant);
        let led = class.filter(|&class| classes.get(class).is_led_by(&session.grant));
        let code = led.and_then(|class| self.class_code(class));
        let door = class.map(|class| &self.classes[class].door);
        let rooms = self.rooms.iter();
        let rooms = rooms.filter(|room| session.may_enter(&room.name));
        let welcome = ServerMessage::Welcome {
            // What this connection may do, not what others see.
            you: PersonInfo {
                role: Some(session.grant.role),
                ..person.info()
            },
            connection: &client.id.to_string(),
            rooms: rooms.map(room_news::info).collect(),
            default_room: self.first_room(claims),
            whisper: config.rooms.whisper,
            limits: self.limits(),
            server: ServerInfo {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                time: self.now,
            },
            token_expires: session.expires * 1000,
            limited: !session.grant.reach.is_everywhere(),
            class_code: code.as_deref(),
            join_url: code.as_ref().map(|_| self.setup.join_url.as_str()),
            door_open: door.map(Door::is_open),
            lesson_runs: door.map(Door::lesson_runs),
            classes: self.class_infos(&session.grant),
        }
        .frame();
        self.outgoing.send_frame(slot, &welcome);
    }
}
