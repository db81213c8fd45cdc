//! Glassroom: a chat room with glass walls. A multi-user chat server over WebSocket for a
//! classroom or a small LAN, made of synchronous threads: no async runtime. It runs on Linux only:
//! epoll, an eventfd and a few more in `net/linux.rs`.
//!
//! # The threads
//!
//! | thread | blocks on | owns | never |
//! |---|---|---|---|
//! | `main` | signals | start and end | |
//! | `listener` | `accept` | the listening socket | dies of an accept error |
//! | `conn-N`, one per connection | reading its own socket | request head, checks, token, tungstenite's reading side | calls `send` on a chat socket |
//! | `hub`, one | its inbox | every room, person, permission, number, outbox | waits for anything else |
//! | `flusher`, one | sockets that are full | the bytes of clients that read too slowly | touches a client that keeps up, but to hang up after its Close |
//! | `store`, one | its queue, the disk | the SQLite writer | sends to a client except through the hub |
//! | `archive` and `search`, one each | their questions | an SQLite reader | writes |
//! | `lens-N`, one per open glass | the tap, its own page | the annotator of that connection | keeps the chat waiting |
//! | `service`, under systemd only | the hub's answer, the socket of systemd | nothing | says that the server lives before the hub has answered |
//! | `log`, one for the terminal and one for a file | its queue, what it writes to | the records that are not written yet | keeps anybody waiting |
//!
//! ```text
//!             accept            commands (bounded: a busy hub slows the senders down)
//! listener ──────────> conn-N ────────────> hub ──── send, without waiting ────> sockets
//!                        │ reads             │ ^                                    ^
//!                        v                   v │ reports (unbounded, small)         │ writes when
//!                      socket        what a full socket did not take ──> flusher ───┘ there is room
//! ```
//!
//! Who may wait for whom: `conn -> hub -> nobody`, `store -> disk`, `flusher -> sockets`. No cycle,
//! so no deadlock. (For moments there are a thread that stores a new class code, and one beside
//! whoever reads the history for HTTP, six at most, or asks the [`lab`], because they want more stack
//! than a connection has.) A panic in a connection's thread ends that connection, one in `lens-N` that
//! glass; one in hub, flusher, listener, store, archive or search ends the process, and a supervisor starts it again.
//!
//! # The way of a message
//!
//! 1. `conn-N` reads ([`net::reader`]); the [`websocket::guard`] judges frame headers,
//!    tungstenite unmasks and assembles.
//! 2. The text becomes a request ([`chat::message`]); a mistake becomes an answer.
//! 3. A [`chat::hub::Command`] goes to the hub, which asks the [`chat::gate`], gives the next
//!    number, and encodes JSON and frame **once** into the room's batch ([`chat::room`]).
//! 4. The batch goes to every other connection in the room as it is; who wrote into it gets the
//!    slices around the own frames, and the `ack`, in one system call (`chat/hub/delivery.rs`).
//! 5. What a full socket does not take waits in an [`net::outbox`] for the [`net::flusher`].
//! 6. The [`store`] commits everything that is queued in one transaction, reports how far it has
//!    come, and then the hub sends the `ack`s that it owes.
//!
//! # Where to begin
//!
//! [`server`] starts the threads. The core follows a connection from its first byte to everybody's
//! sockets: [`net::listener`], [`connection`], [`http::head_reader`], [`websocket::handshake`],
//! [`net::reader`], [`chat::hub`] with its `publish.rs`, `delivery.rs`, `outgoing.rs`, `rooms.rs` and
//! `timers.rs`, [`chat::gate`], [`net::outbox`] and [`net::flusher`]. Everything else is built around
//! it.
//!
//! The last column of the index below names experiments of the [`lab`]: `/lab` in a browser, or
//! `POST /api/lab`.
//!
//! # Which section of which RFC is obeyed where
//!
//! RFC 6455, The WebSocket Protocol:
//!
//! | § | rule | where | proved by | experiment |
//! |---|---|---|---|---|
//! | §1.3, §4.2.2 | `Sec-WebSocket-Accept`, the 101 | [`websocket::handshake`] | `the_example_of_the_rfc_is_answered_as_in_the_rfc` | `handshake-right`, `right-token`, `unknown-subprotocol`, `extension-declined`, `foreign-origin`, `origin-null`, `unknown-path`, `huge-head`, `many-fields` |
//! | §1.9 | subprotocol | [`connection`] | `a_token_as_a_subprotocol_is_accepted_and_not_echoed` | `right-token`, `unknown-subprotocol` |
//! | §4, §4.1, §4.2, §4.2.1 | the opening handshake, rule by rule | [`websocket::handshake`], [`http::head_reader`] | `each_step_has_its_own_refusal`, `every_request_head_gets_its_answer_and_the_next_client_is_served` | `any-case`, `post-instead-of-get`, `http-1-0`, `no-host`, `no-upgrade`, `no-connection`, `no-key`, `short-key`, `no-version`, `subprotocol-twice`, `folded-header`, `frame-before-101`, `long-key`, `two-origins`, `absolute-form`, `space-before-colon`, `bare-lf`, `slow-head` |
//! | §4.3, §9, §9.1 | extensions: all declined | [`websocket::handshake`] | `each_step_has_its_own_refusal` | `extension-declined`, `bad-extension` |
//! | §4.4 | version 13 | [`websocket::handshake`] | `each_step_has_its_own_refusal` | `version-8` |
//! | §5 | framing | [`net::reader`], tungstenite | `a_violation_gets_its_close_code_and_then_the_end_of_tcp`, the Autobahn suite | `text`, `binary` |
//! | §5.1 | clients mask, servers do not | [`websocket::guard`], [`websocket::frame`] | `each_broken_rule_is_named_and_what_came_before_is_kept` | `unmasked`, `unmasked-ping`, `unmasked-close` |
//! | §5.2 | the header: RSV, opcodes, minimal length | [`websocket::guard`], [`websocket::frame`] | `each_broken_rule_is_named_and_what_came_before_is_kept`, `the_length_takes_the_fewest_bytes_that_hold_it` | `rsv1`, `rsv2`, `rsv3`, `reserved-data-opcode`, `reserved-control-opcode`, `not-minimal-16`, `not-minimal-64`, `length-top-bit`, `length-125`, `length-126`, `length-127`, `length-65535`, `length-65536`, `rsv1-declined`, `rsv-on-ping`, `rsv-on-close` |
//! | §5.4 | fragments | [`websocket::guard`], tungstenite | `fragments_become_one_message_and_a_ping_between_them_is_answered_first` | `three-fragments`, `ping-between-fragments`, `empty-fragments`, `continuation-without-start`, `interleaved`, `close-between-fragments` |
//! | §5.5, §5.5.1, §5.5.2, §5.5.3 | Close, Ping, Pong | [`websocket::guard`], [`websocket::frame`], [`net::reader`] | `control_frames_never_pass_125_bytes`, `a_close_is_echoed_and_then_the_server_closes_tcp` | `ping-125`, `ping-126`, `ping-fragmented`, `close-fragmented`, `close-reason-123`, `close-reason-too-long`, `close-empty`, `close-one-byte`, `data-after-close`, `pong-fragmented`, `ping-after-close` |
//! | §6.2 | receiving | [`net::reader`] | `messages_of_every_length_form_come_back_whole` | `frame-in-two-packets` |
//! | §7, §7.1.1, §7.1.7 | closing, failing | [`websocket::close`], [`net::outbox`] | `a_close_is_the_last_thing_and_never_inside_a_frame`, `the_close_arrives_even_while_the_client_goes_on_sending` | `close-1000`, `too-big` |
//! | §7.4, §7.4.1, §7.4.2 | status codes | [`websocket::close`] | `a_violation_gets_its_close_code_and_then_the_end_of_tcp` | `too-big`, `binary-to-chat`, `no-token`, `forged-token`, `close-3000`, `close-4000`, `close-1014`, `close-1004`, `close-1005`, `close-1006`, `close-1015`, `close-999`, `close-2999`, `close-5000`, `limit-over-fragments` |
//! | §8.1 | text is UTF-8 | tungstenite, [`net::reader`] | the Autobahn suite (6.*) | `utf8-invalid`, `utf8-surrogate`, `utf8-split-invalid`, `close-reason-not-utf8`, `utf8-overlong`, `utf8-above`, `utf8-cut-at-end` |
//! | §10.2 | origins | [`http::origin`] | `a_page_of_another_origin_is_refused_before_any_upgrade` | `own-origin`, `foreign-origin` |
//! | §1.3, §3, §4.1, §4.2.2, §9.1, §11.3.1 | what a client sends and checks | [`lens::handshake`], [`terminal_client`] | `each_broken_duty_is_the_only_one_named`, `a_wrong_accept_key_fails_the_connection` | |
//! | §5.2, §5.3, §5.7 | header and unmasking, for the eye | [`lens::frames`] | `ten_thousand_random_frames_read_as_by_a_second_parser` | `key-of-zeros` |
//! | §5.4, §5.6, §8.1 | messages of fragments, UTF-8 across frames | [`lens::messages`] | `utf8_is_judged_the_same_however_it_is_cut` | `text`, `binary`, `empty-message`, `utf8-split-letter`, `utf8-nul`, `utf8-bom`, `utf8-noncharacters` |
//! | §5.5.1, §5.5.2, §5.5.3, §7.1, §7.1.1, §7.1.2, §7.1.4, §7.1.5 | who pinged, who closed, who ended TCP | [`lens::ladders`] | `a_pong_answers_the_ping_with_its_bytes_and_all_older_ones`, `the_close_ladder_says_who_began_and_what_each_side_sees` | `ping`, `pong-unasked`, `close-1000`, `hang-up` |
//! | §4.1, §5.2, §5.3, §5.4, §5.5.1, §5.5.3, §5.6, §7.1.1 | clients of students, examined | [`tasks`] | `an_honest_client_passes_every_task_and_it_is_kept`, `an_accept_key_that_nobody_checks`, `masks_that_are_none`, `lengths_that_are_wrong`, `pings_that_are_not_answered_as_they_should`, `messages_that_are_not_put_together`, `closes_that_are_none_when_the_server_begins`, `closes_that_are_none_when_the_client_begins`, `wrong_masks_are_named`, `wrong_lengths_are_named`, `wrong_closes_are_named`, `pongs_that_are_legal`, `closes_that_are_legal_when_the_server_begins` | |
//! | RFC 9110 §9.3.1, RFC 9112 §3.2 | rules of HTTP for a handshake: no content, one `Host` | [`websocket::handshake`], [`http::head`] | `every_request_head_gets_its_answer_and_the_next_client_is_served` | `two-hosts`, `body-on-upgrade`, `transfer-encoding` |
//! | §1.4, §7.3, §10.4, §10.5, §10.7 | what is left to the receiver: who decided | [`websocket::rulings`], [`websocket::violations`] | `refusal_and_lens_say_alike_who_decided`, `each_rule_has_one_code_and_its_close_says_who_decided` | |
//! | §4.1, §4.2.2, §5.1, §5.2, §5.4, §5.5, §5.5.1, §5.5.2, §7.1.1, §7.1.5, §7.1.7, §7.4.1, §7.4.2, §8.1, §10.7 | what a client does when the *server* breaks a rule | [`broken`] | `each_endpoint_breaks_one_rule_and_no_other`, `chromium_meets_every_broken_server` | |
//! | §4.1, §4.2.1, §4.2.2, §4.4, §5.1, §5.2, §5.4, §5.5, §7.1.7, §7.2.2, §8.1, §10.4 | servers of students, examined | [`terminal_client`] | `each_fault_gets_the_verdict_that_names_it` | |
//! | §11.3, §11.3.1, §11.3.5 | header fields of the handshake | [`websocket::handshake`] | `each_step_has_its_own_refusal` | `two-keys`, `two-versions` |
//!
//! Around it: RFC 9110 and RFC 9112 (HTTP) in [`http`], RFC 6585 §5 (431) in
//! [`http::head_reader`], RFC 6454 §6.2 and §7 (origins) in [`http::origin`], RFC 6750 §2.1 (bearer
//! tokens) in [`authenticate`], RFC 7519 (JSON Web Tokens) with RFC 7518 §3.2 (HS256) in [`auth`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]
// `pub` is what the program, the tests and the benches use.
#![cfg_attr(feature = "full", warn(unreachable_pub))]
#![cfg_attr(
    not(feature = "cluster"),
    allow(
        dead_code,
        unused_imports,
        reason = "the lower floors have parts that only the full build uses"
    )
)]
// The documentation is for readers of the source: it is built with `--document-private-items`.
#![allow(rustdoc::private_intra_doc_links)]

