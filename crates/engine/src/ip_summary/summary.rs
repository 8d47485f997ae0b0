//! An IP address summary: asking, and putting together what was answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use enrich::{Country, CountryDb, IpKind};
use kql_polars::KqlTable;

use super::address::Address;
use super::derived::{self, UnionPart};
use super::hosts::{self, Host};
use super::lookups::{Looked, NETS, look_up};
use super::properties::{PROPERTIES, find_property};
use super::sources::{Answers, Part, ask};
use crate::error::{Error, ErrorCode};
use crate::geo_map::Addresses;
use crate::notebooklet::activity::{cloud_activity, concatenate};
use crate::notebooklet::property::PropertyKind;
use crate::rows::{derive, rows};
use crate::workspace::{QueryOutcome, QueryReport, Workspace};

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub address: Address,
    /// Start and end of the time range, in ticks, both included.
    pub window: (i64, i64),
    /// Whether services outside of the workspace are asked about a public address.
    pub services: bool,
}

/// What is known of an address.
#[derive(Debug)]
pub struct IpSummary {
    workspace: Arc<Workspace>,
    /// What was looked for.
    pub request: Request,
    /// What kind of address it is.
    pub kind: IpKind,
    /// The country of a public address, where the database has it.
    pub country: Option<Country>,
    /// The hosts that have the address.
    pub hosts: Vec<Host>,
    /// How each query went.
    pub reports: Vec<QueryReport>,
    /// What the reader has to be told about the tables.
    pub notes: Vec<String>,
    /// The tables by property name. One that is not there could not be fetched.
    tables: BTreeMap<&'static str, KqlTable>,
    /// Why a look-up failed, by the name of its property.
    failed: BTreeMap<&'static str, Error>,
}

