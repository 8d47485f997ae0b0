//! An account summary from the search on.

use std::sync::{Arc, Mutex, PoisonError};

use kql::KqlType;
use kql_polars::{Column, KqlTable};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

use super::detail::{self, Additional};
use super::name::AccountName;
use super::properties::{PROPERTIES, find_property};
use super::search::{self, Found, Match};
use super::selected::Selected;
use super::types::Source;
use crate::error::{Error, ErrorCode};
use crate::geo_map::Addresses;
use crate::notebooklet::property::PropertyKind;
use crate::workspace::{QueryReport, Workspace};

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The account.
    pub name: AccountName,
    /// Where to look.
    pub sources: Vec<Source>,
    /// Start and end of the time range, in ticks, both included.
    pub window: (i64, i64),
}

/// The accounts that match a name, and what is known of the one that is selected.
#[derive(Debug)]
pub struct AccountSummary {
    workspace: Arc<Workspace>,
    /// What was looked for.
    pub request: Request,
    /// What was found.
    pub found: Found,
    /// The account that is looked at: the only match, or the one that was selected.
    pub selected: Option<Selected>,
    additional: Mutex<Option<Arc<Additional>>>,
}

impl AccountSummary {
    /// Searches for the account, and fetches what is known of it if there is exactly one match. `done` is told of each query as
    /// it ends.
    ///
    /// # Errors
    /// When no table can be searched, or a time range ends before it starts. No match is not an error.
    pub fn run(
        workspace: Arc<Workspace>,
        request: Request,
        done: &(dyn Fn(&QueryReport) + Sync),
    ) -> Result<Self, Error> {
        if request.window.0 > request.window.1 {
            return Err(Error::bad_input("the time range ends before it starts")
                .with_help("give the start first: \"2026-01-01T00:00Z .. 2026-01-03T00:00Z\""));
        }
        let found = search::find(&workspace, &request.name, &request.sources, request.window, done)?;
        let selected = match &found.matches[..] {
            [only] => Some(Selected::fetch(&workspace, only, request.window, done)?),
            _ => None,
        };
        Ok(Self { workspace, request, found, selected, additional: Mutex::new(None) })
    }

