//! Query files of the folders that `QueryDefinitions` names: `.kql`, and msticpy's `.yaml`.

use std::path::{Path, PathBuf};

use sentinel::config::{Origin, Problem};

use super::QueryFile;
use super::template_file::{self, is_name};
use crate::error::quoted;

/// A folder with more files, or deeper, is no folder of queries.
const MAX_FILES: usize = 2_000;
const MAX_DEPTH: usize = 8;
/// A larger file is no query.
const MAX_BYTES: u64 = 1 << 20;

/// The queries of a folder and the folders in it, by path, and what is wrong with its files.
fn read(folder: &Path) -> (Vec<QueryFile>, Vec<Problem>) {
    let (mut queries, mut problems) = (Vec::new(), Vec::new());
    let mut files = Vec::new();
    collect(folder, 0, &mut files, &mut problems);
    files.sort();
    if files.len() > MAX_FILES {
        let message = format!("the folder has {} query files, and only {MAX_FILES} are read", files.len());
        problems.push(Problem::error(Origin::whole(folder), message).with_fix("name a folder that holds nothing else"));
        files.truncate(MAX_FILES);
    }
    for path in &files {
        match text(path) {
            Ok(text) if is_kql(path) => match kql_file(folder, path, &text) {
                Ok(query) => queries.push(query),
                Err(problem) => problems.push(problem),
            },
            Ok(text) => {
                let (found, wrong) = template_file::read(path, &text);
                queries.extend(found);
                problems.extend(wrong);
            }
            Err(problem) => problems.push(problem),
        }
    }
    (queries, problems)
}

/// Adds the queries of folders to those that are there, and gives what is wrong with their files.
pub fn load<'a>(queries: &mut Vec<QueryFile>, folders: impl IntoIterator<Item = &'a Path>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in folders {
        let (found, wrong) = read(folder);
        problems.extend(wrong);
        problems.extend(add(queries, found));
    }
    problems
}

/// Adds queries to those that are there. A name that is taken is not taken again: others may count on what it gives.
fn add(queries: &mut Vec<QueryFile>, found: Vec<QueryFile>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for query in found {
        let Some(taken) = queries.iter().find(|other| other.name.eq_ignore_ascii_case(&query.name)) else {
            queries.push(query);
            continue;
        };
        let by = taken.from.as_ref().map_or_else(|| "is built in".to_owned(), |from| format!("is in {from}"));
        let at = query.from.unwrap_or_else(|| Origin::whole("query"));
        let message = format!("there is a query {} already: it {by}", query.name);
        problems.push(Problem::error(at, message).with_fix("give this one another name or family"));
    }
    problems
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::error(Origin::whole(folder), format!("the folder cannot be read: {error}")));
            return;
        }
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || files.len() > MAX_FILES * 2 {
            continue;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, depth + 1, files, problems);
            }
        } else if is_kql(&path) || has_extension(&path, &["yaml", "yml"]) {
            files.push(path);
        }
    }
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|w| extension.eq_ignore_ascii_case(w)))
}

fn is_kql(path: &Path) -> bool {
    has_extension(path, &["kql"])
}

