//! A key, password or token that does not show up anywhere by accident.
//!
//! ```
//! use secret::Secret;
//!
//! let key = Secret::new("0f3a");
//! assert_eq!(format!("{key:?}"), "Secret(***)");
//! assert_eq!(format!("token={}", key.expose()), "token=0f3a");
//! ```

use std::fmt;

/// A text that only [`Secret::expose`] gives out: not `Debug`, and there is neither `Display` nor a way to serialize it.
///
/// The memory is overwritten when it is dropped, as far as safe code can.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Only for the place that sends it: never for a message, a log line or a table.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without this secret: every occurrence is `***`, also in the percent-encoded form in which a URL or a form holds it. For messages of
    /// libraries and services, which may quote what was sent to them.
    ///
    /// ```
    /// let key = secret::Secret::new("a/b");
    /// assert_eq!(key.redact("GET /a/b?key=a%2Fb failed"), "GET /***?key=*** failed");
    /// ```
    pub fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let plain = text.replace(&self.0, "***");
        let encoded: String = self.0.bytes().map(percent).collect();
        if encoded == self.0 { plain } else { plain.replace(&encoded, "***").replace(&lowercase_hex(&encoded), "***") }
    }
}

/// RFC 3986, section 2.3: what is not unreserved is encoded.
fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// `%2F` as `%2f`: both are in use.
fn lowercase_hex(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut hex = 0;
    for c in encoded.chars() {
        if hex > 0 {
            hex -= 1;
            out.push(c.to_ascii_lowercase());
        } else {
            hex = if c == '%' { 2 } else { 0 };
            out.push(c);
        }
    }
    out
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(empty)" } else { "Secret(***)" })
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Keeps the writes from being left out.
        std::hint::black_box(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_it() {
        let key = Secret::from("hunter2");
        let nested = Some(vec![("AuthKey", key.clone())]);
        assert_eq!(format!("{nested:?}"), r#"Some([("AuthKey", Secret(***))])"#);
        assert!(!format!("{nested:#?}").contains("hunter2"));
        assert_eq!(format!("{:?}", Secret::default()), "Secret(empty)");
        assert_eq!(key.expose(), "hunter2");
    }

    #[test]
    fn messages_lose_it_in_every_form() {
        let key = Secret::new("p w+ü/=");
        assert_eq!(key.redact("a p w+ü/= b"), "a *** b");
        assert_eq!(key.redact("?k=p%20w%2B%C3%BC%2F%3D&x=1"), "?k=***&x=1");
        assert_eq!(key.redact("?k=p%20w%2b%c3%bc%2f%3d&x=1"), "?k=***&x=1");
        assert_eq!(key.redact("nothing"), "nothing");
        assert_eq!(Secret::default().redact("as it is"), "as it is");
    }
}
