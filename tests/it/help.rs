//! `--help` of every command: it fits on a screen, has examples, and names only options that the command
//! accepts and uses.

use std::collections::BTreeSet;
use std::process::Command;

use crate::harness::{TempDir, binary, output};

/// Where the configuration and the data directory are.
const COMMON: &[&str] = &["--config", "--data"];

/// The options that each command uses, besides [`COMMON`] and `--help`. A new option is a new word here, by
/// somebody who has seen that it has an effect.
const OPTIONS: &[(&str, &[&str])] = &[
    ("serve", &["--listen", "--quiet", "--new-history"]),
    ("status", &["--json"]),
    ("token", &["--name", "--role", "--ttl", "--sub", "--room"]),
    (
        "link",
        &[
            "--name", "--role", "--room", "--class", "--ttl", "--roster", "--renew", "--html",
            "--url", "--revoke", "--list",
        ],
    ),
    ("revoke", &["--sub", "--all", "--undo", "--list"]),
    ("check", &["--listen"]),
    ("export", &["--room", "--from", "--to"]),
    ("forget", &[]),
    ("backup", &["--force"]),
    ("restore", &["--everything"]),
    ("repair", &[]),
];

/// `glassroom wire` talks to any server, and needs no configuration.
const OF_WIRE: &[&str] = &[
    "--token",
    "--protocol",
    "--header",
    "--origin",
    "--json",
    "--pcapng",
    "--exam",
    "--no-echo",
    "--only",
    "--timeout",
];

fn help(arguments: &[&str]) -> String {
    let dir = TempDir::new();
    let mut command = Command::new(binary());
    let output = output(command.args(arguments).current_dir(dir.path()));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that the help of the program lists.
fn commands() -> Vec<String> {
    let text = help(&["--help"]);
    let (_, list) = text.split_once("Commands:\n").unwrap();
    let list = list.lines().take_while(|line| !line.is_empty());
    let names = list.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The options in the list of a help.
fn options(text: &str) -> BTreeSet<&str> {
    let (_, list) = text.split_once("\nOptions:\n").unwrap();
    let list = list.lines().take_while(|line| !line.is_empty());
    let words = list.filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("-h, ").unwrap_or(line);
        let line = line.strip_prefix("-V, ").unwrap_or(line);
        line.starts_with("--").then(|| line.split(' ').next())?
    });
    words.collect()
}

/// The options that a command uses; `None`: the table does not have it.
fn used(command: &str) -> Option<BTreeSet<&'static str>> {
    let (common, own) = match command {
        "wire" => (&[][..], OF_WIRE),
        _ => {
            let row = OPTIONS.iter().find(|(name, _)| *name == command)?;
            (COMMON, row.1)
        }
    };
    let all = [common, own, &["--help"]].concat();
    // The minimal build has no history to put aside.
    let is_there = |option: &&str| cfg!(feature = "full") || *option != "--new-history";
    Some(all.into_iter().filter(is_there).collect())
}

#[track_caller]
fn check_look(text: &str) {
    assert!(text.lines().count() <= 40, "over 40 lines:\n{text}");
    for line in text.lines() {
        let width = line.chars().count();
        assert!(width <= 100, "{width} columns: {line}");
    }
    let (_, below) = text.split_once("\nExamples:\n").expect(text);
    let examples = below.lines().take_while(|line| !line.is_empty());
    let examples: Vec<&str> = examples.collect();
    assert!((1..=3).contains(&examples.len()), "{text}");
    for example in examples {
        assert!(example.starts_with("  glassroom"), "{example}");
    }
}

#[test]
fn every_command_has_examples_and_only_options_that_it_uses() {
    let commands = commands();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in &commands {
        let text = help(&[command, "--help"]);
        check_look(&text);
        let wanted = used(command).unwrap_or_else(|| panic!("{command} is not in the table"));
        assert_eq!(options(&text), wanted, "{command}");
        assert_eq!(help(&["help", command]), text, "{command}");
    }
    let text = help(&["--help"]);
    check_look(&text);
    let mut serve = used("serve").unwrap();
    serve.insert("--version");
    assert_eq!(options(&text), serve, "without a command, the server runs");
}

/// The words of a line of a shell, without its comment and where its output goes.
fn words(line: &str) -> Vec<String> {
    let line = line.split(['#', '>']).next().unwrap();
    let mut words = Vec::new();
    for (n, part) in line.split('"').enumerate() {
        match n % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn the_command_line_accepts_every_example() {
    let mut count = 0;
    let commands = commands();
    for command in &commands {
        let text = help(&[command, "--help"]);
        let (_, below) = text.split_once("\nExamples:\n").unwrap();
        for line in below.lines().take_while(|line| !line.is_empty()) {
            // With --help at its end, nothing is done, but what stands before is parsed.
            let mut words = words(line);
            let known = words.get(1).is_none_or(|word| commands.contains(word));
            assert!(known, "{line}");
            words.push("--help".into());
            let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            help(&words);
            count += 1;
        }
    }
    assert!(count > commands.len(), "{count} examples");
}
