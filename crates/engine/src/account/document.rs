//! The account summary as an analyst sees it.

use kql_polars::KqlTable;
use render::{Document, Entity, Header, Level, Notes, Section, Table, Timeline};

use super::detail::Additional;
use super::properties::{PROPERTIES, find_property};
use super::summary::AccountSummary;
use crate::error::Error;
use crate::notebooklet::property::PropertyKind;
use crate::notebooklet::{TimelineOf, draw, field_value, plural, push_reports, searched};
use crate::workspace::short_time;

/// How many matches are listed with their line of code.
const LISTED: usize = 30;

/// Where a summary is read: what to do next is said in the words of that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The cells of a notebook.
    Notebook,
    /// The command line.
    Terminal,
}

impl AccountSummary {
    /// The whole summary: what was found, the selected account, and its additional data if that was fetched.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn document(&self) -> Result<Document, Error> {
        self.document_for(Reader::Notebook)
    }

    /// The whole summary, with what to do next as its reader can do it.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn document_for(&self, reader: Reader) -> Result<Document, Error> {
        let notebook = reader == Reader::Notebook;
        let mut document = Document::of(self.header());
        document.push(searched(&self.found.reports, &self.found.notes));
        match (&self.selected, self.found.matches.len()) {
            (None, 0) => document.push(self.no_match(reader)),
            (None, _) => document.push(self.several(reader)?),
            (Some(_), 1) => {}
            (Some(selected), n) => document.push(format!(
                "{n} accounts match; this is {} in {}. {} lists them all.",
                selected.account.account_name,
                selected.account.source,
                if notebook { "browse_accounts()" } else { "The same command without --select" }
            )),
        }
        if let Some(selected) = &self.selected {
            document.push(self.entity_card()?);
            document.push(self.alerts_section(reader)?);
            document.push(self.bookmarks_section()?);
            push_reports(&mut document, &selected.reports);
            match self.additional() {
                Some(additional) => {
                    for section in additional_sections(&additional, self.request.window)? {
                        document.push(section);
                    }
                    push_reports(&mut document, &additional.reports);
                }
                None if !notebook => {}
                None => document
                    .push("What the account did, its timelines and its IP addresses: account.get_additional_data()?"),
            }
        }
        Ok(document)
    }

    /// What `get_additional_data` fetched.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn additional_document(&self, additional: &Additional) -> Result<Document, Error> {
        let mut document = Document::of(self.header());
        for section in additional_sections(additional, self.request.window)? {
            document.push(section);
        }
        push_reports(&mut document, &additional.reports);
        Ok(document)
    }

    fn header(&self) -> Header {
        let (start, end) = self.request.window;
        let subject = match &self.selected {
            Some(selected) => selected.account.account_name.clone(),
            None => self.request.name.given.clone(),
        };
        let sources: Vec<&str> = self.request.sources.iter().map(|s| s.name()).collect();
        let mut header = Header::new("Account summary").subject(subject);
        if let Some(selected) = &self.selected {
            header = header
                .fact("Source", selected.account.source.name())
                .fact("Last activity", short_time(selected.account.last_activity));
        }
        header
            .fact("Workspace", self.workspace().name.clone())
            .fact("Time range", format!("{} to {} (UTC)", short_time(start), short_time(end)))
            .fact("Searched", sources.join(", "))
    }

    fn no_match(&self, reader: Reader) -> Notes {
        let name = &self.request.name;
        let (start, end) = self.request.window;
        let mut items = vec![
            format!(
                "No account matches {} between {} and {}.",
                crate::error::quoted(&name.given),
                short_time(start),
                short_time(end)
            ),
            format!(
                "To widen the search: a longer time range ({}), all account types ({}), or only a part of the name, such as the first or \
                 the last name. Names match by whole words: bob finds bob@contoso.com and CONTOSO\\bob, not bobg.",
                if reader == Reader::Notebook { "TimeSpan::parse(\"last 14 days\")?" } else { "--last 14d" },
                if reader == Reader::Notebook { ".types(\"All\")?" } else { "--types All" },
            ),
        ];
        let odd = name.odd_characters();
        if !odd.is_empty() {
            let odd: Vec<String> = odd.iter().map(char::to_string).collect();
            items.push(format!("The name has characters that account names do not have: {}", odd.join(" ")));
        }
        Notes::new(Level::Warning, items).title("No match")
    }

    fn several(&self, reader: Reader) -> Result<Section, Error> {
        let matches = &self.found.matches;
        let mut section = Section::new(format!("{} matching accounts", matches.len()))
            .intro(match reader {
                Reader::Notebook => "Newest first. Select one with its line of code:",
                Reader::Terminal => "Newest first. To look at one, run the command again with its --select:",
            })
            .with(Table::new(self.account_activity()?).page(LISTED));
        let mut code: Vec<String> = matches
            .iter()
            .take(LISTED)
            .map(|m| match reader {
                Reader::Notebook => {
                    format!("let account = account.select({:?}, AccountType::{})?;", m.account_name, m.source)
                }
                Reader::Terminal => format!("--select {}", shell_word(&format!("{}:{}", m.account_name, m.source))),
            })
            .collect();
        if matches.len() > LISTED {
            code.push(format!("… and {} more", matches.len() - LISTED));
        }
        section.push(code.join("\n"));
        Ok(section)
    }

    /// Every match, with the line of code that selects it.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn browse_accounts(&self) -> Result<Document, Error> {
        Ok(if self.found.matches.is_empty() {
            Document::of(self.no_match(Reader::Notebook))
        } else {
            Document::of(self.several(Reader::Notebook)?)
        })
    }

    /// The selected account as a card.
    ///
    /// # Errors
    /// When no account is selected.
    pub fn entity_card(&self) -> Result<Entity, Error> {
        let selected = self.selected()?;
        let mut card = Entity::new("Account", selected.account.account_name.clone());
        for (name, value) in &selected.entity {
            card.push(name.clone(), field_value(value));
        }
        Ok(card)
    }

    fn alerts_section(&self, reader: Reader) -> Result<Section, Error> {
        let selected = self.selected()?;
        let section = Section::new("Related alerts");
        let Some(alerts) = &selected.related_alerts else {
            return Ok(section.intro("Not available in this workspace."));
        };
        if alerts.rows() == 0 {
            return Ok(section.intro("No alert in this time range names the account."));
        }
        let mut section = section.intro(format!(
            "{} that {} the account.{}",
            plural(alerts.rows(), "alert"),
            if alerts.rows() == 1 { "names" } else { "name" },
            if reader == Reader::Notebook { " account.browse_alerts()? opens each one." } else { "" }
        ));
        if let Some(counts) = selected.alerts_by_name()? {
            section.push(Table::new(counts).page(20));
        }
        section.push(timeline("alert_timeline", alerts, self.request.window)?);
        Ok(section)
    }

    fn bookmarks_section(&self) -> Result<Section, Error> {
        let section = Section::new("Related bookmarks");
        Ok(match &self.selected()?.related_bookmarks {
            None => section.intro("Not available in this workspace."),
            Some(bookmarks) if bookmarks.rows() == 0 => {
                section.intro("No bookmark in this time range names the account.")
            }
            Some(bookmarks) => section.with(Table::new(bookmarks.clone())),
        })
    }

    /// A timeline of the summary by its property name.
    ///
    /// # Errors
    /// An unknown name, no selected account, additional data that was not fetched or does not apply.
    pub fn timeline(&self, name: &str) -> Result<Timeline, Error> {
        let property = find_property(name)?;
        let (drawn, of) = timeline_tables(property.name).unwrap_or((property.name, property.name));
        // Says that the timeline does not apply to the account, or that its data was not fetched.
        self.table(of)?;
        timeline(property.name, &self.table(drawn)?, self.request.window)
    }

    /// Which tables have rows now: name, rows, what they are.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn data_properties(&self) -> Result<Vec<(&'static str, usize, &'static str)>, Error> {
        let mut list = Vec::new();
        for property in PROPERTIES.iter().filter(|p| p.kind == PropertyKind::Table) {
            if let Ok(table) = self.table(property.name)
                && table.rows() > 0
            {
                list.push((property.name, table.rows(), property.doc));
            }
        }
        Ok(list)
    }
}

