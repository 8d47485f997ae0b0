use std::collections::BTreeMap;

use kql::{ErrorKind, Value};
use kql_polars::{NoTables, Options, run};

use super::{error, rows};

#[test]
fn unknown_names_come_with_the_nearest() {
    let (kind, text) = error("print TimeGenerated = 1 | where TimeGeneratd > 0");
    assert_eq!(kind, ErrorKind::UnknownName);
    assert_eq!(
        text,
        "`TimeGeneratd`: there is no column or variable `TimeGeneratd` here (did you mean `TimeGenerated`?)"
    );
    let (kind, text) = error("Nowhere | take 1");
    assert_eq!((kind, text.as_str()), (ErrorKind::UnknownName, "`Nowhere`: there is no table or variable `Nowhere`"));
    assert_eq!(error("print cuont()").0, ErrorKind::UnknownName);
    assert_eq!(error("print x = 1 | project-away y").0, ErrorKind::UnknownName);
    assert_eq!(error("print x = 1 | join kind=outer (print x = 1) on x").0, ErrorKind::UnknownName);
}

#[test]
fn wrong_types_are_refused() {
    for query in [
        "print 'a' == 1",
        "print datetime(2020-01-01) > 'x'",
        "print 'a' < 'b'",
        "print 'a' + 'b'",
        "print x = 1 | extend y = x.z",
        "print 1 has 'a'",
        "print d = dynamic(1) | sort by d",
        "print x = 1 | mv-expand x",
        "print x = 1 | join (print x = 'a') on x",
        "print x = 1 | take 'a'",
        "datatable(a: long) ['x']",
        "print 'a' matches regex '('",
        "print x = 1 | summarize x",
        "print x = 1 | where count() > 1",
        "print x = 1, x = 2",
    ] {
        assert_eq!(error(query).0, ErrorKind::Type, "{query}");
    }
}

#[test]
fn what_cannot_be_done_says_so() {
    for query in [
        "cluster('c').database('d').T | take 1",
        "externaldata(x: string) ['https://example.org/x.csv']",
        "print x = 1 | evaluate no_such_plugin()",
        "print 1; print 2",
    ] {
        let (kind, text) = error(query);
        assert!(matches!(kind, ErrorKind::Unsupported | ErrorKind::UnknownName), "{query}: {kind:?} {text}");
    }
    assert_eq!(error("let f = (x: long) { f(x) }; print f(1)").0, ErrorKind::UnknownName);
}

#[test]
fn parameters_are_checked() {
    let query = "declare query_parameters(name: string, n: long = 3); print name, n";
    let run = |given: &[(&str, Value)]| {
        let params: BTreeMap<String, Value> = given.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        run(query, &NoTables, &params, &Options::default())
    };
    let missing = run(&[]).unwrap_err();
    assert_eq!(missing.message, "the query parameter `name` has no value");
    let unknown = run(&[("name", Value::String("x".into())), ("nam", Value::Long(1))]).unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::UnknownName);
    assert_eq!(unknown.help.as_deref(), Some("did you mean `name`?"));
    let wrong = run(&[("name", Value::String("x".into())), ("n", Value::String("many".into()))]).unwrap_err();
    assert_eq!(wrong.message, "the value of the query parameter `n` is not of type long");
    let converted = run(&[("name", Value::String("x".into())), ("n", Value::String("7".into()))]).unwrap();
    assert_eq!(converted.value(0, 1).unwrap(), Value::Long(7));
}

/// As in <https://learn.microsoft.com/kusto/query/toscalar-function>: the rows of a table in a function are not those of the caller.
#[test]
fn a_table_in_a_function_does_not_depend_on_the_row_of_the_caller() {
    let tables = "let a = datatable(x: long) [1, 2, 3]; let b = datatable(x: long, y: long) [1, 2, 3, 4];";
    let function = "let f = (k: long) { toscalar(b | where x == k | project y) };";
    let (kind, message) = error(&format!("{tables} {function} a | extend y = f(x)"));
    assert_eq!(kind, ErrorKind::Type);
    assert!(message.contains("row-context scope"), "{message}");
    assert_eq!(rows(&format!("{tables} {function} a | take 1 | extend y = f(3)")), "x y\n1 4");
    let count = "let g = (k: long) { k + toscalar(b | count) };";
    assert_eq!(rows(&format!("{tables} {count} a | where x == 3 | extend y = g(x)")), "x y\n3 5");
}

#[test]
fn toscalar_of_a_random_value_is_one_value() {
    let guids = "let one = toscalar(new_guid()); let each = new_guid(); range x from 1 to 3 step 1";
    assert_eq!(
        rows(&format!("{guids} | extend a = one, b = each | summarize a = dcount(a), b = dcount(b)")),
        "a b\n1 3"
    );
}
