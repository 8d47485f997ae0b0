//! `az` and `azd`: programs of that name, on a path of their own.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use super::mock::{Service, TENANT};
use super::{Case, SCOPE};
use crate::config::AuthMethod;

/// A folder with a program that does this.
fn program(name: &str, script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn token(method: AuthMethod, folder: &tempfile::TempDir) -> Result<String, String> {
    let service = Service::start().await;
    let mut case = Case::new(&[method], &service);
    case.path = Some(folder.path().as_os_str().to_owned());
    case.token().await
}

#[tokio::test]
async fn az_gives_the_token_of_its_account() {
    let expires = chrono::Utc::now().timestamp() + 3600;
    let folder = program(
        "az",
        &format!("echo '{{\"accessToken\": \"az '\"$*\"'\", \"expires_on\": {expires}, \"tokenType\": \"Bearer\"}}'"),
    );
    assert_eq!(
        token(AuthMethod::Cli, &folder).await,
        Ok(format!("az account get-access-token -o json --scope {SCOPE} --tenant {TENANT}"))
    );
}

#[tokio::test]
async fn az_that_is_not_there_not_signed_in_or_too_old_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let said = token(AuthMethod::Cli, &empty).await.unwrap_err();
    assert!(said.contains("cli: az not found on PATH") && said.contains("install the Azure CLI"), "{said}");
    let folder = program("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    let said = token(AuthMethod::Cli, &folder).await.unwrap_err();
    assert!(said.contains("Please run 'az login'") && said.contains("do: run `az login --tenant TENANT`"), "{said}");
    let folder = program(
        "az",
        "echo '{\"accessToken\": \"s3cret\", \"expiresOn\": \"2026-01-01 00:00:00\", \"tokenType\": \"Bearer\"}'",
    );
    let said = token(AuthMethod::Cli, &folder).await.unwrap_err();
    assert!(said.contains("update the Azure CLI"), "{said}");
    let folder = program("az", "echo 's3cret is no JSON'");
    assert!(token(AuthMethod::Cli, &folder).await.is_err());
}

#[tokio::test]
async fn azd_gives_the_token_of_its_account() {
    let expires = (chrono::Utc::now() + chrono::Duration::hours(1)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let folder = program("azd", &format!("echo '{{\"token\": \"azd '\"$*\"'\", \"expiresOn\": \"{expires}\"}}'"));
    let given = token(AuthMethod::DeveloperCli, &folder).await.unwrap();
    assert!(given.starts_with("azd auth token -o json --no-prompt --scope"), "{given}");
    let folder = program("azd", "echo 'ERROR: not logged in, run `azd auth login` to login' >&2; exit 1");
    let said = token(AuthMethod::DeveloperCli, &folder).await.unwrap_err();
    assert!(said.contains("do: run `azd auth login`"), "{said}");
    let said = token(AuthMethod::DeveloperCli, &tempfile::tempdir().unwrap()).await.unwrap_err();
    assert!(said.contains("azd not found on PATH"), "{said}");
}
