//! Tokens from the first method that gives one, kept until shortly before they end.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::time::OffsetDateTime;

use super::clock::Clock;
use super::device_code::DeviceCode;
use super::entra;
use super::methods::{Methods, patience};
use super::secrets::Secrets;
use super::transport::Transport;
use crate::cloud::Cloud;
use crate::config::{AuthMethod, Origin, SignInSettings, Surroundings};
use crate::fault::{Fault, FaultKind};
use crate::http::RenewToken;

/// A token is renewed so long before its end.
const MARGIN: Duration = Duration::from_secs(300);
/// A token that cannot be renewed is used up to so long before its end.
const LAST: Duration = Duration::from_secs(30);
/// A token that a service refuses is not renewed if it is as new as this: another request has just done that.
const NEW: Duration = Duration::from_secs(10);

/// Told the page and the code when somebody has to sign in.
pub type Prompt = Arc<dyn Fn(&DeviceCode) + Send + Sync>;

/// What signing in needs besides what is configured.
#[derive(Clone)]
pub struct SignInOptions {
    /// What requests are sent with: see [`crate::http::client`].
    pub http: reqwest::Client,
    /// Where client secrets and variables are.
    pub secrets: Arc<Secrets>,
    /// Told the page and the code when somebody has to sign in.
    pub prompt: Prompt,
    /// In place of this process's `PATH`, for `az` and `azd`.
    pub path: Option<OsString>,
}

impl fmt::Debug for SignInOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInOptions").field("secrets", &self.secrets).finish_non_exhaustive()
    }
}

impl SignInOptions {
    /// A path of a configuration: relative ones start at the folder of the file.
    pub(super) fn path(&self, text: &str, from: &Origin) -> PathBuf {
        let base = from.file.parent().map(std::path::Path::to_owned).unwrap_or_default();
        Surroundings::of_process().path(text, &base)
    }
}

/// Signs in by the first method that works, and keeps the tokens.
pub struct SignIn {
    methods: Methods,
    /// The token of each scope, and when it was got.
    tokens: Mutex<HashMap<String, (AccessToken, Instant)>>,
    /// Held while a token is got: a person is asked once, however many queries wait.
    under_way: tokio::sync::Mutex<Made>,
}

/// The credentials that were made, and the method that worked.
#[derive(Default)]
struct Made {
    credentials: HashMap<AuthMethod, Arc<dyn TokenCredential>>,
    works: Option<AuthMethod>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("methods", &self.methods.order()).finish_non_exhaustive()
    }
}

impl SignIn {
    /// Signs in as configured, when the first token is asked for.
    pub fn new(settings: SignInSettings, cloud: Cloud, options: SignInOptions) -> Arc<Self> {
        let clock = Arc::new(Clock::default());
        let transport = Arc::new(Transport::new(options.http.clone(), cloud.clone(), Arc::clone(&clock)));
        let methods = Methods { settings, cloud, options, clock, transport };
        Arc::new(Self { methods, tokens: Mutex::default(), under_way: tokio::sync::Mutex::default() })
    }

    /// The method that worked last.
    pub async fn method(&self) -> Option<AuthMethod> {
        self.under_way.lock().await.works
    }

