//! How the queries of a notebooklet went, as its reader is told.

use render::{Block, Document, Notes, Section};

use crate::workspace::{QueryOutcome, QueryReport};

/// What was searched, query by query; open where one failed.
pub fn searched(reports: &[QueryReport], notes: &[String]) -> Block {
    let mut failed = Vec::new();
    let mut lines = Vec::new();
    for report in reports {
        if matches!(report.outcome, QueryOutcome::Failed(_)) {
            failed.push(report.to_string());
        } else {
            lines.push(report.to_string());
        }
    }
    let mut section = Section::new("Searched tables").folded().with(lines.join("\n"));
    if !failed.is_empty() {
        section = Section::new("Searched tables")
            .with(Notes::partial(failed).title("These sources could not be searched"))
            .with(lines.join("\n"));
    }
    if !notes.is_empty() {
        section.push(Notes::warning(notes.to_vec()));
    }
    section.into()
}

/// Names the queries that failed, and those that were skipped because the workspace lacks their table.
pub fn push_reports(document: &mut Document, reports: &[QueryReport]) {
    let problems: Vec<String> =
        reports.iter().filter(|r| matches!(r.outcome, QueryOutcome::Failed(_))).map(ToString::to_string).collect();
    if !problems.is_empty() {
        document.push(Notes::partial(problems));
    }
    let skipped: Vec<String> =
        reports.iter().filter(|r| matches!(r.outcome, QueryOutcome::NoTable(_))).map(ToString::to_string).collect();
    if !skipped.is_empty() {
        document.push(Notes::info(skipped));
    }
}
