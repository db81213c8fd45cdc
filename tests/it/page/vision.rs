//! The page as it is seen by those who lack the perception of some colours, or who let their system choose the
//! colours: every text can be read, and what is chosen or refused is seen.

use std::time::Instant;

use serde_json::{Value, json};

use super::glass::open;
use super::screenshots::shoot;
use super::{assert_no_problems, join_as_host, say};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{Chat, Server, UNPACED};

/// The colours themselves have 4.5, which WCAG asks for; for some eyes some of it is lost.
const LEAST_CONTRAST: f64 = 4.0;
const DEFICIENCIES: [&str; 4] = ["protanopia", "deuteranopia", "tritanopia", "achromatopsia"];

/// Every text in sight, with its place: elements that have words of their own, in front of everything else.
const TEXTS: &str = "[...document.querySelectorAll('body *')].filter((node) => {
        const own = [...node.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim());
        const { left, top, width, height } = node.getBoundingClientRect();
        if (!own || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || width < 4 || height < 8) return false;
        if (node.closest('[disabled]')) return false;
        const inside = left >= 0 && top >= 0 && left + width <= innerWidth && top + height <= innerHeight;
        const front = inside && document.elementFromPoint(left + width / 2, top + height / 2);
        return front && (front === node || node.contains(front) || front.contains(node));
    }).map((node) => {
        const { left, top, width, height } = node.getBoundingClientRect();
        return { words: node.textContent.trim().slice(0, 40), of: node.tagName + '.' + node.className, left, top, width, height };
    })";

/// The lightest and the darkest point of each place, as a contrast (WCAG 2.2, 1.4.3).
const CONTRASTS: &str = "async (picture, texts) => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + picture;
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [image.width, image.height];
        const context = canvas.getContext('2d', { willReadFrequently: true });
        context.drawImage(image, 0, 0);
        const linear = (part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
        return texts.map((text) => {
            const { data } = context.getImageData(text.left, text.top, text.width, text.height);
            let [least, most] = [1, 0];
            for (let at = 0; at < data.length; at += 4) {
                const light = 0.2126 * linear(data[at]) + 0.7152 * linear(data[at + 1]) + 0.0722 * linear(data[at + 2]);
                [least, most] = [Math.min(least, light), Math.max(most, light)];
            }
            return Object.assign(text, { contrast: (most + 0.05) / (least + 0.05) });
        });
    }";

/// Every text in sight and a picture of them. A row that comes meanwhile moves others, and what fades is no text to
/// be read: the texts are the same before and after the picture, and nothing moves.
#[track_caller]
fn at_rest(page: &mut Page) -> (Value, String) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        page.wait_for("document.getAnimations().length === 0", PATIENCE);
        let (texts, picture) = (page.eval(TEXTS), page.picture());
        if page.eval(TEXTS) == texts {
            return (texts, picture);
        }
        assert!(Instant::now() < deadline, "the page never rests");
    }
}

/// Asserts that every text in sight stands out, as it is drawn.
#[track_caller]
fn assert_readable(page: &mut Page, blank: &mut Page, what: &str) {
    let (texts, picture) = at_rest(page);
    let found = blank.eval(&format!("({CONTRASTS})({picture:?}, {texts})"));
    let found = found.as_array().unwrap();
    assert!(found.len() > 30, "{what}: {} texts", found.len());
    let faint: Vec<_> = found
        .iter()
        .filter(|text| text["contrast"].as_f64().unwrap() < LEAST_CONTRAST)
        .collect();
    assert!(faint.is_empty(), "{what}: {faint:?}");
}

#[test]
fn every_text_can_be_read_whatever_colours_somebody_sees() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut bo = Chat::member(&server, "Bo");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut blank = browser.page();
    let text = "Hello @Ms Lin, `code` and https://a.example/";
    bo.granted(json!({"type": "send", "room": "lobby", "text": text}));
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "Why 1002?"}));
    say(&mut host, "Good morning");
    host.wait_for("document.querySelector('.own[data-state=saved]')", PATIENCE);
    for part in ["room", "bits"] {
        if part == "bits" {
            open(&mut host);
            say(&mut host, "Look at the bits");
            host.wait_for(
                "document.querySelector('.frame-row[aria-selected=true]').textContent.includes('Look')",
                PATIENCE,
            );
        }
        for dark in [false, true] {
            let view = View {
                width: 1366,
                height: 768,
                dark,
                language: "en-US",
            };
            host.view(&view);
            for kind in DEFICIENCIES {
                host.see_as(kind);
                assert_readable(&mut host, &mut blank, &format!("{part}, {kind}, {dark}"));
                shoot(&mut host, &view, &format!("{part}-{kind}"));
            }
            host.see_as("none");
            host.see_in(dark, true);
            assert_readable(&mut host, &mut blank, &format!("{part}, forced, {dark}"));
            shoot(&mut host, &view, &format!("{part}-forced"));
        }
    }
    assert_no_problems(&mut [("Ms Lin", &mut host)]);
}
