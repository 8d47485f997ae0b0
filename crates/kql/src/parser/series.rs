//! Operators with clauses of their own: `make-series`, `scan`, `top-nested`, `partition`, `evaluate`, `render`, `fork`,
//! `facet`, `reduce`.

use super::{Parser, Punct, Result};
use crate::ast::{Expr, ExprKind, Ident, OperatorKind, ScanStep, SeriesAggregate, TopNestedLevel};
use crate::{Error, ErrorKind};

impl Parser<'_> {
    /// `aggregates on axis [from a] [to b] step c [by keys]`.
    pub(super) fn make_series(&mut self) -> Result<OperatorKind> {
        let kind = self.is_word("kind") && self.word_at(2) == Some("nonempty");
        let params = self.op_params(if kind { &["kind"] } else { &[] })?;
        let mut aggregates = Vec::new();
        loop {
            let value = self.named_expr()?;
            let default = if self.is_word("default") && self.is_at(1, Punct::Assign) {
                self.bump();
                self.bump();
                Some(self.expr()?)
            } else {
                None
            };
            aggregates.push(SeriesAggregate { value, default });
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect_word("on")?;
        let on = self.named_expr()?;
        let in_range = self.eat_word("in");
        let (from, to, step) = if in_range {
            self.expect_word("range")?;
            self.expect(Punct::OpenParen, "`(`")?;
            let from = self.expr()?;
            self.expect(Punct::Comma, "`,`")?;
            let to = self.expr()?;
            self.expect(Punct::Comma, "`,`")?;
            let step = self.expr()?;
            self.expect(Punct::CloseParen, "`)`")?;
            (Some(from), Some(to), step)
        } else {
            let from = if self.eat_word("from") { Some(self.expr()?) } else { None };
            let to = if self.eat_word("to") { Some(self.expr()?) } else { None };
            self.expect_word("step")?;
            (from, to, self.expr()?)
        };
        let by = if self.eat_word("by") { self.named_exprs()? } else { Vec::new() };
        Ok(OperatorKind::MakeSeries { params, aggregates, on, from, to, step, in_range, by })
    }

    /// `[count] of expr [with others = x] by aggregation [asc|desc], top-nested …`.
    pub(super) fn top_nested(&mut self) -> Result<OperatorKind> {
        let mut levels = Vec::new();
        loop {
            let count = if self.is_word("of") { None } else { Some(self.expr()?) };
            self.expect_word("of")?;
            let of = self.named_expr()?;
            let others = if self.is_word("with") && self.word_at(1) == Some("others") {
                self.bump();
                self.bump();
                self.expect(Punct::Assign, "`=` and the name of the others")?;
                Some(self.expr()?)
            } else {
                None
            };
            self.expect_word("by")?;
            let by = self.named_expr()?;
            let ascending = self.direction();
            levels.push(TopNestedLevel { count, of, others, by, ascending });
            if !self.eat(Punct::Comma) {
                return Ok(OperatorKind::TopNested(levels));
            }
            let (name, length) = self.operator_name_at(0);
            if name != "top-nested" {
                return Err(self.unexpected("`top-nested` and the next level"));
            }
            for _ in 0..length {
                self.bump();
            }
        }
    }

    /// `[with_match_id = m] [order by …] [partition by …] [declare (…)] with (step …; …)`.
    pub(super) fn scan(&mut self) -> Result<OperatorKind> {
        let params = self.op_params(&["with_match_id", "with_step_name"])?;
        let mut order_by = Vec::new();
        if self.eat_word("order") {
            self.expect_word("by")?;
            order_by.push(self.sort_key()?);
            while self.eat(Punct::Comma) {
                order_by.push(self.sort_key()?);
            }
        }
        let mut partition_by = Vec::new();
        if self.eat_word("partition") {
            self.expect_word("by")?;
            partition_by = self.exprs()?;
        }
        let declare = if self.eat_word("declare") { self.params()? } else { Vec::new() };
        self.expect_word("with")?;
        self.expect(Punct::OpenParen, "`(` and steps: (step name: condition => assignments; …)")?;
        let mut steps = Vec::new();
        while !self.is(Punct::CloseParen) {
            steps.push(self.scan_step()?);
            if !self.eat(Punct::Semicolon) {
                break;
            }
        }
        self.expect(Punct::CloseParen, "`;` after a step, or `)`")?;
        if steps.is_empty() {
            return Err(self.unexpected("at least one step"));
        }
        Ok(OperatorKind::Scan { params, order_by, partition_by, declare, steps })
    }

    fn scan_step(&mut self) -> Result<ScanStep> {
        self.expect_word("step")?;
        let name = self.ident("the name of the step")?;
        let optional = self.eat_word("optional");
        let output = if self.eat_word("output") {
            self.expect(Punct::Assign, "`=`")?;
            if !matches!(self.word(), Some("all" | "last" | "none")) {
                return Err(self.unexpected("all, last or none"));
            }
            Some(self.ident("all, last or none")?)
        } else {
            None
        };
        self.expect(Punct::Colon, "`:` and the condition of the step")?;
        let condition = self.expr()?;
        let mut assignments = Vec::new();
        if self.eat(Punct::FatArrow) {
            loop {
                let name = self.ident("a column")?;
                self.expect(Punct::Assign, "`=` and a value")?;
                assignments.push((name, self.expr()?));
                if !self.eat(Punct::Comma) {
                    break;
                }
            }
        }
        Ok(ScanStep { name, optional, output, condition, assignments })
    }

    /// `[hint.strategy = …] by column (operators)` or `{ pipeline }`.
    pub(super) fn partition(&mut self) -> Result<OperatorKind> {
        let params = self.op_params(&[])?;
        self.expect_word("by")?;
        let by = self.column_path()?;
        if self.is_word("in") {
            return Err(Error::new(ErrorKind::Unsupported, self.span(), "`partition … in` is not supported")
                .with_help("filter the column with | where first"));
        }
        if self.eat_word("id") {
            self.unary()?;
        }
        let body = if self.eat(Punct::OpenBrace) {
            let body = self.nested(Self::pipeline)?;
            self.expect(Punct::CloseBrace, "`|` or `}`")?;
            body
        } else {
            self.parenthesized()?
        };
        Ok(OperatorKind::Partition { params, by, body: Box::new(body) })
    }

    /// `column` or `column.property`, after which a parenthesis is no call.
    fn column_path(&mut self) -> Result<Expr> {
        let column = self.ident("a column")?;
        let mut expr = Expr { span: column.span, kind: ExprKind::Name(column.name) };
        self.height = 1;
        while self.eat(Punct::Dot) {
            let name = self.ident("a property name after `.`")?;
            let span = expr.span.to(name.span);
            let target = Box::new(expr);
            expr = Expr { kind: ExprKind::Path { target, name }, span };
            self.set_height(self.height + 1)?;
        }
        Ok(expr)
    }

    /// `plugin(args) [: (schema)]`.
    pub(super) fn evaluate(&mut self) -> Result<OperatorKind> {
        let params = self.op_params(&[])?;
        let plugin = self.ident("the name of a plugin")?;
        let args = self.nested(Self::args)?;
        let schema = if self.eat(Punct::Colon) { Some(self.schema()?) } else { None };
        Ok(OperatorKind::Evaluate { params, plugin, args, schema })
    }

    /// `by expr [with threshold = t, characters = c]`.
    pub(super) fn reduce(&mut self) -> Result<OperatorKind> {
        let mut params = self.op_params(&["kind"])?;
        self.expect_word("by")?;
        let by = self.named_expr()?.expr;
        if self.eat_word("with") {
            loop {
                let name = self.ident("the name of a property")?;
                self.expect(Punct::Assign, "`=` and a value")?;
                params.push(crate::ast::OpParam { name, value: self.expr()? });
                if !self.eat(Punct::Comma) {
                    break;
                }
            }
        }
        Ok(OperatorKind::Reduce { params, by })
    }

    /// `[name =] (operators) …`.
    pub(super) fn fork(&mut self) -> Result<OperatorKind> {
        let mut branches = Vec::new();
        while self.at_assignment() || self.is(Punct::OpenParen) {
            let name = if self.at_assignment() {
                let name = self.ident("a name")?;
                self.bump();
                Some(name)
            } else {
                None
            };
            branches.push((name, self.parenthesized()?));
        }
        if branches.is_empty() {
            return Err(self.unexpected("`(` and operators"));
        }
        Ok(OperatorKind::Fork(branches))
    }

    /// `by a, b [with (operators)]`.
    pub(super) fn facet(&mut self) -> Result<OperatorKind> {
        self.expect_word("by")?;
        let mut by = vec![self.ident("a column")?];
        while self.eat(Punct::Comma) {
            by.push(self.ident("a column")?);
        }
        let with = if self.eat_word("with") {
            Some(Box::new(if self.is(Punct::OpenParen) {
                self.parenthesized()?
            } else {
                self.nested(Self::sub_pipeline)?
            }))
        } else {
            None
        };
        Ok(OperatorKind::Facet { by, with })
    }

    /// `chart [with (property = value, …)]`, or properties without `with`.
    pub(super) fn render(&mut self) -> Result<OperatorKind> {
        let visualization = match self.tok() {
            // `3Dchart` starts with a digit, but is lexed as an identifier.
            super::Tok::Ident => self.ident("a chart")?,
            _ => return Err(self.unexpected("a chart, such as timechart, barchart or table")),
        };
        let mut properties = Vec::new();
        if self.is_word("with") && self.is_at(1, Punct::OpenParen) {
            self.bump();
            self.bump();
            while !self.is(Punct::CloseParen) {
                self.render_property(&mut properties)?;
                if !self.eat(Punct::Comma) {
                    break;
                }
            }
            self.expect(Punct::CloseParen, "`,` or `)` after a property")?;
        } else {
            while self.at_assignment() || self.is_word("by") || self.is_word("with") {
                self.render_property(&mut properties)?;
            }
        }
        Ok(OperatorKind::Render { visualization, properties })
    }

    /// `name = value`; a list of columns becomes several properties of the name.
    fn render_property(&mut self, properties: &mut Vec<(Ident, Expr)>) -> Result<()> {
        let bare = !self.at_assignment() && (self.is_word("by") || self.is_word("with"));
        let name = self.ident("the name of a property")?;
        if !bare {
            self.expect(Punct::Assign, "`=` and the value of the property")?;
        }
        properties.push((name.clone(), self.expr()?));
        while self.is(Punct::Comma) && self.name_after_comma() {
            self.bump();
            properties.push((name.clone(), self.expr()?));
        }
        Ok(())
    }

    /// Whether `, column` follows and not `, property =`.
    fn name_after_comma(&self) -> bool {
        let length = self.name_length(1);
        length > 0 && !self.is_at(1 + length, Punct::Assign)
    }
}
