//! Personal links and one-time links: made on the command line, followed over HTTP.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Response, Server, UNPACED, http, output};

/// Runs `glassroom link` for the server; what it printed.
#[track_caller]
pub fn link(server: &Server, args: &[&str]) -> String {
    let output = output(server.command("link").args(args));
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs `glassroom link`, which fails; exit code and what it said.
#[track_caller]
fn refused(server: &Server, args: &[&str]) -> (i32, String) {
    let output = output(server.command("link").args(args));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code().expect("an exit code"), said)
}

/// What follows `#KIND=` in the first line with a link.
#[track_caller]
pub fn secret(printed: &str, kind: &str) -> String {
    let mark = format!("#{kind}=");
    let line = printed.lines().find(|line| line.contains(&mark));
    let line = line.unwrap_or_else(|| panic!("no {kind} link in {printed:?}"));
    let end = line.split(&mark).nth(1).expect("a secret");
    end.split('&').next().expect("a text").to_owned()
}

fn post(server: &Server, path: &str, body: &Value) -> Response {
    http(server.addr, "POST", path, "", &body.to_string())
}

pub fn follow(server: &Server, secret: &str) -> Response {
    post(server, "/api/link", &json!({"secret": secret}))
}

/// Follows a personal link and comes into the chat.
#[track_caller]
pub fn enter(server: &Server, secret: &str) -> (Chat, Value) {
    let answer = follow(server, secret);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = answer.json();
    let token = answer["token"].as_str().expect("a token");
    (Chat::connect(server.addr, token), answer["user"].clone())
}

fn slug(answer: &Response) -> (u16, String) {
    let slug = answer.json()["error"].as_str().unwrap_or("").to_owned();
    (answer.status, slug)
}

#[test]
fn a_personal_link_lets_a_pupil_in_in_every_lesson_and_after_a_restart_until_it_is_revoked() {
    let mut server = Server::start(UNPACED);
    let anna = secret(&link(&server, &["--name", "Anna Berg"]), "link");
    let (mut chat, user) = enter(&server, &anna);
    assert_eq!(
        (&user["name"], &user["role"]),
        (&json!("Anna Berg"), &json!("member"))
    );
    chat.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));

    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    chat.expect_close(4503);
    assert_eq!(slug(&follow(&server, &anna)), (403, "no_lesson".into()));
    host.granted(json!({"type": "moderate", "action": "start_lesson"}));
    let (_, again) = enter(&server, &anna);
    assert_eq!(
        again["id"], user["id"],
        "the same person in the next lesson"
    );

    let data = server.data();
    let kept = fs::read_to_string(data.join("links")).expect("the links");
    assert!(!kept.contains(&anna[16..]), "{kept}");
    server.stop();
    server.start_again();
    let (mut chat, again) = enter(&server, &anna);
    assert_eq!(again["id"], user["id"], "the same person after a restart");

    assert!(link(&server, &["--list"]).contains("Anna Berg"));
    link(&server, &["--revoke", "anna berg"]);
    assert_eq!(chat.expect_close(1008), "Unauthorized: revoked");
    assert_eq!(slug(&follow(&server, &anna)), (403, "bad_link".into()));
    assert!(link(&server, &["--list"]).contains("nobody"));
    let (code, said) = refused(&server, &["--revoke", "Anna Berg"]);
    assert!(
        code == 2 && said.contains("nobody") || said.contains("Nobody"),
        "{said}"
    );
}

#[test]
fn a_new_link_for_somebody_ends_the_old_one_and_its_tokens() {
    let server = Server::start(UNPACED);
    let first = secret(&link(&server, &["--name", "Anna"]), "link");
    let answer = follow(&server, &first).json();
    let token = answer["token"].as_str().expect("a token");
    let mut chat = Chat::connect(server.addr, token);
    let second = secret(&link(&server, &["--name", "Anna"]), "link");
    assert_eq!(chat.expect_close(1008), "Unauthorized: revoked");
    let header = format!("Authorization: Bearer {token}\r\n");
    let session = http(server.addr, "GET", "/api/session", &header, "");
    assert_eq!(slug(&session), (401, "token_revoked".into()));
    assert_eq!(slug(&follow(&server, &first)), (403, "bad_link".into()));
    let (_, user) = enter(&server, &second);
    assert_eq!(user["id"], answer["user"]["id"]);
}

