//! A mapping of a configuration while it is read: which of its keys were used, and what is wrong with their values.

use std::cell::RefCell;
use std::path::Path;

use kql_polars::suggest::did_you_mean;

use super::problem::shown;
use super::yaml::{Key, Node, Place, Value};
use super::{Origin, Problem, Setting, Source, Surroundings};

/// What all sections of a file share.
pub(super) struct Reader<'a> {
    pub file: &'a Path,
    /// The folder that relative paths are in.
    pub base: &'a Path,
    pub surroundings: &'a Surroundings,
    pub problems: RefCell<Vec<Problem>>,
}

impl Reader<'_> {
    pub fn origin(&self, at: Place) -> Origin {
        Origin { file: self.file.to_owned(), line: at.line, column: at.column }
    }

    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub fn error(&self, at: Place, message: impl Into<String>, fix: impl Into<String>) {
        self.report(Problem::error(self.origin(at), message).with_fix(fix));
    }

    pub fn warning(&self, at: Place, message: impl Into<String>, fix: impl Into<String>) {
        self.report(Problem::warning(self.origin(at), message).with_fix(fix));
    }
}

/// A mapping, and where in the configuration it is.
pub(super) struct Section<'a> {
    pub reader: &'a Reader<'a>,
    /// `TIProviders.VirusTotal.Args`.
    pub path: String,
    pub at: Place,
    entries: &'a [(Key, Node)],
    used: RefCell<Vec<bool>>,
}

