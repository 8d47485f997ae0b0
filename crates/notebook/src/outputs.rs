//! The outputs of a cell, gathered from what its kernel publishes, as the notebook format stores them.

use std::collections::HashMap;

use jupyter_protocol::{JupyterMessageContent, MediaType, Stdio, Transient};
use nbformat::v4::{DisplayData, ErrorOutput, ExecuteResult, MultilineString, Output};

use crate::marker;

/// The outputs of a whole run: they are gathered cell by cell, but a later cell may update an earlier one's display.
#[derive(Debug, Default)]
pub struct Outputs {
    cells: Vec<CellOutputs>,
    /// Where a display with an id is: cell and output.
    displays: HashMap<String, Vec<(usize, usize)>>,
}

#[derive(Debug, Default)]
struct CellOutputs {
    outputs: Vec<Output>,
    /// Cleared when the next output arrives, as `clear_output(wait=True)` asks.
    clear_pending: bool,
}

impl Outputs {
    /// Begins the outputs of the next cell; gives its number, from 0.
    pub fn begin(&mut self) -> usize {
        self.cells.push(CellOutputs::default());
        self.cells.len() - 1
    }

    /// Adds what a kernel published to the outputs of a cell. Messages that are no output change nothing.
    pub fn add(&mut self, cell: usize, content: &JupyterMessageContent) {
        match content {
            JupyterMessageContent::StreamContent(stream) => {
                let name = match stream.name {
                    Stdio::Stdout => "stdout",
                    Stdio::Stderr => "stderr",
                };
                self.stream(cell, name, &stream.text);
            }
            JupyterMessageContent::DisplayData(display) => {
                let output =
                    Output::DisplayData(DisplayData { data: display.data.clone(), metadata: display.metadata.clone() });
                self.push(cell, output, display.transient.as_ref());
            }
            JupyterMessageContent::ExecuteResult(result) => {
                let mut data = result.data.clone();
                for media in &mut data.content {
                    if let MediaType::Plain(text) | MediaType::Html(text) = media {
                        marker::hide(text);
                    }
                }
                let output = Output::ExecuteResult(ExecuteResult {
                    execution_count: result.execution_count,
                    data,
                    metadata: result.metadata.clone(),
                });
                self.push(cell, output, result.transient.as_ref());
            }
            JupyterMessageContent::ErrorOutput(error) => {
                let output = Output::Error(ErrorOutput {
                    ename: error.ename.clone(),
                    evalue: error.evalue.clone(),
                    traceback: error.traceback.clone(),
                });
                self.push(cell, output, None);
            }
            JupyterMessageContent::UpdateDisplayData(update) => {
                let places = update.transient.display_id.as_ref().and_then(|id| self.displays.get(id));
                for &(cell, at) in places.into_iter().flatten() {
                    match self.cells.get_mut(cell).and_then(|cell| cell.outputs.get_mut(at)) {
                        Some(Output::DisplayData(shown)) => {
                            shown.data = update.data.clone();
                            shown.metadata = update.metadata.clone();
                        }
                        Some(Output::ExecuteResult(shown)) => {
                            shown.data = update.data.clone();
                            shown.metadata = update.metadata.clone();
                        }
                        _ => {}
                    }
                }
            }
            JupyterMessageContent::ClearOutput(clear) => match clear.wait {
                true => self.cells[cell].clear_pending = true,
                false => self.clear(cell),
            },
            _ => {}
        }
    }

    /// Adds an error to a cell's outputs.
    pub fn error(&mut self, cell: usize, name: &str, value: &str) {
        let output = Output::Error(ErrorOutput {
            ename: name.to_owned(),
            evalue: value.to_owned(),
            traceback: value.lines().map(str::to_owned).collect(),
        });
        self.push(cell, output, None);
    }

    /// The outputs of a cell so far.
    pub fn of(&self, cell: usize) -> &[Output] {
        &self.cells[cell].outputs
    }

    /// Empties the outputs of a cell.
    pub fn clear(&mut self, cell: usize) {
        self.cells[cell] = CellOutputs::default();
        for places in self.displays.values_mut() {
            places.retain(|&(place, _)| place != cell);
        }
    }

