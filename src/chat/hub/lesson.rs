//! The end of a lesson: a new class code, guest tokens void, guests disconnected, the door shut.
//!
//! The end is acknowledged when it is on the disk, and not before does anybody notice it:
//!
//! 1. A thread stores the next lesson. If that fails, the request is refused, and the lesson goes on.
//! 2. The end is noted in the history, if there is one.
//! 3. When that is committed, the new code is in force, guests are disconnected, and the ack goes out.
//!
//! Hosts who ask meanwhile get their acks at the same moment. If the disk fails meanwhile, they are told
//! that the end waits for it.

use super::Hub;
use super::command::Report;
use super::context::{Ending, Reply, Requester, Waiting};
use super::discipline::brief;
use crate::auth::class_code::Lesson;
use crate::chat::classes::ClassKey;
use crate::chat::event::ServerMessage;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::person::Person;
use crate::chat::refs::Acked;
use crate::config::Keep;
use crate::model::event::Author;
use crate::model::ids::{ClientId, Slot};
use crate::store::queue::{Audit, Note};
use crate::websocket::close;
use std::sync::Arc;

/// Seconds until a host may try again to end a lesson that could not be stored.
const RETRY: u64 = 5;

/// The reason that people who do not lead are given when their lesson ends: in the Close, or in `moderated` if
/// they stay for another class.
const GOODBYE: &str = "lesson_ended: thank you, goodbye";

impl Hub {
    /// Begins to end the lesson. The answer to those who wait follows when the end is on the disk.
    pub(super) fn end_lesson(&mut self, class: ClassKey, by: Arc<Author>, waiting: Vec<Waiting>) {
        let Err(refusal) = self.begin_ending(class, by, &waiting) else {
            return;
        };
        for (client, requester) in waiting {
            self.answer_late(client, requester, Err(refusal.clone()));
        }
    }

    fn begin_ending(
        &mut self,
        class: ClassKey,
        by: Arc<Author>,
        waiting: &[Waiting],
    ) -> Result<(), RequestError> {
        let is_failing = self.disk_fails();
        if let Some(ending) = &mut self.classes[class].ending {
            // Each client waits once, so that those who wait are no more than those who are here.
            let known = |client| ending.requesters.iter().any(|(other, _)| other == client);
            if is_failing || waiting.iter().any(|(client, _)| known(client)) {
                return Err(waits());
            }
            ending.requesters.extend_from_slice(waiting);
            return Ok(());
        }
        if is_failing {
            return Err(not_stored());
        }
        let entry = Audit {
            at: self.now,
            by,
            action: "end_lesson".into(),
            target: None,
            room: None,
            // The audit log has no column for it.
            reason: self.class_name(class).map(Into::into),
            until: None,
        };
        let next = self.store_next_lesson(class).map_err(|error| {
            log::error!("the lesson goes on, because the next one cannot be stored: {error}");
            not_stored()
        })?;
        self.classes[class].ending = Some(Ending {
            next,
            entry,
            requesters: waiting.to_vec(),
            job: None,
        });
        Ok(())
    }

    fn disk_fails(&self) -> bool {
        let store = self.store.as_ref();
        store.is_some_and(|store| store.check().is_err())
    }

    /// The end that is noted cannot be stored before the disk works again: says so to those who wait.
    pub(super) fn tell_that_the_end_waits(&mut self) {
        let endings = self
            .classes
            .iter_mut()
            .filter_map(|class| class.ending.as_mut());
        let noted = endings.filter(|ending| ending.job.is_some());
        let requesters: Vec<Waiting> = noted
            .flat_map(|ending| std::mem::take(&mut ending.requesters))
            .collect();
        for (client, requester) in requesters {
            self.answer_late(client, requester, Err(waits()));
        }
    }

    /// Stores the next lesson, on a thread of its own: the hub does not wait for the disk.
    fn store_next_lesson(&self, class: ClassKey) -> Result<Lesson, Box<dyn std::error::Error>> {
        let current = self.setup.classes.get(class).lesson();
        let next = current.following()?;
        let (new, mailbox) = (next.clone(), self.setup.mailbox.clone());
        let save = move || {
            let saved = new.save().map_err(|error| {
                // It may be in its place although the disk did not confirm it.
                let _ = current.save();
                error.to_string()
            });
            mailbox.report(Report::Lesson(class, saved));
        };
        std::thread::Builder::new()
            .name("lesson".into())
            .spawn(save)?;
        Ok(next)
    }

