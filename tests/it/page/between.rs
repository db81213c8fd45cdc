//! The network of the page: it is gone, or something between the page and the server answers in its place.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::connection::token;
use super::{IN_THE_ROOM, say, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, HOST, PATIENCE, Page};
use crate::harness::{CLASS_CODE, Server, UNPACED};

/// What it does with a connection.
#[derive(Default)]
struct Conduct {
    /// The answer to everything; without one, it passes all bytes on.
    answer: Option<Vec<u8>>,
    /// Both ends of what it passes on.
    passing: Vec<TcpStream>,
}

/// A proxy that passes everything on, until it is told to answer itself. Its threads end with the test.
struct Proxy {
    addr: SocketAddr,
    conduct: Arc<Mutex<Conduct>>,
}

impl Proxy {
    fn start(server: &Server) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let conduct = Arc::new(Mutex::new(Conduct::default()));
        let (shared, server) = (Arc::clone(&conduct), server.addr);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(client, server, &shared));
            }
        });
        Proxy { addr, conduct }
    }

    fn url(&self) -> String {
        format!("http://{HOST}:{}/", self.addr.port())
    }

    /// Answers every request with this from now on, and cuts what it passed on.
    fn answers(&self, answer: &str) {
        let mut conduct = self.conduct.lock().unwrap();
        conduct.answer = Some(answer.replace('\n', "\r\n").into_bytes());
        for stream in conduct.passing.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Passes everything on from now on.
    fn passes(&self) {
        self.conduct.lock().unwrap().answer = None;
    }
}

fn serve(mut client: TcpStream, server: SocketAddr, conduct: &Mutex<Conduct>) {
    let mut now = conduct.lock().unwrap();
    if let Some(answer) = now.answer.clone() {
        drop(now);
        let mut head = Vec::new();
        let mut byte = [0; 1];
        while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|n| n == 1) {
            head.extend_from_slice(&byte);
        }
        let _ = client.write_all(&answer);
        let _ = client.shutdown(Shutdown::Write);
        // The body of the request may still be on its way: an early end would reset the answer.
        let _ = std::io::copy(&mut client, &mut std::io::sink());
        return;
    }
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        now.passing.push(from.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}

/// What stands between a school and its server says such things. (A 407 does not reach a page of Chromium.)
const FOREIGN: [(&str, &str); 8] = [
    (
        "a captive portal",
        "HTTP/1.1 200 OK\nContent-Type: text/html\nDate: Mon, 01 Jan 2001 00:00:00 GMT\n\n<p>Sign in</p>",
    ),
    (
        "a portal that sends elsewhere",
        "HTTP/1.1 302 Found\nLocation: http://portal.test:1/\nContent-Length: 0\n\n",
    ),
    (
        "JSON of somebody else",
        "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"ok\":true}",
    ),
    (
        "a filter",
        "HTTP/1.1 403 Forbidden\nContent-Type: text/html\n\n<p>Blocked: games</p>",
    ),
    (
        "a filter that speaks JSON",
        "HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{\"error\":\"blocked\",\"message\":\"games\"}",
    ),
    (
        "a login of a proxy",
        "HTTP/1.1 401 Unauthorized\nContent-Type: text/html\n\n<p>Who are you?</p>",
    ),
    (
        "a gateway without a server",
        "HTTP/1.1 502 Bad Gateway\nContent-Type: text/html\n\n<p>Bad gateway</p>",
    ),
    (
        "a network that wants a sign-in",
        "HTTP/1.1 511 Network Authentication Required\nContent-Type: text/html\n\n<p>Sign in</p>",
    ),
];

/// The page waits because of what is between it and the server.
const FOREIGN_WORDS: &str = "document.body.dataset.connection === 'waiting' &&
    document.querySelector('#status-words').innerText.includes('between this device and the class')";

/// Opens the page through the proxy and joins.
#[track_caller]
fn join_through(browser: &mut Browser, proxy: &Proxy, name: &str) -> Page {
    let mut page = browser.page();
    page.open(&proxy.url());
    page.type_into("#join-name", name);
    page.type_into("#join-code", CLASS_CODE);
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page
}

#[test]
fn what_answers_in_place_of_the_server_does_not_end_the_stay_of_anybody() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let proxy = Proxy::start(&server);
    let mut ada = join_through(&mut browser, &proxy, "Ada");
    let known = token(&mut ada);
    for (what, answer) in FOREIGN {
        proxy.answers(answer);
        // A person need not wait for the next try.
        ada.click("#status-now");
        ada.wait_for(FOREIGN_WORDS, PATIENCE);
        assert_eq!(ada.eval("document.body.dataset.view"), "chat", "{what}");
        assert_eq!(token(&mut ada), known, "{what}");
        proxy.passes();
        ada.click("#status-now");
        // It comes back, and keeps counting by the time of the server.
        ada.wait_for(IN_THE_ROOM, PATIENCE);
        say(&mut ada, what);
        wait_for_entry(&mut ada, ".own[data-state=saved]", what);
        let off = "import('/assets/base/time.js').then(({ serverNow }) => Math.abs(Date.now() - serverNow()))";
        assert!(ada.eval(off).as_f64().unwrap() < 5000.0, "{what}");
    }
}

#[test]
fn what_answers_in_place_of_the_server_does_not_empty_the_form() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let proxy = Proxy::start(&server);
    let mut ada = browser.page();
    ada.open(&proxy.url());
    ada.type_into("#join-name", "Ada");
    ada.type_into("#join-code", CLASS_CODE);
    for (what, answer) in FOREIGN {
        proxy.answers(answer);
        ada.eval("document.querySelector('#join-error').textContent = ''");
        ada.click("#join-submit");
        let words = match what {
            // Its own words are all there is.
            "a filter that speaks JSON" => "games",
            _ => "between this device and the class",
        };
        let shown = format!("document.querySelector('#join-error').innerText.includes({words:?})");
        ada.wait_for(&shown, PATIENCE);
        let fields =
            "['name', 'code'].map((each) => document.querySelector('#join-' + each).value).join()";
        assert_eq!(ada.eval(fields), format!("Ada,{CLASS_CODE}"), "{what}");
        assert_eq!(
            ada.eval("localStorage.getItem('glassroom.token')"),
            serde_json::Value::Null
        );
    }
    proxy.passes();
    ada.click("#join-submit");
    ada.wait_for(IN_THE_ROOM, PATIENCE);
}

#[test]
fn a_device_without_a_network_says_so_at_once_and_comes_back_with_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = super::join(&mut browser, &server, "Ada");
    ada.eval(
        "Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
         window.dispatchEvent(new Event('offline'));",
    );
    // In the same turn, and not when something does not answer.
    assert_eq!(ada.eval("document.body.dataset.connection"), "waiting");
    wait_for_words(&mut ada, "This device has no network.");
    ada.eval("delete navigator.onLine; window.dispatchEvent(new Event('online'));");
    ada.wait_for(IN_THE_ROOM, PATIENCE);
}
