//! The live pieces of the guide from chapter 13 on, in a real browser against the real server.

use serde_json::{Value, json};
use std::path::Path;

use super::{assert_accessible, assert_no_problems, join, join_as_host, url};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Server, http};

/// The first and the last chapter with live pieces.
const CHAPTERS: std::ops::RangeInclusive<u8> = 13..=22;

/// Opens a chapter and waits until its pieces are there.
#[track_caller]
fn open(page: &mut Page, server: &Server, language: &str, chapter: u8) {
    page.open(&url(server, &format!("learn/{language}/{chapter}")));
    page.wait_for(
        "document.querySelector('.experiment') && !document.querySelector('.experiment > p')",
        PATIENCE,
    );
}

/// Runs a live piece and waits for its end.
#[track_caller]
fn run(page: &mut Page, name: &str) {
    let start = format!("[data-live={name}].card button.run");
    page.click(&start);
    let ready = format!(
        "document.querySelector('[data-live={name}] [data-done]') && !document.querySelector({start:?}).disabled"
    );
    page.wait_for(&ready, 3 * PATIENCE);
}

/// The cells of the last table of a piece, row by row without the heads; numbers without their unit.
#[track_caller]
fn rows(page: &mut Page, name: &str) -> Vec<Vec<Value>> {
    let cells = page.eval(&format!(
        "[...[...document.querySelectorAll('[data-live={name}] table')].pop().querySelectorAll('tbody tr')]
             .map(row => [...row.children].map(cell => {{
                 const text = cell.textContent.replace(/[\\u2068\\u2069]/g, '');
                 return /^[\\d,.]+ (ms|KiB)$|^\\d+$/.test(text) ? Number(text.split(' ')[0].replace(/,/g, '')) : text;
             }}))"
    ));
    serde_json::from_value(cells).unwrap()
}

/// Runs the piece on backpressure: whether the busy reader held back its own sender.
#[track_caller]
fn is_held_back(page: &mut Page) -> bool {
    run(page, "backpressure");
    let rows = rows(page, "backpressure");
    let number = |row: usize, column: usize| rows[row][column].as_f64().unwrap();
    assert_eq!(rows.len(), 3, "{rows:?}");
    for row in 0..3 {
        assert_eq!(number(row, 1), 2048.0, "all of it waits at first: {rows:?}");
    }
    // 128 messages of 20 ms.
    let least = 128.0 * 20.0;
    assert!(number(1, 5) >= least && number(2, 5) >= least, "{rows:?}");
    // Nothing piles up in the page of the busy reader, nearly everything in that of the one that awaits.
    assert!(number(1, 4) < 64.0 && number(2, 4) > 1024.0, "{rows:?}");
    number(1, 2) > 2.0 * number(2, 2)
}

#[test]
fn a_slow_reader_holds_back_its_own_sender_and_one_that_awaits_does_not() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    // Nobody has to join for this.
    let mut page = browser.page();
    // How much the kernel takes of two megabytes depends on how busy the machine is just then: with
    // large enough buffers, nothing holds the sender back.
    let held = (0..4).any(|_| {
        open(&mut page, &server, "en", 13);
        is_held_back(&mut page)
    });
    assert!(held, "the sender of the busy reader never waited");
    let lines = "document.querySelectorAll('[data-live=backpressure] polyline').length";
    assert_eq!(page.eval(lines), 9);
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn a_position_of_ones_own_is_answered_with_what_was_missed_or_with_a_fresh_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut stranger = browser.page();
    open(&mut stranger, &server, "en", 14);
    stranger.wait_for("document.querySelector('[data-live=resume] .note') && !document.querySelector('[data-live=resume] button')", PATIENCE);

    let mut wu = Chat::person(&server, "Mr Wu", "host");
    for n in 0..5 {
        wu.say("lobby", "Good morning", &n.to_string());
        wu.expect("ack");
    }
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "en", 14);
    run(&mut page, "resume");
    let rows = rows(&mut page, "resume");
    let answers: Vec<[&str; 3]> = rows
        .iter()
        .map(|row| [2, 3, 4].map(|column| row[column].as_str().unwrap_or("number")))
        .collect();
    let fresh = ["false", "–", "5: number 1 to 5"];
    let missed = ["true", "number", "3: number 3 to 5"];
    assert_eq!(answers, [["true", "number", "none"], missed, fresh, fresh]);
    assert_eq!([&rows[0][3], &rows[1][3]], [5, 2]);
    assert_no_problems(&mut [("Ada", &mut page), ("a stranger", &mut stranger)]);
}

