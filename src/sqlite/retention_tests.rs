//! The trusted time under every kind of wrong clock.

use super::*;

const MINUTE: Millis = 60 * 1000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
const NOW: Millis = 1_790_000_000_000;
const KEEP: Keep = Keep::For(Duration::from_secs(30 * 24 * 3600));

/// A server that runs with this wall clock.
struct Run {
    clock: RetentionClock,
    wall: Millis,
    forward: Millis,
}

impl Run {
    fn begin(state: Option<State>, wall: Millis) -> (Run, Finding) {
        let (clock, finding) = RetentionClock::start(KEEP, state, wall, Duration::ZERO);
        let forward = 0;
        let run = Run {
            clock,
            wall,
            forward,
        };
        (run, finding)
    }

    /// Runs for a while, and returns everything but what was even.
    fn go_on(&mut self, time: Millis) -> Vec<Finding> {
        let end = self.forward + time;
        let mut found = Vec::new();
        while self.forward < end {
            (self.wall, self.forward) = (self.wall + MINUTE, self.forward + MINUTE);
            found.push(self.look());
        }
        found.retain(|finding| *finding != Finding::Even);
        found
    }

    fn look(&mut self) -> Finding {
        let forward = Duration::from_millis(self.forward);
        self.clock.look(self.wall, forward)
    }

    /// The wall clock is set.
    fn set(&mut self, wall: Millis) -> Finding {
        self.wall = wall;
        self.look()
    }

    fn restart(self, off: i64) -> (Run, Finding) {
        let wall = self.wall.saturating_add_signed(off);
        Run::begin(Some(self.clock.state), wall)
    }

    fn now(&self) -> Millis {
        self.clock.now()
    }
}

const fn days(days: i64) -> i64 {
    days * DAY as i64
}

#[test]
fn running_nights_and_weekends_are_time_that_passed() {
    let (mut run, _) = Run::begin(None, NOW);
    assert_eq!(run.go_on(8 * HOUR), []);
    assert_eq!(run.now(), NOW + 8 * HOUR);
    let (mut run, found) = run.restart(days(2));
    assert_eq!(
        (found, run.now()),
        (Finding::Even, NOW + 8 * HOUR + 2 * DAY)
    );
    assert_eq!(run.go_on(8 * HOUR), []);
    let (run, found) = run.restart(days(7));
    assert_eq!((found, run.now()), (Finding::Even, run.wall));
}

#[test]
fn a_start_far_ahead_ages_nothing_and_is_forgotten_when_the_clock_is_right_again() {
    let (mut run, _) = Run::begin(None, NOW);
    run.go_on(HOUR);
    for ahead in [8, 40, 400, 10_000] {
        let (mut wrong, found) = Run::begin(Some(run.clock.state), run.wall + ahead * DAY);
        assert_eq!(found, Finding::Doubted(days(ahead as i64)));
        assert_eq!(wrong.go_on(23 * HOUR), []);
        assert_eq!(wrong.now(), NOW + 24 * HOUR, "only what was witnessed");
        let (right, found) = wrong.restart(-days(ahead as i64));
        assert_eq!((found, right.now()), (Finding::Even, right.wall));
        assert_eq!(right.clock.state.doubt, None);
    }
}

#[test]
fn holidays_count_after_a_day_of_running_over_several_restarts() {
    let (mut run, _) = Run::begin(None, NOW);
    run.go_on(HOUR);
    let (mut run, found) = run.restart(days(56));
    assert_eq!(found, Finding::Doubted(days(56)));
    let began = run.now();
    for _ in 0..2 {
        assert_eq!(run.go_on(8 * HOUR), []);
        run = run.restart(16 * HOUR as i64).0;
        assert!(run.clock.state.doubt.is_some());
    }
    let found = run.go_on(9 * HOUR);
    let shift = Shift {
        from: began,
        by: days(56),
    };
    assert_eq!(found, [Finding::Settled(shift)]);
    assert_eq!(run.now(), run.wall);
    assert_eq!(run.go_on(DAY), []);
}

