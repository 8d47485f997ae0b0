//! Machines and pods.

use super::mock::{Service, TENANT};
use super::{Case, SCOPE, plain};
use crate::config::AuthMethod;

#[tokio::test]
async fn the_identity_of_the_machine_gives_a_token() {
    let service = Service::start().await;
    service.set(|state| state.has_identity = true);
    let mut case = Case::new(&[AuthMethod::ManagedIdentity], &service);
    assert_eq!(case.token().await, Ok("machine-token-1".to_owned()));
    // A user-assigned one by its client id; that of an application is none.
    case.settings.client_id = Some(plain("identity"));
    assert_eq!(case.token().await, Ok("machine-token-2".to_owned()));
    let case = case.application("app", "s3cret");
    assert_eq!(case.token().await, Ok("machine-token-3".to_owned()));
    let resource = "resource=https%3A%2F%2Fapi.loganalytics.io";
    let asked = service.asked();
    assert!(asked[0].contains(resource) && !asked[0].contains("client_id"), "{asked:?}");
    assert!(asked[1].contains("client_id=identity"), "{asked:?}");
    assert!(!asked[2].contains("client_id"), "{asked:?}");
}

#[tokio::test]
async fn a_machine_without_an_identity_is_said_at_once() {
    let service = Service::start().await;
    let mut case = Case::new(&[AuthMethod::ManagedIdentity], &service);
    let said = case.token().await.unwrap_err();
    assert!(said.contains("msi: The requested identity has not been assigned to this resource"), "{said}");
    assert!(said.contains("assign a managed identity to this machine"), "{said}");
    // Nothing listens there: no machine in Azure.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    case.cloud.endpoints.instance_metadata = format!("http://127.0.0.1:{port}").parse().ok();
    let said = case.token().await.unwrap_err();
    assert!(said.contains("msi: this machine has no managed identity"), "{said}");
}

#[tokio::test]
async fn a_pod_shows_its_token() {
    let service = Service::start().await;
    service.set(|state| state.federated = Some("federated-s3cret".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "federated-s3cret").unwrap();
    let case = Case::new(&[AuthMethod::Workload], &service)
        .variable("AZURE_CLIENT_ID", "pod")
        .variable("AZURE_TENANT_ID", TENANT)
        .variable("AZURE_FEDERATED_TOKEN_FILE", &file.display().to_string());
    assert_eq!(case.token().await, Ok(format!("token-1-{SCOPE}")));
    std::fs::remove_file(&file).unwrap();
    let said = case.token().await.unwrap_err();
    assert!(said.contains("workload: failed to read federated token from file"), "{said}");
}

#[tokio::test]
async fn azure_ml_compute_gives_the_token_of_its_identity() {
    let service = Service::start().await;
    service.set(|state| state.has_identity = true);
    let mut case = Case::new(&[AuthMethod::ManagedIdentity], &service)
        .variable("MSI_ENDPOINT", &format!("{}MSI/auth", service.url()))
        .variable("MSI_SECRET", "msi-s3cret");
    assert_eq!(case.token().await, Ok("compute-token-1".to_owned()));
    case.settings.client_id = Some(plain("identity"));
    assert_eq!(case.token().await, Ok("compute-token-2".to_owned()));
    case.settings.client_id = None;
    let case = case.variable("DEFAULT_IDENTITY_CLIENT_ID", "default");
    assert_eq!(case.token().await, Ok("compute-token-3".to_owned()));
    let asked = service.asked();
    assert!(
        asked[0].starts_with("GET") && asked[0].contains("resource=https%3A%2F%2Fapi.loganalytics.io"),
        "{asked:?}"
    );
    assert!(!asked[0].contains("clientid") && asked[1].contains("clientid=identity"), "{asked:?}");
    assert!(asked[2].contains("clientid=default"), "{asked:?}");
    service.set(|state| state.has_identity = false);
    let said = case.token().await.unwrap_err();
    assert!(said.contains("msi: the identity of Azure ML: Identity not found"), "{said}");
    assert!(said.contains("assign a managed identity to this machine") && !said.contains("s3cret"), "{said}");
    let said = case.variable("MSI_ENDPOINT", "nowhere").token().await.unwrap_err();
    assert!(said.contains("MSI_ENDPOINT is no address"), "{said}");
}

#[tokio::test]
async fn cloud_shell_gives_the_token_of_its_user() {
    let service = Service::start().await;
    service.set(|state| state.has_identity = true);
    let mut case = Case::new(&[AuthMethod::ManagedIdentity], &service)
        .variable("MSI_ENDPOINT", &format!("{}MSI/auth", service.url()));
    assert_eq!(case.token().await, Ok("compute-token-1".to_owned()));
    assert!(service.asked()[0].starts_with("POST"), "{:?}", service.asked());
    case.settings.client_id = Some(plain("identity"));
    let said = case.token().await.unwrap_err();
    assert!(said.contains("Cloud Shell has no user-assigned identities"), "{said}");
}
