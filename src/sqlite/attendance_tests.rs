use super::*;
use crate::model::event::samples::author;
use crate::sqlite::tests::TempHistory;
use crate::store::queue::Note;

const MINUTE: Millis = 60_000;

fn enter(name: &str, connection: u64, minute: Millis) -> Note {
    Note::Enter {
        room: "lobby".into(),
        connection,
        by: author(name),
        device: None,
        at: minute * MINUTE,
    }
}

fn leave(connection: u64, minute: Millis) -> Note {
    Note::Leave {
        room: "lobby".into(),
        connection,
        at: minute * MINUTE,
    }
}

fn rows(
    history: &TempHistory,
    from: Millis,
    to: Millis,
    now: Millis,
) -> Vec<(String, Millis, Option<Millis>, Millis, u64)> {
    let span = Span {
        room: Some("lobby"),
        from: Some(from * MINUTE),
        to: Some(to * MINUTE),
        ..Span::default()
    };
    let list = attendance(&history.archive(), &span, now * MINUTE).expect("a list");
    let row = |a: Attendance| {
        let left = a.left.map(|left| left / MINUTE);
        (
            a.who.name.to_string(),
            a.came / MINUTE,
            left,
            a.present / MINUTE,
            a.connections,
        )
    };
    list.into_iter().map(row).collect()
}

#[test]
fn connections_become_the_attendance_of_a_person() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        for note in [
            enter("Bo", 1, 10),
            enter("Ann", 2, 12),
            enter("Ann", 3, 15), // a second tab
            leave(2, 20),
            leave(3, 30),
            enter("Ann", 4, 40),
            leave(4, 50),
            leave(1, 55),
        ] {
            writer.note(note);
        }
    });
    let all = [
        ("Ann".into(), 12, Some(50), 28, 3),
        ("Bo".into(), 10, Some(55), 45, 1),
    ];
    assert_eq!(rows(&history, 0, 100, 60), all);
    assert_eq!(
        rows(&history, 35, 45, 60),
        [
            ("Ann".into(), 40, Some(45), 5, 1),
            ("Bo".into(), 35, Some(45), 10, 1)
        ]
    );
    assert_eq!(rows(&history, 60, 100, 100), []);
}

#[test]
fn a_person_who_is_present_has_not_left_and_a_crash_ends_the_visit_at_the_last_commit() {
    let history = TempHistory::new();
    let (store, _) = history.open("one"); // at 1000 s
    let (mut writer, _, threads) = store.start(|_| {}).expect("started");
    writer.note(enter("Ann", 1, 10));
    writer.send();
    while writer.waiting() > 0 {
        std::thread::yield_now();
    }
    assert_eq!(
        rows(&history, 0, 100, 25),
        [("Ann".into(), 10, None, 15, 1)]
    );
    let copy = TempHistory::new();
    copy.copy_from(&history);
    drop(writer);
    assert!(threads.join());
    copy.run("two", |_| {});
    let [(_, came, left, ..)] = &rows(&copy, 0, Millis::MAX / MINUTE, 25)[..] else {
        panic!("one row")
    };
    assert_eq!(*came, 10);
    assert!(
        left.is_some_and(|left| left > 25),
        "when the group was committed, by the real clock"
    );
}

#[test]
fn the_class_list_gives_the_order_and_the_absentees() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        for (connection, name) in ["Zoe", "Anna", "A guest"].into_iter().enumerate() {
            writer.note(enter(name, connection as u64, 1));
            writer.note(leave(connection as u64, 2));
        }
    });
    let expected = |number: &str, name, rooms: Option<&str>| Expected {
        number: Some(number.into()),
        who: (*author(name)).clone(),
        rooms: rooms.map(|room| vec![room.to_owned()]),
        room: rooms.unwrap_or("lobby").to_owned(),
    };
    let class_list = [
        expected("1", "Zoe", None),
        expected("2", "Bo", None),
        expected("3", "Anna", Some("lobby")),
        expected("4", "Cy", Some("lab")),
    ];
    let shown = |room| {
        let span = Span {
            room,
            class_list: &class_list,
            ..Span::default()
        };
        let zone = "+00:00".parse().expect("a zone");
        let mut out = Vec::new();
        write(&history.archive(), &span, zone, 0, &mut out).expect("written");
        let text = String::from_utf8(out).expect("text").replace('"', "");
        let rows = text.lines().map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            format!("{} {} {} {}", cells[0], cells[1], cells[2], cells[6])
        });
        rows.skip(1).collect::<Vec<_>>()
    };
    let came = "1970-01-01 00:02:00+00:00";
    let lobby = [
        format!("1 lobby Zoe {came}"),
        "2 lobby Bo absent".to_owned(),
        format!("3 lobby Anna {came}"),
        format!(" lobby A guest {came}"),
    ];
    assert_eq!(shown(Some("lobby")), lobby);
    let lab = ["4 lab Cy absent".to_owned()];
    assert_eq!(shown(None), [&lab[..], &lobby].concat());
}

#[test]
fn the_file_suits_a_spreadsheet() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        writer.note(enter("=Ann", 1, 0));
        writer.note(leave(1, 61));
    });
    let mut out = Vec::new();
    let zone = "+01:00".parse().expect("a zone");
    write(&history.archive(), &Span::default(), zone, 0, &mut out).expect("written");
    let text = String::from_utf8(out).expect("text");
    let row = "\"lobby\",\"'=Ann\",\"id-=Ann\",\"member\",\"1970-01-01 01:00:00+01:00\",\"1970-01-01 02:01:00+01:00\",\"61.0\",\"1\"\r\n";
    assert!(text.starts_with("\u{feff}\"room\",\"name\""), "{text}");
    assert!(text.ends_with(row), "{text}");
}