fn additional_sections(additional: &Additional, window: (i64, i64)) -> Result<Vec<Section>, Error> {
    let mut sections = Vec::new();
    if let Some(logons) = &additional.host_logons {
        let mut section = Section::new("Logons by computer");
        match &additional.host_logon_summary {
            Some(summary) if summary.rows() > 0 => {
                section.push(Table::new(summary.clone()));
                section.push(timeline("host_logon_timeline", &additional.ip_all_data, window)?);
                section.push(Section::new("Logons (host_logons)").with(Table::new(logons.clone())));
            }
            _ => section.intro = Some("No logon in this time range.".to_owned()),
        }
        sections.push(section);
    }
    if let Some(activity) = &additional.azure_activity {
        if activity.rows() == 0 {
            sections.push(Section::new("Cloud activity").intro("No activity in this time range."));
        } else {
            let mut timelines = Section::new("Cloud activity over time");
            for name in ["azure_timeline_by_provider", "account_timeline_by_ip", "azure_timeline_by_operation"] {
                let by_address = name == "account_timeline_by_ip";
                let events = if by_address { &additional.ip_all_data } else { activity };
                timelines.push(timeline(name, events, window)?);
            }
            sections.push(timelines);
            if let Some(summary) = &additional.azure_activity_summary {
                sections.push(
                    Section::new("Cloud activity by application and address (azure_activity_summary)")
                        .with(Table::new(summary.clone())),
                );
            }
            sections.push(Section::new("Events (azure_activity)").with(Table::new(activity.clone())));
        }
    }
    if additional.ip_summary.rows() > 0 {
        sections.push(
            Section::new("IP addresses (ip_summary)")
                .intro("Events by address, source, operation and user agent; events without an address are kept.")
                .with(Table::new(additional.ip_summary.clone()).page(10)),
        );
    }
    Ok(sections)
}

