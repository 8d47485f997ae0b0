//! `reduce`: groups texts by what they have in common.
//!
//! After Risto Vaarandi, "A Data Clustering Algorithm for Mining Patterns From Event Logs" (2003), which Kusto names as its source. A text is cut into
//! words. A word that enough rows have at the same place is part of the pattern, any other is a `*`; a pattern that too few rows have is none. Kusto does not
//! document more than that: here, a number is always a `*`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/reduce-operator>

use std::collections::HashMap;

use kql::ast::{Expr as Ast, OpParam};
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use super::{parameter, per_frame};
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn, hidden};

/// The pattern of texts that have none.
const OTHERS: &str = "others";

/// Patterns of a text, how many rows have them, and one of the texts. With `kind = source`, the rows with the pattern of each.
///
/// # Errors
/// Mistakes in the expression; parameters that are not constants, or that there are none of.
pub fn apply(cx: &Context<'_>, mut rel: Rel, params: &[OpParam], by: &Ast) -> Result<Rel, Error> {
    let settings = Settings::of(cx, params)?;
    let binder = cx.over(&rel);
    let text = binder.cast(binder.bind(by)?, KqlType::String)?.expr;
    let name = hidden("text", 0);
    let texts = RelColumn::new(name.as_str(), KqlType::String);
    if settings.keep_rows {
        let mut names = Names::default();
        let mut columns: Vec<RelColumn> = rel.columns.iter().map(|c| RelColumn::new(&c.name, c.ty)).collect();
        for column in &columns {
            names.declare(&column.name);
        }
        let pattern = names.unique("Pattern");
        columns.push(RelColumn::new(pattern.as_str(), KqlType::String));
        let serialized = rel.serialized;
        rel.frame = rel.frame.with_columns([text.alias(name.as_str())]);
        rel.columns.push(texts);
        let mut result = per_frame(rel, columns, "reduce", move |mut frame| {
            let texts = frame.drop_in_place(&name)?;
            let found = Clusters::find(texts.str()?, &settings);
            let patterns = found.of_rows.iter().map(|i| found.pattern(*i)).collect::<StringChunked>();
            frame.with_column(patterns.with_name(pattern.as_str().into()).into_column())?;
            Ok(frame)
        });
        result.serialized = serialized;
        return Ok(result);
    }
    let columns = vec![
        RelColumn::new("Pattern", KqlType::String),
        RelColumn::new("Count", KqlType::Long),
        RelColumn::new("Representative", KqlType::String),
    ];
    rel.frame = rel.frame.select([text.alias(name.as_str())]);
    rel.columns = vec![texts];
    Ok(per_frame(rel, columns, "reduce", move |frame| Clusters::find(frame.column(&name)?.str()?, &settings).table()))
}

/// The parameters.
struct Settings {
    keep_rows: bool,
    /// The part of the rows that a word and a pattern need.
    threshold: f64,
    /// Characters that are not what they would be: letters and digits separate words, others do not.
    characters: String,
}

impl Settings {
    fn of(cx: &Context<'_>, params: &[OpParam]) -> Result<Self, Error> {
        let mut settings = Self { keep_rows: false, threshold: 0.1, characters: String::new() };
        for param in params {
            let span = param.value.span;
            match param.name.name.as_str() {
                "kind" => match parameter(params, "kind") {
                    Some((kind, _)) if kind == "source" => settings.keep_rows = true,
                    _ => return Err(Error::new(ErrorKind::UnknownName, span, "the only kind of reduce is source")),
                },
                "threshold" => {
                    let value = cx.binder().constant(&param.value, KqlType::Real, "the threshold")?;
                    match value {
                        Value::Real(part) if (0.0..=1.0).contains(&part) => settings.threshold = part,
                        _ => return Err(Error::new(ErrorKind::Type, span, "the threshold is a number from 0 to 1")),
                    }
                }
                "characters" => {
                    if let Value::String(text) =
                        cx.binder().constant(&param.value, KqlType::String, "the characters")?
                    {
                        settings.characters = text;
                    }
                }
                hint if hint.starts_with("hint.") => {}
                other => {
                    let message = format!("reduce has no parameter `{other}`");
                    return Err(Error::new(ErrorKind::UnknownName, param.name.span, message)
                        .with_help("its parameters are kind, threshold and characters"));
                }
            }
        }
        Ok(settings)
    }

