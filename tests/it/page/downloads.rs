//! The dialog that saves records: the lesson that runs, one that has ended, and everything.

use serde_json::json;

use super::{assert_no_problems, join_as_host, say, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Guest, Server, UNPACED};

/// Keeps what the page would save: the name of each file and its text, and what was asked for.
const KEEP: &str = "window.saved = []; window.asked = [];
    const real = window.fetch;
    window.fetch = (url, more) => { window.asked.push(String(url)); return real.call(window, url, more); };
    const make = URL.createObjectURL;
    let text = null;
    URL.createObjectURL = (blob) => { text = blob.text(); return make.call(URL, blob); };
    HTMLAnchorElement.prototype.click = function () {
        const name = this.download;
        text.then((words) => window.saved.push({ name, words }));
    };";

/// Saves what the option of that value stands for. Returns the name of the file and its text.
#[track_caller]
fn save(host: &mut Page, span: &str) -> (String, String) {
    host.eval("window.saved = []");
    host.click("#tool-save");
    host.wait_for(
        &format!("document.querySelector('#dialog-span option[value=\"{span}\"]')"),
        PATIENCE,
    );
    host.eval(&format!(
        "document.querySelector('#dialog-span').value = '{span}'"
    ));
    host.click("#dialog-ok");
    host.wait_for("window.saved.length === 1", PATIENCE);
    let saved = host.eval("window.saved[0]");
    let word = |key: &str| saved[key].as_str().unwrap().to_owned();
    (word("name"), word("words"))
}

/// Ends the lesson from the page.
#[track_caller]
fn end_and_start(host: &mut Page) {
    host.click("#tool-end");
    host.click("#dialog-ok");
    host.wait_for("document.querySelector('#tool-start')", PATIENCE);
    host.click("#tool-start");
    host.wait_for("!document.querySelector('#tool-start')", PATIENCE);
}

#[test]
fn a_lesson_that_has_ended_is_saved_apart_from_the_one_that_runs() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    say(&mut host, "of the first class");
    wait_for_entry(&mut host, ".own[data-state=saved]", "of the first class");
    let _cy = Guest::join(&server, "Cy", None).connect(&server);
    host.click("#desk-tab-class");
    host.click("#section-attendance > summary");
    host.wait_for(
        "document.querySelector('#section-attendance').textContent.includes('Cy')",
        PATIENCE,
    );
    host.click("#section-audit > summary");
    // What comes there moves the button below it.
    host.wait_for("document.querySelector('#section-audit li')", PATIENCE);
    end_and_start(&mut host);
    // What is open is fetched anew: Cy is not of this lesson, and its start is in the log.
    host.wait_for(
        "!document.querySelector('#section-attendance h3')?.textContent.includes('2')
             && document.querySelector('#section-audit').textContent.includes('started')",
        PATIENCE,
    );
    say(&mut host, "of the second class");
    wait_for_entry(&mut host, ".own[data-state=saved]", "of the second class");

    host.eval(KEEP);
    let (name, this) = save(&mut host, "lesson");
    assert!(name.ends_with("-lesson-2.txt"), "{name}");
    assert!(this.contains("of the second class"), "{this}");
    assert!(!this.contains("of the first class"), "{this}");
    let (name, before) = save(&mut host, "1");
    assert!(name.ends_with("-lesson-1.txt"), "{name}");
    assert!(before.contains("of the first class"), "{before}");
    assert!(!before.contains("of the second class"), "{before}");
    let (name, all) = save(&mut host, "all");
    assert!(name.ends_with("-all-lessons.txt"), "{name}");
    for words in ["of the first class", "of the second class"] {
        assert!(all.contains(words), "{all}");
    }
    assert_eq!(
        host.eval("window.asked.filter((url) => url.includes('transcript')).map((url) => url.split('?')[1])"),
        json!(["room=lobby", "room=lobby&lesson=1", "room=lobby&lesson=all"])
    );
    host.click("#tool-save");
    wait_for_words(&mut host, "Everything that is stored");
    host.wait_for(
        r"/^Lesson 1, began .+, ended .+/.test([...document.querySelectorAll('#dialog-span option')].pop().textContent.replace(/[\u2068\u2069]/g, ''))",
        PATIENCE,
    );
    host.click("#dialog-cancel");
    assert_no_problems(&mut [("the host", &mut host)]);
}
