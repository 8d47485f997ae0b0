//! Interrupts of a cell that keep its variables.
//!
//! evcxr itself knows only to kill the process of the cells, and every variable with it. Here a notebook interrupts the kernel by a signal, SIGINT, which goes on to the
//! process of the cells and from there to the engine. That stops what it does for the cell, whose call then ends with an error. A cell that does not wait for the
//! engine cannot be stopped like this: a second interrupt ends its process, as evcxr does.

use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, Signal, System};

/// Signals that follow each other this fast are one interrupt: some programs signal the kernel, others its process group.
const ONE_INTERRUPT: Duration = Duration::from_millis(400);
/// So long a second interrupt is a wish to stop the cell by all means.
const AGAIN: Duration = Duration::from_secs(10);

/// In the kernel: interrupts are for the processes that it started, that of the cells or a compiler.
///
/// # Errors
/// When no thread can be started.
pub fn pass_on() -> std::io::Result<()> {
    on_interrupt(|_| interrupt_children())
}

/// In the process of the cells: interrupts are for the engines that it started. A second one ends the process.
///
/// # Errors
/// When no thread can be started.
pub fn end_at_second() -> std::io::Result<()> {
    on_interrupt(|before| {
        if before.is_some_and(|before| before < AGAIN) {
            eprintln!("Interrupted again: the cell was stopped, and all variables are lost.");
            std::process::exit(130);
        }
        eprintln!(
            "Interrupted: queries are being stopped. A second interrupt within {} seconds stops the cell itself, and all variables are lost.",
            AGAIN.as_secs()
        );
        interrupt_children();
    })
}

/// Calls `react` at each interrupt, with the time since the one before.
fn on_interrupt(react: impl Fn(Option<Duration>) + Send + 'static) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT])?;
    let listen = move || {
        let mut last: Option<Instant> = None;
        for _ in signals.forever() {
            let before = last.map(|last| last.elapsed());
            if before.is_none_or(|before| before > ONE_INTERRUPT) {
                last = Some(Instant::now());
                react(before);
            }
        }
    };
    std::thread::Builder::new().name("interrupts".to_owned()).spawn(listen)?;
    Ok(())
}

/// Sends SIGINT to the processes that this one has started.
fn interrupt_children() {
    let Ok(this) = sysinfo::get_current_pid() else { return };
    let mut system = System::new();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    for process in system.processes().values().filter(|process| process.parent() == Some(this)) {
        process.kill_with(Signal::Interrupt);
    }
}
