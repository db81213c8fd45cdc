//! The audit log names what was done as the documentation does.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::{ROOMS, anywhere, moderate, say};
use crate::harness::{Chat, Server, audit};

#[test]
fn a_purge_is_a_purge_whoever_wrote_the_message() {
    let mut server = Server::start(&format!("{ROOMS}[history]\nmemory = 1\n"));
    let mut host = anywhere(&server, "Max", "host", &["b"]);
    let mut bo = anywhere(&server, "Bo", "member", &["b"]);
    let delete = |seq: &serde_json::Value, purge: bool| json!({"type": "delete", "room": "b", "seq": seq, "purge": purge});
    let said = |chat: &mut Chat| chat.granted(say("b", "words"))["seq"].clone();
    let [own, own_hidden] = [said(&mut host), said(&mut host)];
    let [theirs, hidden, withdrawn] = [said(&mut bo), said(&mut bo), said(&mut bo)];
    host.granted(delete(&own, true));
    host.granted(delete(&theirs, true));
    host.granted(delete(&hidden, false));
    // What was hidden, or withdrawn, before.
    host.granted(delete(&hidden, true));
    bo.granted(delete(&withdrawn, false));
    host.granted(delete(&withdrawn, true));
    host.granted(delete(&own_hidden, false));
    // It is so already.
    host.granted(delete(&own, true));
    bo.refused(delete(&own_hidden, true), "forbidden");
    server.stop();
    let noted = audit(&server);
    let noted: Vec<[&str; 3]> = noted
        .iter()
        .map(|[action, by, _, room, _]| [&**action, &**by, &**room])
        .filter(|[action, ..]| *action != "host_login")
        .collect();
    let expected = ["purge", "purge", "delete", "purge", "purge"];
    assert_eq!(noted, expected.map(|action| [action, "Max", "b"]));
}

#[test]
fn the_table_of_actions_has_what_the_code_writes() {
    let docs = include_str!("../../../docs/http.md");
    let section = docs.split("## The audit log").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let table = section.lines().filter(|line| line.starts_with("| `"));
    let cells = table.map(|line| line.split('|').nth(1).unwrap());
    let listed: std::collections::BTreeSet<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut written = std::collections::BTreeSet::new();
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap();
    // Every action is a word in quotes in these places; what is not an action is a sentence, or is
    // not in the table and is found by the second comparison.
    let code = [
        "audit.rs",
        "chat/hub/change.rs",
        "chat/hub/discipline.rs",
        "chat/hub/lesson.rs",
        "chat/hub/moderation.rs",
        "chat/hub/removing.rs",
        "chat/message/request.rs",
        "site/join.rs",
        "site/links_admin.rs",
        "site/personal.rs",
        "site/revoking.rs",
        "chat/hub/forgetting.rs",
    ];
    for path in code {
        let text = read(path);
        let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
        for word in text.split('"').skip(1).step_by(2) {
            written.insert(word.to_owned());
        }
    }
    let all = all_that_is_written(Path::new(root));
    written.extend(all.iter().cloned());
    for action in &listed {
        assert!(written.contains(*action), "nothing writes {action}");
    }
    let missing: Vec<&String> = all
        .iter()
        .filter(|action| !listed.contains(action.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
    // And what is done with each of them in the running server is in the table.
    let mut server = Server::start(ROOMS);
    let mut host = Chat::person(&server, "Max", "host");
    let bo = Chat::member(&server, "Bo");
    let seq = host.granted(say("lobby", "words"))["seq"].clone();
    host.granted(json!({"type": "join", "room": "new"}));
    let user = || json!({"user": bo.id});
    for (action, more) in [
        ("mute", user()),
        ("unmute", user()),
        ("kick", user()),
        ("unkick", user()),
        ("kick", user()),
        ("unban", user()),
        ("lock", json!({"room": "lobby", "on": true})),
        ("slow", json!({"room": "lobby", "seconds": 5})),
        ("pin", json!({"room": "lobby", "seq": seq})),
        ("pin", json!({"room": "lobby", "seq": null})),
        ("remove_room", json!({"room": "new"})),
        ("end_lesson", json!({"seconds": 0})),
        ("start_lesson", json!({})),
    ] {
        host.granted(moderate(action, more));
    }
    server.stop();
    let noted = audit(&server);
    assert!(noted.len() >= 14, "{noted:?}");
    for [action, ..] in &noted {
        assert!(listed.contains(&**action), "{action} is not in the table");
    }
}

/// Every action that the server writes: what `moderate` does, what stands in the code where something
/// is noted, and what the page has words for.
fn all_that_is_written(root: &Path) -> BTreeSet<String> {
    let schema = include_str!("../../../docs/chat.v1.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let names = schema["$defs"].as_object().unwrap().keys();
    let mut all: BTreeSet<String> = names
        .filter_map(|name| name.strip_prefix("client.moderate."))
        // A door is noted as opened or closed, and what was stopped has not happened.
        .filter(|action| !["door", "keep_lesson"].contains(action))
        .map(str::to_owned)
        .collect();
    let words = include_str!("../../../src/web/page/words/en-class.js");
    let keys = words.split("\"audit.").skip(1);
    let keys = keys.filter(|rest| rest.split(':').nth(1).is_some_and(|it| it.contains("{by}")));
    all.extend(keys.map(|rest| rest.split(['.', '"']).next().unwrap().to_owned()));
    all.remove("other");
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.to_string_lossy().into_owned();
            if !name.ends_with(".rs") || name.contains("test") {
                continue;
            }
            let code = std::fs::read_to_string(&path).unwrap();
            for call in ["audit_room(", "audit_class(", "audit(", "action: "] {
                for rest in code.split(call).skip(1) {
                    let literal = rest.trim_start().strip_prefix('"');
                    all.extend(
                        literal
                            .and_then(|it| it.split('"').next())
                            .map(str::to_owned),
                    );
                }
            }
        }
    }
    all
}

/// What the command line does while no server runs is noted in the file itself.
#[test]
fn what_was_done_while_the_server_was_stopped_is_in_the_audit_log() {
    let mut server = Server::start("[history]\nkeep = \"30d\"\n");
    let mut max = Chat::person(&server, "Max", "host");
    let mut bo = Chat::member(&server, "Bo");
    max.granted(say("lobby", "hello"));
    bo.granted(say("lobby", "hello"));
    server.stop();
    let run = |server: &Server, command: &str, args: &[&str]| {
        let output = crate::harness::output(server.command(command).args(args));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (command, args) in [
        ("revoke", &["Max"][..]),
        ("revoke", &["Max"]), // already: nothing is done
        ("revoke", &["--undo", "Max"]),
        ("revoke", &["--sub", "test:Never"]),
        ("forget", &["Bo"]),
    ] {
        let said = run(&server, command, args);
        assert!(!said.contains("audit log"), "{said}");
    }
    let expected = [
        ("revoke", "Max"),
        ("unrevoke", "Max"),
        ("revoke", ""),
        ("forget", ""),
    ];
    // Also after the next start.
    for _ in 0..2 {
        let noted = audit(&server);
        let by_command_line = noted.iter().filter(|[_, by, ..]| by == "Command line");
        let noted: Vec<(&str, &str)> = by_command_line
            .map(|[action, _, target, ..]| (&**action, &**target))
            .collect();
        assert_eq!(noted, expected);
        server.start_again();
        server.stop();
    }
}