fn text(path: &Path) -> Result<String, Problem> {
    let wrong = |message: String| Problem::error(Origin::whole(path), message);
    let size = std::fs::metadata(path).map_err(|e| wrong(format!("the file cannot be read: {e}")))?.len();
    if size > MAX_BYTES {
        return Err(wrong(format!("the file has {size} bytes: a query file has at most {MAX_BYTES}")));
    }
    let bytes = std::fs::read(path).map_err(|e| wrong(format!("the file cannot be read: {e}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong("the file is not UTF-8 text".to_owned()).with_fix("save it as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// A file of one query: its family is what its header says, otherwise the name of its folder.
fn kql_file(root: &Path, path: &Path, text: &str) -> Result<QueryFile, Problem> {
    let name_of = |part: Option<&std::ffi::OsStr>| part.map(|name| name.to_string_lossy().into_owned());
    let stem = name_of(path.file_stem()).unwrap_or_default();
    let below = path.parent().filter(|parent| *parent != root);
    let family = family(text).or_else(|| below.and_then(|parent| name_of(parent.file_name())));
    let family = family.unwrap_or_else(|| "Custom".to_owned());
    let wrong = |message: String, fix: &str| Problem::error(Origin::whole(path), message).with_fix(fix);
    for part in family.split('.').chain([stem.as_str()]) {
        if !is_name(part) {
            return Err(wrong(
                format!("{} cannot be part of a query's name", quoted(part)),
                "name files and folders with letters, digits and _",
            ));
        }
    }
    let name = format!("{family}.{stem}");
    match kql::parse(text) {
        Ok(_) => QueryFile::parse(&name, text)
            .map(|query| QueryFile { from: Some(Origin::whole(path)), ..query })
            .map_err(|error| wrong(error.message, "correct the query")),
        Err(error) => {
            let start = error.span.map_or(0, |span| span.start).min(text.len());
            let before = text.get(..start).unwrap_or_default();
            let line = u64::try_from(before.matches('\n').count() + 1).unwrap_or(0);
            let column = u64::try_from(before.chars().rev().take_while(|c| *c != '\n').count() + 1).unwrap_or(0);
            let mut problem = Problem::error(Origin { line, column, ..Origin::whole(path) }, error.message);
            problem.fix = error.help;
            Err(problem)
        }
    }
}

/// `family: NAME` of the comments at the start.
fn family(text: &str) -> Option<String> {
    let header = text.lines().map_while(|line| line.trim().strip_prefix("//"));
    let value = header.filter_map(|line| line.split_once("family:")).map(|(_, value)| value).next()?;
    value.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    const TEMPLATES: &str = r#"metadata:
  version: 1
  description: Logons
  data_environments: [MSSentinel, Kusto]
  data_families: [Custom_Logons, Accounts.Windows]
  aliases:
    - &filter "| where Computer has \"{host_name}\""
defaults:
  metadata:
    tags: [user]
  parameters:
    start: {description: Query start time, type: datetime}
    end: {description: Query end time, type: datetime}
    table: {description: Table name, type: str, default: SecurityEvent}
    add_query_items: {description: More, type: str, default: ''}
sources:
  list_logons:
    description: Logons of an account
    args:
      query: '
        {table}
        | where TimeGenerated between (datetime({start}) .. datetime({end}))
        | where Account has "{account_name}"
        | where EventID in ({event_ids})
        {add_query_items}'
    parameters:
      account_name: {description: The account, type: str}
      event_ids: {description: Which, type: list, default: [4624, 4625]}
  with_alias:
    args:
      query: *filter
    parameters:
      host_name: {type: str}
  other_service:
    metadata: {data_environments: [Splunk]}
    args: {query: "search index={table}"}
  bad_query:
    args:
      query: |
        SecurityEvent
        | where Account == {account_name}
    parameters:
      account_name: {type: str}
  bad-name:
    args: {query: T}
  no_text:
    description: x
  bad_type:
    args: {query: "T | take {n}"}
    parameters: {n: {type: money}}
"#;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("logons.yaml", TEMPLATES);
        write(
            "mine.kql",
            "// Mine.\n// family: Team    entity: Account    tables: SigninLogs\ndeclare query_parameters(name: string);\nSigninLogs | where UserPrincipalName has name",
        );
        write("Dns/list_names.kql", "\u{feff}DnsEvents | take 5");
        write("Dns/broken.kql", "DnsEvents\n| whree x == 1");
        write("Dns/not a name.kql", "T");
        write("settings.yml", "some: thing");
        write("broken.yaml", "sources: [1\nx: y");
        write(".hidden.kql", "broken |");
        write("readme.txt", "no query");
        folder
    }

    #[test]
    fn a_folder_gives_its_queries_and_what_is_wrong_with_the_others() {
        let folder = folder();
        let (queries, problems) = read(folder.path());
        let names: Vec<&str> = queries.iter().map(|query| query.name.as_str()).collect();
        assert_eq!(names, ["Dns.list_names", "Custom_Logons.list_logons", "Accounts.Windows.list_logons", "Team.mine"]);
        let root = folder.path().display().to_string();
        let said: Vec<String> = problems.iter().map(|problem| problem.to_string().replace(&root, "DIR")).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        DIR/Dns/broken.kql:2:3: error: there is no operator `whree`
          fix: did you mean `where`?
        DIR/Dns/not a name.kql: error: "not a name" cannot be part of a query's name
          fix: name files and folders with letters, digits and _
        DIR/broken.yaml:2:2: error: illegal placement of ':' indicator
        DIR/logons.yaml:7:15: error: the query with_alias cannot be converted: it starts with a `|`: the table before it is missing
          fix: write it as a .kql file with declare query_parameters(…), or change the template
        DIR/logons.yaml:40:9: error: the query bad_query cannot be converted: the parameter account_name stands where KQL is expected, not a value, and has no default
          fix: write it as a .kql file with declare query_parameters(…), or change the template
        DIR/logons.yaml:44:3: error: the query "bad-name" has a name that is none
          fix: a name has letters, digits and _
        DIR/logons.yaml:46:3: error: the query "no_text" has no args.query
          fix: add the text of the query
        DIR/logons.yaml:50:18: error: the parameter "n" of bad_type has the type "money"
          fix: the types are str, int, float, bool, datetime and list
        "#);
    }

    #[test]
    fn a_template_is_a_query_with_parameters() {
        let folder = folder();
        let (queries, _) = read(folder.path());
        let query = queries.iter().find(|query| query.name == "Custom_Logons.list_logons").unwrap();
        insta::assert_snapshot!(query.text, @r#"
        // Logons of an account
        // Here table is SecurityEvent.
        // Here add_query_items is nothing.
        // family: Custom_Logons
        // account_name: The account
        // event_ids: Which
        // start: Query start time
        // end: Query end time
        declare query_parameters(account_name: string, event_ids: dynamic = dynamic([4624,4625]), start: datetime, end: datetime);
        SecurityEvent | where TimeGenerated between (start .. end) | where Account has account_name | where EventID in (event_ids)
        "#);
        assert_eq!(query.family, "Custom_Logons");
        assert_eq!(
            query.description,
            "Logons of an account Here table is SecurityEvent. Here add_query_items is nothing."
        );
        assert_eq!(query.from.as_ref().map(|from| from.line), Some(17));
        let params: Vec<String> =
            query.params.iter().map(|p| format!("{} {} {}", p.name, p.ty, p.has_default)).collect();
        assert_eq!(
            params,
            ["account_name string false", "event_ids dynamic true", "start datetime false", "end datetime false"]
        );
    }

    #[test]
    fn a_name_that_is_taken_is_not_taken_again() {
        let folder = folder();
        let (queries, _) = read(folder.path());
        let mut all = vec![QueryFile { from: None, ..QueryFile::parse("team.MINE", "print 1").unwrap() }];
        let problems = add(&mut all, queries.clone());
        assert_eq!(all.len(), queries.len());
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].message, "there is a query Team.mine already: it is built in");
        assert!(add(&mut all, queries)[0].message.contains("already: it is in"));
    }
}
