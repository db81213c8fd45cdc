//! The connection of the page: how it reacts when the server or the network does not answer as expected.

use serde_json::{Value, json};

use super::{IN_THE_ROOM, join, say, url, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

/// The token of the person who joined in this page.
#[track_caller]
pub fn token(page: &mut Page) -> String {
    let token = page.eval("localStorage.getItem('glassroom.token')");
    token.as_str().expect("a token").to_owned()
}

#[test]
fn a_room_that_is_refused_for_the_moment_opens_by_itself_and_nothing_is_lost() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nburst = 30\nmessages_per_second = 4.0");
    let mut ada = join(&mut browser, &server, "Ada");
    // Another connection of the same person uses up the rate limit, and five seconds more.
    let mut other = Chat::connect_to(server.addr, "/ws?join=lobby", &token(&mut ada));
    let page = json!({"type": "history", "room": "lobby"});
    while other.ask(page.clone())["retry_after"].as_u64() < Some(5) {}

    ada.reload();
    wait_for_words(&mut ada, "This room opens by itself in");
    say(&mut ada, "patience");
    wait_for_entry(&mut ada, ".own[data-state=pending]", "patience");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "patience");
}

/// A simulated server and clock for the page's socket: `pass(ms)` lets time pass, `sent` has the sent
/// messages, `server(message)` sends one to the page, and `states` has the reported states.
const OWN_CLOCK: &str = r"
    const { Socket } = await import('/assets/base/socket.js');
    const real = { setTimeout, clearTimeout, now: Date.now, WebSocket };
    let [now, last, timers, ws, n] = [1e12, 0, [], null, 0];
    const [sent, states] = [[], []];
    window.setTimeout = (act, ms) => { timers.push({ id: ++last, at: now + ms, act }); return last; };
    window.clearTimeout = (id) => { timers = timers.filter((each) => each.id !== id); };
    Date.now = performance.now = () => now;
    window.WebSocket = class {
        constructor() { ws = this; this.readyState = 1; }
        send(text) { sent.push(JSON.parse(text)); }
        close() {}
    };
    window.WebSocket.OPEN = 1;
    const settled = async () => { for (let turn = 0; turn < 20; turn += 1) await null; };
    const pass = async (ms) => {
        const until = now + ms;
        for (;;) {
            const next = timers.filter((each) => each.at <= until).sort((a, b) => a.at - b.at)[0];
            if (!next) break;
            now = Math.max(now, next.at);
            timers = timers.filter((each) => each !== next);
            next.act();
            await settled();
        }
        now = until;
    };
    const server = (message) => ws.onmessage({ data: JSON.stringify(message) });
    const socket = new Socket({
        url: 'ws://nowhere/',
        token: () => 'x',
        check: async () => ({ ok: true }),
        changed: (state) => states.push(state.name),
        received: () => {},
        probe: () => socket.send({ type: 'typing', room: '?', ref: 'p' + (n += 1) }),
    });
    socket.open();
    await settled();
    server({ type: 'welcome' });
";

/// What a scenario with [`OWN_CLOCK`] returns; the page has its own clock again.
#[track_caller]
fn play(page: &mut Page, scenario: &str) -> Value {
    page.eval(&format!(
        "(async () => {{
             {OWN_CLOCK}
             try {{ return await (async () => {{ {scenario} }})(); }} finally {{
                 socket.close();
                 [window.setTimeout, window.clearTimeout] = [real.setTimeout, real.clearTimeout];
                 [Date.now, window.WebSocket] = [real.now, real.WebSocket];
                 delete performance.now;
             }}
         }})()"
    ))
}

#[test]
fn a_quiet_connection_is_asked_whether_it_lives_and_a_busy_one_is_not() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    page.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    let busy = "for (let turn = 0; turn < 30; turn += 1) {
                    await pass(20000);
                    server({ type: 'presence' });
                }
                return sent.length;";
    assert_eq!(play(&mut page, busy), 0, "questions in a busy room");
    let quiet = "let answered = 0;
                 for (let turn = 0; turn < 600; turn += 1) {
                     await pass(1000);
                     for (; answered < sent.length; answered += 1) {
                         server({ type: 'error', ref: sent[answered].ref });
                     }
                 }
                 return [sent.length, states[states.length - 1]];";
    // For ten minutes only the answers arrive.
    assert_eq!(play(&mut page, quiet), json!([24, "connected"]));
    let dead = "await pass(24000);
                const before = sent.length;
                await pass(2000);
                const asked = sent.length;
                await pass(8500);
                const patient = states[states.length - 1];
                await pass(1000);
                return [before, asked, patient, states[states.length - 1]];";
    assert_eq!(play(&mut page, dead), json!([0, 1, "connected", "waiting"]));
    let unheard = "socket.send({ type: 'send', ref: 'a' });
                   await pass(4900);
                   const before = sent.length;
                   await pass(200);
                   const asked = sent.length;
                   await pass(4800);
                   const patient = states[states.length - 1];
                   await pass(200);
                   return [before, asked, patient, states[states.length - 1]];";
    assert_eq!(
        play(&mut page, unheard),
        json!([1, 2, "connected", "waiting"])
    );
    // The ack waits for a slow disk, and the server answers what needs none.
    let slow_disk = "socket.send({ type: 'send', ref: 'a' });
                     for (let turn = 0; turn < 60; turn += 1) {
                         await pass(1000);
                         const { ref } = sent[sent.length - 1];
                         if (ref !== 'a') server({ type: 'error', ref });
                     }
                     return states[states.length - 1];";
    assert_eq!(play(&mut page, slow_disk), "connected");
    let to_and_fro = "for (let turn = 0; turn < 60; turn += 1) {
                          socket.wake();
                          sent.slice(-1).forEach(({ ref }) => server({ type: 'error', ref }));
                          await pass(500);
                      }
                      return sent.length;";
    assert_eq!(play(&mut page, to_and_fro), 2, "questions in half a minute");
}

