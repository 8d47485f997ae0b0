//! The IP address summary as an analyst sees it.

use kql_polars::KqlTable;
use render::{Block, Document, Entity, FieldValue, Header, Notes, Section, Seen, Table};

use super::properties::find_property;
use super::summary::IpSummary;
use crate::enrichment::browse_ti_results;
use crate::error::Error;
use crate::notebooklet::property::PropertyKind;
use crate::notebooklet::{TimelineOf, browse, draw, field_value, plural, push_reports, searched};
use crate::rows::{derive, rows};
use crate::workspace::short_time;

/// Hosts that are shown as cards; the table has all of them.
const HOST_CARDS: usize = 10;

const TIMELINES: [TimelineOf; 6] = [
    ("alert_timeline", "related_alerts", "AlertName", "Alerts", &["AlertName", "Severity", "ProductName"]),
    (
        "azure_activity_timeline",
        "azure_activity",
        "UserPrincipalName",
        "Sign-ins and Azure operations by account",
        &["Operation", "AppResourceProvider", "ResultType"],
    ),
    (
        "office_activity_timeline",
        "office_activity",
        "Operation",
        "Office 365 operations",
        &["UserPrincipalName", "AppResourceProvider", "ResourceId"],
    ),
    (
        "host_logon_timeline",
        "host_logons",
        "Computer",
        "Logons from the address by host",
        &["AccountName", "LogonResult", "LogonType"],
    ),
    (
        "netflow_by_protocol",
        "az_network_flows",
        "L7Protocol",
        "Azure network flows by protocol",
        &["Computer", "FlowDirection", "DestPort", "AllowedFlows", "DeniedFlows"],
    ),
    (
        "netflow_by_direction",
        "az_network_flows",
        "FlowDirection",
        "Azure network flows by direction",
        &["Computer", "L7Protocol", "DestPort", "AllowedFlows", "DeniedFlows"],
    ),
];

/// What is shown of the answers of services, the worst first.
const TI_COLUMNS: &str = "
Results
| where isnotempty(Provider)
| extend Rank = case(Severity == 'high', 0, Severity == 'warning', 1, Severity == 'information', 2, 3)
| sort by Rank asc, Provider asc
| project Provider, Severity, Result, Details, Status, Reference";

/// A section of the page: title, what it says when there is nothing, and its properties in order.
type Part = (&'static str, &'static str, &'static [&'static str]);

const PARTS: &[Part] = &[
    ("Related accounts", "No account was seen with the address.", &["related_accounts"]),
    (
        "Sign-ins and Azure operations",
        "No sign-in and no Azure operation came from the address.",
        &["azure_activity_summary", "azure_activity_timeline", "azure_activity"],
    ),
    (
        "Office 365 operations",
        "No Office 365 operation came from the address.",
        &["office_activity_summary", "office_activity_timeline", "office_activity"],
    ),
    (
        "Logons to hosts",
        "Nobody logged on to a host from the address.",
        &["host_logon_summary", "host_logon_timeline", "host_logons"],
    ),
    (
        "Azure network flows",
        "The address takes part in no flow.",
        &["az_network_flow_summary", "netflow_by_protocol", "netflow_by_direction", "az_network_flows"],
    ),
    (
        "Firewalls and other appliances",
        "No appliance names the address.",
        &["common_security_summary", "common_security"],
    ),
    ("Connections of devices", "No device had a connection with the address.", &["network_connections"]),
    ("DNS", "No name leads to the address, and nothing was asked from it.", &["dns_summary", "dns_events"]),
];

/// The notes of look-ups stand at the top of the summary.
fn noted_above(table: KqlTable) -> KqlTable {
    KqlTable { notes: Vec::new(), ..table }
}

