//! The write-ahead log as bytes. SQLite reads it up to the first frame that is wrong and takes the
//! rest for old garbage: it reports no error, although commits are lost. So this looks whether frames
//! of the same log follow.
//!
//! The format is in <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The first four bytes; the last bit says in which byte order checksums are computed.
const MAGIC: u32 = 0x377f_0682;
/// The bytes of the log's header, and of each frame's.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The largest page of SQLite.
const MAX_PAGE: usize = 65_536;

/// How many frames of a log SQLite will leave out although they belong to it; 0: the log is sound.
/// No process may write to it meanwhile.
///
/// # Errors
///
/// The log cannot be read.
pub(super) fn lost_frames(log: &Path) -> io::Result<usize> {
    let mut file = match File::open(log) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut header = [0; HEADER];
    if !fill(&mut file, &mut header)? {
        return Ok(0);
    }
    let magic = word(&header, 0);
    let little_endian = magic == MAGIC;
    let page = word(&header, 8) as usize;
    let mut sums = checksum(little_endian, (0, 0), &header[..24]);
    let header_is_right = magic | 1 == MAGIC | 1
        && page.is_power_of_two()
        && (512..=MAX_PAGE).contains(&page)
        && sums == (word(&header, 24), word(&header, 28));
    if !header_is_right {
        // Nothing of the log is read: at least one commit was in it.
        return Ok(1);
    }
    let mut frame = vec![0; FRAME_HEADER + page];
    let (mut sound, mut since, mut lost) = (true, 0, 0);
    while fill(&mut file, &mut frame)? {
        if frame[8..16] != header[16..24] {
            break; // left over from an earlier use of the file
        }
        sums = checksum(little_endian, sums, &frame[..8]);
        sums = checksum(little_endian, sums, &frame[FRAME_HEADER..]);
        sound &= sums == (word(&frame, 16), word(&frame, 20));
        // Frames after the last commit are of a transaction that never ended.
        since += usize::from(!sound);
        if word(&frame, 4) != 0 {
            lost += since;
            since = 0;
        }
    }
    Ok(lost)
}

/// Reads as many bytes as `bytes` has. False: the file ends before.
fn fill(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The big-endian number at `at`.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4]
        .iter()
        .fold(0, |word, &byte| word << 8 | u32::from(byte))
}

fn checksum(little_endian: bool, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let next = |at: usize| match little_endian {
        true => word(bytes, at).swap_bytes(),
        false => word(bytes, at),
    };
    for at in (0..bytes.len()).step_by(8) {
        a = a.wrapping_add(next(at)).wrapping_add(b);
        b = b.wrapping_add(next(at + 4)).wrapping_add(a);
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::{event, said};
    use crate::sqlite::files::beside;
    use crate::sqlite::tests::TempHistory;
    use std::fs;

    #[test]
    fn a_wrong_byte_in_the_log_is_found_and_the_start_keeps_a_copy() {
        let history = TempHistory::new();
        let (store, _) = history.open("one");
        let (mut writer, _, threads) = store.start(|_| {}).expect("started");
        for n in 1..=20 {
            writer.append(event(n, "Ann", said("something to write")));
            writer.send();
            while writer.waiting() > 0 {
                std::thread::yield_now();
            }
        }
        let crashed = TempHistory::new();
        crashed.copy_from(&history); // as after a crash
        drop(writer);
        assert!(threads.join());
        let log = beside(&crashed.path, "-wal");
        assert_eq!(lost_frames(&log).expect("read"), 0);
        let mut bytes = fs::read(&log).expect("a log");
        bytes[HEADER + FRAME_HEADER + 7] ^= 1; // in the first frame
        fs::write(&log, &bytes).expect("written");
        assert!(lost_frames(&log).expect("read") > 1);
        // What the log had is gone, and so SQLite gives its numbers again; a copy stays.
        let (_, opened) = crashed.open("two");
        assert!(opened.rooms.iter().all(|room| room.head < 20));
        let copy = crashed.path.with_file_name("history.damaged-1.db-wal");
        assert_eq!(fs::read(copy).expect("a copy"), bytes);
    }
}
