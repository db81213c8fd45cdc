//! Plain HTTP/1.1 as far as a chat server needs it: one request per
//! connection, read strictly, answered and closed.
//!
//! Bytes in, values out: nothing in here knows a socket or a thread. A
//! connection feeds what it reads to a [`head_reader::HeadReader`] and writes the
//! bytes of a [`response::Response`].

pub(crate) mod authority;
pub(crate) mod expect;
pub(crate) mod forwarded;
pub(crate) mod head;
pub(crate) mod head_reader;
pub(crate) mod json_body;
pub(crate) mod origin;
pub(crate) mod refusal;
pub(crate) mod refusal_counts;
pub(crate) mod request_line;
pub(crate) mod response;
