//! What a configuration says, as types: the clients take these, not files.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::cloud::Cloud;
use crate::secret::Secret;

/// Where something was configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file, or what else it came from (`connection string`).
    pub file: PathBuf,
    /// Line, from 1; 0 when there is none.
    pub line: u64,
    /// Column in characters, from 1; 0 when there is none.
    pub column: u64,
}

impl Origin {
    /// A place that is no line of a file.
    pub fn whole(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), line: 0, column: 0 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display().to_string().escape_debug().to_string();
        match (self.line, self.column) {
            (0, _) => write!(f, "{file}"),
            (line, 0) => write!(f, "{file}:{line}"),
            (line, column) => write!(f, "{file}:{line}:{column}"),
        }
    }
}

/// Where the value of a setting is.
#[derive(Debug, Clone)]
pub enum Source {
    /// Here. It may be a secret: it is held as one.
    Plain(Secret),
    /// In an environment variable of this name.
    Environment(String),
    /// In a key vault, and only fetched when it is needed.
    KeyVault {
        /// The vault; otherwise the one of the section `KeyVault`.
        vault: Option<String>,
        /// The name of the secret.
        secret: String,
    },
}

/// One setting whose value may be elsewhere.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its place in the configuration: `TIProviders.VirusTotal.Args.AuthKey`.
    pub path: String,
    /// Where its value is.
    pub source: Source,
    /// Where it is configured.
    pub from: Origin,
}

impl Setting {
    /// A setting with its value.
    pub fn plain(path: impl Into<String>, value: impl Into<String>, from: Origin) -> Self {
        Self { path: path.into(), source: Source::Plain(Secret::new(value)), from }
    }
}

/// One way to get a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthMethod {
    /// The variables `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_CLIENT_SECRET` or `AZURE_CLIENT_CERTIFICATE_PATH`.
    Environment,
    /// The account that is signed in to the Azure CLI, `az`.
    Cli,
    /// The managed identity of the machine.
    ManagedIdentity,
    /// The workload identity of a Kubernetes pod.
    Workload,
    /// The client secret of an application.
    ClientSecret,
    /// The certificate of an application.
    Certificate,
    /// The account that is signed in to the Azure Developer CLI, `azd`.
    DeveloperCli,
    /// A code that a person enters at a web page.
    DeviceCode,
}

impl AuthMethod {
    /// All of them, in the order in which they are tried when nothing is configured.
    pub const ALL: [Self; 8] = [
        Self::ClientSecret,
        Self::Certificate,
        Self::Environment,
        Self::Workload,
        Self::Cli,
        Self::DeveloperCli,
        Self::ManagedIdentity,
        Self::DeviceCode,
    ];

    /// The method of a name as `auth_methods` has it, case ignored, with msticpy's other spellings.
    ///
    /// ```
    /// use sentinel::config::AuthMethod;
    /// assert_eq!(AuthMethod::parse("device_code"), Some(AuthMethod::DeviceCode));
    /// assert_eq!(AuthMethod::parse("vscode"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let name: String = name.trim().to_ascii_lowercase().chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
        Some(match name.as_str() {
            "env" | "environment" => Self::Environment,
            "cli" | "azcli" | "azurecli" => Self::Cli,
            "msi" | "managedidentity" => Self::ManagedIdentity,
            "workload" | "workloadidentity" => Self::Workload,
            "clientsecret" => Self::ClientSecret,
            "certificate" | "clientcertificate" => Self::Certificate,
            "azd" | "azuredevelopercli" | "developercli" => Self::DeveloperCli,
            "devicecode" | "device" | "code" | "interactive" | "interactivebrowser" => Self::DeviceCode,
            _ => return None,
        })
    }

    /// Its name as `auth_methods` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "env",
            Self::Cli => "cli",
            Self::ManagedIdentity => "msi",
            Self::Workload => "workload",
            Self::ClientSecret => "clientsecret",
            Self::Certificate => "certificate",
            Self::DeveloperCli => "azd",
            Self::DeviceCode => "devicecode",
        }
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to sign in.
#[derive(Debug, Clone, Default)]
pub struct SignInSettings {
    /// What is tried, in this order. Empty: what [`AuthMethod::ALL`] has and is configured.
    pub methods: Vec<AuthMethod>,
    /// The tenant (directory): a GUID or a domain.
    pub tenant: Option<String>,
    /// The application, for a client secret or certificate; the user-assigned identity, for a managed identity.
    pub client_id: Option<Setting>,
    /// The application's secret.
    pub client_secret: Option<Setting>,
    /// The application's certificate and private key: a PEM file, or the PEM text itself.
    pub certificate: Option<Certificate>,
    /// `DataProviders.AzureCLI`: what the method `env` uses for variables that are not set.
    pub environment: EnvironmentDefaults,
}

