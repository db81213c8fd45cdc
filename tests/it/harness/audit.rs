//! The audit log, as `glassroom export audit.csv` prints it.

use super::{Server, output};

/// The whole text.
#[track_caller]
pub fn audit_text(server: &Server) -> String {
    let output = output(server.command("export").arg("audit.csv"));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Action, by, target, room and reason of each entry.
#[track_caller]
pub fn audit(server: &Server) -> Vec<[String; 5]> {
    let text = audit_text(server);
    let rows = text.lines().skip(1);
    rows.map(|row| {
        let row = row.strip_prefix('"').and_then(|row| row.strip_suffix('"'));
        let cells: Vec<&str> = row.unwrap().split("\",\"").collect();
        [1, 2, 4, 6, 7].map(|n| cells[n].to_owned())
    })
    .collect()
}
