//! What an account did: its logons or its cloud activity, and the summaries of them.

use std::collections::BTreeMap;

use kql::Value;
use kql_polars::KqlTable;

use super::addresses;
use super::types::{Realm, Source};
use crate::error::{Error, ErrorCode};
use crate::notebooklet::activity::{AZURE_ACTIVITY_SUMMARY, cloud_activity};
use crate::queries;
use crate::rows::derive;
use crate::workspace::{QueryOutcome, QueryReport, Workspace};

/// Everything that [`super::AccountSummary::get_additional_data`] fetches. Tables that do not apply to the source are `None`.
#[derive(Debug, Clone)]
pub struct Additional {
    /// Windows or Linux: every logon and failed logon, by time.
    pub host_logons: Option<KqlTable>,
    /// Windows or Linux: one row per computer.
    pub host_logon_summary: Option<KqlTable>,
    /// Cloud: every event of the sources together, by time.
    pub azure_activity: Option<KqlTable>,
    /// Cloud: one row per account, table, address, application and user type.
    pub azure_activity_summary: Option<KqlTable>,
    /// One row per address, source, operation and user agent.
    pub ip_summary: KqlTable,
    /// One row per event and address.
    pub ip_all_data: KqlTable,
    /// How each query went.
    pub reports: Vec<QueryReport>,
}

/// Logons by computer. A null address stays in the list of addresses as the empty text.
const HOST_LOGON_SUMMARY: &str = "
let results = Logons
    | summarize Logons = count() by Computer, LogonResult
    | sort by LogonResult asc
    | summarize LogonResults = make_bag(bag_pack(LogonResult, Logons)) by Computer;
let types = Logons
    | extend LogonType = iff(isempty(tostring(LogonType)), '(none)', tostring(LogonType))
    | summarize Logons = count() by Computer, LogonType
    | sort by LogonType asc
    | summarize LogonTypeCount = make_bag(bag_pack(LogonType, Logons)) by Computer;
Logons
| summarize TotalLogons = count(), FailedLogons = countif(LogonResult == 'Failed'), IpAddresses = make_set(SourceIP),
    FirstLogon = min(TimeGenerated), LastLogon = max(TimeGenerated) by Computer
| join kind=leftouter results on Computer
| join kind=leftouter types on Computer
| project Computer, TotalLogons, FailedLogons, LogonResults, IpAddresses, LogonTypeCount, FirstLogon, LastLogon
| sort by LastLogon desc, Computer asc";

/// Fetches what the account did in the time range, from all cloud sources or from its host source.
///
/// # Errors
/// When every query fails: the error says why the first did. A query that fails beside others is in the reports.
pub fn fetch(
    workspace: &Workspace,
    account_name: &str,
    source: Source,
    window: (i64, i64),
    done: &(dyn Fn(&QueryReport) + Sync),
) -> Result<Additional, Error> {
    let mut jobs = Vec::new();
    for name in source.activity_queries() {
        let params = BTreeMap::from([
            ("account_name".to_owned(), Value::String(account_name.to_owned())),
            ("exact".to_owned(), Value::Bool(true)),
        ]);
        jobs.push((queries::find(name)?, params));
    }
    let (mut reports, mut tables) = (Vec::new(), Vec::new());
    for (report, table) in workspace.run_all(&jobs, window, done)? {
        reports.push(report);
        tables.extend(table);
    }
    if tables.is_empty() {
        let failure = reports.iter().find_map(|r| match &r.outcome {
            QueryOutcome::Failed(error) => Some(error.clone()),
            _ => None,
        });
        return Err(failure.unwrap_or_else(|| {
            Error::new(ErrorCode::NotFound, format!("the workspace {} has none of the tables", workspace.name))
        }));
    }
    let (mut host_logons, mut host_logon_summary) = (None, None);
    let (mut azure_activity, mut azure_activity_summary) = (None, None);
    let events = match source.realm() {
        Realm::Host => {
            let logons = tables.swap_remove(0);
            host_logon_summary = Some(derive(HOST_LOGON_SUMMARY, &[("Logons", &logons)])?);
            &*host_logons.insert(logons)
        }
        Realm::Cloud => {
            let activity = cloud_activity(tables)?;
            azure_activity_summary = Some(derive(AZURE_ACTIVITY_SUMMARY, &[("Activity", &activity)])?);
            &*azure_activity.insert(activity)
        }
    };
    let ip_all_data = addresses::all_data(events, source.realm())?;
    let ip_summary = addresses::summary(&ip_all_data)?;
    Ok(Additional {
        host_logons,
        host_logon_summary,
        azure_activity,
        azure_activity_summary,
        ip_summary,
        ip_all_data,
        reports,
    })
}
