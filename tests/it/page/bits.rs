//! The fields and bytes of a frame in the protocol view.
//!
//! (Facts in sentences are wrapped in U+2068 and U+2069.)

use serde_json::{Value, json};

use super::glass::{open, tab};
use super::{assert_no_problems, join, say, url};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;
use crate::harness::tools::{self, INSTALL, need};

/// The text of the elements that match, without the marks around facts.
#[track_caller]
pub fn texts(page: &mut Page, selector: &str) -> Vec<String> {
    let found = page.eval(&format!(
        r"[...document.querySelectorAll({selector:?})].map(each => each.textContent.replace(/[\u2068\u2069]/g, ''))"
    ));
    let found = found.as_array().unwrap().iter();
    found
        .map(|each| each.as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
pub fn text(page: &mut Page, selector: &str) -> String {
    texts(page, selector).join("|")
}

/// Says something and waits until its frame is the selected one.
#[track_caller]
pub fn say_and_see(page: &mut Page, words: &str) {
    say(page, words);
    let row = "document.querySelector('.frame-row[aria-selected=true]').textContent";
    page.wait_for(&format!("{row}.includes({words:?})"), PATIENCE);
}

/// Runs `script`, which returns something, with the modules of the view in `fields`, `calls` and `links`.
#[track_caller]
pub fn with_modules(page: &mut Page, script: &str) -> Value {
    page.eval(&format!(
        r"(async () => {{
            await import('/assets/glass/words.js');
            const fields = await import('/assets/glass/fields.js');
            const calls = await import('/assets/glass/calls.js');
            const links = await import('/assets/glass/link.js');
            const plain = (text) => text.replace(/[\u2068\u2069]/g, '');
            {script}
        }})()"
    ))
}

/// A page in the room, with the protocol view open.
pub fn watching(browser: &mut Browser, server: &Server) -> Page {
    let mut ada = join(browser, server, "Ada");
    open(&mut ada);
    ada
}

#[test]
fn each_field_says_its_value_in_words_in_one_tint_everywhere() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    say_and_see(&mut ada, "hello");
    let values = texts(&mut ada, "#glass-frame .field-values li");
    assert_eq!(values.len(), 7, "{values:?}");
    assert_eq!(values[0], "F FIN 1 last fragment");
    assert_eq!(values[1], "F RSV1–3 000 not used");
    assert_eq!(values[2], "O opcode 0x1 text");
    assert_eq!(values[3], "M MASK 1 masked");
    let length = text(&mut ada, "#glass-frame .f-length .words-of");
    let number: usize = length.split(' ').next().unwrap().parse().unwrap();
    assert!(number > 64, "{length}");
    // The header has 6 bytes, and 64 bytes of the payload are kept.
    let cells = "document.querySelectorAll('#glass-frame .byte-cell').length";
    assert_eq!(ada.eval(cells), 6 + 64);
    assert_eq!(values[4], format!("L payload length {length}"));
    assert!(values[5].starts_with("K masking key "), "{values:?}");
    let shown = "#glass-frame .bit-field[data-field=opcode] .words-of";
    assert_eq!(text(&mut ada, shown), "0x1 text");

    // The key has one tint in the ruler, in the line of bytes, in the payload and in the legend.
    let colours = |page: &mut Page, places: &[&str]| {
        let places = json!(places);
        page.eval(&format!(
            "[...new Set({places}.map(place => getComputedStyle(document.querySelector('#glass-frame ' + place)).backgroundColor))]"
        ))
    };
    let key = colours(
        &mut ada,
        &[
            ".f-key",
            ".byte-cell .tint-key",
            ".byte .key-of",
            ".field-values .tint-key",
        ],
    );
    assert_eq!(key, json!(["rgb(238, 184, 189)"]));
    let payload = colours(
        &mut ada,
        &[".f-payload", ".byte-cell .tint-payload", ".byte .wire-of"],
    );
    assert_eq!(payload, json!(["rgb(185, 230, 223)"]));

    // The row of the frame has it as a bar to scale, in the colours of the edges.
    let bar = ada.eval(
        "[...document.querySelectorAll('.frame-row[aria-selected=true] .bytes > *')]
             .map(part => [part.className, Number(part.style.flexGrow), getComputedStyle(part).backgroundColor])",
    );
    let parts = json!([
        ["byte-first", 0.5, "rgb(169, 117, 20)"],
        ["byte-opcode", 0.5, "rgb(42, 111, 201)"],
        ["byte-mask", 0.125, "rgb(122, 82, 196)"],
        ["byte-length", 0.875, "rgb(74, 138, 44)"],
        ["byte-key", 4, "rgb(191, 64, 83)"],
        ["byte-payload", number, "rgb(15, 123, 108)"],
    ]);
    assert_eq!(bar, parts);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

