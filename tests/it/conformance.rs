//! Autobahn|Testsuite, the standard conformance suite for WebSocket, against `/echo`.
//!
//! It runs where its virtual environment is already made, or in CI. To make it, and to see
//! a single case, run the script by hand: `tests/conformance/autobahn.sh URL OUTDIR CASES`.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Server, tools};

/// All but permessage-deflate, which the server does not accept.
const CASES: &str = "*,-12.*,-13.*";

/// How many those are in the release of the suite that the script pins.
const COUNT: usize = 301;

/// No fail-fast: a text frame whose first half is not UTF-8 is refused when the frame is
/// complete, as tungstenite checks whole frames. The suite calls it allowed, not strict.
const NON_STRICT: [&str; 2] = ["6.4.3", "6.4.4"];

/// The client's own Close has no code there, so its answer has none either.
const NO_CODE: &str = "7.3.1";

/// Most cases have half a second from their beginning to the end of TCP, which may be too short on
/// a busy machine. The tests in `wire` prove that the server ends TCP.
const LATE: &str = "FAILED BY CLIENT";
const MOST_LATE: usize = 5;

#[test]
fn autobahn_finds_no_fault_in_the_echo() {
    let venv = std::env::var_os("AUTOBAHN_VENV")
        .map_or_else(|| tools::cache().join("autobahn-venv"), PathBuf::from);
    let made = venv.join(".ready").is_file() || tools::compulsory();
    let how = "tests/conformance/autobahn.sh makes it when it first runs, or set GLASSROOM_CI=1";
    let Some(()) = tools::need(made.then_some(()), "the Autobahn suite", how) else {
        return;
    };

    let _alone = tools::one_at_a_time();
    let server = Server::start("[lab]\nmax_message = \"16 MiB\"\necho_rate = \"0 B\"\n");
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("autobahn");
    let run = Command::new(tools::script("autobahn.sh"))
        .arg(server.url("ws", "/echo"))
        .arg(&out)
        .arg(CASES)
        .env("AUTOBAHN_STRICT", "1")
        .env("AUTOBAHN_TIMEOUT", "600")
        .env("AUTOBAHN_AGENT", "glassroom")
        .output()
        .expect("bash runs the script");
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}\n{said}", run.status);

    let index = std::fs::read(out.join("index.json")).expect("the suite's index.json");
    let index: Value = serde_json::from_slice(&index).unwrap();
    let cases = index["glassroom"].as_object().expect("our agent's cases");
    assert_eq!(cases.len(), COUNT, "cases that ran");
    let mut late = 0;
    for (id, case) in cases {
        let strict = if NON_STRICT.contains(&id.as_str()) {
            "NON-STRICT"
        } else {
            "OK"
        };
        let behaviour = case["behavior"].as_str().unwrap();
        let closing = case["behaviorClose"].as_str().unwrap();
        late += usize::from(closing == LATE);
        assert!(
            [strict, "OK", "INFORMATIONAL"].contains(&behaviour)
                && ["OK", "INFORMATIONAL", LATE].contains(&closing)
                && (id == NO_CODE || case["remoteCloseCode"].is_u64()),
            "{id}: {case}\n{said}"
        );
    }
    assert!(
        late <= MOST_LATE,
        "{late} cases waited in vain for the end of TCP\n{said}"
    );
}
