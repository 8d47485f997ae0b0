//! Every query of the documented examples parses.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

#[test]
fn documented_examples_parse() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/kql/dev.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut count = 0;
    let mut failures = Vec::new();
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let query = case["query"].as_str().unwrap();
        count += 1;
        if let Err(error) = kql::parse(query) {
            failures.push(format!("{}: {}", case["id"], error.render(query)));
        }
    }
    assert!(count > 200, "only {count} cases");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
