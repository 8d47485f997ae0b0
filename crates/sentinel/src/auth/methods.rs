//! A credential for each method.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential, AzureDeveloperCliCredentialOptions,
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::certificate::{Assertions, Identity};
use super::clock::Clock;
use super::commands::Commands;
use super::device_code::DeviceCodeCredential;
use super::endpoint_identity::EndpointIdentity;
use super::entra;
use super::sign_in::SignInOptions;
use super::transport::Transport;
use crate::cloud::Cloud;
use crate::config::{AuthMethod, Certificate, Setting, SignInSettings};
use crate::fault::{Fault, FaultKind};
use crate::secret::Secret;

type Credential = Arc<dyn TokenCredential>;

/// The tenant that accounts of any organization sign in to.
const ANY_TENANT: &str = "organizations";

/// Makes credentials.
#[derive(Debug)]
pub(super) struct Methods {
    pub settings: SignInSettings,
    pub cloud: Cloud,
    pub options: SignInOptions,
    pub clock: Arc<Clock>,
    pub transport: Arc<Transport>,
}

/// How long a method may take to give a token; a person who enters a code has as long as the code is good for.
pub(super) fn patience(method: AuthMethod) -> Option<Duration> {
    match method {
        AuthMethod::DeviceCode => None,
        AuthMethod::ManagedIdentity => Some(Duration::from_secs(20)),
        _ => Some(Duration::from_secs(60)),
    }
}

impl Methods {
    /// The methods to try: those that are configured; otherwise all for which there is something here to sign in with.
    pub fn order(&self) -> Vec<AuthMethod> {
        if !self.settings.methods.is_empty() {
            return self.settings.methods.clone();
        }
        let variables = &self.options.secrets.variables;
        let applies = |method: &AuthMethod| match method {
            AuthMethod::ClientSecret => self.settings.client_secret.is_some(),
            AuthMethod::Certificate => self.settings.certificate.is_some(),
            AuthMethod::Environment => {
                self.settings.environment.client_id.is_some()
                    || variables.get("AZURE_CLIENT_SECRET").is_some()
                    || variables.get("AZURE_CLIENT_CERTIFICATE_PATH").is_some()
            }
            AuthMethod::Workload => variables.get("AZURE_FEDERATED_TOKEN_FILE").is_some(),
            AuthMethod::Cli | AuthMethod::DeveloperCli | AuthMethod::ManagedIdentity | AuthMethod::DeviceCode => true,
        };
        AuthMethod::ALL.into_iter().filter(applies).collect()
    }

