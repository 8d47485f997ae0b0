//! The query API of Kusto, second version: Azure Data Explorer, Fabric Eventhouse, the Sentinel data lake.
//!
//! Parameters go as parameters: the text of the query stays as it is. The answer is a series of frames, read as they arrive.
//!
//! Sources: <https://learn.microsoft.com/kusto/api/rest/request>, <https://learn.microsoft.com/kusto/api/rest/response-v2>,
//! <https://learn.microsoft.com/kusto/api/rest/request-properties>, <https://learn.microsoft.com/kusto/query/query-parameters-statement>

mod answer;
mod cancel;
mod schema;

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use kql::Value;
use kql::literal::literal;
use kql::time::{format_datetime, format_timespan};
use kql_polars::KqlTable;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value as Json, json};

use crate::cache::Cache;
use crate::decode::Decoder;
use crate::fault::{Fault, FaultKind};
use crate::http::{Call, Service};
use crate::log_analytics::Schema;
use crate::query::Query;
use crate::split::{self, Outcome, Part, SplitPolicy};
use cancel::CancelOnDrop;
pub use cancel::cancelling;

/// The longest that a cluster lets a query run.
///
/// Source: <https://learn.microsoft.com/kusto/concepts/query-limits#limit-on-request-execution-time-timeout>
pub const LONGEST_QUERY: Duration = Duration::from_secs(3600);

/// What a cluster allows where nobody says otherwise.
const USUAL_QUERY: Duration = Duration::from_secs(600);

/// A client of one database of a cluster.
#[derive(Debug)]
pub struct Kusto {
    service: Service,
    database: String,
    cache: Cache,
    timeout: Duration,
    progressive: bool,
    /// The column of the time, by which large results are split.
    time_column: String,
}

impl Kusto {
    /// A client. Nothing is sent yet.
    pub fn new(service: Service, database: impl Into<String>) -> Self {
        Self {
            service,
            database: database.into(),
            cache: Cache::default(),
            timeout: USUAL_QUERY,
            progressive: false,
            time_column: "TimeGenerated".to_owned(),
        }
    }

    /// Asks for answers that come in the order in which the cluster finds rows.
    #[must_use]
    pub fn progressive(mut self, progressive: bool) -> Self {
        self.progressive = progressive;
        self
    }

    /// How long a query may take, all attempts together; the cluster allows an hour at most.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The column of the time, by which large results are split, if it is not `TimeGenerated`.
    #[must_use]
    pub fn with_time_column(mut self, column: impl Into<String>) -> Self {
        self.time_column = column.into();
        self
    }

    /// The database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// How many of its queries are under way at the same time at most.
    pub fn parallel(&self) -> usize {
        self.service.throttle.parallel()
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.service.name
    }

    /// The rows of a query. They are fetched in parts of time where they are too many for one answer; what is missing then is said in the notes.
    ///
    /// # Errors
    /// As the query's text or the cluster fail.
    pub async fn query(&self, query: &Query) -> Result<KqlTable, Fault> {
        if query.text.trim_start().starts_with('.') {
            return Err(Fault::new(FaultKind::BadInput, "this is a management command, not a query")
                .with_help("run it in the Kusto explorer: only queries are sent here"));
        }
        if query.resource.is_some() {
            return Err(Fault::new(FaultKind::BadInput, "a cluster has no logs of Azure resources")
                .with_help("ask a Log Analytics workspace, or filter by the column _ResourceId"));
        }
        if !query.workspaces.is_empty() {
            return Err(Fault::new(FaultKind::BadInput, "a cluster has no workspaces")
                .with_help("name other databases in the query: database(\"Other\").Table"));
        }
        let parameters = parameters(query);
        let key = json!([query.text, parameters, query.range, query.split_by, query.whole]).to_string();
        let fetch = async {
            let asked = Asked { client: self, query, parameters: &parameters };
            let policy = SplitPolicy {
                automatic: !query.whole,
                split_by: query.split_by,
                range: query.known_range.or(query.range),
                column: self.time_column.clone(),
                ..SplitPolicy::default()
            };
            split::run(&query.text, &asked, &policy).await.map(|outcome| outcome.table)
        };
        self.cache.get(&key, query.fresh, fetch).await
    }

