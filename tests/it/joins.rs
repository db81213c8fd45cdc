//! Who gets in with the class code when somebody has it who wants all places, or wants to find it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, Server, http};

/// Behind a proxy, so that a test can come from any address.
const PROXIED: &str = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";

/// Asks to join from an address; the status and the slug.
#[track_caller]
fn join_from(server: &Server, from: IpAddr, name: &str, device: &str, code: &str) -> (u16, Value) {
    let body = json!({"name": name, "code": code, "device": device});
    let header = format!("X-Forwarded-For: {from}\r\n");
    let response = http(server.addr, "POST", "/api/join", &header, &body.to_string());
    let mut answer = response.json();
    if response.status == 429 {
        let wait = response.header("Retry-After").expect("a time to wait");
        assert!(wait.parse::<u64>().is_ok_and(|wait| wait > 0), "{wait}");
        assert!(!answer["message"].as_str().unwrap().is_empty(), "{answer}");
    }
    match response.status {
        201 => (201, answer["token"].take()),
        status => (status, answer["error"].take()),
    }
}

fn address(n: u32) -> IpAddr {
    IpAddr::from((0x0A01_0000 + n).to_be_bytes())
}

/// Asks to join from this machine.
#[track_caller]
fn join(server: &Server, name: &str, device: &str) -> (u16, String) {
    let answer = Guest::try_join(server, name, Some(device), CLASS_CODE);
    let slug = answer.json()["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, slug)
}

#[test]
fn one_device_does_not_take_all_places_under_many_names() {
    let server = Server::start("");
    let mut joined = 0;
    for n in 0..200 {
        match join(&server, &format!("Eve {n}"), "one-device") {
            (201, _) => joined += 1,
            (status, slug) => assert_eq!((status, &*slug), (429, "too_many_names")),
        }
    }
    assert_eq!(joined, 4);
    // Whoever has joined before may again, and other devices are not concerned.
    for name in ["Eve 0", "Eve 3", "EVE 3!"] {
        assert_eq!(join(&server, name, "one-device").0, 201, "{name}");
    }
    assert_eq!(join(&server, "Ann", "another-device").0, 201);
    server.logged("join.names_per_device");
    // A token from the command line is not a guest's.
    Chat::member(&server, "A program");
}

#[test]
fn three_classes_behind_one_address_join_and_come_back_and_an_attacker_ends_there() {
    let server = Server::start("");
    let class = |device: &str| {
        let join = |n: usize| join(&server, &format!("Pupil {n}"), &format!("{device}-{n}"));
        std::thread::scope(|scope| {
            let tables = [0, 30, 60, 90].map(|first| {
                scope.spawn(move || (first..first + 30).map(join).collect::<Vec<_>>())
            });
            let answers = tables.map(|table| table.join().unwrap());
            answers.into_iter().flatten().collect::<Vec<_>>()
        })
    };
    for _ in ["at first", "again"] {
        let answers = class("tablet");
        assert!(answers.iter().all(|answer| answer.0 == 201), "{answers:?}");
    }
    let refused = (429, "too_many_joins".to_owned());
    assert!(class("invented").iter().all(|answer| *answer == refused));
    assert_eq!(join(&server, "Pupil 7", "tablet-7").0, 201);
    server.logged("join.people_per_address");
}

#[test]
fn addresses_are_counted_apart_ipv6_by_network_and_a_lesson_has_an_end() {
    let server = Server::start(&format!(
        "{PROXIED}[join]\ncode = \"{CLASS_CODE}\"\npeople_per_address = 3\npeople = 8\n"
    ));
    let from = |address: IpAddr, n: usize| {
        let answer = join_from(
            &server,
            address,
            &format!("P {n}"),
            &format!("d{n}"),
            CLASS_CODE,
        );
        (answer.0, answer.1.as_str().unwrap_or_default().to_owned())
    };
    let too_many = (429, "too_many_joins".to_owned());
    for n in 0..3 {
        assert_eq!(from(address(1), n).0, 201);
    }
    assert_eq!(from(address(1), 3), too_many);
    let v6 = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, host, 0, 0, 1]);
    for n in 4..7 {
        assert_eq!(from(v6(n as u16), n).0, 201);
    }
    assert_eq!(from(v6(99), 7), too_many);
    assert_eq!(from(address(2), 8).0, 201);
    assert_eq!(from(address(3), 9).0, 201);
    assert_eq!(from(address(4), 10), (429, "lesson_full".to_owned()));
    assert_eq!(from(address(4), 9).0, 201, "joined before");

    let mut host = Chat::person(&server, "Lin", "host");
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    host.granted(json!({"type": "moderate", "action": "start_lesson"}));
    for n in 20..23 {
        assert_eq!(from(address(1), n).0, 201, "the next lesson starts over");
    }
}

