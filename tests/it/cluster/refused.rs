//! What keeps a node out of the cluster, and what it says then.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::engine::Redis;
use crate::harness::{Server, TempDir, binary, output};

#[track_caller]
fn refused(files: &[(&str, &str)], config: &str, words: &str) {
    match Server::start_with(files, config) {
        Err(said) => assert!(said.contains(words), "{words:?} is not in:\n{said}"),
        Ok(server) => panic!("it started, without {words:?}:\n{}", server.log()),
    }
}

#[test]
fn an_engine_that_would_lose_something_is_refused_with_what_to_set() {
    for (setting, words) in [
        (["--appendfsync", "everysec"], "set `appendfsync always`"),
        (["--appendonly", "no"], "set `appendonly yes`"),
        (
            ["--maxmemory-policy", "allkeys-lru"],
            "set `maxmemory-policy noeviction`",
        ),
    ] {
        let Some(redis) = Redis::start(&setting) else {
            return;
        };
        refused(&[], &redis.node("north"), words);
    }
}

#[test]
fn a_wrong_password_is_named() {
    let Some(redis) = Redis::start(&["--requirepass", "open-sesame"]) else {
        return;
    };
    refused(&[], &redis.node("north"), "password");
    let config = redis.node("north").replace("redis://", "redis://:wrong@");
    refused(&[], &config, "password");
    let config = redis
        .node("north")
        .replace("redis://", "redis://:open-sesame@");
    Server::start(&config);
}

#[test]
fn a_node_needs_the_secret_a_name_of_its_own_and_no_history_of_its_own() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let north = Server::start(&redis.node("north"));
    refused(
        &[],
        &redis.node("south"),
        "the secret of this node is another one",
    );
    let secret = north.secret();
    let files: &[(&str, &str)] = &[("secret", &secret)];
    refused(
        files,
        &redis.node("north"),
        "another node is called \"north\"",
    );
    let nameless = redis.node("south").replace("node = \"south\"", "");
    refused(files, &nameless, "cluster.node is not set");
    let mut own = Server::start_with(files, "").expect("a server");
    let mut ada = crate::harness::Chat::person(&own, "Ada", "member");
    ada.granted(serde_json::json!({"type": "send", "room": "lobby", "text": "mine"}));
    own.stop();
    own.configure(&redis.node("south"));
    let said = own
        .command("serve")
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("no history of this cluster"), "{said}");
    // It is put aside, as that sentence says.
    let mut anew = own.command("serve");
    anew.args(["--listen", "127.0.0.1:0", "--new-history"])
        .stderr(Stdio::piped());
    let mut anew = anew.spawn().expect("the program starts");
    let mut lines = BufReader::new(anew.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let follows = lines.any(|line| line.contains("for the primary north"));
    let _ = anew.kill();
    let _ = anew.wait();
    assert!(follows, "it ended instead");
}

/// `glassroom check` says the same, and changes nothing.
#[test]
fn a_check_names_what_would_keep_a_node_out() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let north = Server::start(&redis.node("north"));
    let check = |config: &str, secret: &str| {
        let dir = TempDir::new();
        fs::write(dir.path().join("chat.toml"), config).unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        if !secret.is_empty() {
            fs::write(dir.path().join("data/secret"), secret).unwrap();
        }
        let mut command = Command::new(binary());
        command
            .args(["check", "--config"])
            .arg(dir.path().join("chat.toml"));
        command.arg("--data").arg(dir.path().join("data"));
        let said = output(&mut command);
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        let files = fs::read_dir(dir.path().join("data")).unwrap().count();
        assert_eq!(files, usize::from(!secret.is_empty()), "{words}");
        (said.status.code(), words)
    };
    let (code, words) = check(&redis.node("south"), &north.secret());
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("the engine is Redis") || words.contains("the engine is Valkey"),
        "{words}"
    );
    assert!(words.contains("the name of the node is free"), "{words}");
    for (config, secret, expected) in [
        (
            redis.node("north"),
            north.secret(),
            "another node is called",
        ),
        (
            redis.node("south"),
            "another secret of at least 32 bytes, which is long".into(),
            "the secret",
        ),
        (
            redis
                .node("south")
                .replace("redis://127", "redis://:wrong@127"),
            String::new(),
            "password",
        ),
    ] {
        let (code, words) = check(&config, &secret);
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains(expected), "{expected:?} is not in:\n{words}");
    }
}
