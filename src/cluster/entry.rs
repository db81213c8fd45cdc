//! One entry of the log: the jobs of one transaction of the primary, as JSON.

use crate::sqlite::companions::Companion;
use crate::store::queue::Job;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// The version of what an entry looks like. Nodes with different ones do not work together.
pub(super) const FORMAT: &str = "1";

/// An entry as it is written.
#[derive(Serialize)]
struct Written<'a> {
    files: Vec<(&'a str, String)>,
    begin: Option<&'a Job>,
    jobs: &'a [Job],
}

/// An entry as it was read.
#[derive(Deserialize)]
struct Read {
    files: Vec<(String, String)>,
    begin: Option<Job>,
    jobs: Vec<Job>,
}

/// The content of one entry of the log.
#[derive(Debug)]
pub(super) struct Entry {
    /// Files of the data directory that have changed before these jobs.
    pub files: Vec<Companion>,
    /// The jobs, in order.
    pub jobs: Vec<Job>,
}

/// Writes an entry. `begin`: a job before the others.
pub(super) fn write(files: &[Companion], begin: Option<&Job>, jobs: &[Job]) -> Vec<u8> {
    let files = files.iter();
    let files = files.map(|(name, content)| (name.as_str(), BASE64_STANDARD.encode(content)));
    let written = Written {
        files: files.collect(),
        begin,
        jobs,
    };
    // Nothing in it can fail to be written. An entry that is not JSON would stop the followers, which say so.
    serde_json::to_vec(&written).unwrap_or_default()
}

/// Reads an entry.
///
/// # Errors
///
/// It is none of this format.
pub(super) fn read(bytes: &[u8]) -> Result<Entry, String> {
    let read: Read = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let files = read.files.into_iter().map(|(name, content)| {
        let content = BASE64_STANDARD.decode(content);
        content.map(|content| (name, content))
    });
    let files: Result<Vec<Companion>, _> = files.collect();
    Ok(Entry {
        files: files.map_err(|error| error.to_string())?,
        jobs: read.begin.into_iter().chain(read.jobs).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::{author, event, said};
    use crate::model::event::{EventKind, Lesson, State};
    use crate::model::hand::Hand;
    use crate::model::json::Json;
    use crate::model::poll::{Outcome, Question};
    use crate::store::position::Position;
    use crate::store::queue::{Audit, Note};
    use crate::store::record::{Record, RecordChange, RecordKind};
    use crate::store::whisper::{Conversation, Whisper};

    fn question() -> Question {
        Question {
            question: "Why?".into(),
            choices: vec!["a".into(), "\"b\"".into()],
            multiple: true,
            anonymous: false,
        }
    }

    fn events() -> Vec<EventKind> {
        let text = || Some(Json::quote("line\n\"two\" 好"));
        vec![
            said("plain"),
            EventKind::Message {
                text: None,
                reply_to: Some(3),
            },
            EventKind::Edit {
                of: 1,
                text: text(),
                superseded: true,
            },
            EventKind::Delete { of: 1, purge: true },
            EventKind::React {
                of: 1,
                emoji: Some("👍".into()),
            },
            EventKind::Pin { of: None },
            EventKind::State(State {
                locked: true,
                slow: 5,
                approve: false,
            }),
            EventKind::LessonEnd(Lesson {
                lesson: 2,
                began: Some(7),
            }),
            EventKind::Hand(Box::new(Hand {
                up: true,
                question: text(),
                position: 4,
                ..Hand::default()
            })),
            EventKind::Poll(Some(question().into())),
            EventKind::PollOutcome {
                of: 2,
                closing: true,
                outcome: Some(
                    Outcome {
                        asked_by: "x".into(),
                        asked: question(),
                        closed: true,
                        published: false,
                        count: 2,
                        votes: vec![1, 1],
                    }
                    .into(),
                ),
            },
            EventKind::Clear {
                of: [1, 2].into(),
                undone: false,
            },
            EventKind::Restore {
                of: [1, 2].into(),
                cleared: 9,
            },
        ]
    }

    fn notes() -> Vec<Note> {
        let record = Record {
            kind: RecordKind::Mute,
            id: "1".into(),
            by: author("Lin"),
            target: Some(author("Ann")),
            room: None,
            until: None,
            body: "{}".into(),
        };
        let whisper = Whisper {
            id: 4,
            room: "lobby".into(),
            conversation: Conversation::with_hosts("sub-Ann"),
            from: author("Ann"),
            to: None,
            text: Json::quote("help"),
            at: 5,
        };
        let audit = Audit {
            at: 1,
            by: author("Lin"),
            action: "mute".into(),
            target: Some(author("Ann")),
            room: Some("lobby".into()),
            reason: Some("noise".into()),
            until: Some(9),
        };
        vec![
            Note::Room("lobby".into()),
            Note::RemoveRoom("attic".into()),
            Note::Enter {
                room: "lobby".into(),
                connection: 7,
                by: author("Ann"),
                device: Some("d".into()),
                at: 3,
            },
            Note::Leave {
                room: "lobby".into(),
                connection: 7,
                at: 4,
            },
            Note::Exam {
                by: author("Ann"),
                task: 2,
                passed: true,
                at: 4,
            },
            Note::Audit(Box::new(audit)),
            Note::Forget { sub: "s".into() },
            Note::Record(RecordChange::Keep(Box::new(record))),
            Note::Record(RecordChange::Drop(RecordKind::Ban, "2".into())),
            Note::Whisper(Box::new(whisper)),
            Note::WhispersRead {
                reader: "s".into(),
                counterpart: "".into(),
                seen: 3,
            },
            Note::EndLesson {
                rooms: Some(vec!["lobby".into()]),
            },
        ]
    }

    #[test]
    fn every_job_is_read_as_it_was_written() {
        let at = Position {
            log: "l".into(),
            entry: 3,
            term: 2,
        };
        let numbered = events().into_iter().zip(1..);
        let events = numbered.map(|(what, seq)| Job::Event(event(seq, "Ann", what)));
        let notes = notes().into_iter().map(Job::Note);
        let jobs: Vec<Job> = events.chain(notes).chain([Job::Reached(at)]).collect();
        let begin = Job::Begin {
            epoch: "e".into(),
            at: 1,
        };
        let files = vec![("lesson".to_owned(), vec![0, 255, 10])];
        let entry = read(&write(&files, Some(&begin), &jobs)).expect("an entry");
        assert_eq!(entry.files, files);
        let told = |jobs: &[Job]| {
            jobs.iter()
                .map(|job| format!("{job:?}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&entry.jobs[..1]), told(&[begin]));
        assert_eq!(told(&entry.jobs[1..]), told(&jobs));
    }

    #[test]
    fn an_entry_of_another_program_is_refused() {
        for bytes in [&b""[..], b"{}", br#"{"files":[["x","*"]],"jobs":[]}"#] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }
}
