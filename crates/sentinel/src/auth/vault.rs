//! Secrets of Azure key vaults.
//!
//! Source: <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret>

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use reqwest::header::RETRY_AFTER;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::entra;
use crate::cloud::Cloud;
use crate::fault::{Fault, FaultKind};
use crate::http::network_fault;
use crate::secret::Secret;

/// The version of the service's interface.
const VERSION: &str = "7.4";
/// How often a vault is asked that says it is busy.
const ATTEMPTS: u32 = 3;
/// A secret has at most 25 kB.
const MAX_ANSWER: usize = 256 << 10;

/// Reads secrets, and keeps them.
pub struct Vaults {
    http: reqwest::Client,
    cloud: Cloud,
    default: Option<String>,
    credential: Arc<dyn TokenCredential>,
    kept: Mutex<HashMap<(String, String), Secret>>,
}

impl fmt::Debug for Vaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vaults").field("default", &self.default).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Answer {
    value: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalError,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct RefusalError {
    code: String,
    message: String,
    innererror: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    code: String,
}

impl Vaults {
    /// Vaults of a cloud; `default` is the one of settings that name none.
    pub fn new(
        http: reqwest::Client,
        cloud: Cloud,
        default: Option<String>,
        credential: Arc<dyn TokenCredential>,
    ) -> Self {
        Self { http, cloud, default, credential, kept: Mutex::default() }
    }

    /// A secret of a vault, for the setting of this path.
    ///
    /// # Errors
    /// No vault, no sign-in, no such secret, no permission, no network.
    pub async fn get(&self, vault: Option<&str>, secret: &str, setting: &str) -> Result<Secret, Fault> {
        let Some(vault) = vault.or(self.default.as_deref()) else {
            return Err(Fault::new(
                FaultKind::BadInput,
                format!("{setting} is in a key vault, and no vault is configured"),
            )
            .with_help("add the section KeyVault with VaultName, or write KeyVault: VAULT/SECRET"));
        };
        let Some(url) = self.cloud.key_vault(vault) else {
            return Err(Fault::new(FaultKind::BadInput, format!("{setting} is in a key vault of an impossible name"))
                .with_help("a name has 3 to 24 letters, digits and hyphens"));
        };
        // Held while it is fetched: who needs the same secret waits for it.
        let mut kept = self.kept.lock().await;
        let key = (vault.to_ascii_lowercase(), secret.to_owned());
        if let Some(secret) = kept.get(&key) {
            return Ok(secret.clone());
        }
        let value = self.fetch(&url, vault, secret).await.map_err(|fault| Fault {
            message: format!(
                "{setting}: the secret {secret} of the key vault {vault} cannot be had: {}",
                fault.message
            ),
            ..fault
        })?;
        kept.insert(key, value.clone());
        Ok(value)
    }

    async fn fetch(&self, vault: &Url, name: &str, secret: &str) -> Result<Secret, Fault> {
        let unusable = || Fault::new(FaultKind::Service, "its answer is none");
        let mut url = vault.join(&format!("secrets/{secret}")).map_err(|_| unusable())?;
        url.query_pairs_mut().append_pair("api-version", VERSION);
        let token =
            self.credential.get_token(&[&self.cloud.key_vault_scope()], None).await.map_err(|e| entra::fault(&e))?;
        let mut attempt = 1;
        loop {
            let request = self.http.get(url.clone()).bearer_auth(token.token.secret()).timeout(Duration::from_secs(30));
            let mut response = request.send().await.map_err(|e| network_fault(&e, &url).0)?;
            let status = response.status().as_u16();
            if matches!(status, 429 | 500 | 502 | 503 | 504) && attempt < ATTEMPTS {
                let asked =
                    response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
                tokio::time::sleep(Duration::from_secs(asked.unwrap_or(1).min(10))).await;
                attempt += 1;
                continue;
            }
            let mut body = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(|e| network_fault(&e, &url).0)? {
                if body.len() + piece.len() > MAX_ANSWER {
                    return Err(unusable());
                }
                body.extend_from_slice(&piece);
            }
            if status == 200 {
                // What cannot be read may hold the secret: it is not repeated.
                return serde_json::from_slice::<Answer>(&body).map(|a| Secret::new(a.value)).map_err(|_| unusable());
            }
            return Err(refused(status, &body, name));
        }
    }
}

fn refused(status: u16, body: &[u8], vault: &str) -> Fault {
    let error = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error).unwrap_or_default();
    let said = entra::said(&error.message);
    let said = if said.is_empty() { format!("status {status}") } else { said };
    let inner = error.innererror.map(|inner| inner.code).unwrap_or_default();
    let (kind, help) = match (status, inner.as_str()) {
        (_, "ForbiddenByFirewall") => {
            (FaultKind::Denied, "the vault's firewall does not let this machine in: ask its owner".to_owned())
        }
        (_, "SecretDisabled") => (FaultKind::Denied, "the secret is disabled: enable it, or make a new one".to_owned()),
        (401, _) => (FaultKind::SignIn, "check KeyVault.TenantId: the vault may belong to another tenant".to_owned()),
        (403, _) => (FaultKind::Denied, format!("ask the owner of {vault} for the role Key Vault Secrets User")),
        (404, _) => {
            (FaultKind::NotFound, format!("`az keyvault secret list --vault-name {vault}` lists what is there"))
        }
        (429 | 500.., _) => (FaultKind::Service, "the vault is busy: run it again in a minute".to_owned()),
        _ => (FaultKind::Service, "check the section KeyVault".to_owned()),
    };
    let code = if error.code.is_empty() { String::new() } else { format!(" ({})", entra::said(&error.code)) };
    Fault::new(kind, format!("{said}{code}")).with_help(help)
}