#[test]
fn guessing_links_is_bounded_and_a_right_one_is_accepted_all_the_same() {
    let server = Server::start(UNPACED);
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    let mut seen = Vec::new();
    for n in 0..15 {
        let wrong = format!("{}{n:026}", &anna[..16]);
        seen.push(follow(&server, &wrong).status);
    }
    assert_eq!(seen[0], 403);
    assert_eq!(seen[14], 429, "{seen:?}");
    assert_eq!(follow(&server, &anna).status, 201);
}

#[test]
fn personal_links_alone_are_enough_when_the_class_code_is_switched_off() {
    let server = Server::start("[join]\nenabled = false\n");
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    enter(&server, &anna);
    let guest = Guest::try_join(&server, "Bo", None, crate::harness::CLASS_CODE);
    assert_eq!(slug(&guest), (403, "join_disabled".into()));
}

#[test]
fn a_ban_of_a_personal_link_holds_over_the_lesson_and_the_door_is_closed_for_links_too() {
    let server = Server::start(UNPACED);
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    let bo = secret(&link(&server, &["--name", "Bo"]), "link");
    let (mut chat, user) = enter(&server, &anna);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(json!({"type": "moderate", "action": "ban", "user": user["id"]}));
    chat.expect_close(4501);
    assert_eq!(slug(&follow(&server, &anna)), (403, "removed".into()));
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    host.granted(json!({"type": "moderate", "action": "start_lesson"}));
    assert_eq!(
        slug(&follow(&server, &anna)),
        (403, "removed".into()),
        "the next lesson"
    );
    let renewed = secret(&link(&server, &["--name", "Anna"]), "link");
    assert_eq!(
        slug(&follow(&server, &renewed)),
        (403, "removed".into()),
        "a new link"
    );
    host.granted(json!({"type": "moderate", "action": "door", "open": false}));
    assert_eq!(slug(&follow(&server, &bo)), (403, "door_closed".into()));
}

#[test]
fn the_name_of_a_link_is_kept_and_people_who_typed_theirs_are_marked() {
    let server = Server::start(UNPACED);
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    let mut guest = Guest::join(&server, "anna", None).connect(&server);
    assert_eq!(guest.expect("welcome")["you"]["name"], "anna 2");
    let (_anna, _) = enter(&server, &anna);
    let mut host = Chat::connect(server.addr, &server.token("Ms Lin", "host"));
    let joined = host.expect("joined");
    let members = joined["members"].as_array().expect("members");
    let marked: Vec<(&Value, &Value)> = members
        .iter()
        .map(|m| (&m["name"], &m["unverified"]))
        .collect();
    assert!(
        marked.contains(&(&json!("anna 2"), &json!(true))),
        "{marked:?}"
    );
    assert!(
        marked.contains(&(&json!("Anna"), &Value::Null)),
        "{marked:?}"
    );
    assert!(
        marked.contains(&(&json!("Ms Lin"), &Value::Null)),
        "{marked:?}"
    );
    guest.granted(json!({"type": "send", "room": "lobby", "text": "hi"}));
}

