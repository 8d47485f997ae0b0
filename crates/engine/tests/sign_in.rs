//! From a configuration to rows: sign-in service, key vault and query service are on this machine, everything between is as for a user.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use common::ENGINE;
use entity_explorer::Explorer;
use serde_json::json;
use server::{Handle, Options, Token};
use wiremock::matchers::{any, body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TENANT: &str = "22222222-2222-4000-8000-000000000001";
const WORKSPACE: &str = "8ecf8077-cf51-4820-aadd-14040956f35d";

/// The services, and a folder with the configuration.
struct Cloud {
    sign_in: MockServer,
    server: Handle,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Cloud {
    /// The demo workspace as `Soc`, with these arguments and what else a configuration says.
    fn new(args: &str, more: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sign_in = runtime.block_on(MockServer::start());
        let demo = local::Workspace::open(local::demo_path().unwrap()).unwrap();
        let token = Some(Token::new("s3cret-token-for-logs"));
        let server = server::start(demo, Options { token, ..Options::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "AzureSentinel:\n  Workspaces:\n    Soc:\n      WorkspaceId: {WORKSPACE}\n      TenantId: {TENANT}\n      Args: {args}\nAzure:\n  endpoints:\n    authority: {0}\n    key_vault: {0}\n    log_analytics: {1}\n{more}",
            sign_in.uri(),
            server.url()
        );
        fs::write(folder.path().join("msticpyconfig.yaml"), config).unwrap();
        let cloud = Self { sign_in, server, folder, runtime };
        let refusal = json!({"error": "invalid_client", "error_codes": [7_000_222],
            "error_description": "AADSTS7000222: The provided client secret keys for app 'app' are expired.\r\nTrace ID: 1"});
        cloud
            .mount(Mock::given(any()).respond_with(ResponseTemplate::new(400).set_body_json(refusal)).with_priority(9));
        cloud.grant("s3cret-good", "loganalytics.io", "s3cret-token-for-logs");
        cloud
    }

    fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.sign_in));
    }

    /// A token for whoever shows this secret, for the one service.
    fn grant(&self, secret: &str, service: &str, token: &str) {
        let answer = json!({"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": token});
        self.mount(
            Mock::given(method("POST"))
                .and(path(format!("/{TENANT}/oauth2/v2.0/token")))
                .and(body_string_contains(format!("client_secret={secret}&")))
                .and(body_string_contains(service))
                .respond_with(ResponseTemplate::new(200).set_body_json(answer)),
        );
    }

    /// How often it was asked for something at this path.
    fn asked(&self, end: &str) -> usize {
        let requests = self.runtime.block_on(self.sign_in.received_requests()).unwrap();
        requests.iter().filter(|request| request.url.path().ends_with(end)).count()
    }

    /// An engine with the configuration and these variables.
    fn explorer(&self, variables: &str) -> Explorer {
        let script = self.folder.path().join("engine");
        let config = self.folder.path().join("msticpyconfig.yaml");
        let text = format!("#!/bin/sh\nMSTICPYCONFIG='{}' {variables} exec '{ENGINE}' \"$@\"\n", config.display());
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let explorer = Explorer::start_at(&script).unwrap();
        explorer.show_progress(false);
        explorer
    }
}

#[test]
fn an_application_asks_its_workspace() {
    let cloud = Cloud::new("{ClientId: app, ClientSecret: {EnvironmentVar: APP_SECRET}}", "");
    let explorer = cloud.explorer("APP_SECRET=s3cret-good");
    let workspace = explorer.connect("soc").unwrap();
    let rows = |query: &str| workspace.kql(query).unwrap().rows().unwrap()[0].get("Count").unwrap().to_string();
    assert_ne!(rows("SigninLogs | count"), "0");
    assert_ne!(rows("SecurityEvent | count"), "0");
    // One token serves all queries.
    assert_eq!(cloud.asked("/token"), 1);
    assert!(cloud.server.queries() >= 2);
    let listed = explorer.workspaces().unwrap().to_text().unwrap();
    assert!(listed.contains("Soc") && listed.contains("msticpyconfig.yaml:3:5"), "{listed}");
}