#[test]
fn a_clock_without_a_battery_that_is_set_in_a_lesson_ages_nothing_of_the_lesson() {
    let (mut run, _) = Run::begin(None, NOW);
    run.go_on(HOUR);
    let last = run.now();
    // It starts where it stopped, and learns the time half an hour into the lesson.
    let (mut run, found) = run.restart(0);
    assert_eq!(found, Finding::Even);
    run.go_on(30 * MINUTE);
    let shift = Shift {
        from: last,
        by: days(3),
    };
    assert_eq!(run.set(run.wall + 3 * DAY), Finding::Moved(shift));
    assert_eq!(run.now(), run.wall);
    // It starts in 1970.
    let (mut run, found) = Run::begin(Some(run.clock.state), 0);
    assert!(matches!(found, Finding::Doubted(_)));
    let began = run.now();
    assert_eq!(run.go_on(30 * MINUTE), []);
    let right = began + 30 * MINUTE + DAY;
    let shift = Shift {
        from: began,
        by: days(1),
    };
    assert_eq!(run.set(right), Finding::Moved(shift));
    assert_eq!(run.now(), right);
    // The very first start is in 1970: nothing older than the lesson is there, and the lesson moves
    // with the clock when the doubt ends.
    let (mut run, _) = Run::begin(None, 0);
    run.go_on(30 * MINUTE);
    assert!(matches!(run.set(NOW), Finding::Doubted(_)));
    let shift = Shift {
        from: 0,
        by: (NOW - 30 * MINUTE) as i64,
    };
    assert_eq!(run.go_on(DAY), [Finding::Settled(shift)]);
    assert_eq!(run.now(), run.wall);
}

#[test]
fn a_jump_while_the_server_runs_is_waited_out_and_does_no_harm_if_it_is_taken_back() {
    for jump in [days(40), -days(40), -days(1), days(8)] {
        let (mut run, _) = Run::begin(None, NOW);
        run.go_on(HOUR);
        let right = run.now();
        let found = run.set(run.wall.saturating_add_signed(jump));
        assert_eq!((found, run.now()), (Finding::Doubted(jump), right));
        assert_eq!(run.go_on(23 * HOUR), []);
        let back = run.wall.saturating_add_signed(-jump);
        assert_eq!(run.set(back), Finding::Even);
        assert_eq!(run.now(), right + 23 * HOUR);
    }
    // Backwards for good: what was written in the run moves back with it.
    let (mut run, _) = Run::begin(None, NOW);
    run.go_on(HOUR);
    assert_eq!(
        run.set(NOW - 40 * DAY),
        Finding::Doubted(-days(40) - HOUR as i64)
    );
    let found = run.go_on(DAY);
    assert!(
        matches!(found[..], [Finding::Settled(Shift { from: NOW, .. })]),
        "{found:?}"
    );
    assert_eq!(run.now(), run.wall);
}

#[test]
fn many_steps_that_are_waited_out_begin_anew_each_time() {
    let (mut run, _) = Run::begin(None, NOW);
    for _ in 0..5 {
        run.set(run.wall + 30 * DAY);
        assert_eq!(run.go_on(23 * HOUR), []);
    }
    assert_eq!(run.now(), NOW + 5 * 23 * HOUR);
}

#[test]
fn little_that_is_kept_makes_every_bound_smaller() {
    let clock = |seconds| {
        let keep = Keep::For(Duration::from_secs(seconds));
        RetentionClock::start(keep, None, NOW, Duration::ZERO).0
    };
    let minute = clock(60);
    assert_eq!(
        (minute.leap, minute.patience, minute.grain),
        (600_000, 600_000, 3750)
    );
    let day = clock(24 * 3600);
    assert_eq!(day.leap, 6 * HOUR as i64);
    assert_eq!(day.patience, DAY);
    assert_eq!(clock(u64::MAX / 2000).leap, days(7));
}
