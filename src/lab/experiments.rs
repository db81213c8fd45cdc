//! The ready experiments: each is a program, with the outcome that this server promises and who decided
//! that it is this one: an RFC, or this server where the RFC leaves it open. A test runs every
//! experiment against the real server.
//!
//! Pure: a table. The page has the titles, questions and answers, by slug.

mod authorities;
mod closing;
mod experiment;
mod frames;
mod handshakes;
mod steps;
mod table;

pub use experiment::Experiment;

pub(crate) use experiment::Expected;

use table::Table;

/// All experiments, for a server whose `/echo` accepts messages of at most `max_message` bytes.
pub fn all(max_message: usize) -> Vec<Experiment> {
    let mut table = Table::default();
    handshakes::put(&mut table);
    frames::put(&mut table, max_message);
    closing::put(&mut table);
    table.rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::program::Program;
    use crate::model::authority::Level;
    use crate::websocket::quotations;
    use std::collections::HashSet;

    #[test]
    fn each_slug_is_there_once_and_each_group_is_one_run() {
        let all = all(64 * 1024);
        let slugs: HashSet<&str> = all.iter().map(|e| e.slug).collect();
        assert_eq!(slugs.len(), all.len());
        assert!(all.len() >= 100, "only {}", all.len());
        let mut groups: Vec<&str> = all.iter().map(|e| e.group).collect();
        groups.dedup();
        let order = [
            "handshake",
            "frames",
            "fragments",
            "control",
            "utf8",
            "closing",
        ];
        assert_eq!(groups, order);
    }

    #[test]
    fn each_says_who_decided_its_outcome() {
        for max_message in [1024, 64 * 1024] {
            for ready in all(max_message) {
                let authority = ready.authority.expect(ready.slug);
                let sentence = authority.sentence;
                quotations::assert_literal(authority.source, sentence);
                let keyword = |word| assert!(sentence.contains(word), "{}", ready.slug);
                match authority.level {
                    Level::Must => keyword("MUST"),
                    Level::Should => keyword("SHOULD"),
                    Level::May => keyword("MAY"),
                    Level::Choice => assert!(authority.choice.is_some(), "{}", ready.slug),
                }
            }
        }
    }

    #[test]
    fn a_program_survives_the_way_to_the_page_and_back() {
        for ready in all(64 * 1024) {
            let json = serde_json::to_string(&ready.program).unwrap();
            let back: Program = serde_json::from_str(&json).unwrap();
            assert_eq!(back, ready.program, "{}", ready.slug);
        }
    }
}
