use super::*;
use crate::model::event::samples::{event, said};
use crossbeam_channel::unbounded;

#[test]
fn a_full_queue_and_a_failing_disk_refuse_events_before_they_get_a_number() {
    let (queue, jobs) = unbounded();
    let progress = Arc::new(Progress::default());
    let mut writer = StoreWriter::new(queue, Arc::clone(&progress), u64::MAX / 2);
    for n in 1..=MAX_JOBS {
        writer.check().expect("the queue has room");
        assert_eq!(writer.append(event(n, "Ann", said("x"))), n);
    }
    assert_eq!(
        writer.check(),
        Err(Unavailable {
            retry_after: RETRY_QUEUE_FULL
        })
    );
    writer.send();
    assert_eq!(
        jobs.try_recv().map(|batch| batch.len()),
        Ok(MAX_JOBS as usize)
    );
    progress.committed.store(1, Relaxed);
    assert_eq!(writer.check(), Ok(()));
    progress.failing.store(true, Relaxed);
    assert_eq!(
        writer.check(),
        Err(Unavailable {
            retry_after: RETRY_DISK_FAILING
        })
    );
    progress.failing.store(false, Relaxed);
    progress.bytes.store(MAX_BYTES, Relaxed);
    assert_eq!(
        writer.check(),
        Err(Unavailable {
            retry_after: RETRY_QUEUE_FULL
        })
    );
}

#[test]
fn a_full_history_takes_what_leaders_do_for_a_while_and_what_erases_always() {
    let (queue, _jobs) = unbounded();
    let progress = Arc::new(Progress::default());
    let mut writer = StoreWriter::new(queue, Arc::clone(&progress), 32_000);
    let rooms = |writer: &StoreWriter| {
        [Need::Everybody, Need::Leaders, Need::Erasing].map(|need| writer.has_room(need))
    };
    for (used, waiting, has_room) in [
        (31_999, 0, [true, true, true]),
        (31_000, 1000, [false, true, true]),
        (32_000, 0, [false, true, true]),
        (32_999, 0, [false, true, true]),
        (33_000, 0, [false, false, true]),
    ] {
        progress.used.store(used, Relaxed);
        progress.bytes.store(waiting, Relaxed);
        assert_eq!(rooms(&writer), has_room, "{used} {waiting}");
    }
    assert_eq!(writer.note(Note::Room("lobby".into())), 0, "dropped");
    assert_eq!(writer.note(Note::EndLesson { rooms: None }), 1, "kept");
    progress.used.store(10, Relaxed);
    assert_eq!(rooms(&writer), [true; 3], "after erasing");
}

#[test]
fn notes_are_bounded_too() {
    let (queue, _jobs) = unbounded();
    let mut writer = StoreWriter::new(queue, Arc::default(), u64::MAX / 2);
    for _ in 0..MAX_JOBS_WITH_NOTES + 10 {
        writer.note(Note::EndLesson { rooms: None });
    }
    assert_eq!(
        (writer.last(), writer.batch.len() as u64),
        (MAX_JOBS_WITH_NOTES, MAX_JOBS_WITH_NOTES)
    );
}
