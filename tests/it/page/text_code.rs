//! Code in messages: its colours, its box, and a pupil's whole program.

use serde_json::json;

use super::{assert_no_problems, join, wait_for_words};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server};

const TOKENS: &str =
    "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('chat/tokens.js'))";

#[test]
fn code_has_colours_a_copy_button_and_scrolls_by_itself() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    bo.say("lobby", "no `block` yet", "1");
    ada.wait_for("document.querySelector('#log code')", PATIENCE);
    assert_eq!(ada.eval(TOKENS), false);
    let code = format!("int x = 42; // {}\nchar *s = \"a\";", "wide ".repeat(100));
    bo.say("lobby", &format!("```c\n{code}\n```"), "2");
    ada.wait_for("document.querySelector('#log .is-word')", PATIENCE);
    assert_eq!(ada.eval(TOKENS), true);
    let seen = ada.eval(
        "(() => {
            const code = document.querySelector('#log .block code');
            code.focus();
            return [code.textContent, code.scrollWidth > code.clientWidth, document.activeElement === code,
                document.querySelector('#log-scroll').scrollWidth <= document.querySelector('#log-scroll').clientWidth,
                [...code.querySelectorAll('span')].map((s) => s.className.slice(3) + ' ' + s.textContent.slice(0, 4)),
                document.querySelector('#log .block .copy').getAttribute('aria-label'),
                document.querySelector('#log .block-language').textContent];
        })()",
    );
    let kinds = [
        "word int",
        "number 42",
        "comment // w",
        "word char",
        "string \"a\"",
    ];
    assert_eq!(
        seen,
        json!([code, true, true, true, kinds, "Copy this code", "c"])
    );
    ada.click("#log .block .copy");
    ada.wait_for(
        "document.querySelector('#log .block .copy').innerText === 'Copied'",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn all_tokens_together_are_the_code_whatever_it_is() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let wrong = ada.eval(
        r#"(async () => {
            const { tokens } = await import('/assets/chat/tokens.js');
            const wrong = [];
            let seed = 3;
            const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
            const signs = ['"', "'", '`', '//', '/*', '*/', '#', '\n', '\\', 'if', '0x', '1e5', 'é', '好', '😀', '\ud83d', '<!--', '--', '{', '}', ' ', '"""'];
            for (let n = 0; n < 2000; n += 1) {
                let code = '';
                for (let k = random(30); k >= 0; k -= 1) code += signs[random(signs.length)];
                for (const language of ['c', 'python', 'sql', 'html', 'pascal', 'bash', 'text', '', 'nonsense']) {
                    if (tokens(code, language).map(({ text }) => text).join('') !== code) wrong.push([language, code]);
                }
            }
            return wrong.slice(0, 3);
        })()"#,
    );
    assert_eq!(wrong, json!([]));
}

#[test]
fn a_program_of_200_lines_goes_from_the_composer_into_the_chat() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    let program = "int x = 1;\\n".repeat(200);
    let fill = |text: &str| {
        format!(
            "(() => {{ const area = document.querySelector('#composer-text'); area.focus(); area.value = '{text}';
                area.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
        )
    };
    // Without fences the sentence says what to do.
    ada.eval(&fill(&program));
    wait_for_words(
        &mut ada,
        "200 lines; at most 40 fit in one message. Code between two lines of ``` has room for 400 lines.",
    );
    ada.eval(&fill(&format!("```c\\n{program}```")));
    ada.wait_for("document.querySelector('#composer-note').hidden", PATIENCE);
    ada.press("Enter");
    let text = host.expect("message")["text"].as_str().unwrap().to_owned();
    assert_eq!(text.lines().count(), 202);
    // Twelve lines of it are shown.
    ada.wait_for(
        "document.querySelector('#log .own .text.clamped')",
        PATIENCE,
    );
    ada.eval(&fill(&format!("```\\n{}```", "x;\\n".repeat(399))));
    wait_for_words(
        &mut ada,
        "401 lines; at most 400 fit in a message with code.",
    );
    ada.eval(&fill(&format!("{}\\n```\\nx\\n```", "y\\n".repeat(40))));
    wait_for_words(
        &mut ada,
        "43 lines beside the code; at most 40 fit in one message.",
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn the_page_counts_code_as_the_server_does() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    // The same texts as in src/model/fences.rs.
    for (text, chars, lines) in [
        ("one\ntwo", 7, 2),
        ("a\n```c\nint x;\nint y;\n```\nb", 12, 4),
        ("```\n你好\n}```", 8, 2),
        ("  ```\nx\n```  ", 10, 2),
        ("```\nx\ny", 7, 3),
        ("a ```\nx\n", 8, 2),
        ("```x```\ny", 9, 2),
        ("", 0, 0),
        ("```\na\n```\n```\nb\n```", 16, 4),
        ("```\na\n```\n```\nb", 13, 4),
    ] {
        let found = ada.eval(&format!(
            "import('/assets/chat/lengths.js').then(({{ prose }}) => prose({text:?}))"
        ));
        assert_eq!(found, json!({"chars": chars, "lines": lines}), "{text:?}");
    }
}

#[test]
fn a_folded_program_says_how_many_lines_are_hidden() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    let lines: Vec<String> = (1..=30).map(|n| format!("line {n}")).collect();
    bo.say("lobby", &format!("```\n{}\n```", lines.join("\n")), "1");
    let more =
        r"document.querySelector('#log .more')?.textContent.replace(/[\u2068\u2069]/g, '') || ''";
    ada.wait_for(
        &format!("/^(1[5-9]|2[0-3]) more lines$/.test({more})"),
        PATIENCE,
    );
    ada.click("#log .more");
    ada.wait_for(&format!("{more} === 'Less'"), PATIENCE);
    ada.click("#log .more");
    ada.wait_for(&format!("{more}.endsWith(' more lines')"), PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
