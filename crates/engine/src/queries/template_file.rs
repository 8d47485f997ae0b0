//! msticpy's YAML files of query templates.
//!
//! Source: <https://msticpy.readthedocs.io/en/latest/extending/Queries.html>

use std::collections::BTreeMap;
use std::path::Path;

use sentinel::config::yaml::{Node, Place, Value, parse};
use sentinel::config::{Origin, Problem};

use super::QueryFile;
use super::templates::{TemplateParam, TemplateType, convert};
use crate::error::quoted;

/// Where queries that we can run are meant to run.
const ENVIRONMENTS: [&str; 8] = [
    "loganalytics",
    "azuresentinel",
    "azuresecuritycenter",
    "mssentinel",
    "mssentinel_new",
    "mssentinel_legacy",
    "kusto",
    "kusto_new",
];

/// The queries of a file, and what is wrong with it. A file that is for other services only, or holds no queries, gives nothing.
pub fn read(path: &Path, text: &str) -> (Vec<QueryFile>, Vec<Problem>) {
    let mut file = TemplateFile { path, queries: Vec::new(), problems: Vec::new() };
    match parse(text) {
        Ok(node) if node.get("sources").is_some() => file.sources(&node),
        // Some other YAML.
        Ok(_) => {}
        Err(error) => {
            let mut problem = Problem::error(file.origin(error.at), error.message);
            problem.fix = error.fix;
            file.problems.push(problem);
        }
    }
    (file.queries, file.problems)
}

struct TemplateFile<'a> {
    path: &'a Path,
    queries: Vec<QueryFile>,
    problems: Vec<Problem>,
}

impl TemplateFile<'_> {
    fn origin(&self, at: Place) -> Origin {
        Origin { file: self.path.to_owned(), line: at.line, column: at.column }
    }

    fn error(&mut self, at: Place, message: String, fix: &str) {
        self.problems.push(Problem::error(self.origin(at), message).with_fix(fix));
    }

    fn sources(&mut self, node: &Node) {
        let defaults = node.get("defaults");
        let Some(sources) = node.get("sources") else { return };
        for (key, source) in sources.entries() {
            let name = key.name.as_str();
            if !is_name(name) {
                self.error(
                    key.at,
                    format!("the query {} has a name that is none", quoted(name)),
                    "a name has letters, digits and _",
                );
                continue;
            }
            let metadata = |key: &str| {
                let own = source.get("metadata").and_then(|metadata| metadata.get(key));
                own.or_else(|| defaults.and_then(|d| d.get("metadata")).and_then(|metadata| metadata.get(key)))
                    .or_else(|| node.get("metadata").and_then(|metadata| metadata.get(key)))
            };
            let environments = texts(metadata("data_environments"));
            let ours = |name: &String| ENVIRONMENTS.contains(&name.to_ascii_lowercase().as_str());
            if !environments.is_empty() && !environments.iter().any(ours) {
                continue;
            }
            let mut families = texts(metadata("data_families"));
            if families.is_empty() {
                families.push("Custom".to_owned());
            }
            let Some(template) = source.get("args").and_then(|args| args.get("query")) else {
                self.error(
                    key.at,
                    format!("the query {} has no args.query", quoted(name)),
                    "add the text of the query",
                );
                continue;
            };
            let Some(text) = template.text() else {
                self.error(
                    template.at,
                    format!("args.query of {name} is {}", template.kind()),
                    "give the text of the query",
                );
                continue;
            };
            let Some(params) = self.params(name, source, defaults) else { continue };
            let macros = macros(source).into_iter().chain(defaults.map(macros).unwrap_or_default()).rev().collect();
            match convert(text, &params, &macros) {
                Ok(converted) => {
                    let description = source.get("description").and_then(Node::text).unwrap_or_default();
                    for family in &families {
                        let header = header(description, family, &params, &converted.fixed);
                        self.add(family, name, &format!("{header}{}", converted.text), key.at);
                    }
                }
                Err(message) => {
                    let at = if template.defined.line > 0 { template.defined } else { key.at };
                    self.error(
                        at,
                        format!("the query {name} cannot be converted: {message}"),
                        "write it as a .kql file with declare query_parameters(…), or change the template",
                    );
                }
            }
        }
    }

    fn add(&mut self, family: &str, name: &str, text: &str, at: Place) {
        let full = format!("{family}.{name}");
        if !family.split('.').all(is_name) {
            self.error(
                at,
                format!("the family {} of {name} is no name", quoted(family)),
                "a name has letters, digits and _",
            );
            return;
        }
        match QueryFile::parse(&full, text) {
            Ok(query) => self.queries.push(QueryFile { from: Some(self.origin(at)), ..query }),
            Err(error) => self.error(at, error.message, "correct the query"),
        }
    }

    /// The parameters of a query, its own before those of the file.
    fn params(&mut self, query: &str, source: &Node, defaults: Option<&Node>) -> Option<Vec<TemplateParam>> {
        let mut params: Vec<TemplateParam> = Vec::new();
        let mut good = true;
        for node in [source.get("parameters"), defaults.and_then(|d| d.get("parameters"))].into_iter().flatten() {
            for (key, given) in node.entries() {
                if params.iter().any(|param| param.name == key.name) {
                    continue;
                }
                let ty = given.get("type").and_then(Node::text).map(str::trim).unwrap_or("str");
                let Some(ty) = TemplateType::parse(ty) else {
                    let message = format!("the parameter {} of {query} has the type {}", quoted(&key.name), quoted(ty));
                    self.error(key.at, message, "the types are str, int, float, bool, datetime and list");
                    good = false;
                    continue;
                };
                params.push(TemplateParam {
                    name: key.name.clone(),
                    ty,
                    default: given.get("default").and_then(default),
                    description: given.get("description").and_then(Node::text).unwrap_or_default().to_owned(),
                });
            }
        }
        good.then_some(params)
    }
}

