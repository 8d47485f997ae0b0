//! Functions called as their documentation pages show, with the results that the pages give
//! (<https://learn.microsoft.com/kusto/query/scalar-functions>).

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;

use kql::Value;
use kql_polars::{NoTables, Options, run};

/// The columns of a query, and its rows, cells between `|`.
fn table(query: &str) -> String {
    let table = run(query, &NoTables, &BTreeMap::new(), &Options::default())
        .unwrap_or_else(|e| panic!("{query}\n{}", e.render(query)));
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let mut lines = vec![names.join("|")];
    for row in 0..table.rows() {
        let cells: Vec<String> = (0..table.columns.len()).map(|c| text(&table.value(row, c).unwrap())).collect();
        lines.push(cells.join("|"));
    }
    lines.join("; ")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => v.to_string(),
        Value::String(v) => v.clone(),
        Value::Dynamic(v) => v.to_string(),
        other => panic!("{other:?} is of no type that these examples give"),
    }
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(query, wanted)| {
            let found = table(query);
            (found != *wanted).then(|| format!("{query}\n  is     {found}\n  wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn error(query: &str) -> String {
    match run(query, &NoTables, &BTreeMap::new(), &Options::default()) {
        Ok(_) => panic!("{query} is no error"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn column_names() {
    check(&[
        ("let T = datatable(A:string, B:int) []; print Columns=column_names_of(T)", r#"Columns; ["A","B"]"#),
        (
            r#"let MyFunction1 = () { print A="", B=1 }; print Columns=column_names_of(MyFunction1())"#,
            r#"Columns; ["A","B"]"#,
        ),
        (
            r#"let MyFunction1 = (param1:int) { print A="", B=1 }; print Columns=column_names_of(MyFunction1(1))"#,
            r#"Columns; ["A","B"]"#,
        ),
        (
            "let T = datatable(A:string, B:int) ['x', 1]; T | extend n = array_length(column_names_of(T))",
            "A|B|n; x|1|2",
        ),
    ]);
    assert!(error("print column_names_of(1)").contains("needs one argument: a table"));
    assert!(error("print column_names_of()").contains("needs one argument: a table"));
}

#[test]
fn terms_that_are_no_strings() {
    check(&[(
        r#"print
 idx1 = has_any_index("this is an example", dynamic(['this', 'example'])),
 idx2 = has_any_index("this is an example", dynamic(['not', 'example'])),
 idx3 = has_any_index("this is an example", dynamic(['not', 'found'])),
 idx4 = has_any_index("Example number 2", range(1, 3, 1)),
 idx5 = has_any_index("this is an example", dynamic([]))"#,
        "idx1|idx2|idx3|idx4|idx5; 0|1|-1|1|-1",
    )]);
}

#[test]
fn digests() {
    check(&[
        (
            "range x from 1 to 1000 step 1 | summarize t_x=tdigest(x) | project rank_of_685=rank_tdigest(t_x, 685)",
            "rank_of_685; 685",
        ),
        (
            "range x from 1 to 1000 step 1 | summarize t=tdigest(x) | project p=percentrank_tdigest(t, 250), n=rank_tdigest(t, 0), m=rank_tdigest(t, 5000.5)",
            "p|n|m; 25|0|1000",
        ),
        (
            "range x from 1 to 100 step 1 | summarize t=tdigest(x) | project a=percentiles_array_tdigest(t, range(0, 100, 50), typeof(int)), b=percentile_array_tdigest(t, 5, 95)",
            "a|b; [1,50,100]|[5,95]",
        ),
        (
            "range x from 1 to 4 step 1 | summarize t=tdigest(x) | project percentile_tdigest(t, 100), percentile_tdigest(t, 25, typeof(long)), rank_tdigest(t, 2)",
            "percentile_tdigest_t|percentile_tdigest_t1|Column1; 4|1|2",
        ),
        (
            "range x from 1 to 100 step 1 | summarize t=tdigest(x) | project wrong=percentiles_array_tdigest(t, 101)",
            "wrong; null",
        ),
    ]);
    assert!(error("print rank_tdigest(dynamic([]), 'a')").contains("a number, a datetime or a timespan"));
}

#[test]
fn distinct_counts_to_merge() {
    check(&[
        (
            "range x from 1 to 100 step 1 | summarize h = hll(x % 10) by bin(x, 50) | summarize m = hll_merge(h) | project dcount_hll(m)",
            "dcount_hll_m; 10",
        ),
        (
            "range x from 1 to 9 step 1 | summarize hll(x), a = dcount_hll(hll_if(x, x > 5)), b = dcount_hll(hll_if(x, x > 50))",
            "hll_x|a|b; [1,2,3,4,5,6,7,8,9]|4|0",
        ),
        (
            "datatable(d:dynamic) [dynamic([1,2]), dynamic([1,3]), dynamic([1,2])] | summarize n = dcount_hll(hll(d))",
            "n; 2",
        ),
    ]);
}

#[test]
fn runtime_types() {
    check(&[("print a = gettype(123.45), b = gettype(1), c = gettype(dynamic(1.5))", "a|b|c; real|long|double")]);
}

#[test]
fn merging_within_a_row() {
    check(&[
        (
            "range x from 1 to 10 step 1 | summarize a = hll(x), b = hll(x + 5) | project n = dcount_hll(hll_merge(a, b))",
            "n; 15",
        ),
        (
            "range x from 1 to 10 step 1 | summarize a = tdigest(x), b = tdigest(x + 10) | project m = tdigest_merge(a, b) | project top = percentile_tdigest(m, 100), n = rank_tdigest(m, 15)",
            "top|n; 20|15",
        ),
    ]);
}

#[test]
fn older_names() {
    check(&[
        ("print array_strcat(dynamic([1, 2, 3]), '->')", "print_0; 1->2->3"),
        ("datatable(a:string) ['x', 'x', 'y'] | serialize r = row_rank(a)", "a|r; x|1; x|1; y|2"),
    ]);
}

#[test]
fn names_of_percentiles() {
    check(&[(
        "range x from 1 to 100 step 1 | summarize percentiles_array(x, 5, 25, 50), avg(x), percentile(x, 95)",
        "percentiles_x|avg_x|percentile_x_95; [5,25,50]|50.5|95",
    )]);
}
