#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures::future::{BoxFuture, FutureExt};
use kql::time::{TICKS_PER_HOUR, UNIX_EPOCH_TICKS};
use kql::{KqlType, Value};
use kql_polars::{Column, KqlTable, Options, PARTIAL, SourceColumn, TableSource, Tables};
use polars::prelude::{DataFrame, IntoColumn, IntoLazy, NamedFrom, Series};

use super::*;
use crate::fault::{Fault, FaultKind};

#[test]
fn what_looks_at_one_row_at_a_time_can_be_split() {
    for text in [
        "T",
        "SigninLogs | where UserPrincipalName has 'a' | extend x = tolower(y) | project TimeGenerated, x",
        "let n = 'x'; let S = T | where a == n; S | where b > 1",
        "union T, U | where a == 1",
        "union isfuzzy=true withsource=W Sec*, T | where a == 1",
        "T | parse Message with 'x' a: long ' ' b | mv-expand c | project-away d | sort by TimeGenerated desc, c asc",
        "T | where a in ('x', 'y') and b between (1 .. 2) | sort by a asc",
        "workspace('w').T | where now() - TimeGenerated < 1h",
        "_Im_Authentication(starttime = ago(1d)) | where a == 1",
        "T | union (U | where x == 1)",
    ] {
        Plan::new(text, "TimeGenerated").unwrap_or_else(|why| panic!("{text}: {why}"));
    }
}

#[test]
fn what_looks_at_several_rows_cannot() {
    for (text, why) in [
        ("T | summarize count() by a", "it has summarize"),
        ("T | top 10 by a", "it has top"),
        ("T | take 5", "it has take"),
        ("T | count", "it has count"),
        ("T | distinct a", "it has distinct"),
        ("T | join U on a", "it has join"),
        ("T | where a in (U)", "it looks values up in U, which may be a table"),
        ("T | where a in ((U | project a))", "it has a query within the query"),
        ("let n = U | project a; T | where a in (n)", "it uses n, which is a table"),
        ("let n = toscalar(U | count); T | where a == n", "it calls toscalar"),
        ("T | serialize | extend p = prev(a)", "it has serialize"),
        ("T | sort by a asc | extend p = prev(a)", "it calls prev"),
        ("let f = (x: long) { x + 1 }; T | extend b = f(a)", "it calls f"),
        ("T | extend b = my_stored_function(a)", "it calls my_stored_function, which is not known here"),
        ("let S = T | summarize count(); S", "it has summarize"),
        ("T | sort by a asc | extend b = 1", "it sorts by something else than the time"),
        ("T | sort by TimeGenerated asc | take 3", "it has take"),
        (
            "T | extend TimeGenerated = bin(TimeGenerated, 1d) | sort by TimeGenerated asc | project a",
            "it sorts by something else than the time",
        ),
        ("print 1", "it starts with print"),
        ("search 'x'", "it starts with search"),
        ("datatable(a: long) [1]", "it reads a datatable"),
        ("T | evaluate bag_unpack(a)", "it has evaluate"),
        ("T; U", "it has several results"),
        ("T |", "its text could not be analysed"),
    ] {
        assert_eq!(Plan::new(text, "TimeGenerated").unwrap_err(), why, "{text}");
    }
}

#[test]
fn the_filter_is_behind_each_table() {
    let hour = |n: i64| UNIX_EPOCH_TICKS + n * TICKS_PER_HOUR;
    let part = |text: &str| Plan::new(text, "TimeGenerated").unwrap().part(Some(hour(1)), Some(hour(2)));
    let filter = "where TimeGenerated >= datetime(1970-01-01T01:00:00.0000000Z) and TimeGenerated < datetime(1970-01-01T02:00:00.0000000Z)";
    assert_eq!(part("T // all\n| where a"), format!("T | {filter} // all\n| where a"));
    assert_eq!(
        part("let S = T | where a; union S, U, (V | where b) | project c"),
        format!("let S = T | {filter} | where a; union S, (U | {filter}), (V | {filter} | where b) | project c")
    );
    assert_eq!(part("union Sec*, T | where a"), format!("union Sec*, T | {filter} | where a"));
    let plan = Plan::new("let n = 1; T | where a == n | where b | project c", "TimeGenerated").unwrap();
    assert_eq!(
        plan.bounds(),
        "let n = 1; T | where a == n | where b\n| summarize Start = min(TimeGenerated), End = max(TimeGenerated)"
    );
    assert_eq!(
        plan.part(None, Some(hour(1))),
        "let n = 1; T | where TimeGenerated < datetime(1970-01-01T01:00:00.0000000Z) or isnull(TimeGenerated) | where a == n | where b | project c"
    );
    for text in [part("union S, T"), part("T | union (U), V | sort by TimeGenerated asc")] {
        kql::parse(&text).unwrap_or_else(|error| panic!("{}", error.render(&text)));
    }
}

/// A service with one table, which gives at most so many rows at a time.
struct Limited {
    tables: Tables,
    most: usize,
    /// Whether it gives the first of too many rows, or none.
    keeps: bool,
    asked: Mutex<Vec<String>>,
}

