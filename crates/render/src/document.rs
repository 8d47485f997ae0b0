//! Documents: blocks one below the other, as HTML and as plain text.

pub(crate) mod html;
mod text;

use kql_polars::PARTIAL;

use crate::map::WorldMap;
use crate::{Alert, Entity, Table, Timeline};

/// The width of plain text where no terminal says otherwise.
const TEXT_WIDTH: usize = 120;

/// What one cell shows, or one command prints.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Its parts, from top to bottom.
    pub blocks: Vec<Block>,
}

impl Document {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// A document of one block.
    pub fn of(block: impl Into<Block>) -> Self {
        Self::new().with(block)
    }

    /// Adds a block.
    #[must_use]
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.push(block);
        self
    }

    /// Adds a block in place.
    pub fn push(&mut self, block: impl Into<Block>) {
        self.blocks.push(block.into());
    }

    /// The document as one HTML element with its own styles, at most [`crate::MAX_OUTPUT`] bytes.
    pub fn html(&self) -> String {
        html::document(self)
    }

    /// The document as plain text, 120 columns wide.
    pub fn text(&self) -> String {
        self.text_width(TEXT_WIDTH)
    }

    /// The document as plain text for a terminal of this many columns (at least 40 are used).
    pub fn text_width(&self, columns: usize) -> String {
        text::document(self, columns.max(40))
    }
}

/// A part of a document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Block {
    /// The head of a result.
    Header(Header),
    /// A titled part with blocks of its own.
    Section(Section),
    /// Rows.
    Table(Table),
    /// Events over time.
    Timeline(Timeline),
    /// Where events come from.
    Map(WorldMap),
    /// What is known about an entity.
    Entity(Entity),
    /// An alert.
    Alert(Alert),
    /// What the reader has to be told.
    Notes(Notes),
    /// A paragraph of plain text; line breaks are kept.
    Text(String),
}

macro_rules! block_from {
    ($($name:ident($type:ty)),*) => {
        $(impl From<$type> for Block {
            fn from(part: $type) -> Self {
                Self::$name(part)
            }
        })*
    };
}
block_from!(
    Header(Header),
    Section(Section),
    Table(Table),
    Timeline(Timeline),
    Map(WorldMap),
    Entity(Entity),
    Alert(Alert),
    Notes(Notes),
    Text(String)
);

impl From<&str> for Block {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The head of a result: what was asked, about whom, for which time.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// What this is: `Account summary`.
    pub title: String,
    /// What it is about: `alice@contoso.com`.
    pub subject: Option<String>,
    /// Short facts: the time range, the workspace, how long it took.
    pub facts: Vec<(String, String)>,
}

impl Header {
    /// A head with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((name.into(), value.into()));
        self
    }
}

/// A titled part of a document. Tables in it show five rows unless they say otherwise.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// A sentence or two about what follows.
    pub intro: Option<String>,
    /// What it holds; may be nothing.
    pub blocks: Vec<Block>,
    /// Whether it is closed until the reader opens it.
    pub folded: bool,
}

impl Section {
    /// A section with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A sentence or two about what follows.
    #[must_use]
    pub fn intro(mut self, intro: impl Into<String>) -> Self {
        self.intro = Some(intro.into());
        self
    }

    /// Adds a block.
    #[must_use]
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.blocks.push(block.into());
        self
    }

    /// Adds a block in place.
    pub fn push(&mut self, block: impl Into<Block>) {
        self.blocks.push(block.into());
    }

    /// Closed until the reader opens it.
    #[must_use]
    pub fn folded(mut self) -> Self {
        self.folded = true;
        self
    }
}

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Good to know.
    #[default]
    Info,
    /// Something to keep in mind.
    Warning,
    /// The result is not complete.
    Partial,
    /// Something failed.
    Error,
}

impl Level {
    /// The word that begins the notes, unless they have a title.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "Note",
            Self::Warning => "Warning",
            Self::Partial => "Partial result",
            Self::Error => "Error",
        }
    }
}

/// What the reader has to be told.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// How much it matters.
    pub level: Level,
    /// A title other than [`Level::word`].
    pub title: Option<String>,
    /// The notes. A block without any is not shown.
    pub items: Vec<String>,
}

impl Notes {
    /// Notes of a level.
    pub fn new<T: Into<String>>(level: Level, items: impl IntoIterator<Item = T>) -> Self {
        Self { level, title: None, items: items.into_iter().map(Into::into).collect() }
    }

    /// Notes that are good to know.
    pub fn info<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(Level::Info, items)
    }

    /// Notes to keep in mind.
    pub fn warning<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(Level::Warning, items)
    }

    /// The notes of a table: first why rows are missing, then the others.
    pub(crate) fn of_table(notes: &[String]) -> [Self; 2] {
        let (missing, others): (Vec<_>, Vec<_>) = notes.iter().cloned().partition(|note| note.starts_with(PARTIAL));
        [Self::partial(missing), Self::warning(others).title("About this result")]
    }

    /// Why the result is not complete.
    pub fn partial<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(Level::Partial, items)
    }

    /// What failed.
    pub fn error<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(Level::Error, items)
    }

    /// A title other than the word of the level.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

#[cfg(test)]
mod tests;
