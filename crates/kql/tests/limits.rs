//! No text exhausts the stack or hangs the parser, and no tree does when it is walked.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use kql::{ErrorKind, parse};

/// Parses, copies, prints and drops the tree on a small stack.
fn survive(text: String) -> Result<(), kql::Error> {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let script = parse(&text)?;
            let copy = script.clone();
            assert_eq!(script, copy);
            assert!(!format!("{script:?}").is_empty());
            Ok(())
        })
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn deep_nesting_is_refused() {
    let n = 100_000;
    for (open, close) in [
        ("(", ")"),
        ("-", ""),
        ("- ", ""),
        ("not(", ")"),
        ("a[", "]"),
        ("f(x, ", ")"),
        ("iff(a, b, ", ")"),
        ("1 + (", ")"),
        ("a or b and c == d < e has f + g * (", ")"),
        ("x in (", ")"),
        ("x between (", " .. 3)"),
        ("toscalar(T | where x > ", ")"),
        ("(T | where x in (", "))"),
    ] {
        let text = format!("print {}1{}", open.repeat(n), close.repeat(n));
        assert_eq!(survive(text).unwrap_err().kind, ErrorKind::Limit, "{open}");
    }
    for (open, close) in [
        ("T | mv-apply x on (where a | mv-apply x on (", "))"),
        ("T | join (", ") on a"),
        ("T | union (", ")"),
        ("T | partition by x { ", " }"),
        ("T | fork (where a | fork (", "))"),
        ("T | where a in (", ")"),
        ("T | facet by a with (facet by a with (", "))"),
    ] {
        let text = format!("{}T{}", open.repeat(n), close.repeat(n));
        let kind = survive(text).unwrap_err().kind;
        assert!(kind == ErrorKind::Limit || kind == ErrorKind::Syntax, "{open}");
    }
    let facets = format!("T | {}", "facet by a with ".repeat(n));
    assert_eq!(survive(facets).unwrap_err().kind, ErrorKind::Limit);
    let bodies = format!("{}1{}", "let f = () { ".repeat(n), " }".repeat(n));
    assert_eq!(survive(bodies).unwrap_err().kind, ErrorKind::Limit);
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("dynamic(", ")")] {
        let text = format!("print dynamic({}1{})", open.repeat(n), close.repeat(n));
        assert_eq!(survive(text).unwrap_err().kind, ErrorKind::Limit, "{open}");
    }
}

#[test]
fn reasonable_nesting_is_fine() {
    for (open, close) in [
        ("(", ")"),
        ("iff(a, b, ", ")"),
        ("a or b and c == d < e has f + g * (", ")"),
        ("toscalar(T | where x > ", ")"),
    ] {
        survive(format!("print {}1{}", open.repeat(50), close.repeat(50))).unwrap();
    }
}

#[test]
fn deepest_allowed_trees_are_safe() {
    // The deepest tree of each shape that is not refused, on a small stack.
    for (open, close) in [
        ("(", ")"),
        ("a or b and c == d < e has f + g * (", ")"),
        ("f(x, ", ")"),
        ("toscalar(T | where x > ", ")"),
        ("toscalar(T | mv-apply x on (where x > ", "))"),
        ("toscalar(T | make-series a = ", " on x step 1)"),
    ] {
        let fits = |n: usize| survive(format!("print {}1{}", open.repeat(n), close.repeat(n))).is_ok();
        let deepest = (1..200).take_while(|n| fits(*n)).count();
        assert!((20..200).contains(&deepest), "{open}: {deepest}");
    }
}

#[test]
fn long_chains() {
    let n = 50_000;
    for text in [
        format!("T | where a{}", " or b".repeat(n)),
        format!("T | where a{}", " and b".repeat(n)),
        format!("T | where a{}", " and b or c".repeat(n)),
        format!("T{}", " | where a".repeat(n)),
        format!("T | where a in (1{})", ", 2".repeat(n)),
        format!("T | union a{}", ", b".repeat(n)),
        format!("print a{}", ", b".repeat(n)),
        format!("print 'a'{}", " 'b'".repeat(n)),
        "let a = 1;".repeat(n) + "a",
        format!("{}a", ";".repeat(n)),
        format!("print dynamic([1{}])", ", 2".repeat(n)),
        format!("datatable(a: long)[1{}]", ", 2".repeat(n)),
        format!("T{}\n| count", "\n// comment".repeat(n)),
    ] {
        survive(text).unwrap();
    }
}

#[test]
fn long_chains_that_must_be_deep_are_refused() {
    let n = 50_000;
    for text in [
        format!("print a{}", " + b".repeat(n)),
        format!("print a{}", " * b".repeat(n)),
        format!("print a{}", ".b".repeat(n)),
        format!("print a{}", "[0]".repeat(n)),
        format!("print a{}", ".f()".repeat(n)),
        format!("print a{}", " == b".repeat(n)),
        format!("print a{}", " has b".repeat(n)),
    ] {
        let error = survive(text.clone()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit, "{}", &text[..20]);
    }
    survive(format!("print a{}", " + b".repeat(400))).unwrap();
}

#[test]
fn megabytes_of_text() {
    let query = format!("T | where {}", "Computer == \"host-name.example.com\" or ".repeat(130_000)) + "false";
    assert!(query.len() > 5_000_000);
    survive(query).unwrap();
    let value = format!("print '{}'", "x".repeat(5_000_000));
    survive(value).unwrap();
    for garbage in
        ["(", "[", "{", "'", "\"", "`", "-", "|", "a ", "let x = ", "@", "dynamic(", "datetime(", "1 .. ", "=", "~~~"]
    {
        let _ = survive(garbage.repeat(300_000));
    }
}
