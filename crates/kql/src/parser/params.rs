//! Parameters between an operator's name and its arguments, and `with (…)` properties.

use super::{Parser, Punct, Result, Tok};
use crate::ast::{Expr, ExprKind, Ident, OpParam};

impl Parser<'_> {
    /// `hint.x = y` and those of `known` (`kind = inner`), as many as there are.
    pub(super) fn op_params(&mut self, known: &[&str]) -> Result<Vec<OpParam>> {
        let mut params = Vec::new();
        while let Some(word) = self.word() {
            let hint = word == "hint" && self.is_at(1, Punct::Dot);
            if !(hint || known.contains(&word) && self.is_at(1, Punct::Assign)) {
                break;
            }
            let start = self.bump();
            while self.eat(Punct::Dot) {
                self.ident("the name of a hint")?;
            }
            let span = self.since(start);
            let name = Ident { name: self.text[span.start..span.end].to_owned(), span };
            self.expect(Punct::Assign, "`=` and the value of the parameter")?;
            params.push(OpParam { name, value: self.param_value()? });
        }
        Ok(params)
    }

    /// A literal or a bare name.
    pub(super) fn param_value(&mut self) -> Result<Expr> {
        if self.name_length(0) == 1
            && !matches!(self.text_at(0), "true" | "false" | "True" | "False" | "TRUE" | "FALSE")
        {
            let name = self.ident("a value")?;
            return Ok(Expr { span: name.span, kind: ExprKind::Name(name.name) });
        }
        match self.tok() {
            Tok::Str(_) | Tok::Literal(_) | Tok::Ident | Tok::Punct(Punct::Minus | Punct::OpenBracket) => self.unary(),
            _ => Err(self.unexpected("a literal or a name")),
        }
    }

    /// `(name = value, …)`.
    pub(super) fn properties(&mut self) -> Result<Vec<OpParam>> {
        self.expect(Punct::OpenParen, "`(` and properties: (name = value, …)")?;
        let mut params = Vec::new();
        while !self.is(Punct::CloseParen) {
            let name = self.ident("the name of a property")?;
            self.expect(Punct::Assign, "`=` and the value of the property")?;
            params.push(OpParam { name, value: self.expr()? });
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect(Punct::CloseParen, "`,` or `)` after a property")?;
        Ok(params)
    }
}