#[test]
fn an_expired_secret_says_what_to_do_and_is_not_shown() {
    let cloud = Cloud::new("{ClientId: app, ClientSecret: s3cret-old, auth_methods: [clientsecret]}", "");
    let explorer = cloud.explorer("");
    let said = match explorer.connect("Soc") {
        Ok(workspace) => workspace.kql("SigninLogs | count").unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(
        said.contains("clientsecret: AADSTS7000222: The provided client secret keys for app 'app' are expired."),
        "{said}"
    );
    assert!(said.contains("make a new client secret"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn a_secret_may_be_in_a_key_vault() {
    let cloud = Cloud::new(
        "{ClientId: app, ClientSecret: {KeyVault: app-secret}, auth_methods: [clientsecret]}",
        &format!("  auth_methods: [env]\nKeyVault: {{VaultName: soc-vault, TenantId: {TENANT}}}\n"),
    );
    cloud.grant("s3cret-of-vault", "vault.azure.net", "token-for-vault");
    cloud.mount(
        Mock::given(path("/secrets/app-secret"))
            .and(header("authorization", "Bearer token-for-vault"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"value": "s3cret-good"}))),
    );
    let explorer =
        cloud.explorer(&format!("AZURE_CLIENT_ID=vault AZURE_TENANT_ID={TENANT} AZURE_CLIENT_SECRET=s3cret-of-vault"));
    let workspace = explorer.connect("Soc").unwrap();
    assert!(!workspace.kql("SigninLogs | take 1").unwrap().is_empty());
    assert_eq!(cloud.asked("/secrets/app-secret"), 1);
}

#[test]
fn a_connection_string_signs_in_too() {
    let cloud = Cloud::new("{}", "");
    let explorer = cloud.explorer("");
    let text = format!(
        "loganalytics://tenant('{TENANT}').clientid('app').clientsecret('s3cret-good').workspace('{WORKSPACE}').alias('mine')"
    );
    let workspace = explorer.connect_str(&text).unwrap();
    assert_eq!(workspace.name(), "mine");
    assert!(!workspace.kql("SigninLogs | take 1").unwrap().is_empty());
    let wrong = explorer.connect_str(&text.replace("workspace('", "workspace('x")).unwrap_err().to_string();
    assert!(wrong.contains("the workspace is neither a GUID nor the name") && !wrong.contains("s3cret"), "{wrong}");
}

#[test]
fn the_page_and_the_code_are_shown_while_it_waits() {
    let cloud = Cloud::new("{auth_methods: [devicecode]}", "");
    let code = json!({"device_code": "s3cret-device", "user_code": "ABCD-EFGH", "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900, "interval": 0});
    cloud.mount(
        Mock::given(path(format!("/{TENANT}/oauth2/v2.0/devicecode")))
            .respond_with(ResponseTemplate::new(200).set_body_json(code)),
    );
    let pending = json!({"error": "authorization_pending", "error_description": "AADSTS70016: pending"});
    cloud.mount(
        Mock::given(body_string_contains("device_code=s3cret-device"))
            .respond_with(ResponseTemplate::new(400).set_body_json(pending))
            .up_to_n_times(2)
            .with_priority(1),
    );
    let token = json!({"token_type": "Bearer", "expires_in": 3600, "access_token": "s3cret-token-for-logs", "refresh_token": "s3cret-refresh"});
    cloud.mount(
        Mock::given(body_string_contains("device_code=s3cret-device"))
            .respond_with(ResponseTemplate::new(200).set_body_json(token))
            .with_priority(2),
    );
    let output = Command::new(ENGINE)
        .args([
            "account",
            "alice",
            "--select",
            "alice@contoso.com:Office365",
            "--start",
            "2000-01-01",
            "--end",
            "2100-01-01",
            "-w",
            "Soc",
        ])
        .current_dir(cloud.folder.path())
        .env_remove("ENTITY_EXPLORER_RECORD")
        .env_remove("MSTICPYCONFIG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let prompt = "To sign in, open https://microsoft.com/devicelogin and enter the code ABCD-EFGH (within 15 minutes)";
    assert_eq!(said.matches(prompt).count(), 1, "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    assert_eq!(cloud.asked("/devicecode"), 1);
    assert_eq!(cloud.asked("/token"), 3);
}