impl Part for Limited {
    fn fetch<'a>(&'a self, text: String) -> BoxFuture<'a, Result<Outcome, Fault>> {
        async move {
            let table = kql_polars::run(&text, &self.tables, &BTreeMap::new(), &Options::default())
                .map_err(|error| Fault::new(FaultKind::Query, error.render(&text)))?;
            self.asked.lock().unwrap().push(text);
            if table.rows() <= self.most {
                return Ok(Outcome { table, partial: None });
            }
            let fault = Fault::new(FaultKind::Limit, format!("more than {} rows", self.most));
            if !self.keeps {
                return Err(fault);
            }
            let frame = table.frame.head(Some(self.most));
            Ok(Outcome { table: KqlTable { frame, ..table }, partial: Some(fault) })
        }
        .boxed()
    }
}

/// Rows with these times (in seconds; none for a row without a time) and their number.
fn limited(times: &[Option<i64>], most: usize, keeps: bool) -> Limited {
    let ticks: Vec<Option<i64>> =
        times.iter().map(|t| t.map(|t| UNIX_EPOCH_TICKS + t * kql::time::TICKS_PER_SECOND)).collect();
    let numbers: Vec<i64> = (0..times.len() as i64).collect();
    let columns =
        vec![Series::new("TimeGenerated".into(), ticks).into_column(), Series::new("n".into(), numbers).into_column()];
    let frame = DataFrame::new(times.len(), columns).unwrap();
    let column = |name: &str, ty| SourceColumn { name: name.into(), ty, stored: kql_polars::typed::polars_type(ty) };
    let columns = vec![column("TimeGenerated", KqlType::DateTime), column("n", KqlType::Long)];
    let source = TableSource { frame: frame.lazy(), columns, notes: Vec::new() };
    let tables = Tables { tables: [("T".to_owned(), source)].into(), now: None };
    Limited { tables, most, keeps, asked: Mutex::default() }
}

