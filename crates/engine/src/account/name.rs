//! The account name that the analyst gives.

use crate::error::{Error, quoted};

/// A name longer than this is refused: a user principal name has at most 1,024 characters.
pub const MAX_CHARS: usize = 1024;

/// An account name as given: `alice`, `alice@contoso.com` or `CONTOSO\alice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountName {
    /// As given, without blanks around it.
    pub given: String,
    /// The part that is searched for: without `DOMAIN\` and `@suffix`.
    pub local: String,
}

impl AccountName {
    /// Reads a name.
    ///
    /// # Errors
    /// A blank name, one that is nothing but a domain, one with control characters, one that is too long.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let given = text.trim();
        if given.is_empty() {
            return Err(Error::bad_input("the account name is empty")
                .with_help("give a name such as alice, alice@contoso.com or CONTOSO\\alice"));
        }
        let chars = given.chars().count();
        if chars > MAX_CHARS {
            return Err(Error::bad_input(format!(
                "the account name has {chars} characters, and no account name has more than {MAX_CHARS}"
            ))
            .with_help("give only the name, such as alice, alice@contoso.com or CONTOSO\\alice"));
        }
        if let Some(bad) = given.chars().find(|c| c.is_control()) {
            return Err(Error::bad_input(format!(
                "the account name {} has the control character {}",
                quoted(given),
                bad.escape_unicode()
            ))
            .with_help("type the name again: text that was copied can hold characters that are not seen"));
        }
        let after_domain = given.rsplit('\\').next().unwrap_or(given);
        let local = after_domain.split('@').next().unwrap_or(after_domain).to_owned();
        if !local.chars().any(char::is_alphanumeric) {
            return Err(Error::bad_input(format!("the account name {} has no name in it", quoted(given)))
                .with_help("give a name such as alice, alice@contoso.com or CONTOSO\\alice"));
        }
        Ok(Self { given: given.to_owned(), local })
    }

    /// Characters of the name that Azure AD and Windows do not allow in one: a reason why nothing was found.
    pub fn odd_characters(&self) -> Vec<char> {
        let mut odd: Vec<char> = self.local.chars().filter(|c| "\"/[]:;|=,+*?<>'`(){}".contains(*c)).collect();
        odd.sort_unstable();
        odd.dedup();
        odd
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn local(text: &str) -> String {
        AccountName::parse(text).unwrap().local
    }

    #[test]
    fn all_forms_give_the_same_name() {
        assert_eq!(local("alice"), "alice");
        assert_eq!(local(" alice@contoso.com "), "alice");
        assert_eq!(local("CONTOSO\\alice"), "alice");
        assert_eq!(local("CONTOSO\\alice@contoso.com"), "alice");
        assert_eq!(local("ANONYMOUS LOGON"), "ANONYMOUS LOGON");
    }

    #[test]
    fn bad_names_are_refused_with_the_reason() {
        let message = |text: &str| AccountName::parse(text).unwrap_err().message;
        assert_eq!(message(""), "the account name is empty");
        assert_eq!(message(" \t "), "the account name is empty");
        assert_eq!(message("a\u{7}b"), "the account name \"a\\u{7}b\" has the control character \\u{7}");
        assert_eq!(message("@contoso.com"), "the account name \"@contoso.com\" has no name in it");
        assert_eq!(message("CONTOSO\\"), "the account name \"CONTOSO\\\\\" has no name in it");
        assert_eq!(
            message(&"x".repeat(10_000)),
            "the account name has 10000 characters, and no account name has more than 1024"
        );
    }

    #[test]
    fn query_text_is_only_an_odd_name() {
        let name = AccountName::parse("bob\" | union *").unwrap();
        assert_eq!(name.odd_characters(), ['"', '*', '|']);
    }
}
