//! The inside of `dynamic(…)`: JSON, whose values may also be KQL literals such as `datetime(…)` and `1d`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/dynamic>

use serde_json::{Map, Number, Value as Json};

use super::{Lexer, Punct, Tok, Token};
use crate::time::{format_datetime, format_timespan};
use crate::{Error, ErrorKind, Span, Value};

/// Values nested deeper are refused.
const MAX_DEPTH: u32 = 128;

impl Lexer<'_> {
    /// The value up to and with the closing parenthesis, whose opening one was read. JSON null is `None`.
    pub(super) fn dynamic_body(&mut self, name: Span) -> Result<Option<Json>, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep(name));
        }
        let first = self.next()?;
        if first.tok == Tok::Punct(Punct::CloseParen) {
            return Err(Error::new(ErrorKind::Syntax, name.to(first.span), "dynamic() is empty")
                .with_help("write dynamic(null)"));
        }
        let (value, next) = self.json(first)?;
        if next.tok != Tok::Punct(Punct::CloseParen) {
            return Err(self.unexpected(&next, "a closing parenthesis after the value of dynamic(…)"));
        }
        self.depth -= 1;
        Ok((value != Json::Null).then_some(value))
    }

    fn unexpected(&self, token: &Token, wanted: &str) -> Error {
        let found = match token.tok {
            Tok::End => "the end of the text".to_owned(),
            _ => format!("`{}`", self.text[token.span.start..token.span.end].chars().take(40).collect::<String>()),
        };
        Error::new(ErrorKind::Syntax, token.span, format!("expected {wanted}, found {found}"))
    }

    /// The value that starts with `token`, and the token after it.
    fn json(&mut self, token: Token) -> Result<(Json, Token), Error> {
        let value = match token.tok {
            Tok::Punct(Punct::OpenBracket) => self.nested(token.span, Self::array)?,
            Tok::Punct(Punct::OpenBrace) => self.nested(token.span, Self::object)?,
            Tok::Str(text) => {
                let (text, next) = self.concatenated(text)?;
                return Ok((Json::String(text), next));
            }
            Tok::Literal(value) => self.literal(value, token.span),
            Tok::Punct(Punct::Minus) => {
                let number = self.next()?;
                match number.tok {
                    Tok::Literal(Value::Long(_) | Value::Real(_)) | Tok::LongMin => {
                        let text = format!("-{}", &self.text[number.span.start..number.span.end]);
                        match (text.parse::<Number>(), &number.tok) {
                            (Ok(number), _) => Json::Number(number),
                            (Err(_), Tok::Literal(Value::Long(n))) => Json::from(n.wrapping_neg()),
                            (Err(_), Tok::Literal(Value::Real(n))) => Json::from(-n),
                            _ => Json::from(i64::MIN),
                        }
                    }
                    Tok::Literal(Value::TimeSpan(ticks)) => Json::String(format_timespan(ticks.saturating_neg())),
                    _ => return Err(self.unexpected(&number, "a number")),
                }
            }
            Tok::Ident => match &self.text[token.span.start..token.span.end] {
                "null" => Json::Null,
                "true" | "True" | "TRUE" => Json::Bool(true),
                "false" | "False" | "FALSE" => Json::Bool(false),
                _ => {
                    return Err(self.unexpected(&token, "a JSON value").with_help(
                        "dynamic(…) takes constants; build a value from columns with pack_array(…) or bag_pack(…)",
                    ));
                }
            },
            Tok::LongMin => Json::from(9_223_372_036_854_775_808_u64),
            _ => return Err(self.unexpected(&token, "a JSON value")),
        };
        Ok((value, self.next()?))
    }

    fn nested(&mut self, at: Span, read: fn(&mut Self) -> Result<Json, Error>) -> Result<Json, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn concatenated(&mut self, mut text: String) -> Result<(String, Token), Error> {
        loop {
            let next = self.next()?;
            match next.tok {
                Tok::Str(more) => text.push_str(&more),
                _ => return Ok((text, next)),
            }
        }
    }

    fn array(&mut self) -> Result<Json, Error> {
        let mut items = Vec::new();
        let mut token = self.next()?;
        loop {
            if token.tok == Tok::Punct(Punct::CloseBracket) {
                return Ok(Json::Array(items));
            }
            let (item, next) = self.json(token)?;
            items.push(item);
            token = match next.tok {
                Tok::Punct(Punct::Comma) => self.next()?,
                Tok::Punct(Punct::CloseBracket) => next,
                _ => return Err(self.unexpected(&next, "a comma or `]`")),
            };
        }
    }

    fn object(&mut self) -> Result<Json, Error> {
        let mut items = Map::new();
        let mut token = self.next()?;
        loop {
            let key = match token.tok {
                Tok::Punct(Punct::CloseBrace) => return Ok(Json::Object(items)),
                Tok::Str(text) => text,
                _ => return Err(self.unexpected(&token, "a property name in quotes")),
            };
            let (key, colon) = self.concatenated(key)?;
            if colon.tok != Tok::Punct(Punct::Colon) {
                return Err(self.unexpected(&colon, "a colon"));
            }
            let first = self.next()?;
            let (value, next) = self.json(first)?;
            items.insert(key, value);
            token = match next.tok {
                Tok::Punct(Punct::Comma) => self.next()?,
                Tok::Punct(Punct::CloseBrace) => next,
                _ => return Err(self.unexpected(&next, "a comma or `}`")),
            };
        }
    }

    /// A KQL literal as JSON: numbers keep their text, times become text.
    fn literal(&self, value: Value, span: Span) -> Json {
        let number = || self.text[span.start..span.end].parse::<Number>().ok();
        match value {
            Value::Null(_) => Json::Null,
            Value::Bool(b) => Json::Bool(b),
            Value::Int(n) => Json::from(n),
            Value::Long(n) => number().map_or_else(|| Json::from(n), Json::Number),
            Value::Real(n) => match number().or_else(|| Number::from_f64(n)) {
                Some(number) => Json::Number(number),
                None => Json::String(
                    if n.is_nan() {
                        "NaN"
                    } else if n > 0.0 {
                        "Infinity"
                    } else {
                        "-Infinity"
                    }
                    .to_owned(),
                ),
            },
            Value::Decimal(text) => text.parse::<Number>().map_or(Json::String(text), Json::Number),
            Value::DateTime(ticks) => Json::String(format_datetime(ticks)),
            Value::TimeSpan(ticks) => Json::String(format_timespan(ticks)),
            Value::String(text) | Value::Guid(text) => Json::String(text),
            Value::Dynamic(json) => json,
        }
    }
}

fn too_deep(span: Span) -> Error {
    Error::new(ErrorKind::Limit, span, format!("a dynamic value is nested more than {MAX_DEPTH} levels deep"))
        .with_help("parse such a value from a column with parse_json(…)")
}