/// The byte that is explained: its index, and its sentence.
#[track_caller]
fn explained(page: &mut Page) -> (u64, String) {
    let at = page.eval(
        "[...document.querySelectorAll('.byte-cell')].findIndex(each => each.classList.contains('chosen'))",
    );
    (at.as_u64().unwrap(), text(page, "#glass-frame .byte-said"))
}

#[test]
fn the_bytes_that_were_typed_are_marked_and_named() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    say_and_see(&mut ada, "hello");
    let typed = texts(&mut ada, "#glass-frame .byte-cell.typed .letter-of");
    assert_eq!(typed.concat(), "hello");
    // The header has 6 bytes, and `{"type":"send","text":"` has 23.
    let words = text(&mut ada, "#glass-frame .typed-words");
    assert!(words.starts_with("Bytes 29 to 33 are"), "{words}");
    // What is escaped in JSON belongs to what was typed, and what follows it does not.
    let marked = with_modules(
        &mut ada,
        r#"
        const { typed } = await import('/assets/glass/typed.js');
        const note = (text, from = 'client', opcode = 1) => ({
            from, opcode, text,
            payload: [...new TextEncoder().encode(text)].slice(0, 64).map((each) => each.toString(16).padStart(2, '0')).join(''),
        });
        const send = (text) => note(JSON.stringify({ type: 'send', text, room: 'a' }));
        return [typed(send('a"b\\')), typed(send('你')), typed(send('"text":"')), typed(send('x'.repeat(90))),
            typed(note('{"type":"typing","room":"a"}')), typed(note('{"type":"send","text":"a"}', 'server')), typed(send(''))];
        "#,
    );
    assert_eq!(
        marked,
        json!([
            {"from": 23, "to": 29, "whole": true},
            {"from": 23, "to": 26, "whole": true},
            {"from": 23, "to": 34, "whole": true},
            {"from": 23, "to": 64, "whole": false},
            null, null, null,
        ])
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn every_byte_says_what_it_is_to_mouse_keyboard_and_finger() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    ada.view(&View {
        width: 1440,
        height: 900,
        dark: false,
        language: "en-US",
    });
    say_and_see(&mut ada, "hello");
    let (at, said) = explained(&mut ada);
    assert_eq!(at, 0);
    let first = "Byte 0: 81 = 1 0 0 0 0001. 1 is FIN: last fragment. 000 is RSV1–3: not used. \
                 0001 is the opcode: 0x1, text.";
    assert_eq!(said, first);

    // The Tab key stops once; the arrow keys do the rest.
    let stops =
        "[...document.querySelectorAll('.byte-cell')].filter(each => each.tabIndex === 0).length";
    assert_eq!(ada.eval(stops), 1);
    ada.eval("document.querySelector('.byte-cell').focus()");
    ada.press("ArrowRight");
    let (at, said) = explained(&mut ada);
    assert_eq!(at, 1);
    assert!(said.contains("1 is MASK: masked."), "{said}");
    assert!(said.contains("is the payload length: "), "{said}");
    assert_eq!(ada.eval(stops), 1);
    for _ in 0..6 {
        ada.press("ArrowRight");
    }
    // The payload begins with `{"type":"send"`; this is its second byte.
    let (at, said) = explained(&mut ada);
    assert_eq!(at, 7);
    assert!(
        said.ends_with("gives 22. It is the character “\"”."),
        "{said}"
    );
    ada.press("ArrowDown");
    assert_eq!(explained(&mut ada).0, 23);
    ada.press("Home");
    assert_eq!(explained(&mut ada).0, 0);
    assert_eq!(
        ada.eval(
            "document.activeElement.getAttribute('aria-label').replace(/[\\u2068\\u2069]/g, '')"
        ),
        "byte 0, 81: FIN, RSV1, RSV2, RSV3, opcode"
    );

    // Pointing at a byte marks its fields in the ruler, and the other way round.
    let place = ada.find("#glass-frame .byte-cell:nth-child(4)");
    ada.mouse("mouseMoved", &place);
    assert!(explained(&mut ada).1.contains("Byte 1 of the masking key"));
    let related = "[...new Set([...document.querySelectorAll('.bit-field.related')].map(each => each.dataset.field))]";
    assert_eq!(ada.eval(related), json!(["key"]));
    let place = ada.find("#glass-frame .bit-field[data-field=key]");
    ada.mouse("mouseMoved", &place);
    assert_eq!(
        ada.eval("document.querySelectorAll('.byte-cell.related').length"),
        4
    );

    ada.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    });
    ada.wait_for(
        "getComputedStyle(document.querySelector('.byte-line')).gridTemplateColumns.split(' ').length === 8",
        PATIENCE,
    );
    ada.tap("#glass-frame .byte-cell:nth-child(10)");
    ada.wait_for(
        "document.querySelector('.byte-cell:nth-child(10)').classList.contains('chosen')",
        PATIENCE,
    );
    let (_, said) = explained(&mut ada);
    // `{"ty…`
    assert!(said.contains("It is the character “y”."), "{said}");
    assert_room_for_fingers(&mut ada);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

