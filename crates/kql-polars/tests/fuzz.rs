//! The binder answers every text that parses: no panic, no hang, a plan or an error with a place in the text. Nothing is run but what binding itself
//! computes (`toscalar`, `materialize`, plugins).
//!
//! `KQL_FUZZ=1_000_000 cargo test --release -p kql-polars --test fuzz -- --ignored --nocapture` binds that many made-up texts; see the parser's test of
//! the same name for the other variables.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;

use kql_polars::{NoTables, aggregates, explain, functions};

#[path = "../../kql/tests/common/inputs.rs"]
mod inputs;
#[path = "../../kql/tests/common/watch.rs"]
mod watch;

fn inputs() -> inputs::Inputs {
    let scalar = functions::all().map(|f| f.name.to_owned());
    let aggregates = aggregates::all().map(|f| f.name.to_owned());
    inputs::Inputs::new(scalar.chain(aggregates))
}

fn bind(text: &str) {
    if let Err(error) = explain(text, &NoTables, &BTreeMap::new()) {
        assert!(!error.message.is_empty());
        if let Some(span) = error.span {
            assert!(span.start <= span.end && span.end <= text.len(), "{span:?} of {}", text.len());
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{span:?}");
        }
        assert!(!error.render(text).is_empty());
    }
}

#[test]
fn some_texts() {
    let inputs = inputs();
    watch::run(1_000, |number| inputs.text(number), bind);
}

#[test]
#[ignore = "runs as long as it is told to"]
fn many_texts() {
    let inputs = inputs();
    watch::run(watch::count(100_000), |number| inputs.text(number), bind);
}
