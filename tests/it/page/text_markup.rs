//! The markup of messages: what it is, what stays as it was typed, and that no text can hurt.

use serde_json::json;

use super::{assert_no_problems, join, join_as_host};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

/// A text as blocks and spans, in one line.
const SHOWN: &str = r"const { parse } = await import('/assets/chat/markup.js');
    const spans = (all) => all.map((s) => (s.type === 'text' ? s.text : s.spans ? `<${s.type} ${spans(s.spans)}>` : `<${s.type} ${s.text}>`)).join('');
    const shown = (all) => all.map((b) => (b.type === 'text' ? spans(b.spans)
        : b.type === 'code' ? `[code ${b.language}|${b.text}]`
        : b.type === 'quote' ? `[quote ${shown(b.blocks)}]`
        : `[${b.ordered ? 'ol' : 'ul'} ${b.items.map((i) => '>'.repeat(i.level) + (i.n || '') + spans(i.spans)).join(';')}]`)).join('|');";

#[test]
fn markup_is_read_from_the_text_alone_and_the_rest_stays_as_typed() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    for (typed, shown) in [
        ("**bold** *it* `x*y*`", "<strong bold> <em it> <code x*y*>"),
        ("这是**重点**和*强调*。", "这是<strong 重点>和<em 强调>。"),
        ("***both*** (*a*)", "<strong <em both>> (<em a>)"),
        ("**a *b** c*", "<strong a *b> c*"),
        ("- a\n  - b\n* c", "[ul a;>b;c]"),
        ("do:\n1. x\n2) y\nend", "do:|[ol 1x;2y]|end"),
        ("> a\n> > b\n> - c\nd", "[quote a|[quote b]|[ul c]]|d"),
        ("```c\nint x;\n```", "[code c|int x;]"),
        ("```x = 1```", "[code |x = 1]"),
        ("a\n```\n*b*\n}```\nc", "a|[code |*b*\n}]|c"),
        (
            "(https://x.y/z). https://a.b/c_(d),",
            "(<link https://x.y/z>). <link https://a.b/c_(d)>,",
        ),
        ("看 https://a.b/c，好", "看 <link https://a.b/c>，好"),
        ("**https://q.r**", "<strong <link https://q.r>>"),
        ("$$\\frac12$$!", "<math \\frac12>!"),
    ] {
        let found = page.eval(&format!(
            "(async () => {{ {SHOWN} return shown(parse({typed:?})); }})()"
        ));
        assert_eq!(found, shown, "{typed:?}");
    }
    for typed in [
        "2*3*4",
        "__init__",
        "$x",
        "a * b * c",
        "**",
        "*",
        "snake_case",
        r"C:\a\b",
        "*.txt *.md",
        "f(*args, **kwargs)",
        "int *a, *b;",
        "/*c*/",
        "(a*b)*(c)*(d)",
        "> 5",
        ">_<",
        ">>> 1",
        "- 5",
        "-1",
        "3.5",
        "`",
        "``",
        "```",
        "```\nopen",
        "https://",
        "$5 or $6",
        "$$",
        "# no heading",
        "![x](y)",
        "<b>x</b>",
        "a\n\n\nb",
        "| a | b |",
    ] {
        let found = page.eval(&format!(
            "(async () => {{ {SHOWN} return shown(parse({typed:?})); }})()"
        ));
        assert_eq!(found, typed);
    }
}

