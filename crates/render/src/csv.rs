//! Tables as CSV that a spreadsheet can open safely.

use std::io::Write;

use kql::KqlType;
use kql_polars::KqlTable;

use crate::cell::Cell;
use crate::error::Result;
use crate::escape::is_formula;
use crate::format;

/// Writes a table as CSV after RFC 4180: a header line, CR LF at the end of lines, UTF-8.
///
/// * A null is an empty field, the empty string is `""`.
/// * Datetimes are ISO 8601 in UTC with seven decimals, timespans `[-][d.]hh:mm:ss[.fffffff]`, dynamic values JSON.
/// * Text that a spreadsheet would run ([`is_formula`]) gets an apostrophe in front, also column names. Numbers and
///   times do not: they are never formulas.
///
/// # Errors
/// When `out` cannot be written to.
///
/// # Example
/// ```no_run
/// # fn save(table: &kql_polars::KqlTable) -> render::Result<()> {
/// render::csv::write(table, std::fs::File::create("signins.csv")?)
/// # }
/// ```
pub fn write(table: &KqlTable, out: impl Write) -> Result<()> {
    let mut out = std::io::BufWriter::new(out);
    for (i, column) in table.columns.iter().enumerate() {
        separate(&mut out, i)?;
        text(&mut out, &column.name)?;
    }
    out.write_all(b"\r\n")?;
    for row in 0..table.rows() {
        for (i, (series, column)) in table.frame.columns().iter().zip(&table.columns).enumerate() {
            separate(&mut out, i)?;
            match Cell::read(series, column.ty, row) {
                Cell::Null => {}
                Cell::Plain(value) => out.write_all(value.as_bytes())?,
                Cell::Time(ticks) => out.write_all(kql::time::format_datetime(ticks).as_bytes())?,
                Cell::Span(ticks) => out.write_all(format::timespan(ticks).as_bytes())?,
                Cell::Text(value) if column.ty == KqlType::Decimal => out.write_all(value.as_bytes())?,
                Cell::Text(value) | Cell::Json(value) => text(&mut out, &value)?,
            }
        }
        out.write_all(b"\r\n")?;
    }
    out.flush()?;
    Ok(())
}

fn separate(out: &mut impl Write, column: usize) -> Result<()> {
    if column > 0 {
        out.write_all(b",")?;
    }
    Ok(())
}

fn text(out: &mut impl Write, value: &str) -> Result<()> {
    let formula = is_formula(value);
    let quoted =
        value.is_empty() || value.contains([',', '"', '\r', '\n']) || value.starts_with(' ') || value.ends_with(' ');
    let guard = if formula { "'" } else { "" };
    if quoted {
        write!(out, "\"{guard}{}\"", value.replace('"', "\"\""))?;
    } else {
        write!(out, "{guard}{value}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::table::tests::table;
    use kql::Value;
    use proptest::prelude::*;

    fn written(table: &KqlTable) -> String {
        let mut out = Vec::new();
        write(table, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type() {
        let text = |s: &str| Value::String(s.to_owned());
        let table = table(&[
            ("=name", KqlType::String, &[text("=1+1"), text(""), text("say \"hi\", bob\r\n")]),
            ("n", KqlType::Long, &[Value::Long(-5), Value::Null(KqlType::Long), Value::Long(7)]),
            ("r", KqlType::Real, &[Value::Real(-0.5), Value::Real(f64::NAN), Value::Null(KqlType::Real)]),
            (
                "t",
                KqlType::DateTime,
                &[Value::DateTime(0), Value::DateTime(15_000_000), Value::Null(KqlType::DateTime)],
            ),
            (
                "s",
                KqlType::TimeSpan,
                &[Value::TimeSpan(-15_000_000), Value::TimeSpan(0), Value::Null(KqlType::TimeSpan)],
            ),
            (
                "d",
                KqlType::Dynamic,
                &[Value::Dynamic(serde_json::json!(["a"])), Value::Null(KqlType::Dynamic), Value::Dynamic("-x".into())],
            ),
            ("b", KqlType::Bool, &[Value::Bool(true), Value::Bool(false), Value::Null(KqlType::Bool)]),
            (
                "m",
                KqlType::Decimal,
                &[Value::Decimal("-1.5".into()), Value::Null(KqlType::Decimal), Value::Decimal("2".into())],
            ),
        ]);
        assert!(written(&table).lines().count() == 5 && written(&table).ends_with("2\r\n"));
        insta::assert_snapshot!(written(&table).replace("\r\n", "\n"), @r#"
        '=name,n,r,t,s,d,b,m
        '=1+1,-5,-0.5,0001-01-01T00:00:00.0000000Z,-00:00:01.5,"[""a""]",true,-1.5
        "",,NaN,0001-01-01T00:00:01.5000000Z,00:00:00,,false,
        "say ""hi"", bob
        ",7,,,,"""-x""",,2
        "#);
    }

    /// Reads one record of RFC 4180 and returns it with what follows.
    fn record(text: &str) -> (Vec<String>, &str) {
        let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            match c {
                '"' if quoted && next == Some('"') => field.extend(chars.next().map(|(_, c)| c)),
                '"' => quoted = !quoted,
                ',' if !quoted => out.push(std::mem::take(&mut field)),
                '\r' if !quoted && next == Some('\n') => {
                    out.push(field);
                    return (out, &text[at + 2..]);
                }
                c => field.push(c),
            }
        }
        panic!("a record without an end: {text:?}")
    }

    proptest! {
        #[test]
        fn any_text_reads_back_and_is_never_a_formula(a in "(?s).*", b in "[=+@\t\r\n -]{0,3}.*") {
            let values = [Value::String(b.clone())];
            let other = format!("{a}z");
            let csv = written(&table(&[(a.as_str(), KqlType::String, &values), (other.as_str(), KqlType::String, &values)]));
            let guarded = |s: &str| if is_formula(s) { format!("'{s}") } else { s.to_owned() };
            let (header, rest) = record(&csv);
            prop_assert_eq!(header, vec![guarded(&a), guarded(&other)]);
            let (row, rest) = record(rest);
            prop_assert!(row.iter().all(|field| !is_formula(field)));
            prop_assert_eq!(row, vec![guarded(&b), guarded(&b)]);
            prop_assert_eq!(rest, "");
        }
    }
}
