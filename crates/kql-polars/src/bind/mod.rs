//! From expressions of the syntax tree to typed Polars expressions.
//!
//! * [`arithmetic`], [`compare`], [`text`], [`lists`]: the operators, by family.
//! * `chains`: many conditions joined by `or` or `and`.
//! * [`path`]: `x.a.b[0]` on dynamic values.
//! * [`call`]: functions of the registry, of the query, and the ones that need the binder.
//! * [`convert`]: from one type to another. [`naming`]: names of unnamed columns. [`fold`]: constants.

use std::cell::RefCell;

use kql::ast::{BinaryOp, Expr as Ast, ExprKind, Pipeline, UnaryOp};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use crate::query::{Context, Evaluated};
use crate::rel::{Rel, RelColumn};
use crate::scope::Binding;
use crate::suggest::did_you_mean;
use crate::typed::Typed;

pub mod arithmetic;
pub mod call;
mod chains;
pub mod compare;
pub mod convert;
mod data_size;
pub mod decimal;
pub mod fold;
pub mod lists;
mod named;
pub mod naming;
pub mod path;
pub mod pushdown;
pub mod text;

pub use call::Aggregates;

/// Binds scalar expressions at one place of a query.
#[derive(Debug)]
pub struct Binder<'a> {
    /// The query and the names that are bound.
    pub cx: &'a Context<'a>,
    /// The relation whose columns the expressions see.
    pub rel: Option<&'a Rel>,
    /// Where aggregation functions may be called: what their calls are collected in.
    pub aggregates: Option<&'a RefCell<Aggregates>>,
}

/// Whether an expression depends on the row.
fn reads_columns(expr: &Expr) -> bool {
    expr.into_iter().any(|part| matches!(part, Expr::Column(_)))
}

impl<'a> Binder<'a> {
    /// A binder for expressions over the columns of `rel`.
    pub fn new(cx: &'a Context<'a>, rel: Option<&'a Rel>) -> Self {
        Self { cx, rel, aggregates: None }
    }