/// Where a certificate with its private key is.
#[derive(Debug, Clone)]
pub enum Certificate {
    /// In a file.
    File(Setting),
    /// In the setting itself: PEM text.
    Text(Setting),
}

/// Values for the variables of the method `env` that are not set.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentDefaults {
    /// In place of `AZURE_CLIENT_ID`.
    pub client_id: Option<Setting>,
    /// In place of `AZURE_TENANT_ID`.
    pub tenant_id: Option<Setting>,
    /// In place of `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Setting>,
}

/// A proxy for requests of one scheme.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// `http` or `https`: of the requests that go through it.
    pub scheme: String,
    /// The proxy.
    pub url: Url,
    /// The user, if it asks for one.
    pub user_name: Option<Setting>,
    /// The password.
    pub password: Option<Setting>,
}

/// How requests are sent.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// How long to wait for an answer.
    pub timeout: Option<Duration>,
    /// Proxies; without any, the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.
    pub proxies: Vec<ProxySettings>,
    /// A PEM file with certificates of further authorities.
    pub ca_file: Option<PathBuf>,
}

/// A Microsoft Sentinel (Log Analytics) workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceSettings {
    /// The name it is connected by.
    pub name: String,
    /// Its id: a GUID in lower case.
    pub workspace_id: String,
    /// Its name in Azure.
    pub workspace_name: Option<String>,
    /// The subscription it is in.
    pub subscription_id: Option<String>,
    /// The resource group it is in.
    pub resource_group: Option<String>,
    /// The cloud it is in.
    pub cloud: Cloud,
    /// How to sign in; its tenant is the workspace's.
    pub sign_in: SignInSettings,
    /// How requests are sent.
    pub http: HttpSettings,
    /// Where it is configured.
    pub from: Origin,
}

impl WorkspaceSettings {
    /// The workspace as an Azure resource, if enough of it is configured: `/subscriptions/…/workspaces/NAME`.
    pub fn resource_id(&self) -> Option<String> {
        let (subscription, group, name) =
            (self.subscription_id.as_ref()?, self.resource_group.as_ref()?, self.workspace_name.as_ref()?);
        Some(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
        ))
    }
}

/// A Kusto cluster: Azure Data Explorer, Fabric Eventhouse, the Sentinel data lake.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// The name it is connected by.
    pub name: String,
    /// The cluster.
    pub cluster: Url,
    /// The database that queries run in.
    pub database: Option<String>,
    /// The cloud it is in.
    pub cloud: Cloud,
    /// How to sign in.
    pub sign_in: SignInSettings,
    /// How requests are sent.
    pub http: HttpSettings,
    /// Where it is configured.
    pub from: Origin,
}

/// A folder of table files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSettings {
    /// The name it is connected by.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// What `now()` is in it, in 100 ns ticks since year 1, in place of its newest row.
    pub now: Option<i64>,
    /// Where it is configured.
    pub from: Origin,
}

/// A provider of threat intelligence, locations, …
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The name of its entry.
    pub name: String,
    /// What it is (`Provider`); otherwise the name of the entry.
    pub provider: String,
    /// Whether it is asked when no provider is named.
    pub primary: bool,
    /// Its arguments by name: `AuthKey`, `ApiID`, `AccountID`, `DBFolder`, …
    pub args: Vec<(String, Setting)>,
    /// Where it is configured.
    pub from: Origin,
}

impl ProviderSettings {
    /// An argument, case ignored.
    pub fn arg(&self, name: &str) -> Option<&Setting> {
        self.args.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// The section `KeyVault`.
#[derive(Debug, Clone, Default)]
pub struct KeyVaultSettings {
    /// The vault of settings that name none.
    pub vault: Option<String>,
    /// How to sign in to it.
    pub sign_in: SignInSettings,
    /// The cloud it is in.
    pub cloud: Cloud,
}

/// What a configuration says.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `AzureSentinel.Workspaces`, or the workspace of Azure ML's `config.json`.
    pub workspaces: Vec<WorkspaceSettings>,
    /// `KustoClusters`, and `DataProviders.Kusto…`.
    pub clusters: Vec<ClusterSettings>,
    /// `DataProviders.LocalData`.
    pub local: Vec<LocalSettings>,
    /// `TIProviders`.
    pub ti_providers: Vec<ProviderSettings>,
    /// `OtherProviders`.
    pub other_providers: Vec<ProviderSettings>,
    /// `KeyVault`.
    pub key_vault: KeyVaultSettings,
    /// `Azure`: the cloud.
    pub cloud: Cloud,
    /// `Azure`: how to sign in, where nothing else is said.
    pub sign_in: SignInSettings,
    /// `msticpy`: how requests are sent.
    pub http: HttpSettings,
    /// `QueryDefinitions`: folders of query files.
    pub query_folders: Vec<(PathBuf, Origin)>,
}
