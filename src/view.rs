//! Something to look at: a timeline, a list, a help text.

use std::fmt;
use std::path::Path;

use crate::Error;
use crate::handle::text;
use crate::output::{Bundle, plain};
use crate::show::{Show, displayed};
use crate::wire::Value;

/// Something to look at, complete: showing it asks nothing of the engine.
///
/// It shows itself as a cell's last expression; `{}` prints its text.
#[derive(Clone, PartialEq, Eq)]
pub struct View {
    title: String,
    bundle: Bundle,
}

impl View {
    pub(crate) fn from_reply(reply: &Value) -> Result<Self, Error> {
        Ok(Self { title: text(reply, "title")?, bundle: bundle(reply)? })
    }

    /// What it is.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The content of a MIME type: `text/html`, `text/plain`, …
    pub fn get(&self, mime: &str) -> Option<&str> {
        self.bundle.get(mime)
    }

    /// As plain text.
    pub fn as_text(&self) -> &str {
        self.get("text/plain").unwrap_or_default()
    }

    /// Writes it to a file: `.html` or `.htm` a page of its own, `.svg` the drawing, anything else the plain text.
    ///
    /// # Errors
    /// When there is no content of that kind, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.save_at(path.as_ref())
    }

    fn save_at(&self, path: &Path) -> Result<(), Error> {
        let mime = match path.extension().and_then(|extension| extension.to_str()) {
            Some("html" | "htm") => "text/html",
            Some("svg") => "image/svg+xml",
            _ => "text/plain",
        };
        let Some(content) = self.get(mime) else {
            return Err(Error::new(
                "no_content",
                format!("{} cannot be written as {mime}: it has no such content", self.title),
            )
            .with_help("save it as .html or .txt".to_owned()));
        };
        let head = if mime == "text/html" {
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Entity Explorer</title>\n"
        } else {
            ""
        };
        match std::fs::write(path, format!("{head}{content}\n")) {
            Ok(()) => Ok(()),
            Err(error) => Err(Error::new("write", format!("{} cannot be written: {error}", path.display()))),
        }
    }
}

/// The content in a reply.
pub(crate) fn bundle(reply: &Value) -> Result<Bundle, Error> {
    let Some(Value::Map(entries)) = reply.get("content") else {
        return Err(Error::protocol("content"));
    };
    let mut parts = Vec::new();
    for (mime, text) in entries {
        if let Value::Str(text) = text {
            parts.push((mime.clone(), text.clone()));
        }
    }
    Ok(Bundle { parts })
}

impl Show for View {
    fn bundle(&self) -> Result<Bundle, Error> {
        Ok(self.bundle.clone())
    }
}

displayed!(View);

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(self.as_text()))
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({})", plain(&self.title))
    }
}
