//! The query files and what their headers say.

use std::sync::OnceLock;

use kql::KqlType;
use kql::ast::{ParamType, Statement};
use sentinel::config::{Config, Origin, Problem};

use super::custom;
use crate::error::Error;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/queries.rs"));
}

/// A parameter of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryParam {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: KqlType,
    /// Whether the query runs without it.
    pub has_default: bool,
}

/// A query of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFile {
    /// `Family.name`.
    pub name: String,
    /// The part before the dot.
    pub family: String,
    /// What the query gives.
    pub description: String,
    /// The entities it is a pivot of: `Account`, `IpAddress`, …
    pub entities: Vec<String>,
    /// Its short name as a pivot.
    pub pivot: Option<String>,
    /// The tables it reads.
    pub tables: Vec<String>,
    /// For a query whose parameter is a list: the column of the result that says which value of the list a row is for.
    pub key: Option<String>,
    /// Its parameters, in order.
    pub params: Vec<QueryParam>,
    /// Its text, header included.
    pub text: String,
    /// The file it is in; none when it is built in.
    pub from: Option<Origin>,
}

impl QueryFile {
    /// Reads a query file.
    ///
    /// # Errors
    /// When the text is not KQL.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let script = kql::parse(text).map_err(|e| Error::query(name, text, &e))?;
        let mut params = Vec::new();
        for statement in &script.statements {
            if let Statement::QueryParameters(declared) = statement {
                for param in declared {
                    if let ParamType::Scalar(ty) = param.ty {
                        params.push(QueryParam {
                            name: param.name.name.clone(),
                            ty,
                            has_default: param.default.is_some(),
                        });
                    }
                }
            }
        }
        let mut description = Vec::new();
        let (mut entities, mut pivot, mut tables, mut result_key) = (Vec::new(), None, Vec::new(), None);
        for line in text.lines().map_while(|line| line.trim().strip_prefix("//")).map(str::trim) {
            if !line.contains("family:") {
                description.push(line);
                continue;
            }
            for (key, value) in header_fields(line) {
                let list = || value.split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect();
                match key {
                    "entity" => entities = list(),
                    "pivot" => pivot = Some(value.to_owned()),
                    "tables" => tables = list(),
                    "key" => result_key = Some(value.to_owned()),
                    _ => {}
                }
            }
            break;
        }
        Ok(Self {
            family: name.split('.').next().unwrap_or_default().to_owned(),
            name: name.to_owned(),
            description: description.join(" "),
            entities,
            pivot,
            tables,
            key: result_key,
            params,
            text: text.to_owned(),
            from: None,
        })
    }
}

impl QueryFile {
    /// Whether its text limits every table that it reads to the time from `start` to `end`, both included, before anything else. A service
    /// may then be told so beside the text, which changes nothing of the answer. Queries of others are not looked into.
    pub fn is_within_its_times(&self) -> bool {
        const FILTER: &str = "| where TimeGenerated between (start .. end)";
        if self.from.is_some() || self.tables.is_empty() {
            return false;
        }
        let lines = self.text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let text = lines.collect::<Vec<_>>().join(" ");
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        // A table may be named by a text.
        if text.contains("table(") {
            return false;
        }
        self.tables.iter().all(|table| {
            let mut read = text.match_indices(table.as_str()).peekable();
            let there = read.peek().is_some();
            there
                && read.all(|(at, _)| {
                    let (before, after) = (&text[..at], &text[at + table.len()..]);
                    let is_text = before.ends_with('"') && after.starts_with('"');
                    let is_other = before.ends_with(is_name) || after.starts_with(is_name);
                    is_text || is_other || after.trim_start().starts_with(FILTER)
                })
        })
    }
}

/// `key: value` pairs of a header line; a value ends where the next key starts.
fn header_fields(line: &str) -> Vec<(&str, &str)> {
    const KEYS: [&str; 5] = ["family", "entity", "pivot", "tables", "key"];
    let mut starts: Vec<(usize, &str)> = KEYS
        .iter()
        .filter_map(|key| {
            line.match_indices(key)
                .find(|(i, _)| line[i + key.len()..].starts_with(':') && (*i == 0 || line[..*i].ends_with(' ')))
                .map(|(i, _)| (i, *key))
        })
        .collect();
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|(i, _)| *i).chain([line.len()]);
    starts.iter().zip(ends).map(|((start, key), end)| (*key, line[start + key.len() + 1..end].trim())).collect()
}