    /// The same search with another account selected. The name is compared without case; `source` may be left out when only one
    /// match has the name.
    ///
    /// # Errors
    /// When no match has the name (the nearest are listed), or several sources have it.
    pub fn select(
        &self,
        name: &str,
        source: Option<Source>,
        done: &(dyn Fn(&QueryReport) + Sync),
    ) -> Result<Self, Error> {
        let wanted = name.trim();
        let matches = &self.found.matches;
        let exact: Vec<&Match> = matches.iter().filter(|m| m.account_name == wanted).collect();
        let mut fits = if exact.is_empty() {
            matches.iter().filter(|m| m.account_name.to_lowercase() == wanted.to_lowercase()).collect()
        } else {
            exact
        };
        if fits.is_empty() {
            let mut names: Vec<&str> = matches.iter().map(|m| m.account_name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            return Err(Error::unknown("matching account", wanted, names));
        }
        if let Some(source) = source {
            let has: Vec<&str> = fits.iter().map(|m| m.source.name()).collect();
            let help = format!("it was found in {}", has.join(", "));
            fits.retain(|m| m.source == source);
            if fits.is_empty() {
                return Err(Error::new(
                    ErrorCode::NotFound,
                    format!("the account {} was not found in {source}", crate::error::quoted(wanted)),
                )
                .with_help(help));
            }
        }
        if fits.len() > 1 {
            let sources: Vec<&str> = fits.iter().map(|m| m.source.name()).collect();
            return Err(Error::bad_input(format!(
                "the account {} was found in several sources: {}",
                crate::error::quoted(wanted),
                sources.join(", ")
            ))
            .with_help(format!("say which: account.select({wanted:?}, AccountType::{})?", sources[0])));
        }
        let selected = Selected::fetch(&self.workspace, fits[0], self.request.window, done)?;
        Ok(Self {
            workspace: Arc::clone(&self.workspace),
            request: self.request.clone(),
            found: self.found.clone(),
            selected: Some(selected),
            additional: Mutex::new(None),
        })
    }

    /// The workspace that was asked.
    pub fn workspace(&self) -> &Arc<Workspace> {
        &self.workspace
    }

    /// The account that is looked at.
    ///
    /// # Errors
    /// When none is: the error says how to select one, or that nothing matched.
    pub fn selected(&self) -> Result<&Selected, Error> {
        self.selected.as_ref().ok_or_else(|| match self.found.matches.first() {
            None => Error::new(
                ErrorCode::NotFound,
                format!("no account matches {}", crate::error::quoted(&self.request.name.given)),
            )
            .with_help("widen the time range, the account types or the name"),
            Some(first) => Error::bad_input(format!(
                "{} accounts match {}, and none is selected",
                self.found.matches.len(),
                crate::error::quoted(&self.request.name.given)
            ))
            .with_help(format!(
                "select one, such as: let account = account.select({:?}, AccountType::{})?;",
                first.account_name, first.source
            )),
        })
    }

    /// What the selected account did: fetched the first time, kept from then on.
    ///
    /// # Errors
    /// When no account is selected, or every query fails.
    pub fn get_additional_data(&self, done: &(dyn Fn(&QueryReport) + Sync)) -> Result<Arc<Additional>, Error> {
        let account = &self.selected()?.account;
        let mut kept = self.additional.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(additional) = &*kept {
            return Ok(Arc::clone(additional));
        }
        let fetched = detail::fetch(&self.workspace, &account.account_name, account.source, self.request.window, done)?;
        Ok(Arc::clone(kept.insert(Arc::new(fetched))))
    }

    /// The addresses of the account's events on the map of the world.
    ///
    /// # Errors
    /// When no account is selected, or what it did was not fetched.
    pub fn geoip_map(&self) -> Result<render::WorldMap, Error> {
        let name = &self.selected()?.account.account_name;
        let mut addresses = Addresses::default();
        addresses.add_column(&self.table("ip_all_data")?, "IpAddress", Some("Source"))?;
        addresses.map(Some(&self.workspace), &format!("IP addresses of {name}"))
    }

    /// What [`Self::get_additional_data`] fetched, if it was called.
    pub fn additional(&self) -> Option<Arc<Additional>> {
        self.additional.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The matches as a table: one row per account and source, newest first.
    ///
    /// # Errors
    /// A defect of the engine.
    pub fn account_activity(&self) -> Result<KqlTable, Error> {
        let all = &self.found.matches;
        let text = |name: &str, f: fn(&Match) -> String| {
            (name.to_owned(), KqlType::String, Series::new(name.into(), all.iter().map(f).collect::<Vec<_>>()))
        };
        let time = |name: &str, ty: KqlType, f: fn(&Match) -> i64| {
            (name.to_owned(), ty, Series::new(name.into(), all.iter().map(f).collect::<Vec<_>>()))
        };
        let parts = [
            time("TimeGenerated", KqlType::DateTime, |m| m.last_activity),
            text("AccountName", |m| m.account_name.clone()),
            text("Source", |m| m.source.name().to_owned()),
            time("Events", KqlType::Long, |m| m.events),
            time("FirstSeen", KqlType::DateTime, |m| m.first_seen),
            text("IPAddress", |m| m.ip_address.clone()),
            text("Computer", |m| m.computer.clone()),
        ];
        let columns = parts.iter().map(|(name, ty, _)| Column { name: name.clone(), ty: *ty }).collect();
        let series = parts.into_iter().map(|(_, _, series)| series.into_column()).collect();
        let frame = DataFrame::new(all.len(), series).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        Ok(KqlTable { columns, frame, notes: self.found.notes.clone(), render: None })
    }
}

impl AccountSummary {
    /// A table of the summary by its property name. Tables that come with additional data are fetched if that was not done.
    ///
    /// # Errors
    /// An unknown name (with the nearest ones), a property that is no table, no selected account, a table that does not apply to
    /// the account's source.
    pub fn table(&self, name: &str) -> Result<KqlTable, Error> {
        let property = find_property(name)?;
        if property.kind != PropertyKind::Table {
            let tables = PROPERTIES.iter().filter(|p| p.kind == PropertyKind::Table).map(|p| p.name);
            return Err(Error::bad_input(format!("{} is not a table", property.name))
                .with_help(format!("the tables are: {}", tables.collect::<Vec<_>>().join(", "))));
        }
        if property.name == "account_activity" {
            return self.account_activity();
        }
        let selected = self.selected()?;
        let missing = |why: String| {
            Error::new(
                ErrorCode::NotFound,
                format!("there is no {} for {}: {why}", property.name, selected.account.account_name),
            )
            .with_help("account.data_properties() lists the tables that have rows")
        };
        let table = match property.name {
            "related_alerts" => selected.related_alerts.clone(),
            "related_bookmarks" => selected.related_bookmarks.clone(),
            _ => {
                let additional = self.additional().ok_or_else(|| {
                    Error::bad_input(format!("{} has not been fetched yet", property.name))
                        .with_help("run account.get_additional_data()? first")
                })?;
                match property.name {
                    "host_logons" => additional.host_logons.clone(),
                    "host_logon_summary" => additional.host_logon_summary.clone(),
                    "azure_activity" => additional.azure_activity.clone(),
                    "azure_activity_summary" => additional.azure_activity_summary.clone(),
                    "ip_summary" => Some(additional.ip_summary.clone()),
                    _ => Some(additional.ip_all_data.clone()),
                }
            }
        };
        table.ok_or_else(|| {
            missing(match property.name {
                "related_alerts" | "related_bookmarks" => "its query did not run".to_owned(),
                _ => format!("it does not apply to an account in {}", selected.account.source),
            })
        })
    }
}