#[test]
fn one_time_links_make_assistants_and_hosts_with_the_name_and_rooms_of_the_link() {
    let server = Server::start(UNPACED);
    let printed = link(
        &server,
        &["--name", "Mr Wu", "--role", "moderator", "--ttl", "1h"],
    );
    assert!(printed.contains("&name=Mr%20Wu"), "{printed}");
    let ticket = secret(&printed, "moderator");
    let answer = post(
        &server,
        "/api/host",
        &json!({"ticket": ticket, "name": "Eve"}),
    );
    let user = answer.json()["user"].clone();
    assert_eq!(
        (&user["name"], &user["role"]),
        (&json!("Mr Wu"), &json!("moderator"))
    );
    let again = post(&server, "/api/host", &json!({"ticket": ticket}));
    assert_eq!(slug(&again), (403, "bad_ticket".into()));

    let printed = link(
        &server,
        &["--name", "Ms Lin", "--role", "host", "--room", "lobby"],
    );
    let answer = post(
        &server,
        "/api/host",
        &json!({"ticket": secret(&printed, "host")}),
    );
    let mut chat = Chat::connect(
        server.addr,
        answer.json()["token"].as_str().expect("a token"),
    );
    assert_eq!(chat.expect("welcome")["limited"], true);
    chat.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));

    let unnamed = secret(&link(&server, &["--role", "moderator"]), "moderator");
    let answer = post(
        &server,
        "/api/host",
        &json!({"ticket": unnamed, "name": "Max"}),
    );
    assert_eq!(answer.json()["user"]["name"], "Max");
    for args in [
        &["--role", "member"][..],
        &["--role", "observer", "--name", "X"],
        &["--name", "", "--role", "member"],
        &["--role", "host", "--html", "x.html"],
        &["--name", "X", "--url", "chat.example.org"],
    ] {
        assert_eq!(refused(&server, args).0, 2, "{args:?}");
    }
}

#[test]
fn a_class_list_makes_a_link_for_each_pupil_and_a_mistake_makes_none() {
    let server = Server::start(UNPACED);
    let list = server.data().join("class.csv");
    let list = list.to_str().expect("a path");
    fs::write(
        list,
        "Nr.;Name;Room\r\n1;Anna;lobby\r\n2;;lobby\r\n3;Anna;lobby\r\n",
    )
    .expect("written");
    let (code, said) = refused(&server, &["--roster", list]);
    assert_eq!(code, 2, "{said}");
    for part in [
        "line 3: the name is empty",
        "line 4: Anna is the name on line 2 too",
        "no link was made",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(link(&server, &["--list"]).contains("nobody"));

    fs::write(
        list,
        "\u{feff}Nr.;Name;Room\r\n1;Anna;lobby\r\n2;王小明;lobby\r\n",
    )
    .expect("written");
    let printed = link(&server, &["--roster", list]);
    let rows: Vec<Vec<&str>> = printed
        .lines()
        .map(|row| row.split('\t').collect())
        .collect();
    assert_eq!((rows.len(), rows[1][0], rows[1][1]), (2, "2", "王小明"));
    let anna = secret(rows[0][2], "link");
    enter(&server, &anna);

    // With one more pupil: only that one's link is new.
    fs::write(list, "1,Anna,lobby\n2,王小明,lobby\n3,Cy,lobby\n").expect("written");
    let cards = server.data().join("cards.html");
    let cards = cards.to_str().expect("a path");
    link(&server, &["--roster", list, "--html", cards]);
    let page = fs::read_to_string(cards).expect("a page");
    assert!(page.contains("Cy") && !page.contains("Anna") && page.contains("<svg"));
    enter(&server, &anna);
    link(&server, &["--roster", list, "--renew"]);
    assert_eq!(slug(&follow(&server, &anna)), (403, "bad_link".into()));
}

#[test]
fn links_can_be_made_and_taken_away_before_the_server_starts() {
    let mut server = Server::start(UNPACED);
    server.stop();
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    let bo = secret(&link(&server, &["--name", "Bo"]), "link");
    link(&server, &["--revoke", "Bo"]);
    assert_eq!(
        refused(&server, &["--name", "X", "--role", "moderator"]).0,
        1
    );
    server.start_again();
    enter(&server, &anna);
    assert_eq!(slug(&follow(&server, &bo)), (403, "bad_link".into()));
}

#[test]
fn only_the_command_line_changes_links() {
    let server = Server::start(UNPACED);
    let body = json!({"revoke": "Anna"}).to_string();
    for role in ["member", "host"] {
        let token = server.token("Somebody", role);
        let header = format!("Authorization: Bearer {token}\r\n");
        let answer = http(server.addr, "POST", "/api/links", &header, &body);
        assert_eq!(slug(&answer), (403, "command_line_only".into()), "{role}");
    }
    let answer = http(server.addr, "POST", "/api/links", "", &body);
    assert_eq!(answer.status, 401);
}
