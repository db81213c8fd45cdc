//! Two kinds of threads: vital ones, whose panic must end the process, and short-lived ones for
//! work that needs more stack than a connection's thread has.

use std::io;
use std::thread::{self, Builder, JoinHandle};

/// Starts a thread that the server cannot run without. If it panics, it calls `failed`.
///
/// # Errors
///
/// The thread cannot be started.
pub(crate) fn vital(
    name: &str,
    failed: impl Fn() + Send + 'static,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    struct Alarm<F: Fn()>(F);
    impl<F: Fn()> Drop for Alarm<F> {
        fn drop(&mut self) {
            if thread::panicking() {
                (self.0)();
            }
        }
    }
    let guarded = move || {
        let _alarm = Alarm(failed);
        body();
    };
    Builder::new().name(name.into()).spawn(guarded)
}

/// Runs `work` on a new thread with a stack of this many bytes, and waits for it.
///
/// # Errors
///
/// The thread cannot be started, or it panicked.
pub(crate) fn with_stack<T: Send>(
    bytes: usize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, String> {
    thread::scope(|scope| {
        let helper = Builder::new().stack_size(bytes).spawn_scoped(scope, work);
        let helper = helper.map_err(|error| error.to_string())?;
        helper.join().map_err(|_| "the thread panicked".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_panic_is_reported_and_an_ordinary_end_is_not() {
        for panics in [true, false] {
            let (tell, told) = channel();
            let failed = move || tell.send(()).expect("the test listens");
            let thread = vital("t", failed, move || assert!(!panics, "on purpose"));
            let _ = thread.expect("a thread").join();
            assert_eq!(told.try_recv().is_ok(), panics);
        }
    }
}
