//! What the errors of Microsoft Entra ID mean, and what to do about them.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>

use azure_core::error::ErrorKind;

use crate::fault::{Fault, FaultKind};

/// Why a method gave no token.
pub(super) fn fault(error: &azure_core::Error) -> Fault {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return fault.clone();
        }
        if let Some(error) = cause.downcast_ref::<azure_core::Error>()
            && let ErrorKind::HttpResponse { status, .. } = error.kind()
        {
            return refused(u16::from(*status), &said(&error.to_string()));
        }
        if cause.downcast_ref::<serde_json::Error>().is_some() {
            // What it could not read may hold a token: it is not repeated.
            return Fault::new(FaultKind::SignIn, "the answer is no token")
                .with_help("the service may have trouble: run it again; a proxy that wants a sign-in of its own answers like this, too");
        }
        source = cause.source();
    }
    let message = said(&error.to_string());
    let fault = Fault::new(FaultKind::SignIn, message.clone());
    match advice(&message) {
        Some(help) => fault.with_help(help),
        None => fault,
    }
}

/// What the body of a refusal says: `{"error": "invalid_client", "error_description": "AADSTS…"}`.
pub(super) fn refused_with(status: u16, body: &[u8]) -> Fault {
    #[derive(serde::Deserialize)]
    struct Body {
        error: String,
        error_description: Option<String>,
    }
    match serde_json::from_slice::<Body>(body) {
        Ok(body) => refused(status, &said(body.error_description.as_deref().unwrap_or(&body.error))),
        Err(_) => refused(status, ""),
    }
}

/// What a service that refuses a token says.
pub(super) fn refused(status: u16, message: &str) -> Fault {
    let message =
        if message.is_empty() { format!("the service answers with status {status}") } else { message.to_owned() };
    let fault = Fault::new(FaultKind::SignIn, message.clone());
    match advice(&message) {
        Some(help) => fault.with_help(help),
        None if status >= 500 => fault.with_help("the sign-in service has trouble: run it again in a minute"),
        None => fault,
    }
}

/// A message without azure_identity's frame and without the ids that only Microsoft's support can use; one line, cut at 400 characters.
pub(super) fn said(message: &str) -> String {
    let mut text = message;
    if let Some((_, rest)) = text.split_once("authentication failed.") {
        text = rest;
    }
    for end in ["To troubleshoot, visit", "Trace ID:", "Correlation ID:"] {
        if let Some(at) = text.find(end) {
            text = &text[..at];
        }
    }
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut printable = one_line.chars().filter(|c| !c.is_control());
    let cut: String = printable.by_ref().take(400).collect();
    if printable.next().is_some() { format!("{cut}…") } else { cut }
}

/// What to do about a message.
fn advice(message: &str) -> Option<&'static str> {
    let code = message.find("AADSTS").map(|at| {
        let digits = &message[at + 6..];
        digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()
    });
    if let Some(help) = code.and_then(|code| CODES.iter().find(|(known, _)| *known == code)) {
        return Some(help.1);
    }
    let lower = message.to_ascii_lowercase();
    TEXTS.iter().find(|(known, _)| lower.contains(known)).map(|(_, help)| *help)
}

const WRONG_TENANT: &str = "check TenantId: is it the tenant that the workspace is in? `az account show --query tenantId` prints the one of your account";