impl IpSummary {
    /// Asks the workspace for all that it knows of the address, and services about a public one. `done` is told of each query as it ends. A table
    /// that the workspace lacks is skipped, and a query that fails is noted; both are in the reports. A look-up that fails is in the notes.
    ///
    /// # Errors
    /// When a time range ends before it starts, or every query failed.
    pub fn run(
        workspace: Arc<Workspace>,
        request: Request,
        done: &(dyn Fn(&QueryReport) + Sync),
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, Error> {
        if request.window.0 > request.window.1 {
            return Err(Error::bad_input("the time range ends before it starts")
                .with_help("give the start first: \"2026-01-01T00:00Z .. 2026-01-03T00:00Z\""));
        }
        let (answers, looked) = std::thread::scope(|scope| {
            let looking = scope.spawn(|| look_up(&workspace, request.address, request.services, progress));
            let answers = ask(&workspace, request.address, request.window, done);
            let failed = || Err(Error::new(ErrorCode::Internal, "a look-up ended in a panic"));
            (answers, looking.join().unwrap_or_else(|_| failed()))
        });
        let (answers, looked) = (answers?, looked?);
        let failed = answers.reports.iter().find_map(|report| match &report.outcome {
            QueryOutcome::Failed(error) => Some(error),
            _ => None,
        });
        let any = answers.reports.iter().any(|report| matches!(report.outcome, QueryOutcome::Rows(_)));
        if let (Some(error), false) = (failed, any) {
            return Err(error.clone());
        }
        let kind = request.address.kind();
        let db = CountryDb::embedded().map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        let mut summary = Self {
            workspace,
            request,
            kind,
            country: db.lookup(request.address.0),
            hosts: Vec::new(),
            reports: Vec::new(),
            notes: Vec::new(),
            tables: BTreeMap::new(),
            failed: BTreeMap::new(),
        };
        summary.fill(answers)?;
        summary.add(looked)?;
        Ok(summary)
    }

    fn fill(&mut self, mut answers: Answers) -> Result<(), Error> {
        for (part, name) in [
            (Part::Heartbeat, "heartbeat"),
            (Part::Interface, "az_network_if"),
            (Part::Machine, "vmcomputer"),
            (Part::Device, "device_info"),
            (Part::Alerts, "related_alerts"),
            (Part::Bookmarks, "related_bookmarks"),
            (Part::Indicators, "ti_indicators"),
            (Part::Office, "office_activity"),
            (Part::Flows, "az_network_flows"),
            (Part::Appliances, "common_security"),
            (Part::Connections, "network_connections"),
            (Part::Dns, "dns_events"),
        ] {
            if let Some(table) = concatenate(answers.take(part))? {
                self.tables.insert(name, table);
            }
        }
        let (signins, azure) = (answers.take(Part::Signins), answers.take(Part::Azure));
        if let Some(table) = concatenate(signins.clone())? {
            self.tables.insert("aad_signins", derive("Signins | sort by TimeGenerated asc", &[("Signins", &table)])?);
        }
        if !(signins.is_empty() && azure.is_empty()) {
            let activity = cloud_activity(signins.into_iter().chain(azure).collect())?;
            let activity = derive(derived::AZURE_COLUMNS, &[("Activity", &activity)])?;
            self.tables.insert("azure_activity", activity);
        }
        if let Some(logons) = derived::all_logons(&answers.take(Part::Logons))? {
            self.tables.insert("host_logons", logons);
        }
        for (name, of, alias, text) in [
            ("azure_activity_summary", "azure_activity", "Activity", derived::AZURE_SUMMARY),
            ("office_activity_summary", "office_activity", "Office", derived::OFFICE_SUMMARY),
            ("host_logon_summary", "host_logons", "Logons", derived::LOGON_SUMMARY),
            ("az_network_flow_summary", "az_network_flows", "Flows", derived::FLOW_SUMMARY),
            ("az_network_flows_timeline", "az_network_flows", "Flows", derived::FLOWS_BY_HOUR),
            ("common_security_summary", "common_security", "Events", derived::APPLIANCE_SUMMARY),
            ("dns_summary", "dns_events", "Lookups", derived::DNS_SUMMARY),
        ] {
            if let Some(table) = self.tables.get(of) {
                let made = derive(text, &[(alias, table)])?;
                self.tables.insert(name, made);
            }
        }
        for (name, made) in [("related_accounts", self.accounts()?), ("associated_hosts", self.associated_hosts()?)] {
            if let Some(table) = made {
                self.tables.insert(name, table);
            }
        }
        let hosting = [
            (Part::Heartbeat, "heartbeat"),
            (Part::Machine, "vmcomputer"),
            (Part::Interface, "az_network_if"),
            (Part::Device, "device_info"),
        ];
        let hosting: Vec<_> = hosting.iter().filter_map(|(part, name)| Some((*part, self.tables.get(name)?))).collect();
        self.hosts = hosts::hosts(&hosting);
        self.reports = answers.reports;
        self.notes = answers.notes;
        Ok(())
    }

    fn add(&mut self, looked: Vec<Looked>) -> Result<(), Error> {
        for (name, outcome) in looked {
            match outcome {
                Ok(table) => {
                    for note in &table.notes {
                        if !self.notes.contains(note) {
                            self.notes.push(note.clone());
                        }
                    }
                    self.tables.insert(name, table);
                }
                Err(error) => {
                    self.notes.push(format!("{name}: {}", error.message));
                    self.failed.insert(name, error);
                }
            }
        }
        if let Some(whois) = self.tables.get("whois") {
            let nets = derive(NETS, &[("WhoIs", whois)])?;
            self.tables.insert("whois_nets", nets);
        }
        Ok(())
    }

    fn accounts(&self) -> Result<Option<KqlTable>, Error> {
        let get = |name: &str| self.tables.get(name);
        let parts: [UnionPart<'_>; 4] = [
            (
                "Logons",
                get("host_logons"),
                "| project TimeGenerated, Account = AccountName, Source, On = Computer, Failed = LogonResult == 'Failed'",
            ),
            (
                "Azure",
                get("azure_activity"),
                "| project TimeGenerated, Account = UserPrincipalName, Source, On = AppResourceProvider,
                    Failed = isnotempty(ResultType) and ResultType != '0' or ActivityStatusValue in~ ('Failure', 'Failed')",
            ),
            (
                "Office",
                get("office_activity"),
                "| project TimeGenerated, Account = UserPrincipalName, Source, On = AppResourceProvider, Failed = ResultStatus in~ ('Failed', 'False')",
            ),
            (
                "Appliances",
                get("common_security"),
                "| where SourceIP has IPAddress or SourceTranslatedAddress has IPAddress
                | project TimeGenerated, Account = tolower(SourceUserName), Source = strcat(DeviceVendor, ' ', DeviceProduct), On = Computer,
                    Failed = DeviceAction in~ ('deny', 'drop', 'block', 'reset-both')",
            ),
        ];
        derived::union(&parts, derived::ACCOUNTS)
    }

    fn associated_hosts(&self) -> Result<Option<KqlTable>, Error> {
        let get = |name: &str| self.tables.get(name);
        let parts: [UnionPart<'_>; 7] = [
            (
                "Heartbeats",
                get("heartbeat"),
                "| project Computer, Relation = iff(AddressIs == \"the host's own\", '1 has the address', '2 reports through the address'),
                    Source = 'Heartbeat', Records = 1, FirstSeen, LastSeen = TimeGenerated",
            ),
            (
                "Machines",
                get("vmcomputer"),
                "| project Computer, Relation = '1 has the address', Source = 'VMComputer', Records = 1, FirstSeen = TimeGenerated, LastSeen = TimeGenerated",
            ),
            (
                "Interfaces",
                get("az_network_if"),
                "| project Computer, Relation = '1 has the address', Source = 'AzureNetworkAnalytics_CL', Records = 1, FirstSeen = TimeGenerated,
                    LastSeen = TimeGenerated",
            ),
            (
                "Devices",
                get("device_info"),
                "| project Computer = DeviceName, Relation = '1 has the address', Source = 'DeviceNetworkInfo', Records = 1, FirstSeen, LastSeen = TimeGenerated",
            ),
            (
                "Logons",
                get("host_logons"),
                "| summarize Records = count(), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated) by Computer, Source
                | extend Relation = '3 was logged on to from the address'",
            ),
            (
                "Flows",
                get("az_network_flows"),
                "| summarize Records = count(), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated) by Computer = tostring(split(Computer, '/')[-1])
                | extend Relation = '4 took part in flows of the address', Source = 'Azure network flows'",
            ),
            (
                "Connections",
                get("network_connections"),
                "| summarize Records = count(), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated) by Computer = DeviceName
                | extend Relation = '5 had connections of the address', Source = 'DeviceNetworkEvents'",
            ),
        ];
        let all = derived::union(&parts, derived::HOSTS)?;
        // The digits only order the relations.
        all.map(|all| derive("All | extend Relation = substring(Relation, 2)", &[("All", &all)])).transpose()
    }

    /// The workspace that was asked.
    pub fn workspace(&self) -> &Arc<Workspace> {
        &self.workspace
    }

    /// `Internal` for an address of a network of one's own: a private one, or one that a host has or reports from; otherwise `External`.
    pub fn origin(&self) -> &'static str {
        let private = matches!(self.kind, IpKind::Private | IpKind::Loopback | IpKind::LinkLocal);
        let reports = self.tables.get("heartbeat").is_some_and(|table| table.rows() > 0);
        if private || reports || !self.hosts.is_empty() { "Internal" } else { "External" }
    }