/// What a finger presses is 44 px high, and the fields of the ruler keep their places.
#[track_caller]
fn assert_room_for_fingers(page: &mut Page) {
    page.wait_for("matchMedia('(pointer: coarse)').matches", PATIENCE);
    let small = page.eval(
        "[...document.querySelectorAll('#glass .quiet, #glass .tab, #glass select, #glass .frame-row, .byte-cell')]
             .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 44)
             .map(each => each.className + ': ' + each.textContent)",
    );
    assert_eq!(small, json!([]));
    let displaced = page.eval(
        "[...document.querySelectorAll('.bit-field')].filter((each, n, all) => {
             const [box, next] = [each, all[n + 1] || each].map(of => of.getBoundingClientRect());
             return (box.top === next.top && box.left < next.left && box.right > next.left + 1)
                 || each.scrollHeight > each.clientHeight + 1;
         }).map(each => each.dataset.field)",
    );
    assert_eq!(displaced, json!([]));
}

/// Makes notes of frames as the server does: `frame(header, payload, more)`, both in hex.
const NOTES: &str = r"
    const frame = (header, payload, more) => Object.assign({
        from: 'server', offset: 0, header, fin: true, rsv1: false, rsv2: false, rsv3: false, opcode: 1, masked: false,
        length: payload.length / 2, length_form: '7', key: null, header_bytes: header.length / 2,
        payload_bytes: payload.length / 2, wire: payload, payload, text: null, control: null, message: null,
    }, more);
    const of = (note) => fields.cells(note).map((cell) => plain(fields.sentences(note, cell).join(' ')));
";

