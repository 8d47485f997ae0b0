//! `docs/kql.md`: what of KQL the engine has, with a case that shows each. `KQL_UPDATE=1 cargo test -p kql-polars --test support_table` writes it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use kql::ErrorKind;
use kql_polars::{NoTables, Options, aggregates, functions, run};
use serde_json::Value as Json;

/// Every tabular operator with a query that uses it. Those that the engine refuses are found by running it.
const OPERATORS: &[(&str, &str)] = &[
    ("as", "print x = 1 | as T | union T"),
    ("consume", "print x = 1 | consume"),
    ("count", "print x = 1 | count"),
    ("datatable", "datatable (x: long) [1, 2]"),
    ("distinct", "print x = 1 | distinct x"),
    (
        "evaluate active_users_count",
        "datatable (u: string, t: long) ['a', 1] | evaluate active_users_count(u, t, 1, 2, 1, 1, 1, 1)",
    ),
    (
        "evaluate activity_counts_metrics",
        "datatable (u: string, t: long) ['a', 1] | evaluate activity_counts_metrics(u, t, 1, 2, 1)",
    ),
    (
        "evaluate activity_engagement",
        "datatable (u: string, t: long) ['a', 1] | evaluate activity_engagement(u, t, 1, 2)",
    ),
    ("evaluate activity_metrics", "datatable (u: string, t: long) ['a', 1] | evaluate activity_metrics(u, t, 1, 2, 1)"),
    ("evaluate autocluster", "print x = 1 | evaluate autocluster()"),
    ("evaluate bag_unpack", "print d = dynamic({'a': 1}) | evaluate bag_unpack(d)"),
    ("evaluate basket", "print x = 1 | evaluate basket()"),
    ("evaluate dcount_intersect", "print x = 1 | summarize a = hll(x), b = hll(x) | evaluate dcount_intersect(a, b)"),
    ("evaluate diffpatterns", "print x = 1 | evaluate diffpatterns(x, 1, 2)"),
    ("evaluate funnel_sequence_completion", "print x = 1 | evaluate funnel_sequence_completion(x)"),
    ("evaluate http_request", "evaluate http_request('https://example.com')"),
    ("evaluate ipv4_lookup", "print ip = '10.0.0.1' | evaluate ipv4_lookup((print net = '10.0.0.0/8'), ip, net)"),
    ("evaluate ipv6_lookup", "print ip = '::1' | evaluate ipv6_lookup((print net = '::/8'), ip, net)"),
    ("evaluate narrow", "print x = 1 | evaluate narrow()"),
    (
        "evaluate new_activity_metrics",
        "datatable (u: string, t: long) ['a', 1] | evaluate new_activity_metrics(u, t, 1, 2, 1)",
    ),
    ("evaluate pivot", "datatable (a: string, b: string) ['x', 'y'] | evaluate pivot(b)"),
    ("evaluate preview", "print x = 1 | evaluate preview(1)"),
    ("evaluate python", "print x = 1 | evaluate python(typeof(*), '')"),
    ("evaluate rolling_percentile", "range t from 1 to 9 step 1 | evaluate rolling_percentile(t, 50, t, 1, 3)"),
    ("evaluate rows_near", "range t from 1 to 9 step 1 | evaluate rows_near(t == 5, 1)"),
    ("evaluate sequence_detect", "print x = 1 | evaluate sequence_detect(x, 1h, 1h, a = x == 1)"),
    ("evaluate session_count", "datatable (u: string, t: long) ['a', 1] | evaluate session_count(u, t, 1, 2, 1, 1)"),
    (
        "evaluate sliding_window_counts",
        "datatable (u: string, t: long) ['a', 1] | evaluate sliding_window_counts(u, t, 1, 2, 1, 1)",
    ),
    ("extend", "print x = 1 | extend y = x"),
    ("externaldata", "externaldata (x: string) ['https://example.com/x.csv']"),
    ("facet", "print x = 1 | facet by x"),
    ("find", "let T = print x = 'a'; find in (T) where x == 'a'"),
    ("fork", "print x = 1 | fork (count)"),
    ("getschema", "print x = 1 | getschema"),
    ("invoke", "let f = (T: (x: long)) { T | extend y = x }; print x = 1 | invoke f()"),
    ("join", "print x = 1 | join (print x = 1) on x"),
    ("limit", "print x = 1 | limit 1"),
    ("lookup", "print x = 1 | lookup (print x = 1, y = 2) on x"),
    ("make-graph", "print a = 1, b = 2 | make-graph a --> b"),
    (
        "make-series",
        "datatable (t: datetime, v: long) [datetime(2020-01-01), 1] | make-series sum(v) on t from datetime(2020-01-01) to datetime(2020-01-03) step 1d",
    ),
    ("mv-apply", "print a = dynamic([1, 2]) | mv-apply a to typeof(long) on (summarize sum(a))"),
    ("mv-expand", "print a = dynamic([1, 2]) | mv-expand a"),
    ("order", "print x = 1 | order by x"),
    ("parse", "print s = 'a=1' | parse s with 'a=' a: long"),
    ("parse-kv", "print s = 'a=1' | parse-kv s as (a: long) with (pair_delimiter = ' ', kv_delimiter = '=')"),
    ("parse-where", "print s = 'a=1' | parse-where s with 'a=' a: long"),
    ("partition", "print x = 1 | partition by x (take 1)"),
    ("print", "print 1"),
    ("project", "print x = 1 | project x"),
    ("project-away", "print x = 1, y = 2 | project-away y"),
    ("project-keep", "print x = 1, y = 2 | project-keep x"),
    ("project-rename", "print x = 1 | project-rename y = x"),
    ("project-reorder", "print x = 1, y = 2 | project-reorder y"),
    ("range", "range x from 1 to 3 step 1"),
    ("reduce", "print s = 'a' | reduce by s"),
    ("render", "print x = 1 | render table"),
    ("sample", "print x = 1 | sample 1"),
    ("sample-distinct", "print x = 1 | sample-distinct 1 of x"),
    ("scan", "range x from 1 to 3 step 1 | scan declare (s: long = 0) with (step a: true => s = x + a.s;)"),
    ("search", "let T = print x = 'a'; search in (T) 'a'"),
    ("serialize", "print x = 1 | serialize"),
    ("sort", "print x = 1 | sort by x"),
    ("summarize", "print x = 1 | summarize sum(x)"),
    ("take", "print x = 1 | take 1"),
    ("top", "print x = 1 | top 1 by x"),
    ("top-hitters", "print x = 1 | top-hitters 1 of x"),
    ("top-nested", "print x = 1 | top-nested 1 of x by sum(x)"),
    ("union", "print x = 1 | union (print x = 2)"),
    ("where", "print x = 1 | where x == 1"),
];

