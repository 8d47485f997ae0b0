//! Whether the rows of a query can be fetched in parts of time, and the text of each part.
//!
//! They can if each row of the result comes from one row of a table, whatever the other rows are: then the result over a time range is the results
//! over its parts, one after the other. `where`, `extend`, `project`, `parse`, `mv-expand`, `union` are so. `summarize`, `distinct`, `top`, `take`,
//! `join`, a subquery are not: a part of them is no part of the whole.
//!
//! A part is the same text with a filter on the time right behind each table. The first part has no start and the last one no end: no row can fall
//! between two parts or into two of them, whatever the service makes of the ends of a time range.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use kql::ast::{Expr, ExprKind, LetValue, NamedExpr, Operator, OperatorKind, Pipeline, Source, Statement, TableRef};
use kql::time::format_datetime;

use super::exprs::{called, check_expr, exprs_of};

/// The order in which the parts stand in the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// The query gives no order, or sorts by time: the parts in order of time.
    Ascending,
    /// The query sorts by time, latest first: the parts the other way round.
    Descending,
    /// The rows have to be sorted again, by this operator.
    Sorted(String),
}

/// How to fetch a query in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    text: String,
    /// What goes in where, in order.
    inserts: Vec<(usize, Insert)>,
    /// How the parts are put together.
    pub order: Order,
    /// The query up to where its first rows are counted.
    head: usize,
    column: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Insert {
    /// `| where …`
    Filter,
    /// `(`
    Open,
    /// `| where …)`
    FilterClose,
}

impl Plan {
    /// How to fetch the query in parts by this column, or why it cannot be.
    ///
    /// # Errors
    /// What in the query stands against it.
    pub fn new(text: &str, column: &str) -> Result<Self, String> {
        let script = kql::parse(text).map_err(|_| "its text could not be analysed".to_owned())?;
        let mut finder = Finder { column, ..Finder::default() };
        let mut last = None;
        for statement in &script.statements {
            match statement {
                Statement::Let { name, value: LetValue::Expr(pipeline) } => {
                    finder.lets.insert(name.name.as_str(), pipeline);
                }
                Statement::Let { name, value: LetValue::Function { .. } } => {
                    finder.functions.insert(name.name.as_str());
                }
                Statement::QueryParameters(_) | Statement::Set { .. } => {}
                Statement::Pattern { .. } => return Err("it has `declare pattern`".to_owned()),
                Statement::Unsupported { what, .. } => return Err(format!("it has {what}")),
                Statement::Expr(pipeline) if last.is_none() => last = Some(pipeline),
                Statement::Expr(_) => return Err("it has several results".to_owned()),
            }
        }
        let main = last.ok_or("it has no result")?;
        finder.pipeline(main)?;
        let order = finder.order(main, text)?;
        Ok(Self {
            text: text.to_owned(),
            inserts: finder.inserts.into_iter().collect(),
            order,
            head: head(main),
            column: column.to_owned(),
        })
    }

    /// The text of the part from `from` (included) to `to` (not included), in ticks. Without a start it has the rows without a time, too.
    pub fn part(&self, from: Option<i64>, to: Option<i64>) -> String {
        let column = &self.column;
        let filter = match (from, to) {
            (None, None) => return self.text.clone(),
            (Some(from), None) => format!(" | where {column} >= datetime({})", format_datetime(from)),
            (None, Some(to)) => format!(" | where {column} < datetime({}) or isnull({column})", format_datetime(to)),
            (Some(from), Some(to)) => format!(
                " | where {column} >= datetime({}) and {column} < datetime({})",
                format_datetime(from),
                format_datetime(to)
            ),
        };
        let mut out = String::new();
        let mut copied = 0;
        for (at, insert) in &self.inserts {
            out.push_str(self.text.get(copied..*at).unwrap_or_default());
            copied = *at;
            let _ = match insert {
                Insert::Open => write!(out, "("),
                Insert::Filter => write!(out, "{filter}"),
                Insert::FilterClose => write!(out, "{filter})"),
            };
        }
        out.push_str(self.text.get(copied..).unwrap_or_default());
        out
    }

    /// A query for the first and the last time of the rows, where nobody gave a time range.
    pub fn bounds(&self) -> String {
        let head = self.text.get(..self.head).unwrap_or(&self.text);
        let column = &self.column;
        format!("{head}\n| summarize Start = min({column}), End = max({column})")
    }
}

