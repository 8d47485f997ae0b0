use std::collections::BTreeMap;

use kql::ErrorKind;
use kql_polars::{NoTables, Options, run};

use super::{error, rows};

#[test]
fn long_pipelines() {
    let extends: String = (0..3000).map(|i| format!("| extend a{} = x + {i} ", i % 20)).collect();
    assert_eq!(rows(&format!("range x from 1 to 3 step 1 {extends} | count")), "Count\n3");
    let filters: String = (0..3000).map(|i| format!("| where x != {} ", i + 10)).collect();
    assert_eq!(rows(&format!("range x from 1 to 3 step 1 {filters} | count")), "Count\n3");
    let chain: Vec<String> = (10..5_000).map(|i| format!("x != {i}")).collect();
    assert_eq!(rows(&format!("range x from 1 to 20 step 1 | where {} | count", chain.join(" and "))), "Count\n9");
    let chain: Vec<String> = (0..150_000).map(|i| format!("t has 'user{i}'")).collect();
    assert_eq!(rows(&format!("print t = 'user7' | where {} | count", chain.join(" or "))), "Count\n1");
    let chain: Vec<String> = (0..20_000).map(|i| format!("x == {i}")).collect();
    assert_eq!(rows(&format!("range x from 1 to 3 step 1 | where {} | count", chain.join(" or "))), "Count\n3");
}

#[test]
fn there_is_an_end_to_it() {
    let too_many = "| extend x = 1 ".repeat(10_001);
    let (kind, _) = error(&format!("print x = 1 {too_many}"));
    assert_eq!(kind, ErrorKind::Limit);
    // Each function calls the one before it twice.
    let mut script = "let f0 = () { 1 };".to_owned();
    for i in 1..40 {
        script.push_str(&format!("let f{i} = () {{ f{}() + f{}() }};", i - 1, i - 1));
    }
    assert_eq!(error(&format!("{script} print f39()")).0, ErrorKind::Limit);
    assert_eq!(error("range x from 1 to 10000000000 step 1").0, ErrorKind::Limit);
    let chain: Vec<String> = (0..10_001).map(|i| format!("x + {i} == 7")).collect();
    assert_eq!(error(&format!("range x from 1 to 3 step 1 | where {}", chain.join(" or "))).0, ErrorKind::Limit);
}

#[test]
fn results_of_too_many_rows_are_an_error() {
    let options = Options { max_rows: Some(3), ..Options::default() };
    let run = |n: u32| run(&format!("range x from 1 to {n} step 1"), &NoTables, &BTreeMap::new(), &options);
    assert_eq!(run(3).unwrap().rows(), 3);
    assert_eq!(run(4).unwrap_err().kind, ErrorKind::Limit);
}
