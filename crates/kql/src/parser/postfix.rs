//! Operands: literals, names, calls, parentheses, and the paths and indexes after them.

use super::{Parser, Punct, Result, Tok};
use crate::ast::{Arg, Expr, ExprKind, Ident};
use crate::{Error, ErrorKind, Span, Value};

impl Parser<'_> {
    /// An operand and its `.name`, `.name(…)`, `[index]`.
    pub(super) fn postfix(&mut self) -> Result<Expr> {
        let mut expr = self.primary()?;
        loop {
            let from = expr.span;
            let height = self.height;
            let target = |expr: Expr| Box::new(expr);
            let kind = if self.is(Punct::Dot) {
                self.bump();
                if self.is(Punct::OpenBracket) {
                    if let 3 = self.name_length(0) {
                        let name = self.ident("a name")?;
                        ExprKind::Path { target: target(expr), name }
                    } else {
                        ExprKind::Index { index: self.index()?, target: target(expr) }
                    }
                } else {
                    let name = self.member_name()?;
                    if self.is(Punct::OpenParen) {
                        let args = self.nested(Self::args)?;
                        ExprKind::MethodCall { target: target(expr), name, args }
                    } else {
                        self.height = height;
                        ExprKind::Path { target: target(expr), name }
                    }
                }
            } else if self.is(Punct::OpenBracket) {
                ExprKind::Index { index: self.index()?, target: target(expr) }
            } else {
                return Ok(expr);
            };
            self.set_height(height.max(self.height) + 1)?;
            expr = Expr { kind, span: self.since(from) };
        }
    }

    /// The name after a dot: an identifier, or `*` names are refused here.
    fn member_name(&mut self) -> Result<Ident> {
        // `d.0abc` lexes as an identifier, `d.5` never gets here as a name.
        self.ident("a property name after `.`")
    }

    fn index(&mut self) -> Result<Box<Expr>> {
        self.bump();
        let index = self.nested(Self::expr)?;
        self.expect(Punct::CloseBracket, "`]` after the index")?;
        Ok(Box::new(index))
    }

    fn primary(&mut self) -> Result<Expr> {
        let start = self.span();
        self.height = 1;
        let kind = match self.tok() {
            Tok::Str(_) => ExprKind::Literal(Value::String(self.string()?.0)),
            Tok::Literal(value) => {
                let value = value.clone();
                self.bump();
                ExprKind::Literal(value)
            }
            Tok::Punct(Punct::Star) => {
                self.bump();
                ExprKind::Star
            }
            Tok::Punct(Punct::OpenParen) => {
                self.bump();
                let mut inner = self.nested(Self::pipeline_or_expr)?;
                self.expect(Punct::CloseParen, "`)`")?;
                inner.span = self.since(start);
                return Ok(inner);
            }
            Tok::Punct(Punct::OpenBracket) if self.name_length(0) == 3 => ExprKind::Name(self.ident("a name")?.name),
            Tok::Ident => return self.name_or_call(),
            _ => return Err(self.unexpected("an expression")),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// One or more string literals side by side, which are one text.
    pub(super) fn string(&mut self) -> Result<(String, Span)> {
        let start = self.span();
        let Tok::Str(text) = self.tok() else {
            return Err(self.unexpected("text in quotes"));
        };
        let mut text = text.clone();
        self.bump();
        while let Tok::Str(more) = self.tok() {
            text.push_str(more);
            self.bump();
        }
        Ok((text, self.since(start)))
    }

    fn name_or_call(&mut self) -> Result<Expr> {
        let start = self.span();
        let word = self.text_at(0);
        let called = self.is_at(1, Punct::OpenParen);
        if let Some(table) = self.table_literal()? {
            return Ok(table);
        }
        let kind = match word {
            "true" | "True" | "TRUE" => {
                self.bump();
                ExprKind::Literal(Value::Bool(true))
            }
            "false" | "False" | "FALSE" => {
                self.bump();
                ExprKind::Literal(Value::Bool(false))
            }
            "typeof" if called => self.type_of()?,
            "toscalar" | "totable" if self.word_at(1) == Some("kind") && self.is_at(2, Punct::Assign) => {
                // `toscalar kind=nooptimization (…)`: a hint for the service.
                let name = self.ident("a name")?;
                for _ in 0..3 {
                    self.bump();
                }
                if !self.is(Punct::OpenParen) {
                    return Err(self.unexpected("`(`"));
                }
                ExprKind::Call { name, args: self.nested(Self::args)? }
            }
            _ if called => {
                let name = self.ident("a name")?;
                let args = self.nested(Self::args)?;
                self.set_height(self.height + 1)?;
                ExprKind::Call { name, args }
            }
            _ if self.at_wildcard_argument() => {
                self.bump();
                self.bump();
                ExprKind::Wildcard(format!("{word}*"))
            }
            _ => {
                self.bump();
                if self.is_word("datascope") && self.is_at(1, Punct::Assign) {
                    for _ in 0..3 {
                        self.bump();
                    }
                }
                ExprKind::Name(word.to_owned())
            }
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// `prefix*` as a whole argument.
    fn at_wildcard_argument(&self) -> bool {
        self.is_at(1, Punct::Star)
            && self.adjacent(1)
            && (self.is_at(2, Punct::Comma) || self.is_at(2, Punct::CloseParen))
    }

    /// `(a, name = b, *)`.
    pub(super) fn args(&mut self) -> Result<Vec<Arg>> {
        let open = self.expect(Punct::OpenParen, "`(`")?;
        let mut args = Vec::new();
        let mut height = 0;
        while !self.is(Punct::CloseParen) {
            let name = if self.at_assignment() {
                let name = self.ident("a name")?;
                self.bump();
                Some(name)
            } else {
                None
            };
            let value = self.pipeline_or_expr()?;
            height = height.max(self.height);
            args.push(Arg { name, value });
            if !self.eat(Punct::Comma) {
                break;
            }
            if self.is(Punct::CloseParen) {
                return Err(self.unexpected("an argument after the comma"));
            }
        }
        if !self.is(Punct::CloseParen) {
            let error = self.unexpected("`,` or `)` after an argument");
            if self.tok() == &Tok::End {
                return Err(Error::new(ErrorKind::Syntax, open, "this parenthesis is never closed"));
            }
            return Err(error);
        }
        self.bump();
        self.height = height;
        Ok(args)
    }
}