/// The library: what is built in, then the queries of the configured folders.
#[derive(Debug)]
struct Library {
    queries: Vec<QueryFile>,
    problems: Vec<Problem>,
}

/// The queries that are built in, by name.
///
/// # Errors
/// When a query file is not KQL.
pub fn built_in() -> Result<Vec<QueryFile>, Error> {
    embedded::FILES.iter().map(|(name, text)| QueryFile::parse(name, text)).collect()
}

/// Read once: a notebook that changes a query file starts the engine again.
fn library() -> Result<&'static Library, Error> {
    static LIBRARY: OnceLock<Result<Library, Error>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let mut queries = built_in()?;
        let config = Config::load();
        let problems =
            custom::load(&mut queries, config.settings.query_folders.iter().map(|(folder, _)| folder.as_path()));
        Ok(Library { queries, problems })
    });
    library.as_ref().map_err(Clone::clone)
}

/// All queries of the library, what is built in by name, then those of the folders that `QueryDefinitions` names.
///
/// # Errors
/// When a query file that is built in is not KQL.
pub fn all() -> Result<&'static [QueryFile], Error> {
    Ok(&library()?.queries)
}

/// What is wrong with the query files of the folders that `QueryDefinitions` names.
///
/// # Errors
/// As [`all`].
pub fn problems() -> Result<&'static [Problem], Error> {
    Ok(&library()?.problems)
}

/// The query of this name (`Azure.list_aad_signins_for_account`, case ignored).
///
/// # Errors
/// When there is none: the error lists the nearest names.
pub fn find(name: &str) -> Result<&'static QueryFile, Error> {
    let all = all()?;
    all.iter()
        .find(|q| q.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| Error::unknown("query", name, all.iter().map(|q| q.name.as_str())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_query_of_the_library_parses_and_has_its_header() {
        let all = all().unwrap();
        assert!(all.len() >= 75, "{}", all.len());
        for query in all {
            assert!(query.description.ends_with('.'), "{}: {:?}", query.name, query.description);
            assert!(!query.tables.is_empty(), "{}", query.name);
            assert!(!query.entities.is_empty(), "{}", query.name);
            for needed in ["start", "end"] {
                assert!(query.params.iter().any(|p| p.name == needed && p.ty == KqlType::DateTime), "{}", query.name);
            }
            // A query that takes a list says which of its values each row is for, and only such a query does.
            let takes_list = query.params.iter().any(|p| p.ty == KqlType::Dynamic && !p.has_default);
            assert_eq!(takes_list, query.key.is_some(), "{}", query.name);
        }
    }

    #[test]
    fn a_query_that_reads_rows_of_other_times_is_told() {
        let is_within = |body: &str| {
            let text = format!(
                "// D.\n// family: F    entity: Account    tables: A, Ab\ndeclare query_parameters(start: datetime, end: datetime);\n{body}"
            );
            QueryFile::parse("F.q", &text).unwrap().is_within_its_times()
        };
        let within = "| where TimeGenerated between (start .. end)";
        assert!(is_within(&format!("union (A\n {within}), (Ab {within})")));
        assert!(!is_within(&format!("union (A {within}), Ab")));
        assert!(!is_within(&format!("A {within} | join (A | where TimeGenerated > ago(14d)) on x")));
        assert!(is_within(&format!("union (A {within} | extend x = \"A\"), (Ab {within})")));
        assert!(!is_within("A | where TimeGenerated > start"));
        assert!(!is_within(&format!("union (A {within}), (Ab {within}), table(\"A\")")));
        // Those that look further back have a parameter for it.
        for query in all().unwrap().iter().filter(|query| query.from.is_none()) {
            let looks_back = query.params.iter().any(|param| param.name == "lookback");
            assert_eq!(query.is_within_its_times(), !looks_back, "{}", query.name);
        }
    }

    #[test]
    fn a_header_gives_its_fields() {
        let query = QueryFile::parse(
            "F.q",
            "// Does\n// this.\n// family: F    entity: Account, Host    pivot: p    tables: A, B\ndeclare query_parameters(x: long = 1);\nprint x",
        )
        .unwrap();
        assert_eq!(query.description, "Does this.");
        assert_eq!(query.entities, ["Account", "Host"]);
        assert_eq!(query.pivot.as_deref(), Some("p"));
        assert_eq!(query.tables, ["A", "B"]);
        assert_eq!(query.params, [QueryParam { name: "x".into(), ty: KqlType::Long, has_default: true }]);
    }
}