#[test]
fn zero_means_no_limit() {
    let server = Server::start(&format!(
        "[join]\ncode = \"{CLASS_CODE}\"\nnames_per_device = 0\npeople_per_address = 0\npeople = 0\n"
    ));
    for n in 0..130 {
        assert_eq!(join(&server, &format!("P {n}"), "one-device").0, 201, "{n}");
    }
}

#[test]
fn wrong_codes_from_many_addresses_have_a_pace_and_the_right_one_is_accepted() {
    let server = Server::start(PROXIED);
    let mut answers = Vec::new();
    for n in 0..150 {
        answers.push(join_from(&server, address(n), "Eve", "", "WRONG1"));
        if n % 50 == 0 {
            let device = format!("d{n}");
            let right = join_from(&server, address(n), &format!("P {n}"), &device, CLASS_CODE);
            assert_eq!(right.0, 201, "{right:?}");
        }
    }
    assert!(
        answers[..60]
            .iter()
            .all(|a| *a == (403, json!("wrong_code"))),
        "{answers:?}"
    );
    let paced = answers
        .iter()
        .filter(|a| **a == (429, json!("too_many_attempts")));
    assert!(paced.count() >= 20, "{answers:?}");
}

#[test]
fn a_program_that_guesses_a_short_code_is_not_looked_at_but_the_class_goes_on() {
    let server = Server::start(&format!("{PROXIED}[join]\ncode = \"4711\"\n"));
    server.logged("join.code: ");
    let eve = address(1);
    let known = join_from(&server, eve, "Ann", "known-device", "4711");
    assert_eq!(known.0, 201);
    let mut last = Value::Null;
    for n in 0..340 {
        last = join_from(&server, eve, "Eve", "", &format!("{n:04}")).1;
    }
    assert_eq!(last, "guessing");
    assert_eq!(
        join_from(&server, eve, "Eve", "", "4711"),
        (429, json!("guessing"))
    );
    assert_eq!(
        join_from(&server, eve, "Ann", "known-device", "4711").0,
        201
    );
    assert_eq!(
        join_from(&server, address(2), "Bo", "", "4711").0,
        201,
        "another address"
    );
    server.logged("guesses class codes");
}

#[test]
fn check_warns_of_a_short_code() {
    let server = Server::start("[join]\ncode = \"4711\"\n");
    let output = crate::harness::output(&mut server.command("check"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("join.code"),
        "{said}"
    );
}

/// The audit log, in which no address is.
#[cfg(feature = "full")]
fn audit(server: &Server) -> Vec<[String; 5]> {
    let text = crate::harness::audit_text(server);
    for hint in ["127.0.0.1", "10.1.0.", "glassroom-test-agent"] {
        assert!(!text.contains(hint), "{hint} in {text}");
    }
    crate::harness::audit(server)
}

#[cfg(feature = "full")]
#[test]
fn what_happens_at_the_door_is_in_the_audit_log_without_addresses() {
    use crate::harness::How;
    let how = How {
        banner: true,
        ..How::default()
    };
    let mut server = Server::start_as(how, PROXIED);
    let agent = "User-Agent: glassroom-test-agent\r\n";
    let post = |path: &str, body: Value| http(server.addr, "POST", path, agent, &body.to_string());
    let links = crate::harness::output(&mut server.command("link"));
    let links = String::from_utf8(links.stdout).unwrap();
    let ticket = links
        .lines()
        .next()
        .unwrap()
        .split("#host=")
        .last()
        .unwrap();
    let host = post("/api/host", json!({"ticket": ticket, "name": "Ms Lin"}));
    let host = host.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(post("/api/host", json!({"ticket": ticket})).status, 403);
    let mut lin = Chat::connect(server.addr, &host);
    for n in 0..25 {
        join_from(&server, address(n), "Eve", "", "WRONG1");
    }
    for name in ["a", "b", "c", "d", "e"] {
        join_from(&server, address(1), name, "one-device", CLASS_CODE);
    }
    let bearer = format!("{agent}Authorization: Bearer {host}\r\n");
    for path in [
        "/api/transcript.csv?room=lobby",
        "/api/attendance.csv",
        "/metrics",
    ] {
        assert_eq!(http(server.addr, "GET", path, &bearer, "").status, 200);
    }
    let script = server.token("A program", "host");
    let session = format!("Authorization: Bearer {script}\r\n");
    assert_eq!(
        http(server.addr, "GET", "/api/session", &session, "").status,
        200
    );
    // Known by name, though it was never in the chat.
    for args in [&["A program"][..], &["--undo", "A program"], &["Ms Lin"]] {
        let output = crate::harness::output(server.command("revoke").args(args));
        assert!(output.status.success(), "{output:?}");
    }
    lin.expect_close(1008);
    server.stop();
    let mut log = audit(&server);
    let entry = |row: [&str; 5]| row.map(str::to_owned);
    for row in [
        ["host_link", "Glassroom", "", "", ""],
        ["host_link", "Command line", "", "", ""],
        ["host_login", "Ms Lin", "", "", "with a host link"],
        [
            "bad_ticket",
            "Glassroom",
            "",
            "",
            "a host link that is not valid (ticket_used)",
        ],
        ["wrong_code", "Glassroom", "", "", "a wrong class code"],
        [
            "wrong_code",
            "Glassroom",
            "",
            "",
            "a wrong class code, 10 times within a minute",
        ],
        [
            "too_many_names",
            "Glassroom",
            "",
            "",
            "somebody could not join: join.names_per_device is reached",
        ],
        ["download", "Ms Lin", "", "lobby", "transcript.csv"],
        ["download", "Ms Lin", "", "", "attendance.csv"],
        ["host_login", "A program", "", "", "with a token"],
        ["revoke", "Command line", "A program", "", ""],
        ["unrevoke", "Command line", "A program", "", ""],
        ["revoke", "Command line", "Ms Lin", "", ""],
    ] {
        assert_eq!(log.remove(0), entry(row), "then {log:?}");
    }
    assert!(log.is_empty(), "{log:?}");
}

/// Two downloads at once, as many as a person may have. One that finds both places taken is asked for
/// again.
#[cfg(feature = "full")]
fn flood(addr: std::net::SocketAddr, requests: usize, bearer: &str) {
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..requests / 2 {
                    let ask = || http(addr, "GET", "/api/tasks.csv", bearer, "").status;
                    let served = (0..1000).map(|_| ask()).find(|status| *status != 503);
                    assert_eq!(served, Some(200));
                }
            });
        }
    });
}

