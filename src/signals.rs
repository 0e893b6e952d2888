//! Signals that end the process, so that what has been recorded is delivered before (`Guard::shutdown_on_signals`).
//!
//! A handler may do next to nothing: ours writes the signal's number into a pipe, and a thread of ours does the rest. It has
//! the default action taken in the end, so that whoever waits for the process learns what ended it.
//!
//! Not by the crate `signal-hook`: that cannot tell whether the program has a handler of its own, and must not be
//! disturbed.

#![allow(unsafe_code)]

use crate::error::Error;
use crate::guard;
use crate::record::{Recorder, fork, local, registered};
use libc::c_int;
use std::io::{PipeReader, Read, pipe};
use std::mem::{MaybeUninit, zeroed};
use std::os::fd::IntoRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::time::Duration;

const SIGNALS: [c_int; 2] = [libc::SIGTERM, libc::SIGINT];
/// The name of the thread.
const NAME: &str = "throughline-signals";

/// The process that watches (1 more than its count of forks); 0: none does.
static WATCHED: AtomicU32 = AtomicU32::new(0);
/// That process's id, and where its handler writes to.
static PROCESS: AtomicI32 = AtomicI32::new(0);
static PIPE: AtomicI32 = AtomicI32::new(-1);
/// A signal has come and is being heeded.
static HEEDED: AtomicBool = AtomicBool::new(false);

/// Watches from now on, once in a process.
pub(crate) fn watch() -> Result<(), Error> {
    let this = fork::count() + 1;
    if WATCHED.swap(this, Ordering::SeqCst) == this {
        return Ok(());
    }
    start().inspect_err(|_| WATCHED.store(0, Ordering::SeqCst))
}

fn start() -> Result<(), Error> {
    // Those that we have in the child of a fork come from its parent.
    let free: Vec<_> =
        SIGNALS.into_iter().filter(|it| [libc::SIG_DFL, ours()].contains(&handler_of(*it))).collect();
    if free.is_empty() {
        return Err(Error::signals(
            "the program has handlers of its own for SIGTERM and SIGINT, or ignores them; call Guard::shutdown in these",
        ));
    }
    let (reader, writer) = pipe().map_err(Error::signals)?;
    let thread = std::thread::Builder::new().name(NAME.to_owned()).spawn(move || heed(reader));
    thread.map_err(Error::signals)?;
    HEEDED.store(false, Ordering::SeqCst);
    // The end that is written to stays open for good.
    PIPE.store(writer.into_raw_fd(), Ordering::SeqCst);
    PROCESS.store(std::process::id() as i32, Ordering::SeqCst);
    free.into_iter().try_for_each(install).map_err(Error::signals)
}

/// The thread: waits for signals.
fn heed(mut pipe: PipeReader) {
    // What is logged while this delivers is not recorded: there would be no end.
    local::with(local::Local::mute);
    let mut signal = [0];
    while pipe.read_exact(&mut signal).is_ok() {
        let signal = c_int::from(signal[0]);
        if handler_of(signal) == ours() {
            for (recorder, deadline) in asking() {
                let _ = guard::shut_down(&recorder, deadline);
            }
            end_by(signal);
        }
        // The program has set a handler since, which called ours: when it ends is the program's affair.
        for (recorder, deadline) in asking() {
            let _ = guard::flush(&recorder, deadline);
        }
        HEEDED.store(false, Ordering::SeqCst);
    }
}

/// Those that signals are to shut down.
fn asking() -> Vec<(Arc<Recorder>, Duration)> {
    let all = registered::all().into_iter();
    all.filter_map(|recorder| recorder.on_signal.get().copied().map(|deadline| (recorder, deadline)))
        .collect()
}

/// The default action of the signal, which ends the process.
fn end_by(signal: c_int) {
    // SAFETY: both take any number. The signal is sent to the process, not to this thread, which may have been started with
    // signals blocked.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::kill(libc::getpid(), signal);
    }
}

/// The handler. All that it calls is allowed in one: `getpid`, `sigaction`, `signal`, `raise`, `write`, atomics.
extern "C" fn handle(signal: c_int) {
    let stranger = PROCESS.load(Ordering::SeqCst) != std::process::id() as i32;
    if stranger || HEEDED.swap(true, Ordering::SeqCst) {
        // In the child of a fork nobody reads the pipe, or it is the parent that does; and who sends a signal twice does not
        // want to wait. If another handler has called this one, the signal is its own.
        if handler_of(signal) == ours() {
            // SAFETY: as in `end_by`. It is blocked while this runs, and comes when it returns.
            unsafe {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            }
        }
        return;
    }
    let byte = signal as u8;
    // SAFETY: one byte that lives, into a descriptor that stays open. There is room: a byte is written only after the one
    // before it was read.
    unsafe { libc::write(PIPE.load(Ordering::SeqCst), (&raw const byte).cast(), 1) };
}

fn ours() -> libc::sighandler_t {
    handle as extern "C" fn(c_int) as *const () as libc::sighandler_t
}

fn handler_of(signal: c_int) -> libc::sighandler_t {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: with no new action it only writes the present one, where there is room for it; on failure nothing is read.
    unsafe {
        match libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) {
            0 => action.assume_init().sa_sigaction,
            _ => libc::SIG_ERR,
        }
    }
}

fn install(signal: c_int) -> std::io::Result<()> {
    // SAFETY: all-zero is a valid `sigaction`, and `sa_mask` an initialized set; the handler does what handlers may.
    let done = unsafe {
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = ours();
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}
