//! The demo workspace's answers are marked as made up wherever they go.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use enrich::demo::NAME;
use enrich::table::{Cell, Record as _};
use enrich::ti::{Severity, TiOptions};
use enrich::whois::WhoIsOptions;
use enrich::{Enricher, ti::TiRow};

#[tokio::test]
async fn every_answer_says_that_it_is_made_up() {
    let enricher = Enricher::demo().unwrap();
    let cells = ["185.220.101.34", "45.155.205.33:22", "10.10.60.77", "86.41.7.7"];
    let geo = enricher.geoip(&cells, None).await.unwrap();
    let whois = enricher.whois(&cells, &WhoIsOptions::default()).await.unwrap();
    let intel = enricher.threat_intel(&cells, &TiOptions::default()).await.unwrap();
    for row in geo.rows.iter().filter(|row| row.location.is_some()) {
        assert_eq!(row.source, NAME);
    }
    for row in whois.rows.iter().filter(|row| row.status == "ok") {
        assert_eq!(row.source, NAME);
        assert!(row.origin.description.ends_with("(made up)"));
    }
    assert_eq!(geo.rows.iter().filter(|row| row.status == "ok").count(), 3);
    assert_eq!(whois.rows.iter().filter(|row| row.status == "ok").count(), 3);
    let severities: Vec<_> = intel.rows.iter().map(|row| (row.provider.as_str(), row.severity)).collect();
    assert_eq!(
        severities,
        [(NAME, Severity::High), (NAME, Severity::High), (NAME, Severity::Information), (NAME, Severity::Information)]
    );
    assert!(intel.rows[0].details["Notice"].as_str().unwrap().starts_with("Made-up answers"));
    assert_eq!(intel.rows[2].status, "not found");
    assert_eq!(intel.cells, [vec![0], vec![1], vec![2], vec![3]]);
    // Rows and columns fit.
    assert_eq!(intel.rows[0].cells().len(), TiRow::COLUMNS.len());
    let at = TiRow::COLUMNS.iter().position(|(name, _)| *name == "Provider").unwrap();
    assert_eq!(intel.rows[0].cells()[at], Cell::Text(NAME.to_owned()));
}

/// The engine runs look-ups on threads of its own.
#[test]
fn look_ups_can_go_to_another_thread() {
    fn sent<T: Send>(work: T) -> T {
        work
    }
    let enricher = Enricher::demo().unwrap();
    let (whois, intel) = (WhoIsOptions::default(), TiOptions::default());
    drop(sent(enricher.geoip(&[], None)));
    drop(sent(enricher.whois(&[], &whois)));
    drop(sent(enricher.threat_intel(&[], &intel)));
}
