//! What is read from configurations that are right.

use std::time::Duration;

use super::super::{AuthMethod, Certificate, Source};
use super::{config_with, problems};
use crate::cloud::CloudName;

const FULL: &str = r#"# As msticpy's documentation has it, with made-up ids.
AzureSentinel:
  Workspaces:
    Default:
      WorkspaceId: "11111111-AAAA-4000-8000-000000000001"
      TenantId: "22222222-2222-4000-8000-000000000001"
      SubscriptionId: "33333333-3333-4000-8000-000000000001"
      ResourceGroup: soc
      WorkspaceName: soc-workspace
    Apps:
      WorkspaceId: 11111111-1111-4000-8000-000000000002
      TenantId: contoso.onmicrosoft.com
      Args:
        ClientId: 44444444-4444-4000-8000-000000000001
        ClientSecret:
          EnvironmentVar: APP_SECRET
        auth_methods: [clientsecret]
MSSentinel:
  Workspaces:
    Gov:
      WorkspaceId: 11111111-1111-4000-8000-000000000003
      TenantId: 22222222-2222-4000-8000-000000000003
      Cloud: usgov
Azure:
  cloud: global
  auth_methods: [env, msi, cli, device_code, interactive]
TIProviders:
  VirusTotal:
    Args:
      AuthKey:
        KeyVault:
    Primary: True
    Provider: VirusTotal
  OTX:
    Args:
      AuthKey: 0123456789
    Provider: OTX
  XForce:
    Args: {ApiID: {KeyVault: XForceId}, AuthKey: {KeyVault: other-vault/XForceKey}}
    Provider: XForce
  Off:
    Provider: --no-load--
OtherProviders:
  GeoIPLite:
    Args: {AuthKey: {EnvironmentVar: MAXMIND_AUTH}, DBFolder: ~/.msticpy}
    Provider: GeoLiteLookup
KeyVault:
  TenantId: 22222222-2222-4000-8000-000000000009
  VaultName: soc-vault
  UseKeyring: true
QueryDefinitions:
  Default: queries
  Custom: [./queries]
DataProviders:
  AzureCLI:
    Args: {clientId: a, tenantId: b, clientSecret: {EnvironmentVar: APP_SECRET}}
  LocalData:
    Workspaces:
      Case 42: {path: data/case42, now: "2026-01-31T12:00:00Z"}
    data_paths: [./data]
  Kusto-Old:
    Args: {Cluster: "https://old.kusto.windows.net", IntegratedAuth: True}
  Splunk:
    Args: {host: x}
KustoClusters:
  ClusterDefaults:
    Args: {TenantId: 22222222-2222-4000-8000-000000000004, Database: soc}
  Big:
    Args: {Cluster: big.westeurope}
  Lake:
    Args: {Cluster: "https://lake.kusto.windows.net", Database: default, ClientId: x, ClientSecret: y}
msticpy:
  FriendlyExceptions: true
  http_timeout: 30
  Proxies:
    https: {Url: "proxy.contoso.com:8080", UserName: me, Password: {EnvironmentVar: PROXY_PASSWORD}}
UserDefaults:
  QueryProviders: {AzureSentinel: {Default: {}}}
"#;

const VARIABLES: [(&str, &str); 3] =
    [("APP_SECRET", "s3cret-app"), ("MAXMIND_AUTH", "s3cret-geo"), ("PROXY_PASSWORD", "s3cret-proxy")];

#[test]
fn msticpys_own_files_are_read_as_they_are() {
    assert_eq!(problems(FULL, &VARIABLES), Vec::<String>::new());
    let settings = config_with(FULL, &VARIABLES).settings;

    let names: Vec<&str> = settings.workspaces.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["Default", "Apps", "Gov"]);
    let default = &settings.workspaces[0];
    assert_eq!(default.workspace_id, "11111111-aaaa-4000-8000-000000000001");
    assert_eq!(default.sign_in.tenant.as_deref(), Some("22222222-2222-4000-8000-000000000001"));
    assert_eq!(
        default.sign_in.methods,
        [AuthMethod::Environment, AuthMethod::ManagedIdentity, AuthMethod::Cli, AuthMethod::DeviceCode]
    );
    assert_eq!(
        default.resource_id().as_deref(),
        Some(
            "/subscriptions/33333333-3333-4000-8000-000000000001/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc-workspace"
        )
    );
    assert_eq!((default.from.line, default.from.column), (4, 5));
    assert_eq!(default.http.timeout, Some(Duration::from_secs(30)));
    assert_eq!(default.http.proxies[0].url.as_str(), "http://proxy.contoso.com:8080/");

    let apps = &settings.workspaces[1];
    assert_eq!(apps.sign_in.methods, [AuthMethod::ClientSecret]);
    assert_eq!(apps.sign_in.tenant.as_deref(), Some("contoso.onmicrosoft.com"));
    assert!(
        matches!(&apps.sign_in.client_secret.as_ref().unwrap().source, Source::Environment(name) if name == "APP_SECRET")
    );
    assert_eq!(settings.workspaces[2].cloud.name, CloudName::UsGov);
}

