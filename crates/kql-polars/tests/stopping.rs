//! Runs that are stopped. They are alone in this program, one at a time: what stops one stops all that go on.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kql::{Error, ErrorKind};
use kql_polars::{KqlTable, NoTables, Options, limits, run};

/// Ten thousand million pairs: nobody waits for these.
const PAIRS: &str = "range a from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k";

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn query(text: &str, options: &Options) -> Result<KqlTable, Error> {
    run(text, &NoTables, &BTreeMap::new(), options)
}

/// After all of it, the next query runs as ever.
fn still_works() {
    let table = query("range x from 1 to 100000 step 1 | summarize n = sum(x)", &Options::default()).unwrap();
    assert_eq!(table.value(0, 0).unwrap(), kql::Value::Long(5_000_050_000));
}

#[test]
fn cancelled() {
    let _alone = alone();
    for text in
        [format!("{PAIRS} | summarize sum(a * b)"), format!("let t = materialize({PAIRS} | summarize sum(a)); t")]
    {
        let cancel = Arc::new(AtomicBool::new(false));
        let options = Options { cancel: Some(cancel.clone()), ..Options::default() };
        let error = std::thread::scope(|scope| {
            let running = scope.spawn(|| query(&text, &options));
            std::thread::sleep(Duration::from_millis(300));
            assert!(!running.is_finished());
            cancel.store(true, Ordering::Relaxed);
            running.join().unwrap().unwrap_err()
        });
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Runtime, "the query was cancelled"));
        // It stays cancelled.
        assert!(query("print 1", &options).is_err());
        still_works();
    }
}

#[test]
fn others_go_on() {
    let _alone = alone();
    let cancel = Arc::new(AtomicBool::new(false));
    let options = Options { cancel: Some(cancel.clone()), ..Options::default() };
    std::thread::scope(|scope| {
        let stopped = scope.spawn(|| query(&format!("{PAIRS} | summarize sum(a * b)"), &options));
        let other = "range a from 1 to 20000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 20000 step 1 | extend k = 1) on k | summarize n = sum(a)";
        let other = scope.spawn(|| query(other, &Options::default()));
        std::thread::sleep(Duration::from_millis(300));
        cancel.store(true, Ordering::Relaxed);
        assert!(stopped.join().unwrap().is_err());
        assert_eq!(other.join().unwrap().unwrap().value(0, 0).unwrap(), kql::Value::Long(20_000 * 200_010_000));
    });
}

#[test]
fn too_much_memory() {
    let _alone = alone();
    let max = limits::used_memory().unwrap() + (400 << 20);
    let options = Options { max_memory: Some(max), ..Options::default() };
    for text in [format!("{PAIRS} | extend c = a * b | sort by c desc"), PAIRS.to_owned()] {
        let error = query(&text, &options).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit, "{error}");
        assert!(error.message.contains("of memory and may take"), "{error}");
        assert!(error.help.is_some());
        still_works();
    }
}

#[test]
fn too_much_time() {
    let _alone = alone();
    let options = Options { timeout: Some(Duration::from_millis(200)), ..Options::default() };
    let error = query(&format!("{PAIRS} | summarize sum(a * b)"), &options).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit);
    assert_eq!(error.message, "the query was stopped after 0.2 s, the time that it may take");
    assert!(query("print 1", &options).is_ok());
    still_works();
}