    /// The address on the map of the world, with where it was seen.
    ///
    /// # Errors
    /// When the country database cannot be read.
    pub fn map(&self) -> Result<render::WorldMap, Error> {
        let mut addresses = Addresses::default();
        let text = self.request.address.to_string();
        let seen = self.seen();
        for (source, count, _, _) in &seen {
            addresses.add(&text, source, u64::try_from(*count).unwrap_or(u64::MAX));
        }
        if seen.is_empty() {
            addresses.add(&text, "", 0);
        }
        addresses.map(Some(&self.workspace), &format!("Where {text} is"))
    }

    /// A table by its property name, if its source could be read.
    pub(super) fn get(&self, name: &str) -> Option<&KqlTable> {
        self.tables.get(name)
    }

    /// A table by its property name.
    ///
    /// # Errors
    /// An unknown name (with the nearest ones), a property that is no table. A table whose sources the workspace lacks, or that could not be read,
    /// is empty, and its notes say so.
    pub fn table(&self, name: &str) -> Result<KqlTable, Error> {
        let property = find_property(name)?;
        if property.kind != PropertyKind::Table {
            let tables = PROPERTIES.iter().filter(|p| p.kind == PropertyKind::Table).map(|p| p.name);
            return Err(Error::bad_input(format!("{} is not a table", property.name))
                .with_help(format!("the tables are: {}", tables.collect::<Vec<_>>().join(", "))));
        }
        match self.tables.get(property.name) {
            Some(table) => Ok(table.clone()),
            None => {
                // Empty, so that a notebook that runs unattended goes on; the note says why.
                let mut table = derive("print TimeGenerated = datetime(null) | where false", &[])?;
                table.notes.push(self.not_read(property.name));
                Ok(table)
            }
        }
    }

