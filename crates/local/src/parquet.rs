//! Parquet files as a lazy table.
//!
//! Only footers are read to open a table. Part files with the same columns and types are one scan; otherwise each set of equal files is a
//! scan of its own, brought to common columns: a missing column is null, differing types meet in the KQL type that holds both.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use kql::KqlType;
use kql_polars::typed::polars_type;
use kql_polars::{SourceColumn, TableSource};
use polars::polars_utils::pl_path::PlRefPath;
use polars::prelude::*;

use crate::canon;
use crate::files::Part;
use crate::schema::Schema as KnownTypes;
use crate::table::{Loaded, TimeRange};

/// What the footer of one file says.
struct Footer {
    schema: Schema,
    rows: u64,
    /// Of `TimeGenerated`, where the statistics give it.
    times: Option<TimeRange>,
    /// Columns that hold something, or of which the statistics do not say that they hold nothing.
    filled: HashSet<String>,
}

/// Part files with the same columns and types.
struct Group<'a> {
    schema: Schema,
    files: Vec<&'a Path>,
}

/// Opens the part files of one table.
///
/// # Errors
/// A sentence that names the file.
pub fn open(table: &str, parts: &[Part], known: &KnownTypes) -> Result<Loaded, String> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let (mut rows, mut times, mut times_known) = (0, TimeRange::default(), true);
    let mut filled: HashSet<String> = HashSet::new();
    for file in parts.iter().map(|p| p.path.as_path()) {
        let footer = read_footer(file).map_err(|e| format!("{} cannot be read as Parquet: {e}", file.display()))?;
        rows += footer.rows;
        filled.extend(footer.filled);
        match footer.times {
            Some(range) => times.add(range),
            None => times_known &= footer.rows == 0,
        }
        match groups.iter_mut().find(|g| g.schema == footer.schema) {
            Some(group) => group.files.push(file),
            None => groups.push(Group { schema: footer.schema, files: vec![file] }),
        }
    }
    let failed = |e: PolarsError| format!("{table} cannot be read: {e}");
    let mut notes = Vec::new();
    let (frame, columns) = if let [group] = groups.as_slice() {
        single(table, group, known, &mut notes).map_err(failed)?
    } else {
        union(table, &groups, known, &mut notes).map_err(failed)?
    };
    if !columns.iter().any(|c| c.name == "TimeGenerated") {
        notes.push(format!("{table} has no column TimeGenerated: a time range does not limit its rows"));
    }
    let source = TableSource { frame, columns, notes };
    let times = if times_known { times } else { scan_times(&source).map_err(failed)? };
    let empty = source.columns.iter().filter(|c| !filled.contains(&c.name)).map(|c| c.name.clone()).collect();
    Ok(Loaded { source, rows, times, empty })
}

fn read_footer(file: &Path) -> Result<Footer, String> {
    // The Parquet reader trusts what a damaged footer says, and may panic on it.
    let footer = catch_unwind(AssertUnwindSafe(|| footer_of(File::open(file).map_err(|e| e.to_string())?)));
    footer.unwrap_or_else(|_| Err("its footer is damaged".to_owned()))
}

fn footer_of(mut file: File) -> Result<Footer, String> {
    let mut magic = [0; 4];
    file.read_exact(&mut magic).map_err(|_| "the file is empty or too short".to_owned())?;
    if &magic != b"PAR1" {
        return Err("it does not begin as a Parquet file does".to_owned());
    }
    file.rewind().map_err(|e| e.to_string())?;
    let mut reader = ParquetReader::new(file);
    let damaged = |e: PolarsError| format!("it is damaged or incomplete, export or copy it again ({e})");
    let arrow = reader.schema().map_err(damaged)?;
    let schema = Schema::from_arrow_schema(&arrow);
    let metadata = reader.get_metadata().map_err(damaged)?;
    let stored = schema.get("TimeGenerated").cloned();
    let mut times = stored.as_ref().map(|_| TimeRange::default());
    for group in &metadata.row_groups {
        let bounds = (|| {
            let chunk = group.columns_under_root_iter("TimeGenerated")?.next()?;
            let statistics = chunk.statistics(&metadata.footer_buf)?.ok()?;
            let stored = stored.as_ref()?;
            let int = statistics.as_int64()?;
            Some((canon::physical_ticks(int.min_value?, stored)?, canon::physical_ticks(int.max_value?, stored)?))
        })();
        times = times.zip(bounds).map(|(mut times, (first, last))| {
            times.add(TimeRange { first: Some(first), last: Some(last) });
            times
        });
    }
    // A table without the column has no times, which is known too.
    let times = if stored.is_none() { Some(TimeRange::default()) } else { times };
    let mut filled = HashSet::new();
    for group in &metadata.row_groups {
        let mut bounds_are_written = false;
        let mut unfilled = Vec::new();
        for chunk in group.parquet_columns() {
            let path = &chunk.descriptor().path_in_schema;
            let Some(name) = path.first() else { continue };
            let empty = match chunk.statistics(&metadata.footer_buf) {
                Some(Ok(statistics)) if path.len() == 1 => {
                    let bounded = statistics.as_binary().map(|s| s.min_value.is_some() || s.max_value.is_some());
                    let bounded = bounded
                        .or_else(|| statistics.as_int64().map(|s| s.min_value.is_some() || s.max_value.is_some()))
                        .or_else(|| statistics.as_int32().map(|s| s.min_value.is_some() || s.max_value.is_some()))
                        .or_else(|| statistics.as_double().map(|s| s.min_value.is_some() || s.max_value.is_some()))
                        .or_else(|| statistics.as_boolean().map(|s| s.min_value.is_some() || s.max_value.is_some()));
                    bounds_are_written |= bounded == Some(true);
                    let blank = |text: &Option<Vec<u8>>| text.as_ref().is_some_and(Vec::is_empty);
                    // Some writers count nulls twice: without bounds beside the bounds of others, there is really nothing.
                    let nulls = statistics.null_count().is_some_and(|nulls| nulls >= chunk.num_values());
                    (nulls && bounded == Some(false))
                        || statistics.as_binary().is_some_and(|b| blank(&b.min_value) && blank(&b.max_value))
                }
                _ => false,
            };
            if empty {
                unfilled.push(name.to_string());
            } else {
                filled.insert(name.to_string());
            }
        }
        if !bounds_are_written {
            filled.extend(unfilled);
        }
    }
    Ok(Footer { schema, rows: metadata.num_rows as u64, times, filled })
}

