//! The list of the tasks, and the paths of their endpoints.

use crate::tasks::exam::Exam;
use crate::tasks::fault::Step;
use crate::tasks::students::TASKS;
use crate::tasks::texts_messages as texts;
use crate::tasks::words::Text;
use crate::tasks::{accept_key, closing, fragments, lengths, masking, pings};

/// One task.
pub(super) struct TaskInfo {
    /// The section of RFC 6455 that it is about.
    pub(super) section: &'static str,
    /// How many connections it takes.
    pub(super) parts: u8,
    /// The examiner's first sentence.
    pub(super) message: Text,
    /// Examines one connection.
    pub(super) examine: fn(&mut Exam<'_>) -> Step<()>,
}

/// All tasks, in order.
pub(super) const CATALOGUE: [TaskInfo; TASKS] = [
    TaskInfo {
        section: "4.1",
        parts: 2,
        message: texts::TASK_1,
        examine: accept_key::accepts_the_right_one,
    },
    TaskInfo {
        section: "5.3",
        parts: 1,
        message: texts::TASK_2,
        examine: masking::examine,
    },
    TaskInfo {
        section: "5.2",
        parts: 1,
        message: texts::TASK_3,
        examine: lengths::examine,
    },
    TaskInfo {
        section: "5.5.3",
        parts: 1,
        message: texts::TASK_4,
        examine: pings::examine,
    },
    TaskInfo {
        section: "5.4",
        parts: 1,
        message: texts::TASK_5,
        examine: fragments::examine,
    },
    TaskInfo {
        section: "7.1",
        parts: 2,
        message: texts::TASK_6,
        examine: closing::examine,
    },
];

/// The number of the task whose endpoint has this path.
pub(super) fn task_number(path: &str) -> Option<u8> {
    let number = path.strip_prefix("/task/")?;
    let mut tasks = 1..=TASKS as u8;
    tasks.find(|task| number == task.to_string())
}

/// Whether a path is the endpoint of a task.
pub(crate) fn is_endpoint(path: &str) -> bool {
    task_number(path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_numbers_of_tasks_are_endpoints() {
        for path in ["/task/1", "/task/6"] {
            assert!(is_endpoint(path), "{path}");
        }
        for path in [
            "/task", "/task/", "/task/0", "/task/7", "/task/01", "/task/1/", "/task/+1",
        ] {
            assert!(!is_endpoint(path), "{path}");
        }
    }
}
