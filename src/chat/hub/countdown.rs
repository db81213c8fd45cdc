//! The countdown to the end of a lesson, which those who lead can stop.

use super::Hub;
use super::context::{Reply, Requester, Waiting};
use super::discipline::brief;
use super::requests::has_left;
use super::timers::Timer;
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

/// The lesson is about to end.
#[derive(Debug)]
pub(super) struct Countdown {
    /// When.
    until: Instant,
    /// Who ends it.
    by: Arc<Author>,
    /// Who waits for the ack.
    waiting: Vec<Waiting>,
}

impl Countdown {
    /// The seconds until the end, of which the last counts as a whole one, and who ends the lesson.
    pub(super) fn left(&self) -> (u64, &Author) {
        let left = self.until.saturating_duration_since(Instant::now());
        (left.as_millis().div_ceil(1000) as u64, &self.by)
    }
}

impl Hub {
    /// Begins the countdown to the end of the lesson, if the requester leads all of it. With `seconds` 0
    /// it ends at once.
    pub(super) fn dismiss(
        &mut self,
        requester: &Requester,
        seconds: Option<u64>,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::EndLesson, None)?;
        let seconds = seconds.unwrap_or(COUNTDOWN);
        if seconds > LONGEST {
            let message = format!("`seconds` goes from 0 to {LONGEST}.");
            return Err(RequestError::new(ErrorCode::BadMessage, message));
        }
        let client = self.outgoing.client(requester.slot).map(|client| client.id);
        let (Some(client), Some(by)) = (client, self.acting(requester)) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        let waiting = (client, requester.clone());
        if seconds == 0 {
            let mut all = self.countdown.take().map_or(Vec::new(), |it| it.waiting);
            all.push(waiting);
            self.end_lesson(by, all);
            return Ok(Reply::Sent);
        }
        match &mut self.countdown {
            // Each client waits once, so that those who wait are no more than those who are here.
            Some(countdown) if countdown.waiting.iter().any(|(id, _)| *id == client) => {
                let message = "The lesson is ending already.";
                return Err(RequestError::new(ErrorCode::Forbidden, message));
            }
            Some(countdown) => countdown.waiting.push(waiting),
            None => self.begin_countdown(seconds, by, waiting),
        }
        Ok(Reply::Sent)
    }

    fn begin_countdown(&mut self, seconds: u64, by: Arc<Author>, waiting: Waiting) {
        let at = Instant::now() + Duration::from_secs(seconds);
        self.timers.set(at, Timer::LessonEnd);
        let ending = ServerMessage::LessonEnding {
            seconds,
            by: brief(&by),
        };
        self.tell_everybody(&ending.frame());
        self.countdown = Some(Countdown {
            until: at,
            by,
            waiting: vec![waiting],
        });
    }

    /// Ends the lesson if its countdown is over. A timer of a countdown that was stopped finds none, or a
    /// later one.
    pub(super) fn end_countdown(&mut self) {
        let is_due = |countdown: &mut Countdown| countdown.until <= Instant::now();
        if let Some(countdown) = self.countdown.take_if(is_due) {
            self.end_lesson(countdown.by, countdown.waiting);
        }
    }

    /// Stops the countdown.
    pub(super) fn keep_lesson(&mut self, requester: &Requester) -> Result<Reply, RequestError> {
        self.may(requester, Action::EndLesson, None)?;
        let by = self.acting(requester).ok_or_else(has_left)?;
        let Some(countdown) = self.countdown.take() else {
            let message = "The lesson is not ending.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        };
        self.tell_everybody(&ServerMessage::LessonKept { by: brief(&by) }.frame());
        for (client, waiting) in countdown.waiting {
            let message = format!("{} has stopped the end of the lesson.", by.name);
            let kept = RequestError::new(ErrorCode::LessonKept, message);
            self.answer_late(client, waiting, Err(kept));
        }
        Ok(Reply::Ack)
    }

    fn tell_everybody(&mut self, frame: &[u8]) {
        for slot in self.outgoing.all() {
            self.outgoing.send_frame(slot, frame);
        }
    }
}