fn scan(files: &[&Path]) -> PolarsResult<LazyFrame> {
    let paths = files.iter().map(|path| PlRefPath::try_from_path(path)).collect::<PolarsResult<_>>()?;
    // Folder names such as `y=2024` are no columns, and names with `*` or `[` no patterns.
    let args = ScanArgsParquet {
        glob: false,
        hive_options: polars::io::HiveOptions::new_disabled(),
        ..ScanArgsParquet::default()
    };
    LazyFrame::scan_parquet_sources(ScanSources::Paths(paths), args)
}

/// Decides the KQL type of a column from what is known of it and how it is stored, all parts considered.
fn decide(
    table: &str,
    name: &str,
    stored: &[&DataType],
    known: &KnownTypes,
    fits: &dyn Fn(KqlType) -> bool,
    notes: &mut Vec<String>,
) -> Option<KqlType> {
    let natural = stored.iter().map(|s| canon::natural_type(s)).reduce(|a, b| Some(common(a?, b?)))?;
    let readable = |ty| stored.iter().all(|s| canon::to_canonical(col(name), s, ty).is_some());
    let Some(natural) = natural else {
        notes.push(format!("{table}.{name} is left out: its type {} cannot be read", stored.first()?));
        return None;
    };
    let wanted = known.column(table, name).unwrap_or(natural);
    if readable(wanted) && fits(wanted) {
        let text = stored.iter().any(|s| **s == DataType::String);
        // Text is how every export writes dynamic values and guids: Parquet as such has no type for either.
        if text && !matches!(wanted, KqlType::String | KqlType::Dynamic | KqlType::Guid) {
            notes.push(format!(
                "{table}.{name} is stored as text and read as {wanted}; text that is no {wanted} is null"
            ));
        }
        return Some(wanted);
    }
    // A whole number too large for 64 bits with a sign keeps its digits as a decimal.
    let fallback = if readable(natural) && fits(natural) { natural } else { KqlType::Decimal };
    let fallback = if readable(fallback) { fallback } else { KqlType::String };
    if wanted != fallback {
        notes.push(format!("{table}.{name} is read as {fallback}, not {wanted}: its stored values do not fit"));
    }
    Some(fallback)
}

/// The type that holds the values of both.
fn common(a: KqlType, b: KqlType) -> KqlType {
    use KqlType as K;
    match (a, b) {
        _ if a == b => a,
        (K::Int | K::Long, K::Int | K::Long) => K::Long,
        (K::Int | K::Long | K::Real, K::Int | K::Long | K::Real) => K::Real,
        (K::Decimal, K::Int | K::Long | K::Real) | (K::Int | K::Long | K::Real, K::Decimal) => K::Decimal,
        _ => K::String,
    }
}

type Plan = (LazyFrame, Vec<SourceColumn>);

