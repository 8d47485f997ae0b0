//! Signing in: a token from the first method that gives one.
//!
//! ```text
//! SignIn ── tries in order ──> env, cli, msi, workload, clientsecret, certificate, azd (azure_identity), devicecode (oauth2)
//!   │                              └── each sends through Transport: proxies, replaced endpoints, what a failure means
//!   └── keeps tokens in memory, and renews them before they end
//! ```

mod certificate;
mod clock;
mod commands;
mod device_code;
mod endpoint_identity;
mod entra;
mod methods;
mod secrets;
mod sign_in;
mod transport;
mod vault;

pub use device_code::DeviceCode;
pub use secrets::Secrets;
pub use sign_in::{Prompt, SignIn, SignInOptions};
pub use vault::Vaults;

#[cfg(test)]
mod tests;