/// Statements and literals, likewise.
const OTHERS: &[(&str, &str)] = &[
    ("let scalar", "let a = 1; print a"),
    ("let table", "let T = print x = 1; T"),
    ("let function", "let f = (x: long, y: long = 2) { x + y }; print f(1)"),
    ("declare query_parameters", "declare query_parameters(x: long = 1); print x"),
    ("declare pattern", "declare pattern p = (x: string)[y: string] { ('a').['b'] = { print 1 }; }; p('a').b"),
    ("set", "set notruncation; print 1"),
    ("alias database", "alias database D = cluster('c').database('d'); print 1"),
    ("restrict access", "restrict access to (T); print 1"),
    ("toscalar", "print toscalar(print 1)"),
    ("column_ifexists()", "print x = 1 | extend y = column_ifexists('z', 2)"),
    ("column_names_of()", "let T = print x = 1; print column_names_of(T)"),
    ("estimate_data_size()", "print x = 1 | extend size = estimate_data_size(*)"),
    ("materialize", "let T = materialize(print x = 1); T"),
    ("table()", "let T = print x = 1; table('T')"),
    ("cluster(), database()", "cluster('c').database('d').T"),
    ("string literals", "print 'a', \"b\", @'c\\d', h'e', ```f```"),
    ("number literals", "print 1, 0x1f, 1.5, 1e3, int(1), long(1), real(nan), decimal(1.5)"),
    ("datetime literals", "print datetime(2020-01-02 03:04:05.1234567), datetime(null)"),
    ("timespan literals", "print 1d, 1.5h, 1tick, timespan(1.02:03:04)"),
    ("dynamic literals", "print dynamic({'a': [1, null, datetime(2020-01-01)]})"),
    ("guid, bool literals", "print guid(74be27de-1e4e-49d9-b579-fe0b331d3642), true"),
];