fn numbers(table: &KqlTable) -> Vec<i64> {
    let at = table.position("n").unwrap();
    let number = |row| match table.value(row, at).unwrap() {
        Value::Long(n) => n,
        other => panic!("{other:?}"),
    };
    (0..table.rows()).map(number).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    #[test]
    fn parts_have_every_row_once_and_in_order(
        mut times in proptest::collection::vec(proptest::option::weighted(0.9, 0..5_000i64), 1..60),
        most in 5..20usize,
        keeps: bool,
        ranged: bool,
    ) {
        // At most four rows of one second, so that every part can be small enough.
        let mut seen = std::collections::HashMap::new();
        times.retain(|time| { let n = seen.entry(*time).or_insert(0); *n += 1; *n <= 2 });
        let service = limited(&times, most, keeps);
        let second = |s: i64| UNIX_EPOCH_TICKS + s * kql::time::TICKS_PER_SECOND;
        let policy = SplitPolicy { range: ranged.then(|| (second(0), second(5_000))), ..SplitPolicy::default() };
        for (text, descending) in [("T | where n >= 0 | sort by TimeGenerated asc, n asc", false), ("T | where n >= 0 | sort by TimeGenerated desc, n desc", true)] {
            let whole = kql_polars::run(text, &service.tables, &BTreeMap::new(), &Options::default()).unwrap();
            let outcome = futures::executor::block_on(run(text, &service, &policy)).unwrap();
            // Rows without a time sort first here, and are in the first part whichever way it goes.
            let timed = |table: &KqlTable| -> Vec<i64> {
                numbers(table).into_iter().filter(|n| times[*n as usize].is_some()).collect()
            };
            proptest::prop_assert_eq!(timed(&outcome.table), timed(&whole), "{} {}", text, descending);
            let (mut all, mut expected) = (numbers(&outcome.table), numbers(&whole));
            all.sort_unstable();
            expected.sort_unstable();
            proptest::prop_assert_eq!(all, expected);
            proptest::prop_assert!(outcome.partial.is_none());
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}

#[test]
fn what_cannot_be_split_stays_partial_and_says_so() {
    let times: Vec<Option<i64>> = (0..50).map(Some).collect();
    let outcome = block_on(run("T | distinct n", &limited(&times, 10, true), &SplitPolicy::default())).unwrap();
    assert_eq!(outcome.table.rows(), 10);
    assert_eq!(
        outcome.table.notes,
        ["not all rows are here: more than 10 rows; the query cannot be split by time: it has distinct"]
    );
    let fault = block_on(run("T | distinct n", &limited(&times, 10, false), &SplitPolicy::default())).unwrap_err();
    assert_eq!(fault.message, "more than 10 rows; the query cannot be split by time: it has distinct");
    let whole = SplitPolicy { automatic: false, ..SplitPolicy::default() };
    let outcome = block_on(run("T", &limited(&times, 10, true), &whole)).unwrap();
    assert_eq!((outcome.table.rows(), outcome.table.notes.len()), (10, 1));
}

#[test]
fn a_second_with_too_many_rows_is_said() {
    let times: Vec<Option<i64>> = (0..50).map(|n| Some(if n < 30 { 7 } else { n * 100 })).collect();
    for (keeps, rows) in [(true, 10 + 20), (false, 20)] {
        let outcome = block_on(run("T", &limited(&times, 10, keeps), &SplitPolicy::default())).unwrap();
        assert_eq!(outcome.table.rows(), rows);
        assert!(outcome.partial.is_some());
        let said: Vec<&String> = outcome.table.notes.iter().filter(|note| note.starts_with(PARTIAL)).collect();
        assert!(!said.is_empty() && said[0].contains("1970-01-01T00:00:0"), "{said:?}");
    }
}

#[test]
fn parts_of_a_given_length() {
    let times: Vec<Option<i64>> = (0..48).map(|hour| Some(hour * 3600)).collect();
    let service = limited(&times, 100, true);
    let policy = SplitPolicy { split_by: Some(10 * TICKS_PER_HOUR), ..SplitPolicy::default() };
    let outcome = block_on(run("T | sort by TimeGenerated asc", &service, &policy)).unwrap();
    assert_eq!(numbers(&outcome.table), (0..48).collect::<Vec<_>>());
    // One for the bounds, five for the parts.
    assert_eq!(service.asked.lock().unwrap().len(), 6);
    let refused = block_on(run("T | count", &service, &policy)).unwrap_err();
    assert_eq!(refused.message, "the query cannot be split by time: it has count");
    let tiny = SplitPolicy { split_by: Some(1), ..SplitPolicy::default() };
    assert!(block_on(run("T", &service, &tiny)).unwrap_err().message.contains("a second or longer"));
    let many = SplitPolicy { split_by: Some(kql::time::TICKS_PER_SECOND), ..SplitPolicy::default() };
    assert!(block_on(run("T", &service, &many)).unwrap_err().message.contains("parts, and 256 are allowed"));
}

fn one(columns: &[(&str, KqlType, Value)]) -> KqlTable {
    let text: Vec<String> = columns.iter().map(|(name, ty, _)| format!("['{name}']: {ty}")).collect();
    let values: Vec<String> = columns.iter().map(|(_, _, value)| kql::literal::literal(value)).collect();
    let text = format!("datatable({}) [{}]", text.join(", "), values.join(", "));
    kql_polars::run(&text, &kql_polars::NoTables, &BTreeMap::new(), &Options::default()).unwrap()
}

#[test]
fn columns_whose_type_changes_hold_both() {
    let parts = vec![
        one(&[("a", KqlType::Int, Value::Int(1)), ("b", KqlType::String, Value::String("x".into()))]),
        one(&[
            ("a", KqlType::Long, Value::Long(1 << 40)),
            ("b", KqlType::Long, Value::Long(2)),
            ("c", KqlType::Bool, Value::Bool(true)),
        ]),
        one(&[("a", KqlType::Real, Value::Real(0.5)), ("b", KqlType::DateTime, Value::DateTime(UNIX_EPOCH_TICKS))]),
    ];
    let table = join(parts, &Order::Ascending).unwrap();
    let column = |name: &str, ty| Column { name: name.into(), ty };
    assert_eq!(table.columns, [column("a", KqlType::Real), column("b", KqlType::String), column("c", KqlType::Bool)]);
    let cells = |at: usize| (0..3).map(|row| table.value(row, at).unwrap()).collect::<Vec<_>>();
    assert_eq!(cells(0), [Value::Real(1.0), Value::Real((1u64 << 40) as f64), Value::Real(0.5)]);
    assert_eq!(cells(1), ["x", "2", "1970-01-01T00:00:00.0000000Z"].map(|t| Value::String(t.into())));
    assert_eq!(cells(2), [Value::Null(KqlType::Bool), Value::Bool(true), Value::Null(KqlType::Bool)]);
    assert_eq!(
        table.notes,
        [
            "the column a is int in one part of the time range and long in another: it is long here",
            "the column b is string in one part of the time range and long in another: it is string here",
            "the column a is long in one part of the time range and real in another: it is real here",
            "the column b is string in one part of the time range and datetime in another: it is string here",
            "a part of the time range has no column c: it is empty there",
        ]
    );
    let dynamic = join(
        vec![
            one(&[("d", KqlType::Dynamic, Value::Dynamic(serde_json::json!({"k": 1})))]),
            one(&[("d", KqlType::String, Value::String("t".into()))]),
        ],
        &Order::Descending,
    )
    .unwrap();
    assert_eq!(dynamic.value(0, 0).unwrap(), Value::Dynamic("t".into()));
    assert_eq!(dynamic.value(1, 0).unwrap(), Value::Dynamic(serde_json::json!({"k": 1})));
}

#[test]
fn other_orders_are_made_again() {
    let times: Vec<Option<i64>> = (0..40).map(|n| Some((n * 37) % 40 * 100)).collect();
    let service = limited(&times, 7, true);
    let outcome = block_on(run("T | sort by n desc", &service, &SplitPolicy::default())).unwrap();
    assert_eq!(numbers(&outcome.table), (0..40).rev().collect::<Vec<_>>());
}
