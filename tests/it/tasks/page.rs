//! The page of the tasks in a real browser.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::student::{asked, bearer, begin, fresh, honest, play};
use crate::cdp::{Browser, HOST, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Frame, Server, http};

/// The page as somebody sees it who is in the class.
#[track_caller]
fn open(browser: &mut Browser, server: &Server, name: &str, role: &str, view: &View) -> Page {
    let mut page = browser.page();
    page.view(view);
    let url = format!("http://{HOST}:{}/task", server.addr.port());
    page.open(&url);
    let token = server.token(name, role);
    page.eval(&format!(
        "localStorage.setItem('glassroom.token', {token:?})"
    ));
    page.reload();
    page.wait_for("document.body.dataset.ready === 'true'", PATIENCE);
    page
}

fn state(task: u8, name: &str) -> String {
    format!("document.querySelector('.task[data-task=\"{task}\"] .state.{name}')")
}

const DESKTOP: View = View {
    width: 1440,
    height: 900,
    dark: false,
    language: "en-US",
};

#[test]
fn the_page_shows_what_is_passed_while_it_is_open() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = open(&mut browser, &server, "Ada", "member", &DESKTOP);
    page.wait_for(&state(6, "open"), PATIENCE);
    assert_eq!(page.eval("document.querySelectorAll('.task').length"), 6);
    // The token is on the wall only for who asks for it.
    let token = server.token("Ada", "member");
    let hidden = "document.body.textContent.includes('eyJ')";
    assert_eq!(page.eval(hidden), false);
    page.click("#token-show");
    let shown = "document.getElementById('token').textContent";
    assert_eq!(page.eval(&format!("{shown}.split('.').length")), 3);
    assert_eq!(page.eval(shown).as_str().map(str::len), Some(token.len()));
    page.click("#token-show");
    assert_eq!(page.eval(hidden), false);

    let failed = play(&mut begin(&server, 2, "Ada"), |raw, _| {
        raw.send_frame(&Frame::text("x").unmasked());
    });
    assert!(!failed.passed);
    page.wait_for(&state(2, "failed"), PATIENCE);
    let last = "document.querySelector('.task[data-task=\"2\"] .last').textContent";
    assert!(
        page.eval(last)
            .as_str()
            .unwrap()
            .contains("§5.1 (MUST) I read frame 1")
    );
    // In the other language, too, and back.
    page.click(".language");
    let chinese = format!("{last}.includes('读到你的客户端的第 1 帧')");
    page.wait_for(&chinese, PATIENCE);
    page.click(".language");
    page.wait_for(&format!("{last}.includes('I read frame 1')"), PATIENCE);
    // A handshake that is refused is shown as well.
    let headers = bearer(&server.token("Ada", "member"));
    assert_eq!(
        http(server.addr, "GET", "/task/2", &headers, "").status,
        426
    );
    page.wait_for(
        &format!("{last}.includes('I read no field Upgrade')"),
        PATIENCE,
    );
    let passed = play(&mut begin(&server, 2, "Ada"), |raw, frame| {
        if let Some(text) = asked(frame) {
            let text = text["text"].as_str().unwrap();
            raw.send_frame(&fresh(Frame::text(text).not_final()));
            raw.send_frame(&fresh(Frame::new(Frame::CONTINUATION, "")));
        }
    });
    assert!(passed.passed, "{passed:?}");
    page.wait_for(&state(2, "passed"), PATIENCE);
    // What is legal is noted.
    let notes = "document.querySelector('.task[data-task=\"2\"] .notes').textContent";
    assert!(page.eval(notes).as_str().unwrap().contains("§5.4"));
    assert_eq!(page.eval("document.getElementById('host').hidden"), true);
    // In the other language it says the same.
    page.click(".language");
    let chinese =
        "document.querySelector('.task[data-task=\"2\"] .state').textContent === '已通过'";
    page.wait_for(chinese, PATIENCE);
    assert_eq!(page.problems(), Vec::<String>::new());
}

#[test]
fn a_teacher_checks_a_receipt_on_the_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let receipt = play(&mut begin(&server, 4, "Ada"), honest())
        .receipt
        .unwrap();
    let mut page = open(&mut browser, &server, "Ms Lin", "host", &DESKTOP);
    page.wait_for("!document.getElementById('host').hidden", PATIENCE);
    page.type_into("#receipt", &receipt);
    page.click("#receipt-check");
    let said = "document.getElementById('receipt-said').textContent";
    page.wait_for(&format!("{said}.includes('Ada')"), PATIENCE);
    assert_eq!(page.problems(), Vec::<String>::new());
}

#[test]
fn the_page_fits_every_screen_and_reader() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    assert!(play(&mut begin(&server, 2, "Ada"), honest()).passed);
    play(&mut begin(&server, 3, "Ada"), |raw, _| {
        raw.send_frame(&Frame::text("x").unmasked());
    });
    let axe = need(tools::axe(), "axe-core", INSTALL);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    fs::create_dir_all(&folder).unwrap();
    for (width, height) in [(360, 740), (768, 1024), (1440, 900)] {
        for dark in [false, true] {
            for language in ["en-US", "zh-CN"] {
                let view = View {
                    width,
                    height,
                    dark,
                    language,
                };
                let mut page = open(&mut browser, &server, "Ada", "host", &view);
                page.wait_for(&state(2, "passed"), PATIENCE);
                let wide = "document.documentElement.scrollWidth > window.innerWidth";
                assert_eq!(page.eval(wide), false, "{width} {language}");
                if width > 1000 {
                    page.eval("document.getElementById('task-2').scrollIntoView()");
                }
                let shade = if dark { "dark" } else { "light" };
                page.screenshot(&folder.join(format!("task-{width}-{shade}-{language}.png")));
                if let Some(axe) = axe.as_deref().filter(|_| width == 768) {
                    page.eval(axe);
                    let serious = page.eval(
                        "axe.run().then(result => result.violations
                             .filter(each => ['serious', 'critical'].includes(each.impact))
                             .map(each => each.id + ': ' + each.nodes.map(n => n.html).join(' | ')))",
                    );
                    assert_eq!(serious, json!([]), "{shade} {language}");
                }
            }
        }
    }
}