fn single(table: &str, group: &Group<'_>, known: &KnownTypes, notes: &mut Vec<String>) -> PolarsResult<Plan> {
    let frame = scan(&group.files)?;
    let misfits = check_ranges(table, &[(&frame, &group.schema)], known)?;
    let (mut columns, mut exprs, mut plain) = (Vec::new(), Vec::new(), true);
    for (name, stored) in group.schema.iter() {
        let fits = |ty| !misfits.contains(&(name.to_string(), ty));
        let Some(ty) = decide(table, name, &[stored], known, &fits, notes) else {
            plain = false;
            continue;
        };
        if canon::engine_reads(stored, ty) {
            exprs.push(col(name.clone()));
            columns.push(SourceColumn { name: name.to_string(), ty, stored: stored.clone() });
        } else if let Some(expr) = canon::to_canonical(col(name.clone()), stored, ty) {
            plain = false;
            exprs.push(expr.alias(name.clone()));
            columns.push(SourceColumn { name: name.to_string(), ty, stored: polars_type(ty) });
        }
    }
    let frame = if plain { frame } else { frame.select(exprs) };
    Ok((frame, columns))
}

fn union(table: &str, groups: &[Group<'_>], known: &KnownTypes, notes: &mut Vec<String>) -> PolarsResult<Plan> {
    let frames = groups.iter().map(|g| scan(&g.files)).collect::<PolarsResult<Vec<_>>>()?;
    let pairs: Vec<_> = frames.iter().zip(groups.iter().map(|g| &g.schema)).collect();
    let misfits = check_ranges(table, &pairs, known)?;
    let mut names: Vec<&PlSmallStr> = Vec::new();
    let mut seen = HashSet::new();
    for (name, _) in groups.iter().flat_map(|g| g.schema.iter()) {
        if seen.insert(name) {
            names.push(name);
        }
    }
    let mut columns = Vec::new();
    let mut exprs = vec![Vec::new(); groups.len()];
    for name in names {
        let stored: Vec<_> = groups.iter().filter_map(|g| g.schema.get(name)).collect();
        let fits = |ty| !misfits.contains(&(name.to_string(), ty));
        let Some(ty) = decide(table, name, &stored, known, &fits, notes) else {
            continue;
        };
        for (group, exprs) in groups.iter().zip(&mut exprs) {
            let stored = group.schema.get(name).unwrap_or(&DataType::Null);
            let column = if *stored == DataType::Null { lit(NULL) } else { col(name.clone()) };
            // `decide` takes only types that every part can be read as.
            if let Some(expr) = canon::to_canonical(column, stored, ty) {
                exprs.push(expr.alias(name.clone()));
            }
        }
        columns.push(SourceColumn { name: name.to_string(), ty, stored: polars_type(ty) });
    }
    let parts: Vec<_> = frames.into_iter().zip(exprs).map(|(frame, exprs)| frame.select(exprs)).collect();
    let frame = concat(parts, UnionArgs { rechunk: false, ..UnionArgs::default() })?;
    Ok((frame, columns))
}

/// Columns whose values do not fit the type they should have, such as whole numbers of 64 bits for an `int`. Reads those columns only.
fn check_ranges(
    table: &str,
    parts: &[(&LazyFrame, &Schema)],
    known: &KnownTypes,
) -> PolarsResult<HashSet<(String, KqlType)>> {
    let mut misfits = HashSet::new();
    for (frame, schema) in parts {
        let mut tests = Vec::new();
        let mut asked = Vec::new();
        for (name, stored) in schema.iter() {
            let natural = canon::natural_type(stored);
            let wanted = known.column(table, name).or(natural);
            let types: HashSet<KqlType> = [wanted, natural].into_iter().flatten().collect();
            for ty in types {
                if let Some(test) = canon::range_check(&col(name.clone()), stored, ty) {
                    tests.push(test.alias(format!("{}", tests.len())));
                    asked.push((name.to_string(), ty));
                }
            }
        }
        if tests.is_empty() {
            continue;
        }
        let answers = (*frame).clone().select(tests).collect()?;
        for (column, asked) in answers.columns().iter().zip(asked) {
            if column.get(0)? == AnyValue::Boolean(false) {
                misfits.insert(asked);
            }
        }
    }
    Ok(misfits)
}

/// First and last `TimeGenerated`, by reading that column.
fn scan_times(source: &TableSource) -> PolarsResult<TimeRange> {
    let Some(column) = source.columns.iter().find(|c| c.name == "TimeGenerated" && c.ty == KqlType::DateTime) else {
        return Ok(TimeRange::default());
    };
    let ticks = if column.stored == DataType::Int64 {
        col("TimeGenerated")
    } else {
        canon::to_canonical(col("TimeGenerated"), &column.stored, KqlType::DateTime).unwrap_or_else(|| lit(NULL))
    };
    let range =
        source.frame.clone().select([ticks.clone().min().alias("first"), ticks.max().alias("last")]).collect()?;
    let value = |name: &str| -> PolarsResult<Option<i64>> { Ok(range.column(name)?.get(0)?.extract()) };
    Ok(TimeRange { first: value("first")?, last: value("last")? })
}
