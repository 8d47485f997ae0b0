//! A sign-in service on this machine: tokens, device codes, the metadata service of a machine, a key vault.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub const TENANT: &str = "22222222-2222-4000-8000-000000000001";

/// What the service knows, and what it was asked.
#[derive(Default)]
pub struct State {
    /// The secret of each application.
    pub secrets: HashMap<String, String>,
    /// The certificate of an application: its thumbprint and public key.
    pub certificates: HashMap<String, (String, Vec<u8>)>,
    /// What a pod shows.
    pub federated: Option<String>,
    /// How often a device code is not entered yet.
    pub pending: u32,
    /// What is said when the device code is asked for after that, in place of a token.
    pub device_error: Option<&'static str>,
    /// Refresh tokens that are still good.
    pub refresh: Vec<String>,
    /// Whether the machine has an identity.
    pub has_identity: bool,
    /// Secrets of the vault.
    pub vault: HashMap<String, String>,
    /// How long tokens live, in seconds.
    pub lifetime: i64,
    /// Seconds that the service's clock is ahead.
    pub ahead: i64,
    /// Answers with this in place of everything.
    pub instead: Option<(u16, String)>,
    /// Grants and paths that it was asked for, in order.
    pub asked: Vec<String>,
    /// Tokens given so far.
    pub given: u32,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

pub struct Service {
    server: MockServer,
    shared: Shared,
}

impl Service {
    pub async fn start() -> Self {
        let server = MockServer::builder().start().await;
        let shared = Shared(Arc::new(Mutex::new(State { lifetime: 3600, ..State::default() })));
        Mock::given(any()).respond_with(shared.clone()).mount(&server).await;
        Self { server, shared }
    }

    pub fn url(&self) -> Url {
        Url::parse(&self.server.uri()).unwrap()
    }

    pub fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.0.lock().unwrap());
    }

    pub fn asked(&self) -> Vec<String> {
        self.shared.0.lock().unwrap().asked.clone()
    }
}

impl Respond for Shared {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let date =
            (Utc::now() + chrono::Duration::seconds(state.ahead)).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let (status, body) = match state.instead.clone() {
            Some((status, page)) => {
                state.asked.push(request.url.path().to_owned());
                return ResponseTemplate::new(status)
                    .set_body_raw(page, "text/html")
                    .insert_header("date", date.as_str());
            }
            None => answer(&mut state, request),
        };
        ResponseTemplate::new(status).set_body_json(body).insert_header("date", date.as_str())
    }
}

fn refusal(code: &str, words: &str) -> (u16, Value) {
    let number: i64 = code.parse().unwrap();
    let description =
        format!("AADSTS{code}: {words}\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 2026-01-01 00:00:00Z");
    (400, json!({"error": "invalid_request", "error_codes": [number], "error_description": description}))
}

fn answer(state: &mut State, request: &Request) -> (u16, Value) {
    let path = request.url.path();
    if path == "/metadata/identity/oauth2/token" {
        return metadata(state, request);
    }
    if path == "/MSI/auth" {
        return compute(state, request);
    }
    if let Some(name) = path.strip_prefix("/secrets/") {
        return vault(state, name, request);
    }
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let form: HashMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let [tenant, "oauth2", "v2.0", end] = parts[..] else {
        return (404, json!({}));
    };
    if tenant != TENANT {
        state.asked.push(format!("wrong tenant {tenant}"));
        return refusal("90002", &format!("Tenant '{tenant}' not found."));
    }
    if end == "devicecode" {
        state.asked.push("devicecode".to_owned());
        return (
            200,
            json!({"device_code": "device-s3cret", "user_code": "ABCD-EFGH", "verification_uri": "https://microsoft.com/devicelogin",
                   "expires_in": 900, "interval": 0, "message": "…"}),
        );
    }
    let scope = form.get("scope").cloned().unwrap_or_default();
    let grant = form.get("grant_type").map(|g| g.rsplit(':').next().unwrap_or_default().to_owned()).unwrap_or_default();
    state.asked.push(grant.clone());
    match grant.as_str() {
        "client_credentials" => client(state, &form, &request.url).unwrap_or_else(|| token(state, &scope, None)),
        "device_code" => device(state),
        "refresh_token" => {
            if form.get("refresh_token").is_some_and(|token| state.refresh.contains(token)) {
                token(state, &scope, Some("refresh-s3cret-2"))
            } else {
                refusal("700082", "The refresh token has expired due to inactivity.")
            }
        }
        _ => refusal("900144", "The request body must contain a grant."),
    }
}

fn token(state: &mut State, scope: &str, refresh: Option<&str>) -> (u16, Value) {
    state.given += 1;
    let scope = scope.split(' ').next().unwrap_or_default();
    let mut body = json!({
        "token_type": "Bearer", "expires_in": state.lifetime, "ext_expires_in": state.lifetime,
        "access_token": format!("token-{}-{scope}", state.given),
    });
    if let Some(refresh) = refresh {
        state.refresh.push(refresh.to_owned());
        body["refresh_token"] = json!(refresh);
    }
    (200, body)
}