impl<'a> Section<'a> {
    /// The mapping of a node; nothing is an empty one. Anything else is reported.
    pub fn of(reader: &'a Reader<'a>, path: impl Into<String>, node: &'a Node, at: Place) -> Option<Self> {
        let path = path.into();
        let entries: &[(Key, Node)] = match &node.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            _ => {
                let what = if path.is_empty() { "the file".to_owned() } else { shown(&path) };
                reader.error(
                    node.at,
                    format!("{what} is {}, and must be a mapping", node.kind()),
                    "write its keys on lines of their own, indented below it",
                );
                return None;
            }
        };
        let section = Self { reader, path, at, entries, used: RefCell::new(vec![false; entries.len()]) };
        section.report_repeated();
        Some(section)
    }

    /// Keys that come twice. The sections of named things report those themselves.
    fn report_repeated(&self) {
        if self.path.ends_with(".Workspaces") || self.path == "KustoClusters" {
            return;
        }
        for (i, (key, _)) in self.entries.iter().enumerate() {
            if let Some((first, _)) =
                self.entries[..i].iter().find(|(other, _)| other.name.eq_ignore_ascii_case(&key.name))
            {
                self.reader.error(
                    key.at,
                    format!("{} is there twice; first in line {}", shown(&self.child_path(&key.name)), first.at.line),
                    "keep one of the two",
                );
            }
        }
    }

    pub fn child_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// All entries, which are then taken as used.
    pub fn all(&self) -> &'a [(Key, Node)] {
        self.used.borrow_mut().fill(true);
        self.entries
    }

    /// The entry of the first of these keys that is there, case ignored, unless its value is nothing.
    pub fn entry(&self, keys: &[&str]) -> Option<(&'a Key, &'a Node)> {
        let mut found = None;
        for wanted in keys {
            for (i, (key, node)) in self.entries.iter().enumerate() {
                if key.name.eq_ignore_ascii_case(wanted) {
                    self.used.borrow_mut()[i] = true;
                    if !node.is_null() {
                        found = found.or(Some((key, node)));
                    }
                }
            }
        }
        found
    }

    pub fn section(&self, keys: &[&str]) -> Option<Section<'a>> {
        let (key, node) = self.entry(keys)?;
        Self::of(self.reader, self.child_path(&key.name), node, key.at)
    }

    /// A value that may be elsewhere: plain, `EnvironmentVar: NAME`, `KeyVault: [[VAULT/]SECRET]`.
    pub fn setting(&self, keys: &[&str]) -> Option<Setting> {
        let (key, node) = self.entry(keys)?;
        self.setting_of(key, node)
    }

    pub fn setting_of(&self, key: &Key, node: &Node) -> Option<Setting> {
        let path = self.child_path(&key.name);
        let from = self.reader.origin(node.at);
        let source = match &node.value {
            Value::Map(entries) => self.elsewhere(&path, key, entries)?,
            Value::List(_) => {
                let path = shown(&path);
                self.reader.error(node.at, format!("{path} is a list, and must be one value"), "give one value");
                return None;
            }
            _ => Source::Plain(crate::Secret::new(node.text()?)),
        };
        Some(Setting { path, source, from })
    }

    fn elsewhere(&self, path: &str, key: &Key, entries: &[(Key, Node)]) -> Option<Source> {
        const FORMS: &str =
            "write the value itself, `EnvironmentVar: NAME`, or `KeyVault:` with the name of a secret or nothing";
        let [(kind, value)] = entries else {
            let message = format!("{} has {} keys where one is expected", shown(path), entries.len());
            self.reader.error(key.at, message, FORMS);
            return None;
        };
        let text = value.text().map(str::trim).filter(|text| !text.is_empty());
        if kind.name.eq_ignore_ascii_case("EnvironmentVar") {
            let Some(name) = text else {
                self.reader.error(kind.at, format!("{} names no environment variable", shown(path)), FORMS);
                return None;
            };
            if self.reader.surroundings.variables.get(name).is_none() {
                self.reader.warning(
                    value.at,
                    format!("the environment variable {} of {} is not set", shown(name), shown(path)),
                    format!("set it before the notebook or program is started: export {}=…", shown(name)),
                );
            }
            return Some(Source::Environment(name.to_owned()));
        }
        if kind.name.eq_ignore_ascii_case("KeyVault") {
            let named = text.filter(|name| !name.eq_ignore_ascii_case("default"));
            let (vault, secret) = match named.and_then(|name| name.split_once('/')) {
                Some((vault, secret)) => (Some(vault.trim().to_owned()), secret.trim().to_owned()),
                None => (None, named.map_or_else(|| secret_name(path), str::to_owned)),
            };
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if secret.is_empty() || secret.len() > 127 || !secret.chars().all(fits) {
                self.reader.error(
                    value.at,
                    format!("{} names a secret that no key vault can have: {}", shown(path), shown(&secret)),
                    "the name of a secret has letters, digits and hyphens: KeyVault: SECRET or KeyVault: VAULT/SECRET",
                );
                return None;
            }
            return Some(Source::KeyVault { vault, secret });
        }
        let message =
            format!("{} has the key {}, which says nothing about where the value is", shown(path), shown(&kind.name));
        self.reader.error(kind.at, message, FORMS);
        None
    }

    /// A value that has to be known when the file is read: plain, or an environment variable.
    pub fn text(&self, keys: &[&str]) -> Option<(String, Place)> {
        let (key, node) = self.entry(keys)?;
        let setting = self.setting_of(key, node)?;
        let text = match setting.source {
            Source::Plain(text) => text.expose().trim().to_owned(),
            // A variable that is not set was reported already.
            Source::Environment(name) => self.reader.surroundings.variables.get(&name)?.trim().to_owned(),
            Source::KeyVault { .. } => {
                let message = format!("{} cannot be in a key vault: only keys and secrets can", shown(&setting.path));
                self.reader.error(node.at, message, "write the value itself, or EnvironmentVar: NAME");
                return None;
            }
        };
        (!text.is_empty()).then_some((text, node.at))
    }

    /// `true` or `false`.
    pub fn flag(&self, keys: &[&str]) -> Option<bool> {
        let (key, node) = self.entry(keys)?;
        let read = match &node.value {
            Value::Bool(value, _) => Some(*value),
            _ => node.text().and_then(|text| text.trim().to_ascii_lowercase().parse().ok()),
        };
        if read.is_none() {
            let path = self.child_path(&key.name);
            self.reader.error(node.at, format!("{} is {}", shown(&path), node.kind()), "write true or false");
        }
        read
    }

    /// A list of texts; one text counts as a list of one.
    pub fn texts(&self, keys: &[&str]) -> Vec<(String, Place)> {
        let Some((key, node)) = self.entry(keys) else {
            return Vec::new();
        };
        let one = std::slice::from_ref(node);
        let items = if let Value::List(items) = &node.value { items.as_slice() } else { one };
        let mut texts = Vec::new();
        for item in items {
            match item.text().map(str::trim).filter(|text| !text.is_empty()) {
                Some(text) => texts.push((text.to_owned(), item.at)),
                None => {
                    let path = shown(&self.child_path(&key.name));
                    let message = format!("{path} has {} where text is expected", item.kind());
                    self.reader.error(item.at, message, "give a list of texts: [one, two]");
                }
            }
        }
        texts
    }

    /// A GUID, in lower case.
    pub fn guid(&self, keys: &[&str]) -> Option<String> {
        let (text, at) = self.text(keys)?;
        match guid(&text) {
            Some(guid) => Some(guid),
            None => {
                let key = keys.first().copied().unwrap_or_default();
                self.reader.error(
                    at,
                    format!("{} is no GUID: {}", shown(&self.child_path(key)), shown(&text)),
                    "a GUID looks like 8ecf8077-cf51-4820-aadd-14040956f35d; the portal shows it on the overview page",
                );
                None
            }
        }
    }

    /// Warns about keys that nothing has used; `expected` are those it could have meant.
    pub fn finish(&self, expected: &[&str]) {
        for ((key, _), used) in self.entries.iter().zip(self.used.borrow().iter()) {
            if *used || expected.iter().any(|known| known.eq_ignore_ascii_case(&key.name)) {
                continue;
            }
            let place =
                if self.path.is_empty() { "at the top".to_owned() } else { format!("in {}", shown(&self.path)) };
            let fix = did_you_mean(&key.name, expected.iter().copied())
                .unwrap_or_else(|| format!("it is not used; known are: {}", expected.join(", ")));
            self.reader.warning(key.at, format!("unknown key {} {place}", shown(&key.name)), fix);
        }
    }
}

/// A GUID with hyphens, in lower case.
pub(crate) fn guid(text: &str) -> Option<String> {
    let text = text.trim();
    let guid = uuid::Uuid::try_parse(text).ok()?;
    (text.len() == 36).then(|| guid.hyphenated().to_string())
}

/// The name of the secret of a setting that names none: its path, as msticpy has it.
fn secret_name(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
