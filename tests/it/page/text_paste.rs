//! What is pasted or dropped into the composer.

use serde_json::json;

use super::{IN_THE_ROOM, assert_no_problems, join, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

const FIELD: &str = "document.querySelector('#composer-text').value";

/// Copies a text, given as a JavaScript literal, and pastes it into the composer in place of what is there.
#[track_caller]
fn paste(page: &mut Page, literal: &str) {
    page.click("#composer-text");
    let copied = page.eval(&format!(
        "(() => {{
             const area = document.createElement('textarea');
             area.value = {literal};
             document.body.append(area);
             area.select();
             const done = document.execCommand('copy');
             area.remove();
             const field = document.querySelector('#composer-text');
             field.focus();
             field.select();
             return done;
         }})()"
    ));
    assert_eq!(copied, true);
    page.edit("paste");
}

/// Gives the composer a paste that the page has to do by itself, with what `fill` puts into `data`; says how
/// many milliseconds it took.
#[track_caller]
fn give(page: &mut Page, fill: &str) -> f64 {
    let took = page.eval(&format!(
        "(() => {{
             const data = new DataTransfer();
             {fill};
             const area = document.querySelector('#composer-text');
             area.focus();
             area.select();
             const start = performance.now();
             area.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}));
             return performance.now() - start;
         }})()"
    ));
    took.as_f64().unwrap()
}

#[test]
fn pasted_code_gets_fences_and_one_step_back_takes_them_away() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    paste(&mut ada, r"'int main() {\n  return 0;\n}'");
    let fenced = "```\nint main() {\n  return 0;\n}\n```";
    ada.wait_for(&format!("{FIELD} === {fenced:?}"), PATIENCE);
    wait_for_words(&mut ada, "Pasted as code");
    ada.edit("undo");
    ada.wait_for(
        &format!("{FIELD} === 'int main() {{\\n  return 0;\\n}}'"),
        PATIENCE,
    );
    paste(&mut ada, r"'for x in y:\n    print(x)\n\nz = 1\n'");
    ada.wait_for(&format!("{FIELD}.startsWith('```')"), PATIENCE);
    ada.press("Enter");
    assert_eq!(
        host.expect("message")["text"],
        "```\nfor x in y:\n    print(x)\n\nz = 1\n```"
    );
    // A poem, a list and a text inside fences are no code.
    for plain in [
        r"'Roses are red;\nviolets are blue.\nI have a line,\nand so do you.'",
        r"'- eggs\n- flour\n- milk'",
        r"'```\nint x;\nint y;\nint z;\n```'",
    ] {
        paste(&mut ada, plain);
        ada.wait_for(&format!("{FIELD} === {plain}"), PATIENCE);
    }
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn on_a_touch_screen_the_hint_at_pasted_code_names_no_key_and_goes_with_the_text() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.with_touch();
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    let hidden = "document.querySelector('#composer-paste').hidden";
    paste(&mut ada, r"'int main() {\n  return 0;\n}'");
    wait_for_words(&mut ada, "Delete these two lines if it is none.");
    ada.click("#composer-send");
    ada.wait_for(hidden, PATIENCE);
    paste(&mut ada, r"'int main() {\n  return 1;\n}'");
    wait_for_words(&mut ada, "Delete these two lines if it is none.");
    ada.insert("x");
    ada.wait_for(hidden, PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_program_of_200_lines_is_pasted_with_its_fences() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    paste(&mut ada, r"'int x = 1;\n'.repeat(200)");
    ada.wait_for(&format!("/^```\\n[^]*\\n```$/.test({FIELD})"), PATIENCE);
    ada.press("Enter");
    let text = host.expect("message")["text"].as_str().unwrap().to_owned();
    assert_eq!(text, format!("```\n{}```", "int x = 1;\n".repeat(200)));
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_megabyte_is_cut_off_with_a_sentence_and_is_no_draft() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    for text in [
        r"'x y\n'.repeat(262144)",
        "'x'.repeat(1 << 20)",
        r"'int x;\n'.repeat(150000)",
    ] {
        // The best of three: the machine may do other things.
        let took = (0..3).map(|_| give(&mut ada, &format!("data.setData('text/plain', {text})")));
        let took = took.fold(f64::INFINITY, f64::min);
        assert!(took < 200.0, "{text}: {took} ms");
        wait_for_words(&mut ada, "Only the first 16,000 are in the field");
        let length = ada.eval(&format!("{FIELD}.length")).as_u64().unwrap();
        assert!((15_000..=16_000).contains(&length), "{length}");
    }
    // However it comes in: programs that fill in fields set the text.
    ada.eval(
        "(() => { const area = document.querySelector('#composer-text'); area.value = 'x'.repeat(1 << 20);
            area.dispatchEvent(new Event('input', { bubbles: true })); })()",
    );
    wait_for_words(&mut ada, "Only the first 16,000 are in the field");
    let kept = ada.eval(
        "Math.max(...[localStorage, sessionStorage].map((all) => Object.values(all).join('').length))",
    );
    assert!(kept.as_u64().unwrap() < 20_000, "{kept}");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn invisible_characters_are_gone_as_soon_as_a_text_is_pasted() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    for (pasted, clean) in [
        (r"\u202aC:\\Users\\Ada\u202c", r"C:\Users\Ada"),
        (r"\u2066+49 170 1\u2069", "+49 170 1"),
        (r"slide\u000bnext", "slide\nnext"),
        (r"soft\u00adhyphen \u200bzero\ufeff", "softhyphen zero"),
        (r"plane\u{1ffff}", "plane"),
    ] {
        give(&mut ada, &format!("data.setData('text/plain', '{pasted}')"));
        assert_eq!(ada.eval(FIELD), clean, "{pasted}");
    }
    // What nobody would see is named, as the server would.
    give(&mut ada, r"data.setData('text/plain', '\u3164 \u2800')");
    ada.eval("document.querySelector('#composer-text').value = '\\u3164 \\u2800'");
    ada.eval("document.querySelector('#composer-text').dispatchEvent(new Event('input', { bubbles: true }))");
    wait_for_words(
        &mut ada,
        "only invisible characters, such as U+3164 HANGUL FILLER",
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn pictures_and_files_are_answered_with_what_to_do_instead() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let file = |name: &str, kind: &str| {
        format!("data.items.add(new File(['x'], '{name}', {{ type: '{kind}' }}))")
    };
    give(&mut ada, &file("a.png", "image/png"));
    wait_for_words(&mut ada, "Pictures cannot be sent here.");
    give(&mut ada, &file("a.pdf", "application/pdf"));
    wait_for_words(&mut ada, "Files cannot be sent here.");
    // Office programs offer a picture of the text, too.
    give(
        &mut ada,
        &format!(
            "{}; data.setData('text/plain', 'cell\\u200b')",
            file("a.png", "image/png")
        ),
    );
    assert_eq!(ada.eval(FIELD), "cell");
    // Dropped anywhere, a file does not replace the page.
    let dropped = ada.eval(&format!(
        "(() => {{ const data = new DataTransfer(); {};
            const event = new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }});
            document.querySelector('#log').dispatchEvent(event);
            return event.defaultPrevented; }})()",
        file("a.png", "image/png")
    ));
    assert_eq!(dropped, json!(true));
    wait_for_words(&mut ada, "Pictures cannot be sent here.");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