    /// A token for a scope such as `https://api.loganalytics.io/.default`; another one than before if `renew`.
    ///
    /// # Errors
    /// Why each of the methods gave none, and what to do about it.
    pub async fn token(&self, scope: &str, renew: bool) -> Result<AccessToken, Fault> {
        if let Some(token) = self.kept(scope, renew) {
            return Ok(token);
        }
        let mut made = self.under_way.lock().await;
        // Another request may have got it while this one waited.
        if let Some(token) = self.kept(scope, renew) {
            return Ok(token);
        }
        if renew {
            // The credentials keep tokens of their own. The code that a person entered is not asked for again.
            made.credentials.retain(|method, _| *method == AuthMethod::DeviceCode);
        }
        match self.first(scope, &mut made).await {
            Ok(token) => {
                self.tokens().insert(scope.to_owned(), (token.clone(), Instant::now()));
                Ok(token)
            }
            Err(fault) => match self.tokens().get(scope) {
                // It is still good for a while, and the trouble may pass.
                Some((token, _)) if !renew && lives(token, LAST) => Ok(token.clone()),
                _ => Err(fault),
            },
        }
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, (AccessToken, Instant)>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a token older than it is.
    #[cfg(test)]
    pub(super) fn age(&self, scope: &str, by: Duration) {
        if let Some((_, got)) = self.tokens().get_mut(scope)
            && let Some(earlier) = got.checked_sub(by)
        {
            *got = earlier;
        }
    }

    pub(super) fn kept(&self, scope: &str, renew: bool) -> Option<AccessToken> {
        let tokens = self.tokens();
        let (token, got) = tokens.get(scope)?;
        (lives(token, MARGIN) && !(renew && got.elapsed() > NEW)).then(|| token.clone())
    }

    /// The token of the first method that gives one: the one that worked before, then all.
    async fn first(&self, scope: &str, made: &mut Made) -> Result<AccessToken, Fault> {
        let mut order = self.methods.order();
        if let Some(works) = made.works {
            order.sort_by_key(|method| *method != works);
        }
        let mut failures = Vec::new();
        for method in order {
            let mut answer = self.one(method, scope, made).await;
            // The first answer of the service told its time: an assertion that is signed anew has that.
            if answer.as_ref().is_err_and(|fault| fault.message.contains("AADSTS700024"))
                && self.methods.clock.complaint().is_some()
            {
                answer = self.one(method, scope, made).await;
            }
            match answer {
                Ok(token) => {
                    made.works = Some(method);
                    tracing::debug!(%method, scope, "signed in");
                    return Ok(token);
                }
                Err(fault) => {
                    tracing::debug!(%method, scope, reason = %fault.message, "no token");
                    failures.push((method, fault));
                }
            }
        }
        made.works = None;
        Err(self.all_failed(scope, &failures))
    }

    async fn one(&self, method: AuthMethod, scope: &str, made: &mut Made) -> Result<AccessToken, Fault> {
        let attempt = async {
            let credential = match made.credentials.get(&method) {
                Some(credential) => Arc::clone(credential),
                None => {
                    let credential = self.methods.credential(method).await?;
                    made.credentials.insert(method, Arc::clone(&credential));
                    credential
                }
            };
            credential.get_token(&[scope], None).await.map_err(|error| entra::fault(&error))
        };
        let Some(patience) = patience(method) else {
            return attempt.await;
        };
        tokio::time::timeout(patience, attempt).await.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::SignIn, format!("there was no answer within {} s", patience.as_secs())))
        })
    }

    fn all_failed(&self, scope: &str, failures: &[(AuthMethod, Fault)]) -> Fault {
        let service = scope.trim_end_matches(".default").trim_end_matches('/');
        let tenant =
            self.methods.settings.tenant.as_deref().map_or_else(String::new, |tenant| format!(" in tenant {tenant}"));
        let mut message = format!("signing in to {service}{tenant} failed");
        for (method, fault) in failures {
            message.push_str(&format!("\n  {method}: {}", fault.message));
            if let Some(help) = &fault.help {
                message.push_str(&format!("\n    do: {help}"));
            }
        }
        if failures.is_empty() {
            message.push_str(": no method is left to try");
        }
        let help = match self.methods.clock.complaint() {
            Some(complaint) => complaint,
            None => "one of the methods has to work; Azure.auth_methods in msticpyconfig.yaml says which are tried"
                .to_owned(),
        };
        // Where nothing is reached at all, it is the network.
        let network = !failures.is_empty() && failures.iter().all(|(_, fault)| fault.kind == FaultKind::Network);
        Fault::new(if network { FaultKind::Network } else { FaultKind::SignIn }, message).with_help(help)
    }
}

/// Whether a token is good for longer than this.
fn lives(token: &AccessToken, at_least: Duration) -> bool {
    token.expires_on > OffsetDateTime::now_utc() + at_least
}

#[async_trait::async_trait]
impl TokenCredential for SignIn {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let renew = options.is_some_and(|options| options.method_options.context.value::<RenewToken>().is_some());
        let result = match scopes {
            [scope] => self.token(scope, renew).await,
            _ => Err(Fault::new(FaultKind::SignIn, "a token is for exactly one service")),
        };
        result.map_err(|fault| {
            let message = fault.to_string();
            azure_core::Error::with_error(ErrorKind::Credential, fault, message)
        })
    }
}
