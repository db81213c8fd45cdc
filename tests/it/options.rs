//! What options of commands understand: dates, addresses, and variables of the environment that stand in for them.

use std::process::Command;

#[cfg(feature = "full")]
use serde_json::json;

#[cfg(feature = "full")]
use crate::harness::{Chat, Server};
use crate::harness::{TempDir, binary, output};

/// The text of a command's output and of its errors.
fn words(output: &std::process::Output) -> [String; 2] {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(feature = "full")]
#[test]
fn dates_name_the_part_of_a_transcript() {
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "send", "room": "lobby", "text": "today"}));
    let transcript = |span: &[&str]| {
        let mut command = server.command("export");
        words(&output(command.arg("transcript.txt").args(span)))[0].clone()
    };
    assert!(transcript(&["--from", "2020-01-01"]).contains("today"));
    assert!(!transcript(&["--to", "2020-01-01"]).contains("today"));
    assert!(!transcript(&["--from", "2090-01-01T08:00"]).contains("today"));
    let wrong = output(
        server
            .command("export")
            .args(["transcript.txt", "--from", "yesterday"]),
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(words(&wrong)[1].contains("2026-11-27T08:00"), "{wrong:?}");
}

#[test]
fn variables_of_the_environment_stand_in_for_options_and_options_win() {
    let dir = TempDir::new();
    let check = |listen: &str, args: &[&str]| {
        let mut command = Command::new(binary());
        command.current_dir(dir.path()).arg("check").args(args);
        output(
            command
                .env("GLASSROOM_LISTEN", listen)
                .env("GLASSROOM_DATA", "elsewhere"),
        )
    };
    let [shown, _] = words(&check("192.168.1.20", &[]));
    assert!(shown.contains("192.168.1.20:8080"), "{shown}");
    assert!(shown.contains("elsewhere"), "{shown}");
    let [shown, _] = words(&check("192.168.1.20", &["--listen", "81"]));
    assert!(shown.contains("[::]:81"), "{shown}");
    let wrong = check("example.org", &[]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(words(&wrong)[1].contains("GLASSROOM_LISTEN"), "{wrong:?}");
}
