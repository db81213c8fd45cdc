//! The loop: mutated seeds against every target, until the time is over.
//!
//! `GLASSROOM_FUZZ_SECONDS` is the time for all targets together (default: half a second), and
//! `GLASSROOM_FUZZ_SEED` repeats a run. `GLASSROOM_FUZZ_SEEDS` names a folder to which the seeds are
//! written, for `cargo fuzz`.

use super::mutate::{Random, minimise, mutate};
use super::seeds::seeds;
use super::targets::{TARGETS, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

/// The stack of a target's thread, no more than that of a connection in the build with the larger
/// ones: what nests too deep must be found here. SQLite and the lab have threads with more.
const STACK: usize = 256 * 1024;
const LARGE_STACK: usize = 1024 * 1024;
/// Longest time for one input, on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the input of a failure is tried with something left out.
const SMALLER: usize = 2000;

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

/// Whether the target panics or takes too long.
fn fails(function: fn(&[u8]), input: &[u8]) -> bool {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| function(input)));
    outcome.is_err() || begun.elapsed() > PATIENCE
}

/// Tries mutations of the seeds, and returns how many.
fn run((name, function): Target, seed: u64, until: Instant) -> u64 {
    let seeds = seeds(name);
    let mut random = Random::new(seed);
    let mut tried = 0;
    for input in &seeds {
        assert!(!fails(function, input), "{name} fails on a seed");
    }
    while tried == 0 || Instant::now() < until {
        let input = mutate(&seeds, &mut random);
        tried += 1;
        if fails(function, &input) {
            let smallest = minimise(&input, |input| fails(function, input), SMALLER);
            panic!(
                "the target {name} fails (GLASSROOM_FUZZ_SEED={seed}, input {tried}) with these {} \
                 bytes:\n{}",
                smallest.len(),
                smallest.escape_ascii()
            );
        }
    }
    tried
}

#[test]
fn no_target_fails_on_mutated_seeds() {
    let seconds = variable("GLASSROOM_FUZZ_SECONDS");
    let time = Duration::from_secs_f64(seconds.unwrap_or(0.5));
    // A long run is a new one each time; a short one is the same each time.
    let clock = SystemTime::now().duration_since(UNIX_EPOCH);
    let other = clock.map_or(1, |since| since.as_micros() as u64);
    let default = if seconds.is_some() { other } else { 1 };
    let seed = variable("GLASSROOM_FUZZ_SEED").unwrap_or(default);
    for target in TARGETS {
        let until = Instant::now() + time / TARGETS.len() as u32;
        let (name, _) = target;
        let stack = match name {
            "database" | "program" | "config" => LARGE_STACK,
            _ => STACK,
        };
        // A stack that overflows ends the process, and all that it leaves is this name.
        let thread = thread::Builder::new()
            .name(format!("fuzz {name}, GLASSROOM_FUZZ_SEED={seed}"))
            .stack_size(stack);
        let running = thread.spawn(move || run(target, seed, until));
        match running.expect("a thread").join() {
            Ok(tried) => println!("{name}: {tried} inputs, seed {seed}"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[test]
fn the_seeds_are_right_and_can_be_written_to_a_folder() {
    let folder = env::var_os("GLASSROOM_FUZZ_SEEDS");
    for (name, _) in TARGETS {
        let seeds = seeds(name);
        assert!(seeds.iter().all(|seed| !seed.is_empty()) && !seeds.is_empty());
        let Some(folder) = &folder else { continue };
        let folder = std::path::Path::new(folder).join(name);
        fs::create_dir_all(&folder).expect("a folder");
        for (n, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{n}")), seed).expect("a file");
        }
    }
}