/// Up to the last of the filters that the query starts with.
fn head(main: &Pipeline) -> usize {
    let mut end = source_end(main);
    for operator in &main.operators {
        if !matches!(operator.kind, OperatorKind::Where(_)) {
            break;
        }
        end = operator.span.end;
    }
    end
}

fn source_end(pipeline: &Pipeline) -> usize {
    match &pipeline.source {
        Source::Expr(expr) => expr.span.end,
        Source::Operator(operator) => operator.span.end,
        Source::DataTable { span, .. } | Source::ExternalData { span } => span.end,
        // The closing bracket is the last thing before the operators.
        Source::Paren(_) | Source::Input => {
            pipeline.operators.first().map_or(pipeline.span.end, |first| first.span.start)
        }
    }
}

#[derive(Default)]
struct Finder<'a> {
    column: &'a str,
    lets: HashMap<&'a str, &'a Pipeline>,
    functions: HashSet<&'a str>,
    /// `let` statements that were looked at.
    seen: HashSet<&'a str>,
    inserts: BTreeSet<(usize, Insert)>,
    /// Whether the column of the time is given another value somewhere.
    changed: bool,
}

impl<'a> Finder<'a> {
    fn pipeline(&mut self, pipeline: &'a Pipeline) -> Result<(), String> {
        match &pipeline.source {
            Source::Expr(expr) => self.table(expr)?,
            Source::Paren(inner) => self.pipeline(inner)?,
            Source::Operator(operator) => match &operator.kind {
                OperatorKind::Union { tables, .. } => self.union(tables, Some(operator))?,
                other => return Err(format!("it starts with {}", name_of(other))),
            },
            Source::DataTable { .. } => return Err("it reads a datatable".to_owned()),
            Source::ExternalData { .. } => return Err("it reads externaldata".to_owned()),
            Source::Input => return Err("it has no table".to_owned()),
        }
        for operator in &pipeline.operators {
            self.operator(operator)?;
        }
        Ok(())
    }

    /// A table: where its rows are filtered.
    fn table(&mut self, expr: &'a Expr) -> Result<(), String> {
        match &expr.kind {
            ExprKind::Name(name) => match self.lets.get(name.as_str()).copied() {
                Some(inner) => {
                    if self.seen.insert(name) {
                        self.pipeline(inner)?;
                    }
                    Ok(())
                }
                None => self.filter(expr),
            },
            // cluster("c").database("d").T, workspace("w").T, table("T")
            ExprKind::Path { .. } | ExprKind::MethodCall { .. } => self.filter(expr),
            ExprKind::Call { name, .. }
                if matches!(name.name.as_str(), "table" | "workspace" | "database" | "cluster") =>
            {
                self.filter(expr)
            }
            ExprKind::Call { name, .. } if self.functions.contains(name.name.as_str()) => {
                Err(format!("it calls {}", name.name))
            }
            // A function that is kept in the workspace: its rows have a time as those of a table have.
            ExprKind::Call { name, args }
                if kql_polars::functions::find(&name.name).is_none() && name.name != "materialize" =>
            {
                args.iter().try_for_each(|arg| self.scalar(&arg.value))?;
                self.filter(expr)
            }
            ExprKind::Tabular(inner) => self.pipeline(inner),
            _ => Err("it reads no table".to_owned()),
        }
    }

    fn filter(&mut self, expr: &Expr) -> Result<(), String> {
        self.inserts.insert((expr.span.end, Insert::Filter));
        Ok(())
    }

    fn union(&mut self, tables: &'a [TableRef], source: Option<&Operator>) -> Result<(), String> {
        let wildcards = tables.iter().any(|table| matches!(table, TableRef::Wildcard(_)));
        let plain = |table: &TableRef| match table {
            TableRef::Wildcard(_) => true,
            TableRef::Pipeline(Pipeline { source: Source::Expr(expr), operators, .. }) => {
                operators.is_empty()
                    && matches!(&expr.kind, ExprKind::Name(name) if !self.lets.contains_key(name.as_str()))
            }
            TableRef::Pipeline(_) => false,
        };
        if wildcards {
            // Nothing can stand behind a pattern; behind the whole union it is as good, if all of it are tables.
            let Some(operator) = source.filter(|_| tables.iter().all(plain)) else {
                return Err("it joins tables by a pattern with others".to_owned());
            };
            self.inserts.insert((operator.span.end, Insert::Filter));
            return Ok(());
        }
        for table in tables {
            let TableRef::Pipeline(leg) = table else { continue };
            match &leg.source {
                Source::Expr(expr) if leg.operators.is_empty() && !self.is_let(expr) => {
                    // Only a bracket may stand where a table stands.
                    self.inserts.insert((expr.span.start, Insert::Open));
                    self.inserts.insert((expr.span.end, Insert::FilterClose));
                }
                _ => self.pipeline(leg)?,
            }
        }
        Ok(())
    }