    /// The next lesson is stored, or cannot be.
    pub(super) fn on_lesson_saved(&mut self, class: ClassKey, saved: Result<(), String>) {
        if let Err(error) = saved {
            log::error!("the lesson goes on, because the next one cannot be stored: {error}");
            let ending = self.classes[class].ending.take();
            let requesters = ending.map(|ending| ending.requesters);
            for (client, requester) in requesters.unwrap_or_default() {
                self.answer_late(client, requester, Err(not_stored()));
            }
            return;
        }
        self.flush();
        let ending = self.classes[class].ending.as_ref();
        let Some(entry) = ending.map(|ending| ending.entry.clone()) else {
            return;
        };
        let by = Arc::clone(&entry.by);
        // With the last lesson that runs ends what belongs to no class.
        let is_last = self.no_other_lesson_runs(class);
        // Before the boundary: the next class is not told of it.
        self.end_lesson_in_classroom(class, is_last, &by);
        self.end_lesson_in_rooms(class, &by);
        self.note(|| Note::Audit(Box::new(entry)));
        let rooms = self.setup.classes.get(class).reach.rooms();
        let rooms = rooms.filter(|_| !is_last).map(<[_]>::to_vec);
        self.note(|| Note::EndLesson { rooms });
        // The next pupil sits at the same device.
        let reach = &self.setup.classes.get(class).reach;
        self.sanctions.end_lesson(reach, is_last);
        self.keep_sanctions();
        self.end_lesson_at_door(class, &by);
        if self.setup.config.history.keep == Keep::Lesson {
            self.forget_history(class, is_last);
        }
        let job = self.store.as_mut().map_or(0, |store| {
            store.send();
            store.last()
        });
        if let Some(ending) = &mut self.classes[class].ending {
            ending.job = Some(job);
        }
        let committed = self.store.as_ref().map_or(0, |store| store.committed());
        self.conclude_lessons(committed);
        if self.disk_fails() {
            self.tell_that_the_end_waits();
        }
    }

    /// Hands go down, polls close with their result, and nothing waits for approval any more.
    fn end_lesson_in_classroom(&mut self, class: ClassKey, is_last: bool, by: &Arc<Author>) {
        let classes = Arc::clone(&self.setup.classes);
        let ends = |room: &str| is_last || classes.get(class).reach.covers(room);
        self.end_hands(ends);
        self.drop_waiting("lesson_ended", |said| ends(&said.room));
        self.end_polls(by, ends);
    }

    fn no_other_lesson_runs(&self, class: ClassKey) -> bool {
        let others = self.classes.iter().enumerate();
        let mut others = others.filter(|(other, _)| *other != class);
        others.all(|(_, other)| !other.door.lesson_runs())
    }

    /// Puts the next lessons in force whose note is on the disk, as every job up to `committed` is.
    pub(super) fn conclude_lessons(&mut self, committed: u64) {
        let is_due = |ending: &mut Ending| ending.job.is_some_and(|job| job <= committed);
        for class in 0..self.classes.len() {
            if let Some(ending) = self.classes[class].ending.take_if(is_due) {
                self.conclude_lesson(class, ending);
            }
        }
    }

    fn conclude_lesson(&mut self, class: ClassKey, ending: Ending) {
        self.setup.classes.get(class).begin(ending.next);
        match self.class_name(class) {
            None => log::info!("the lesson has ended; hosts see the new class code"),
            Some(name) => {
                log::info!("the lesson has ended in {name:?}; hosts see the new class code");
            }
        }
        self.flush();
        self.tell_of_lesson(class, &ending.entry.by);
        self.say_goodbye(class);
        self.empty_rooms(class, &ending.entry.by);
        self.free_names(class);
        for (client, requester) in ending.requesters {
            // A retry must not end the lesson after this one.
            self.remember(&requester, Acked::Record);
            self.answer_late(client, requester, Ok(Reply::Ack));
        }
    }

    pub(super) fn answer_late(
        &mut self,
        client: ClientId,
        requester: Requester,
        result: Result<Reply, RequestError>,
    ) {
        if let Some(slot) = self.outgoing.slot(client) {
            self.conclude(&Requester { slot, ..requester }, result);
        }
    }

