//! `project-away`, `project-keep`, `project-rename`, `project-reorder`: columns by name, none computed.

use kql::ast::{ColumnPattern, Expr as Ast, Ident, ReorderDirection};
use kql::{Error, ErrorKind, Value};

use super::no_column;
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};

/// Whether a name fits a pattern, in which `*` stands for any characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The positions of the columns of a pattern, in their order. A plain name has to exist.
fn positions(rel: &Rel, pattern: &ColumnPattern) -> Result<Vec<usize>, Error> {
    let name = &pattern.pattern.name;
    if !pattern.is_pattern {
        return match rel.position(name) {
            Some(at) => Ok(vec![at]),
            None => Err(no_column(rel, name, pattern.pattern.span)),
        };
    }
    Ok((0..rel.columns.len()).filter(|i| matches(name, &rel.columns[*i].name)).collect())
}

fn chosen(rel: &Rel, patterns: &[ColumnPattern]) -> Result<Vec<bool>, Error> {
    let mut chosen = vec![false; rel.columns.len()];
    for pattern in patterns {
        for at in positions(rel, pattern)? {
            chosen[at] = true;
        }
    }
    Ok(chosen)
}

fn keep_where(rel: Rel, keep: impl Fn(usize) -> bool) -> Rel {
    let columns: Vec<RelColumn> =
        rel.columns.iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, c)| c.clone()).collect();
    rel.keep(columns)
}

/// `project-away`: all columns but these.
///
/// # Errors
/// A name that is not there.
pub fn away(rel: Rel, patterns: &[ColumnPattern]) -> Result<Rel, Error> {
    let chosen = chosen(&rel, patterns)?;
    Ok(keep_where(rel, |i| !chosen[i]))
}

/// `project-keep`: these columns, in the order in which the table has them.
///
/// # Errors
/// A name that is not there.
pub fn keep(rel: Rel, patterns: &[ColumnPattern]) -> Result<Rel, Error> {
    let chosen = chosen(&rel, patterns)?;
    Ok(keep_where(rel, |i| chosen[i]))
}

/// `project-rename new = old, …`: other names, the same order.
///
/// # Errors
/// A name that is not there, or that another column has.
pub fn rename(mut rel: Rel, names: &[(Ident, Ident)]) -> Result<Rel, Error> {
    let mut columns = rel.columns.clone();
    for (new, old) in names {
        let Some(at) = rel.position(&old.name) else {
            return Err(no_column(&rel, &old.name, old.span));
        };
        columns[at].name.clone_from(&new.name);
    }
    let mut taken = Names::default();
    for (i, column) in columns.iter().enumerate() {
        if !taken.declare(&column.name) {
            let span =
                names.iter().find(|(new, _)| new.name == column.name).map(|(new, _)| new.span).unwrap_or_default();
            return Err(Error::new(ErrorKind::Type, span, format!("there would be two columns `{}`", columns[i].name)));
        }
    }
    let exprs: Vec<_> = rel.columns.iter().zip(&columns).map(|(old, new)| old.raw().alias(new.name.as_str())).collect();
    rel.frame = rel.frame.select(exprs);
    rel.columns = columns;
    Ok(rel)
}

/// `project-reorder`: these columns first.
///
/// # Errors
/// A name that is not there.
pub fn reorder(rel: Rel, patterns: &[(ColumnPattern, Option<ReorderDirection>)]) -> Result<Rel, Error> {
    let mut placed = vec![false; rel.columns.len()];
    // A plain name is not part of a pattern before it.
    for (pattern, _) in patterns.iter().filter(|(p, _)| !p.is_pattern) {
        for at in positions(&rel, pattern)? {
            placed[at] = true;
        }
    }
    let plain = placed.clone();
    let mut order: Vec<usize> = Vec::with_capacity(placed.len());
    for (pattern, direction) in patterns {
        let mut found: Vec<usize> = positions(&rel, pattern)?
            .into_iter()
            .filter(|at| if pattern.is_pattern { !placed[*at] } else { plain[*at] && !order.contains(at) })
            .collect();
        let name = |at: &usize| rel.columns[*at].name.as_str();
        match direction {
            None => {}
            Some(ReorderDirection::Asc) => found.sort_by(|a, b| name(a).cmp(name(b))),
            Some(ReorderDirection::Desc) => found.sort_by(|a, b| name(b).cmp(name(a))),
            Some(ReorderDirection::GrannyAsc) => {
                found.sort_by_key(|at| granny(name(at)));
            }
            Some(ReorderDirection::GrannyDesc) => {
                found.sort_by_key(|at| std::cmp::Reverse(granny(name(at))));
            }
        }
        for at in &found {
            placed[*at] = true;
        }
        order.extend(found);
    }
    let rest: Vec<usize> = (0..placed.len()).filter(|at| !placed[*at]).collect();
    let columns = order.into_iter().chain(rest).map(|at| rel.columns[at].clone()).collect();
    Ok(rel.keep(columns))
}

/// A part of a name in granny order: numbers count as numbers, so that `a20` comes before `a100`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u128),
    Text(String),
}

fn granny(name: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for c in name.chars() {
        match (c.to_digit(10), parts.last_mut()) {
            (Some(d), Some(Part::Number(n))) => *n = n.saturating_mul(10).saturating_add(u128::from(d)),
            (Some(d), _) => parts.push(Part::Number(u128::from(d))),
            (None, Some(Part::Text(text))) => text.push(c),
            (None, _) => parts.push(Part::Text(c.into())),
        }
    }
    parts
}

/// The columns that a dynamic array or a list of strings names: `project-by-names`.
///
/// # Errors
/// When the names are not constants.
pub fn by_names(cx: &Context<'_>, rel: Rel, names: &[Ast]) -> Result<Rel, Error> {
    let mut columns: Vec<RelColumn> = Vec::new();
    let mut add = |name: &str, rel: &Rel| {
        let pattern = name.contains('*');
        for c in &rel.columns {
            let fits = if pattern { matches(name, &c.name) } else { c.name == name };
            if fits && !columns.contains(c) {
                columns.push(c.clone());
            }
        }
    };
    for expr in names {
        let bound = cx.binder().bind(expr)?;
        match bound.constant {
            Some(Value::String(name)) => add(&name, &rel),
            Some(Value::Dynamic(serde_json::Value::Array(items))) => {
                for item in items {
                    if let Some(name) = item.as_str() {
                        add(name, &rel);
                    }
                }
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::Type,
                    expr.span,
                    "the names have to be constant strings or a dynamic array of strings",
                ));
            }
        }
    }
    Ok(rel.keep(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        assert!(matches("*", "anything"));
        assert!(matches("a*", "a"));
        assert!(matches("*Id", "TenantId"));
        assert!(matches("a*c*e", "abcde"));
        assert!(!matches("a*c*e", "abcd"));
        assert!(!matches("ab*ba", "aba"));
    }

    #[test]
    fn granny_counts_numbers() {
        assert!(granny("a20") < granny("a100"));
        assert!(granny("a1b2") < granny("a1b10"));
    }
}
