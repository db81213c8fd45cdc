//! The protocol view beside the chat, with the real lens: the page has to answer the learners' questions.
//!
//! (Facts in sentences are wrapped in U+2068 and U+2069.)

use serde_json::{Value, json};

use super::{
    IN_THE_ROOM, assert_no_problems, join, join_as_host, say, wait_for_entry, wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

const WATCHING: &str = "document.querySelector('#glass').dataset.lens === 'open'";

/// Opens the protocol view and waits until it watches the connection.
#[track_caller]
pub fn open(page: &mut Page) {
    page.click("#glass-open");
    page.wait_for(WATCHING, PATIENCE);
}

#[track_caller]
pub fn tab(page: &mut Page, name: &str) {
    page.click(&format!("#glass-tab-{name}"));
    page.wait_for(
        &format!("document.querySelector('#glass-view').dataset.view === {name:?}"),
        PATIENCE,
    );
}

/// Presses one of the buttons of "do it to me".
#[track_caller]
pub fn act(page: &mut Page, what: &str) {
    page.click(&format!("#glass-do-{what}"));
}

/// Waits until the panel's view has these words.
#[track_caller]
fn see(page: &mut Page, words: &str) {
    let text = r"document.querySelector('#glass-view').textContent.replace(/[\u2068\u2069]/g, '')";
    page.wait_for(&format!("{text}.includes({words:?})"), PATIENCE);
}

/// Waits until the page has reconnected and watches the new connection.
#[track_caller]
fn back(page: &mut Page) {
    page.wait_for(&format!("{IN_THE_ROOM} && {WATCHING}"), PATIENCE);
}

/// The explanation of a field of the ruler, after pointing at it.
#[track_caller]
fn field(page: &mut Page, name: &str) -> Value {
    page.eval(&format!(
        "(() => {{
            const field = document.querySelector('#glass-frame .bit-field[data-field={name}]');
            field.focus();
            const bits = field.querySelector('.bits-of').textContent;
            const said = document.querySelector('#glass-frame .explained');
            return [bits, said.querySelector('.value-of').textContent, said.querySelector('a').href];
        }})()"
    ))
}

