//! What is told of polls: to somebody who joins, and to those who lead.

use crate::model::poll::Question;
use serde::Serialize;

/// A poll, for a person who joins.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PollInfo<'a> {
    /// The number of its event.
    pub seq: u64,
    /// What is asked.
    #[serde(flatten)]
    pub asked: &'a Question,
    /// It takes no more votes.
    #[serde(skip_serializing_if = "is_false")]
    pub closed: bool,
    /// Everybody sees the sums.
    #[serde(skip_serializing_if = "is_false")]
    pub published: bool,
    /// The person has voted.
    pub voted: bool,
    /// For what, in a named poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Vec<usize>>,
}

/// A vote, as the other connections of its person are told of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct VoteInfo<'a> {
    pub room: &'a str,
    /// The number of its event.
    pub poll: u64,
    /// For what, in a named poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<usize>>,
}

/// A person who has voted in a named poll, or has not.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct VoterInfo<'a> {
    /// Opaque; never the `sub` of the token.
    pub id: &'a str,
    /// As displayed when they voted.
    pub name: &'a str,
    /// For what, in the list of those who have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<usize>>,
}

/// What those who lead see of a poll beside its sums.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TallyOfLeaders<'a> {
    /// Who has voted for what, in a named poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voters: Option<Vec<VoterInfo<'a>>>,
    /// Members who are here and have not voted, in an open named poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<VoterInfo<'a>>>,
    /// Votes beside the first one from each device.
    #[serde(skip_serializing_if = "is_zero")]
    pub repeated: usize,
    /// Who shares a device, in a named poll.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub same_device: Vec<Vec<VoterInfo<'a>>>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}
