//! The order of what `wire` shows: no event is older than the one above it, and no answer stands above
//! what it answers, in text and in JSON.

use super::*;
use rustix::net::sockopt;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Rounds of each kind: enough that every interleaving of reading and typing comes up.
const ROUNDS: usize = 300;

/// More than the buffers of two sockets hold, and the size of the pieces in which the server answers.
const LENGTH: usize = 8 * 1024 * 1024;
const CHUNK: usize = 256 * 1024;

/// Of the server's socket, so that the client's own buffers are all there is.
const BUFFER: usize = 64 * 1024;

/// One frame that the client sent.
pub(super) struct Sent {
    pub(super) opcode: u8,
    pub(super) payload: Vec<u8>,
}

/// Reads one frame; `None` at the end of TCP. Payloads are shorter than 126 bytes.
pub(super) fn read_frame(stream: &mut TcpStream) -> Option<Sent> {
    let mut head = [0; 6];
    stream.read_exact(&mut head).ok()?;
    let mut payload = vec![0; usize::from(head[1] & 0x7F)];
    stream.read_exact(&mut payload).ok()?;
    for (i, byte) in payload.iter_mut().enumerate() {
        *byte ^= head[2 + i % 4];
    }
    Some(Sent {
        opcode: head[0] & 0x0F,
        payload,
    })
}

/// A server that echoes texts, answers Pings and the Close at once, and asks on its own: each text of
/// the client is followed by two Pings and a text, in one write.
fn lively(mut stream: TcpStream) {
    stream.write_all(SWITCHING).unwrap();
    let mut asked = 0;
    while let Some(Sent { opcode, payload }) = read_frame(&mut stream) {
        let echo = match opcode {
            Frame::PING => Frame::new(Frame::PONG, payload),
            Frame::PONG => continue,
            other => Frame::new(other, payload),
        };
        let mut answer = echo.unmasked().encode();
        if opcode == Frame::TEXT {
            for _ in 0..2 {
                asked += 1;
                let ping = Frame::new(Frame::PING, format!("server {asked}"));
                answer.extend(ping.unmasked().encode());
            }
            answer.extend(Frame::text("and you?").unmasked().encode());
        }
        // The client may have gone after its Close.
        if stream.write_all(&answer).is_err() || opcode == Frame::CLOSE {
            return;
        }
    }
}

/// What a person types: texts and Pings, all different.
fn typed() -> String {
    let mut typed = String::new();
    for i in 0..ROUNDS {
        writeln!(typed, "text {i}\n:ping client {i}").unwrap();
    }
    typed
}

/// Checks that times never go back.
#[track_caller]
fn assert_ascending(times: impl IntoIterator<Item = u64>) {
    let mut last = 0;
    for at in times {
        assert!(at >= last, "{at} stands below {last}");
        last = at;
    }
}

