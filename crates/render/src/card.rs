//! Cards: what is known about one entity or one alert.

pub(crate) mod html;
pub(crate) mod text;

use kql::Value;

/// One entity: an account, an IP address, a host, …
///
/// ```
/// use render::{Entity, Seen};
///
/// let account = Entity::new("Account", "alice@contoso.com")
///     .field("Display name", "Alice")
///     .field("IP addresses", vec![Seen::new("203.0.113.5").count(12)]);
/// # let _ = account;
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entity {
    /// What kind of thing it is: `Account`, `IP address`, `Host`.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// What is known about it, in order.
    pub fields: Vec<(String, FieldValue)>,
}

impl Entity {
    /// An entity of which nothing is known yet.
    pub fn new(kind: impl Into<String>, title: impl Into<String>) -> Self {
        Self { kind: kind.into(), title: title.into(), fields: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<FieldValue>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a field in place.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<FieldValue>) {
        self.fields.push((name.into(), value.into()));
    }
}

/// The value of a field of a card.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Text.
    Text(String),
    /// A value of a KQL type: times in UTC, dynamic values as JSON that can be opened.
    Value(Value),
    /// Several values.
    List(Vec<FieldValue>),
    /// Things with when they were seen: the addresses or hosts of an account.
    Seen(Vec<Seen>),
    /// Another entity inside this one.
    Entity(Box<Entity>),
    /// A reference. It becomes a link only for a host of a short list ([`crate::escape::safe_link`]); otherwise the address is
    /// shown as text.
    Link {
        /// What is shown.
        text: String,
        /// Where it leads. Values in it have to be percent-encoded by the caller.
        url: String,
    },
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Value> for FieldValue {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Entity> for FieldValue {
    fn from(entity: Entity) -> Self {
        Self::Entity(Box::new(entity))
    }
}

impl From<Vec<Seen>> for FieldValue {
    fn from(seen: Vec<Seen>) -> Self {
        Self::Seen(seen)
    }
}

impl From<Vec<Entity>> for FieldValue {
    fn from(entities: Vec<Entity>) -> Self {
        Self::List(entities.into_iter().map(Self::from).collect())
    }
}

impl From<Vec<String>> for FieldValue {
    fn from(texts: Vec<String>) -> Self {
        Self::List(texts.into_iter().map(Self::Text).collect())
    }
}

impl From<Vec<FieldValue>> for FieldValue {
    fn from(values: Vec<FieldValue>) -> Self {
        Self::List(values)
    }
}

/// Something that was seen, such as an address an account signed in from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// What was seen.
    pub value: String,
    /// When it was seen first, in 100 ns ticks since 0001-01-01T00:00:00Z.
    pub first: Option<i64>,
    /// When it was seen last, likewise.
    pub last: Option<i64>,
    /// How often it was seen.
    pub count: Option<usize>,
    /// A short remark: a country, a source.
    pub remark: Option<String>,
}

impl Seen {
    /// Something seen, with no times yet.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// When it was seen first and last, in ticks.
    #[must_use]
    pub fn between(mut self, first: Option<i64>, last: Option<i64>) -> Self {
        (self.first, self.last) = (first, last);
        self
    }

    /// How often it was seen.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }

    /// A short remark.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = Some(remark.into());
        self
    }
}

/// How severe an alert is. [`Severity::parse`] takes what the tables of Microsoft Sentinel hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Severity {
    /// Act at once.
    High,
    /// Look soon.
    Medium,
    /// Look when there is time.
    Low,
    /// For information.
    #[default]
    Informational,
    /// A word that is none of these.
    Other(String),
}

impl Severity {
    /// The severity of a word, whatever its case: `High`, `medium`, `Information`, …
    pub fn parse(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "high" | "critical" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "informational" | "information" | "info" => Self::Informational,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The word that is shown.
    pub fn name(&self) -> &str {
        match self {
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
            Self::Informational => "Informational",
            Self::Other(word) if word.trim().is_empty() => "Unknown",
            Self::Other(word) => word,
        }
    }
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Alert {
    /// Its name.
    pub title: String,
    /// How severe it is.
    pub severity: Severity,
    /// When it was raised, in 100 ns ticks since 0001-01-01T00:00:00Z.
    pub time: Option<i64>,
    /// What raised it.
    pub product: Option<String>,
    /// What it says.
    pub description: Option<String>,
    /// Whom and what it is about.
    pub entities: Vec<Entity>,
    /// Everything else: status, tactics, extended properties.
    pub properties: Vec<(String, FieldValue)>,
}

impl Alert {
    /// An alert with a name and a severity.
    pub fn new(title: impl Into<String>, severity: Severity) -> Self {
        Self { title: title.into(), severity, ..Self::default() }
    }
}