    /// The words of a text, each with what separates it from the one before.
    fn words<'t>(&self, text: &'t str) -> Vec<(&'t str, &'t str)> {
        let separates = |c: char| {
            let separates = c.is_ascii() && !c.is_ascii_alphanumeric();
            separates != self.characters.contains(c)
        };
        let mut words = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c| !separates(c)) {
            let (separator, from) = rest.split_at(start);
            let (word, after) = from.split_at(from.find(separates).unwrap_or(from.len()));
            words.push((separator, word));
            rest = after;
        }
        words
    }
}

/// A pattern as the positions of its words: 0 for a `*`, else the number of the word.
type Shape = Vec<usize>;

struct Cluster<'t> {
    first: &'t str,
    shape: Shape,
    rows: usize,
}

struct Clusters<'t> {
    settings: &'t Settings,
    /// In the order of their first rows; those of too few rows, too.
    all: Vec<Cluster<'t>>,
    /// The cluster of each row.
    of_rows: Vec<usize>,
    /// The rows that a pattern needs.
    enough: usize,
}

impl<'t> Clusters<'t> {
    fn find(texts: &'t StringChunked, settings: &'t Settings) -> Self {
        // At least two: what one row alone has is nothing in common.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a number of rows")]
        let enough = ((settings.threshold * texts.len() as f64).ceil() as usize).max(2);
        let mut counts: HashMap<(usize, &str), usize> = HashMap::new();
        for text in texts.iter().flatten() {
            for (place, (_, word)) in settings.words(text).into_iter().enumerate() {
                if !word.bytes().all(|b| b.is_ascii_digit()) {
                    *counts.entry((place, word)).or_default() += 1;
                }
            }
        }
        counts.retain(|_, count| *count >= enough);
        for (number, (_, count)) in counts.iter_mut().enumerate() {
            *count = number + 1;
        }
        let numbers = counts;
        let mut known: HashMap<Shape, usize> = HashMap::new();
        let mut found = Self { settings, all: Vec::new(), of_rows: Vec::with_capacity(texts.len()), enough };
        for text in texts.iter() {
            let text = text.unwrap_or_default();
            let words = settings.words(text).into_iter().enumerate();
            let mut shape: Shape =
                words.map(|(place, (_, word))| numbers.get(&(place, word)).copied().unwrap_or(0)).collect();
            // However many words follow, they are one `*`.
            while shape.ends_with(&[0, 0]) {
                shape.pop();
            }
            let at = *known.entry(shape).or_insert_with_key(|shape| {
                found.all.push(Cluster { first: text, shape: shape.clone(), rows: 0 });
                found.all.len() - 1
            });
            found.all[at].rows += 1;
            found.of_rows.push(at);
        }
        found
    }

    fn has_pattern(&self, cluster: &Cluster<'_>) -> bool {
        cluster.rows >= self.enough && cluster.shape.iter().any(|number| *number != 0)
    }

    /// The pattern of a cluster: its words with what separates them. A letter or digit that separates words is part of a `*` beside it.
    fn pattern(&self, at: usize) -> String {
        let cluster = &self.all[at];
        if !self.has_pattern(cluster) {
            return OTHERS.to_owned();
        }
        let words = self.settings.words(cluster.first);
        let mut pattern = String::new();
        let mut before = None;
        for ((separator, word), number) in words.iter().zip(&cluster.shape) {
            if *number == 0 && before == Some(0) {
                continue;
            }
            if *number == 0 || before == Some(0) {
                pattern.extend(separator.chars().filter(|c| !c.is_alphanumeric()));
            } else {
                pattern.push_str(separator);
            }
            pattern.push_str(if *number == 0 { "*" } else { word });
            before = Some(*number);
        }
        pattern
    }

