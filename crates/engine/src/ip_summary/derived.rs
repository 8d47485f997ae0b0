//! What is made of the answers: tables of several sources as one, and their summaries. All of it is KQL, so that null keys, ties and types behave
//! as analysts know them.

use kql_polars::KqlTable;

use crate::error::Error;
use crate::rows::derive;

/// Logons of Windows, Linux and Defender for Endpoint with the same columns.
const LOGONS: &str = "
Logons
| extend LogonType = tostring(LogonType), Computer = COMPUTER
| project-reorder TimeGenerated, Source, Computer, AccountName, LogonResult, LogonType, SourceIP";

const LOGON_COLUMNS: &str = "
union Parts, (datatable (TimeGenerated: datetime, Source: string, Computer: string, AccountName: string, LogonResult: string, LogonType: string,
    SourceIP: string) [])
| sort by TimeGenerated asc";

/// Logons by host, account and type of logon.
pub const LOGON_SUMMARY: &str = "
Logons
| summarize Logons = count(), Failed = countif(LogonResult == 'Failed'), FirstLogon = min(TimeGenerated), LastLogon = max(TimeGenerated)
    by Computer, Account = AccountName, Source, LogonType
| sort by Logons desc, FirstLogon asc, Computer asc, Account asc";

/// Unknown values stay: a null user type, account or application is a group of its own.
pub const AZURE_SUMMARY: &str = "
Activity
| extend Status = case(isempty(tostring(ResultType)), tostring(ActivityStatusValue), tostring(ResultType) == '0', 'Success', strcat('Failed ', ResultType))
| summarize OperationCount = count(), OperationTypes = make_set(Operation, 20), Resources = dcountif(ResourceId, isnotempty(ResourceId)),
    FirstOperation = min(TimeGenerated), LastOperation = max(TimeGenerated)
    by UserPrincipalName, Type, IPAddress, AppResourceProvider, UserType, Status
| sort by OperationCount desc, FirstOperation asc, UserPrincipalName asc, AppResourceProvider asc, Status asc";

/// Columns of the cloud activity that the summary needs, for the case that no source has them.
pub const AZURE_COLUMNS: &str = "
union Activity, (datatable (ResultType: string, ActivityStatusValue: string) [])
| sort by TimeGenerated asc";

/// Office 365 by account, workload and operation.
pub const OFFICE_SUMMARY: &str = "
Office
| summarize OperationCount = count(), FirstOperation = min(TimeGenerated), LastOperation = max(TimeGenerated)
    by UserPrincipalName, OfficeWorkload = AppResourceProvider, Operation
| sort by OperationCount desc, FirstOperation asc, UserPrincipalName asc, Operation asc";

/// Flows by machine, direction, kind and port.
pub const FLOW_SUMMARY: &str = "
Flows
| summarize FlowRecords = count(), AllowedFlows = sum(AllowedFlows), DeniedFlows = sum(DeniedFlows), OutboundBytes = sum(OutboundBytes),
    InboundBytes = sum(InboundBytes), FirstFlow = min(TimeGenerated), LastFlow = max(TimeGenerated)
    by Computer, FlowDirection = case(FlowDirection == 'I', 'Inbound', FlowDirection == 'O', 'Outbound', FlowDirection), FlowType, L7Protocol, DestPort
| sort by AllowedFlows desc, DeniedFlows desc, FirstFlow asc, Computer asc, DestPort asc";

/// Flows by hour and protocol.
pub const FLOWS_BY_HOUR: &str = "
Flows
| summarize AllowedFlows = sum(AllowedFlows), DeniedFlows = sum(DeniedFlows) by TimeGenerated = bin(TimeGenerated, 1h), L7Protocol, FlowDirection
| sort by TimeGenerated asc, L7Protocol asc, FlowDirection asc";

/// Events of appliances by what they did, from whom to what.
pub const APPLIANCE_SUMMARY: &str = "
Events
| summarize Events = count(), SentBytes = sum(SentBytes), ReceivedBytes = sum(ReceivedBytes), FirstEvent = min(TimeGenerated), LastEvent = max(TimeGenerated)
    by DeviceProduct, Activity, DeviceAction, SourceIP, DestinationIP, DestinationPort, ApplicationProtocol, SourceUserName
| sort by Events desc, FirstEvent asc, SourceIP asc, DestinationPort asc";

/// Names by which DNS knows the address, and names that were asked for from it.
pub const DNS_SUMMARY: &str = "
Lookups
| extend Relation = iff(ClientIP =~ IPAddress, 'asked for from the address', 'is a name of the address')
| summarize Lookups = count(), Clients = dcount(ClientIP), FirstLookup = min(TimeGenerated), LastLookup = max(TimeGenerated) by Relation, Name, QueryType
| sort by Relation desc, Lookups desc, Name asc";

/// The logons of one source, with the columns that all sources have. `computer` is the column that names the host.
fn logons(table: &KqlTable) -> Result<KqlTable, Error> {
    let computer = if table.position("Computer").is_some() { "Computer" } else { "DeviceName" };
    derive(&LOGONS.replace("COMPUTER", computer), &[("Logons", table)])
}

/// The logons of all sources, by time.
///
/// # Errors
/// A defect of the engine.
pub fn all_logons(tables: &[KqlTable]) -> Result<Option<KqlTable>, Error> {
    let tables: Vec<KqlTable> = tables.iter().map(logons).collect::<Result<_, _>>()?;
    let parts = crate::notebooklet::activity::concatenate(tables)?;
    parts.map(|parts| derive(LOGON_COLUMNS, &[("Parts", &parts)])).transpose()
}

/// A part of a union: the name of its table in the query, the table, and what is projected of it.
pub type UnionPart<'a> = (&'static str, Option<&'a KqlTable>, &'static str);

/// The union of those parts whose table there is, and what follows it; `None` without any.
///
/// # Errors
/// A defect of the engine.
pub fn union(parts: &[UnionPart<'_>], then: &str) -> Result<Option<KqlTable>, Error> {
    let mut lines = Vec::new();
    let mut tables = Vec::new();
    for (name, table, projection) in parts {
        if let Some(table) = table {
            lines.push(format!("({name} {projection})"));
            tables.push((*name, *table));
        }
    }
    if tables.is_empty() {
        return Ok(None);
    }
    derive(&format!("union {}\n{then}", lines.join(",\n")), &tables).map(Some)
}

/// The accounts that were seen with the address.
pub const ACCOUNTS: &str = "
| where isnotempty(Account)
| summarize Events = count(), Failed = countif(Failed), On = make_set_if(On, isnotempty(On), 20), FirstSeen = min(TimeGenerated),
    LastSeen = max(TimeGenerated) by Account, Source
| sort by Events desc, LastSeen desc, Account asc, Source asc";

/// The hosts that were seen with the address.
pub const HOSTS: &str = "
| where isnotempty(Computer)
| summarize Records = sum(Records), FirstSeen = min(FirstSeen), LastSeen = max(LastSeen) by Computer, Relation, Source
| sort by Relation asc, LastSeen desc, Computer asc, Source asc";
