//! Another content is written into the open file of a history, which keeps its name and its inode.

use super::*;
use crate::sqlite::backup;
use std::fs;

/// Writes other content into the file, as `cp` does.
fn overwrite(history: &TempHistory, content: &[u8]) {
    fs::write(&history.path, content).expect("written");
}

fn checkpoint(history: &TempHistory) {
    let db = connect(&history.path).expect("a second connection");
    assert!(erase::checkpoint(&db).expect("a checkpoint"));
}

fn say(writer: &mut StoreWriter, seq: u64) {
    writer.append(event(seq, "Ann", said(&format!("message {seq}"))));
    writer.send();
    until(|| writer.waiting() == 0);
}

/// Both copies have the epoch of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Copied {
    Backup,
    File,
}

/// Makes a copy in the middle of a run, and writes it over the history later in the same run: in a
/// pause after a checkpoint, or with newer messages in the write-ahead log alone.
fn an_older_copy_is_noticed(kind: Copied, in_log: bool) {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let (mut writer, reader, threads) = store.start(|_| {}).expect("started");
    (1..=10).for_each(|seq| say(&mut writer, seq));
    let copy = history.path.with_extension("copy");
    match kind {
        Copied::Backup => {
            backup::backup(&history.path, &copy, || Ok(Vec::new())).expect("copied");
        }
        Copied::File => {
            checkpoint(&history);
            fs::copy(&history.path, &copy).expect("copied");
        }
    }
    let content = fs::read(&copy).expect("the copy");
    (11..=20).for_each(|seq| say(&mut writer, seq));
    if !in_log {
        checkpoint(&history);
        // One more transaction, after which the checkpoint is known.
        say(&mut writer, 21);
        checkpoint(&history);
        say(&mut writer, 22);
    }
    overwrite(&history, &content);
    until(|| writer.check().is_err());
    drop((writer, reader));
    assert!(threads.join());
    assert!(
        fs::read(&history.path).expect("the file") == content,
        "{kind:?}: the end of the run wrote to it"
    );
    let left = fs::metadata(history.path.with_extension("db-wal"));
    assert!(left.is_err(), "{kind:?}: its write-ahead log is put aside");
    // It is the history now, as the operator wished.
    let (_, opened) = history.open("two");
    assert_eq!(opened.rooms[0].head, 10, "{kind:?}");
}

#[test]
fn an_older_copy_in_the_open_file_is_noticed_and_stays_as_it_is() {
    an_older_copy_is_noticed(Copied::Backup, false);
    an_older_copy_is_noticed(Copied::Backup, true);
    an_older_copy_is_noticed(Copied::File, false);
}

#[test]
fn what_other_programs_write_to_the_open_history_is_no_trouble() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let (mut writer, reader, threads) = store.start(|_| {}).expect("started");
    for seq in 1..=20 {
        say(&mut writer, seq);
        match seq % 4 {
            0 => checkpoint(&history),
            1 => drop(erase::erase_beside_others(&history.path, "sub-Bo").expect("erased")),
            2 => connect(&history.path)
                .and_then(|db| Ok(db.execute_batch("VACUUM")?))
                .expect("vacuumed"),
            _ => {}
        }
        assert!(writer.check().is_ok(), "{seq}");
    }
    drop((writer, reader));
    assert!(threads.join());
    let (_, opened) = history.open("two");
    assert_eq!(opened.rooms[0].newest.len(), 20);
}