    /// The tables of the database, with their columns.
    ///
    /// # Errors
    /// As the cluster fails.
    pub async fn schema(&self) -> Result<Schema, Fault> {
        let call = Call {
            path: "v1/rest/mgmt".to_owned(),
            body: Some(json!({ "db": self.database, "csl": ".show database schema as json" })),
            headers: headers(&request_id("schema")),
            timeout: Duration::from_secs(120),
            // It only reads.
            repeatable: true,
        };
        let answer = self.service.send::<Decoder>(&call).await?;
        schema::read(&answer, &self.service.name)
    }

    fn call(&self, text: &str, query: &Query, parameters: &Map<String, Json>, id: &str) -> Call {
        let timeout = query.timeout.unwrap_or(self.timeout);
        let ticks = i64::try_from(timeout.min(LONGEST_QUERY).as_nanos() / 100).unwrap_or(i64::MAX);
        let mut options = json!({
            "servertimeout": format_timespan(ticks),
            "request_readonly": true,
            "results_progressive_enabled": self.progressive,
        });
        if let Some((start, end)) = query.range {
            options["query_datetimescope_column"] = self.time_column.as_str().into();
            options["query_datetimescope_from"] = format_datetime(start).into();
            // The end is not included there.
            let end = end.saturating_add(1).min(kql::time::MAX_DATETIME_TICKS);
            options["query_datetimescope_to"] = format_datetime(end).into();
        }
        let body = json!({
            "db": self.database,
            "csl": text,
            "properties": { "Options": options, "Parameters": parameters, "ClientRequestId": id },
        });
        Call {
            path: "v2/rest/query".to_owned(),
            body: Some(body),
            headers: headers(id),
            // The cluster keeps the limit itself, and says so.
            timeout: timeout + (timeout / 10).clamp(Duration::from_secs(2), Duration::from_secs(30)),
            repeatable: true,
        }
    }
}

/// The parameters as the API wants them: each the text of a literal of its type.
fn parameters(query: &Query) -> Map<String, Json> {
    query.params.iter().map(|(name, value)| (name.clone(), Json::String(parameter(value)))).collect()
}

fn parameter(value: &Value) -> String {
    match value {
        Value::Null(kql::KqlType::String) => "\"\"".to_owned(),
        value => literal(value),
    }
}

fn request_id(what: &str) -> String {
    format!("EntityExplorer.{what};{}", uuid::Uuid::new_v4())
}

fn headers(id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-ms-client-request-id"), id);
    }
    headers.insert(HeaderName::from_static("x-ms-app"), HeaderValue::from_static("EntityExplorer"));
    headers
}

/// One query of a client, for its parts.
struct Asked<'a> {
    client: &'a Kusto,
    query: &'a Query,
    parameters: &'a Map<String, Json>,
}

impl Part for Asked<'_> {
    fn fetch<'a>(&'a self, text: String) -> BoxFuture<'a, Result<Outcome, Fault>> {
        async move {
            let id = request_id("query");
            let call = self.client.call(&text, self.query, self.parameters, &id);
            let mut guard = CancelOnDrop::new(self.client.service.clone(), self.client.database.clone(), id);
            let answer = self.client.service.send::<Decoder>(&call).await;
            // A query that nobody waits for any longer goes on in the cluster, unless it is told.
            if !matches!(&answer, Err(fault) if fault.kind == FaultKind::Timeout) {
                guard.disarm();
            }
            answer::outcome(answer?, &self.client.service.name)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_literals_of_their_type() {
        let query = Query {
            params: [
                ("name".to_owned(), Value::String("bob\" | union *".to_owned())),
                ("start".to_owned(), Value::DateTime(kql::time::UNIX_EPOCH_TICKS)),
                ("top".to_owned(), Value::Long(5)),
            ]
            .into(),
            ..Query::default()
        };
        assert_eq!(
            Json::Object(parameters(&query)),
            json!({"name": "\"bob\\\" | union *\"", "start": "datetime(1970-01-01T00:00:00.0000000Z)", "top": "long(5)"})
        );
    }
}
