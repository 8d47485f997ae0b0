//! Statements: `let`, `declare`, `set`, and what the engine refuses.

use super::{Parser, Punct, Result, Tok};
use crate::ast::{Ident, LetValue, Param, ParamType, PatternRow, Schema, Statement};
use crate::{Error, ErrorKind, KqlType};

impl Parser<'_> {
    /// One statement, without its `;`.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        let start = self.span();
        let next_is_name = self.name_length(1) > 0;
        match self.word() {
            Some("let") if next_is_name => {
                self.bump();
                let name = self.ident("a name")?;
                self.expect(Punct::Assign, "`=` after the name")?;
                Ok(Statement::Let { name, value: self.let_value()? })
            }
            Some("set") if next_is_name => {
                self.bump();
                let name = self.ident("the name of an option")?;
                let value = if self.eat(Punct::Assign) { Some(self.param_value()?) } else { None };
                Ok(Statement::Set { name, value })
            }
            Some("declare") if self.word_at(1) == Some("query_parameters") => {
                self.bump();
                self.bump();
                Ok(Statement::QueryParameters(self.params()?))
            }
            Some("declare") if self.word_at(1) == Some("pattern") => {
                self.bump();
                self.bump();
                self.pattern()
            }
            Some("alias") if self.word_at(1) == Some("database") => self.refused("alias database"),
            Some("restrict") if self.word_at(1) == Some("access") => self.refused("restrict access"),
            Some(word)
                if word.eq_ignore_ascii_case("select")
                    && matches!(self.tok_at(1), Tok::Ident | Tok::Punct(Punct::Star)) =>
            {
                Err(Error::new(ErrorKind::Syntax, start, "this is SQL, not KQL")
                    .with_help("the table stands first: T | where condition | project column, column | take 10"))
            }
            None if self.is(Punct::Dot) => {
                let text: String = self.text[start.start..].split_whitespace().take(2).collect::<Vec<_>>().join(" ");
                while self.tok() != &Tok::End {
                    self.bump();
                }
                Ok(Statement::Unsupported { what: format!("the control command `{text}`"), span: start })
            }
            _ => Ok(Statement::Expr(self.statement_pipeline()?)),
        }
    }

    /// Skips to the end of a statement that the engine does not have.
    fn refused(&mut self, what: &str) -> Result<Statement> {
        let start = self.span();
        self.skip_balanced(false)?;
        Ok(Statement::Unsupported { what: format!("`{what}`"), span: self.since(start) })
    }

    /// Skips tokens up to `;`, a closing bracket of around, or (if `pipes`) a `|`.
    pub(super) fn skip_balanced(&mut self, pipes: bool) -> Result<()> {
        let mut open = 0_usize;
        loop {
            match self.tok() {
                Tok::End => return Ok(()),
                Tok::Error(_) => return Err(self.unexpected("more of the query")),
                Tok::Punct(Punct::OpenParen | Punct::OpenBracket | Punct::OpenBrace) => open += 1,
                Tok::Punct(Punct::CloseParen | Punct::CloseBracket | Punct::CloseBrace) => {
                    if open == 0 {
                        return Ok(());
                    }
                    open -= 1;
                }
                Tok::Punct(Punct::Semicolon) if open == 0 => return Ok(()),
                Tok::Punct(Punct::Pipe) if open == 0 && pipes => return Ok(()),
                _ => {}
            }
            self.bump();
        }
    }

    /// The rest of `declare pattern`.
    fn pattern(&mut self) -> Result<Statement> {
        let name = self.ident("the name of a pattern")?;
        let mut rows = Vec::new();
        if !self.eat(Punct::Assign) {
            return Ok(Statement::Pattern { name, rows });
        }
        let params = self.params()?;
        for param in &params {
            all_text(&param.name, &param.ty)?;
        }
        let has_path = self.eat(Punct::OpenBracket);
        if has_path {
            let path = self.ident("the name of the path")?;
            self.expect(Punct::Colon, "`:` and the type of the path")?;
            all_text(&path, &ParamType::Scalar(self.scalar_type()?))?;
            self.expect(Punct::CloseBracket, "`]` after the path")?;
        }
        let open = self.expect(Punct::OpenBrace, "`{` and what the pattern maps")?;
        while !self.eat(Punct::CloseBrace) {
            if self.tok() == &Tok::End {
                return Err(Error::new(ErrorKind::Syntax, open, "this brace is never closed"));
            }
            rows.push(self.pattern_row(params.len(), has_path)?);
            if !self.eat(Punct::Semicolon) && !self.is(Punct::CloseBrace) {
                return Err(self.unexpected("`;` or `}`"));
            }
        }
        Ok(Statement::Pattern { name, rows })
    }

    /// `('a', 'b').['path'] = { … }`
    fn pattern_row(&mut self, params: usize, has_path: bool) -> Result<PatternRow> {
        let start = self.expect(Punct::OpenParen, "`(` and the arguments that are mapped")?;
        let mut arguments = Vec::new();
        while !self.is(Punct::CloseParen) {
            arguments.push(self.pattern_text()?);
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect(Punct::CloseParen, "`,` or `)` after an argument")?;
        let path = if self.eat(Punct::Dot) {
            self.expect(Punct::OpenBracket, "`[` and the path in quotes")?;
            let path = self.pattern_text()?;
            self.expect(Punct::CloseBracket, "`]` after the path")?;
            Some(path)
        } else {
            None
        };
        let span = self.since(start);
        if arguments.len() != params || path.is_some() != has_path {
            let path = if has_path { " and a path" } else { " and no path" };
            return Err(Error::new(
                ErrorKind::Syntax,
                span,
                format!("the pattern is declared with {params} arguments{path}"),
            ));
        }
        self.expect(Punct::Assign, "`=` and a body in braces")?;
        let body = self.nested(Self::body)?;
        Ok(PatternRow { arguments, path, body, span })
    }

    fn pattern_text(&mut self) -> Result<String> {
        match self.tok() {
            Tok::Str(text) => {
                let text = text.clone();
                self.bump();
                Ok(text)
            }
            _ => Err(self.unexpected("a text in quotes")),
        }
    }

    fn let_value(&mut self) -> Result<LetValue> {
        let view = self.is_word("view") && self.is_at(1, Punct::OpenParen);
        if !self.at_function(usize::from(view)) {
            return Ok(LetValue::Expr(self.statement_pipeline()?));
        }
        if view {
            self.bump();
        }
        let params = self.params()?;
        let body = self.nested(Self::body)?;
        Ok(LetValue::Function { params, body, view })
    }

    /// Whether `() {` or `(name: …` is at `ahead`.
    fn at_function(&self, ahead: usize) -> bool {
        if !self.is_at(ahead, Punct::OpenParen) {
            return false;
        }
        if self.is_at(ahead + 1, Punct::CloseParen) {
            return true;
        }
        let name = self.name_length(ahead + 1);
        name > 0 && self.is_at(ahead + 1 + name, Punct::Colon)
    }

    /// `{ statement; statement; expression }`.
    fn body(&mut self) -> Result<Vec<Statement>> {
        let open = self.expect(Punct::OpenBrace, "`{` and the body of the function")?;
        let mut body = Vec::new();
        loop {
            while self.eat(Punct::Semicolon) {}
            if self.eat(Punct::CloseBrace) {
                return Ok(body);
            }
            if self.tok() == &Tok::End {
                return Err(Error::new(ErrorKind::Syntax, open, "this brace is never closed"));
            }
            body.push(self.statement()?);
            if !self.is(Punct::Semicolon) && !self.is(Punct::CloseBrace) {
                return Err(self.unexpected("`|`, `;` or `}`"));
            }
        }
    }

    /// `(a: long, T: (x: string), b: int = 3)`.
    pub(super) fn params(&mut self) -> Result<Vec<Param>> {
        self.expect(Punct::OpenParen, "`(` and parameters: (name: type, …)")?;
        let mut params = Vec::new();
        while !self.is(Punct::CloseParen) {
            let name = self.ident("the name of a parameter")?;
            self.expect(Punct::Colon, "`:` and the type of the parameter")?;
            let ty = if self.is(Punct::OpenParen) {
                match self.schema()? {
                    Schema { star: true, columns, .. } if columns.is_empty() => ParamType::AnyTable,
                    schema => ParamType::Table(schema.columns),
                }
            } else {
                ParamType::Scalar(self.scalar_type()?)
            };
            let default = if self.eat(Punct::Assign) { Some(self.unary()?) } else { None };
            params.push(Param { name, ty, default });
            if !self.eat(Punct::Comma) {
                break;
            }
        }
        self.expect(Punct::CloseParen, "`,` or `)` after a parameter")?;
        Ok(params)
    }
}

/// Patterns map text only.
fn all_text(name: &Ident, ty: &ParamType) -> Result<()> {
    match ty {
        ParamType::Scalar(KqlType::String) => Ok(()),
        _ => Err(Error::new(ErrorKind::Type, name.span, format!("`{}` of a pattern has to be a string", name.name))),
    }
}
