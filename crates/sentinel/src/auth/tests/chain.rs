//! Several methods, and how long tokens are kept.

use std::time::Duration;

use azure_core::credentials::{TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientMethodOptions, Context};

use super::mock::Service;
use super::{Case, SCOPE};
use crate::config::AuthMethod;
use crate::http::RenewToken;

async fn service() -> Service {
    let service = Service::start().await;
    service.set(|state| {
        state.secrets.insert("app".to_owned(), "s3cret-right".to_owned());
    });
    service
}

#[tokio::test]
async fn the_next_method_is_tried_and_the_one_that_worked_is_first_from_then_on() {
    let service = service().await;
    let mut case = Case::new(&[AuthMethod::Cli, AuthMethod::Environment, AuthMethod::ClientSecret], &service)
        .application("app", "s3cret-right");
    let empty = tempfile::tempdir().unwrap();
    case.path = Some(empty.path().as_os_str().to_owned());
    let sign_in = case.sign_in();
    assert_eq!(sign_in.token(SCOPE, false).await.unwrap().token.secret(), &format!("token-1-{SCOPE}"));
    assert_eq!(sign_in.method().await, Some(AuthMethod::ClientSecret));
    // It is kept.
    assert_eq!(sign_in.token(SCOPE, false).await.unwrap().token.secret(), &format!("token-1-{SCOPE}"));
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn all_that_failed_is_listed_with_what_to_do() {
    let service = service().await;
    let mut case = Case::new(&[AuthMethod::Environment, AuthMethod::Cli, AuthMethod::ClientSecret], &service)
        .application("app", "s3cret-expired");
    let empty = tempfile::tempdir().unwrap();
    case.path = Some(empty.path().as_os_str().to_owned());
    insta::assert_snapshot!(case.token().await.unwrap_err(), @r"
    signing in to https://api.loganalytics.io in tenant 22222222-2222-4000-8000-000000000001 failed
      env: the environment variable AZURE_CLIENT_ID is not set
        do: set AZURE_CLIENT_ID before the notebook or program is started
      cli: az not found on PATH
        do: install the Azure CLI (https://aka.ms/azure-cli) and run `az login`, or take cli out of auth_methods
      clientsecret: AADSTS7000222: The provided client secret keys for app 'app' are expired.
        do: make a new client secret for the application (portal: App registrations, Certificates & secrets) and configure it
      help: one of the methods has to work; Azure.auth_methods in msticpyconfig.yaml says which are tried
    ");
}

#[tokio::test]
async fn however_many_wait_one_request_is_sent() {
    let service = service().await;
    let case = Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-right");
    let sign_in = case.sign_in();
    let asked = (0..20).map(|_| {
        let sign_in = std::sync::Arc::clone(&sign_in);
        tokio::spawn(async move { sign_in.get_token(&[SCOPE], None).await.unwrap().token.secret().to_owned() })
    });
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap(), format!("token-1-{SCOPE}"));
    }
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let service = service().await;
    service.set(|state| state.lifetime = 200);
    let case = Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-right");
    let sign_in = case.sign_in();
    sign_in.token(SCOPE, false).await.unwrap();
    // Less than five minutes are left.
    assert_eq!(sign_in.token(SCOPE, false).await.unwrap().token.secret(), &format!("token-2-{SCOPE}"));
    // What cannot be renewed is used while it is good.
    service.set(|state| {
        state.secrets.clear();
    });
    assert_eq!(sign_in.token(SCOPE, false).await.unwrap().token.secret(), &format!("token-2-{SCOPE}"));
    // Not when a service has refused it.
    sign_in.age(SCOPE, Duration::from_secs(60));
    assert!(sign_in.token(SCOPE, true).await.is_err());
}

#[tokio::test]
async fn a_refused_token_is_replaced() {
    let service = service().await;
    let case = Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-right");
    let sign_in = case.sign_in();
    sign_in.get_token(&[SCOPE], None).await.unwrap();
    let renew = || {
        Some(TokenRequestOptions {
            method_options: ClientMethodOptions { context: Context::new().with_value(RenewToken) },
        })
    };
    // One that is seconds old was just got by another request that was refused.
    let token = sign_in.get_token(&[SCOPE], renew()).await.unwrap();
    assert_eq!(token.token.secret(), &format!("token-1-{SCOPE}"));
    sign_in.age(SCOPE, Duration::from_secs(60));
    let token = sign_in.get_token(&[SCOPE], renew()).await.unwrap();
    assert_eq!(token.token.secret(), &format!("token-2-{SCOPE}"));
}

#[tokio::test]
async fn without_configuration_what_is_there_is_tried() {
    let service = service().await;
    let case = Case::new(&[], &service).application("app", "s3cret-right");
    assert_eq!(case.token().await, Ok(format!("token-1-{SCOPE}")));
    assert_eq!(
        format!("{:?}", Case::new(&[], &service).sign_in()),
        "SignIn { methods: [Cli, DeveloperCli, ManagedIdentity, DeviceCode], .. }"
    );
    let case =
        Case::new(&[], &service).variable("AZURE_CLIENT_SECRET", "s3cret").variable("AZURE_FEDERATED_TOKEN_FILE", "/x");
    assert_eq!(
        format!("{:?}", case.sign_in()),
        "SignIn { methods: [Environment, Workload, Cli, DeveloperCli, ManagedIdentity, DeviceCode], .. }"
    );
}

#[tokio::test]
async fn a_service_in_trouble_is_asked_again_a_few_times() {
    let service = service().await;
    service.set(|state| state.instead = Some((503, "busy".to_owned())));
    let case = Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-right");
    let said = case.token().await.unwrap_err();
    let asked = service.asked().len();
    assert!((2..=5).contains(&asked), "{asked}");
    assert!(said.contains("clientsecret: the answer is no token"), "{said}");
}
