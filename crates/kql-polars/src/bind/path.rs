//! `x.a.b[0]`, `x["a"]`: parts of dynamic values. A part that is not there is null.

use kql::ast::{Expr as Ast, ExprKind};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::{Binder, fold};
use crate::dynamic::{Step, dynamic_index, dynamic_path};
use crate::typed::Typed;

impl Binder<'_> {
    pub(super) fn path(&self, target: &Ast, name: &str, name_span: Span, span: Span) -> Result<Typed, Error> {
        if let ExprKind::Name(side) = &target.kind
            && matches!(side.as_str(), "$left" | "$right")
        {
            return Err(Error::new(
                ErrorKind::Syntax,
                target.span,
                format!("`{side}` has a meaning only in the conditions of join and lookup"),
            ));
        }
        self.steps(target, vec![Step::Key(name.to_owned())], name_span, span)
    }

    pub(super) fn index(&self, target: &Ast, index: &Ast, span: Span) -> Result<Typed, Error> {
        if let Some(step) = constant_step(index) {
            return self.steps(target, vec![step], index.span, span);
        }
        let of = self.dynamic(target, index.span)?;
        let at = self.bind(index)?;
        if !matches!(at.ty, KqlType::Int | KqlType::Long | KqlType::String | KqlType::Dynamic) {
            return Err(Error::new(
                ErrorKind::Type,
                index.span,
                format!("an index has to be a number or a string, and this is a {}", at.ty),
            ));
        }
        let expr = dynamic_index(&of, &at);
        Ok(fold::folded(Typed::new(expr, KqlType::Dynamic, span), [&of, &at]))
    }

    /// Several constant steps are one search of the text.
    fn steps(&self, mut target: &Ast, mut steps: Vec<Step>, last: Span, span: Span) -> Result<Typed, Error> {
        let mut at = last;
        loop {
            match &target.kind {
                ExprKind::Path { target: of, name } => {
                    steps.push(Step::Key(name.name.clone()));
                    at = name.span;
                    target = of;
                }
                ExprKind::Index { target: of, index } => match constant_step(index) {
                    Some(step) => {
                        steps.push(step);
                        at = index.span;
                        target = of;
                    }
                    None => break,
                },
                _ => break,
            }
        }
        steps.reverse();
        let of = self.dynamic(target, at)?;
        let input = match self.as_column(target) {
            // As stored: spaces do not matter to the search.
            Some(c) if c.stored == Some(DataType::String) => c.raw(),
            _ => of.expr.clone(),
        };
        let expr = dynamic_path(input, &steps);
        Ok(fold::folded(Typed::new(expr, KqlType::Dynamic, span), [&of]))
    }

    fn dynamic(&self, target: &Ast, at: Span) -> Result<Typed, Error> {
        let of = self.bind(target)?;
        if of.ty == KqlType::Dynamic {
            return Ok(of);
        }
        let mut error =
            Error::new(ErrorKind::Type, at, format!("only a dynamic value has parts, and this is a {}", of.ty));
        if of.ty == KqlType::String {
            error = error.with_help("parse_json(…) makes a dynamic value of text");
        }
        Err(error)
    }
}

fn constant_step(index: &Ast) -> Option<Step> {
    match &index.kind {
        ExprKind::Literal(Value::String(key)) => Some(Step::Key(key.clone())),
        ExprKind::Literal(Value::Long(i)) => Some(Step::Index(*i)),
        ExprKind::Literal(Value::Int(i)) => Some(Step::Index(i64::from(*i))),
        ExprKind::Unary { op: kql::ast::UnaryOp::Minus, operand } => match &operand.kind {
            ExprKind::Literal(Value::Long(i)) => Some(Step::Index(-*i)),
            _ => None,
        },
        _ => None,
    }
}
