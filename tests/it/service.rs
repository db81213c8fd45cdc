//! The server as a service of systemd: what it tells the manager.
//!
//! The test is the manager: a datagram socket of its own is `NOTIFY_SOCKET`.

use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as Address, UnixDatagram};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Chat, How, PATIENCE, Server, TempDir, http};

/// How often the watched server is expected to say that it lives, twice.
const WATCHDOG_USEC: &str = "200000";

/// The service manager.
pub struct Manager {
    socket: UnixDatagram,
    /// Everything that it was told, a line each.
    pub told: Vec<String>,
}

impl Manager {
    fn at(address: &Address) -> Manager {
        let socket = UnixDatagram::bind_addr(address).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        Manager {
            socket,
            told: Vec::new(),
        }
    }

    /// A manager with a socket in this directory, and the name of that.
    pub fn in_dir(dir: &TempDir) -> (Manager, String) {
        let path = dir.path().join("notify");
        let manager = Manager::at(&Address::from_pathname(&path).unwrap());
        (manager, path.to_str().unwrap().to_owned())
    }

    /// Takes what comes within a moment.
    fn listen(&mut self) {
        let mut bytes = [0; 4096];
        match self.socket.recv(&mut bytes) {
            Ok(length) => {
                let text = std::str::from_utf8(&bytes[..length]).unwrap();
                self.told.extend(text.lines().map(str::to_owned));
            }
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{error}"
            ),
        }
    }

    /// Waits until this was told so often, since the server started.
    #[track_caller]
    pub fn hears(&mut self, line: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        while self.told.iter().filter(|told| *told == line).count() < times {
            assert!(Instant::now() < until, "no {line:?} in {:?}", self.told);
            self.listen();
        }
    }
}

/// How a server is started by a manager, which may keep watch.
pub fn notifying(socket: &str, watchdog: Option<&'static str>) -> How {
    let mut env = vec![("NOTIFY_SOCKET", &*socket.to_owned().leak())];
    env.extend(watchdog.map(|usec| ("WATCHDOG_USEC", usec)));
    How {
        env: env.leak(),
        ..How::default()
    }
}

#[test]
fn the_manager_hears_that_the_port_is_open_who_is_here_and_that_the_end_has_come() {
    let dir = TempDir::new();
    let (mut manager, socket) = Manager::in_dir(&dir);
    let mut server = Server::start_as(notifying(&socket, Some(WATCHDOG_USEC)), "");
    manager.hears("READY=1", 1);
    assert_eq!(manager.told[0], "READY=1");
    manager.hears("STATUS=0 here, lobby", 1);
    let _bo = Chat::member(&server, "Bo");
    manager.hears("STATUS=1 here, lobby", 1);
    manager.hears("WATCHDOG=1", 5);
    server.ask_to_stop();
    manager.hears("STOPPING=1", 1);
    assert!(server.wait().success());
}

#[test]
fn nobody_is_told_that_the_server_lives_who_has_not_asked_for_it() {
    let dir = TempDir::new();
    let (mut manager, socket) = Manager::in_dir(&dir);
    let mut server = Server::start_as(notifying(&socket, None), "");
    manager.hears("STATUS=0 here, lobby", 1);
    assert!(server.stop().success());
    manager.hears("STOPPING=1", 1);
    assert!(!manager.told.contains(&"WATCHDOG=1".to_owned()));
}

#[test]
fn a_server_that_hangs_says_nothing_more() {
    let dir = TempDir::new();
    let (mut manager, socket) = Manager::in_dir(&dir);
    let server = Server::start_as(notifying(&socket, Some(WATCHDOG_USEC)), "");
    manager.hears("WATCHDOG=1", 1);
    server.signal("STOP");
    let until = Instant::now() + PATIENCE;
    // What was sent before the signal arrived; then a whole moment without a word.
    loop {
        let told = manager.told.len();
        (0..5).for_each(|_| manager.listen());
        if manager.told.len() == told {
            break;
        }
        assert!(Instant::now() < until, "it goes on: {:?}", manager.told);
    }
    server.signal("CONT");
    let lived = manager.told.iter().filter(|told| *told == "WATCHDOG=1");
    let lived = lived.count();
    manager.hears("WATCHDOG=1", lived + 1);
}

#[test]
fn a_socket_without_a_file_is_a_manager_too() {
    let name = format!("glassroom-test-{}", std::process::id());
    let mut manager = Manager::at(&Address::from_abstract_name(&name).unwrap());
    let server = Server::start_as(notifying(&format!("@{name}"), None), "");
    manager.hears("READY=1", 1);
    assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
}

#[test]
fn a_manager_that_is_gone_stops_nobody() {
    let dir = TempDir::new();
    let socket = dir.path().join("nobody");
    let mut server = Server::start_as(notifying(socket.to_str().unwrap(), Some(WATCHDOG_USEC)), "");
    server.logged("the service manager cannot be told");
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
    assert!(server.stop().success());
}