impl IpSummary {
    /// The whole summary.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn document(&self) -> Result<Document, Error> {
        let mut document = Document::of(self.header());
        document.push(searched(&self.reports, &self.notes));
        document.push(self.entity_card());
        if let Some(section) = self.owner_section() {
            document.push(section);
        }
        document.push(self.threat_section()?);
        document.push(self.hosts_section());
        document.push(self.alerts_section()?);
        document.push(match self.get("related_bookmarks") {
            None => Section::new("Related bookmarks").intro("Not available in this workspace."),
            Some(table) if table.rows() == 0 => {
                Section::new("Related bookmarks").intro("No bookmark in this time range names the address.")
            }
            Some(table) => Section::new("Related bookmarks").with(Table::new(table.clone())),
        });
        for part in PARTS {
            document.push(self.part(part)?);
        }
        push_reports(&mut document, &self.reports);
        Ok(document)
    }

    /// What was looked for, where.
    pub fn header(&self) -> Header {
        let (start, end) = self.request.window;
        Header::new("IP address summary")
            .subject(self.request.address.to_string())
            .fact("Type", self.kind.name())
            .fact("Origin", self.origin())
            .fact("Workspace", self.workspace().name.clone())
            .fact("Time range", format!("{} to {} (UTC)", short_time(start), short_time(end)))
    }

    /// The address as a card.
    pub fn entity_card(&self) -> Entity {
        let mut card = Entity::new("IpAddress", self.request.address.to_string());
        card.push("Address", self.request.address.to_string());
        card.push("Type", self.kind.name());
        card.push("Origin", self.origin());
        for (name, value) in self.facts() {
            card.push(name, value);
        }
        if !self.hosts.is_empty() {
            let names = self.hosts.iter().map(|h| FieldValue::Text(h.name.clone())).collect();
            card.push("Hosts", FieldValue::List(names));
        }
        let seen: Vec<Seen> = self
            .seen()
            .into_iter()
            .map(|(title, count, first, last)| Seen::new(title).between(Some(first), Some(last)).count(count))
            .collect();
        if !seen.is_empty() {
            card.push("SeenIn", FieldValue::Seen(seen));
        }
        card
    }

    /// What the look-ups say, as fields: country, place, autonomous system, network, the worst that is said of it.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let mut add = |name: &'static str, value: String| {
            if !value.trim().is_empty() {
                facts.push((name, value));
            }
        };
        let place = self.get("geoip").and_then(|table| rows(table).next());
        let country = match (&place, self.country) {
            (Some(row), _) if !row.text("CountryCode").is_empty() => {
                format!("{} ({})", row.text("CountryOrRegionName"), row.text("CountryCode"))
            }
            (_, Some(country)) => format!("{} ({})", country.name, country.code),
            (_, None) if self.kind == enrich::IpKind::Public => "unknown".to_owned(),
            (_, None) => "none: only public addresses have one".to_owned(),
        };
        add("Country", country);
        if let Some(row) = place {
            let parts = [row.text("City"), row.text("State")];
            add("Place", parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "));
            add("GeoSource", row.text("GeoSource"));
        }
        if let Some(row) = self.get("whois").and_then(|table| rows(table).next()) {
            add("AutonomousSystem", format!("{} {}", row.text("asn"), row.text("asn_description")));
            add("Network", format!("{} {}", row.text("net_name"), row.text("asn_cidr")));
            add("WhoIsSource", row.text("whois_source"));
        }
        let severities = self.get("ti_results").into_iter().flat_map(rows).map(|row| row.text("Severity"));
        let rank = |word: &str| ["unknown", "information", "warning", "high"].iter().position(|known| *known == word);
        add("ThreatIntelligence", severities.max_by_key(|word| rank(word)).unwrap_or_default());
        facts
    }

    /// The hosts that have the address as cards.
    pub fn host_cards(&self) -> Vec<Entity> {
        let cards = self.hosts.iter().map(|host| {
            let mut card = Entity::new("Host", host.name.clone());
            for (name, value) in &host.fields {
                card.push(name.clone(), field_value(value));
            }
            card
        });
        cards.collect()
    }

    /// Where and whose a public address is; nothing for others.
    fn owner_section(&self) -> Option<Section> {
        if self.kind != enrich::IpKind::Public {
            return None;
        }
        let mut section = Section::new("Where and whose");
        for (name, columns) in [
            (
                "geoip",
                "IPAddress, CountryOrRegionName, State, City, Latitude, Longitude, Asn, AsOrganization, GeoSource, GeoStatus",
            ),
            (
                "whois",
                "IPAddress, asn, asn_description, asn_cidr, asn_registry, asn_date, net_name, whois_source, whois_status",
            ),
            ("whois_nets", "Cidr, Name, Range, Description, Country, Emails, Created, Updated"),
            ("passive_dns", "Provider, Result, Details, Reference, Status"),
        ] {
            match self.get(name).map(|table| derive(&format!("Answers | project {columns}"), &[("Answers", table)])) {
                Some(Ok(table)) if table.rows() > 0 => section.push(Table::new(noted_above(table)).caption(name)),
                Some(Ok(_)) => {}
                Some(Err(error)) => section.push(Notes::warning([error.message])),
                None => section.push(Notes::info([self.not_read(name)])),
            }
        }
        Some(section)
    }

    fn threat_section(&self) -> Result<Section, Error> {
        let mut section = Section::new("Threat intelligence");
        let public = self.kind == enrich::IpKind::Public;
        let Some(results) = self.get("ti_results") else {
            return Ok(section.with(Notes::info([self.not_read("ti_results")])));
        };
        let found = derive(TI_COLUMNS, &[("Results", results)])?;
        let indicators = self.get("ti_indicators").filter(|table| table.rows() > 0);
        if !public && indicators.is_none() {
            let why = "threat intelligence is about public addresses, and no indicator of the workspace names it";
            return Ok(section.intro(format!("The address is {}: {why}.", self.kind)));
        }
        match found.rows() {
            0 => section.push("No service is set up, and the workspace has no table of indicators."),
            _ => section
                .push(Table::new(noted_above(found)).caption("ip.browse_ti_results()? shows all of each answer.")),
        }
        if let Some(indicators) = indicators {
            section.push(Table::new(indicators.clone()).page(10).caption("ti_indicators"));
        }
        Ok(section)
    }

    fn hosts_section(&self) -> Section {
        let mut section = Section::new("Hosts");
        match self.get("associated_hosts") {
            None => return section.intro("The workspace has no table that tells of hosts."),
            Some(table) if table.rows() == 0 => return section.intro("No host is known to have used the address."),
            Some(table) => section.push(Table::new(table.clone())),
        }
        for card in self.host_cards().into_iter().take(HOST_CARDS) {
            section.push(card);
        }
        if self.hosts.len() > HOST_CARDS {
            section.push(Notes::info([format!(
                "{HOST_CARDS} of {} hosts that have the address are shown as cards.",
                self.hosts.len()
            )]));
        }
        section
    }

    fn alerts_section(&self) -> Result<Section, Error> {
        let section = Section::new("Related alerts");
        let Some(alerts) = self.get("related_alerts") else {
            return Ok(section.intro("Not available in this workspace."));
        };
        if alerts.rows() == 0 {
            return Ok(section.intro("No alert in this time range names the address."));
        }
        let names = if alerts.rows() == 1 { "names" } else { "name" };
        let counts = crate::notebooklet::alerts_by_name(alerts)?;
        Ok(section
            .intro(format!(
                "{} that {names} the address. ip.browse_alerts()? opens each one.",
                plural(alerts.rows(), "alert")
            ))
            .with(Table::new(counts).page(20))
            .with(self.timeline("alert_timeline")?))
    }

    fn part(&self, (title, nothing, properties): &Part) -> Result<Section, Error> {
        let mut section = Section::new(*title);
        let has_rows = |name: &&str| self.get(name).is_some_and(|table| table.rows() > 0);
        if !properties.iter().any(has_rows) {
            let read = properties.iter().any(|name| self.get(name).is_some());
            return Ok(section.intro(if read { *nothing } else { "Not available in this workspace." }));
        }
        for name in *properties {
            match find_property(name)?.kind {
                PropertyKind::Timeline => section.push(self.timeline(name)?),
                _ => {
                    let table: KqlTable = self.table(name)?;
                    section.push(Table::new(table).page(10).caption(*name));
                }
            }
        }
        Ok(section)
    }

    /// A timeline by its property name; a note in its place where its table could not be read.
    ///
    /// # Errors
    /// An unknown name.
    pub fn timeline(&self, name: &str) -> Result<Block, Error> {
        let property = find_property(name)?;
        let table = TIMELINES.iter().find(|t| t.0 == property.name).map_or(property.name, |t| t.1);
        Ok(match self.get(table) {
            Some(events) => draw(&TIMELINES, property.name, events, self.request.window)?.into(),
            None => Notes::info([self.not_read(property.name)]).into(),
        })
    }

    /// Each related alert as a card, by time.
    ///
    /// # Errors
    /// When the alerts could not be fetched.
    pub fn browse_alerts(&self) -> Result<Document, Error> {
        Ok(browse::alerts(&self.table("related_alerts")?, "the address"))
    }

    /// Each related bookmark with the row it was made from, by time.
    ///
    /// # Errors
    /// When the bookmarks could not be fetched.
    pub fn browse_bookmarks(&self) -> Result<Document, Error> {
        Ok(browse::bookmarks(&self.table("related_bookmarks")?, "the address"))
    }

    /// What each service and the workspace know of the address, the worst first.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn browse_ti_results(&self) -> Result<Document, Error> {
        match self.get("ti_results") {
            Some(results) if results.rows() > 0 => browse_ti_results(results),
            Some(_) => Ok(Document::of("No service is set up, and the workspace has no table of indicators.")),
            None => Ok(Document::of(Notes::info([self.not_read("ti_results")]))),
        }
    }
}
