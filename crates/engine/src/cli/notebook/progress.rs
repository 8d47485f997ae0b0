//! The progress of a run, on standard error: a moving line in a terminal, plain lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use notebook::Event;

/// Shows a run.
pub struct Progress {
    bar: Option<ProgressBar>,
    began: Instant,
}

impl Progress {
    /// For a terminal, or for a file or another program.
    pub fn new(terminal: bool) -> Self {
        let bar = terminal.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, began: Instant::now() }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }

    fn doing(&self, text: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        }
    }

    /// The kernel is being started.
    pub fn starting(&mut self) {
        self.doing("Starting the kernel".to_owned());
    }

    /// The kernel answers.
    pub fn ready(&mut self, program: &str) {
        let took = seconds(self.began.elapsed());
        self.line(&format!("Kernel ready after {took} s: {program}"));
    }

    /// Something happened.
    pub fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { number, total, section, line } => {
                if let Some(bar) = &self.bar {
                    bar.reset_elapsed();
                }
                self.doing(format!("[{number}/{total}] {}", title(section, line)));
            }
            // What a cell prints may be for the reader now, such as a code to sign in with.
            Event::Printed { text, .. } => {
                for line in notebook::export::ansi::strip(text).lines() {
                    self.line(&format!("      {}", printable(line)));
                }
            }
            Event::Finished { number, total, section, line, took, ok } => {
                let mark = if *ok { "ok" } else { "FAILED" };
                self.line(&format!("[{number:>2}/{total}] {mark} {:>6} s  {}", seconds(*took), title(section, line)));
            }
        }
    }

    /// The run is over.
    pub fn ended(&mut self, outcome: &notebook::Outcome) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let took = seconds(outcome.took);
        eprintln!("{} of {} code cells ran to their end, in {took} s", outcome.completed, outcome.total);
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64())
}

fn title(section: &str, line: &str) -> String {
    let line = printable(line);
    let short: String = line.chars().take(70).collect();
    let more = if short.len() < line.len() { "…" } else { "" };
    match section {
        "" => format!("{short}{more}"),
        section => format!("{}: {short}{more}", printable(section)),
    }
}

/// Text for a terminal: no control character acts on it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn titles_are_short_and_harmless() {
        assert_eq!(title("Run", "account.run()?;"), "Run: account.run()?;");
        assert_eq!(title("", "a\u{7}b"), "a\u{fffd}b");
        assert!(title("", &"x".repeat(100)).ends_with("x…"));
    }
}
