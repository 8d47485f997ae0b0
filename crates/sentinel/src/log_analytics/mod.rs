//! The query API of Log Analytics, which is how Microsoft Sentinel's data is read.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format>,
//! <https://learn.microsoft.com/azure/azure-monitor/logs/api/prefer-options>,
//! <https://learn.microsoft.com/azure/azure-monitor/logs/api/cross-workspace-queries>

mod answer;
mod metadata;

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use kql::literal::with_values;
use kql::time::format_datetime;
use kql_polars::KqlTable;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value as Json, json};

pub use metadata::{Schema, TableSchema};

use crate::cache::Cache;
use crate::decode::Decoder;
use crate::fault::{Fault, FaultKind};
use crate::http::{Call, JsonBody, Service};
use crate::query::Query;
use crate::split::{self, Outcome, Part, SplitPolicy};

/// The longest that the service lets a query run.
///
/// Source: <https://learn.microsoft.com/azure/azure-monitor/service-limits#query-api>
pub const LONGEST_QUERY: Duration = Duration::from_secs(600);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A workspace, by its id, a GUID.
    Workspace(String),
    /// A resource whose logs are wherever they are, by its resource id: `/subscriptions/…`.
    Resource(String),
}

impl Scope {
    /// A workspace by its id.
    ///
    /// # Errors
    /// When that is no GUID.
    pub fn workspace(id: &str) -> Result<Self, Fault> {
        uuid::Uuid::parse_str(id.trim()).map(|id| Self::Workspace(id.to_string())).map_err(|_| {
            Fault::new(
                FaultKind::BadInput,
                format!("the workspace id {} is no GUID", crate::text::start_of(&format!("{id:?}"), 80)),
            )
            .with_help("it is on the overview page of the workspace in the portal, such as 52b1ab41-869e-4138-9e40-2a4457f09bf0")
        })
    }

    /// A resource by its id.
    ///
    /// # Errors
    /// When that is no resource id.
    pub fn resource(id: &str) -> Result<Self, Fault> {
        let id = id.trim().trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '(' | ')' | ' ');
        if id.to_ascii_lowercase().starts_with("/subscriptions/") && id.chars().all(plain) && !id.contains("..") {
            return Ok(Self::Resource(id.to_owned()));
        }
        Err(Fault::new(
            FaultKind::BadInput,
            format!("{} is no resource id", crate::text::start_of(&format!("{id:?}"), 120)),
        )
        .with_help("it starts with /subscriptions/ and is on the properties page of the resource in the portal"))
    }

    fn path(&self) -> String {
        match self {
            Self::Workspace(id) => format!("v1/workspaces/{id}"),
            Self::Resource(id) => format!("v1{id}"),
        }
    }
}

/// A client of one workspace or resource.
#[derive(Debug)]
pub struct LogAnalytics {
    service: Service,
    scope: Scope,
    cache: Cache,
    /// Further workspaces that every query asks, too.
    workspaces: Vec<String>,
    /// How long a query may take, if it does not say so itself.
    timeout: Duration,
}

impl LogAnalytics {
    /// A client. Nothing is sent yet.
    pub fn new(service: Service, scope: Scope) -> Self {
        // The service's own limit, and the way there and back.
        let timeout = LONGEST_QUERY + Duration::from_secs(60);
        Self { service, scope, cache: Cache::default(), workspaces: Vec::new(), timeout }
    }

    /// Asks further workspaces with every query: by id, name or resource id.
    #[must_use]
    pub fn with_workspaces(mut self, workspaces: Vec<String>) -> Self {
        self.workspaces = workspaces;
        self
    }

    /// How long a query may take, all attempts together.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What is asked.
    pub fn scope(&self) -> &Scope {
        &self.scope
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
    /// As the query's text or the service fail.
    pub async fn query(&self, query: &Query) -> Result<KqlTable, Fault> {
        let text = filled(query)?;
        let mut workspaces = self.workspaces.clone();
        workspaces.extend(query.workspaces.iter().cloned());
        let scope = match &query.resource {
            Some(resource) => Scope::resource(resource)?,
            None => self.scope.clone(),
        };
        let key = json!([scope.path(), text, query.range, query.split_by, query.whole, workspaces]).to_string();
        let fetch = async {
            let asked = Asked { client: self, query, scope: &scope, workspaces: &workspaces };
            let policy = SplitPolicy {
                automatic: !query.whole,
                split_by: query.split_by,
                range: query.known_range.or(query.range),
                ..SplitPolicy::default()
            };
            split::run(&text, &asked, &policy).await.map(|outcome| outcome.table)
        };
        self.cache.get(&key, query.fresh, fetch).await
    }

    /// The tables of the workspace, with their columns.
    ///
    /// # Errors
    /// As the service fails.
    pub async fn schema(&self) -> Result<Schema, Fault> {
        let call = Call {
            path: format!("{}/metadata", self.scope.path()),
            body: None,
            headers: HeaderMap::new(),
            timeout: Duration::from_secs(120),
            repeatable: true,
        };
        let json = self.service.send::<JsonBody>(&call).await?;
        metadata::read(&json)
    }

    fn call(&self, text: &str, query: &Query, scope: &Scope, workspaces: &[String]) -> Call {
        let mut body = json!({ "query": text });
        if let Some((start, end)) = query.range {
            // The end is included here, and the service's page does not say whether it is there: a tick more is.
            let end = end.saturating_add(1).min(kql::time::MAX_DATETIME_TICKS);
            body["timespan"] = Json::from(format!("{}/{}", format_datetime(start), format_datetime(end)));
        }
        if !workspaces.is_empty() {
            body["workspaces"] = Json::from(workspaces.to_vec());
        }
        let timeout = query.timeout.unwrap_or(self.timeout);
        let wait = timeout.min(LONGEST_QUERY).as_secs().max(1);
        let mut headers = HeaderMap::new();
        if let Ok(prefer) = HeaderValue::from_str(&format!("wait={wait}, include-statistics=true, include-render=true"))
        {
            headers.insert(HeaderName::from_static("prefer"), prefer);
        }
        if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
            headers.insert(HeaderName::from_static("x-ms-client-request-id"), id);
        }
        Call { path: format!("{}/query", scope.path()), body: Some(body), headers, timeout, repeatable: true }
    }
}

/// The text with its parameters as `let` statements. A text that declares none goes as it is: the service may know more KQL than is known here.
fn filled(query: &Query) -> Result<String, Fault> {
    if !query.text.contains("query_parameters") {
        return Ok(query.text.clone());
    }
    with_values(&query.text, &query.params).map_err(|error| Fault::new(FaultKind::Query, error.render(&query.text)))
}

/// One query of a client, for its parts.
struct Asked<'a> {
    client: &'a LogAnalytics,
    query: &'a Query,
    scope: &'a Scope,
    workspaces: &'a [String],
}

impl Part for Asked<'_> {
    fn fetch<'a>(&'a self, text: String) -> BoxFuture<'a, Result<Outcome, Fault>> {
        async move {
            let call = self.client.call(&text, self.query, self.scope, self.workspaces);
            let answer = self.client.service.send::<Decoder>(&call).await?;
            answer::outcome(answer, &self.client.service.name)
        }
        .boxed()
    }
}
