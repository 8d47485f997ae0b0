//! Applications: secrets and certificates, configured or in the environment.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::mock::{Service, TENANT};
use super::{Case, SCOPE, plain};
use crate::config::{AuthMethod, Certificate, EnvironmentDefaults};

async fn service() -> Service {
    let service = Service::start().await;
    service.set(|state| {
        state.secrets.insert("app".to_owned(), "s3cret-right".to_owned());
    });
    service
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A certificate that the service knows as that of the application, made now.
fn certificate(service: &Service) -> String {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = key.as_der().unwrap();
    // The service compares its digest only.
    let body = b"a certificate";
    let thumbprint = URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body));
    let public = key.public_key().as_ref().to_vec();
    service.set(|state| {
        state.certificates.insert("app".to_owned(), (thumbprint, public));
    });
    format!("{}{}", pem("PRIVATE KEY", pkcs8.as_ref()), pem("CERTIFICATE", body))
}

#[tokio::test]
async fn a_client_secret_gives_a_token_for_the_one_service() {
    let service = service().await;
    let case = Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-right");
    assert_eq!(case.token().await, Ok(format!("token-1-{SCOPE}")));
    assert_eq!(service.asked(), ["client_credentials"]);
}

#[tokio::test]
async fn wrong_and_expired_secrets_say_what_to_do() {
    let service = service().await;
    let said = Case::new(&[AuthMethod::ClientSecret], &service)
        .application("app", "s3cret-expired")
        .token()
        .await
        .unwrap_err();
    assert_eq!(
        said,
        format!(
            "signing in to https://api.loganalytics.io in tenant {TENANT} failed\n  clientsecret: AADSTS7000222: The provided client secret keys for app 'app' are expired.\n    do: make a new client secret for the application (portal: App registrations, Certificates & secrets) and configure it\n  help: one of the methods has to work; Azure.auth_methods in msticpyconfig.yaml says which are tried"
        )
    );
    let said =
        Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-wrong").token().await.unwrap_err();
    assert!(said.contains("configure the secret's value, not its id"), "{said}");
    let said = Case::new(&[AuthMethod::ClientSecret], &service)
        .application("other", "s3cret-right")
        .token()
        .await
        .unwrap_err();
    assert!(said.contains("AADSTS700016") && said.contains("check ClientId"), "{said}");
    // What cannot be put right by asking again is not asked again.
    assert_eq!(service.asked().len(), 3);
}

#[tokio::test]
async fn a_wrong_tenant_is_said() {
    let service = service().await;
    let mut case = Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-right");
    case.settings.tenant = Some("contoso.com".to_owned());
    let said = case.token().await.unwrap_err();
    assert!(said.contains("Tenant 'contoso.com' not found.") && said.contains("check TenantId"), "{said}");
}

#[tokio::test]
async fn what_is_not_configured_is_named() {
    let service = service().await;
    let mut case = Case::new(
        &[AuthMethod::ClientSecret, AuthMethod::Certificate, AuthMethod::Environment, AuthMethod::Workload],
        &service,
    );
    let said = case.token().await.unwrap_err();
    assert!(said.contains("clientsecret: ClientId is not configured"), "{said}");
    assert!(said.contains("certificate: ClientId is not configured"), "{said}");
    assert!(said.contains("env: the environment variable AZURE_CLIENT_ID is not set"), "{said}");
    assert!(said.contains("workload: the environment variable AZURE_CLIENT_ID is not set"), "{said}");
    case.settings.client_id = Some(plain("app"));
    case.settings.tenant = None;
    let said = case.token().await.unwrap_err();
    assert!(said.contains("clientsecret: ClientSecret is not configured"), "{said}");
    assert!(said.contains("certificate: CertificatePath is not configured"), "{said}");
    let said = case.application("app", "s3cret-right").token().await.unwrap_err();
    assert!(said.contains("clientsecret: TenantId is not configured"), "{said}");
}

#[tokio::test]
async fn a_certificate_signs_for_itself() {
    let service = service().await;
    let pem = certificate(&service);
    let mut case = Case::new(&[AuthMethod::Certificate], &service);
    case.settings.client_id = Some(plain("app"));
    case.settings.certificate = Some(Certificate::Text(plain(&pem)));
    assert_eq!(case.token().await, Ok(format!("token-1-{SCOPE}")));
    // From a file, too.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cert.pem");
    std::fs::write(&path, &pem).unwrap();
    case.settings.certificate = Some(Certificate::File(plain(&path.display().to_string())));
    assert_eq!(case.token().await, Ok(format!("token-2-{SCOPE}")));
    // And by the variables that all Azure tools know.
    let case = Case::new(&[AuthMethod::Environment], &service)
        .variable("AZURE_CLIENT_ID", "app")
        .variable("AZURE_TENANT_ID", TENANT)
        .variable("AZURE_CLIENT_CERTIFICATE_PATH", &path.display().to_string());
    assert_eq!(case.token().await, Ok(format!("token-3-{SCOPE}")));
}

