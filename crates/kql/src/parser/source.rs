//! Pipelines and what they start with.

use super::names::{OPERATORS, UNSUPPORTED};
use super::{Parser, Punct, Result, Tok};
use crate::ast::{Expr, ExprKind, Operator, Pipeline, Source};
use crate::{Error, ErrorKind};

impl Parser<'_> {
    /// `source | operator | …` as a statement or a function body.
    pub(super) fn statement_pipeline(&mut self) -> Result<Pipeline> {
        if self.at_bare_operator() {
            return self.sub_pipeline();
        }
        self.pipeline()
    }

    /// `source | operator | …`.
    pub(super) fn pipeline(&mut self) -> Result<Pipeline> {
        let start = self.span();
        let source = if self.is(Punct::Pipe) { Source::Input } else { self.source()? };
        self.pipes(start, source, Vec::new())
    }

    /// `operator | operator | …`, where the rows come from around: the body of `mv-apply`, `partition`, `fork`.
    pub(super) fn sub_pipeline(&mut self) -> Result<Pipeline> {
        let start = self.span();
        self.height = 0;
        if self.is(Punct::Pipe) {
            return self.pipes(start, Source::Input, Vec::new());
        }
        let first = self.operator()?;
        self.pipes(start, Source::Input, vec![first])
    }

    fn pipes(&mut self, start: crate::Span, source: Source, mut operators: Vec<Operator>) -> Result<Pipeline> {
        let mut height = self.height;
        while self.eat(Punct::Pipe) {
            self.height = 0;
            if matches!(self.word(), Some("print" | "range")) {
                let message = format!("`{}` starts a query, it takes no input", self.text_at(0));
                return Err(
                    Error::new(ErrorKind::Syntax, self.span(), message).with_help("put a `;` before it, or use extend")
                );
            }
            operators.push(self.operator()?);
            height = height.max(self.height);
        }
        self.set_height(height + 1)?;
        Ok(Pipeline { source, operators, span: self.since(start) })
    }

    /// An argument: a scalar expression, or a pipeline as [`ExprKind::Tabular`].
    pub(super) fn pipeline_or_expr(&mut self) -> Result<Expr> {
        let pipeline = self.pipeline()?;
        Ok(match pipeline {
            Pipeline { source: Source::Expr(expr), operators, .. } if operators.is_empty() => *expr,
            Pipeline { source: Source::Paren(inner), operators, span } if operators.is_empty() => {
                Expr { kind: ExprKind::Tabular(inner), span }
            }
            pipeline => Expr { span: pipeline.span, kind: ExprKind::Tabular(Box::new(pipeline)) },
        })
    }

    fn source(&mut self) -> Result<Source> {
        if self.at_source_operator() {
            self.height = 0;
            return Ok(Source::Operator(Box::new(self.operator()?)));
        }
        let expr = self.expr()?;
        Ok(source_of(expr))
    }

    /// Whether an operator that needs no input starts here, and not a column or function of the same name.
    fn at_source_operator(&self) -> bool {
        let next = self.tok_at(1);
        let operand = matches!(
            next,
            Tok::Ident | Tok::Str(_) | Tok::Literal(_) | Tok::Punct(Punct::OpenBracket | Punct::OpenParen)
        );
        let infix = self.word_at(1).is_some_and(is_infix_word);
        match self.word() {
            Some("print") => {
                !matches!(
                    next,
                    Tok::End
                        | Tok::Punct(
                            Punct::Pipe
                                | Punct::Comma
                                | Punct::CloseParen
                                | Punct::Semicolon
                                | Punct::Assign
                                | Punct::Dot
                                | Punct::EqualEqual
                        )
                ) && !infix
            }
            Some("range") => self.name_length(1) > 0 && !infix && !self.is_at(1, Punct::OpenBracket),
            Some("union") => (operand && !infix) || self.is_at(1, Punct::Star),
            Some("search") => (operand && self.word_at(1) != Some("has")) || self.is_at(1, Punct::Star),
            Some("find") => {
                // `find x in (1, 2)`, but `find in (T) where …`: the first word after it belongs to it.
                matches!(self.word_at(1), Some("in" | "where" | "withsource" | "with_source" | "datascope"))
                    || (matches!(next, Tok::Str(_) | Tok::Ident) && !infix)
                    || self.name_length(1) == 3
            }
            Some("evaluate") => self.word_at(1).is_some() && !infix,
            Some("entity_group") => self.is_at(1, Punct::OpenBracket),
            Some("macro") => self.operator_name_at(0).0 == "macro-expand",
            _ => false,
        }
    }

    /// Whether a statement starts with an operator that is applied to an input: `where x > 1 | count`.
    fn at_bare_operator(&self) -> bool {
        let (name, tokens) = self.operator_name_at(0);
        if self.at_source_operator() {
            return self.applied && matches!(name.as_str(), "search" | "union" | "evaluate");
        }
        if !OPERATORS.contains(&name.as_str()) && !UNSUPPORTED.contains(&name.as_str()) {
            return false;
        }
        if tokens > 1 {
            return true;
        }
        let next = self.tok_at(1);
        if self.applied && matches!(next, Tok::End | Tok::Punct(Punct::Pipe | Punct::Semicolon)) {
            return true;
        }
        match next {
            Tok::Ident => !self.word_at(1).is_some_and(is_infix_word),
            Tok::Str(_) | Tok::Literal(_) => true,
            Tok::Punct(Punct::OpenBracket) => self.name_length(1) == 3,
            Tok::Punct(Punct::OpenParen) => {
                matches!(
                    name.as_str(),
                    "where" | "filter" | "join" | "lookup" | "extend" | "project" | "summarize" | "distinct"
                )
            }
            Tok::Punct(Punct::Star) => matches!(name.as_str(), "where" | "filter" | "distinct"),
            _ => false,
        }
    }
}

/// An expression at the start of a pipeline.
pub(super) fn source_of(expr: Expr) -> Source {
    match expr.kind {
        ExprKind::Tabular(inner) => match *inner {
            // A table literal is a source of its own.
            Pipeline {
                source: source @ (Source::DataTable { .. } | Source::ExternalData { .. }), operators, ..
            } if operators.is_empty() => source,
            inner => Source::Paren(Box::new(inner)),
        },
        _ => Source::Expr(Box::new(expr)),
    }
}

fn is_infix_word(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "in"
            | "has"
            | "has_cs"
            | "has_any"
            | "has_all"
            | "hasprefix"
            | "hassuffix"
            | "contains"
            | "contains_cs"
            | "startswith"
            | "startswith_cs"
            | "endswith"
            | "endswith_cs"
            | "between"
            | "matches"
            | "like"
    )
}
