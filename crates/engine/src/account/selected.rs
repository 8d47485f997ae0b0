//! The account that is looked at: its entity, alerts and bookmarks.

use std::collections::BTreeMap;

use kql::Value;
use kql_polars::KqlTable;
use serde_json::Value as Json;

use super::entity::addresses;
use super::search::Match;
use crate::error::Error;
use crate::notebooklet;
use crate::queries;
use crate::workspace::{QueryReport, Workspace};

/// The account that is looked at.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Which of the matches it is.
    pub account: Match,
    /// Its entity: field names as in Microsoft Sentinel, `IpAddresses` or `Hosts` last.
    pub entity: Vec<(String, Json)>,
    /// Alerts that name it, by time; `None` when they could not be fetched.
    pub related_alerts: Option<KqlTable>,
    /// Bookmarks that name it, by time; `None` when they could not be fetched.
    pub related_bookmarks: Option<KqlTable>,
    /// How each query went.
    pub reports: Vec<QueryReport>,
}

impl Selected {
    /// Fetches what is known of an account.
    ///
    /// # Errors
    /// When the workspace cannot be asked at all. A query that fails is in the reports.
    pub fn fetch(
        workspace: &Workspace,
        account: &Match,
        window: (i64, i64),
        done: &(dyn Fn(&QueryReport) + Sync),
    ) -> Result<Self, Error> {
        let name =
            |parameter: &str| BTreeMap::from([(parameter.to_owned(), Value::String(account.account_name.clone()))]);
        let mut jobs = vec![
            (queries::find("SecurityAlert.list_related_alerts")?, name("entity_name")),
            (queries::find("AzureSentinel.list_bookmarks_for_entity")?, name("entity_name")),
        ];
        for query in account.source.address_queries() {
            jobs.push((queries::find(query)?, name("account_name")));
        }
        let (mut reports, mut tables) = (Vec::new(), Vec::new());
        for (report, table) in workspace.run_all(&jobs, window, done)? {
            reports.push(report);
            tables.push(table);
        }
        let used: Vec<KqlTable> = tables.split_off(2).into_iter().flatten().collect();
        let mut tables = tables.into_iter();
        let (related_alerts, related_bookmarks) = (tables.next().flatten(), tables.next().flatten());
        let mut entity = account.fields.clone();
        entity.push(addresses(account.source, &used));
        Ok(Self { account: account.clone(), entity, related_alerts, related_bookmarks, reports })
    }

    /// The alerts counted by name and severity, most first.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn alerts_by_name(&self) -> Result<Option<KqlTable>, Error> {
        self.related_alerts.as_ref().map(notebooklet::alerts_by_name).transpose()
    }
}
