//! Operators that take texts apart or look through tables: `parse`, `parse-kv`, `search`, `find`.

use super::{Parser, Punct, Result, Tok};
use crate::ast::{OperatorKind, ParseKind, ParsePart};
use crate::{Error, ErrorKind};

impl Parser<'_> {
    /// `[kind = regex [flags = i]] expr with pattern`.
    pub(super) fn parse_operator(&mut self, filter: bool) -> Result<OperatorKind> {
        let mut kind = ParseKind::Simple;
        let mut flags = None;
        if self.is_word("kind") && self.is_at(1, Punct::Assign) {
            self.bump();
            self.bump();
            kind = match self.word() {
                Some("simple") => ParseKind::Simple,
                Some("relaxed") => ParseKind::Relaxed,
                Some("regex") => ParseKind::Regex,
                _ => return Err(self.unexpected("simple, relaxed or regex")),
            };
            self.bump();
            if self.is_word("flags") && self.is_at(1, Punct::Assign) {
                self.bump();
                self.bump();
                flags = Some(match self.tok() {
                    Tok::Str(_) => self.string()?.0,
                    _ => self.ident("regular expression flags, such as Ui")?.name,
                });
            }
        }
        let expr = self.expr()?;
        self.expect_word("with")?;
        let mut pattern = Vec::new();
        while !self.at_operator_end() {
            pattern.push(self.parse_part()?);
        }
        if pattern.is_empty() {
            return Err(self.unexpected("a pattern: text in quotes, columns and `*`"));
        }
        Ok(OperatorKind::Parse { kind, flags, expr, pattern, filter })
    }

    fn parse_part(&mut self) -> Result<ParsePart> {
        match self.tok() {
            Tok::Punct(Punct::Star) => {
                self.bump();
                Ok(ParsePart::Skip)
            }
            Tok::Str(_) => {
                let (text, span) = self.string()?;
                Ok(ParsePart::Text(text, span))
            }
            _ => {
                let name = self.ident("text in quotes, a column or `*`")?;
                let ty = if self.eat(Punct::Colon) { Some(self.scalar_type()?) } else { None };
                Ok(ParsePart::Capture(name, ty))
            }
        }
    }

    /// `expr as (key: type, …) with (pair_delimiter = …, …)`.
    pub(super) fn parse_kv(&mut self) -> Result<OperatorKind> {
        let expr = self.expr()?;
        self.expect_word("as")?;
        let schema = self.schema()?;
        if schema.star {
            return Err(Error::new(ErrorKind::Syntax, schema.span, "parse-kv needs the names and types of its keys"));
        }
        let params = if self.eat_word("with") { self.properties()? } else { Vec::new() };
        Ok(OperatorKind::ParseKv { expr, columns: schema.columns, params })
    }

    /// `[kind = …] [in (tables)] predicate`.
    pub(super) fn search(&mut self) -> Result<OperatorKind> {
        let params = self.op_params(&["kind", "datascope", "withsource"])?;
        let tables = self.in_tables()?;
        let predicate = self.search_predicate()?;
        Ok(OperatorKind::Search { params, tables, predicate })
    }

    fn search_predicate(&mut self) -> Result<crate::ast::Expr> {
        let before = std::mem::replace(&mut self.in_search, true);
        let predicate = self.expr();
        self.in_search = before;
        predicate
    }

    /// `[withsource = c] [in (tables)] [where] predicate [project …]`.
    pub(super) fn find(&mut self) -> Result<OperatorKind> {
        let params = self.op_params(&["withsource", "with_source", "datascope"])?;
        let tables = self.in_tables()?;
        let where_written = self.eat_word("where");
        if !where_written && !tables.is_empty() {
            return Err(self.unexpected("`where` and a condition"));
        }
        let predicate = self.search_predicate()?;
        let mut project = None;
        let mut pack = false;
        let (word, length) = self.operator_name_at(0);
        let project_smart = word == "project-smart";
        match word.as_str() {
            "project-smart" => {
                for _ in 0..length {
                    self.bump();
                }
            }
            "project" => {
                self.bump();
                let mut columns = Vec::new();
                loop {
                    if matches!(self.word(), Some("pack" | "pack_all")) && self.is_at(1, Punct::OpenParen) {
                        self.bump();
                        self.bump();
                        self.eat(Punct::Star);
                        self.expect(Punct::CloseParen, "`)`")?;
                        pack = true;
                    } else {
                        let name = self.ident("a column")?;
                        let ty = if self.eat(Punct::Colon) { Some(self.scalar_type()?) } else { None };
                        columns.push((name, ty));
                    }
                    if !self.eat(Punct::Comma) {
                        break;
                    }
                }
                project = Some(columns);
            }
            "project-away" => {
                return Err(Error::new(ErrorKind::Unsupported, self.span(), "`find … project-away` is not supported")
                    .with_help("list the columns to keep with project"));
            }
            _ => {}
        }
        Ok(OperatorKind::Find { params, tables, predicate, project, project_smart, pack })
    }
}
