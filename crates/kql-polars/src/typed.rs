//! A scalar expression with its KQL type, and how each KQL type is held in a Polars column.
//!
//! | KQL | Polars column | null |
//! |---|---|---|
//! | bool | Boolean | yes |
//! | int | Int32 | yes |
//! | long | Int64 | yes |
//! | real | Float64 | yes |
//! | decimal | String, decimal digits without exponent or needless zeros | yes |
//! | datetime | Int64, 100 ns ticks since 0001-01-01T00:00:00Z | yes |
//! | timespan | Int64, 100 ns ticks | yes |
//! | string | String | **never**: KQL has no null string, `""` stands for it |
//! | dynamic | String, compact JSON text | yes, for JSON null too |
//! | guid | String, lower case, 8-4-4-4-12 | yes |
//!
//! Datetimes are not Polars datetimes because those lose 100 ns (microseconds) or end in 2262 (nanoseconds).

use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

/// A bound scalar expression.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The Polars expression. Its column has the type [`polars_type`] gives for `ty`.
    pub expr: Expr,
    /// Its KQL type.
    pub ty: KqlType,
    /// Its value where it does not depend on the row.
    pub constant: Option<Value>,
    /// For a `typeof(type)` argument: the type. The expression is then meaningless.
    pub type_of: Option<KqlType>,
    /// Where it stands in the query.
    pub span: Span,
}

impl Typed {
    /// An expression that depends on the row.
    pub fn new(expr: Expr, ty: KqlType, span: Span) -> Self {
        Self { expr, ty, constant: None, type_of: None, span }
    }

    /// A constant.
    pub fn constant(value: Value, span: Span) -> Self {
        Self { expr: literal(&value), ty: value.kql_type(), constant: Some(value), type_of: None, span }
    }

    /// The constant text of a string argument, or an error that says that a constant is needed.
    pub fn constant_str(&self, what: &str) -> Result<&str, Error> {
        match &self.constant {
            Some(Value::String(text)) => Ok(text),
            _ => Err(Error::new(ErrorKind::Type, self.span, format!("{what} has to be a constant string"))),
        }
    }

    /// The constant whole number of an argument, or an error that says that one is needed.
    pub fn constant_i64(&self, what: &str) -> Result<i64, Error> {
        match &self.constant {
            Some(Value::Int(n)) => Ok(i64::from(*n)),
            Some(Value::Long(n)) => Ok(*n),
            _ => Err(Error::new(ErrorKind::Type, self.span, format!("{what} has to be a constant whole number"))),
        }
    }
}

/// The type of the Polars column that holds a KQL type.
pub fn polars_type(ty: KqlType) -> DataType {
    match ty {
        KqlType::Bool => DataType::Boolean,
        KqlType::Int => DataType::Int32,
        KqlType::Long | KqlType::DateTime | KqlType::TimeSpan => DataType::Int64,
        KqlType::Real => DataType::Float64,
        KqlType::String | KqlType::Decimal | KqlType::Dynamic | KqlType::Guid => DataType::String,
    }
}

/// A literal that keeps its type. (`lit` of a number has no type of its own: it takes that of the column beside it.)
pub fn typed_lit(value: impl Into<Scalar>) -> Expr {
    Expr::Literal(LiteralValue::Scalar(value.into()))
}

/// The null of a KQL type; `""` for string.
pub fn null_lit(ty: KqlType) -> Expr {
    literal(&Value::Null(ty))
}

/// The literal expression of a constant.
pub fn literal(value: &Value) -> Expr {
    match value {
        Value::Null(KqlType::String) => lit(""),
        Value::Null(ty) => typed_lit(Scalar::null(polars_type(*ty))),
        Value::Bool(v) => lit(*v),
        Value::Int(v) => typed_lit(*v),
        Value::Long(v) | Value::DateTime(v) | Value::TimeSpan(v) => typed_lit(*v),
        Value::Real(v) => typed_lit(*v),
        Value::String(v) | Value::Decimal(v) | Value::Guid(v) => lit(v.as_str()),
        Value::Dynamic(serde_json::Value::Null) => typed_lit(Scalar::null(DataType::String)),
        Value::Dynamic(v) => lit(v.to_string()),
    }
}

/// One cell of a column that holds a KQL type.
pub fn value_at(column: &Column, ty: KqlType, row: usize) -> PolarsResult<Value> {
    Ok(match column.get(row)? {
        AnyValue::Null if ty == KqlType::String => Value::String(String::new()),
        AnyValue::Null => Value::Null(ty),
        AnyValue::Boolean(v) => Value::Bool(v),
        AnyValue::Int32(v) => Value::Int(v),
        AnyValue::Int64(v) => match ty {
            KqlType::DateTime => Value::DateTime(v),
            KqlType::TimeSpan => Value::TimeSpan(v),
            _ => Value::Long(v),
        },
        AnyValue::Float64(v) => Value::Real(v),
        other => {
            let text = match &other {
                AnyValue::String(text) => *text,
                AnyValue::StringOwned(text) => text.as_str(),
                _ => polars_bail!(ComputeError: "a {} column holds a {}", ty, other.dtype()),
            };
            match ty {
                KqlType::Dynamic => Value::Dynamic(parse_dynamic(text)),
                KqlType::Guid => Value::Guid(text.to_owned()),
                KqlType::Decimal => Value::Decimal(text.to_owned()),
                _ => Value::String(text.to_owned()),
            }
        }
    })
}

/// Dynamic text as JSON; text that is not JSON is a JSON string, as in Kusto.
pub fn parse_dynamic(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}
