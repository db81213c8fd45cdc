//! Threads that the server cannot be without: when one of them panics, the process has to end.

use std::io;
use std::thread::{self, Builder, JoinHandle};

/// Starts such a thread; `failed` is called on it if it panics.
pub fn vital(
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