    /// The credential of a method.
    ///
    /// # Errors
    /// What it lacks.
    pub async fn credential(&self, method: AuthMethod) -> Result<Credential, Fault> {
        match method {
            AuthMethod::Environment => self.environment().await,
            AuthMethod::ClientSecret => {
                let (client, secret) = (&self.settings.client_id, &self.settings.client_secret);
                let client = self.value(client.as_ref(), "ClientId", "the application").await?;
                let secret = self.value(secret.as_ref(), "ClientSecret", "the application's secret").await?;
                self.client_secret(&self.tenant()?, &client, &secret)
            }
            AuthMethod::Certificate => {
                let client = self.value(self.settings.client_id.as_ref(), "ClientId", "the application").await?;
                let identity = match &self.settings.certificate {
                    None => {
                        return Err(lacks(
                            "CertificatePath",
                            "the application's certificate with its private key, a PEM file",
                        ));
                    }
                    Some(Certificate::Text(setting)) => {
                        let pem = self.options.secrets.get(setting).await?;
                        Identity::read(pem.expose().as_bytes(), "the configured certificate")?
                    }
                    Some(Certificate::File(setting)) => {
                        let path = self.options.secrets.get(setting).await?;
                        identity_of_file(&self.options.path(path.expose(), &setting.from)).await?
                    }
                };
                self.certificate(&self.tenant()?, client, identity)
            }
            AuthMethod::Cli => built(AzureCliCredential::new(Some(AzureCliCredentialOptions {
                tenant_id: self.settings.tenant.clone(),
                executor: Some(Arc::new(Commands { path: self.options.path.clone() })),
                ..Default::default()
            }))),
            AuthMethod::DeveloperCli => {
                built(AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
                    tenant_id: self.settings.tenant.clone(),
                    executor: Some(Arc::new(Commands { path: self.options.path.clone() })),
                })))
            }
            AuthMethod::ManagedIdentity => {
                let client = self.user_assigned().await?;
                if let Some(identity) = EndpointIdentity::of(&self.options.secrets.variables, client.clone())? {
                    return Ok(Arc::new(identity));
                }
                built(ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id: client.map(UserAssignedId::ClientId),
                    client_options: self.transport.options(),
                })))
            }
            AuthMethod::Workload => {
                let variables = &self.options.secrets.variables;
                let needed = |name: &str| variables.get(name).ok_or_else(|| unset(name));
                built(WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    credential_options: self.assertion_options(),
                    client_id: Some(needed("AZURE_CLIENT_ID")?),
                    tenant_id: Some(variables.get("AZURE_TENANT_ID").map_or_else(|| self.tenant(), Ok)?),
                    token_file_path: Some(PathBuf::from(needed("AZURE_FEDERATED_TOKEN_FILE")?)),
                })))
            }
            AuthMethod::DeviceCode => Ok(Arc::new(DeviceCodeCredential::new(
                self.options.http.clone(),
                self.cloud.authority(),
                self.settings.tenant.clone().unwrap_or_else(|| ANY_TENANT.to_owned()),
                Arc::clone(&self.options.prompt),
                Arc::clone(&self.clock),
            ))),
        }
    }

    fn tenant(&self) -> Result<String, Fault> {
        self.settings.tenant.clone().ok_or_else(|| lacks("TenantId", "the tenant of the application"))
    }

    async fn value(&self, setting: Option<&Setting>, name: &str, what: &str) -> Result<Secret, Fault> {
        match setting {
            Some(setting) => self.options.secrets.get(setting).await,
            None => Err(lacks(name, what)),
        }
    }

    /// The client id of a managed identity: the configured one, unless that is of an application with a secret or certificate.
    async fn user_assigned(&self) -> Result<Option<String>, Fault> {
        let settings = &self.settings;
        let is_application = settings.client_secret.is_some() || settings.certificate.is_some();
        match &settings.client_id {
            Some(setting) if !is_application => Ok(Some(self.options.secrets.get(setting).await?.expose().to_owned())),
            _ => Ok(None),
        }
    }

    /// The variables that all Azure tools know; what is not set is as `DataProviders.AzureCLI` has it.
    async fn environment(&self) -> Result<Credential, Fault> {
        let defaults = &self.settings.environment;
        let client = self.variable("AZURE_CLIENT_ID", defaults.client_id.as_ref()).await?;
        let client = client.ok_or_else(|| unset("AZURE_CLIENT_ID"))?;
        let tenant = self.variable("AZURE_TENANT_ID", defaults.tenant_id.as_ref()).await?;
        let tenant = match tenant {
            Some(tenant) => tenant.expose().to_owned(),
            None => self.settings.tenant.clone().ok_or_else(|| unset("AZURE_TENANT_ID"))?,
        };
        if let Some(secret) = self.variable("AZURE_CLIENT_SECRET", defaults.client_secret.as_ref()).await? {
            return self.client_secret(&tenant, &client, &secret);
        }
        let Some(path) = self.options.secrets.variables.get("AZURE_CLIENT_CERTIFICATE_PATH") else {
            return Err(unset("AZURE_CLIENT_SECRET"));
        };
        let identity = identity_of_file(&PathBuf::from(path)).await?;
        self.certificate(&tenant, client, identity)
    }

    async fn variable(&self, name: &str, default: Option<&Setting>) -> Result<Option<Secret>, Fault> {
        match (self.options.secrets.variables.get(name), default) {
            (Some(value), _) => Ok(Some(Secret::new(value))),
            (None, Some(setting)) => self.options.secrets.get(setting).await.map(Some),
            (None, None) => Ok(None),
        }
    }

    fn client_secret(&self, tenant: &str, client: &Secret, secret: &Secret) -> Result<Credential, Fault> {
        let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
        let options = ClientSecretCredentialOptions { client_options: self.transport.options() };
        built(ClientSecretCredential::new(tenant, client.expose().to_owned(), secret, Some(options)))
    }

    fn certificate(&self, tenant: &str, client: Secret, identity: Identity) -> Result<Credential, Fault> {
        let authority = self.cloud.authority();
        let audience = format!("{}/{tenant}/oauth2/v2.0/token", authority.as_str().trim_end_matches('/'));
        let id = client.expose().to_owned();
        let assertions = Assertions { identity, client, audience, clock: Arc::clone(&self.clock) };
        built(ClientAssertionCredential::new(tenant.to_owned(), id, assertions, Some(self.assertion_options())))
    }

    fn assertion_options(&self) -> ClientAssertionCredentialOptions {
        ClientAssertionCredentialOptions { client_options: self.transport.options() }
    }
}

fn built<C: TokenCredential + 'static>(credential: azure_core::Result<Arc<C>>) -> Result<Credential, Fault> {
    match credential {
        Ok(credential) => Ok(credential),
        Err(error) => Err(entra::fault(&error)),
    }
}

async fn identity_of_file(path: &std::path::Path) -> Result<Identity, Fault> {
    let shown = format!("the certificate {}", path.display().to_string().escape_debug());
    let bytes = tokio::fs::read(path).await.map_err(|error| {
        Fault::new(FaultKind::SignIn, format!("{shown} cannot be read: {error}"))
            .with_help("give the path of a PEM file with the certificate and its private key")
    })?;
    Identity::read(&bytes, &shown)
}

fn lacks(name: &str, what: &str) -> Fault {
    Fault::new(FaultKind::SignIn, format!("{name} is not configured"))
        .with_help(format!("add {name} ({what}) to the workspace, or to its Args"))
}

fn unset(variable: &str) -> Fault {
    Fault::new(FaultKind::SignIn, format!("the environment variable {variable} is not set"))
        .with_help(format!("set {variable} before the notebook or program is started"))
}
