//! Requests to a table.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use entity_explorer::wire::Value;
use kql::ast::{
    Expr, ExprKind, Ident, NamedExpr, Operator, OperatorKind, Pipeline, Script, SortKey, Source, Statement,
};
use kql::{KqlType, Span, Value as Kql};
use kql_polars::{Catalog, KqlTable};
use polars::prelude::{IdxCa, IdxSize};
use render::{Document, Table, format};

use super::call::Call;
use super::describe::describe_columns;
use super::reply;
use super::session::NamedTable;
use super::values::to_wire;
use crate::error::{Error, ErrorCode};
use crate::export::{FileFormat, to_file};
use crate::geo_map::Addresses;
use crate::limits::options;
use crate::notebooklet;
use crate::rows::catalog;
use crate::small::{small_table, texts};

/// The name of the input of operators that are applied to a table. No text can name it.
const INPUT: &str = "\0input";

/// How many cells go with one answer of `table.rows`, and how many bytes of text at most before the page ends.
const PAGE_CELLS: usize = 200_000;
const PAGE_BYTES: usize = 64 << 20;

/// `table.display`: the first page.
pub fn display(call: &Call<'_>) -> Result<Value, Error> {
    Ok(reply::content(&document(&*call.table()?)))
}

fn document(table: &NamedTable) -> Document {
    Document::of(Table::new(table.table.clone()).caption(table.title.clone()))
}