#[test]
fn the_question_whether_the_server_is_there_is_answered_and_nobody_else_hears_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.eval(
        "window.heard = [];
         const send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) {
             const { ref } = JSON.parse(text);
             this.addEventListener('message', ({ data }) => {
                 const answer = JSON.parse(data);
                 if (answer.ref === ref && answer.code) window.heard.push(answer.code);
             });
             send.call(this, text);
         };
         document.dispatchEvent(new Event('visibilitychange'));",
    );
    ada.wait_for("window.heard.length", PATIENCE);
    assert_eq!(ada.eval("window.heard"), json!(["unknown_room"]));
    bo.expect_no("typing");
}

#[test]
fn a_message_with_too_many_bytes_is_not_sent_and_the_writer_is_told() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nmessage = \"1 KiB\"");
    let mut ada = join(&mut browser, &server, "Ada");
    // Three bytes each.
    let long = "好".repeat(400);
    ada.type_into("#composer-text", &long);
    wait_for_words(&mut ada, "at most 1,024 fit in one message");
    ada.press("Enter");
    let kept = ada.eval("document.querySelector('#composer-text').value");
    assert_eq!(kept, long);
    ada.eval("document.querySelector('#composer-text').value = ''");
    say(&mut ada, &long[..600]);
    wait_for_entry(&mut ada, ".own[data-state=saved]", &long[..600]);
}

#[test]
fn what_was_too_big_on_the_way_waits_for_a_person_instead_of_ending_each_connection() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nmessage = \"1 KiB\"");
    let mut ada = join(&mut browser, &server, "Ada");
    // A proxy on the way accepts shorter messages than the page believes.
    ada.eval(
        "window.opened = 0;
         window.send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) {
             if (text.includes('\"join\"')) window.opened += 1;
             window.send.call(this, text.includes('\"send\"') ? text + ' '.repeat(1024) : text);
         };",
    );
    say(&mut ada, "large");
    wait_for_entry(&mut ada, ".own[data-state=failed]", "large");
    wait_for_words(&mut ada, "A message was too large for the server.");
    wait_for_words(&mut ada, "Shorten it or send it in parts.");
    ada.wait_for("window.opened === 1", PATIENCE);
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    ada.eval("WebSocket.prototype.send = window.send");
    ada.click("#log .again");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "large");
    assert_eq!(ada.eval("window.opened"), 1, "connections that it ended");
}

#[test]
fn the_same_words_from_another_tab_are_not_taken_for_a_message_whose_fate_is_unknown() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    // "ok" is sent, the connection breaks, and history then has an "ok" of ours. Only the ack of the retry
    // tells whether it is the same one.
    for (answered, numbers) in [(2, json!([2])), (3, json!([2, 3]))] {
        let shown = page.eval(&format!(
            "import('/assets/chat/chat.js').then(({{ Chat }}) => {{
                 const sent = [];
                 const me = {{ id: 'a', name: 'Ada', role: 'member' }};
                 const chat = new Chat({{ send: (message) => sent.push(message) > 0 }});
                 const comes = (more) => {{
                     chat.receive({{ type: 'welcome', you: me, default_room: 'lobby', whisper: 'hosts',
                                     rooms: [{{ name: 'lobby', count: 1 }}], server: {{ time: 0 }},
                                     limits: {{ text: 100, lines: 10, message: 1000 }} }});
                     chat.receive(Object.assign({{ type: 'joined', room: 'lobby', epoch: 'e', state: {{}},
                                                   members: [me], count: 1 }}, more));
                 }};
                 const message = (seq, text) => chat.receive({{ type: 'message', room: 'lobby', seq, from: me, text, at: 9 }});
                 comes({{ seq: 1, recovered: false }});
                 message(1, 'hello');
                 chat.outbox.say('ok');
                 chat.lost(1006);
                 comes({{ seq: 2, from: 1, recovered: true }});
                 message(2, 'ok');
                 const tries = sent.filter(({{ type }}) => type === 'send');
                 if (tries.length !== 2 || tries[0].ref !== tries[1].ref) return sent;
                 chat.receive({{ type: 'ack', room: 'lobby', ref: tries[1].ref, seq: {answered}, at: 9 }});
                 const said = chat.current.entries.filter(({{ text }}) => text === 'ok');
                 return said.map(({{ seq, state }}) => (state === 'saved' ? seq : state));
             }})"
        ));
        assert_eq!(shown, numbers);
    }
}
