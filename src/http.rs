//! Plain HTTP/1.1 as far as a chat server needs it: one request per
//! connection, read strictly, answered and closed.
//!
//! Bytes in, values out: nothing in here knows a socket or a thread. A
//! connection feeds what it reads to a [`head_reader::HeadReader`] and writes the
//! bytes of a [`response::Response`].

pub mod authority;
pub mod forwarded;
pub mod head;
pub mod head_reader;
pub mod json_body;
pub mod origin;
pub mod refusal;
pub mod request_line;
pub mod response;
