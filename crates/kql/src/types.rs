//! The scalar types and constant values of KQL.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/>

use std::fmt;

/// A scalar type of KQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KqlType {
    /// `bool`
    Bool,
    /// `int`: 32 bits
    Int,
    /// `long`: 64 bits
    Long,
    /// `real`: 64-bit floating point
    Real,
    /// `decimal`: 34 significant decimal digits
    Decimal,
    /// `datetime`: 100 ns ticks since 0001-01-01T00:00:00Z
    DateTime,
    /// `timespan`: 100 ns ticks
    TimeSpan,
    /// `string`: never null, "nothing" is the empty string
    String,
    /// `dynamic`: any JSON value
    Dynamic,
    /// `guid`
    Guid,
}

impl KqlType {
    /// The name as KQL and the query APIs write it: `long`, `datetime`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Decimal => "decimal",
            Self::DateTime => "datetime",
            Self::TimeSpan => "timespan",
            Self::String => "string",
            Self::Dynamic => "dynamic",
            Self::Guid => "guid",
        }
    }

    /// The type of a name or documented alias (`boolean`, `date`, `time`, `double`, `uuid`, …).
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "bool" | "boolean" => Self::Bool,
            "int" | "int32" => Self::Int,
            "long" | "int64" => Self::Long,
            "real" | "double" => Self::Real,
            "decimal" => Self::Decimal,
            "datetime" | "date" => Self::DateTime,
            "timespan" | "time" => Self::TimeSpan,
            "string" => Self::String,
            "dynamic" | "object" => Self::Dynamic,
            "guid" | "uuid" | "uniqueid" => Self::Guid,
            _ => return None,
        })
    }

    /// `int`, `long`, `real` or `decimal`.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::Real | Self::Decimal)
    }
}

impl fmt::Display for KqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A constant: a literal of the query text, a query parameter, or one cell of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A null of a type. There is no null string: that is `String("")`.
    Null(KqlType),
    /// `true`, `false`
    Bool(bool),
    /// 32 bits
    Int(i32),
    /// 64 bits
    Long(i64),
    /// 64-bit floating point
    Real(f64),
    /// Decimal digits as text, such as `12.50`
    Decimal(String),
    /// 100 ns ticks since 0001-01-01T00:00:00Z
    DateTime(i64),
    /// 100 ns ticks
    TimeSpan(i64),
    /// Text
    String(String),
    /// A JSON value other than null
    Dynamic(serde_json::Value),
    /// Lower-case canonical text, such as `74be27de-1e4e-49d9-b579-fe0b331d3642`
    Guid(String),
}

impl Value {
    /// The type of the value.
    pub fn kql_type(&self) -> KqlType {
        match self {
            Self::Null(ty) => *ty,
            Self::Bool(_) => KqlType::Bool,
            Self::Int(_) => KqlType::Int,
            Self::Long(_) => KqlType::Long,
            Self::Real(_) => KqlType::Real,
            Self::Decimal(_) => KqlType::Decimal,
            Self::DateTime(_) => KqlType::DateTime,
            Self::TimeSpan(_) => KqlType::TimeSpan,
            Self::String(_) => KqlType::String,
            Self::Dynamic(_) => KqlType::Dynamic,
            Self::Guid(_) => KqlType::Guid,
        }
    }

    /// Whether this is a null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }
}

/// The canonical text of a guid (lower case, with hyphens), or `None` if the text is none. Hyphens may be missing, and
/// braces or parentheses may stand around it.
///
/// ```
/// use kql::types::parse_guid;
/// assert_eq!(parse_guid("{74BE27DE-1E4E-49D9-B579-FE0B331D3642}").as_deref(), Some("74be27de-1e4e-49d9-b579-fe0b331d3642"));
/// assert_eq!(parse_guid("74be27de"), None);
/// ```
pub fn parse_guid(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    let inner = inner.or_else(|| text.strip_prefix('(').and_then(|t| t.strip_suffix(')'))).unwrap_or(text);
    let hyphens_right =
        inner.len() == 32 || (inner.len() == 36 && [8, 13, 18, 23].iter().all(|i| inner.as_bytes()[*i] == b'-'));
    if !hyphens_right || !inner.is_ascii() {
        return None;
    }
    let hex: String = inner.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// The plain digits of a decimal text (`-1.5e3` gives `-1500`), or `None` if the text is none or has more than 34
/// significant digits before, or 34 after, the point.
///
/// ```
/// use kql::types::parse_decimal;
/// assert_eq!(parse_decimal("1.25e1").as_deref(), Some("12.5"));
/// assert_eq!(parse_decimal("+0.10").as_deref(), Some("0.10"));
/// assert_eq!(parse_decimal("1,5"), None);
/// ```
pub fn parse_decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() > 100 || exponent.abs() > 100 {
        return None;
    }
    // Where the point stands among the digits.
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let mut plain = String::new();
    if point <= 0 {
        plain.push_str("0.");
        plain.extend(std::iter::repeat_n('0', usize::try_from(-point).ok()?));
        plain.push_str(&digits);
    } else {
        let point = usize::try_from(point).ok()?;
        if point >= digits.len() {
            plain.push_str(&digits);
            plain.extend(std::iter::repeat_n('0', point - digits.len()));
        } else {
            plain.push_str(&digits[..point]);
            plain.push('.');
            plain.push_str(&digits[point..]);
        }
    }
    let whole_digits = plain.split('.').next().unwrap_or("").trim_start_matches('0').len();
    let fraction_digits = plain.split_once('.').map_or(0, |(_, f)| f.len());
    if whole_digits > 34 || fraction_digits > 34 {
        return None;
    }
    let trimmed = plain.trim_start_matches('0');
    let plain = if trimmed.is_empty() || trimmed.starts_with('.') { format!("0{trimmed}") } else { trimmed.to_owned() };
    Some(if negative && plain.bytes().any(|b| (b'1'..=b'9').contains(&b)) { format!("-{plain}") } else { plain })
}
