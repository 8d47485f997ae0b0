//! The server over HTTP on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod fuzz;
mod kusto;
mod log_analytics;
mod python;
mod refusals;
mod several;
mod stopping;

use std::collections::BTreeMap;

use kql_polars::typed::polars_type;
use kql_polars::{NoTables, SourceColumn, TableSource, Tables};
use polars::prelude::IntoLazy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value as Json, json};
use server::{Handle, Options};

/// A row of every type, a row of every null, and numbers that are hard to send.
pub(crate) const TYPES: &str = r#"datatable (b: bool, i: int, l: long, r: real, dec: decimal, t: datetime, ts: timespan, s: string, g: guid, d: dynamic) [
    true, 7, 9007199254740993, 1.5, decimal(12.50), datetime(2020-01-02 03:04:05.1234567), 1d, 'a "b" ü', guid(74be27de-1e4e-49d9-b579-fe0b331d3642), dynamic({"a": [1, null, "x"]}),
    bool(null), int(null), long(null), real(null), decimal(null), datetime(null), timespan(null), '', guid(null), dynamic(null),
    false, -1, -9223372036854775807, real(nan), decimal(-0.1), datetime(0001-01-01), -26h, '', guid(00000000-0000-0000-0000-000000000000), dynamic("x"),
    true, 0, 0, real(+inf), decimal(1), datetime(2020-01-02), 1tick, '', guid(null), dynamic([])
]"#;

/// One event an hour on three days in 2020, of two machines.
pub(crate) const EVENTS: &str = r#"range n from 0 to 71 step 1
    | project TimeGenerated = datetime(2020-05-01) + n * 1h, n, _ResourceId = strcat('/subscriptions/s1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/VM', n % 2)"#;

/// Tables that hold the results of queries.
pub(crate) fn tables(of: &[(&str, &str)]) -> Tables {
    let source = |query: &str| {
        let table = kql_polars::run(query, &NoTables, &BTreeMap::new(), &Default::default()).unwrap();
        let columns = table
            .columns
            .iter()
            .map(|c| SourceColumn { name: c.name.clone(), ty: c.ty, stored: polars_type(c.ty) })
            .collect();
        TableSource { frame: table.frame.lazy(), columns, notes: Vec::new() }
    };
    Tables {
        tables: of.iter().map(|(name, query)| ((*name).to_owned(), source(query))).collect(),
        now: kql::time::parse_datetime("2020-05-03T23:00:00Z"),
    }
}

/// A server and a client of it.
pub(crate) struct Test {
    pub(crate) server: Handle,
    client: Client,
}

impl Test {
    pub(crate) fn start(options: Options) -> Self {
        Self::of(server::start(tables(&[("Types", TYPES), ("Events", EVENTS)]), options).unwrap())
    }

    pub(crate) fn of(server: Handle) -> Self {
        Self { server, client: Client::builder().no_gzip().build().unwrap() }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.server.url())).bearer_auth("any")
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.server.url())).bearer_auth("any")
    }

    /// A Log Analytics query.
    pub(crate) async fn la(&self, query: &str) -> Json {
        ok(self.post("/v1/workspaces/w/query").json(&json!({"query": query}))).await
    }

    /// The first cell of a Log Analytics query with more in its body.
    pub(crate) async fn cell(&self, body: Json) -> Json {
        ok(self.post("/v1/workspaces/w/query").json(&body)).await["tables"][0]["rows"][0][0].clone()
    }

    /// A Kusto query, version 2.
    pub(crate) async fn v2(&self, csl: &str, properties: Json) -> Json {
        ok(self.post("/v2/rest/query").json(&json!({"db": "Local", "csl": csl, "properties": properties}))).await
    }

    /// A management command.
    pub(crate) async fn manage(&self, csl: &str) -> Response {
        self.post("/v1/rest/mgmt").json(&json!({"db": "Local", "csl": csl})).send().await.unwrap()
    }
}

/// The JSON of an answer that has to be 200.
pub(crate) async fn ok(request: RequestBuilder) -> Json {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// Status and JSON of any answer.
pub(crate) async fn any(request: RequestBuilder) -> (u16, Json) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Json::String(text)))
}
