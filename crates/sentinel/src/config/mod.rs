//! The configuration: `msticpyconfig.yaml`, or Azure ML's `config.json`.

mod types;

pub use types::{
    AuthMethod, Certificate, ClusterSettings, EnvironmentDefaults, HttpSettings, KeyVaultSettings, LocalSettings,
    Origin, ProviderSettings, ProxySettings, Setting, Settings, SignInSettings, Source, WorkspaceSettings,
};