const TIMELINES: [TimelineOf; 5] = [
    ("alert_timeline", "related_alerts", "AlertName", "Alerts", &["AlertName", "Severity", "ProductName"]),
    (
        "host_logon_timeline",
        "ip_all_data",
        "IpAddress",
        "Logons by source IP address",
        &["Computer", "Operation", "CountryName"],
    ),
    (
        "azure_timeline_by_provider",
        "azure_activity",
        "AppResourceProvider",
        "Cloud activity by application or provider",
        &["Operation", "IPAddress", "AppResourceProvider"],
    ),
    (
        "account_timeline_by_ip",
        "ip_all_data",
        "IpAddress",
        "Cloud activity by source IP address",
        &["Operation", "AppResourceProvider", "CountryName"],
    ),
    (
        "azure_timeline_by_operation",
        "azure_activity",
        "Operation",
        "Cloud activity by operation",
        &["Operation", "IPAddress", "AppResourceProvider"],
    ),
];

/// The table that a timeline draws, and the one whose events it shows.
fn timeline_tables(name: &str) -> Option<(&'static str, &'static str)> {
    let drawn = TIMELINES.iter().find(|t| t.0 == name)?.1;
    let of = match (drawn, name) {
        ("ip_all_data", "host_logon_timeline") => "host_logons",
        ("ip_all_data", _) => "azure_activity",
        _ => drawn,
    };
    Some((drawn, of))
}

fn timeline(name: &str, table: &KqlTable, window: (i64, i64)) -> Result<Timeline, Error> {
    draw(&TIMELINES, name, table, window)
}

/// Text as one word for a POSIX shell. Names come from logs: one that is pasted must not run anything.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._:-".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
