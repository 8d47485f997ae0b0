//! Signing in with a certificate: a token that its private key signs says who we are.
//!
//! azure_identity does this with OpenSSL; here it is done with what TLS uses already.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, error::KeyRejected};
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

use super::clock::Clock;
use crate::fault::{Fault, FaultKind};
use crate::secret::Secret;

/// How long an assertion is good for, in seconds. It is used at once.
const LIFETIME: i64 = 600;
/// So far back its life begins, for clocks that differ.
const LEEWAY: i64 = 300;

/// A certificate and its private key.
pub(super) struct Identity {
    key: RsaKeyPair,
    thumbprint: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.thumbprint)
    }
}

impl Identity {
    /// Reads PEM text with a certificate and its private key; `from` says where it is, for messages.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(bytes: &[u8], from: &str) -> Result<Self, Fault> {
        let wrong =
            |what: &str, help: &str| Fault::new(FaultKind::SignIn, format!("{from} {what}")).with_help(help.to_owned());
        if !bytes.windows(10).any(|window| window == b"-----BEGIN") {
            let what =
                if bytes.first() == Some(&0x30) { "is a PFX (PKCS #12) or DER file" } else { "holds no PEM text" };
            return Err(wrong(what, CONVERT));
        }
        if bytes.windows(19).any(|window| window == b"ENCRYPTED PRIVATE K")
            || bytes.windows(18).any(|window| window == b"Proc-Type: 4,ENCRY")
        {
            return Err(wrong(
                "has a private key with a password",
                "write it without one, readable by you only: openssl pkey -in key.pem -out open-key.pem && chmod 600 open-key.pem",
            ));
        }
        let Some(Ok(certificate)) = CertificateDer::pem_slice_iter(bytes).next() else {
            return Err(wrong("has no certificate", "put the certificate and its private key into one PEM file"));
        };
        let key = match PrivateKeyDer::from_pem_slice(bytes) {
            Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            Ok(_) => return Err(wrong("has a private key that is not RSA", RSA_ONLY)),
            Err(_) => {
                return Err(wrong("has no private key", "put the certificate and its private key into one PEM file"));
            }
        };
        let key = key.map_err(|error: KeyRejected| {
            wrong(&format!("has a private key that cannot be used ({error})"), RSA_ONLY)
        })?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &certificate));
        Ok(Self { key, thumbprint })
    }

    /// A signed assertion that `client` asks for a token at `audience`.
    fn assertion(&self, client: &str, audience: &str, now: i64) -> Result<String, Fault> {
        let header = json!({"alg": "RS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": audience,
            "iss": client,
            "sub": client,
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": now - LEEWAY,
            "iat": now - LEEWAY,
            "exp": now + LIFETIME,
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(|_| {
            Fault::new(FaultKind::SignIn, "the private key of the certificate cannot sign").with_help(RSA_ONLY)
        })?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

const CONVERT: &str =
    "convert it to PEM, readable by you only: openssl pkcs12 -in cert.pfx -out cert.pem -nodes && chmod 600 cert.pem";
const RSA_ONLY: &str = "Microsoft Entra ID takes RSA keys of 2048 bits or more, in PKCS #8 or PKCS #1 form";

/// Gives azure_identity an assertion for each token.
pub(super) struct Assertions {
    pub identity: Identity,
    pub client: Secret,
    /// `https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`.
    pub audience: String,
    pub clock: Arc<Clock>,
}

impl fmt::Debug for Assertions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assertions({:?})", self.identity)
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Assertions {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.identity
            .assertion(self.client.expose(), &self.audience, self.clock.now())
            .map_err(|fault| azure_core::Error::new(ErrorKind::Credential, fault))
    }
}
