//! The form with which a person joins.

use super::url;
use crate::cdp::{PATIENCE, Page};
use crate::harness::Server;

/// Opens the form with a fragment, and waits for the sentence about what is stored. It comes with the answer
/// of the server, and the form is in the middle of the window: it moves, and a click would miss its button.
#[track_caller]
pub fn open(page: &mut Page, server: &Server, fragment: &str) {
    page.open(&url(server, fragment));
    page.wait_for(
        "document.querySelector('#join-keep').textContent !== ''",
        PATIENCE,
    );
}

/// Goes on under the name of the token that was found in this browser.
#[track_caller]
pub fn go_on(page: &mut Page) {
    page.wait_for(
        "document.querySelector('#again-yes').checkVisibility()",
        PATIENCE,
    );
    page.click("#again-yes");
}