#[test]
fn a_word_behind_small_pieces_waits_less_than_one_behind_large_messages() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "en", 15);
    run(&mut page, "large");
    let rows = rows(&mut page, "large");
    let counts: Vec<&Value> = rows.iter().map(|row| &row[1]).collect();
    assert_eq!(counts, [1, 9, 129], "{rows:?}");
    assert_eq!(
        (rows[0][3].as_str(), &rows[0][4]),
        (Some("–"), &1009.into()),
        "{rows:?}"
    );
    for row in &rows[1..] {
        assert_eq!(row[4], "1000 · all bytes right", "{rows:?}");
        assert!(row[2].as_f64() >= row[3].as_f64(), "{rows:?}");
    }
    assert!(rows[2][3].as_f64() < rows[1][3].as_f64(), "{rows:?}");
    assert_no_problems(&mut [("a stranger", &mut page)]);
}

/// What the compressed frame would be, and the sentence below it.
#[track_caller]
fn compress(page: &mut Page, text: &str) -> [String; 3] {
    page.eval(&format!(
        "(() => {{
             document.querySelector('[data-live=compression] textarea').value = {text:?};
             const old = document.querySelector('[data-live=compression] [data-done]');
             if (old) old.remove();
         }})()"
    ));
    run(page, "compression");
    let last = "[...document.querySelectorAll('[data-live=compression] .step')].pop()";
    let seen = page.eval(&format!(
        "[[...{last}.querySelectorAll('.ruler-bits')].map(bits => bits.textContent).join(' '),
          {last}.querySelector('p:last-child code').textContent,
          document.querySelector('[data-live=compression] .measured > p').textContent
              .replace(/[\\u2068\\u2069]/g, '')]"
    ));
    serde_json::from_value(seen).unwrap()
}

/// RFC 7692 §7.2.3.4 has the bytes of "Hello".
#[test]
fn a_text_is_shown_as_the_frame_that_permessage_deflate_would_send() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "en", 16);
    let hello = [
        "1 1 0 0 0001 0 0001000",
        "f3 48 cd c9 c9 07 00 00",
        "10 instead of 7 bytes: 43 % larger.",
    ];
    assert_eq!(compress(&mut page, "Hello"), hello);
    let [bits, _, sum] = compress(&mut page, &"a".repeat(1000));
    assert!(bits.starts_with("1 1 0 0 0001 0 "), "{bits}");
    assert!(sum.contains("% smaller"), "{sum}");

    // A browser that knows only the format of zlib shows the same, and one without any says so.
    let older = "(() => {
        const real = window.CompressionStream;
        window.CompressionStream = function (name) {
            if (name === 'deflate-raw') throw new TypeError('unknown');
            return new real(name);
        };
    })()";
    page.at_every_load(older);
    open(&mut page, &server, "en", 16);
    assert_eq!(compress(&mut page, "Hello"), hello);
    page.at_every_load("delete window.CompressionStream");
    open(&mut page, &server, "en", 16);
    let unable =
        "document.querySelector('[data-live=compression] .note').textContent.includes('16.4')
        && !document.querySelector('[data-live=compression] button')";
    page.wait_for(unable, PATIENCE);
    assert_no_problems(&mut [("a stranger", &mut page)]);
}

#[test]
fn a_page_over_plain_http_is_told_what_it_lacks() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "en", 18);
    run(&mut page, "secure");
    let rows = rows(&mut page, "secure");
    let seen: Vec<&str> = rows.iter().map(|row| row[1].as_str().unwrap()).collect();
    assert_eq!(seen[1..], ["ws://", "false", "no", "no", "no", "no", "no"]);
    // The same server as localhost, which every browser trusts.
    page.open(
        &server
            .url("http", "/learn/en/18")
            .replace("127.0.0.1", "localhost"),
    );
    run(&mut page, "secure");
    let rows = self::rows(&mut page, "secure");
    let seen: Vec<&str> = rows.iter().map(|row| row[1].as_str().unwrap()).collect();
    assert_eq!(seen[1..4], ["ws://", "true", "yes"]);
    assert_no_problems(&mut [("a stranger", &mut page)]);
}

/// The answers to the requests of chapter 19.
#[track_caller]
fn judged(page: &mut Page, server: &Server) -> Vec<String> {
    open(page, server, "en", 19);
    run(page, "rights");
    let answers = rows(page, "rights").into_iter();
    answers
        .map(|row| row[2].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_request_is_judged_by_the_token_of_its_own_connection_and_changes_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut member = join(&mut browser, &server, "Ada");
    let answers = judged(&mut member, &server);
    let refused = [
        "not_in_room",
        "forbidden",
        "forbidden",
        "forbidden",
        "unauthorized",
    ];
    assert_eq!(answers, refused);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut answers = judged(&mut host, &server);
    answers.sort();
    let expected = [
        "ack",
        "forbidden",
        "not_in_room",
        "unauthorized",
        "unknown_room",
    ];
    assert_eq!(answers, expected);
    // Nobody is muted, and nothing was said.
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "sanctions"}));
    assert_eq!(wu.expect("sanctions")["mutes"], json!([]));
    wu.expect_no("message");
    assert_no_problems(&mut [("Ada", &mut member), ("Ms Lin", &mut host)]);
}