#[test]
fn what_is_said_is_seen_as_bits_and_unmasked_byte_by_byte() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);
    say(&mut ada, "hi 你好");
    ada.wait_for(
        "document.querySelector('.frame-row[aria-selected=true]').textContent.includes('hi 你好')",
        PATIENCE,
    );
    let rfc = |section: &str| format!("https://www.rfc-editor.org/rfc/rfc6455#section-{section}");
    assert_eq!(field(&mut ada, "fin"), json!(["1", "1", rfc("5.4")]));
    assert_eq!(
        field(&mut ada, "opcode"),
        json!(["0001", "0x1", rfc("11.8")])
    );
    assert_eq!(field(&mut ada, "mask"), json!(["1", "1", rfc("5.1")]));
    let key = field(&mut ada, "key");
    assert_eq!(key[2], rfc("5.3"));
    // wire XOR key = payload holds for every byte, and the payload has the text.
    let bytes = ada.eval(
        "[...document.querySelectorAll('#glass-frame .four .byte')].map(byte =>
             ['wire', 'key', 'plain'].map(of => parseInt(byte.querySelector(`.${of}-of`).textContent, 16)))",
    );
    let bytes = bytes.as_array().unwrap();
    let of = |n: usize, row: usize| bytes[n][row].as_u64().unwrap() as u8;
    assert!(bytes.len() > 40, "{}", bytes.len());
    for n in 0..bytes.len() {
        assert_eq!(of(n, 0) ^ of(n, 1), of(n, 2), "byte {n}");
    }
    let plain: Vec<u8> = (0..bytes.len()).map(|n| of(n, 2)).collect();
    let plain = String::from_utf8_lossy(&plain);
    assert!(
        plain.starts_with(r#"{"type":"send","text":"hi 你好","#),
        "{plain}"
    );
    see(
        &mut ada,
        "Why are my bytes not on the wire as I typed them?",
    );

    // The animation has ended. One step back, the last byte is not unmasked.
    ada.wait_for(
        "document.querySelectorAll('#glass-frame .hidden-yet').length === 0",
        PATIENCE,
    );
    ada.click("#glass-frame .stepper button");
    ada.wait_for(
        "document.querySelectorAll('#glass-frame .hidden-yet').length === 1",
        PATIENCE,
    );

    // While it is paused, the selected frame stays.
    ada.click("#glass-pause");
    say(&mut ada, "not followed");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "not followed");
    ada.wait_for(
        "document.querySelector('#glass-state').textContent.includes('Paused')",
        PATIENCE,
    );
    assert_eq!(
        ada.eval("document.querySelector('#glass-frames').textContent.includes('not followed')"),
        false
    );
    ada.click("#glass-pause");
    ada.wait_for(
        "document.querySelector('#glass-frames').textContent.includes('not followed')",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn what_is_done_to_me_is_seen_on_the_ladders_and_the_page_comes_back() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);

    act(&mut ada, "ping");
    ada.wait_for(
        "/ms/.test(document.querySelector('#glass-view .ladder .rtt').textContent)",
        PATIENCE,
    );
    see(&mut ada, "Where is the Ping?");

    act(&mut ada, "fragment");
    say(&mut ada, "in three");
    ada.wait_for("document.querySelector('.assembly.many')", PATIENCE);
    let pieces = ada.eval(
        "[...document.querySelector('.assembly.many').querySelectorAll('.piece strong')].map(each => each.textContent)",
    );
    let pieces: Vec<&str> = pieces
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        pieces.iter().filter(|each| **each != "Ping").count(),
        3,
        "{pieces:?}"
    );
    assert!(pieces.contains(&"Ping"), "{pieces:?}");

    act(&mut ada, "close");
    see(&mut ada, "Your page was told: 4000.");
    see(&mut ada, "Cleanly: both sent their Close.");
    back(&mut ada);
    see(&mut ada, "Your page was told: 4000.");

    act(&mut ada, "hang-up");
    see(&mut ada, "Your page was told: 1006.");
    see(&mut ada, "Nobody sent a Close.");
    see(&mut ada, "1006 was never on the wire.");
    back(&mut ada);

    // A code after which the page otherwise does not reconnect.
    ada.click("#glass-close-other");
    ada.type_into("#glass-code", "1000");
    assert_eq!(
        ada.eval(
            "document.querySelector('#glass-do-close').textContent.replace(/[\\u2068\\u2069]/g, '')"
        ),
        "Close with 1000"
    );
    act(&mut ada, "close");
    see(&mut ada, "Your page was told: 1000.");
    back(&mut ada);

    ada.type_into("#glass-code", "1005");
    act(&mut ada, "close");
    ada.wait_for(
        "document.querySelector('#glass-said').textContent.includes('must not have this code')",
        PATIENCE,
    );
    tab(&mut ada, "frames");
    ada.wait_for(
        // On a busy machine one connection can be watched twice.
        "new Set([...document.querySelectorAll('#glass-frames .divider')].map(each => each.textContent)).size === 4",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn every_view_explains_itself_and_is_a_table_too() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let _bo = Chat::member(&server, "Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);
    say(&mut ada, "to one other");
    act(&mut ada, "ping");

    tab(&mut ada, "handshake");
    see(&mut ada, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    see(&mut ada, "Why can my page not see a 401 or a 403?");
    see(&mut ada, "bearer.…");
    let verdicts = "document.querySelectorAll('#glass-view .verdict.kept').length";
    assert!(ada.eval(verdicts).as_u64() > Some(8));
    assert_eq!(
        ada.eval("document.querySelectorAll('#glass-view .verdict.broken').length"),
        0
    );

    tab(&mut ada, "token");
    see(&mut ada, "HS256");
    see(&mut ada, "anybody who has the token can act as you");
    tab(&mut ada, "fan");
    see(&mut ada, "One message comes in, one goes out.");
    tab(&mut ada, "ledger");
    see(&mut ada, "HTTP polling");
    see(&mut ada, "assumed for a short response head");
    tab(&mut ada, "chart");
    see(&mut ada, "my round trip (ms)");
    assert_eq!(
        ada.eval("document.querySelector('#glass-view').textContent.includes('deliveries')"),
        false
    );

    ada.click("#glass-more");
    ada.click("#glass-table");
    for name in [
        "frames",
        "messages",
        "handshake",
        "ladders",
        "token",
        "fan",
        "ledger",
        "chart",
    ] {
        tab(&mut ada, name);
        ada.wait_for(
            "document.querySelector('#glass-view table tbody tr')",
            PATIENCE,
        );
        assert_eq!(
            ada.eval("document.querySelectorAll('#glass-view table:not(:has(caption))').length"),
            0
        );
    }

    // The arrow keys of the tab pattern.
    ada.eval("document.querySelector('#glass-tab-chart').focus()");
    ada.press("ArrowRight");
    assert_eq!(ada.eval("document.activeElement.id"), "glass-tab-frames");
    assert_eq!(
        ada.eval("document.querySelector('#glass-view').dataset.view"),
        "frames"
    );

    // The handle reacts to keys.
    ada.eval("document.querySelector('#glass-handle').focus()");
    let size = "Number(document.querySelector('#glass-handle').getAttribute('aria-valuenow'))";
    let before = ada.eval(size).as_u64().unwrap();
    ada.press("ArrowUp");
    assert_eq!(ada.eval(size), before + 5);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn what_was_seen_is_saved_line_by_line() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);
    say(&mut ada, "for the file");
    ada.wait_for(
        "document.querySelector('#glass-frames').textContent.includes('for the file')",
        PATIENCE,
    );
    // The test reads the file that the browser would save.
    let lines = ada.eval(
        "new Promise(done => {
             const make = URL.createObjectURL;
             URL.createObjectURL = blob => { blob.text().then(done); return make.call(URL, blob); };
             HTMLAnchorElement.prototype.click = function () {};
             document.querySelector('#glass-save').click();
         })",
    );
    let lines: Vec<Value> = lines
        .as_str()
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["type"], "opened");
    let said = |line: &&Value| {
        line["message"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("for the file"))
    };
    assert_eq!(lines.iter().find(said).unwrap()["from"], "client");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_host_shows_a_demo_connection_and_sees_the_figures_of_the_server() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = join(&mut browser, &server, "Bo");
    open(&mut host);
    tab(&mut host, "chart");
    see(&mut host, "deliveries per second");
    tab(&mut host, "frames");
    host.click("#glass-more");
    host.click("#glass-demo");
    host.wait_for(
        "document.querySelector('#glass-state').textContent.includes('made for showing')",
        PATIENCE,
    );
    host.type_into("#glass-demo-text", "look at this");
    host.press("Enter");
    wait_for_words(&mut bo, "look at this");
    host.wait_for(
        "document.querySelector('.frame-row[aria-selected=true]').textContent.includes('look at this')",
        PATIENCE,
    );
    act(&mut host, "hang-up");
    see(&mut host, "Your page was told: 1006.");
    // It reconnects by itself, and the host's own connection was not touched.
    host.wait_for(
        "document.querySelector('#glass-state').textContent.includes('made for showing')",
        PATIENCE,
    );
    assert_eq!(host.eval("document.body.dataset.connection"), "connected");
    assert_no_problems(&mut [("the host", &mut host), ("Bo", &mut bo)]);
}

#[test]
fn a_lens_that_is_switched_off_meanwhile_is_said_in_words() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);
    assert!(server.stop().success());
    server.configure("[lens]\nenabled = false\n");
    server.start_again();
    wait_for_words(&mut ada, "The protocol view is switched off on this server");
    say(&mut ada, "and the chat goes on");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "and the chat goes on");
    // The console has the failed tries to connect, and nothing else.
    let problems = ada.problems();
    let expected = |p: &String| {
        p.contains("ERR_CONNECTION") || p.contains("WebSocket connection") || p.contains("/lens")
    };
    assert!(problems.iter().all(expected), "{problems:?}");
}
