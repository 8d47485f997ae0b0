//! Text that must not be seen: keys, client secrets, passwords.

use std::fmt;

/// A secret. It cannot be printed or serialized by accident: `{}` and `{:?}` give `***`, whatever it holds, and only
/// [`expose`](Self::expose) gives the text, at the one place that sends it.
///
/// ```
/// let secret = sentinel::Secret::new("hunter2");
/// assert_eq!(format!("{secret} {secret:?}"), "*** ***");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Only for what sends it where it belongs; never for a message or a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it but white space.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // The text does not stay in memory that is used for something else next.
        let bytes = std::mem::take(&mut self.0).into_bytes();
        let length = bytes.len();
        let mut bytes = std::hint::black_box(bytes);
        bytes.clear();
        bytes.resize(length, 0);
        std::hint::black_box(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_printed() {
        let secret = Secret::new("tööp-secret");
        for shown in [format!("{secret}"), format!("{secret:?}"), format!("{:#?}", Some(&secret))] {
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert_eq!(secret.to_string(), "***");
        assert_eq!(secret.clone().expose(), "tööp-secret");
    }

    #[test]
    fn white_space_is_no_secret() {
        assert!(Secret::new(" \n").is_blank());
        assert!(!Secret::new(" x").is_blank());
    }
}
