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