    /// Refuses what has to wait until the end of the lesson is on the disk.
    pub(super) fn check_no_ending(&self, class: ClassKey) -> Result<(), RequestError> {
        match self.classes[class].ending {
            Some(_) => Err(waits()),
            None => Ok(()),
        }
    }

    /// Tells those who lead a class that its lesson has ended, or that the next has started.
    pub(super) fn tell_of_lesson(&mut self, class: ClassKey, by: &Author) {
        let (code, door) = (self.class_code(class), &self.classes[class].door);
        let lesson = ServerMessage::Lesson {
            class: self.class_name(class),
            runs: door.lesson_runs(),
            lesson: door.lesson(),
            by: brief(by),
            class_code: code.as_deref(),
            join_url: code.as_ref().map(|_| &*self.setup.join_url),
        };
        let frame = lesson.frame();
        let classes = Arc::clone(&self.setup.classes);
        self.send_to_leaders(&frame, |_, grant| classes.get(class).is_led_by(grant));
        self.tell_of_door(class, by);
    }

    /// Disconnects everybody who does not lead and whose token is for nothing beside this class.
    fn say_goodbye(&mut self, class: ClassKey) {
        let class = self.setup.classes.get(class);
        let mut guests = Vec::new();
        for (_, person) in self.people.iter() {
            let held = person.held();
            let held = held.filter(|(_, grant)| !grant.leads() && class.holds_all_of(grant));
            guests.extend(held.map(|(client, _)| client));
        }
        for client in guests {
            if let Some(slot) = self.outgoing.slot(client) {
                self.close(slot, close::Code::LESSON_ENDED, GOODBYE);
            }
        }
    }

    /// Takes everybody who does not lead, and who stays for other rooms, out of the rooms of a class.
    fn empty_rooms(&mut self, class: ClassKey, by: &Author) {
        let classes = Arc::clone(&self.setup.classes);
        for key in self.rooms.keys() {
            let room = self.rooms.get(key);
            if !classes.are_named() || !classes.get(class).reach.covers(&room.name) {
                continue;
            }
            let frame = ServerMessage::Moderated {
                action: "end_lesson",
                target: None,
                room: Some(&room.name),
                rooms: None,
                by: brief(by),
                reason: Some(GOODBYE),
                until: None,
                state: Some(room.state()),
            }
            .frame();
            let members = room.members.iter().map(|member| member.slot);
            let others: Vec<Slot> = members.filter(|&slot| !self.leads(slot)).collect();
            for slot in others {
                self.outgoing.send_frame(slot, &frame);
                self.leave_room(slot, key);
            }
        }
    }

    /// Refuses somebody who does not lead a room of one of several classes while none of its lessons runs.
    /// (On a server with one class, people whose tokens are not guests' come and go meanwhile.)
    pub(super) fn check_lesson(&self, leads: bool, room: &str) -> Result<(), RequestError> {
        let classes = &self.setup.classes;
        let class = classes.of_room(room).filter(|_| classes.are_named());
        if leads || class.is_none_or(|class| self.classes[class].door.lesson_runs()) {
            return Ok(());
        }
        let message = "The lesson in this room has ended. Come back when the next one has started.";
        Err(RequestError::new(ErrorCode::NoLesson, message))
    }

    /// The tokens of the guests of a class are void, so the next class may have their names, and nobody writes to
    /// them any more.
    fn free_names(&mut self, class: ClassKey) {
        let class = self.setup.classes.get(class);
        let is_void = |person: &Person| {
            let is_guest = person.device.is_some();
            is_guest && person.held().all(|(_, grant)| class.holds_all_of(grant))
        };
        self.people.free_names(is_void);
        for (_, person) in self.people.iter_mut() {
            person.is_gone |= is_void(person);
        }
    }
}

fn waits() -> RequestError {
    let message = "The end of the lesson waits for the disk. The lesson ends by itself when the end can \
                   be stored.";
    RequestError::new(ErrorCode::StorageUnavailable, message).after(RETRY)
}

fn not_stored() -> RequestError {
    let message = "The end of the lesson cannot be stored just now, so the lesson goes on. Try again \
                   in a moment.";
    RequestError::new(ErrorCode::StorageUnavailable, message).after(RETRY)
}
