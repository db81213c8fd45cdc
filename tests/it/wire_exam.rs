//! `glassroom wire --exam`: our own server passes, servers of other people pass, and each server
//! with one fault gets the verdict that names it.

mod endpoints;
mod student;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Server, binary};
use student::{Way, student};

/// The verdicts of an exam.
struct Exam {
    lines: Vec<Value>,
    code: Option<i32>,
    stderr: String,
}

impl Exam {
    /// The ids of failed verdicts of that level.
    fn failed(&self, level: &str) -> Vec<&str> {
        let failed = self.lines.iter().filter(|line| {
            line["type"] == "verdict" && line["outcome"] == "failed" && line["level"] == level
        });
        failed.map(|line| line["id"].as_str().unwrap()).collect()
    }

    #[track_caller]
    fn verdict(&self, id: &str) -> &Value {
        let found = self.lines.iter().find(|line| line["id"] == id);
        found.unwrap_or_else(|| panic!("no verdict {id}: {:?}", self.lines))
    }
}

/// Runs the exam, which bounds its own time.
#[track_caller]
fn exam(url: &str, more: &[&str]) -> Exam {
    let output = Command::new(binary())
        .args(["wire", "--exam", "--json", url])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let parse = |line: &str| serde_json::from_str::<Value>(line).expect(line);
    Exam {
        lines: text.lines().map(parse).collect(),
        code: output.status.code(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What a careless server lets through, whatever else is wrong with it.
const CARELESS: [&str; 7] = [
    "unmasked",
    "reserved-bits",
    "utf8",
    "no-upgrade",
    "no-version",
    "no-host",
    "two-hosts",
];

#[test]
fn our_own_echo_passes_every_verdict_within_seconds() {
    let server = Server::start("");
    let exam = exam(&server.url("ws", "/echo"), &[]);
    assert_eq!(exam.code, Some(0), "{:?}", exam.lines);
    let summary = exam.lines.last().unwrap();
    assert_eq!(summary["type"], "summary");
    for level in ["MUST", "SHOULD", "MAY"] {
        assert!(exam.failed(level).is_empty(), "{:?}", exam.lines);
    }
    assert_eq!(
        (&summary["skipped"], &summary["inconclusive"]),
        (&0.into(), &0.into())
    );
    assert_eq!(exam.lines[0]["echo"], true);
    assert!(summary["passed"].as_u64().unwrap() > 60, "{summary}");
}

#[test]
fn a_careless_server_fails_where_it_checks_nothing_and_nowhere_else() {
    for way in [
        Way::Careless,
        Way::LowerCaseResponse,
        Way::ExtraHeaders,
        Way::Interim,
    ] {
        let exam = exam(&student(way), &[]);
        assert_eq!(exam.code, Some(1), "{way:?}");
        let failed = exam.failed("MUST");
        for id in CARELESS {
            assert!(failed.contains(&id), "{way:?}: {id} in {failed:?}");
        }
        for id in [
            "status",
            "upgrade",
            "connection",
            "accept",
            "extension",
            "text",
            "binary",
            "length-7",
            "length-16",
            "length-64",
            "keys",
            "bytewise",
            "together",
            "ping",
            "ping-payload",
            "fragments",
            "fragments-ping",
            "close",
            "close-tcp",
            "large",
            "server-unmasked",
            "server-lengths",
        ] {
            let verdict = exam.verdict(id);
            assert_eq!(verdict["outcome"], "passed", "{way:?}: {verdict}");
        }
    }
}

/// The fault, the verdict that it adds to those of a careless server, and a part of what was read.
const FAULTS: [(Way, &str, &str); 26] = [
    (Way::LowerCaseKey, "accept", "the key in lower case"),
    (Way::SameAccept, "accept", "the same for every key"),
    (Way::Extension, "extension", "permessage-deflate"),
    (
        Way::RepeatsProtocols,
        "protocol-choice",
        "exam-one, exam-two",
    ),
    (
        Way::RepeatsExtensions,
        "extension-choice",
        "bbf-usp-protocol",
    ),
    (Way::Masks, "server-unmasked", "its MASK bit is 1"),
    (Way::ReservedBit, "server-reserved", "are 1, 0 and 0"),
    (Way::LongForm, "server-lengths", "with 8 more bytes"),
    (
        Way::OnlySevenBits,
        "length-16",
        "the 7 bits were taken for the length",
    ),
    (
        Way::LittleEndian,
        "length-16",
        "the lowest byte first, the length is 126",
    ),
    (Way::ForgetsToUnmask, "text", "was not unmasked"),
    (Way::AllText, "binary", "as a text message (opcode 1)"),
    (Way::NothingToContinue, "text", "as a continuation message"),
    (
        Way::DropsRest,
        "together",
        "for number 2: instead of the echo",
    ),
    (Way::NoPong, "ping", "nothing in time"),
    (Way::EmptyPong, "ping-payload", "no bytes"),
    (Way::ShortPong, "ping-125", "(100 bytes)"),
    (
        Way::FirstFragment,
        "fragments",
        "only the first 3 of 9 bytes",
    ),
    (
        Way::ReversedFragments,
        "fragments",
        "the same bytes in another order",
    ),
    (
        Way::PongAfterMessage,
        "fragments-ping",
        "before the last fragment: nothing in time",
    ),
    (Way::NoClose, "close", "the end of TCP"),
    (
        Way::LittleEndianClose,
        "close",
        "1000 with the lowest byte first",
    ),
    (Way::Close1005, "server-close-codes", "its code is 1005"),
    (
        Way::CloseOfOneByte,
        "server-close",
        "its payload is one byte",
    ),
    (Way::KeepsTcp, "close-tcp", "TCP is still open"),
    (Way::DataAfterClose, "close-then-data", "then a text frame"),
];

#[test]
fn each_fault_gets_the_verdict_that_names_it() {
    let right = exam(&student(Way::Careless), &["--timeout", "2"]);
    let usual = right.failed("MUST");
    // A few at once: an exam of a server that was kept waiting says so, and not what was wrong.
    for some in FAULTS.chunks(4) {
        let runs: Vec<_> = some
            .iter()
            .map(|row| thread::spawn(|| exam(&student(row.0), &["--timeout", "2"])))
            .collect();
        for ((way, id, read), run) in some.iter().zip(runs) {
            let exam = run.join().unwrap();
            let mut failed = exam.failed("MUST");
            failed.retain(|id| !usual.contains(id));
            // A server that garbles what it reads cannot repeat a Ping either.
            if !matches!(way, Way::ForgetsToUnmask | Way::OnlySevenBits) {
                assert_eq!(failed, [*id], "{way:?}");
            }
            let verdict = exam.verdict(id);
            assert_eq!(verdict["outcome"], "failed", "{way:?}: {verdict}");
            assert!(
                verdict["read"].as_str().unwrap().contains(read),
                "{way:?}: {verdict}"
            );
            assert_eq!(exam.code, Some(1), "{way:?}");
        }
    }
}

#[test]
fn a_server_that_leaves_no_time_for_questions_ends_the_exam_with_a_sentence() {
    let table = [
        (Way::Refuses, "the answer: no answer: the server ended TCP"),
        (Way::Silent, "the answer: no answer in time"),
        (Way::NoHttp, "no complete HTTP response"),
        (Way::Status200, "the answer: HTTP/1.1 200 OK"),
        (
            Way::AcceptsOnce,
            "no longer be reached since the question status",
        ),
        (Way::EndsAtOnce, "ends TCP right after the handshake"),
        (Way::Garbage, "sends bytes that are no frames"),
        (Way::Floods, "sends frames without end"),
        (Way::FloodsFragments, "sends frames without end"),
    ];
    for (way, sentence) in table {
        let begun = Instant::now();
        let exam = exam(&student(way), &["--timeout", "1"]);
        let summary = exam.lines.last().unwrap();
        assert_eq!(summary["type"], "summary", "{way:?}");
        let why = summary["why"].as_str().unwrap();
        assert!(why.contains(sentence), "{way:?}: {why}");
        assert!(exam.stderr.contains(why), "{way:?}: {}", exam.stderr);
        assert_eq!(exam.code, Some(1), "{way:?}");
        assert!(begun.elapsed().as_secs() < 40, "{way:?}");
    }
}

#[test]
fn what_cannot_be_asked_is_skipped_and_said_so() {
    let refused = exam(&student(Way::Status200), &["--timeout", "1"]);
    assert_eq!(refused.failed("MUST"), ["status"]);
    assert_eq!(refused.verdict("status")["read"], "HTTP/1.1 200 OK");
    assert_eq!(refused.verdict("ping")["read"], "first comes status");

    let silent = exam(&student(Way::Careless), &["--no-echo"]);
    assert_eq!(silent.lines[0]["echo"], false);
    assert_eq!(silent.verdict("text")["outcome"], "skipped");
    assert_eq!(silent.verdict("ping-payload")["outcome"], "passed");
}

#[test]
fn a_server_that_hangs_ends_the_exam_in_bounded_time() {
    let begun = std::time::Instant::now();
    let exam = exam(&student(Way::Hangs), &["--timeout", "1"]);
    assert!(begun.elapsed().as_secs() < 45, "{:?}", begun.elapsed());
    assert!(exam.failed("MUST").contains(&"ping"));
    let last = exam.lines.last().unwrap();
    assert_eq!((&last["type"], exam.code), (&"summary".into(), Some(1)));
    assert_eq!(exam.verdict("ping-payload")["read"], "first comes ping");
}

#[test]
fn a_wrong_use_ends_with_2_and_a_server_that_is_not_there_with_1() {
    let unknown = exam("ws://127.0.0.1:1/", &["--only", "pings"]);
    assert_eq!(unknown.code, Some(2));
    let gone = exam("ws://127.0.0.1:1/", &[]);
    assert_eq!(gone.code, Some(1));
    let url = student(Way::Careless);
    let only = exam(&url, &["--only", "ping-payload"]);
    let verdicts = only.lines.iter().filter(|line| line["type"] == "verdict");
    let ids: Vec<&str> = verdicts.map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(
        (only.code, &ids[..]),
        (Some(0), &["status", "ping", "ping-payload"][..])
    );
}

/// A server of somebody else, ended with the test.
struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program that prints its port in its first line, and examines it.
#[track_caller]
fn exam_of(command: &mut Command) -> Exam {
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut other = Other(child);
    let (mut line, mut byte) = (Vec::new(), [0]);
    let out = other.0.stdout.as_mut().unwrap();
    while byte != *b"\n" {
        out.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    let port = String::from_utf8(line).unwrap();
    exam(&format!("ws://127.0.0.1:{}/", port.trim()), &[])
}

#[test]
fn python_websockets_passes_but_for_host_and_the_version_that_it_does_not_name() {
    let Some(python) = need(tools::python_websockets(), "Python websockets", INSTALL) else {
        return;
    };
    let script = "from websockets.sync.server import serve\n\
        def echo(ws):\n    for m in ws: ws.send(m)\n\
        with serve(echo, '127.0.0.1', 0, compression=None) as server:\n    \
        print(server.socket.getsockname()[1], flush=True)\n    server.serve_forever()\n";
    let exam = exam_of(
        Command::new(python)
            .args(["-c", script])
            .stderr(Stdio::null()),
    );
    // It answers 400 without the field that §4.4 demands, and does not look at Host.
    let failed = ["no-host", "two-hosts", "version-named"];
    assert_eq!(exam.failed("MUST"), failed, "{:?}", exam.lines);
}

#[test]
fn node_ws_passes_but_for_host_and_http_1_0() {
    let Some(mut node) = need(tools::node_ws(), "Node ws", INSTALL) else {
        return;
    };
    let script = "const {WebSocketServer}=require('ws');\
        const s=new WebSocketServer({port:0,host:'127.0.0.1'},()=>console.log(s.address().port));\
        s.on('connection',w=>{w.on('error',()=>{});w.on('message',(m,b)=>w.send(m,{binary:b}))});";
    let exam = exam_of(node.args(["-e", script]));
    // It accepts what §4.2.1 excludes in steps 1 and 2, and a second Host.
    let failed = ["no-host", "two-hosts", "http-1.0"];
    assert_eq!(exam.failed("MUST"), failed, "{:?}", exam.lines);
}
