//! Table literals, schemas, and how operators name tables and columns.

use super::source::source_of;
use super::{Parser, Punct, Result, Tok};
use crate::ast::{ColumnDecl, ColumnPattern, Expr, ExprKind, Ident, Pipeline, Schema, Source, TableRef};
use crate::{Error, ErrorKind, KqlType};

impl Parser<'_> {
    /// `datatable (…) […]` or `externaldata (…) […]`, if one is here.
    pub(super) fn table_literal(&mut self) -> Result<Option<Expr>> {
        let start = self.span();
        let source = match self.word() {
            Some("datatable") if self.is_at(1, Punct::OpenParen) => {
                self.bump();
                let schema = self.schema()?;
                if schema.star {
                    return Err(Error::new(
                        ErrorKind::Syntax,
                        schema.span,
                        "datatable needs the names and types of its columns",
                    ));
                }
                let values = self.table_values(schema.columns.len())?;
                Source::DataTable { columns: schema.columns, values, span: self.since(start) }
            }
            Some("externaldata" | "external_data") if self.is_at(1, Punct::OpenParen) => {
                self.bump();
                self.schema()?;
                self.table_values(0)?;
                if self.is_word("with") && self.is_at(1, Punct::OpenParen) {
                    self.bump();
                    self.nested(Self::args)?;
                }
                Source::ExternalData { span: self.since(start) }
            }
            _ => return Ok(None),
        };
        self.height = 1;
        let span = self.since(start);
        let pipeline = Pipeline { source, operators: Vec::new(), span };
        Ok(Some(Expr { kind: ExprKind::Tabular(Box::new(pipeline)), span }))
    }

    /// `[value, value, …]`, a whole number of rows when `columns` is not 0.
    fn table_values(&mut self, columns: usize) -> Result<Vec<Expr>> {
        let start = self.expect(Punct::OpenBracket, "`[` before the values")?;
        let mut values = Vec::new();
        while !self.is(Punct::CloseBracket) {
            values.push(self.unary()?);
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect(Punct::CloseBracket, "`,` or `]` after a value")?;
        if columns > 0 && values.len() % columns != 0 {
            return Err(Error::new(
                ErrorKind::Syntax,
                self.since(start),
                format!("{} values do not fill rows of {columns} columns", values.len()),
            ));
        }
        Ok(values)
    }

    /// `(a: long, b: string)`, also `(*, a: long)` and `(*)`.
    pub(super) fn schema(&mut self) -> Result<Schema> {
        let start = self.expect(Punct::OpenParen, "`(` and the columns: (name: type, …)")?;
        let mut columns = Vec::new();
        let mut star = false;
        while !self.is(Punct::CloseParen) {
            if columns.is_empty() && self.eat(Punct::Star) {
                star = true;
            } else {
                columns.push(self.column_decl()?);
            }
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect(Punct::CloseParen, "`,` or `)` after a column")?;
        Ok(Schema { star, columns, span: self.since(start) })
    }

    /// `name: type`.
    pub(super) fn column_decl(&mut self) -> Result<ColumnDecl> {
        let name = self.ident("a column name")?;
        self.expect(Punct::Colon, "`:` and the type of the column")?;
        Ok(ColumnDecl { name, ty: self.scalar_type()? })
    }

    /// The name of a scalar type.
    pub(super) fn scalar_type(&mut self) -> Result<KqlType> {
        const HELP: &str = "the types are bool, int, long, real, decimal, datetime, timespan, string, dynamic, guid";
        let Some(word) = self.word() else {
            return Err(self.unexpected("a type").with_help(HELP));
        };
        match KqlType::parse(word) {
            Some(ty) => {
                self.bump();
                Ok(ty)
            }
            None => {
                Err(Error::new(ErrorKind::Syntax, self.span(), format!("there is no type `{word}`")).with_help(HELP))
            }
        }
    }

    /// `typeof(long)` or `typeof(a: long, …)`.
    pub(super) fn type_of(&mut self) -> Result<ExprKind> {
        self.bump();
        let scalar = self.word_at(1).is_some() && self.is_at(2, Punct::CloseParen);
        if scalar {
            let ty = self.type_in_parens()?;
            return Ok(ExprKind::TypeOf(Schema::default(), Some(ty)));
        }
        Ok(ExprKind::TypeOf(self.schema()?, None))
    }

    fn type_in_parens(&mut self) -> Result<KqlType> {
        self.expect(Punct::OpenParen, "`(`")?;
        let ty = self.scalar_type()?;
        self.expect(Punct::CloseParen, "`)` after the type")?;
        Ok(ty)
    }

    /// `to typeof(type)`, if it is here.
    pub(super) fn conversion(&mut self) -> Result<Option<KqlType>> {
        if !self.eat_word("to") {
            return Ok(None);
        }
        self.expect_word("typeof")?;
        Ok(Some(self.type_in_parens()?))
    }

    /// The right side of `join`, or a table of `union`: a name, a call, or a pipeline in parentheses.
    pub(super) fn table_operand(&mut self) -> Result<Pipeline> {
        let expr = self.unary()?;
        Ok(match expr {
            Expr { kind: ExprKind::Tabular(pipeline), .. } => *pipeline,
            expr => Pipeline { span: expr.span, source: source_of(expr), operators: Vec::new() },
        })
    }

    /// A table of `union`, `find` or `search`.
    pub(super) fn table_ref(&mut self) -> Result<TableRef> {
        if self.at_wildcard() {
            return Ok(TableRef::Wildcard(self.column_pattern()?.pattern));
        }
        Ok(TableRef::Pipeline(self.table_operand()?))
    }

    pub(super) fn table_refs(&mut self) -> Result<Vec<TableRef>> {
        let mut tables = vec![self.table_ref()?];
        while self.eat(Punct::Comma) {
            tables.push(self.table_ref()?);
        }
        Ok(tables)
    }

    /// `in (T, Prefix*, …)` of `find` and `search`, if it is here.
    pub(super) fn in_tables(&mut self) -> Result<Vec<TableRef>> {
        if !self.is_word("in") || !self.is_at(1, Punct::OpenParen) {
            return Ok(Vec::new());
        }
        self.bump();
        self.bump();
        let tables = self.table_refs()?;
        self.expect(Punct::CloseParen, "`,` or `)` after a table")?;
        Ok(tables)
    }

    /// Whether a name with a `*` in it is here.
    fn at_wildcard(&self) -> bool {
        self.is(Punct::Star) || (self.word().is_some() && self.is_at(1, Punct::Star) && self.adjacent(1))
    }

    /// A name, or a pattern such as `Start*`, `*`, `*_End`.
    pub(super) fn column_pattern(&mut self) -> Result<ColumnPattern> {
        let start = self.span();
        if self.name_length(0) == 3 {
            return Ok(ColumnPattern { pattern: self.ident("a column")?, is_pattern: false });
        }
        if !matches!(self.tok(), Tok::Ident | Tok::Punct(Punct::Star)) {
            return Err(self.unexpected("a column name or a pattern such as Start*"));
        }
        let mut is_pattern = self.is(Punct::Star);
        self.bump();
        while self.touches_last() && matches!(self.tok(), Tok::Ident | Tok::Literal(_) | Tok::Punct(Punct::Star)) {
            is_pattern |= self.is(Punct::Star);
            self.bump();
        }
        let span = self.since(start);
        let name = self.text[span.start..span.end].to_owned();
        Ok(ColumnPattern { pattern: Ident { name, span }, is_pattern })
    }

    fn touches_last(&self) -> bool {
        self.at > 0 && self.tokens[self.at - 1].span.end == self.span().start
    }

    /// `pattern, pattern, …`, at least one.
    pub(super) fn column_patterns(&mut self) -> Result<Vec<ColumnPattern>> {
        let mut list = vec![self.column_pattern()?];
        while self.eat(Punct::Comma) {
            list.push(self.column_pattern()?);
        }
        Ok(list)
    }
}