#[test]
fn no_text_throws_takes_long_or_shows_what_was_not_typed() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    let seen = page.eval(
        r"(async () => {
            const { parse } = await import('/assets/chat/markup.js');
            const words = (all) => all.map((p) => (p.spans ? words(p.spans) : p.blocks ? words(p.blocks)
                : p.items ? p.items.map((i) => words(i.spans)).join('') : p.text)).join('');
            const typed = (text) => {
                // What is shown was typed, in this order.
                let at = 0;
                for (const c of words(parse(text))) {
                    at = text.indexOf(c, at) + 1;
                    if (!at) return false;
                }
                return true;
            };
            const wrong = [];
            // A quadratic reader takes a hundred times as long for ten times the text.
            const time = (text) => { const start = performance.now(); parse(text); return performance.now() - start; };
            for (const each of ['*', '`', '[', '>', '> ', '- ', '* ', '*a', 'a* ', '**a ', '***a ', '`a\n', '```\n', '```a\n', '$', '$$a', 'https://(', 'https://....', '1. ', '\n', ' ']) {
                const text = each.repeat(4000 / each.length);
                if (!typed(text)) wrong.push(each);
                const small = Math.min(time(text), time(text), time(text));
                const large = time(text.repeat(10));
                if (large > 40 * small + 500) wrong.push(each + ': ' + small + ' ms, ' + large + ' ms');
            }
            let seed = 7;
            const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
            const signs = ['*', '**', '`', '```', '\n', '> ', '>', '- ', '1. ', ' ', 'a', '好', '😀', '\ud83d', '$$', '\\', 'https://', '(', ')', '.', '[', '\t', '\u202e', '@'];
            for (let n = 0; n < 3000; n += 1) {
                let text = '';
                for (let k = random(40); k >= 0; k -= 1) text += signs[random(signs.length)];
                try { if (!typed(text)) wrong.push(text); } catch (error) { wrong.push(text + ': ' + error); }
            }
            return wrong.slice(0, 5);
        })()",
    );
    assert_eq!(seen, json!([]));
}

#[test]
fn a_message_is_drawn_with_its_markup_and_cannot_look_like_the_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    bo.say(
        "lobby",
        "**b** *i* *强调* https://a.b\n- one\n3. three\n> said\n# <h1>x</h1> ![i](https://c.d/e.png)",
        "1",
    );
    let one = |selector: &str| format!("document.querySelector('#log .text {selector}')");
    ada.wait_for(&one("strong"), PATIENCE);
    let seen = ada.eval(&format!(
        "[getComputedStyle({}).fontStyle, getComputedStyle({}).fontStyle, {}.value, {}.innerText, {}.rel,
          document.querySelectorAll('#log .text :is(h1, h2, img, button, style, script)').length]",
        one("em"),
        one("em.dotted"),
        one("ol li"),
        one("blockquote"),
        one("a")
    ));
    let expected = json!(["italic", "normal", 3, "said", "noopener noreferrer", 0]);
    assert_eq!(seen, expected);
    // A list of many short lines is long.
    bo.say("lobby", &"- x\n".repeat(30), "2");
    ada.wait_for("document.querySelector('#log .text.clamped')", PATIENCE);
    ada.click("#log .more");
    ada.wait_for("!document.querySelector('#log .text.clamped')", PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

/// Waits for these words in the first element with this selector.
#[track_caller]
fn holds(page: &mut Page, selector: &str, words: &str) {
    let found = format!("document.querySelector({selector:?})?.textContent.includes({words:?})");
    page.wait_for(&found, PATIENCE);
}

#[test]
fn a_line_about_a_message_has_its_words_and_a_private_message_has_its_markup() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    let text = "**Read** this:\n- `x = 1`\n- page *7*";
    let plain = "Read this: x = 1 page 7";
    let seq = bo.granted(json!({"type": "send", "room": "lobby", "text": text}))["seq"].clone();
    bo.granted(json!({"type": "send", "room": "lobby", "text": "an answer", "reply_to": seq}));
    holds(&mut page, "#log .quote", plain);
    holds(&mut page, "#log-said", &format!("Bo: {plain}"));
    let mut host = Chat::person(&server, "Mr Ito", "host");
    host.granted(json!({"type": "moderate", "action": "pin", "room": "lobby", "seq": seq}));
    holds(&mut page, "#pin-text", plain);
    let mut cy = Chat::member(&server, "Cy");
    cy.granted(json!({"type": "report", "room": "lobby", "seq": seq}));
    bo.granted(json!({"type": "whisper", "to": "hosts", "text": text}));
    page.click("#desk-tab-private");
    holds(&mut page, ".private-beginning", plain);
    holds(&mut page, ".report .desk-text strong", "Read");
    page.click(".private-row");
    let item =
        "document.querySelectorAll('.private-message .desk-text li')[1]?.innerText === 'page 7'";
    page.wait_for(item, PATIENCE);
    page.type_into("#search-text", "page");
    page.press("Enter");
    page.wait_for(
        &format!("document.querySelector('.excerpt')?.textContent === {plain:?}"),
        PATIENCE,
    );
    assert_no_problems(&mut [("host", &mut page)]);
}
