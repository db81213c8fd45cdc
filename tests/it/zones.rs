//! The times in downloads: in the zone of the machine or of `chat.toml`, each with its offset.

use serde_json::json;

use crate::harness::{Chat, Server, UNPACED, output};

/// The transcript that the command line writes on a machine in this zone.
fn transcript(server: &Server, zone: &str) -> String {
    let mut export = server.command("export");
    let written = output(export.arg("transcript.txt").env("TZ", zone));
    assert_eq!(written.status.code(), Some(0), "{written:?}");
    String::from_utf8(written.stdout).unwrap()
}

#[test]
fn every_time_has_the_offset_of_the_machine_or_of_the_configuration() {
    let mut server = Server::start(UNPACED);
    let say = json!({"type": "send", "room": "lobby", "text": "hello"});
    Chat::member(&server, "Ann").granted(say);
    // Zones without rules, so that the machine needs no database of them.
    for (zone, offset) in [
        ("XST-3:30", "+03:30"),
        ("XST5", "-05:00"),
        ("UTC0", "+00:00"),
        ("", "+00:00"),
        ("no such zone", "+00:00"),
    ] {
        let text = transcript(&server, zone);
        assert!(text.starts_with("# lobby\n"), "{text}");
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
        assert!(lines.len() >= 2, "{text}");
        for line in lines {
            let (time, _) = line[1..].split_once(']').unwrap();
            assert!(
                time.ends_with(offset) && time.len() == 25,
                "{zone:?}: {line}"
            );
        }
    }
    server.stop();
    server.configure(&format!("{UNPACED}[history]\nzone = \"+08:00\"\n"));
    assert!(transcript(&server, "XST5").contains("+08:00] Ann: hello"));
}
