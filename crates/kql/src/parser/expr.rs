//! Scalar expressions: `or`, `and`, comparisons, arithmetic, signs.

use super::infix::{EQUALITY, Infix, RELATIONAL};
use super::{Parser, Punct, Result, Tok};
use crate::ast::{BinaryOp, Expr, ExprKind, NamedExpr, UnaryOp};
use crate::{Error, ErrorKind, Span, Value};

impl Parser<'_> {
    /// A scalar expression.
    pub(super) fn expr(&mut self) -> Result<Expr> {
        self.chain("or", BinaryOp::Or, |p| p.chain("and", BinaryOp::And, |p| p.binary(EQUALITY)))
    }

    /// `operand word operand word …` as a balanced tree: and/or are associative, and a thousand terms must not be a
    /// thousand levels.
    fn chain(&mut self, word: &str, op: BinaryOp, operand: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        let first = operand(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut height = self.height;
        let mut operands = vec![first];
        let mut spans = Vec::new();
        while self.is_word(word) {
            spans.push(self.bump());
            operands.push(operand(self)?);
            height = height.max(self.height);
        }
        self.set_height(height + operands.len().next_power_of_two().ilog2())?;
        let mut operands = operands.into_iter();
        match balanced(op, &mut operands, &spans) {
            Some(expr) => Ok(expr),
            None => Err(self.unexpected("an expression")),
        }
    }

    /// Operators at least as strong as `min`.
    pub(super) fn binary(&mut self, min: u8) -> Result<Expr> {
        let mut left = self.unary()?;
        let mut compared = false;
        while let Some((infix, strength, tokens)) = self.infix() {
            if strength < min {
                break;
            }
            let height = self.height;
            let from = left.span;
            if strength == RELATIONAL && std::mem::replace(&mut compared, true) {
                return Err(Error::new(ErrorKind::Syntax, self.span(), "comparisons cannot be chained")
                    .with_help("write a < x and x < b, or x between (a .. b)"));
            }
            let start = self.bump();
            for _ in 1..tokens {
                self.bump();
            }
            let op_span = self.since(start);
            let kind = match infix {
                Infix::Binary(op) => {
                    let right = self.binary(strength + 1)?;
                    ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) }
                }
                Infix::List(op) => {
                    let list = self.nested(|p| p.list())?;
                    ExprKind::InList { op, value: Box::new(left), list }
                }
                Infix::Between { negated } => {
                    let (low, high) = self.nested(|p| p.between())?;
                    ExprKind::Between { negated, value: Box::new(left), low: Box::new(low), high: Box::new(high) }
                }
            };
            self.set_height(height.max(self.height) + 1)?;
            left = Expr { kind, span: self.since(from) };
        }
        Ok(left)
    }

    /// `(a, b, …)` after `in`, `has_any`, …
    fn list(&mut self) -> Result<Vec<Expr>> {
        self.expect(Punct::OpenParen, "a list in parentheses")?;
        let mut list = Vec::new();
        let mut height = 0;
        while !self.is(Punct::CloseParen) {
            list.push(self.pipeline_or_expr()?);
            height = height.max(self.height);
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect(Punct::CloseParen, "`,` or `)` after a list element")?;
        self.height = height;
        Ok(list)
    }

    fn between(&mut self) -> Result<(Expr, Expr)> {
        self.expect(Punct::OpenParen, "a range in parentheses, such as between (1 .. 10)")?;
        let low = self.expr()?;
        let height = self.height;
        self.expect(Punct::DotDot, "`..` between the ends of the range")?;
        let high = self.expr()?;
        self.height = height.max(self.height);
        self.expect(Punct::CloseParen, "`)` after the range")?;
        Ok((low, high))
    }

    /// A sign, or a path expression.
    pub(super) fn unary(&mut self) -> Result<Expr> {
        let op = match self.tok() {
            Tok::Punct(Punct::Minus) => UnaryOp::Minus,
            Tok::Punct(Punct::Plus) => UnaryOp::Plus,
            _ => return self.postfix(),
        };
        let start = self.bump();
        if self.tok() == &Tok::LongMin && op == UnaryOp::Minus {
            self.bump();
            self.height = 1;
            return Ok(Expr { kind: ExprKind::Literal(Value::Long(i64::MIN)), span: self.since(start) });
        }
        let operand = self.nested(Self::unary)?;
        let span = self.since(start);
        if let ExprKind::Literal(value) = &operand.kind
            && let Some(value) = signed(op, value)
        {
            return Ok(Expr { kind: ExprKind::Literal(value), span });
        }
        self.set_height(self.height + 1)?;
        Ok(Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span })
    }

    /// `name = expr`, `(a, b) = expr`, or `expr`.
    pub(super) fn named_expr(&mut self) -> Result<NamedExpr> {
        let mut names = Vec::new();
        if self.at_assignment() {
            names.push(self.ident("a name")?);
            self.bump();
        } else if self.at_name_list() {
            self.bump();
            loop {
                names.push(self.ident("a name")?);
                if !self.eat(Punct::Comma) {
                    break;
                }
            }
            self.expect(Punct::CloseParen, "`)`")?;
            self.expect(Punct::Assign, "`=`")?;
        }
        Ok(NamedExpr { names, expr: self.expr()? })
    }

    /// Whether `(a, b, …) =` is here.
    fn at_name_list(&self) -> bool {
        if !self.is(Punct::OpenParen) {
            return false;
        }
        let mut ahead = 1;
        loop {
            let length = self.name_length(ahead);
            if length == 0 {
                return false;
            }
            ahead += length;
            if self.is_at(ahead, Punct::CloseParen) {
                return self.is_at(ahead + 1, Punct::Assign);
            }
            if !self.is_at(ahead, Punct::Comma) {
                return false;
            }
            ahead += 1;
        }
    }

    /// `named_expr, named_expr, …`, at least one.
    pub(super) fn named_exprs(&mut self) -> Result<Vec<NamedExpr>> {
        let mut list = vec![self.named_expr()?];
        while self.eat(Punct::Comma) {
            list.push(self.named_expr()?);
        }
        Ok(list)
    }

    /// `expr, expr, …`, at least one.
    pub(super) fn exprs(&mut self) -> Result<Vec<Expr>> {
        let mut list = vec![self.expr()?];
        while self.eat(Punct::Comma) {
            list.push(self.expr()?);
        }
        Ok(list)
    }
}

/// The value with its sign, where that is a literal of the same type.
fn signed(op: UnaryOp, value: &Value) -> Option<Value> {
    let minus = op == UnaryOp::Minus;
    Some(match value {
        Value::Int(n) => Value::Int(if minus { n.checked_neg()? } else { *n }),
        Value::Long(n) => Value::Long(if minus { n.checked_neg()? } else { *n }),
        Value::Real(n) => Value::Real(if minus { -n } else { *n }),
        Value::TimeSpan(n) => Value::TimeSpan(if minus { n.checked_neg()? } else { *n }),
        _ => return None,
    })
}

/// The operands as a tree whose height is the logarithm of their number. `spans[i]` is the operator after operand i.
fn balanced(op: BinaryOp, operands: &mut impl Iterator<Item = Expr>, spans: &[Span]) -> Option<Expr> {
    if spans.is_empty() {
        return operands.next();
    }
    let middle = spans.len() / 2;
    let left = balanced(op, operands, &spans[..middle])?;
    let right = balanced(op, operands, &spans[middle + 1..])?;
    let span = left.span.to(right.span);
    Some(Expr {
        kind: ExprKind::Binary { op, op_span: spans[middle], left: Box::new(left), right: Box::new(right) },
        span,
    })
}
