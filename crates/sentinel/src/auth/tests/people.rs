//! A person who enters a code.

use super::mock::Service;
use super::{Case, SCOPE};
use crate::config::AuthMethod;

const VAULT: &str = "https://vault.azure.net/.default";

#[tokio::test]
async fn the_code_is_shown_once_and_serves_every_service_after_that() {
    let service = Service::start().await;
    service.set(|state| state.pending = 2);
    let case = Case::new(&[AuthMethod::DeviceCode], &service);
    let sign_in = case.sign_in();
    let token = sign_in.token(SCOPE, false).await.unwrap();
    assert_eq!(token.token.secret(), "token-1-device");
    let other = sign_in.token(VAULT, false).await.unwrap();
    assert_eq!(other.token.secret(), format!("token-2-{VAULT}"));
    // Refused by a service: another token, and still no second prompt.
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    let prompts = case.prompts.lock().unwrap().clone();
    assert_eq!(prompts.len(), 1);
    assert_eq!(
        prompts[0].to_string(),
        "To sign in, open https://microsoft.com/devicelogin and enter the code ABCD-EFGH (within 15 minutes)"
    );
    assert_eq!(service.asked(), ["devicecode", "device_code", "device_code", "device_code", "refresh_token"]);
}

#[tokio::test]
async fn a_sign_in_that_is_over_asks_again() {
    let service = Service::start().await;
    let case = Case::new(&[AuthMethod::DeviceCode], &service);
    let sign_in = case.sign_in();
    sign_in.token(SCOPE, false).await.unwrap();
    service.set(|state| state.refresh.clear());
    sign_in.token(VAULT, false).await.unwrap();
    assert_eq!(case.prompts.lock().unwrap().len(), 2);
    assert_eq!(service.asked(), ["devicecode", "device_code", "refresh_token", "devicecode", "device_code"]);
}

#[tokio::test]
async fn a_code_that_is_declined_or_late_is_said() {
    let service = Service::start().await;
    service.set(|state| state.device_error = Some("authorization_declined"));
    let said = Case::new(&[AuthMethod::DeviceCode], &service).token().await.unwrap_err();
    assert!(said.contains("devicecode: "), "{said}");
    service.set(|state| state.device_error = Some("access_denied"));
    let said = Case::new(&[AuthMethod::DeviceCode], &service).token().await.unwrap_err();
    assert!(said.contains("devicecode: the sign-in was declined at the page"), "{said}");
    service.set(|state| state.device_error = Some("expired_token"));
    let said = Case::new(&[AuthMethod::DeviceCode], &service).token().await.unwrap_err();
    assert!(said.contains("the code was not entered in time") && said.contains("run it again"), "{said}");
}

#[tokio::test]
async fn a_page_in_place_of_an_answer_is_not_repeated() {
    let service = Service::start().await;
    service.set(|state| state.instead = Some((200, "<html>s3cret</html>".to_owned())));
    let said = Case::new(&[AuthMethod::DeviceCode], &service).token().await.unwrap_err();
    assert!(said.contains("gives an answer that is none") && said.contains("a proxy that wants a sign-in"), "{said}");
    // Ten megabytes are not read to the end.
    service.set(|state| state.instead = Some((500, "x".repeat(10 << 20))));
    let said = Case::new(&[AuthMethod::DeviceCode], &service).token().await.unwrap_err();
    assert!(said.len() < 1000, "{}", said.len());
}

#[tokio::test]
async fn without_a_tenant_accounts_of_any_organization_sign_in() {
    let service = Service::start().await;
    let mut case = Case::new(&[AuthMethod::DeviceCode], &service);
    case.settings.tenant = None;
    assert!(case.token().await.is_err());
    assert_eq!(service.asked(), ["wrong tenant organizations"]);
}
