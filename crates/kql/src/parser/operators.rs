//! Tabular operators: which one it is, and the arguments of the simple ones.

use super::names::UNSUPPORTED;
use super::{Parser, Punct, Result, Tok};
use crate::ast::{Expr, ExprKind, Ident, MvColumn, NamedExpr, Operator, OperatorKind, ReorderDirection, SortKey};
use crate::{Error, ErrorKind};

impl Parser<'_> {
    /// The operator name at `ahead`, with its hyphens (`mv-expand`), and how many tokens it takes.
    pub(super) fn operator_name_at(&self, ahead: usize) -> (String, usize) {
        let Some(word) = self.word_at(ahead) else {
            return (String::new(), 0);
        };
        let mut name = word.to_owned();
        let mut length = 1;
        while self.is_at(ahead + length, Punct::Minus)
            && self.adjacent(ahead + length)
            && self.adjacent(ahead + length + 1)
        {
            let Some(next) = self.word_at(ahead + length + 1) else {
                break;
            };
            name.push('-');
            name.push_str(next);
            length += 2;
        }
        (name, length)
    }

    /// An operator and its arguments, after the `|`.
    pub(super) fn operator(&mut self) -> Result<Operator> {
        let start = self.span();
        let (name, length) = self.operator_name_at(0);
        if length == 0 {
            return Err(self.unexpected("an operator"));
        }
        for _ in 0..length {
            self.bump();
        }
        let kind = self.operator_body(&name).map_err(|error| match error {
            _ if length > 0 && error.kind == ErrorKind::UnknownName => {
                self.unknown_operator(&name, error.span.unwrap_or(start))
            }
            error => error,
        })?;
        Ok(Operator { kind, span: self.since(start) })
    }

    fn operator_body(&mut self, name: &str) -> Result<OperatorKind> {
        use OperatorKind as O;
        Ok(match name {
            "where" | "filter" => {
                self.op_params(&[])?;
                O::Where(self.expr()?)
            }
            "extend" => O::Extend(self.named_exprs()?),
            "project" => O::Project(self.named_exprs()?),
            "project-away" => O::ProjectAway(self.column_patterns()?),
            "project-keep" => O::ProjectKeep(self.column_patterns()?),
            "project-by-names" => O::ProjectByNames(self.exprs()?),
            "project-rename" => self.project_rename()?,
            "project-reorder" => self.project_reorder()?,
            "print" => O::Print(self.named_exprs()?),
            "count" => {
                let name = if self.eat_word("as") { Some(self.ident("a column name")?) } else { None };
                O::Count { name }
            }
            "distinct" => self.distinct()?,
            "take" | "limit" => {
                self.op_params(&[])?;
                O::Take { count: self.expr()? }
            }
            "sample" => O::Sample { count: self.expr()? },
            "sample-distinct" => {
                self.op_params(&[])?;
                let count = self.expr()?;
                self.expect_word("of")?;
                O::SampleDistinct { count, of: self.named_expr()? }
            }
            "sort" | "order" => {
                self.op_params(&[])?;
                self.expect_word("by")?;
                let mut keys = vec![self.sort_key()?];
                while self.eat(Punct::Comma) {
                    keys.push(self.sort_key()?);
                }
                O::Sort(keys)
            }
            "top" => {
                self.op_params(&[])?;
                let count = self.expr()?;
                self.expect_word("by")?;
                O::Top { count, by: self.sort_key()? }
            }
            "top-hitters" => {
                let count = self.expr()?;
                self.expect_word("of")?;
                let of = self.named_expr()?;
                let by = if self.eat_word("by") { Some(self.sort_key()?.expr) } else { None };
                O::TopHitters { count, of, by }
            }
            "top-nested" => self.top_nested()?,
            "summarize" => self.summarize()?,
            "join" | "lookup" => self.join(name)?,
            "union" => {
                let params = self.op_params(&["kind", "withsource", "with_source", "isfuzzy"])?;
                O::Union { params, tables: self.table_refs()? }
            }
            "search" => self.search()?,
            "find" => self.find()?,
            "mv-expand" | "mvexpand" => self.mv_expand()?,
            "mv-apply" | "mvapply" => self.mv_apply()?,
            "parse" => self.parse_operator(false)?,
            "parse-where" => self.parse_operator(true)?,
            "parse-kv" => self.parse_kv()?,
            "make-series" => self.make_series()?,
            "partition" => self.partition()?,
            "scan" => self.scan()?,
            "evaluate" => self.evaluate()?,
            "invoke" => O::Invoke(self.unary()?),
            "reduce" => self.reduce()?,
            "fork" => self.fork()?,
            "facet" => self.facet()?,
            "serialize" => {
                self.op_params(&[])?;
                let more = !self.at_operator_end();
                O::Serialize(if more { self.named_exprs()? } else { Vec::new() })
            }
            "getschema" => O::GetSchema,
            "consume" => {
                self.op_params(&["decodeblocks"])?;
                O::Consume
            }
            "as" => {
                let params = self.op_params(&[])?;
                O::As { name: self.ident("a name")?, params }
            }
            "range" => self.range()?,
            "render" => self.render()?,
            _ if UNSUPPORTED.contains(&name) || name == "entity_group" => {
                self.skip_balanced(true)?;
                O::Unsupported { name: name.to_owned() }
            }
            _ => {
                let at = self.at.saturating_sub(1);
                let end = self.tokens[at].span.end;
                return Err(Error::new(ErrorKind::UnknownName, crate::Span::new(end - name.len().min(end), end), ""));
            }
        })
    }

    /// Whether nothing more of this operator follows.
    pub(super) fn at_operator_end(&self) -> bool {
        matches!(
            self.tok(),
            Tok::End
                | Tok::Punct(
                    Punct::Pipe | Punct::Semicolon | Punct::CloseParen | Punct::CloseBrace | Punct::CloseBracket
                )
        )
    }

    /// `expr [asc|desc] [nulls first|last]`.
    pub(super) fn sort_key(&mut self) -> Result<SortKey> {
        // A name for the key is allowed, and means nothing.
        let NamedExpr { expr, .. } = self.named_expr()?;
        let ascending = self.direction();
        let nulls_first = if self.is_word("nulls") && matches!(self.word_at(1), Some("first" | "last")) {
            self.bump();
            let first = self.is_word("first");
            self.bump();
            Some(first)
        } else {
            None
        };
        Ok(SortKey { expr, ascending, nulls_first })
    }

    /// Whether `asc` is here; takes `desc` too.
    pub(super) fn direction(&mut self) -> bool {
        let ascending = self.eat_word("asc");
        if !ascending {
            self.eat_word("desc");
        }
        ascending
    }

    fn distinct(&mut self) -> Result<OperatorKind> {
        self.op_params(&[])?;
        if self.is(Punct::Star) && !matches!(self.tok_at(1), Tok::Ident) {
            self.bump();
            return Ok(OperatorKind::Distinct { columns: Vec::new(), star: true });
        }
        Ok(OperatorKind::Distinct { columns: self.named_exprs()?, star: false })
    }

    fn summarize(&mut self) -> Result<OperatorKind> {
        let params = self.op_params(&[])?;
        let by_first = self.is_word("by") && !self.is_at(1, Punct::Assign) && !self.is_at(1, Punct::OpenParen);
        let by_group = self.is_word("by") && self.is_at(1, Punct::OpenParen);
        let aggregates = if by_first || by_group || self.at_operator_end() { Vec::new() } else { self.named_exprs()? };
        let by = if self.eat_word("by") { self.named_exprs()? } else { Vec::new() };
        if self.is_word("bin") && self.is_at(1, Punct::Assign) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                self.span(),
                "the old form `by key bin = size` is not supported",
            )
            .with_help("write by bin(key, size)"));
        }
        if aggregates.is_empty() && by.is_empty() {
            return Err(self.unexpected("an aggregation such as count(), or `by`"));
        }
        Ok(OperatorKind::Summarize { params, aggregates, by })
    }

    fn join(&mut self, name: &str) -> Result<OperatorKind> {
        let params = self.op_params(&["kind", "withsource"])?;
        let right = Box::new(self.table_operand()?);
        if self.is_word("where") {
            return Err(Error::new(ErrorKind::Unsupported, self.span(), "`join … where` is not supported")
                .with_help("join on columns, then filter with | where"));
        }
        let on = if self.eat_word("on") && !self.at_operator_end() { self.exprs()? } else { Vec::new() };
        Ok(if name == "join" {
            OperatorKind::Join { params, right, on }
        } else {
            OperatorKind::Lookup { params, right, on }
        })
    }

    fn project_rename(&mut self) -> Result<OperatorKind> {
        let mut pairs = Vec::new();
        loop {
            let new = self.ident("the new name of a column")?;
            self.expect(Punct::Assign, "`=` and the old name: new = old")?;
            pairs.push((new, self.ident("the old name of the column")?));
            if !self.eat(Punct::Comma) {
                return Ok(OperatorKind::ProjectRename(pairs));
            }
        }
    }

    fn project_reorder(&mut self) -> Result<OperatorKind> {
        let mut list = Vec::new();
        loop {
            let pattern = self.column_pattern()?;
            let (word, length) = self.operator_name_at(0);
            let direction = match word.as_str() {
                "asc" => Some(ReorderDirection::Asc),
                "desc" => Some(ReorderDirection::Desc),
                "granny-asc" => Some(ReorderDirection::GrannyAsc),
                "granny-desc" => Some(ReorderDirection::GrannyDesc),
                _ => None,
            };
            if direction.is_some() {
                for _ in 0..length {
                    self.bump();
                }
            }
            list.push((pattern, direction));
            if !self.eat(Punct::Comma) {
                return Ok(OperatorKind::ProjectReorder(list));
            }
        }
    }

    fn range(&mut self) -> Result<OperatorKind> {
        let name = self.ident("the name of the column")?;
        self.expect_word("from")?;
        let from = self.expr()?;
        self.expect_word("to")?;
        let to = self.expr()?;
        self.expect_word("step")?;
        Ok(OperatorKind::Range { name, from, to, step: self.expr()? })
    }

    fn mv_columns(&mut self) -> Result<Vec<MvColumn>> {
        let mut columns = Vec::new();
        loop {
            let NamedExpr { mut names, expr } = self.named_expr()?;
            if names.len() > 1 {
                return Err(Error::new(ErrorKind::Syntax, names[1].span, "an expanded column has one name"));
            }
            columns.push(MvColumn { name: names.pop(), expr, to_type: self.conversion()? });
            if !self.eat(Punct::Comma) {
                return Ok(columns);
            }
        }
    }

    /// `with_itemindex = name` and other parameters of `mv-expand` and `mv-apply`.
    fn mv_params(&mut self) -> Result<(Vec<crate::ast::OpParam>, Option<Ident>)> {
        let kind_word = self.is_word("kind") && !matches!(self.word_at(2), Some("bag" | "array"));
        let mut params = self.op_params(if kind_word {
            &["bagexpansion", "with_itemindex"]
        } else {
            &["bagexpansion", "kind", "with_itemindex"]
        })?;
        let mut index = None;
        if let Some(at) = params.iter().position(|p| p.name.name == "with_itemindex") {
            let param = params.remove(at);
            let ExprKind::Name(name) = param.value.kind else {
                return Err(Error::new(
                    ErrorKind::Syntax,
                    param.value.span,
                    "with_itemindex takes the name of a new column",
                ));
            };
            index = Some(Ident { name, span: param.value.span });
        }
        Ok((params, index))
    }

    fn limit(&mut self) -> Result<Option<Expr>> {
        if self.eat_word("limit") { Ok(Some(self.expr()?)) } else { Ok(None) }
    }

    fn mv_expand(&mut self) -> Result<OperatorKind> {
        let (params, index) = self.mv_params()?;
        Ok(OperatorKind::MvExpand { params, index, columns: self.mv_columns()?, limit: self.limit()? })
    }

    fn mv_apply(&mut self) -> Result<OperatorKind> {
        let (_, index) = self.mv_params()?;
        let columns = self.mv_columns()?;
        let limit = self.limit()?;
        if self.eat_word("id") {
            self.unary()?;
        }
        self.expect_word("on")?;
        let body = Box::new(self.parenthesized()?);
        Ok(OperatorKind::MvApply { index, columns, limit, body })
    }

    /// `(operator | operator | …)`.
    pub(super) fn parenthesized(&mut self) -> Result<crate::ast::Pipeline> {
        self.expect(Punct::OpenParen, "`(` and operators")?;
        let body = self.nested(Self::sub_pipeline)?;
        self.expect(Punct::CloseParen, "`|` or `)`")?;
        Ok(body)
    }
}
