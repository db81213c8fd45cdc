//! Hands as clients see them, where they are not events.

use crate::model::event::Author;
use crate::model::json::Json;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Whose a hand is.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Owner<'a> {
    /// The id that others see.
    pub id: &'a str,
    /// The name.
    pub name: &'a str,
}

impl<'a> Owner<'a> {
    pub(crate) fn of(by: &'a Author) -> Owner<'a> {
        let (id, name) = (&by.id, &by.name);
        Owner { id, name }
    }
}

/// A hand that is up, in the queue that a client gets when it joins.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct HandInfo<'a> {
    /// The event with which it went up.
    pub seq: u64,
    /// Whose it is, for those who may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Owner<'a>>,
    /// Its place in the queue, from 1.
    pub position: usize,
    /// What its owner asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<&'a Json>,
    /// Others do not learn whose it is.
    #[serde(skip_serializing_if = "is_false")]
    pub anonymous: bool,
    /// How many others have the same question.
    #[serde(skip_serializing_if = "is_zero")]
    pub votes: u16,
    /// It is that of the person who joins.
    #[serde(skip_serializing_if = "is_false")]
    pub mine: bool,
    /// The person who joins has the same question.
    #[serde(skip_serializing_if = "is_false")]
    pub seconded: bool,
}

/// How many others have each open question of a room, by the event with which it was asked.
#[derive(Debug)]
pub(crate) struct Votes(pub Vec<(u64, u16)>);

impl Serialize for Votes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (seq, votes) in &self.0 {
            map.serialize_entry(&seq.to_string(), votes)?;
        }
        map.end()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u16) -> bool {
    *value == 0
}