#[cfg(feature = "full")]
#[test]
fn a_loop_of_downloads_or_logins_does_not_fill_the_audit_log() {
    let mut server = Server::start("");
    let bearer = format!("Authorization: Bearer {}\r\n", server.token("Lin", "host"));
    flood(server.addr, 120, &bearer);
    for _ in 0..20 {
        Chat::person(&server, "Lin", "host");
        Guest::try_join(&server, "Eve", None, "WRONG1");
    }
    server.stop();
    let log = audit(&server);
    let count = |action: &str| log.iter().filter(|row| row[0] == action).count();
    let counts = ["host_login", "download", "wrong_code"].map(count);
    assert_eq!(counts, [1, 3, 2], "{log:?}");
}

/// The one that is refused after a few is told a time after which it is not too early, counted from
/// `since`, when the first of them was not there yet.
#[track_caller]
fn told_long_enough(server: &Server, slug: &str, (since, interval): (Instant, u64), body: &Value) {
    let response = http(server.addr, "POST", "/api/join", "", &body.to_string());
    assert_eq!(
        (response.status, &response.json()["error"]),
        (429, &json!(slug))
    );
    let told: u64 = response.header("Retry-After").unwrap().parse().unwrap();
    let back = since.elapsed() + Duration::from_secs(told);
    assert!(
        back >= Duration::from_secs(interval),
        "{slug}: {told} s are too few"
    );
    assert!(told <= interval, "{slug}: {told} s");
}

#[test]
fn whoever_comes_back_when_told_is_not_refused_for_a_part_of_a_second() {
    let more = "[join]\ncode = \"GHKM23\"\nnames_per_device = 2\npeople_per_address = 4\n";
    let server = Server::start(more);
    let body = |name: &str, device: &str, code: &str| json!({"name": name, "code": code, "device": device});
    let since = Instant::now();
    for _ in 0..10 {
        let wrong = Guest::try_join(&server, "Eve", Some("e"), "WRONG1");
        assert_eq!(wrong.status, 403, "{}", wrong.text());
    }
    let wrong = body("Eve", "e", "WRONG1");
    told_long_enough(&server, "too_many_attempts", (since, 6), &wrong);
    let since = Instant::now();
    for name in ["Ann", "Bo"] {
        assert_eq!(join(&server, name, "tablet").0, 201);
    }
    let third = body("Cy", "tablet", CLASS_CODE);
    told_long_enough(&server, "too_many_names", (since, 1800), &third);
    for device in ["second", "third"] {
        assert_eq!(join(&server, device, device).0, 201);
    }
    let fifth = body("Eve", "fifth", CLASS_CODE);
    told_long_enough(&server, "too_many_joins", (since, 900), &fifth);
}
