//! Tells the cluster to stop a query that nobody waits for any longer.
//!
//! Source: <https://learn.microsoft.com/kusto/management/cancel-query-command>

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::decode::Decoder;
use crate::http::{Call, Service};

static CANCELLING: AtomicUsize = AtomicUsize::new(0);

/// How many clusters are being told to stop a query. A process that ends had better wait for them.
pub fn cancelling() -> usize {
    CANCELLING.load(Ordering::SeqCst)
}

/// Sends `.cancel query` when it is dropped while the query runs: the caller gave up, or its time is over.
#[derive(Debug)]
pub struct CancelOnDrop {
    query: Option<(Service, String, String)>,
}

impl CancelOnDrop {
    /// For the query of this request id.
    pub fn new(service: Service, database: String, id: String) -> Self {
        Self { query: Some((service, database, id)) }
    }

    /// The query has ended.
    pub fn disarm(&mut self) {
        self.query = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some((mut service, database, id)) = self.query.take() else { return };
        // Without a runtime the process ends, and the connection with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        // Not behind the queries that wait.
        service.throttle = std::sync::Arc::default();
        service.retry.attempts = 1;
        CANCELLING.fetch_add(1, Ordering::SeqCst);
        runtime.spawn(async move {
            let command = format!(".cancel query {}", kql::literal::literal(&kql::Value::String(id)));
            let call = Call {
                path: "v1/rest/mgmt".to_owned(),
                body: Some(json!({ "db": database, "csl": command })),
                headers: reqwest::header::HeaderMap::new(),
                timeout: Duration::from_secs(20),
                repeatable: false,
            };
            if let Err(fault) = service.send::<Decoder>(&call).await {
                tracing::debug!(%fault, "a query could not be cancelled");
            }
            CANCELLING.fetch_sub(1, Ordering::SeqCst);
        });
    }
}
