//! What azure_identity sends its requests through: our HTTP client, with replaced endpoints, and with failures that say what is wrong.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::error::ErrorKind;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, ExponentialRetryOptions, HttpClient, Request, RetryOptions,
    Transport as AzureTransport,
};
use azure_core::{Error, Result};
use futures::StreamExt as _;
use url::Url;

use super::clock::Clock;
use super::entra;
use crate::cloud::Cloud;
use crate::fault::{Fault, FaultKind};
use crate::http::network_fault;

/// The instance metadata service of Azure machines.
const METADATA: &str = "169.254.169.254";

/// Sends requests for tokens.
#[derive(Debug)]
pub(super) struct Transport {
    client: reqwest::Client,
    /// For the instance metadata service: it is on this machine, behind no proxy, and answers at once.
    near: reqwest::Client,
    cloud: Cloud,
    clock: Arc<Clock>,
}

impl Transport {
    pub fn new(client: reqwest::Client, cloud: Cloud, clock: Arc<Clock>) -> Self {
        let near = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(10));
        Self { near: near.build().unwrap_or_else(|_| client.clone()), client, cloud, clock }
    }

    /// The options with which azure_identity's credentials use this.
    pub fn options(self: &Arc<Self>) -> ClientOptions {
        // azure_identity takes only https:// authorities. One on this machine may be http://: that is put right in `rerouted`.
        let mut authority = self.cloud.authority();
        if authority.scheme() == "http" {
            let _ = authority.set_scheme("https");
        }
        let mut custom = CustomConfiguration::default();
        custom.authority_host = authority.to_string();
        let client: Arc<dyn HttpClient> = Arc::<Self>::clone(self);
        ClientOptions {
            transport: Some(AzureTransport::new(client)),
            cloud: Some(Arc::new(CloudConfiguration::Custom(custom))),
            retry: RetryOptions::exponential(ExponentialRetryOptions { max_retries: 3, ..Default::default() }),
            ..ClientOptions::default()
        }
    }

    /// Where a request goes, and whether that is the instance metadata service.
    fn rerouted(&self, asked: &Url) -> (Url, bool) {
        let mut url = asked.clone();
        let authority = self.cloud.authority();
        if asked.host_str() == Some(METADATA) {
            if let Some(instead) = &self.cloud.endpoints.instance_metadata {
                let _ = url.set_scheme(instead.scheme());
                let _ = url.set_host(instead.host_str());
                let _ = url.set_port(instead.port());
            }
            return (url, true);
        }
        if authority.scheme() == "http" && asked.host() == authority.host() {
            let _ = url.set_scheme("http");
            let _ = url.set_port(authority.port());
        }
        (url, false)
    }
}

#[async_trait::async_trait]
impl HttpClient for Transport {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let (url, is_metadata) = self.rerouted(request.url());
        let mut request = request.clone();
        *request.url_mut() = url.clone();
        let client = if is_metadata { &self.near } else { &self.client };
        let error = match client.execute_request(&request).await {
            Ok(response) => {
                if let Some(date) = response.headers().get_optional_str(&"date".into()) {
                    self.clock.heard(date);
                }
                let status = u16::from(response.status());
                if !is_metadata && (400..500).contains(&status) && !matches!(status, 408 | 429) {
                    // azure_identity 1.0 cannot read a description with an escape in it, and Microsoft Entra ID's all have line ends.
                    return Err(Error::new(ErrorKind::Credential, entra::refused_with(status, &start(response).await)));
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        let Some(cause) = error.downcast_ref::<reqwest::Error>() else {
            return Err(error);
        };
        if is_metadata {
            // azure_identity would ask for more than a minute: where nothing answers there is no such service.
            return Err(Error::new(ErrorKind::Credential, no_metadata()));
        }
        let (fault, again) = network_fault(cause, &url);
        Err(Error::new(if again { ErrorKind::Io } else { ErrorKind::Credential }, fault))
    }
}

/// The start of a body: no refusal is longer.
async fn start(response: AsyncRawResponse) -> Vec<u8> {
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(Ok(piece)) = body.next().await {
        bytes.extend_from_slice(&piece);
        if bytes.len() > 64 << 10 {
            break;
        }
    }
    bytes
}

fn no_metadata() -> Fault {
    Fault::new(FaultKind::SignIn, "this machine has no managed identity: its metadata service does not answer")
        .with_help("a managed identity exists only on machines in Azure; elsewhere use cli or devicecode")
}
