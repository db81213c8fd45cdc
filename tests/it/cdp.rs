//! A client of the Chrome DevTools Protocol: a headless browser, and pages that are driven
//! as a person would, with real mouse and key events.
//!
//! One browser for all tests, which they have one after another, one browser context per [`Page`]
//! (persons share no storage), one socket per page. A page keeps what went wrong in it ([`Page::problems`]): errors on
//! the console, exceptions, violations of the Content-Security-Policy. Whatever waits does
//! so inside the page or in `read`, with a deadline.
//!
//! The protocol: JSON `{id, method, params}` out, `{id, result}` or `{method, params}` in,
//! over a WebSocket. <https://chromedevtools.github.io/devtools-protocol/>

mod page;

pub use page::{Page, View};

use std::io::{BufRead, BufReader};
use std::mem::ManuallyDrop;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::harness::TempDir;
use crate::harness::tools::{self, INSTALL};

/// How long a browser may take for anything: starting it cold on a small machine is slow.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The host name under which pages see the server. Not `localhost`, which browsers trust:
/// a class opens a plain address, where `crypto.randomUUID` and the clipboard are missing.
pub const HOST: &str = "classroom.test";

const FLAGS: [&str; 15] = [
    "--headless",
    // Root, as in a container, may not use the sandbox. The pages are our own.
    "--no-sandbox",
    "--no-first-run",
    "--accept-lang=en-US,en",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A laptop: the columns stand side by side.
    "--window-size=1280,800",
    "--disable-gpu",
    // /dev/shm is 64 MB in containers.
    "--disable-dev-shm-usage",
    // Several pages, of which each believes that it is in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    "--remote-debugging-port=0",
];

/// The browser of this run, which the tests have one after another: to start one takes longer than most of
/// them. After a test that failed another one is started.
static CHROMIUM: Mutex<Option<Chromium>> = Mutex::new(None);

/// Runs a program until this process closes the pipe, or is gone, and removes the profile then.
const KEEPER: &str = "profile=$1; shift; \"$@\" & read -r _; kill -9 $!; wait; rm -rf \"$profile\"";

/// A headless Chromium, stopped when dropped, and when this process ends.
struct Chromium {
    keeper: Child,
    socket: Socket,
    /// `127.0.0.1:PORT` of the debugger.
    debugger: String,
}