    /// Why a table is not there: what the workspace lacks, or which queries failed.
    pub fn not_read(&self, name: &str) -> String {
        let address = self.request.address;
        let looked_up = ["geoip", "whois", "whois_nets", "ti_results", "passive_dns"].contains(&name);
        let of = if name == "whois_nets" { "whois" } else { name };
        if let Some(error) = self.failed.get(of) {
            return format!("there is no {name} for {address}: {}", error.message);
        }
        if looked_up && self.kind != IpKind::Public {
            return format!(
                "there is no {name} for {address}: only public addresses are looked up, and it is {}",
                self.kind
            );
        }
        if looked_up && !self.request.services {
            return format!("there is no {name} for {address}: no service was to be asked");
        }
        let missing: Vec<String> = self
            .reports
            .iter()
            .filter_map(|report| match &report.outcome {
                QueryOutcome::NoTable(table) => Some(table.clone()),
                QueryOutcome::Failed(_) => Some(format!("{} (failed)", report.tables.join(", "))),
                QueryOutcome::Rows(_) => None,
            })
            .collect();
        format!("there is no {name} for {address}: its source was not read; not read were: {}", missing.join(", "))
    }

    /// Which tables have rows: name, rows, what they are.
    pub fn data_properties(&self) -> Vec<(&'static str, usize, &'static str)> {
        let tables = PROPERTIES.iter().filter(|p| p.kind == PropertyKind::Table);
        tables
            .filter_map(|p| self.tables.get(p.name).map(|table| (p.name, table.rows(), p.doc)))
            .filter(|(_, rows, _)| *rows > 0)
            .collect()
    }

    /// Where the address was seen: the table, how many of its rows, the first and the last time.
    pub fn seen(&self) -> Vec<(&'static str, usize, i64, i64)> {
        let mut seen = Vec::new();
        for (title, name) in [
            ("Sign-ins and Azure operations", "azure_activity"),
            ("Office 365", "office_activity"),
            ("Logons to hosts", "host_logons"),
            ("Azure network flows", "az_network_flows"),
            ("Firewalls and appliances", "common_security"),
            ("Connections of devices", "network_connections"),
            ("DNS", "dns_events"),
            ("Alerts", "related_alerts"),
        ] {
            let times = self.tables.get(name).into_iter().flat_map(rows).filter_map(|row| row.ticks("TimeGenerated"));
            let (mut count, mut first, mut last) = (0, i64::MAX, i64::MIN);
            for time in times {
                (count, first, last) = (count + 1, first.min(time), last.max(time));
            }
            if count > 0 {
                seen.push((title, count, first, last));
            }
        }
        seen
    }
}
