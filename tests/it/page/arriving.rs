//! Where somebody is who has just come in: into the class, into a new room, under a name that another one has.

use super::{assert_no_problems, join, wait_for_words};
use crate::cdp::Browser;
use crate::harness::Server;

#[test]
fn whose_name_is_taken_is_told_so_at_once_and_nobody_else_is() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut first = join(&mut browser, &server, "Anna");
    let mut second = join(&mut browser, &server, "Anna");
    wait_for_words(
        &mut second,
        "Somebody called Anna is here already, so you are Anna 2.",
    );
    assert_eq!(
        first.eval("document.querySelector('#notices').children.length"),
        0
    );
    assert_no_problems(&mut [("first", &mut first), ("second", &mut second)]);
}