fn supported(query: &str) -> Result<bool, String> {
    match run(query, &NoTables, &BTreeMap::new(), &Options::default()) {
        Ok(_) => Ok(true),
        Err(e) if e.kind == ErrorKind::Unsupported => Ok(false),
        Err(e) => Err(e.render(query)),
    }
}

fn root(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn cases() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root("tests/data/kql")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let case = |line: &str| {
        let json: Json = serde_json::from_str(line).unwrap();
        (json["id"].as_str().unwrap().to_owned(), json["query"].as_str().unwrap().to_owned())
    };
    text.lines().filter(|l| !l.trim().is_empty()).map(case).collect()
}

/// Up to two documented cases whose query calls the function.
fn shown_by(name: &str, cases: &[(String, String)]) -> String {
    let call = format!("{name}(");
    let calls = |query: &str| {
        let spaceless = query.replace(" (", "(");
        spaceless
            .match_indices(&call)
            .any(|(at, _)| !spaceless[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
    };
    let ids: Vec<&str> = cases.iter().filter(|(_, q)| calls(q)).map(|(id, _)| id.as_str()).take(2).collect();
    ids.join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn document() -> String {
    let cases = cases();
    let mut out = String::from(
        "# KQL in the embedded engine\n\nMade from the engine's own registries: `KQL_UPDATE=1 cargo test --release -p kql-polars --test support_table`.\n\
         Cases are the documented examples in `tests/data/kql`; what is refused gives an error that names it and its place.\n",
    );
    let failures = std::fs::read_to_string(root("tests/data/kql/known_failures.txt")).unwrap();
    let failures: Vec<&str> = failures.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).collect();
    let _ = writeln!(
        out,
        "\n{} of {} documented examples pass. Those that do not:\n",
        cases.len() - failures.len(),
        cases.len()
    );
    for line in failures {
        let _ = writeln!(out, "* {line}");
    }
    for (title, list) in [("Operators", OPERATORS), ("Statements, table functions and literals", OTHERS)] {
        let _ = writeln!(out, "\n## {title}\n\n| name | supported | case |\n|---|---|---|");
        for (name, query) in list {
            let yes = supported(query).unwrap_or_else(|e| panic!("{name}: {e}"));
            let _ = writeln!(out, "| {name} | {} | `{}` |", if yes { "yes" } else { "**refused**" }, cell(query));
        }
    }
    let _ = writeln!(out, "\n## Aggregation functions\n\n| function | what it gives | cases |\n|---|---|---|");
    let mut all: Vec<_> = aggregates::all().collect();
    all.sort_by_key(|f| f.name);
    for f in all {
        let _ = writeln!(out, "| `{}` | {} | {} |", cell(f.signature), cell(f.doc), shown_by(f.name, &cases));
    }
    let _ = writeln!(out, "\n## Scalar functions\n\n| function | what it gives | cases |\n|---|---|---|");
    let mut all: Vec<_> = functions::all().collect();
    all.sort_by_key(|f| f.name);
    for f in all {
        let _ = writeln!(out, "| `{}` | {} | {} |", cell(f.signature), cell(f.doc), shown_by(f.name, &cases));
    }
    out.push_str(
        "\n## Bad input\n\nNo text makes the parser or the binder panic, hang or overflow the stack. Tests bind made-up queries (of the grammar, documented \
         examples with changes, cut texts, words in any order); these commands run as many as wanted, and a failure names the number of its text, which \
         `KQL_FUZZ_FROM` repeats:\n\n```sh\n\
         KQL_FUZZ=10_000_000 cargo test --release -p kql --test fuzz -- --ignored --nocapture\n\
         KQL_FUZZ=1_000_000 cargo test --release -p kql-polars --test fuzz -- --ignored --nocapture\n```\n",
    );
    out
}

#[test]
fn the_table_in_the_docs_is_what_the_engine_has() {
    let made = document();
    let file = root("docs/kql.md");
    if std::env::var_os("KQL_UPDATE").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let (made_lines, kept_lines): (BTreeSet<&str>, BTreeSet<&str>) = (made.lines().collect(), kept.lines().collect());
    let differs: Vec<_> = made_lines.symmetric_difference(&kept_lines).take(10).collect();
    assert!(made == kept, "docs/kql.md is not up to date (KQL_UPDATE=1 writes it): {differs:#?}");
}