/// The text of a default: of a list, its items as JSON.
fn default(node: &Node) -> Option<String> {
    match &node.value {
        Value::List(items) => {
            let item = |node: &Node| match &node.value {
                // A number is compared with numbers.
                Value::Number(text) => serde_json::from_str(text).ok().or_else(|| Some(text.clone().into())),
                _ => node.text().map(serde_json::Value::from),
            };
            serde_json::to_string(&items.iter().filter_map(item).collect::<Vec<_>>()).ok()
        }
        _ => node.text().map(str::to_owned),
    }
}

fn macros(source: &Node) -> BTreeMap<String, String> {
    let all = source.get("query_macros").map(Node::entries).unwrap_or_default();
    all.iter()
        .filter_map(|(key, node)| {
            let value = node.get("value").unwrap_or(node).text()?;
            Some((key.name.clone(), value.to_owned()))
        })
        .collect()
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().filter_map(Node::text).map(str::to_owned).collect(),
        Some(_) => node.and_then(Node::text).map(str::to_owned).into_iter().collect(),
        None => Vec::new(),
    }
}

pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The header of a query file, from what the template says about itself.
fn header(description: &str, family: &str, params: &[TemplateParam], fixed: &[(String, String)]) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace("family:", "family");
    let mut header = format!("// {}\n", line(description));
    for (name, text) in fixed {
        let text = if text.trim().is_empty() { "nothing".to_owned() } else { line(text) };
        header.push_str(&format!("// Here {name} is {text}.\n"));
    }
    header.push_str(&format!("// family: {family}\n"));
    // Parameters say what they are for where the query's author can read it.
    for param in params.iter().filter(|p| !p.description.is_empty() && !fixed.iter().any(|(name, _)| *name == p.name)) {
        header.push_str(&format!("// {}: {}\n", param.name, line(&param.description)));
    }
    header
}