#[test]
fn clusters_folders_and_the_rest_are_read() {
    let config = config_with(FULL, &VARIABLES);
    let settings = &config.settings;
    let clusters: Vec<(&str, &str, Option<&str>)> =
        settings.clusters.iter().map(|c| (c.name.as_str(), c.cluster.as_str(), c.database.as_deref())).collect();
    assert_eq!(
        clusters,
        [
            ("Old", "https://old.kusto.windows.net/", None),
            ("Big", "https://big.westeurope.kusto.windows.net/", Some("soc")),
            ("Lake", "https://lake.kusto.windows.net/", Some("default")),
        ]
    );
    assert_eq!(settings.clusters[2].sign_in.tenant.as_deref(), Some("22222222-2222-4000-8000-000000000004"));
    let local: Vec<(&str, bool)> = settings.local.iter().map(|l| (l.name.as_str(), l.now.is_some())).collect();
    assert_eq!(local, [("Case 42", true), ("data", false)]);
    assert_eq!(settings.local[0].path, config.surroundings.folder.join("data/case42"));
    assert_eq!(settings.key_vault.vault.as_deref(), Some("soc-vault"));
    assert_eq!(settings.key_vault.sign_in.tenant.as_deref(), Some("22222222-2222-4000-8000-000000000009"));
    assert_eq!(settings.query_folders.len(), 1);
    assert!(settings.sign_in.environment.client_secret.is_some());
}

#[test]
fn keys_of_providers_say_where_they_are() {
    let settings = config_with(FULL, &VARIABLES).settings;
    let names: Vec<(&str, bool)> = settings.ti_providers.iter().map(|p| (p.name.as_str(), p.primary)).collect();
    assert_eq!(names, [("VirusTotal", true), ("OTX", false), ("XForce", false)]);
    let vault = |provider: usize, arg: &str| match &settings.ti_providers[provider].arg(arg).unwrap().source {
        Source::KeyVault { vault, secret } => (vault.clone(), secret.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(vault(0, "AuthKey"), (None, "TIProviders-VirusTotal-Args-AuthKey".to_owned()));
    assert_eq!(vault(2, "ApiID"), (None, "XForceId".to_owned()));
    assert_eq!(vault(2, "authkey"), (Some("other-vault".to_owned()), "XForceKey".to_owned()));
    // A key that looks like a number keeps its zero.
    let Source::Plain(key) = &settings.ti_providers[1].arg("AuthKey").unwrap().source else { panic!() };
    assert_eq!(key.expose(), "0123456789");
    assert_eq!(settings.other_providers[0].provider, "GeoLiteLookup");
}

#[test]
fn no_secret_is_in_what_is_printed() {
    let text = FULL.replace("{EnvironmentVar: APP_SECRET}", "s3cret-plain").replace("0123456789", "s3cret-key");
    let config = config_with(&text, &VARIABLES);
    assert!(!format!("{config:?} {:#?}", config.settings).contains("s3cret"));
    assert!(config.problems.iter().all(|p| !p.to_string().contains("s3cret")));
}

#[test]
fn certificates_are_files_or_text() {
    let settings = config_with(
        "AzureSentinel:\n  Workspaces:\n    A:\n      WorkspaceId: 11111111-1111-4000-8000-000000000001\n      TenantId: 22222222-2222-4000-8000-000000000001\n      Args: {ClientId: x, CertificatePath: ~/cert.pem}\n    B:\n      WorkspaceId: 11111111-1111-4000-8000-000000000001\n      TenantId: 22222222-2222-4000-8000-000000000001\n      Args: {ClientId: x, Certificate: {KeyVault: cert}}\n",
        &[],
    )
    .settings;
    assert!(matches!(settings.workspaces[0].sign_in.certificate, Some(Certificate::File(_))));
    assert!(matches!(settings.workspaces[1].sign_in.certificate, Some(Certificate::Text(_))));
}

#[test]
fn endpoints_can_be_replaced_and_that_is_said() {
    let text = "Azure:\n  endpoints:\n    log_analytics: https://ampls.contoso.com/api\n    authority: http://127.0.0.1:5000\n";
    let config = config_with(text, &[]);
    let endpoints = &config.settings.cloud.endpoints;
    assert_eq!(endpoints.log_analytics.as_ref().unwrap().as_str(), "https://ampls.contoso.com/api/");
    assert_eq!(endpoints.authority.as_ref().unwrap().as_str(), "http://127.0.0.1:5000/");
    let said = problems(text, &[]);
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(
        said[0].starts_with("3:20 warning: Azure.endpoints.log_analytics sends requests to ampls.contoso.com"),
        "{said:#?}"
    );
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let page = include_str!("../../../../../docs/sentinel.md");
    let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["case-42", "queries"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("company-ca.pem"), "").unwrap();
    let path = folder.path().join("msticpyconfig.yaml");
    std::fs::write(&path, example).unwrap();
    let config = super::super::Config::file(&path, super::surroundings(folder.path(), &[("PARTNER_SECRET", "x")]));
    assert!(config.problems.is_empty(), "{:#?}", config.problems);
    let settings = &config.settings;
    assert_eq!((settings.workspaces.len(), settings.clusters.len(), settings.local.len()), (2, 1, 1));
    assert_eq!(settings.workspaces[1].cloud.name, CloudName::UsGov);
}