pub mod addresses;
pub(crate) mod app;
pub(crate) mod audit;
pub mod auth;
pub(crate) mod authenticate;
pub mod banner;
#[cfg(feature = "full")]
pub(crate) mod broken;
pub(crate) mod chat;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod config;
pub(crate) mod connection;
pub mod control;
pub mod data_dir;
pub(crate) mod echo;
#[cfg(all(any(test, fuzzing), feature = "full"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(feature = "full")]
pub(crate) mod glass;
#[cfg(feature = "full")]
mod history;
#[cfg(not(feature = "full"))]
#[path = "history_none.rs"]
mod history;
pub(crate) mod http;
#[cfg(feature = "full")]
pub mod lab;
#[cfg(feature = "full")]
pub(crate) mod lens;
pub mod limits;
pub mod logger;
pub mod metrics;
pub mod model;
pub(crate) mod net;
pub(crate) mod qr_svg;
pub mod server;
pub mod service;
pub(crate) mod shared;
pub mod signals;
pub(crate) mod site;
#[cfg(feature = "full")]
pub mod sqlite;
pub(crate) mod store;
pub(crate) mod support;
#[cfg(feature = "full")]
pub(crate) mod tasks;
#[cfg(feature = "full")]
pub mod terminal_client;
#[cfg(feature = "full")]
pub mod upkeep;
pub(crate) mod websocket;
