//! Notebook files: reading (any version since 3), writing (always 4.5), and small questions about cells.

use std::path::Path;

use nbformat::v4::{Cell, CellId, CellMetadata, Notebook as V4};

use crate::Error;

/// A notebook in memory, in the current format (4.5).
#[derive(Debug, Clone)]
pub struct Document {
    /// The notebook, as its file has it.
    pub notebook: V4,
}

impl Document {
    /// Reads a notebook file. Older formats are brought up to 4.5, missing cell ids are made.
    ///
    /// # Errors
    /// [`Error::Read`] where there is no such file, [`Error::NotANotebook`] where it holds something else.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
        Self::parse(&text).map_err(|reason| Error::NotANotebook { path: path.to_path_buf(), reason })
    }

    /// Reads a notebook from its JSON text; the error says what is wrong with it.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        use nbformat::Notebook;
        let notebook = match nbformat::parse_notebook(text).map_err(|error| error.to_string())? {
            Notebook::V4(notebook) => notebook,
            Notebook::V4QuirksMode(quirks) => quirks.repair(),
            Notebook::Legacy(old) => nbformat::upgrade_legacy_notebook(old).map_err(|error| error.to_string())?,
            Notebook::V3(old) => nbformat::upgrade_v3_notebook(old).map_err(|error| error.to_string())?,
            other => return Err(format!("unknown notebook format {other:?}")),
        };
        Ok(Self { notebook })
    }

    /// The notebook as JSON, laid out as Jupyter does it.
    ///
    /// # Errors
    /// [`Error::Serialize`], which no notebook that was read should cause.
    pub fn to_json(&self) -> Result<String, Error> {
        nbformat::serialize_notebook(&nbformat::Notebook::V4(self.notebook.clone()))
            .map_err(|error| Error::Serialize(error.to_string()))
    }

    /// Writes the notebook to a file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`] where the place cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        write_whole(path, &self.to_json()?)
    }

    /// Empties the outputs and execution counts of all code cells.
    pub fn clear_outputs(&mut self) {
        for cell in &mut self.notebook.cells {
            if let Cell::Code { outputs, execution_count, .. } = cell {
                outputs.clear();
                *execution_count = None;
            }
        }
    }

    /// The name of the kernel the notebook asks for, where it says so.
    pub fn kernel_name(&self) -> Option<&str> {
        self.notebook.metadata.kernelspec.as_ref().map(|spec| spec.name.as_str())
    }

    /// The text of the first heading in the notebook, without the hashes.
    pub fn title(&self) -> Option<String> {
        self.notebook.cells.iter().find_map(|cell| match cell {
            Cell::Markdown { .. } => last_heading(&source(cell), true),
            _ => None,
        })
    }
}

/// Writes `text` to `path` through a temporary file beside it, so that no half-written file is ever left there.
///
/// # Errors
/// [`Error::Write`].
pub fn write_whole(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_path_buf(), source };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".entity-explorer-").tempfile_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
    // A temporary file is private to its user; a report is meant to be handed on, as any new file is.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The whole source of a cell.
pub fn source(cell: &Cell) -> String {
    cell.source().concat()
}

/// Whether a cell has a tag.
pub fn has_tag(cell: &Cell, tag: &str) -> bool {
    cell.metadata().tags.as_ref().is_some_and(|tags| tags.iter().any(|found| found == tag))
}

/// The first line of a cell that says something, for messages.
pub fn first_line(code: &str) -> &str {
    let lines = || code.lines().map(str::trim).filter(|line| !line.is_empty());
    lines().find(|line| !line.starts_with("//")).or_else(|| lines().next()).unwrap_or("(empty)")
}

/// The text of a Markdown cell's heading: its first, or its last.
pub fn last_heading(markdown: &str, first: bool) -> Option<String> {
    let mut found = None;
    let mut fenced = false;
    for line in markdown.lines() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            fenced = !fenced;
        }
        let text = line.trim_start_matches('#');
        let level = line.len() - text.len();
        if !fenced && (1..=6).contains(&level) && text.starts_with(' ') {
            found = Some(text.trim().trim_end_matches('#').trim().to_owned());
            if first {
                break;
            }
        }
    }
    found
}

/// A new code cell, with a fresh id.
pub fn code_cell(code: &str, tags: &[&str]) -> Cell {
    Cell::Code {
        id: CellId::from(uuid::Uuid::new_v4()),
        metadata: CellMetadata {
            tags: (!tags.is_empty()).then(|| tags.iter().map(|&tag| tag.to_owned()).collect()),
            ..CellMetadata::default()
        },
        execution_count: None,
        source: code.split_inclusive('\n').map(str::to_owned).collect(),
        outputs: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_notebook_survives_reading_and_writing() {
        let text = r##"{"nbformat":4,"nbformat_minor":5,"metadata":{"kernelspec":{"display_name":"Rust","language":"rust","name":"rust"},"x":{"n":1.5}},
            "cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":["# Title\n","text"]},
            {"cell_type":"code","id":"b","metadata":{"tags":["parameters"],"mine":7},"execution_count":3,"source":"let x = 1;",
             "outputs":[{"output_type":"stream","name":"stdout","text":["a\n","b"]},
                        {"output_type":"execute_result","execution_count":3,"metadata":{},"data":{"text/html":["<b>\n","x"],"application/json":{"n":1}}}]}]}"##;
        let document = Document::parse(text).unwrap();
        assert_eq!(document.kernel_name(), Some("rust"));
        assert_eq!(document.title().as_deref(), Some("Title"));
        let again = Document::parse(&document.to_json().unwrap()).unwrap();
        assert_eq!(document.to_json().unwrap(), again.to_json().unwrap());
        let json: serde_json::Value = serde_json::from_str(&again.to_json().unwrap()).unwrap();
        assert_eq!(json["cells"][1]["outputs"][1]["data"]["application/json"]["n"], 1);
        assert_eq!(json["cells"][1]["execution_count"], 3);
        assert_eq!(json["cells"][1]["metadata"]["mine"], 7);
        assert_eq!(json["metadata"]["x"]["n"], 1.5);
    }

    #[test]
    fn older_notebooks_get_ids() {
        let text = r##"{"nbformat":4,"nbformat_minor":2,"metadata":{},"cells":[
            {"cell_type":"code","metadata":{},"execution_count":null,"source":["1"],"outputs":[]}]}"##;
        let json = Document::parse(text).unwrap().to_json().unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["nbformat_minor"], 5);
        assert!(!value["cells"][0]["id"].as_str().unwrap().is_empty());
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        assert!(Document::parse("hello").unwrap_err().contains("JSON"));
        assert!(Document::parse("{}").unwrap_err().contains("version"));
        let missing = Document::read(Path::new("/nowhere/x.ipynb")).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/x.ipynb"));
    }

    #[test]
    fn headings_and_first_lines() {
        assert_eq!(last_heading("# A\n\n## B ##\n```\n# no\n```", false).as_deref(), Some("B"));
        assert_eq!(last_heading("#no\ntext", false), None);
        assert_eq!(first_line("\n// why\n  let x = 1;\n"), "let x = 1;");
        assert_eq!(first_line("// only"), "// only");
        assert_eq!(first_line("  \n"), "(empty)");
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.html");
        write_whole(&path, "one").unwrap();
        write_whole(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_whole(&folder.path().join("no/x.html"), "x").unwrap_err();
        assert!(error.to_string().contains("--output"), "{error}");
    }
}
