//! Finds the configuration, reads it, and keeps what is wrong with it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::find::{AZURE_ML_FILE, find, folders};
use super::section::Reader;
use super::yaml::{self, Node};
use super::{Origin, Problem, Settings, Severity, Surroundings, read};

/// A file larger than this is no configuration.
const MAX_BYTES: u64 = 4 << 20;

/// The configuration, and what is wrong with it. What is wrong in one place keeps nothing else from being used.
#[derive(Debug, Clone)]
pub struct Config {
    /// What it says.
    pub settings: Settings,
    /// What is wrong with it, in the order of the file.
    pub problems: Vec<Problem>,
    /// The files it was read from.
    pub files: Vec<PathBuf>,
    /// Where it was looked for, and what it depends on.
    pub surroundings: Surroundings,
}

impl Config {
    /// Finds and reads the configuration of this process.
    pub fn load() -> Self {
        Self::of(Surroundings::of_process())
    }

    /// Finds and reads the configuration: `msticpyconfig.yaml`, and for the workspace, if that has none, Azure ML's `config.json`.
    pub fn of(surroundings: Surroundings) -> Self {
        match find(&surroundings) {
            Ok(Some(path)) => Self::file(&path, surroundings),
            Ok(None) => Self::nothing(surroundings).with_azure_ml(),
            Err(problem) => Self { problems: vec![problem], ..Self::nothing(surroundings) },
        }
    }

    /// Reads this `msticpyconfig.yaml`.
    pub fn file(path: &Path, surroundings: Surroundings) -> Self {
        let mut config = Self { files: vec![path.to_owned()], ..Self::nothing(surroundings) };
        match parse(path) {
            Ok(node) => {
                let (settings, problems) = config.with_reader(path, |reader| read::settings(reader, &node));
                config.settings = settings;
                config.problems = problems;
            }
            Err(problem) => config.problems.push(problem),
        }
        config.with_azure_ml()
    }

    fn nothing(surroundings: Surroundings) -> Self {
        Self { settings: Settings::default(), problems: Vec::new(), files: Vec::new(), surroundings }
    }

    fn with_reader<T>(&self, path: &Path, read: impl FnOnce(&Reader<'_>) -> T) -> (T, Vec<Problem>) {
        let reader = Reader {
            file: path,
            base: path.parent().unwrap_or(Path::new(".")),
            surroundings: &self.surroundings,
            problems: RefCell::default(),
        };
        let value = read(&reader);
        let mut problems = reader.problems.into_inner();
        problems.sort_by_key(|p| (p.at.line, p.at.column));
        (value, problems)
    }

    /// The workspace of Azure ML's `config.json`, where no workspace is configured.
    fn with_azure_ml(mut self) -> Self {
        if !self.settings.workspaces.is_empty() || self.errors().next().is_some() {
            return self;
        }
        for path in folders(&self.surroundings).into_iter().map(|folder| folder.join(AZURE_ML_FILE)) {
            if !path.is_file() {
                continue;
            }
            let node = match parse(&path) {
                Ok(node) => node,
                Err(mut problem) => {
                    // It may be some other program's.
                    problem.severity = Severity::Warning;
                    self.problems.push(problem);
                    continue;
                }
            };
            let settings = &self.settings;
            let (workspace, problems) = self.with_reader(&path, |reader| read::azure_ml(reader, &node, settings));
            if workspace.is_some() || !problems.is_empty() {
                self.settings.workspaces.extend(workspace);
                self.problems.extend(problems);
                self.files.push(path);
                break;
            }
        }
        self
    }

    /// The problems because of which something is not used.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }

    /// Why the workspace or cluster of this name is not there, if it is there but wrong.
    pub fn error_about(&self, name: &str) -> Option<&Problem> {
        self.errors().find(|problem| problem.about.as_ref().is_some_and(|about| about.eq_ignore_ascii_case(name)))
    }
}

/// Reads a YAML or JSON file.
fn parse(path: &Path) -> Result<Node, Problem> {
    let whole = || Origin::whole(path);
    let unreadable = |error: &std::io::Error| Problem::error(whole(), format!("the file cannot be read: {error}"));
    let size = std::fs::metadata(path).map_err(|e| unreadable(&e))?.len();
    if size > MAX_BYTES {
        return Err(Problem::error(
            whole(),
            format!("the file has {size} bytes: a configuration has at most {MAX_BYTES}"),
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| unreadable(&e))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|b| **b == b'\n').count() + 1;
        let at = Origin { line: u64::try_from(line).unwrap_or(0), ..whole() };
        Problem::error(at, "the file is not UTF-8 text").with_fix("save it as UTF-8")
    })?;
    yaml::parse(&text).map_err(|error| {
        let at = Origin { line: error.at.line, column: error.at.column, ..whole() };
        Problem { fix: error.fix, ..Problem::error(at, error.message) }
    })
}