#[test]
fn a_process_more_moves_as_many_rooms_as_chapter_20_says() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "en", 20);
    run(&mut page, "rooms");
    let rows = rows(&mut page, "rooms");
    assert_eq!([&rows[0][1], &rows[1][1]], [795, 191], "{rows:?}");
    let text = page.eval("document.querySelector('main').innerText");
    let text = text.as_str().unwrap();
    assert!(text.contains("795 of 1,000") && text.contains("and 191 with"));
    assert_no_problems(&mut [("a stranger", &mut page)]);
}

#[test]
fn a_message_costs_two_bytes_as_a_frame_and_more_as_an_event_or_an_answer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "en", 21);
    page.eval("document.querySelector('[data-live=ways] textarea').value = 'Hello'");
    run(&mut page, "ways");
    let rows = rows(&mut page, "ways");
    // "id: 7\ndata: Hello\n\n" is 19 bytes, and a chunk adds "13\r\n" and "\r\n".
    assert_eq!(rows[0][1..], [json!(2), json!(7)], "{rows:?}");
    assert_eq!(rows[1][1..], [json!(20), json!(25)], "{rows:?}");
    // The head as this server sends it, counted without a browser.
    let answer = http(server.addr, "GET", "/healthz", "", "");
    let fields = answer.headers.iter();
    let fields: usize = fields
        .map(|(name, value)| format!("{name}: {value}\r\n").len())
        .sum();
    let head = "HTTP/1.1 200 OK\r\n".len() + fields + "\r\n".len();
    assert_eq!(rows[2][1], head, "{rows:?}");
    assert_eq!(rows[2][2], head + "Hello".len(), "{rows:?}");
    assert_no_problems(&mut [("a stranger", &mut page)]);
}

/// The sentence above the table of signals, and the signals: the way and the kind of each.
#[track_caller]
fn introduced(page: &mut Page, server: &Server) -> (String, Vec<[String; 2]>) {
    open(page, server, "en", 22);
    run(page, "peers");
    let words = page.eval("document.querySelector('[data-live=peers] .measured > p').textContent");
    let signals = rows(page, "peers").into_iter();
    let signals = signals.map(|row| [0, 1].map(|n| row[n].as_str().unwrap().to_owned()));
    (words.as_str().unwrap().to_owned(), signals.collect())
}

#[test]
fn two_ends_in_a_page_find_each_other_over_this_server_and_go_on_without_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut member = join(&mut browser, &server, "Ada");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    for (page, way) in [
        (&mut member, "went over /echo"),
        (&mut host, "were private messages"),
    ] {
        let (words, signals) = introduced(page, &server);
        assert!(words.contains(way), "{words}");
        let kind = |kind: &str| signals.iter().filter(|signal| signal[1] == kind).count();
        assert_eq!([kind("offer"), kind("answer")], [1, 1], "{signals:?}");
        assert!(kind("candidate") > 0, "{signals:?}");
        assert_eq!(signals[0], ["A → B", "offer"], "{signals:?}");
        let answer = ["B → A", "answer"];
        assert!(
            signals.iter().any(|signal| *signal == answer),
            "{signals:?}"
        );
    }
    assert_no_problems(&mut [("Ada", &mut member), ("Ms Lin", &mut host)]);
}

#[test]
fn the_chapters_scroll_sideways_nowhere_and_axe_finds_nothing_serious() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    let server = Server::start("");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    for n in 0..5 {
        wu.say("lobby", "Good morning", &n.to_string());
        wu.expect("ack");
    }
    let mut page = join(&mut browser, &server, "Ada");
    for (width, dark, language) in [(360, true, "zh"), (1440, false, "en")] {
        page.view(&View {
            width,
            height: 4000,
            dark,
            language: if language == "zh" { "zh-CN" } else { "en-US" },
        });
        for chapter in CHAPTERS {
            page.open("about:blank");
            open(&mut page, &server, language, chapter);
            let names = page.eval(
                "[...document.querySelectorAll('article.live')].map(each => each.dataset.live)",
            );
            for name in names.as_array().unwrap() {
                run(&mut page, name.as_str().unwrap());
            }
            page.eval(
                "document.querySelectorAll('details').forEach(each => { each.open = true; })",
            );
            let place = format!("{language}/{chapter} at {width}");
            let wide = page.eval("document.documentElement.scrollWidth > innerWidth");
            assert_eq!(wide, false, "{place}");
            if let Some(axe) = &axe {
                assert_accessible(&mut page, axe, &place);
            }
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
            page.screenshot(&target.join(format!(
                "screenshots/learn-{chapter}-{width}-{language}.png"
            )));
        }
    }
    assert_no_problems(&mut [("Ada", &mut page)]);
}