#[test]
fn lengths_of_all_forms_split_characters_and_close_codes_are_explained() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    let said = with_modules(
        &mut page,
        &format!(
            "{NOTES}
            return [
                of(frame('817e012c', 'e4bda0', {{ length: 300, length_form: '7+16' }})),
                of(frame('817f0000000000010000', '', {{ length: 65536, length_form: '7+64' }})),
                of(frame('8803', '03e8e4', {{ opcode: 8, control: {{ kind: 'close', code: 1000 }} }})),
                of(frame('8801', '03', {{ opcode: 8, control: {{ kind: 'close', code: null }} }})),
                of(frame('8202', '4100', {{ opcode: 2 }})),
                of(frame('81', '', {{ header_bytes: 1, extent: 'header_cut' }})),
                of(frame('c100', '', {{ rsv1: true }})),
            ];"
        ),
    );
    let part = |n: usize, byte: usize| said[n][byte].as_str().unwrap();
    let together = "Together, most significant byte first: 01 2c = 300 bytes.";
    assert_eq!(
        part(0, 1),
        "0 is MASK: not masked. 1111110 is the payload length: 126, length in the next 2 bytes."
    );
    assert_eq!(
        part(0, 2),
        format!("Byte 1 of 2 of the extended length. {together}")
    );
    assert_eq!(
        part(0, 3),
        format!("Byte 2 of 2 of the extended length. {together}")
    );
    assert!(part(0, 5).ends_with("It is byte 2 of the 3 bytes of the character “你” in UTF-8."));
    assert!(part(1, 9).starts_with("Byte 8 of 8 of the extended length."));
    assert!(part(1, 9).ends_with("00 00 00 00 00 01 00 00 = 65,536 bytes."));
    assert!(part(2, 2).ends_with("It is byte 1 of 2 of the close code 1000."));
    assert!(part(2, 3).ends_with("It is byte 2 of 2 of the close code 1000."));
    assert!(part(2, 4).ends_with("It is not a whole character that can be shown."));
    assert!(part(3, 2).ends_with("A close code has two bytes, and there is only one."));
    assert!(part(4, 2).ends_with("Read as text, it would belong to the character “A”."));
    assert_eq!(said[5].as_array().unwrap().len(), 1);
    assert!(part(6, 0).contains("100 is RSV1–3: set, without an extension."));
}

#[test]
fn axe_finds_nothing_of_moderate_weight_in_the_protocol_view() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let Some(axe) = need(tools::axe(), "axe-core", INSTALL) else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    // What is long must not scroll by itself: no key would reach it.
    say(&mut ada, &format!("{}end", "read aloud, ".repeat(40)));
    ada.eval(&axe);
    for (width, dark) in [(1440, false), (360, true)] {
        let language = "en-US";
        ada.view(&View {
            width,
            height: 800,
            dark,
            language,
        });
        for name in ["frames", "messages", "handshake", "ladders"] {
            tab(&mut ada, name);
            let found = ada.eval(
                "axe.run().then(result => result.violations.filter(each => each.impact !== 'minor')
                     .map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' | ')))",
            );
            assert_eq!(found, json!([]), "{name} at {width}");
        }
    }
}

#[test]
fn a_code_of_0_is_a_code_and_fin_of_a_control_frame_ends_no_message() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    let said = with_modules(
        &mut page,
        &format!(
            "{NOTES}
            const fin = (note) => fields.fields(note).slice(0, 1).map((field) => plain(fields.words(note, field) + ': ' + fields.meaning(note, field)))[0];
            return [
                of(frame('8802', '0000', {{ opcode: 8, control: {{ kind: 'close', code: 0 }} }}))[2],
                fin(frame('8900', '', {{ opcode: 9 }})),
                fin(frame('0900', '', {{ opcode: 9, fin: false }})),
                fin(frame('8100', '', {{ opcode: 1 }})),
            ];"
        ),
    );
    let said = |n: usize| said[n].as_str().unwrap();
    assert!(said(0).ends_with("It is byte 1 of 2 of the close code 0."));
    assert!(
        said(1).starts_with("a whole control frame: ") && said(1).ends_with("does not end it.")
    );
    assert!(said(2).ends_with("a control frame must not be fragmented."));
    assert!(said(3).starts_with("last fragment: The message ends with this frame."));
}
