//! The kinds of account and the sources they are searched in.

use std::fmt;

use crate::error::Error;

/// Where an account was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Azure AD sign-ins (SigninLogs, AADNonInteractiveUserSignInLogs).
    AzureActiveDirectory,
    /// Azure control-plane operations (AzureActivity).
    AzureActivity,
    /// Office 365 operations (OfficeActivity).
    Office365,
    /// Windows logons (SecurityEvent 4624, 4625).
    Windows,
    /// Linux ssh logons (Syslog).
    Linux,
}

/// Whether an account lives in the cloud or on hosts: what additional data there is for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// Azure AD, Azure, Office 365.
    Cloud,
    /// Windows, Linux.
    Host,
}

impl Source {
    /// All, in the order in which they are searched and listed.
    pub const ALL: [Self; 5] =
        [Self::AzureActiveDirectory, Self::AzureActivity, Self::Office365, Self::Windows, Self::Linux];

    /// Its name, as in the `Source` column.
    pub fn name(self) -> &'static str {
        match self {
            Self::AzureActiveDirectory => "AzureActiveDirectory",
            Self::AzureActivity => "AzureActivity",
            Self::Office365 => "Office365",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// The source of this name, case ignored.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Cloud or host.
    pub fn realm(self) -> Realm {
        match self {
            Self::Windows | Self::Linux => Realm::Host,
            _ => Realm::Cloud,
        }
    }

    /// The queries that find accounts in it.
    pub fn find_queries(self) -> &'static [&'static str] {
        match self {
            Self::AzureActiveDirectory => &["Azure.find_aad_accounts", "Azure.find_aad_noninteractive_accounts"],
            Self::AzureActivity => &["Azure.find_azure_activity_accounts"],
            Self::Office365 => &["Office365.find_accounts"],
            Self::Windows => &["WindowsSecurity.find_accounts"],
            Self::Linux => &["LinuxSyslog.find_accounts"],
        }
    }

    /// The queries that give an account's addresses and hosts in it.
    pub fn address_queries(self) -> &'static [&'static str] {
        match self {
            Self::AzureActiveDirectory => {
                &["Azure.list_aad_addresses_for_account", "Azure.list_aad_noninteractive_addresses_for_account"]
            }
            Self::AzureActivity => &["Azure.list_azure_activity_addresses_for_account"],
            Self::Office365 => &["Office365.list_addresses_for_account"],
            Self::Windows => &["WindowsSecurity.list_addresses_for_account"],
            Self::Linux => &["LinuxSyslog.list_addresses_for_account"],
        }
    }

    /// The queries that give all that an account did: of the cloud sources together, of a host source alone.
    pub fn activity_queries(self) -> &'static [&'static str] {
        match self {
            Self::Windows => &["WindowsSecurity.list_logon_attempts_by_account"],
            Self::Linux => &["LinuxSyslog.list_logons_for_account"],
            _ => &[
                "Azure.list_aad_signins_for_account",
                "Azure.list_aad_noninteractive_signins_for_account",
                "Azure.list_azure_activity_for_account",
                "Office365.list_activity_for_account",
            ],
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The sources that a list of account types means: `All`, `Azure` (the three cloud sources), or names of sources, separated
/// by commas; case ignored.
///
/// # Errors
/// An unknown type (with the nearest names), or none at all.
pub fn parse_types(text: &str) -> Result<Vec<Source>, Error> {
    let mut sources = Vec::new();
    for word in text.split([',', ';', '|']).map(str::trim).filter(|w| !w.is_empty()) {
        if word.eq_ignore_ascii_case("All") {
            sources.extend(Source::ALL);
        } else if word.eq_ignore_ascii_case("Azure") {
            sources.extend(Source::ALL.into_iter().filter(|s| s.realm() == Realm::Cloud));
        } else {
            let names = ["All", "Azure"].into_iter().chain(Source::ALL.iter().map(|s| s.name()));
            sources.push(Source::parse(word).ok_or_else(|| Error::unknown("account type", word, names))?);
        }
    }
    if sources.is_empty() {
        return Err(Error::bad_input("no account type was given")
            .with_help("give All, Azure, or some of AzureActiveDirectory, AzureActivity, Office365, Windows, Linux"));
    }
    sources.sort_unstable();
    sources.dedup();
    Ok(sources)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn types_are_read_in_any_case_and_combination() {
        assert_eq!(parse_types("All").unwrap(), Source::ALL);
        assert_eq!(parse_types("windows, LINUX").unwrap(), [Source::Windows, Source::Linux]);
        assert_eq!(parse_types("Azure,Office365").unwrap().len(), 3);
    }

    #[test]
    fn an_unknown_type_gets_the_nearest() {
        let error = parse_types("Windoes").unwrap_err();
        assert_eq!(error.to_string(), "there is no account type \"Windoes\"\n  help: did you mean Windows?");
        assert_eq!(parse_types(" , ").unwrap_err().message, "no account type was given");
    }
}