    fn is_let(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if self.lets.contains_key(name.as_str()))
    }

    fn scalar(&self, expr: &Expr) -> Result<(), String> {
        check_expr(expr, &self.lets, &self.functions)
    }

    fn operator(&mut self, operator: &'a Operator) -> Result<(), String> {
        match &operator.kind {
            OperatorKind::Where(_)
            | OperatorKind::Extend(_)
            | OperatorKind::Project(_)
            | OperatorKind::ProjectAway(_)
            | OperatorKind::ProjectKeep(_)
            | OperatorKind::ProjectRename(_)
            | OperatorKind::ProjectReorder(_)
            | OperatorKind::ProjectByNames(_)
            | OperatorKind::Parse { .. }
            | OperatorKind::ParseKv { .. }
            | OperatorKind::MvExpand { .. }
            | OperatorKind::Sort(_)
            | OperatorKind::Render { .. } => {
                for expr in exprs_of(&operator.kind) {
                    self.scalar(expr)?;
                }
                self.changed |= changes(&operator.kind, self.column);
                Ok(())
            }
            OperatorKind::Union { tables, .. } => self.union(tables, None),
            other => Err(format!("it has {}", name_of(other))),
        }
    }

    fn order(&self, main: &Pipeline, text: &str) -> Result<Order, String> {
        let Some(at) = main.operators.iter().rposition(|operator| matches!(operator.kind, OperatorKind::Sort(_)))
        else {
            return Ok(Order::Ascending);
        };
        let operator = &main.operators[at];
        let rest = &main.operators[at + 1..];
        let OperatorKind::Sort(keys) = &operator.kind else { return Ok(Order::Ascending) };
        if rest.iter().any(|operator| matches!(operator.kind, OperatorKind::Union { .. })) {
            return Ok(Order::Ascending);
        }
        let names = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(_));
        if let Some(first) = keys.first()
            && !self.changed
            && matches!(&first.expr.kind, ExprKind::Name(name) if name == self.column)
        {
            return Ok(if first.ascending { Order::Ascending } else { Order::Descending });
        }
        let last = rest.iter().all(|operator| matches!(operator.kind, OperatorKind::Render { .. }));
        match text.get(operator.span.start..operator.span.end) {
            Some(sort) if last && keys.iter().all(|key| names(&key.expr)) => Ok(Order::Sorted(sort.to_owned())),
            _ => Err("it sorts by something else than the time".to_owned()),
        }
    }
}

/// Whether an operator gives the column another value.
fn changes(kind: &OperatorKind, column: &str) -> bool {
    let assigns = |exprs: &[NamedExpr]| {
        exprs.iter().any(|named| {
            let same = matches!(&named.expr.kind, ExprKind::Name(name) if name == column);
            !same && named.names.iter().any(|name| name.name == column)
        })
    };
    match kind {
        OperatorKind::Extend(exprs) | OperatorKind::Project(exprs) => assigns(exprs),
        OperatorKind::ProjectRename(pairs) => pairs.iter().any(|(new, old)| new.name == column || old.name == column),
        OperatorKind::Parse { pattern, .. } => {
            pattern.iter().any(|part| matches!(part, kql::ast::ParsePart::Capture(name, _) if name.name == column))
        }
        OperatorKind::ParseKv { columns, .. } => columns.iter().any(|declared| declared.name.name == column),
        OperatorKind::MvExpand { columns, .. } => columns.iter().any(|expanded| {
            expanded.name.as_ref().is_some_and(|name| name.name == column)
                || matches!(&expanded.expr.kind, ExprKind::Name(name) if name == column)
        }),
        _ => false,
    }
}

/// The name of an operator, for people.
fn name_of(kind: &OperatorKind) -> String {
    called(kind)
}
