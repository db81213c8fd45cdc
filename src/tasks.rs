//! The tasks of the course: at `/task/1` to `/task/6` the server examines a **client that the
//! student wrote**.
//!
//! Runs on: `conn-N`, which also writes here: these sockets never belong to the hub. Blocks on: its
//! own socket, for a bounded time per step. A token is needed, as for the chat. The examiner speaks
//! first, in JSON text messages. Its last message is the verdict, with the section of RFC 6455 that
//! decided and, if the task is passed, with a receipt. Then comes a Close: 1000 `passed`, or else
//! the code that the RFC names for the broken rule, or 4400.
//!
//! | file | owns |
//! |---|---|
//! | `attempt` | one connection to a task, from its handshake to its verdict |
//! | `catalogue` | the list of the tasks |
//! | `exam` | sending, receiving and waiting |
//! | `step` | what one step waits for, and the fault if it does not come |
//! | `reading` | the client's bytes, and the frames in them |
//! | `seen` | what an exam has seen of its client |
//! | `fault` | what a client did wrong |
//! | `laws` | the sentences of the RFC that decide, and how strongly they bind |
//! | `hints` | numbers in the wrong order of bytes |
//! | `unmask` | the usual ways to mask wrongly |
//! | `keys` | whether the masking keys are fresh and unpredictable |
//! | `messages` | the examiner's messages |
//! | `refusals` | handshakes that are refused before a task begins |
//! | `words` | what the examiner says, in English and 简体中文 |
//! | `texts_…` | the catalogues of that |
//! | [`students`] | what each person has done so far, in memory |
//! | [`listing`] | `GET /api/tasks` |
//! | `accept_key` | task 1: the accept key is checked (§4.1) |
//! | `masking` | task 2: every frame is masked, with a fresh key (§5.3) |
//! | `lengths` | task 3: the three forms of the length (§5.2) |
//! | `pings` | task 4: a Ping is answered (§5.5.2, §5.5.3) |
//! | `fragments` | task 5: fragments become one message (§5.4, §5.6) |
//! | `closing` | task 6: closing, begun by either end (§5.5.1, §7.1.1) |

mod accept_key;
mod attempt;
mod catalogue;
mod closing;
mod exam;
mod fault;
mod fragments;
mod hints;
mod keys;
mod laws;
mod lengths;
pub(crate) mod listing;
mod masking;
mod messages;
mod pings;
mod reading;
mod refusals;
mod seen;
mod step;
pub(crate) mod students;
mod texts_control;
mod texts_frames;
mod texts_handshake;
mod texts_messages;
mod unmask;
mod words;

pub(crate) use attempt::open;
pub(crate) use catalogue::is_endpoint;