/// What is wrong with an application's request, if something is.
fn client(state: &State, form: &HashMap<String, String>, url: &Url) -> Option<(u16, Value)> {
    let id = form.get("client_id").cloned().unwrap_or_default();
    if let Some(assertion) = form.get("client_assertion") {
        if state.federated.as_deref() == Some(assertion) {
            return None;
        }
        return self::assertion(state, &id, assertion, url);
    }
    let given = form.get("client_secret").cloned().unwrap_or_default();
    match state.secrets.get(&id) {
        None => Some(refusal("700016", &format!("Application with identifier '{id}' was not found in the directory."))),
        Some(_) if given == "s3cret-expired" => {
            Some(refusal("7000222", &format!("The provided client secret keys for app '{id}' are expired.")))
        }
        Some(secret) if *secret == given => None,
        Some(_) => Some(refusal("7000215", &format!("Invalid client secret provided for app '{id}'."))),
    }
}

fn assertion(state: &State, id: &str, assertion: &str, url: &Url) -> Option<(u16, Value)> {
    let parts: Vec<&str> = assertion.split('.').collect();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    let claims: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
    let signature = decode(parts[2]);
    let signed = format!("{}.{}", parts[0], parts[1]);
    let Some((thumbprint, public)) = state.certificates.get(id) else {
        return Some(refusal("700016", &format!("Application with identifier '{id}' was not found in the directory.")));
    };
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    let path = url.path();
    let good = header["alg"] == "RS256"
        && header["x5t#S256"] == thumbprint.as_str()
        && claims["iss"] == id
        && claims["sub"] == id
        && claims["aud"].as_str().is_some_and(|aud| aud.ends_with(path))
        && key.verify(signed.as_bytes(), &signature).is_ok();
    if !good {
        return Some(refusal("700027", "Client assertion failed signature validation."));
    }
    let now = Utc::now().timestamp() + state.ahead;
    let in_time = claims["nbf"].as_i64().unwrap() <= now && now <= claims["exp"].as_i64().unwrap();
    (!in_time).then(|| refusal("700024", "Client assertion is not within its valid time range."))
}

fn device(state: &mut State) -> (u16, Value) {
    if state.pending > 0 {
        state.pending -= 1;
        return (400, json!({"error": "authorization_pending", "error_description": "AADSTS70016: pending"}));
    }
    match state.device_error {
        Some(error) => (400, json!({"error": error, "error_description": "AADSTS70020: words"})),
        None => token(state, "device", Some("refresh-s3cret-1")),
    }
}

fn metadata(state: &mut State, request: &Request) -> (u16, Value) {
    state.asked.push(format!("metadata {}", request.url.query().unwrap_or_default()));
    if request.headers.get("metadata").is_none() {
        return (400, json!({"error": "no header"}));
    }
    if !state.has_identity {
        return (400, json!({"error": "invalid_request", "error_description": "Identity not found"}));
    }
    state.given += 1;
    let expires = (Utc::now().timestamp() + state.lifetime).to_string();
    (
        200,
        json!({"access_token": format!("machine-token-{}", state.given), "expires_on": expires, "token_type": "Bearer", "resource": "r"}),
    )
}

/// Azure ML's and Cloud Shell's way to give tokens.
fn compute(state: &mut State, request: &Request) -> (u16, Value) {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (query, body) = (request.url.query().unwrap_or_default(), String::from_utf8_lossy(&request.body));
    state.asked.push(format!("{} {query} {body}", request.method));
    let known = match request.method.as_str() {
        "GET" => header("secret") == "msi-s3cret" && query.contains("api-version=2017-09-01"),
        _ => header("metadata") == "true",
    };
    if !known || !state.has_identity {
        return (400, json!({"error": "invalid_request", "error_description": "Identity not found"}));
    }
    state.given += 1;
    let expires = (Utc::now().timestamp() + state.lifetime).to_string();
    (200, json!({"access_token": format!("compute-token-{}", state.given), "expires_on": expires}))
}

fn vault(state: &mut State, name: &str, request: &Request) -> (u16, Value) {
    state.asked.push(format!("{name}?{}", request.url.query().unwrap_or_default()));
    let error = |status: u16, code: &str, inner: &str| {
        (
            status,
            json!({"error": {"code": code, "message": format!("words about {code}"), "innererror": {"code": inner}}}),
        )
    };
    let bearer = request.headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !bearer.starts_with("Bearer token-") {
        return error(401, "Unauthorized", "");
    }
    match (name, state.vault.get(name)) {
        ("forbidden", _) => error(403, "Forbidden", "ForbiddenByRbac"),
        ("firewall", _) => error(403, "Forbidden", "ForbiddenByFirewall"),
        ("off", _) => error(403, "Forbidden", "SecretDisabled"),
        (_, Some(value)) => {
            (200, json!({"value": value, "id": format!("https://v/secrets/{name}/1"), "attributes": {}}))
        }
        (_, None) => error(404, "SecretNotFound", ""),
    }
}
