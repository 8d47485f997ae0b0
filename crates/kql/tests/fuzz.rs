//! The parser answers every text: no panic, no hang, positions inside the text.
//!
//! `KQL_FUZZ=10_000_000 cargo test --release -p kql --test fuzz -- --ignored --nocapture` runs that many made-up texts (`KQL_FUZZ_FROM` is the
//! number of the first, `KQL_FUZZ_THREADS` how many at a time). A failure names the number of its text; the same number is the same text.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "common/inputs.rs"]
mod inputs;
#[path = "common/watch.rs"]
mod watch;

fn parse(text: &str) {
    for result in [kql::parse(text), kql::parse_applied(text)] {
        if let Err(error) = result {
            assert!(!error.message.is_empty());
            if let Some(span) = error.span {
                assert!(span.start <= span.end && span.end <= text.len(), "{span:?} of {}", text.len());
                assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{span:?}");
            }
            assert!(!error.render(text).is_empty());
        }
    }
}

#[test]
fn some_texts() {
    let inputs = inputs::Inputs::new([]);
    watch::run(20_000, |number| inputs.text(number), parse);
}

/// The makers would test nothing if all they make were refused.
#[test]
fn many_texts_are_queries() {
    let inputs = inputs::Inputs::new([]);
    let parsed = (0..2000).filter(|number| kql::parse(&inputs.text(*number)).is_ok()).count();
    assert!((600..1800).contains(&parsed), "{parsed}");
}

#[test]
#[ignore = "runs as long as it is told to"]
fn many_texts() {
    let inputs = inputs::Inputs::new([]);
    watch::run(watch::count(1_000_000), |number| inputs.text(number), parse);
}
