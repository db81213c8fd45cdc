//! What the history has of people with personal links: the attendance by the class list, and forgetting.

use std::fs;

use serde_json::json;

use crate::harness::{Server, UNPACED, http, output};
use crate::links::{enter, follow, link, secret};

#[test]
fn the_attendance_follows_the_class_list_and_names_who_did_not_come() {
    let server = Server::start(UNPACED);
    let list = server.data().join("class.csv");
    fs::write(&list, "7,Anna,\n2,王小明,lobby\n").expect("written");
    let printed = link(&server, &["--roster", list.to_str().expect("a path")]);
    let (mut anna, _) = enter(&server, &secret(&printed, "link"));
    // The ack comes when this is on the disk, and with it when she came.
    anna.granted(json!({"type": "send", "room": "lobby", "text": "here"}));
    let check = |attendance: String| {
        let attendance = attendance.replace('"', "");
        let rows: Vec<&str> = attendance.lines().collect();
        let begin = [
            "\u{feff}number,room,name,",
            "7,lobby,Anna,",
            "2,lobby,王小明,",
        ];
        for (row, begin) in rows.iter().zip(begin) {
            assert!(row.starts_with(begin), "{begin}: {attendance}");
        }
        assert!(rows[1].contains(",still here,"), "{attendance}");
        assert!(rows[2].contains(",absent,"), "{attendance}");
    };
    let header = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ms Lin", "host")
    );
    let path = "/api/attendance.csv?room=lobby";
    check(http(server.addr, "GET", path, &header, "").text());
    let exported = output(server.command("export").arg("attendance.csv"));
    check(String::from_utf8(exported.stdout).expect("UTF-8"));
}

#[test]
fn forgetting_a_person_takes_the_personal_link_away_too() {
    let mut server = Server::start(UNPACED);
    let names = ["Anna", "Bo"];
    let secrets = names.map(|name| secret(&link(&server, &["--name", name]), "link"));
    for secret in &secrets {
        drop(enter(&server, secret));
    }
    for (name, secret) in names.iter().zip(&secrets) {
        // Once with the running server, and once without.
        let forgotten = output(server.command("forget").arg(name));
        assert!(forgotten.status.success(), "{forgotten:?}");
        let kept = fs::read_to_string(server.data().join("links")).expect("the links");
        assert!(!kept.contains(name), "{kept}");
        if *name == "Anna" {
            assert_eq!(follow(&server, secret).status, 403);
            server.stop();
        }
    }
}