#[tokio::test]
async fn the_key_of_another_certificate_is_refused() {
    let service = service().await;
    let other = certificate(&service);
    certificate(&service);
    let mut case = Case::new(&[AuthMethod::Certificate], &service);
    case.settings.client_id = Some(plain("app"));
    case.settings.certificate = Some(Certificate::Text(plain(&other)));
    let said = case.token().await.unwrap_err();
    assert!(said.contains("AADSTS700027") && said.contains("add this certificate to the application"), "{said}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_said_and_a_certificate_signs_with_the_service_s_time() {
    let service = service().await;
    let pem = certificate(&service);
    service.set(|state| state.ahead = 3 * 3600 + 30);
    let mut case = Case::new(&[AuthMethod::Certificate], &service);
    case.settings.client_id = Some(plain("app"));
    case.settings.certificate = Some(Certificate::Text(plain(&pem)));
    assert_eq!(case.token().await, Ok(format!("token-1-{SCOPE}")));
    assert_eq!(service.asked().len(), 2, "the second with the service's time");
    // What fails then names the clock, too.
    let said =
        Case::new(&[AuthMethod::ClientSecret], &service).application("app", "s3cret-wrong").token().await.unwrap_err();
    assert!(
        said.ends_with("help: the clock of this machine is 180 minutes behind the service's: set it right"),
        "{said}"
    );
}

#[tokio::test]
async fn files_that_are_no_certificates_say_how_to_make_one() {
    let service = service().await;
    let good = certificate(&service);
    let (key, cert) = good.split_at(good.find("-----BEGIN CERT").unwrap());
    let encrypted = good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (text, said) in [
        ("0\u{82}\u{1}s3cret", "is a PFX (PKCS #12) or DER file"),
        ("s3cret", "holds no PEM text"),
        (key, "has no certificate"),
        (cert, "has no private key"),
        (encrypted.as_str(), "has a private key with a password"),
        (&pem("PRIVATE KEY", b"s3cret").add(cert), "has a private key that cannot be used"),
        (&pem("EC PRIVATE KEY", b"s3cret").add(cert), "has a private key that is not RSA"),
    ] {
        let mut case = Case::new(&[AuthMethod::Certificate], &service);
        case.settings.client_id = Some(plain("app"));
        case.settings.certificate = Some(Certificate::Text(plain(text)));
        let answer = case.token().await.unwrap_err();
        assert!(answer.contains(&format!("certificate: the configured certificate {said}")), "{answer}");
        assert!(answer.contains("\n    do: "), "{answer}");
    }
    let mut case = Case::new(&[AuthMethod::Certificate], &service);
    case.settings.client_id = Some(plain("app"));
    case.settings.certificate = Some(Certificate::File(plain("gone.pem")));
    let answer = case.token().await.unwrap_err();
    assert!(answer.contains("the certificate /test/gone.pem cannot be read"), "{answer}");
}

trait Add {
    fn add(self, other: &str) -> String;
}

impl Add for String {
    fn add(self, other: &str) -> String {
        self + other
    }
}

#[tokio::test]
async fn the_environment_gives_an_application() {
    let service = service().await;
    let case = Case::new(&[AuthMethod::Environment], &service)
        .variable("AZURE_CLIENT_ID", "app")
        .variable("AZURE_TENANT_ID", TENANT)
        .variable("AZURE_CLIENT_SECRET", "s3cret-right");
    assert_eq!(case.token().await, Ok(format!("token-1-{SCOPE}")));
    // What is not set is as DataProviders.AzureCLI has it.
    let mut case = Case::new(&[AuthMethod::Environment], &service);
    case.settings.environment = EnvironmentDefaults {
        client_id: Some(plain("app")),
        tenant_id: Some(plain(TENANT)),
        client_secret: Some(plain("s3cret-right")),
    };
    assert_eq!(case.token().await, Ok(format!("token-2-{SCOPE}")));
    let said = case.variable("AZURE_CLIENT_SECRET", "s3cret-wrong").token().await.unwrap_err();
    assert!(said.contains("env: AADSTS7000215"), "{said}");
}
