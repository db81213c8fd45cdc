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
use crate::chat::event::ServerMessage;
use crate::chat::message::{ErrorCode, RequestError};
use crate::config::Keep;
use crate::model::event::Author;
use crate::model::ids::ClientId;
use crate::store::queue::{Audit, Note};
use crate::websocket::close;
use std::sync::{Arc, PoisonError};

/// Seconds until a host may try again to end a lesson that could not be stored.
const RETRY: u64 = 5;

impl Hub {
    /// Begins to end the lesson. The answer to those who wait follows when the end is on the disk.
    pub(super) fn end_lesson(&mut self, by: Arc<Author>, waiting: Vec<Waiting>) {
        let Err(refusal) = self.begin_ending(by, &waiting) else {
            return;
        };
        for (client, requester) in waiting {
            self.answer_late(client, requester, Err(refusal.clone()));
        }
    }

    fn begin_ending(&mut self, by: Arc<Author>, waiting: &[Waiting]) -> Result<(), RequestError> {
        let is_failing = self.disk_fails();
        if let Some(ending) = &mut self.ending {
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
            reason: None,
            until: None,
        };
        let next = self.store_next_lesson().map_err(|error| {
            log::error!("the lesson goes on, because the next one cannot be stored: {error}");
            not_stored()
        })?;
        self.ending = Some(Ending {
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
        let noted = self.ending.as_mut().filter(|ending| ending.job.is_some());
        let requesters = noted.map(|ending| std::mem::take(&mut ending.requesters));
        for (client, requester) in requesters.unwrap_or_default() {
            self.answer_late(client, requester, Err(waits()));
        }
    }

    /// Stores the next lesson, on a thread of its own: the hub does not wait for the disk.
    fn store_next_lesson(&self) -> Result<Lesson, Box<dyn std::error::Error>> {
        let lesson = self.setup.lesson.read();
        let current = lesson.unwrap_or_else(PoisonError::into_inner).clone();
        let next = current.following()?;
        let (new, mailbox) = (next.clone(), self.setup.mailbox.clone());
        let save = move || {
            let saved = new.save().map_err(|error| {
                // It may be in its place although the disk did not confirm it.
                let _ = current.save();
                error.to_string()
            });
            mailbox.report(Report::Lesson(saved));
        };
        std::thread::Builder::new()
            .name("lesson".into())
            .spawn(save)?;
        Ok(next)
    }

    /// The next lesson is stored, or cannot be.
    pub(super) fn on_lesson_saved(&mut self, saved: Result<(), String>) {
        if let Err(error) = saved {
            log::error!("the lesson goes on, because the next one cannot be stored: {error}");
            let requesters = self.ending.take().map(|ending| ending.requesters);
            for (client, requester) in requesters.unwrap_or_default() {
                self.answer_late(client, requester, Err(not_stored()));
            }
            return;
        }
        self.flush();
        let Some(entry) = self.ending.as_ref().map(|ending| ending.entry.clone()) else {
            return;
        };
        self.end_lesson_in_rooms(&Arc::clone(&entry.by));
        let by = Arc::clone(&entry.by);
        self.note(|| Note::Audit(Box::new(entry)));
        self.note(|| Note::EndLesson);
        self.sanctions.end_lesson();
        self.keep_sanctions();
        self.end_lesson_at_door(&by);
        if self.setup.config.history.keep == Keep::Lesson {
            self.forget_history();
        }
        let job = self.store.as_mut().map_or(0, |store| {
            store.send();
            store.last()
        });
        if let Some(ending) = &mut self.ending {
            ending.job = Some(job);
        }
        let committed = self.store.as_ref().map_or(0, |store| store.committed());
        self.conclude_lesson(committed);
        if self.disk_fails() {
            self.tell_that_the_end_waits();
        }
    }

    /// Puts the next lesson in force if its note is on the disk, as every job up to `committed` is.
    pub(super) fn conclude_lesson(&mut self, committed: u64) {
        let is_due = |ending: &mut Ending| ending.job.is_some_and(|job| job <= committed);
        let Some(ending) = self.ending.take_if(is_due) else {
            return;
        };
        {
            let lesson = self.setup.lesson.write();
            *lesson.unwrap_or_else(PoisonError::into_inner) = ending.next;
        }
        log::info!("the lesson has ended; hosts see the new class code");
        self.flush();
        self.tell_of_lesson(&ending.entry.by);
        self.say_goodbye();
        for (client, requester) in ending.requesters {
            // A retry must not end the lesson after this one.
            self.remember_done(&requester);
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
    pub(super) fn check_no_ending(&self) -> Result<(), RequestError> {
        match self.ending {
            Some(_) => Err(waits()),
            None => Ok(()),
        }
    }

    /// Tells those who lead that the lesson has ended, or that the next has started.
    pub(super) fn tell_of_lesson(&mut self, by: &Author) {
        let code = self.class_code();
        let lesson = ServerMessage::Lesson {
            runs: self.door.lesson_runs(),
            lesson: self.door.lesson(),
            by: brief(by),
            class_code: code.as_deref(),
            join_url: code.as_ref().map(|_| &*self.setup.join_url),
        };
        let frame = lesson.frame();
        self.send_to_leaders(&frame, |_, grant| grant.leads_everywhere());
        self.tell_of_door(by);
    }

    /// Disconnects everybody who does not lead.
    fn say_goodbye(&mut self) {
        let mut guests = Vec::new();
        for (_, person) in self.people.iter() {
            let held = person.held().filter(|(_, grant)| !grant.leads());
            guests.extend(held.map(|(client, _)| client));
        }
        for client in guests {
            if let Some(slot) = self.outgoing.slot(client) {
                let reason = "lesson_ended: thank you, goodbye";
                self.close(slot, close::Code::LESSON_ENDED, reason);
            }
        }
    }

    /// The code that guests type, if there are guests.
    pub(super) fn class_code(&self) -> Option<String> {
        let lesson = self.setup.lesson.read();
        let lesson = lesson.unwrap_or_else(PoisonError::into_inner);
        self.setup
            .config
            .join
            .enabled
            .then(|| lesson.code.to_string())
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
