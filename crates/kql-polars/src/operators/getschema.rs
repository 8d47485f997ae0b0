//! `getschema`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/getschema-operator>

use kql::{Error, KqlType};
use polars::prelude::*;

use crate::rel::{Rel, RelColumn};

/// The .NET type that Kusto names for a type.
fn data_type(ty: KqlType) -> &'static str {
    match ty {
        KqlType::Bool => "System.SByte",
        KqlType::Int => "System.Int32",
        KqlType::Long => "System.Int64",
        KqlType::Real => "System.Double",
        KqlType::Decimal => "System.Data.SqlTypes.SqlDecimal",
        KqlType::DateTime => "System.DateTime",
        KqlType::TimeSpan => "System.TimeSpan",
        KqlType::String => "System.String",
        KqlType::Dynamic => "System.Object",
        KqlType::Guid => "System.Guid",
    }
}

/// A row for each column.
///
/// # Errors
/// None that a query can cause.
pub fn apply(rel: &Rel) -> Result<Rel, Error> {
    let names: Vec<&str> = rel.names().collect();
    let types: Vec<&str> = rel.columns.iter().map(|c| c.ty.name()).collect();
    let data: Vec<&str> = rel.columns.iter().map(|c| data_type(c.ty)).collect();
    let ordinals: Vec<i64> = (0..).take(names.len()).collect();
    let frame = df![
        "ColumnName" => names,
        "ColumnOrdinal" => ordinals,
        "DataType" => data,
        "ColumnType" => types,
    ]
    .map_err(|e| Error::from(crate::run::RuntimeError::from(e)))?;
    let columns = vec![
        RelColumn::new("ColumnName", KqlType::String),
        RelColumn::new("ColumnOrdinal", KqlType::Long),
        RelColumn::new("DataType", KqlType::String),
        RelColumn::new("ColumnType", KqlType::String),
    ];
    Ok(Rel::new(frame.lazy(), columns))
}