/// `table.rows`: some of the rows as values, from row `from` on.
pub fn rows(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let from = call.count("from")?;
    let columns = table.table.columns.len();
    let most = (PAGE_CELLS / columns.max(1)).max(1);
    let (mut page, mut bytes) = (Vec::new(), 0);
    for row in from..table.table.rows().min(from.saturating_add(most)) {
        let mut cells = Vec::with_capacity(columns);
        for column in 0..columns {
            let value = to_wire(table.table.value(row, column).map_err(|error| internal(&error))?);
            bytes += value.as_str().map_or(8, str::len);
            cells.push(value);
        }
        page.push(Value::List(cells));
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(Value::map().with("rows", Value::List(page)))
}

/// `table.head`
pub fn head(call: &Call<'_>) -> Result<Value, Error> {
    let (table, count) = (call.table()?, call.count("rows")?);
    Ok(derived(call, &table, KqlTable { frame: table.table.frame.head(Some(count)), ..table.table.clone() }))
}

/// `table.tail`
pub fn tail(call: &Call<'_>) -> Result<Value, Error> {
    let (table, count) = (call.table()?, call.count("rows")?);
    Ok(derived(call, &table, KqlTable { frame: table.table.frame.tail(Some(count)), ..table.table.clone() }))
}

/// `table.sample`: rows spread evenly over the table, the first among them.
pub fn sample(call: &Call<'_>) -> Result<Value, Error> {
    let (table, count) = (call.table()?, call.count("rows")?);
    let rows = table.table.rows();
    let count = count.min(rows);
    let positions = (0..count).map(|i| IdxSize::try_from(i * rows / count).unwrap_or(IdxSize::MAX));
    let positions = IdxCa::from_vec("".into(), positions.collect());
    let frame = table.table.frame.take(&positions).map_err(|error| internal(&error))?;
    Ok(derived(call, &table, KqlTable { frame, ..table.table.clone() }))
}

/// `table.select`
pub fn select(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let columns = known_columns(&table.table, &call.texts("columns")?)?;
    if columns.is_empty() {
        return Err(
            Error::bad_input("no column was given").with_help("name at least one: .select(&[\"TimeGenerated\"])")
        );
    }
    apply(call, &table, OperatorKind::Project(columns))
}

/// `table.sort`
pub fn sort(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let column = known_columns(&table.table, &[call.text("column")?.to_owned()])?;
    let ascending = !matches!(call.value("descending"), Value::Bool(true));
    let keys = column.into_iter().map(|column| SortKey { expr: column.expr, ascending, nulls_first: None });
    apply(call, &table, OperatorKind::Sort(keys.collect()))
}

/// `table.distinct`
pub fn distinct(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let columns = known_columns(&table.table, &call.texts("columns")?)?;
    let star = columns.is_empty();
    apply(call, &table, OperatorKind::Distinct { columns, star })
}

/// `table.kql`: operators that the analyst wrote. Positions in errors are positions in that text.
pub fn kql(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let result = apply_text(&table, call.text("text")?)?;
    Ok(derived(call, &table, result))
}

/// The result of operators on a table.
///
/// # Errors
/// When the text is wrong, with the position, or the run fails.
pub fn apply_text(table: &NamedTable, text: &str) -> Result<KqlTable, Error> {
    let refused = |error: kql::Error| Error::query("query", text, &error);
    let mut script = kql::parse_applied(text).map_err(refused)?;
    let Some(Statement::Expr(pipeline)) = script.statements.last_mut() else {
        return Err(
            Error::bad_input("the query has no operator").with_help("write for example: where Count > 5 | take 10")
        );
    };
    if pipeline.source != Source::Input {
        return Err(Error::new(
            ErrorCode::Query,
            "the query starts with a source of its own, and not with an operator on this table",
        )
        .with_help(
            "start with an operator, such as `where` or `summarize`; whole queries are run with workspace.kql(…)",
        ));
    }
    pipeline.source = input();
    run(table, &script).map_err(refused)
}

/// `table.schema`
pub fn schema(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let columns = &table.table.columns;
    let schema = small_table(vec![
        ("ColumnName", KqlType::String, texts(columns.iter().map(|column| column.name.clone()))),
        (
            "ColumnOrdinal",
            KqlType::Long,
            (0..columns.len()).map(|i| Kql::Long(i64::try_from(i).unwrap_or_default())).collect(),
        ),
        ("ColumnType", KqlType::String, texts(columns.iter().map(|column| column.ty.name()))),
    ])?;
    Ok(reply::table(call, &format!("schema of {}", table.title), schema, table.now))
}

/// `table.describe`
pub fn describe(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let described = describe_columns(&table.table)?;
    Ok(reply::table(call, &format!("columns of {}", table.title), described, table.now))
}

/// `table.view_events`
pub fn view_events(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let columns = call.texts("columns")?;
    known_columns(&table.table, &columns)?;
    Ok(reply::view(&format!("events of {}", table.title), &notebooklet::view_events(&table.table, &columns)?))
}

/// `table.geoip_map`: the addresses of a column on the map of the world.
pub fn geoip_map(call: &Call<'_>) -> Result<Value, Error> {
    let (table, column) = (call.table()?, call.text("column")?);
    let source = ["Source", "Type"].into_iter().find(|name| table.table.position(name).is_some());
    let mut addresses = Addresses::default();
    addresses.add_column(&table.table, column, source)?;
    let map = addresses.map(table.workspace.as_deref(), &format!("{column} of {}", table.title))?;
    Ok(reply::view("map", &Document::of(map)))
}

/// `table.write`
pub fn write(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let path = Path::new(call.text("path")?);
    to_file(&table.table, FileFormat::parse(call.text("format")?)?, path)?;
    let rows = format::counted(table.table.rows(), "row", "rows");
    Ok(reply::view("file", &Document::of(format!("Wrote {rows} to {}", path.display()))))
}

fn derived(call: &Call<'_>, from: &NamedTable, table: KqlTable) -> Value {
    reply::table(call, &from.title, table, from.now)
}

/// The columns of these names, as expressions.
fn known_columns(table: &KqlTable, names: &[String]) -> Result<Vec<NamedExpr>, Error> {
    let mut columns = Vec::new();
    for name in names {
        if table.position(name).is_none() {
            return Err(Error::unknown("column", name, table.columns.iter().map(|column| column.name.as_str())));
        }
        let span = Span::default();
        columns.push(NamedExpr {
            names: vec![Ident { name: name.clone(), span }],
            expr: Expr { kind: ExprKind::Name(name.clone()), span },
        });
    }
    Ok(columns)
}

fn input() -> Source {
    Source::Expr(Box::new(Expr { kind: ExprKind::Name(INPUT.to_owned()), span: Span::default() }))
}

/// Runs one operator, made here and not read from text: column names may hold anything.
fn apply(call: &Call<'_>, table: &Arc<NamedTable>, kind: OperatorKind) -> Result<Value, Error> {
    let span = Span::default();
    let operators = vec![Operator { kind, span }];
    let pipeline = Pipeline { source: input(), operators, span };
    let script = Script { statements: vec![Statement::Expr(pipeline)] };
    let result = run(table, &script).map_err(|error| {
        let failure = Error::new(ErrorCode::Query, error.message);
        match error.help {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    })?;
    Ok(derived(call, table, result))
}

fn run(table: &NamedTable, script: &Script) -> Result<KqlTable, kql::Error> {
    let mut tables = catalog(&[(INPUT, &table.table)]);
    tables.now = table.now;
    let tables: &dyn Catalog = &tables;
    let mut result = kql_polars::run_script(script, tables, &BTreeMap::new(), &options())?;
    for note in &table.table.notes {
        if !result.notes.contains(note) {
            result.notes.push(note.clone());
        }
    }
    Ok(result)
}

fn internal(error: &polars::prelude::PolarsError) -> Error {
    Error::new(ErrorCode::Internal, format!("the rows cannot be read: {error}"))
}