    /// The patterns, those of most rows first, and the texts without one last.
    fn table(&self) -> PolarsResult<DataFrame> {
        let mut rows: Vec<(String, i64, &str)> = Vec::new();
        let mut others = 0;
        for (at, cluster) in self.all.iter().enumerate() {
            if self.has_pattern(cluster) {
                rows.push((self.pattern(at), cluster.rows as i64, cluster.first));
            } else {
                others += cluster.rows as i64;
            }
        }
        rows.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        if others > 0 {
            rows.push((OTHERS.to_owned(), others, ""));
        }
        let patterns: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
        let counts: Vec<i64> = rows.iter().map(|row| row.1).collect();
        let examples: Vec<&str> = rows.iter().map(|row| row.2).collect();
        DataFrame::new(
            rows.len(),
            vec![
                Column::new("Pattern".into(), patterns),
                Column::new("Count".into(), counts),
                Column::new("Representative".into(), examples),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const LOG: &str = "let T = datatable(m: string) ['user ann logged in from 10.0.0.1', 'user bob logged in from 10.0.0.2', \
        'disk sda1 failed', 'user eve logged in from 10.9.8.7', 'disk sdb2 failed', 'hello'];";

    #[test]
    fn documented() {
        let made = |text: &str, with: &str| {
            rows(&format!("range x from 1 to 10 step 1 | project s = {text} | reduce by s {with}"))
        };
        insta::assert_snapshot!(made("strcat('foo', 'Z', tostring(x))", ""), @r#"
Pattern | Count | Representative
others | 10 |
"#);
        insta::assert_snapshot!(made("strcat('foo', 'Z', tostring(x))", "with characters = 'Z'"), @r#"
Pattern | Count | Representative
foo* | 10 | fooZ1
"#);
        insta::assert_snapshot!(made("strcat('MachineLearningX', tostring(x % 3))", "with threshold = 0.001, characters = 'X'"), @r#"
Pattern | Count | Representative
MachineLearning* | 10 | MachineLearningX1
"#);
    }

    #[test]
    fn patterns_of_a_log() {
        insta::assert_snapshot!(rows(&format!("{LOG} T | reduce by m")), @r#"
Pattern | Count | Representative
user * logged in from * | 3 | user ann logged in from 10.0.0.1
disk * failed | 2 | disk sda1 failed
others | 1 |
"#);
        insta::assert_snapshot!(rows(&format!("{LOG} T | reduce by m with threshold = 0.5")), @r#"
Pattern | Count | Representative
user * logged in from * | 3 | user ann logged in from 10.0.0.1
others | 3 |
"#);
        insta::assert_snapshot!(rows(&format!("{LOG} T | extend Pattern = 1 | reduce kind = source by m | project-away m")), @r#"
Pattern | Pattern1
1 | user * logged in from *
1 | user * logged in from *
1 | disk * failed
1 | user * logged in from *
1 | disk * failed
1 | others
"#);
        insta::assert_snapshot!(rows("datatable(m: string) [] | reduce by m"), @r#"Pattern | Count | Representative"#);
        insta::assert_snapshot!(rows("datatable(m: string) ['', 'é-1', 'é-2', '--', 'a_b-7', 'a_b-8'] | reduce by m with characters = '_'"), @r#"
Pattern | Count | Representative
é-* | 2 | é-1
a_b-* | 2 | a_b-7
others | 2 |
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{LOG} T | reduce by m with threshold = 2")), @r#"the threshold is a number from 0 to 1"#);
        insta::assert_snapshot!(error(&format!("{LOG} T | reduce kind = x by m")), @r#"the only kind of reduce is source"#);
        insta::assert_snapshot!(error(&format!("{LOG} T | reduce by m with size = 2")), @r#"reduce has no parameter `size` (its parameters are kind, threshold and characters)"#);
    }
}
