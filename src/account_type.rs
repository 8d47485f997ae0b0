//! Where accounts are looked for.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::nearest::nearest;

/// A source of account records, or a group of sources.
///
/// ```
/// use entity_explorer::AccountType;
///
/// assert_eq!("windows".parse(), Ok(AccountType::Windows));
/// assert_eq!(AccountType::parse_list("Windows,Linux")?, [AccountType::Windows, AccountType::Linux]);
/// # Ok::<(), entity_explorer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountType {
    /// Every source.
    All,
    /// The cloud sources: `AzureActiveDirectory`, `AzureActivity` and `Office365`.
    Azure,
    /// Azure AD (Entra ID) sign-ins: `SigninLogs`.
    AzureActiveDirectory,
    /// Azure resource operations: `AzureActivity`.
    AzureActivity,
    /// Office 365 operations: `OfficeActivity`.
    Office365,
    /// Windows logons: `SecurityEvent`.
    Windows,
    /// Linux logons: `Syslog`.
    Linux,
}

impl AccountType {
    /// Every type, groups first.
    pub const ALL: [AccountType; 7] = [
        Self::All,
        Self::Azure,
        Self::AzureActiveDirectory,
        Self::AzureActivity,
        Self::Office365,
        Self::Windows,
        Self::Linux,
    ];

    /// Its name: `AzureActiveDirectory`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Azure => "Azure",
            Self::AzureActiveDirectory => "AzureActiveDirectory",
            Self::AzureActivity => "AzureActivity",
            Self::Office365 => "Office365",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// Reads names separated by commas, in any case: `Windows,Linux`.
    ///
    /// # Errors
    /// When one is no account type, or there is none.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Error> {
        let mut types = Vec::new();
        for name in text.split(',') {
            types.push(name.parse()?);
        }
        Ok(types)
    }
}

impl FromStr for AccountType {
    type Err = Error;

    /// Reads a name in any case, with or without blanks; `AAD`, `Entra` and `O365` are understood too.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut letters = String::new();
        for c in text.to_lowercase().chars() {
            if !matches!(c, ' ' | '_' | '-') {
                letters.push(c);
            }
        }
        let mut names = [""; Self::ALL.len()];
        for (i, ty) in Self::ALL.into_iter().enumerate() {
            names[i] = ty.name();
            if letters.eq_ignore_ascii_case(ty.name()) {
                return Ok(ty);
            }
        }
        match letters.as_str() {
            "aad" | "azuread" | "entra" | "entraid" => return Ok(Self::AzureActiveDirectory),
            "o365" | "office" | "microsoft365" | "m365" => return Ok(Self::Office365),
            _ => {}
        }
        let mut help = match nearest(&letters, &names) {
            Some(name) => format!("did you mean `{name}`? "),
            None => String::new(),
        };
        help.push_str(
            "The account types are All, Azure, AzureActiveDirectory, AzureActivity, Office365, Windows, Linux",
        );
        Err(Error::new("unknown_account_type", format!("`{}` is not an account type", text.trim())).with_help(help))
    }
}

impl fmt::Display for AccountType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What can stand for account types: one or several [`AccountType`]s, or text such as `Windows,Linux`.
pub trait IntoAccountTypes {
    /// The types.
    ///
    /// # Errors
    /// When text names no account type.
    fn into_account_types(self) -> Result<Vec<AccountType>, Error>;
}

impl IntoAccountTypes for AccountType {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        Ok(vec![self])
    }
}

impl IntoAccountTypes for &[AccountType] {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        Ok(self.to_vec())
    }
}

impl<const N: usize> IntoAccountTypes for [AccountType; N] {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        Ok(self.to_vec())
    }
}

impl<const N: usize> IntoAccountTypes for &[AccountType; N] {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        Ok(self.to_vec())
    }
}

impl IntoAccountTypes for Vec<AccountType> {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        Ok(self)
    }
}

impl IntoAccountTypes for &str {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        AccountType::parse_list(self)
    }
}

impl IntoAccountTypes for &String {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        AccountType::parse_list(self)
    }
}

impl IntoAccountTypes for String {
    fn into_account_types(self) -> Result<Vec<AccountType>, Error> {
        AccountType::parse_list(&self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn reads_names_in_any_case() {
        for ty in AccountType::ALL {
            assert_eq!(ty.name().to_uppercase().parse(), Ok(ty));
        }
        assert_eq!("azure active directory".parse(), Ok(AccountType::AzureActiveDirectory));
        assert_eq!(" aad ".parse(), Ok(AccountType::AzureActiveDirectory));
        assert_eq!("Windows, linux".into_account_types().unwrap(), [AccountType::Windows, AccountType::Linux]);
    }

    #[test]
    fn names_the_nearest() {
        let error = "Windws".parse::<AccountType>().unwrap_err();
        assert_eq!(error.message(), "`Windws` is not an account type");
        assert!(error.help().unwrap().starts_with("did you mean `Windows`? The account types are All, Azure"));
        assert!(AccountType::parse_list("Windows,").is_err());
        assert!(AccountType::parse_list("").is_err());
    }
}
