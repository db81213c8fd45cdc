//! The bots in `examples/`: each answers, and comes back to what was said while it was away.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, PATIENCE, Server};

/// A bot that runs, and is ended with the test.
struct Bot {
    pid: Pid,
    /// Until [`wait`](Bot::wait) waits for it.
    child: Option<Child>,
}

impl Bot {
    #[track_caller]
    fn start(mut command: Command, example: &str, server: &Server) -> Bot {
        command
            .arg(example)
            .args([&server.url("ws", "/ws"), "lobby"])
            .env("GLASSROOM_TOKEN", server.token("Dice", "member"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null());
        let child = command.spawn().unwrap();
        Bot {
            pid: Pid::from_child(&child),
            child: Some(child),
        }
    }

    /// Without a process for it: on a loaded machine the host would be silent while that starts.
    #[track_caller]
    fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits up to `PATIENCE` for the exit status.
    #[track_caller]
    fn wait(mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        let (done, ended) = channel();
        thread::spawn(move || done.send(child.wait()));
        let Ok(status) = ended.recv_timeout(PATIENCE) else {
            self.signal(Signal::KILL);
            panic!("the bot still runs after {PATIENCE:?}");
        };
        status.unwrap()
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until the bot comes, or goes. One `presence` names everybody who did so within a moment.
#[track_caller]
fn wait_for(host: &mut Chat, way: &str) {
    loop {
        let presence = host.expect("presence");
        let people = presence[way].as_array().unwrap();
        if people.iter().any(|person| person["name"] == "Dice") {
            return;
        }
    }
}

#[track_caller]
fn answers_and_comes_back(command: Command, example: &str) {
    let server = Server::start("[heartbeat]\ninterval = \"1s\"\n");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(json!({"type": "send", "room": "lobby", "text": "!dice"}));
    let bot = Bot::start(command, example, &server);
    wait_for(&mut host, "joined");
    host.granted(json!({"type": "send", "room": "lobby", "text": "!help"}));
    // What was said before it came is not answered.
    assert_eq!(host.expect("message")["text"], "Write !dice.");
    bot.signal(Signal::STOP);
    wait_for(&mut host, "left");
    host.granted(json!({"type": "send", "room": "lobby", "text": "!dice"}));
    bot.signal(Signal::CONT);
    let said = host.expect("message");
    let text = said["text"].as_str().unwrap();
    assert!(text.starts_with("You threw a "), "{text}");
    // A Close that is final ends it.
    let id = &said["from"]["id"];
    host.granted(json!({"type": "moderate", "action": "kick", "user": id}));
    assert_eq!(bot.wait().code(), Some(1));
}

#[test]
fn the_bot_in_python_answers_and_comes_back() {
    let Some(python) = need(tools::python_websockets(), "Python websockets", INSTALL) else {
        return;
    };
    answers_and_comes_back(Command::new(python), "examples/bot.py");
}

#[test]
fn the_bot_in_javascript_answers_and_comes_back() {
    let Some(node) = need(tools::node_ws(), "Node ws", INSTALL) else {
        return;
    };
    answers_and_comes_back(node, "examples/bot.mjs");
}
