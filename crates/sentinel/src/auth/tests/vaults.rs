//! Settings whose value is in a key vault.

use std::sync::Arc;

use super::mock::Service;
use super::{Case, plain};
use crate::auth::{Secrets, Vaults};
use crate::config::{AuthMethod, Setting, Source, Variables};
use crate::fault::{Fault, FaultKind};

async fn secrets(service: &Service, default: Option<&str>) -> Secrets {
    service.set(|state| {
        state.secrets.insert("app".to_owned(), "s3cret-right".to_owned());
        state.vault.insert("vt-key".to_owned(), "s3cret-from-vault".to_owned());
    });
    let mut case = Case::new(&[AuthMethod::ClientSecret], service).application("app", "s3cret-right");
    case.cloud.endpoints.key_vault = Some(service.url());
    let vaults = Vaults::new(case.http.clone(), case.cloud.clone(), default.map(str::to_owned), case.sign_in());
    Secrets {
        variables: Variables::Fixed([("SET".to_owned(), "s3cret-var".to_owned())].into()),
        vaults: Some(Arc::new(vaults)),
    }
}

fn in_vault(vault: Option<&str>, secret: &str) -> Setting {
    let source = Source::KeyVault { vault: vault.map(str::to_owned), secret: secret.to_owned() };
    Setting { source, ..plain("") }
}

#[tokio::test]
async fn a_secret_is_fetched_when_it_is_needed_and_once() {
    let service = Service::start().await;
    let secrets = secrets(&service, Some("soc-vault")).await;
    assert_eq!(service.asked(), Vec::<String>::new());
    for _ in 0..2 {
        assert_eq!(secrets.get(&in_vault(None, "vt-key")).await.unwrap().expose(), "s3cret-from-vault");
    }
    assert_eq!(secrets.get(&in_vault(Some("soc-vault"), "vt-key")).await.unwrap().expose(), "s3cret-from-vault");
    assert_eq!(service.asked(), ["client_credentials", "vt-key?api-version=7.4"]);
}

#[tokio::test]
async fn what_a_vault_does_not_give_says_why() {
    let service = Service::start().await;
    let secrets = secrets(&service, Some("soc-vault")).await;
    let failed = async |name: &str| -> Fault { secrets.get(&in_vault(None, name)).await.unwrap_err() };
    let fault = failed("gone").await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert_eq!(
        fault.to_string(),
        "test: the secret gone of the key vault soc-vault cannot be had: words about SecretNotFound (SecretNotFound)\n  help: `az keyvault secret list --vault-name soc-vault` lists what is there"
    );
    assert!(failed("forbidden").await.help.is_some_and(|help| help.contains("Key Vault Secrets User")));
    assert!(failed("firewall").await.help.is_some_and(|help| help.contains("firewall")));
    assert!(failed("off").await.help.is_some_and(|help| help.contains("disabled")));
    service.set(|state| state.instead = Some((200, "s3cret page".to_owned())));
    let fault = failed("vt-key2").await;
    assert!(fault.message.ends_with("its answer is none") && !fault.to_string().contains("s3cret"), "{fault}");
}

#[tokio::test]
async fn without_a_vault_that_is_said() {
    let service = Service::start().await;
    let fault = secrets(&service, None).await.get(&in_vault(None, "x")).await.unwrap_err();
    assert!(fault.message.contains("no vault is configured"), "{fault}");
    let fault = Secrets::default().get(&in_vault(None, "x")).await.unwrap_err();
    assert!(fault.message.contains("is needed to sign in to the key vault"), "{fault}");
    let fault = secrets(&service, None).await.get(&in_vault(Some("a/b"), "x")).await.unwrap_err();
    assert!(fault.message.contains("impossible name"), "{fault}");
}

#[tokio::test]
async fn variables_and_plain_values_need_no_vault() {
    let service = Service::start().await;
    let secrets = secrets(&service, None).await;
    let variable = |name: &str| Setting { source: Source::Environment(name.to_owned()), ..plain("") };
    assert_eq!(secrets.get(&variable("SET")).await.unwrap().expose(), "s3cret-var");
    assert_eq!(secrets.get(&plain("value")).await.unwrap().expose(), "value");
    let fault = secrets.get(&variable("UNSET")).await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the environment variable UNSET of test is not set\n  help: set UNSET before the notebook or program is started (/test/config.yaml)"
    );
    assert!(service.asked().is_empty());
}
