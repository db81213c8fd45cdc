//! The list of the tasks, and the paths of their endpoints.

use super::desk::TASKS;
use super::exam::Exam;
use super::fault::Step;
use super::{accept_key, closing, fragments, lengths, masking, pings};

/// What a task is about.
pub struct About {
    /// Its section of RFC 6455.
    pub section: &'static str,
    /// How many connections it takes.
    pub parts: u8,
    /// Its first sentence.
    pub message: &'static str,
    /// The exam of one connection.
    pub exam: fn(&mut Exam<'_>) -> Step<()>,
}

/// All of them, in order.
pub const ABOUT: [About; TASKS] = [
    About {
        section: "4.1",
        parts: 2,
        message: "Task 1: your client checks the accept key. The key of the connection before was \
                  wrong, and your client saw it; this one is right.",
        exam: accept_key::accepts_the_right_one,
    },
    About {
        section: "5.3",
        parts: 1,
        message: "Task 2: your client masks every frame that it sends, each with a fresh key.",
        exam: masking::sit,
    },
    About {
        section: "5.2",
        parts: 1,
        message: "Task 3: your client reads and writes all three forms of the payload length.",
        exam: lengths::sit,
    },
    About {
        section: "5.5.3",
        parts: 1,
        message: "Task 4: your client answers each Ping with a Pong that carries the same bytes.",
        exam: pings::sit,
    },
    About {
        section: "5.4",
        parts: 1,
        message: "Task 5: your client puts a message together that comes in fragments.",
        exam: fragments::sit,
    },
    About {
        section: "7.1",
        parts: 2,
        message: "Task 6: your client closes properly, whoever begins.",
        exam: closing::sit,
    },
];

/// The number of a task whose endpoint this is.
pub fn number(path: &str) -> Option<u8> {
    let number = path.strip_prefix("/task/")?;
    let mut tasks = 1..=TASKS as u8;
    tasks.find(|task| number == task.to_string())
}

/// Whether a path is the endpoint of a task.
pub fn answers(path: &str) -> bool {
    number(path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_numbers_of_tasks_are_endpoints() {
        for path in ["/task/1", "/task/6"] {
            assert!(answers(path), "{path}");
        }
        for path in [
            "/task", "/task/", "/task/0", "/task/7", "/task/01", "/task/1/", "/task/+1",
        ] {
            assert!(!answers(path), "{path}");
        }
    }
}
