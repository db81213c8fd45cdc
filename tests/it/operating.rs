//! What an operator meets: starts that fail, and commands that say what to do instead.

use std::fs;

use crate::damage::{FAST, run};
use crate::harness::{Chat, Server, UNPACED, http};

#[test]
fn a_start_that_cannot_have_its_port_changes_nothing_and_alarms_nobody() {
    let holder = Server::start("");
    let port = holder.addr.to_string();
    let mut server = Server::start(FAST);
    server.stop();
    let said = run(&server, "serve", &["--quiet", "--listen", &port], 1);
    assert!(said.contains("another program uses port"), "{said}");
    let known = fs::read_to_string(server.data().join("history.known")).unwrap();
    assert!(known.contains("\"open\":false"), "{known}");
    server.start_again();
    server.stop();
    let log = server.log();
    assert!(!log.contains("did not end in order"), "{log}");
    // Not even with `--new-history`.
    let asked = ["--quiet", "--listen", &port, "--new-history"];
    run(&server, "serve", &asked, 1);
    assert!(!server.data().join("history.old-1.db").exists());
    // In a new directory, there is neither a secret nor a history.
    fs::remove_dir_all(server.data()).unwrap();
    run(&server, "serve", &["--quiet", "--listen", &port], 1);
    for name in ["secret", "lesson", "history.db"] {
        assert!(!server.data().join(name).exists(), "{name}");
    }
}

#[test]
fn an_address_that_this_machine_has_not_is_named_with_those_that_it_has() {
    let mut server = Server::start("");
    server.stop();
    // RFC 5737 §3: a range for documents.
    let said = run(
        &server,
        "serve",
        &["--quiet", "--listen", "203.0.113.1:8080"],
        1,
    );
    assert!(said.contains("this machine has no such address"), "{said}");
    assert!(said.contains("--listen 8080 takes all"), "{said}");
}

#[test]
fn a_link_that_nobody_has_used_is_named_where_its_owner_is_looked_for() {
    let mut server = Server::start(UNPACED);
    run(&server, "link", &["--name", "Ann Lee"], 0);
    for running in [true, false] {
        for command in ["forget", "revoke"] {
            let said = run(&server, command, &["Ann Lee"], 2);
            assert!(
                said.contains("glassroom link --revoke \"Ann Lee\""),
                "{command}: {said}"
            );
            let said = run(&server, command, &["Nobody Else"], 2);
            assert!(!said.contains("link --revoke"), "{command}: {said}");
        }
        if running {
            server.stop();
        }
    }
}

#[test]
fn a_restored_history_is_not_taken_for_another_one() {
    let mut server = Server::start(FAST);
    let copy = server.data().with_file_name("monday.db");
    run(&server, "backup", &[copy.to_str().unwrap()], 0);
    server.stop();
    run(&server, "restore", &[copy.to_str().unwrap()], 0);
    server.start_again();
    server.stop();
    let log = server.log();
    assert!(!log.contains("another one than last time"), "{log}");
}

#[test]
fn a_command_says_what_is_wrong_with_its_data_directory() {
    let mut server = Server::start("");
    let said = run(&server, "status", &[], 0);
    assert!(
        said.contains("Glassroom 0.") && said.contains(", on 127.0.0.1:"),
        "{said}"
    );
    server.stop();
    fs::remove_dir_all(server.data()).unwrap();
    for command in [
        "status",
        "backup x.db",
        "export transcript.txt",
        "repair",
        "check",
        "link",
    ] {
        let mut words = command.split(' ');
        let (name, more): (&str, Vec<&str>) = (words.next().unwrap(), words.collect());
        let said = run(&server, name, &more, 1);
        assert!(
            said.contains("does not exist: name the server's directory"),
            "{command}: {said}"
        );
    }
    fs::write(server.data(), "").unwrap();
    for command in ["status", "serve"] {
        let said = run(&server, command, &[], 1);
        assert!(
            said.contains("is a file, not a data directory"),
            "{command}: {said}"
        );
    }
}

#[test]
fn a_port_alone_in_the_configuration_means_all_addresses() {
    for written in ["listen = 0", "listen = 0x0", "listen = \"0\""] {
        let server = Server::start(&format!("[server]\n{written}\n"));
        let _ann = Chat::member(&server, "Ann");
        assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
        let said = run(&server, "check", &[], 0);
        assert!(said.contains("listen = \"[::]:0\""), "{said}");
    }
}
