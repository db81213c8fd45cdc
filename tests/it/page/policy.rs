//! The content security policy in a real browser: what a page may connect to.

use super::{join, say, url, wait_for_entry};
use crate::cdp::Browser;
use crate::harness::Server;

/// What comes of a WebSocket to an address, an expression: its echo, or the directive that forbids it.
fn try_socket(address: &str) -> String {
    format!(
        "new Promise((done) => {{
            document.addEventListener('securitypolicyviolation',
                (event) => done(event.effectiveDirective), {{ once: true }});
            const ws = new WebSocket({address});
            ws.onopen = () => ws.send('hello');
            ws.onmessage = (event) => done(event.data);
        }})"
    )
}

#[test]
fn a_page_connects_to_its_own_host_and_to_no_other() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (server, other) = (Server::start(""), Server::start(""));
    let mut page = join(&mut browser, &server, "Ada");
    say(&mut page, "the chat is connected");
    wait_for_entry(&mut page, ".own[data-state=saved]", "the chat is connected");
    let port = server.addr.port();
    let mut pages: Vec<String> = ["", "lab", "learn/en/1"]
        .map(|path| url(&server, path))
        .into();
    // No source of a policy can name this host, so the page has only 'self' to rely on.
    pages.push(format!("http://room_3.test:{port}/"));
    for address in pages {
        page.open(&address);
        let own = page.eval(&try_socket("`ws://${location.host}/echo`"));
        assert_eq!(own, "hello", "{address}");
        // Another port of the same host is another server, and so is another name of it.
        let port = other.addr.port();
        let foreign = format!("`ws://${{location.hostname}}:{port}/echo`");
        let by_address = format!("'{}'", server.url("ws", "/echo"));
        for other in [foreign, by_address] {
            let blocked = page.eval(&try_socket(&other));
            assert_eq!(blocked, "connect-src", "{address}: {other}");
        }
    }
}