/// The objects of `--json`, in order.
fn objects(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// Checks the order of the objects of `--json`, and returns how many answers there were. Whoever has sent a
/// Close need not answer Pings, and may: one that came after it counts as answered.
#[track_caller]
fn assert_in_order(objects: &[Value]) -> usize {
    assert_ascending(objects.iter().filter_map(|object| object["at"].as_u64()));
    let (mut asked, mut answers, mut began) = (HashSet::new(), 0, false);
    let (mut closing, mut spared) = (HashSet::new(), HashSet::new());
    for object in objects {
        let from = |object: &Value| object["from"].as_str().unwrap().to_owned();
        let other = |object: &Value| match object["from"].as_str().unwrap() {
            "client" => "server".to_owned(),
            _ => "client".to_owned(),
        };
        let payload = object["payload"].as_str().unwrap_or_default().to_owned();
        match (object["type"].as_str(), object["opcode"].as_u64()) {
            (Some("frame"), Some(8)) => {
                closing.insert(from(object));
            }
            (Some("frame"), Some(9)) if closing.contains(&other(object)) => {
                spared.insert((from(object), payload));
                answers += 1;
            }
            (Some("frame"), Some(9)) => assert!(asked.insert((from(object), payload))),
            (Some("frame"), Some(10)) if spared.remove(&(other(object), payload.clone())) => {}
            (Some("frame"), Some(10)) => {
                assert!(asked.remove(&(other(object), payload)), "{object}");
                answers += 1;
            }
            (Some("ping"), _) => assert_ne!(object["rung"], "unsolicited", "{object}"),
            (Some("close"), _) => match object["step"].as_str() {
                Some("began") => began = true,
                Some("answered") => assert!(began, "{object}"),
                _ => {}
            },
            _ => {}
        }
    }
    assert!(asked.is_empty(), "not answered: {asked:?}");
    answers
}

#[test]
fn in_json_no_time_goes_back_and_no_answer_stands_above_its_question() {
    let (url, server) = server(lively);
    let outcome = wire(&["--header", KEY, "--json", &url], &typed());
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    server.join().unwrap();
    let objects = objects(&outcome);
    assert_eq!(assert_in_order(&objects), 3 * ROUNDS);
    // Each echo stands below its text.
    let mut said = HashSet::new();
    let mut echoes = 0;
    for frame in objects.iter().filter(|frame| frame["opcode"] == 1) {
        let text = frame["text"].as_str().unwrap();
        match frame["from"] == "client" {
            true => assert!(said.insert(text)),
            false if text != "and you?" => {
                assert!(said.remove(text), "{text} was not said yet");
                echoes += 1;
            }
            false => {}
        }
    }
    assert_eq!(echoes, ROUNDS);
}

#[test]
fn in_text_no_time_goes_back_and_no_answer_stands_above_its_question() {
    let (url, server) = server(lively);
    let outcome = wire(&["--header", KEY, &url], &typed());
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    server.join().unwrap();
    let seconds = |line: &str| {
        let (_, time) = line.strip_suffix(" s")?.rsplit_once(' ')?;
        time.replace('.', "").parse::<u64>().ok()
    };
    let (mut way, mut name) = ("", "");
    let mut times = Vec::new();
    let mut where_first: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (at, line) in outcome.out.lines().enumerate() {
        if let Some((head, rest)) = line.split_once("  frame ") {
            (way, name) = (
                head,
                rest.split([' ', ',']).nth(1).expect("the opcode's name"),
            );
        }
        times.extend(seconds(line));
        if let Some(rest) = line.strip_prefix("  payload ")
            && let Some(words) = rest
                .find("client ")
                .or(rest.find("server "))
                .or(rest.find("text "))
        {
            where_first.entry((way, name, &rest[words..])).or_insert(at);
        }
    }
    assert!(times.len() > 6 * ROUNDS, "{}", times.len());
    assert_ascending(times);
    let (sent, came) = ("client → server", "client ← server");
    for i in 0..ROUNDS {
        let below = |answer: (&str, &str), question: (&str, &str), text: &str| {
            let find = |(way, name)| where_first.get(&(way, name, text)).expect(text);
            assert!(find(answer) > find(question), "{text}");
        };
        below((came, "text"), (sent, "text"), &format!("text {i}"));
        below((came, "pong"), (sent, "ping"), &format!("client {i}"));
        below((sent, "pong"), (came, "ping"), &format!("server {}", i + 1));
    }
}

#[test]
fn what_one_read_brought_is_shown_before_it_is_answered() {
    let (url, server) = server(|mut stream| {
        let pings = ["one", "two", "three"].map(|text| Frame::new(Frame::PING, text));
        let mut bytes = SWITCHING.to_vec();
        bytes.extend(
            pings
                .iter()
                .flat_map(|ping| ping.clone().unmasked().encode()),
        );
        bytes.extend(Frame::close(1000, "").unmasked().encode());
        stream.write_all(&bytes).unwrap();
        let sent: Vec<_> = std::iter::from_fn(|| read_frame(&mut stream))
            .take(4)
            .map(|frame| frame.opcode)
            .collect();
        sent
    });
    let outcome = wire(&["--header", KEY, "--json", &url], ":wait 9\n");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert_eq!(server.join().unwrap(), [10, 10, 10, 8]);
    assert_eq!(assert_in_order(&objects(&outcome)), 3);
}

#[test]
fn a_close_that_follows_a_mistake_is_shown_as_the_first_one() {
    let (url, _server) = server(|mut stream| {
        let wrong = Frame::text("masked").encode();
        let close = Frame::close(1000, "").unmasked().encode();
        stream
            .write_all(&[SWITCHING, &wrong, &close].concat())
            .unwrap();
        while read_frame(&mut stream).is_some_and(|frame| frame.opcode != 8) {}
    });
    let outcome = wire(&["--header", KEY, "--json", &url], ":wait 9\n");
    let objects = objects(&outcome);
    assert_in_order(&objects);
    let steps: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "close")
        .collect();
    assert_eq!(
        (&steps[0]["step"], &steps[0]["by"]),
        (&"began".into(), &"server".into())
    );
    assert_eq!(
        (&steps[1]["step"], &steps[1]["by"]),
        (&"answered".into(), &"client".into())
    );
}

#[test]
fn a_message_larger_than_every_buffer_comes_back_while_it_is_sent() {
    // The server sends back as much as it has read, and reads nothing more meanwhile, so a client that
    // only writes would wait for ever.
    let (url, server) = server(|mut stream| {
        stream.write_all(SWITCHING).unwrap();
        sockopt::set_socket_recv_buffer_size(&stream, BUFFER).unwrap();
        sockopt::set_socket_send_buffer_size(&stream, BUFFER).unwrap();
        let mut sink = stream.try_clone().unwrap();
        let answer = Frame::new(Frame::BINARY, vec![0; CHUNK])
            .unmasked()
            .encode();
        let (mut total, mut owed) = (0, 0);
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            (total, owed) = (total + read, owed + read);
            if owed >= CHUNK {
                owed -= CHUNK;
                sink.write_all(&answer).unwrap();
            }
            // Everything up to the Close of 8 bytes.
            if total == LENGTH + 14 + 8 {
                let close = Frame::close(1000, "").unmasked().encode();
                sink.write_all(&close).unwrap();
                break;
            }
        }
        total
    });
    let line = "y".repeat(LENGTH);
    let outcome = wire(&["--header", KEY, "--json", &url], &format!("{line}\n"));
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(server.join().unwrap() > LENGTH);
    let objects = objects(&outcome);
    assert_ascending(objects.iter().filter_map(|object| object["at"].as_u64()));
    let whole = |frame: &&Value| frame["from"] == "client" && frame["length"] == line.len();
    assert_eq!(objects.iter().filter(whole).count(), 1);
}