impl Chromium {
    #[track_caller]
    fn start(program: &Path) -> Chromium {
        // The shell removes it.
        let profile = ManuallyDrop::new(TempDir::new()).path().to_owned();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&profile)
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("sh: {e}"));
        let stderr = BufReader::new(keeper.stderr.take().unwrap());
        let (found, url) = mpsc::channel();
        // Reads on after the port is known: a full pipe would stop the browser.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("DevTools listening on ") {
                    let _ = found.send(url.trim().to_owned());
                }
            }
        });
        let Ok(url) = url.recv_timeout(PATIENCE) else {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
            panic!("{} never said where its DevTools listen", program.display());
        };
        let rest = url.trim_start_matches("ws://");
        Chromium {
            debugger: rest.split('/').next().unwrap().to_owned(),
            socket: Socket::open(&url),
            keeper,
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The browser, while one test has it.
pub struct Browser {
    chromium: MutexGuard<'static, Option<Chromium>>,
    contexts: Vec<String>,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// `None`, with a line that says so, where no Chromium is found.
    #[track_caller]
    pub fn start() -> Option<Browser> {
        let program = tools::need(tools::chromium(), "Chromium", INSTALL)?;
        let alone = tools::one_at_a_time();
        let mut chromium = CHROMIUM.lock().unwrap_or_else(PoisonError::into_inner);
        chromium.get_or_insert_with(|| Chromium::start(&program));
        Some(Browser {
            chromium,
            contexts: Vec::new(),
            _alone: alone,
        })
    }

    #[track_caller]
    fn running(&mut self) -> &mut Chromium {
        self.chromium.as_mut().expect("a browser")
    }

    /// An empty page of a person who has never been here.
    #[track_caller]
    pub fn page(&mut self) -> Page {
        let socket = &mut self.running().socket;
        let context = socket.call("Target.createBrowserContext", json!({}));
        let context = context["browserContextId"].as_str().unwrap().to_owned();
        self.contexts.push(context.clone());
        self.tab(context)
    }

    /// Another tab of the same person: it shares what the browser remembers for all tabs.
    #[track_caller]
    pub fn beside(&mut self, page: &Page) -> Page {
        self.tab(page.context.clone())
    }

    #[track_caller]
    fn tab(&mut self, context: String) -> Page {
        // In a window of its own: a tab in the background is hidden, and slow to take a click.
        let target = json!({"url": "about:blank", "browserContextId": context, "newWindow": true});
        let chromium = self.running();
        let target = chromium.socket.call("Target.createTarget", target);
        let id = target["targetId"].as_str().unwrap();
        let mut socket = Socket::open(&format!("ws://{}/devtools/page/{id}", chromium.debugger));
        for domain in ["Page", "Runtime", "Log"] {
            socket.call(&format!("{domain}.enable"), json!({}));
        }
        Page { socket, context }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let left = std::mem::take(&mut self.contexts);
        let Some(chromium) = self.chromium.as_mut() else {
            return;
        };
        let gone = |context| {
            let context = json!({"browserContextId": context});
            let closed = chromium
                .socket
                .try_call("Target.disposeBrowserContext", context);
            closed.is_ok()
        };
        if std::thread::panicking() || !left.into_iter().all(gone) {
            *self.chromium = None;
        }
    }
}

/// A connection to the debugger, and the events that came over it.
struct Socket {
    websocket: WebSocket<TcpStream>,
    last_id: u64,
    loads: usize,
    problems: Vec<String>,
    /// Events of requests, while somebody counts them.
    requests: Option<Vec<Value>>,
}

impl Socket {
    #[track_caller]
    fn open(url: &str) -> Socket {
        let address = url.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(address).expect(url);
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A browser refuses a debugger with an Origin; programs send none.
        let (websocket, _) = tungstenite::client(url, stream).expect(url);
        Socket {
            websocket,
            last_id: 0,
            loads: 0,
            problems: Vec::new(),
            requests: None,
        }
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.try_call(method, params)
            .unwrap_or_else(|e| panic!("{method}: {e}"))
    }

    /// Sends a command and waits for its result; events on the way are kept.
    #[track_caller]
    fn try_call(&mut self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.post(method, params);
        let until = Instant::now() + PATIENCE;
        loop {
            let mut message = self.read(until, method);
            if message["id"] == id {
                return match message.get("error") {
                    Some(error) => Err(error.to_string()),
                    None => Ok(message["result"].take()),
                };
            }
        }
    }

    fn post(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let command = json!({"id": self.last_id, "method": method, "params": params});
        // If that fails, so does the reading of the answer, and says more.
        let _ = self.websocket.send(Message::text(command.to_string()));
        self.last_id
    }

    #[track_caller]
    fn read(&mut self, until: Instant, what: &str) -> Value {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the browser did not do {what} within {PATIENCE:?}"
            );
            self.websocket
                .get_ref()
                .set_read_timeout(Some(left))
                .unwrap();
            match self.websocket.read() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if let Some(event) = message["method"].as_str() {
                        self.note(event, &message["params"]);
                        if let Some(requests) = &mut self.requests
                            && event.starts_with("Network.")
                        {
                            requests.push(message.clone());
                        }
                    }
                    return message;
                }
                Ok(_) => {}
                Err(e) => panic!("waiting for {what}: {e}"),
            }
        }
    }

    fn note(&mut self, event: &str, params: &Value) {
        let problem = match event {
            "Page.loadEventFired" => {
                self.loads += 1;
                return;
            }
            // Violations of the Content-Security-Policy and failed loads come here.
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                let entry = &params["entry"];
                format!("{}: {} {}", entry["source"], entry["text"], entry["url"])
            }
            "Runtime.consoleAPICalled" if params["type"] == "error" => {
                format!("console.error: {}", params["args"])
            }
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                format!(
                    "exception: {} {}",
                    details["text"], details["exception"]["description"]
                )
            }
            "Page.javascriptDialogOpening" => {
                // It would stop the page for good.
                self.post("Page.handleJavaScriptDialog", json!({"accept": true}));
                format!("a {} dialog: {}", params["type"], params["message"])
            }
            _ => return,
        };
        self.problems.push(problem);
    }
}
