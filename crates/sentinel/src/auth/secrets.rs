//! The values of settings that are elsewhere: environment variables and key vaults.

use std::sync::Arc;

use super::vault::Vaults;
use crate::config::{Setting, Source, Variables};
use crate::fault::{Fault, FaultKind};
use crate::secret::Secret;

/// Gives the values of settings.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// The environment variables.
    pub variables: Variables,
    /// The key vaults; without them, settings that are in one fail.
    pub vaults: Option<Arc<Vaults>>,
}

impl Secrets {
    /// The value of a setting: at once where it is plain or in a variable; from a key vault the first time it is asked for, and then kept.
    ///
    /// # Errors
    /// A variable that is not set; a vault that cannot be asked or has no such secret.
    pub async fn get(&self, setting: &Setting) -> Result<Secret, Fault> {
        match &setting.source {
            Source::Plain(secret) => Ok(secret.clone()),
            Source::Environment(name) => self.variables.get(name).map(Secret::new).ok_or_else(|| {
                Fault::new(
                    FaultKind::BadInput,
                    format!("the environment variable {name} of {} is not set", setting.path),
                )
                .with_help(format!("set {name} before the notebook or program is started ({})", setting.from))
            }),
            Source::KeyVault { vault, secret } => match &self.vaults {
                Some(vaults) => vaults.get(vault.as_deref(), secret, &setting.path).await,
                None => Err(Fault::new(
                    FaultKind::BadInput,
                    format!("{} is in a key vault, and is needed to sign in to the key vault", setting.path),
                )
                .with_help(format!(
                    "give it as EnvironmentVar: NAME, or sign in with another method ({})",
                    setting.from
                ))),
            },
        }
    }
}
