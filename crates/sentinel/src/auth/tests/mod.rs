//! Every way to sign in, against a sign-in service on this machine.

#![allow(clippy::unwrap_used)]

mod chain;
mod command_line;
mod identities;
mod mock;
mod network;
mod people;
mod service_principal;
mod vaults;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{DeviceCode, Secrets, SignIn, SignInOptions};
use crate::cloud::Cloud;
use crate::config::{AuthMethod, Origin, Setting, SignInSettings, Variables};

pub(super) const SCOPE: &str = "https://api.loganalytics.io/.default";

/// What a test signs in with.
pub(super) struct Case {
    pub settings: SignInSettings,
    pub cloud: Cloud,
    pub variables: BTreeMap<String, String>,
    pub http: reqwest::Client,
    pub path: Option<std::ffi::OsString>,
    pub prompts: Arc<Mutex<Vec<DeviceCode>>>,
}

impl Case {
    /// These methods, at this service.
    pub fn new(methods: &[AuthMethod], service: &mock::Service) -> Self {
        let mut cloud = Cloud::default();
        cloud.endpoints.authority = Some(service.url());
        cloud.endpoints.instance_metadata = Some(service.url());
        Self {
            settings: SignInSettings {
                methods: methods.to_vec(),
                tenant: Some(mock::TENANT.to_owned()),
                ..SignInSettings::default()
            },
            cloud,
            variables: BTreeMap::new(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            path: None,
            prompts: Arc::default(),
        }
    }

    pub fn application(mut self, client: &str, secret: &str) -> Self {
        self.settings.client_id = Some(plain(client));
        self.settings.client_secret = Some(plain(secret));
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn sign_in(&self) -> Arc<SignIn> {
        let prompts = Arc::clone(&self.prompts);
        SignIn::new(
            self.settings.clone(),
            self.cloud.clone(),
            SignInOptions {
                http: self.http.clone(),
                secrets: Arc::new(Secrets { variables: Variables::Fixed(self.variables.clone()), vaults: None }),
                prompt: Arc::new(move |code| prompts.lock().unwrap().push(code.clone())),
                path: self.path.clone(),
            },
        )
    }

    /// The token, or what is said.
    pub async fn token(&self) -> Result<String, String> {
        match self.sign_in().token(SCOPE, false).await {
            Ok(token) => Ok(token.token.secret().to_owned()),
            Err(fault) => {
                let said = fault.to_string();
                // A secret of a test has this in it.
                assert!(!said.contains("s3cret"), "{said}");
                assert!(!format!("{fault:?}").contains("s3cret"), "{fault:?}");
                Err(said)
            }
        }
    }
}

pub(super) fn plain(value: &str) -> Setting {
    Setting::plain("test", value, Origin::whole("/test/config.yaml"))
}
