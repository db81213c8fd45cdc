//! The countdown to the end of a lesson, which those who lead can stop.

use super::Hub;
use super::context::{Countdown, Reply, Requester, Waiting};
use super::discipline::brief;
use super::requests::has_left;
use super::timers::Timer;
use crate::chat::classes::ClassKey;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::model::event::Author;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Seconds between the request and the end of the lesson, unless said otherwise: enough to stop it.
const COUNTDOWN: u64 = 10;
/// Longest countdown that can be asked for: seconds.
const LONGEST: u64 = 600;

impl Hub {
    /// Begins the countdown to the end of the lesson of a class, if the requester leads all of it. With
    /// `seconds` 0 it ends at once.
    pub(super) fn dismiss(
        &mut self,
        requester: &Requester,
        class: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let class = self.class_for(requester, Action::EndLesson, class)?;
        let seconds = seconds.unwrap_or(COUNTDOWN);
        if seconds > LONGEST {
            let message = format!("`seconds` goes from 0 to {LONGEST}.");
            return Err(RequestError::new(ErrorCode::BadMessage, message));
        }
        let state = &self.classes[class];
        if !state.door.lesson_runs() && state.ending.is_none() {
            let message = "No lesson runs: the last one has ended.";
            return Err(RequestError::new(ErrorCode::NoLesson, message));
        }
        let client = self.outgoing.client(requester.slot).map(|client| client.id);
        let (Some(client), Some(by)) = (client, self.acting(requester)) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        let waiting = (client, requester.clone());
        let state = &mut self.classes[class];
        if seconds == 0 {
            let mut all = state.countdown.take().map_or(Vec::new(), |it| it.waiting);
            all.push(waiting);
            self.end_lesson(class, by, all);
            return Ok(Reply::Sent);
        }
        match &mut state.countdown {
            // Each client waits once, so that those who wait are no more than those who are here.
            Some(countdown) if countdown.waiting.iter().any(|(id, _)| *id == client) => {
                let message = "The lesson is ending already.";
                return Err(RequestError::new(ErrorCode::Forbidden, message));
            }
            Some(countdown) => countdown.waiting.push(waiting),
            None => self.begin_countdown(class, seconds, by, waiting),
        }
        Ok(Reply::Sent)
    }

    fn begin_countdown(
        &mut self,
        class: ClassKey,
        seconds: u64,
        by: Arc<Author>,
        waiting: Waiting,
    ) {
        let at = Instant::now() + Duration::from_secs(seconds);
        self.timers.set(at, Timer::LessonEnd);
        let ending = ServerMessage::LessonEnding {
            class: self.class_name(class),
            seconds,
            by: brief(&by),
        };
        self.tell_class(class, &ending.frame());
        self.classes[class].countdown = Some(Countdown {
            until: at,
            by,
            waiting: vec![waiting],
        });
    }

    /// Ends the lessons whose countdown is over. A timer of a countdown that was stopped finds none, or a
    /// later one.
    pub(super) fn end_countdowns(&mut self) {
        let is_due = |countdown: &mut Countdown| countdown.until <= Instant::now();
        for class in 0..self.classes.len() {
            if let Some(countdown) = self.classes[class].countdown.take_if(is_due) {
                self.end_lesson(class, countdown.by, countdown.waiting);
            }
        }
    }

    /// Stops the countdown.
    pub(super) fn keep_lesson(
        &mut self,
        requester: &Requester,
        class: Option<&str>,
    ) -> Result<Reply, RequestError> {
        let class = self.class_for(requester, Action::EndLesson, class)?;
        let by = self.acting(requester).ok_or_else(has_left)?;
        let Some(countdown) = self.classes[class].countdown.take() else {
            let message = "The lesson is not ending.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        };
        let kept = ServerMessage::LessonKept {
            class: self.class_name(class),
            by: brief(&by),
        };
        self.tell_class(class, &kept.frame());
        for (client, waiting) in countdown.waiting {
            let message = format!("{} has stopped the end of the lesson.", by.name);
            let kept = RequestError::new(ErrorCode::LessonKept, message);
            self.answer_late(client, waiting, Err(kept));
        }
        Ok(Reply::Ack)
    }

    /// Sends a frame to every connection whose token is for a room of a class.
    fn tell_class(&mut self, class: ClassKey, frame: &[u8]) {
        let class = self.setup.classes.get(class);
        for slot in self.outgoing.all() {
            let session = self.outgoing.session(slot);
            if session.is_some_and(|session| class.concerns(&session.grant)) {
                self.outgoing.send_frame(slot, frame);
            }
        }
    }
}
