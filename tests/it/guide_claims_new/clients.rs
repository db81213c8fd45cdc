//! The clients of chapter 17, run as they are printed.

use std::fs;
use std::process::Command;

use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Server, TempDir};
use crate::tidy::root;

/// The programs of a chapter by their names.
fn programs(text: &str) -> Vec<(&str, String)> {
    let parts = text.split("<pre data-client=\"").skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once("\"><code>").unwrap();
            let code = rest.split_once("</code></pre>").unwrap().0;
            let code = code.replace("&lt;", "<").replace("&gt;", ">");
            (name, code.replace("&amp;", "&") + "\n")
        })
        .collect()
}

/// What runs a program, if it is on this machine.
fn runner(name: &str) -> Option<Command> {
    match name {
        "task4.py" => {
            need(tools::python_websockets(), "Python websockets", INSTALL).map(Command::new)
        }
        "task4.js" => need(tools::node_ws(), "Node ws", INSTALL),
        "Task4.java" => need(tools::on_path(&["java"]), "Java", INSTALL).map(Command::new),
        _ => None,
    }
}

/// Runs a program of the chapter against task 4, as a person of its own.
fn hand_in(server: &Server, name: &str, code: &str) -> Option<String> {
    let mut command = runner(name)?;
    let folder = TempDir::new();
    let file = folder.path().join(name);
    fs::write(&file, code).unwrap();
    let output = command
        .arg(&file)
        .arg(server.url("ws", "/task/4"))
        .env("TOKEN", server.token(name, "member"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}{stderr}");
    Some(said)
}

#[test]
fn the_clients_of_chapter_17_pass_task_4_as_they_are_printed() {
    let path = |language: &str| root().join(format!("src/learn/{language}/17-clients.html"));
    let [english, chinese] = ["en", "zh"].map(|each| fs::read_to_string(path(each)).unwrap());
    let printed = programs(&english);
    assert_eq!(printed, programs(&chinese));
    let names: Vec<&str> = printed.iter().map(|(name, _)| *name).collect();
    let own = ["task4.py", "task4.js", "Task4.java"];
    let others = ["spring/Task4.java", "main.swift", "Task4.kt"];
    assert_eq!(names, [own, others].concat());
    let server = Server::start("");
    for (name, code) in printed.iter().filter(|(name, _)| own.contains(name)) {
        if let Some(said) = hand_in(&server, name, code) {
            assert!(said.contains("\"passed\":true"), "{name}: {said}");
            assert!(said.trim_end().ends_with("1000 passed"), "{name}: {said}");
        }
    }
}

/// The question of the chapter: the Pings are behind a message that may not be delivered.
#[test]
fn the_java_client_of_chapter_17_answers_no_ping_if_it_asks_for_nothing_more() {
    let text = fs::read_to_string(root().join("src/learn/en/17-clients.html")).unwrap();
    let printed = programs(&text);
    let (name, code) = printed
        .iter()
        .find(|(name, _)| *name == "Task4.java")
        .unwrap();
    let line = "        ws.request(1);\n";
    assert!(code.contains(line));
    // It would wait for ever for the Close.
    let ends = "        closed.await(2, TimeUnit.SECONDS);\n        System.exit(0);\n";
    let code = code
        .replace(line, "")
        .replace("        closed.await();\n", ends);
    let server = Server::start("");
    if let Some(said) = hand_in(&server, name, &code) {
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("\"type\":\"task\""), "{said}");
    }
}

#[test]
fn python_websockets_has_the_limits_of_chapter_17() {
    let Some(python) = need(tools::python_websockets(), "Python websockets", INSTALL) else {
        return;
    };
    let ask = "import inspect, websockets.sync.client as c
of = inspect.signature(c.connect).parameters
print(of['max_size'].default, of['ping_interval'].default)";
    let output = Command::new(python).args(["-c", ask]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1048576 20");
}