const CODES: &[(&str, &str)] = &[
    (
        "7000222",
        "make a new client secret for the application (portal: App registrations, Certificates & secrets) and configure it",
    ),
    (
        "7000215",
        "configure the secret's value, not its id; if it is lost, make a new one (portal: App registrations, Certificates & secrets)",
    ),
    (
        "7000218",
        "allow public client flows for the application (portal: App registrations, Authentication), or configure its secret",
    ),
    ("7000112", "the application is disabled: ask who owns it"),
    ("700016", "check ClientId, and whether the application is in this TenantId"),
    ("700027", "add this certificate to the application (portal: App registrations, Certificates & secrets)"),
    ("700024", "set the clock of this machine right"),
    (
        "700023",
        "check the cloud of the configuration (Azure.cloud): the certificate's request went to another sign-in service",
    ),
    ("90002", WRONG_TENANT),
    ("900021", WRONG_TENANT),
    ("900023", WRONG_TENANT),
    ("50020", "this account is no member or guest of the tenant: check TenantId, or sign in with another account"),
    ("90072", "this account is no member or guest of the tenant: check TenantId, or sign in with another account"),
    (
        "500011",
        "the tenant does not know this service: check TenantId and the cloud (Azure.cloud: global, usgov or cn)",
    ),
    ("500014", "the service is disabled in this tenant: ask its administrator"),
    ("50105", "this account is not assigned to the application: ask the administrator of the tenant"),
    ("65001", "an administrator has to consent to the application for this tenant"),
    ("50076", "a second factor is asked for: sign in with devicecode, or with `az login` again"),
    ("50079", "a second factor is asked for: sign in with devicecode, or with `az login` again"),
    ("50078", "the second factor has expired: sign in again"),
    ("50173", "the password was changed since: sign in again"),
    ("53000", "the tenant asks for a managed device: sign in from one (az login there), or use a managed identity"),
    (
        "53003",
        "a conditional access rule of the tenant forbids this way to sign in: try cli, or ask the tenant's administrator",
    ),
    ("530003", "a conditional access rule of the tenant asks for a registered device: try cli on one"),
    ("50126", "user name or password are wrong"),
    ("70043", "the sign-in has expired: sign in again"),
    ("700082", "the sign-in has expired: sign in again"),
    ("70019", "the code was not entered in time: run it again and enter it within 15 minutes"),
    ("70020", "the code was not entered in time: run it again and enter it within 15 minutes"),
    ("50034", "there is no such account in this tenant: check TenantId"),
    ("50053", "the account is locked: wait, or ask the tenant's administrator"),
    ("50057", "the account is disabled: ask the tenant's administrator"),
];

const TEXTS: &[(&str, &str)] = &[
    (
        "az not found",
        "install the Azure CLI (https://aka.ms/azure-cli) and run `az login`, or take cli out of auth_methods",
    ),
    (
        "azd not found",
        "install the Azure Developer CLI (https://aka.ms/azd) and run `azd auth login`, or take azd out of auth_methods",
    ),
    ("2.54.0", "update the Azure CLI: az upgrade"),
    ("azd auth login", "run `azd auth login`"),
    ("az login", "run `az login --tenant TENANT` in a terminal"),
    ("interaction_required", "run `az login --tenant TENANT` in a terminal"),
    ("managed identity isn't supported", "use cli (az login) or devicecode here"),
    (
        "identity has not been assigned",
        "assign a managed identity to this machine, or take msi out of auth_methods; ClientId names a user-assigned one",
    ),
    (
        "identity not found",
        "assign a managed identity to this machine, or take msi out of auth_methods; ClientId names a user-assigned one",
    ),
    ("invalid tenant id", WRONG_TENANT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_without_frames_and_ids() {
        let message = "ClientSecretCredential authentication failed. AADSTS7000222: The provided client secret keys for app 'x' are expired.\r\nTrace ID: 1\r\nCorrelation ID: 2\nTo troubleshoot, visit https://aka.ms/x";
        assert_eq!(said(message), "AADSTS7000222: The provided client secret keys for app 'x' are expired.");
        assert_eq!(said(&"x".repeat(1000)).chars().count(), 401);
        assert_eq!(said("a\u{1b}[31mb"), "a[31mb");
    }

    #[test]
    fn known_codes_have_advice() {
        for (code, _) in CODES {
            assert!(refused(400, &format!("AADSTS{code}: words")).help.is_some(), "{code}");
        }
        assert!(refused(400, "AADSTS7000222: x").help.is_some_and(|help| help.contains("new client secret")));
        assert_eq!(refused(400, "AADSTS1: x").help, None);
        assert!(refused(503, "").help.is_some_and(|help| help.contains("run it again")));
    }
}
