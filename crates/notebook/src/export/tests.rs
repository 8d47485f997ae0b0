#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use super::*;
use crate::{Failure, FailureKind};

fn page(outputs: &str, page: &Page<'_>) -> String {
    let text = format!(
        r##"{{"nbformat":4,"nbformat_minor":5,"metadata":{{}},"cells":[
            {{"cell_type":"markdown","id":"a","metadata":{{}},"source":"# Who is <alice>?\n\n## Sign-ins"}},
            {{"cell_type":"code","id":"b","metadata":{{"tags":["parameters"]}},"execution_count":1,"source":"let a = \"<x>\";","outputs":{outputs}}}]}}"##
    );
    html(&Document::parse(&text).unwrap(), page)
}

#[test]
fn a_page_stands_alone() {
    let html = page("[]", &Page::default());
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains("script-src 'none'"));
    for outside in ["http://", "https://", "src=\"//", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("href=\"#sign-ins\""));
    assert!(html.contains("&quot;&lt;x&gt;&quot;"));
}

#[test]
fn the_richest_form_is_shown() {
    let both = r#"[{"output_type":"execute_result","execution_count":1,"metadata":{},"data":{"text/plain":"PLAIN","text/html":"<table class='ee'></table>"}}]"#;
    let html = page(both, &Page::default());
    assert!(html.contains("<table class='ee'></table>") && !html.contains("PLAIN"));
    let svg =
        r#"[{"output_type":"display_data","metadata":{},"data":{"image/svg+xml":["<svg onload='x()'>","</svg>"]}}]"#;
    let html = page(svg, &Page::default());
    assert!(html.contains("data:image/svg+xml;base64,") && !html.contains("onload"));
    let other = r#"[{"output_type":"display_data","metadata":{},"data":{"application/x-thing":"1"}}]"#;
    assert!(page(other, &Page::default()).contains("application/x-thing is not shown"));
}

#[test]
fn streams_and_errors_are_escaped_and_colored() {
    let outputs = r#"[{"output_type":"stream","name":"stderr","text":"<i>\u001b[31mred\u001b[0m"},
        {"output_type":"error","ename":"E","evalue":"V","traceback":["\u001b[1mline <1>\u001b[0m","two"]}]"#;
    let html = page(outputs, &Page::default());
    assert!(html.contains("&lt;i&gt;<span class=\"ansi-1\">red</span>"));
    assert!(html.contains("<span class=\"ansi-bold\">line &lt;1&gt;</span>\ntwo"));
    assert!(html.contains("class=\"cell failed\""));
}

#[test]
fn only_scripts_known_beforehand_may_run() {
    let html = page("[]", &Page { scripts: &["alert(1)"], ..Page::default() });
    // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    assert!(html.contains("script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"), "{html}");
}

#[test]
fn a_failed_run_says_so_on_top() {
    let outcome = Outcome {
        total: 3,
        completed: 1,
        failure: Some(Failure {
            number: 2,
            line: "x()?;".to_owned(),
            kind: FailureKind::EndedEarly,
            message: "no <table>".to_owned(),
        }),
        took: Duration::from_millis(1500),
    };
    let html = page("[]", &Page { outcome: Some(&outcome), ..Page::default() });
    assert!(html.contains("code cell 2 of 3") && html.contains("href=\"#cell-2\""));
    assert!(html.contains("no &lt;table&gt;"));
    let ok = Outcome { failure: None, completed: 3, ..outcome };
    assert!(
        page("[]", &Page { outcome: Some(&ok), ..Page::default() })
            .contains("All 3 code cells ran to their end, in 1.5 s.")
    );
}

#[test]
fn tags_that_reach_out_become_text() {
    let html =
        "<table><tr><td>a</td></tr></table><MeTa\nhttp-equiv=refresh><iframe/src=x><b><link>x</b><metadata><a <base>";
    assert_eq!(
        without_reaching_out(html),
        "<table><tr><td>a</td></tr></table>&lt;MeTa\nhttp-equiv=refresh>&lt;iframe/src=x><b>&lt;link>x</b><metadata><a &lt;base>"
    );
}