    /// Binds an expression.
    ///
    /// # Errors
    /// Unknown names, wrong types, functions that the engine does not have: with their position.
    pub fn bind(&self, expr: &Ast) -> Result<Typed, Error> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal(value) => Ok(Typed::constant(value.clone(), span)),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::TypeOf(columns, ty) => match ty {
                Some(ty) if columns.columns.is_empty() && !columns.star => {
                    let mut typed = Typed::constant(Value::String(ty.name().to_owned()), span);
                    typed.type_of = Some(*ty);
                    Ok(typed)
                }
                _ => Err(Error::new(ErrorKind::Unsupported, span, "typeof() of a table cannot be used here")),
            },
            ExprKind::Path { target, name } => self.path(target, &name.name, name.span, span),
            ExprKind::Index { target, index } => self.index(target, index, span),
            ExprKind::Call { name, args } => self.call(name, args, span),
            ExprKind::Unary { op, operand } => {
                let operand = self.bind(operand)?;
                match op {
                    UnaryOp::Plus => self.plus(operand, span),
                    UnaryOp::Minus => self.minus(operand, span),
                }
            }
            ExprKind::Binary { op, op_span, left, right } => self.binary(*op, *op_span, left, right, span),
            ExprKind::InList { op, value, list } => self.in_list(*op, value, list, span),
            ExprKind::Between { negated, value, low, high } => self.between(*negated, value, low, high, span),
            ExprKind::Tabular(pipeline) => self.scalar_of(pipeline, span),
            ExprKind::Star => Err(Error::new(ErrorKind::Syntax, span, "`*` cannot stand for a value here")),
            ExprKind::Wildcard(text) => Err(Error::new(
                ErrorKind::Syntax,
                span,
                format!("`{text}` names several columns, and one value is needed here"),
            )),
            ExprKind::MethodCall { name, .. } => Err(Error::new(
                ErrorKind::Type,
                span,
                format!("`{}(…)` after a dot names a table, and a value is needed here", name.name),
            )),
        }
    }

    /// Binds a condition.
    ///
    /// # Errors
    /// As [`Binder::bind`], and when it is not a `bool`.
    pub fn condition(&self, expr: &Ast) -> Result<Typed, Error> {
        let bound = self.bind(expr)?;
        match bound.ty {
            KqlType::Bool => Ok(bound),
            KqlType::Dynamic | KqlType::Int | KqlType::Long => self.cast(bound, KqlType::Bool),
            other => Err(Error::new(
                ErrorKind::Type,
                expr.span,
                format!("a condition (bool) is needed here, and this is a {other}"),
            )),
        }
    }

    /// Binds an expression that has to be a constant of a type.
    ///
    /// # Errors
    /// As [`Binder::bind`], and when it depends on the row or is of another type.
    pub fn constant(&self, expr: &Ast, ty: KqlType, what: &str) -> Result<Value, Error> {
        let bound = self.bind(expr)?;
        let given = bound.ty;
        let wrong =
            || Error::new(ErrorKind::Type, expr.span, format!("{what} has to be a {ty}, and this is a {given}"));
        let text = match &bound.constant {
            Some(Value::String(text)) => !text.trim().is_empty(),
            _ => false,
        };
        let bound = self.assign(bound, ty).map_err(|_| wrong())?;
        if text && bound.constant.as_ref().is_some_and(Value::is_null) {
            // Text that does not say a value of the type.
            return Err(wrong());
        }
        bound.constant.ok_or_else(|| Error::new(ErrorKind::Type, expr.span, format!("{what} has to be a constant")))
    }

    /// A number of rows: a constant that is not negative.
    ///
    /// # Errors
    /// When it is not one.
    pub fn count(&self, expr: &Ast, what: &str) -> Result<IdxSize, Error> {
        match self.constant(expr, KqlType::Long, what)? {
            Value::Long(n) if n >= 0 => Ok(IdxSize::try_from(n).unwrap_or(IdxSize::MAX)),
            _ => Err(Error::new(ErrorKind::Type, expr.span, format!("{what} has to be a number that is not negative"))),
        }
    }

    /// The column that an expression is, where it is nothing but a column.
    pub fn as_column(&self, expr: &Ast) -> Option<&'a RelColumn> {
        match &expr.kind {
            ExprKind::Name(name) => self.rel?.column(name),
            _ => None,
        }
    }

    fn name(&self, name: &str, span: Span) -> Result<Typed, Error> {
        if let Some(column) = self.rel.and_then(|rel| rel.column(name)) {
            return Ok(Typed::new(column.expr(), column.ty, span));
        }
        match self.cx.scope.get(name) {
            Some(Binding::Scalar(value)) => {
                // An argument that depends on the row of the caller means nothing for the rows of a table in the function.
                if self.rel.is_some() && value.constant.is_none() && reads_columns(&value.expr) {
                    return Err(Error::new(
                        ErrorKind::Type,
                        span,
                        format!("can't use `{name}` here, as it is defined outside its row-context scope"),
                    )
                    .with_help("a table in a function cannot depend on the row of its caller: use join or lookup"));
                }
                let mut value = value.clone();
                value.span = span;
                return Ok(value);
            }
            Some(Binding::Unresolved(unresolved)) => return Err(unresolved.used()),
            Some(Binding::Table(_)) => {
                return Err(Error::new(
                    ErrorKind::Type,
                    span,
                    format!("`{name}` is a table, and a value is needed here"),
                )
                .with_help(format!("toscalar({name}) is its first value")));
            }
            Some(Binding::Function(f)) if f.params.is_empty() => {
                if let Evaluated::Scalar(value) = self.cx.call(f, &[], span, self)? {
                    return Ok(value);
                }
                return Err(Error::new(
                    ErrorKind::Type,
                    span,
                    format!("`{name}` is a table, and a value is needed here"),
                ));
            }
            _ => {}
        }
        Err(self.unknown_name(name, span))
    }

    fn unknown_name(&self, name: &str, span: Span) -> Error {
        // Columns of the operators' own are nobody's business.
        let seen = |n: &&str| !n.starts_with(crate::rel::HIDDEN);
        let columns: Vec<&str> = self.rel.map(|r| r.names().filter(seen).collect()).unwrap_or_default();
        let variables = self.cx.scope.iter().map(|(n, _)| n);
        let mut error = Error::new(
            ErrorKind::UnknownName,
            span,
            if self.rel.is_some() {
                format!("there is no column or variable `{name}` here")
            } else {
                format!("there is no variable `{name}`")
            },
        );
        error.help = did_you_mean(name, columns.iter().copied().chain(variables)).or_else(|| {
            (!columns.is_empty()).then(|| {
                if columns.len() <= 16 {
                    format!("the columns are {}", columns.join(", "))
                } else {
                    format!("there are {} columns, such as {}", columns.len(), columns[..16].join(", "))
                }
            })
        });
        error
    }

    fn binary(&self, op: BinaryOp, op_span: Span, left: &Ast, right: &Ast, span: Span) -> Result<Typed, Error> {
        use BinaryOp as Op;
        match op {
            Op::And | Op::Or => {
                if let Some(parts) = chains::long_chain(op, left, right) {
                    return self.chain(op, &parts, span);
                }
                let l = self.condition(left)?;
                let r = self.condition(right)?;
                self.logic(op, l, r, span)
            }
            Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo => {
                let l = self.bind(left)?;
                let r = self.bind(right)?;
                self.arithmetic(op, op_span, l, r, span)
            }
            Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
                if matches!(left.kind, ExprKind::Star) {
                    return self.any_column(span, |column| self.compare_star(op, op_span, column, right, span));
                }
                self.compare(op, op_span, left, right, span)
            }
            _ => {
                if matches!(left.kind, ExprKind::Star) {
                    return self.any_column(span, |column| self.text_star(op, op_span, column, right, span));
                }
                self.text_operator(op, op_span, left, right, span)
            }
        }
    }

    fn logic(&self, op: BinaryOp, l: Typed, r: Typed, span: Span) -> Result<Typed, Error> {
        let constants = (&l.constant, &r.constant);
        let absorbing = Value::Bool(op == BinaryOp::Or);
        if constants.0.as_ref() == Some(&absorbing) || constants.1.as_ref() == Some(&absorbing) {
            return Ok(Typed::constant(absorbing, span));
        }
        let neutral = Value::Bool(op == BinaryOp::And);
        if constants.0.as_ref() == Some(&neutral) {
            return Ok(Typed { span, ..r });
        }
        if constants.1.as_ref() == Some(&neutral) {
            return Ok(Typed { span, ..l });
        }
        let expr = if op == BinaryOp::And { l.expr.and(r.expr) } else { l.expr.or(r.expr) };
        Ok(Typed::new(expr, KqlType::Bool, span))
    }

    /// Whether `test` holds for any column: `* has "x"`. Columns for which `test` gives nothing do not count.
    fn any_column(
        &self,
        span: Span,
        test: impl Fn(&RelColumn) -> Result<Option<Typed>, Error>,
    ) -> Result<Typed, Error> {
        let Some(rel) = self.rel else {
            return Err(Error::new(ErrorKind::Syntax, span, "`*` stands for all columns, and there are none here"));
        };
        let mut found = Vec::new();
        for column in &rel.columns {
            found.extend(test(column)?.map(|test| test.expr));
        }
        Ok(match crate::operators::filter::balanced(found, Expr::or) {
            Some(expr) => Typed::new(expr, KqlType::Bool, span),
            None => Typed::constant(Value::Bool(false), span),
        })
    }

    /// The first value of a table, computed now: `toscalar(…)`.
    pub fn scalar_of(&self, pipeline: &Pipeline, span: Span) -> Result<Typed, Error> {
        match self.cx.evaluate(pipeline)? {
            Evaluated::Scalar(value) => Ok(Typed { span, ..value }),
            Evaluated::Table(rel) => self.first_value(rel, span),
        }
    }

    /// The first value of a table.
    ///
    /// # Errors
    /// When it has no columns, or computing it fails.
    pub fn first_value(&self, mut rel: Rel, span: Span) -> Result<Typed, Error> {
        let Some(first) = rel.columns.first().cloned() else {
            return Err(Error::new(ErrorKind::Type, span, "a table without columns has no value"));
        };
        let ty = first.ty;
        rel = rel.keep(vec![first]);
        rel.frame = rel.frame.limit(1);
        let (frame, _) = self.cx.query.collect(rel).map_err(|e| Error::from(e).at(span))?;
        let value = match frame.columns().first() {
            Some(column) if !column.is_empty() => crate::typed::value_at(column, ty, 0)
                .map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(span))?,
            _ => Value::Null(ty),
        };
        Ok(Typed::constant(value, span))
    }
}
