//! The history where no temporary file can be made: in a container of which the data directory is all that can
//! be written to. What SQLite cannot keep in memory it would put into a temporary file.

use serde_json::json;

use crate::harness::{Chat, How, Server, output};

/// Messages before the disk has the first: several groups of many.
const MESSAGES: usize = 4000;
const ROOMS: usize = 16;

/// The superuser may write here as far as SQLite can see, so it looks no further; but no file can be made.
const NO_FILES: &str = "/proc";

#[test]
fn a_crowd_in_many_rooms_is_stored_and_a_person_forgotten_without_temporary_files() {
    if !rustix::process::geteuid().is_root() {
        println!("LEFT OUT: others than the superuser cannot keep SQLite from a temporary file");
        return;
    }
    let how = How {
        env: &[("SQLITE_TMPDIR", NO_FILES)],
        ..How::default()
    };
    let rooms: Vec<String> = (0..ROOMS)
        .map(|n| format!("room-{n}"))
        .chain(["lobby".to_owned()])
        .collect();
    let more = format!(
        "[limits]\nmessages_per_second = 0\n[history]\ngather = \"100ms\"\n[rooms]\nlist = {rooms:?}\n"
    );
    let server = Server::start_as(how, &more);
    let mut bo = Chat::member(&server, "Bo");
    for room in &rooms[..ROOMS] {
        bo.granted(json!({"type": "join", "room": room}));
    }
    let text = "x".repeat(900);
    for n in 0..MESSAGES {
        bo.say(&rooms[n % rooms.len()], &text, &n.to_string());
    }
    for _ in 0..MESSAGES {
        let ack = bo.expect("ack");
        assert!(ack["seq"].is_u64(), "{ack}");
    }
    drop(bo);
    let forgotten = output(
        server
            .command("forget")
            .arg("Bo")
            .env("SQLITE_TMPDIR", NO_FILES),
    );
    let said = String::from_utf8_lossy(&forgotten.stderr);
    assert!(forgotten.status.success(), "{said}");
    assert!(
        !server.log().contains("cannot be written"),
        "{}",
        server.log()
    );
}