    /// Whether a cell has an error among its outputs; the first one's value, without colors.
    pub fn first_error(&self, cell: usize) -> Option<String> {
        self.of(cell).iter().find_map(|output| match output {
            Output::Error(error) => {
                let value = crate::export::ansi::strip(&error.evalue);
                Some(match value.trim() {
                    "" => error.ename.clone(),
                    value => value.to_owned(),
                })
            }
            _ => None,
        })
    }

    /// All that a cell wrote to standard error, without colors.
    pub fn stderr(&self, cell: usize) -> String {
        let text: String = self
            .of(cell)
            .iter()
            .filter_map(|output| match output {
                Output::Stream { name, text } if name == "stderr" => Some(text.0.as_str()),
                _ => None,
            })
            .collect();
        crate::export::ansi::strip(&text)
    }

    fn stream(&mut self, cell: usize, name: &str, text: &str) {
        self.clear_if_pending(cell);
        match self.cells[cell].outputs.last_mut() {
            Some(Output::Stream { name: last, text: so_far }) if last == name => so_far.0.push_str(text),
            _ => self.cells[cell]
                .outputs
                .push(Output::Stream { name: name.to_owned(), text: MultilineString(text.to_owned()) }),
        }
    }

    fn push(&mut self, cell: usize, output: Output, transient: Option<&Transient>) {
        self.clear_if_pending(cell);
        let at = self.cells[cell].outputs.len();
        if let Some(id) = transient.and_then(|transient| transient.display_id.as_ref()) {
            self.displays.entry(id.clone()).or_default().push((cell, at));
        }
        self.cells[cell].outputs.push(output);
    }

    fn clear_if_pending(&mut self, cell: usize) {
        if self.cells[cell].clear_pending {
            self.clear(cell);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use jupyter_protocol::{ClearOutput, StreamContent, UpdateDisplayData};

    fn show(outputs: &Outputs, cell: usize) -> String {
        serde_json::to_string(outputs.of(cell)).unwrap()
    }

    #[test]
    fn lines_of_a_stream_are_joined() {
        let mut outputs = Outputs::default();
        let cell = outputs.begin();
        for text in ["a\n", "b\n"] {
            outputs.add(cell, &StreamContent::stdout(text).into());
        }
        outputs.add(cell, &StreamContent::stderr("\u{1b}[31mc\u{1b}[0m\n").into());
        assert_eq!(outputs.of(cell).len(), 2);
        assert!(show(&outputs, cell).contains(r#"["a\n","b\n"]"#));
        assert_eq!(outputs.stderr(cell), "c\n");
        assert_eq!(outputs.first_error(cell), None);
    }

    #[test]
    fn clearing_now_and_with_the_next_output() {
        let mut outputs = Outputs::default();
        let cell = outputs.begin();
        outputs.add(cell, &StreamContent::stdout("a").into());
        outputs.add(cell, &ClearOutput { wait: true }.into());
        assert_eq!(outputs.of(cell).len(), 1);
        outputs.add(cell, &StreamContent::stdout("b").into());
        assert!(show(&outputs, cell).contains(r#"["b"]"#));
        outputs.add(cell, &ClearOutput { wait: false }.into());
        assert!(outputs.of(cell).is_empty());
    }

    #[test]
    fn a_later_cell_updates_a_display() {
        let mut outputs = Outputs::default();
        let first = outputs.begin();
        let mut display = jupyter_protocol::DisplayData::from(vec![MediaType::Plain("old".to_owned())]);
        display.transient = Some(Transient { display_id: Some("d".to_owned()) });
        outputs.add(first, &display.into());
        let second = outputs.begin();
        let new = jupyter_protocol::Media::new(vec![MediaType::Plain("new".to_owned())]);
        outputs.add(second, &UpdateDisplayData::new(new, "d").into());
        assert!(show(&outputs, first).contains("new") && !show(&outputs, first).contains("old"));
        assert!(outputs.of(second).is_empty());
    }

    #[test]
    fn an_error_is_found() {
        let mut outputs = Outputs::default();
        let cell = outputs.begin();
        outputs.error(cell, "Panic", "line 1\nline 2");
        assert_eq!(outputs.first_error(cell).unwrap(), "line 1\nline 2");
    }
}
