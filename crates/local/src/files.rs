//! Which files of a folder belong to which table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::Error;

/// How a file holds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values, also with semicolons or tabs.
    Csv,
    /// A JSON object a line, or one JSON array of objects.
    Json,
}

impl Format {
    /// The format and the table name of a file name such as `Syslog.csv.gz`; `None` if it is not one of a table.
    pub fn of(file_name: &str) -> Option<(Self, &str)> {
        let packed = [".gz", ".zst"].iter().find_map(|end| strip_end(file_name, end));
        let plain = packed.unwrap_or(file_name);
        let formats = [
            (".csv", Self::Csv),
            (".tsv", Self::Csv),
            (".ndjson", Self::Json),
            (".jsonl", Self::Json),
            (".json", Self::Json),
            (".parquet", Self::Parquet),
        ];
        let (format, stem) = formats.iter().find_map(|(end, format)| Some((*format, strip_end(plain, end)?)))?;
        // Parquet is compressed inside; a packed one would have to be unpacked as a whole.
        let unusable = stem.is_empty() || (format == Self::Parquet && packed.is_some());
        (!unusable).then_some((format, stem))
    }
}

/// `text` without `end`, upper or lower case.
fn strip_end<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(end.len())?;
    let (head, tail) = (text.get(..at)?, text.get(at..)?);
    tail.eq_ignore_ascii_case(end).then_some(head)
}

/// One file of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it is.
    pub path: PathBuf,
    /// How it holds its rows.
    pub format: Format,
}

/// The files of one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableFiles {
    /// In the order in which their rows come.
    pub parts: Vec<Part>,
    /// Why the table cannot be used, if it cannot.
    pub problem: Option<String>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The tables by name.
    pub tables: BTreeMap<String, TableFiles>,
    /// What was left out and why.
    pub notes: Vec<String>,
    /// The types given in the folder, if it has a `schema.json`.
    pub schema: Option<PathBuf>,
}

/// Looks through a folder. Hidden files and those that begin with `_` (as Spark and Azure write them) are not looked at.
pub fn find(root: &Path) -> Result<Found, Error> {
    let unreadable = |e: std::io::Error| Error::Unreadable { path: root.to_owned(), reason: e.to_string() };
    match std::fs::metadata(root) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::NotFound(root.to_owned()));
        }
        Err(e) => return Err(unreadable(e)),
        Ok(meta) if !meta.is_dir() => return Err(Error::NotAFolder(root.to_owned())),
        Ok(_) => {}
    }
    let mut found = Found::default();
    for path in sorted_entries(root).map_err(unreadable)? {
        let name = file_name(&path);
        if path.is_dir() {
            let mut parts = Vec::new();
            let problem = collect(&path, &mut parts, &mut found.notes, 0).err();
            if parts.is_empty() && problem.is_none() {
                found.notes.push(format!("the folder {name} is no table: it has no Parquet, CSV or NDJSON files"));
            } else {
                add(&mut found.tables, &name, parts, problem);
            }
        } else if name == "schema.json" {
            found.schema = Some(path);
        } else if let Some((format, stem)) = Format::of(&name) {
            let stem = stem.to_owned();
            add(&mut found.tables, &stem, vec![Part { path, format }], None);
        } else {
            found.notes.push(format!("{name} is no table: its name does not end as one of Parquet, CSV or NDJSON"));
        }
    }
    for (name, table) in &mut found.tables {
        let parquet = table.parts.iter().filter(|p| p.format == Format::Parquet).count();
        if table.problem.is_none() && parquet != 0 && parquet != table.parts.len() {
            table.problem = Some(format!("the folder {name} has Parquet files and others; keep one kind"));
        }
    }
    Ok(found)
}

/// A table that is there twice is one that cannot be used: adding up both would double the rows of a table kept in two formats.
fn add(tables: &mut BTreeMap<String, TableFiles>, name: &str, parts: Vec<Part>, problem: Option<String>) {
    let table = tables.entry(name.to_owned()).or_default();
    if !table.parts.is_empty() {
        table.problem = Some(format!(
            "there is more than one file or folder for the table {name}; keep one of them, or put all part files into one folder {name}"
        ));
    }
    table.problem = table.problem.take().or(problem);
    table.parts.extend(parts);
}

/// Folders deeper than any export's (`y=2024/m=01/d=31/h=23/m=00`): a loop of links.
const MAX_DEPTH: usize = 12;

fn collect(folder: &Path, parts: &mut Vec<Part>, notes: &mut Vec<String>, depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("the folders below {} are nested too deeply", folder.display()));
    }
    for path in sorted_entries(folder).map_err(|e| format!("the folder {} cannot be read: {e}", folder.display()))? {
        if path.is_dir() {
            collect(&path, parts, notes, depth + 1)?;
        } else if let Some((format, _)) = Format::of(&file_name(&path)) {
            parts.push(Part { path, format });
        } else {
            notes.push(format!(
                "{} was left out: its name does not end as one of Parquet, CSV or NDJSON",
                path.display()
            ));
        }
    }
    Ok(())
}

fn sorted_entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.retain(|p| !file_name(p).starts_with(['.', '_']));
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        dir
    }

    #[test]
    fn names_and_formats() {
        assert_eq!(Format::of("Syslog.csv"), Some((Format::Csv, "Syslog")));
        assert_eq!(Format::of("Syslog.CSV.GZ"), Some((Format::Csv, "Syslog")));
        assert_eq!(Format::of("My.Table_CL.ndjson.zst"), Some((Format::Json, "My.Table_CL")));
        assert_eq!(Format::of("PT1H.json"), Some((Format::Json, "PT1H")));
        assert_eq!(Format::of("T.parquet"), Some((Format::Parquet, "T")));
        assert_eq!(Format::of("T.parquet.gz"), None);
        assert_eq!(Format::of(".csv"), None);
        assert_eq!(Format::of("ü.txt"), None);
        assert_eq!(Format::of("ü"), None);
    }

    #[test]
    fn a_folder_is_a_table_of_its_parts() {
        let dir = folder(&[
            "T/y=2024/m=01/a.json",
            "T/y=2024/m=02/a.json",
            "T/_SUCCESS",
            "notes.txt",
            ".hidden.csv",
            "Empty/readme.md",
        ]);
        let found = find(dir.path()).unwrap();
        assert_eq!(found.tables.keys().collect::<Vec<_>>(), ["T"]);
        assert_eq!(found.tables["T"].parts.len(), 2);
        assert_eq!(found.notes.len(), 3, "{:?}", found.notes);
    }

    #[test]
    fn a_table_kept_twice_is_a_problem_of_that_table_only() {
        let dir = folder(&["A.csv", "A.parquet", "B.csv", "C/1.csv", "C/2.parquet"]);
        let found = find(dir.path()).unwrap();
        assert!(found.tables["A"].problem.as_ref().unwrap().contains("more than one file"));
        assert!(found.tables["C"].problem.as_ref().unwrap().contains("keep one kind"));
        assert_eq!(found.tables["B"].problem, None);
    }

    #[test]
    fn not_a_folder() {
        let dir = folder(&["A.csv"]);
        assert!(matches!(find(&dir.path().join("nowhere")), Err(Error::NotFound(_))));
        assert!(matches!(find(&dir.path().join("A.csv")), Err(Error::NotAFolder(_))));
    }
}
