//! The end of a lesson: a new class code, guest tokens void, guests disconnected.

use super::Hub;
use crate::auth::class_code::Lesson;
use crate::chat::event::ServerMessage;
use crate::config::Keep;
use crate::store::queue::Note;
use crate::websocket::close;
use std::sync::{Arc, PoisonError};

impl Hub {
    /// Ends the lesson: every connection below moderator ends.
    pub(super) fn end_lesson(&mut self) {
        self.flush();
        self.note(|| Note::EndLesson);
        if self.setup.config.history.keep == Keep::Lesson {
            self.forget_history();
        }
        if let Err(error) = self.begin_next_lesson() {
            log::error!("the next lesson is not stored: {error}");
        }
        if let Some(class_code) = &self.class_code() {
            let join_url = &self.setup.join_url;
            let lesson = ServerMessage::Lesson {
                class_code,
                join_url,
            };
            self.send_to_leaders(&lesson.frame(), |_, grant| grant.leads_everywhere());
        }
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

    fn begin_next_lesson(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let lesson = Arc::clone(&self.setup.lesson);
        {
            let mut lesson = lesson.write().unwrap_or_else(PoisonError::into_inner);
            *lesson = lesson.following()?;
        }
        // The hub does not wait while the file is written.
        let save = move || match Lesson::save_current(&lesson) {
            Ok(()) => log::info!("the lesson has ended; hosts see the new class code"),
            Err(error) => log::error!("after a restart the old class code is back: {error}"),
        };
        std::thread::Builder::new()
            .name("lesson".into())
            .spawn(save)?;
        Ok(())
    }
}
