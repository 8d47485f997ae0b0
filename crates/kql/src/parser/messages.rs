//! What to say about a token that does not fit.

use super::names::{OPERATORS, nearest_operator};
use super::{Parser, Punct, Tok};
use crate::{Error, ErrorKind, Span};

impl Parser<'_> {
    /// The error for the token here, where `wanted` should be.
    pub(super) fn unexpected(&self, wanted: &str) -> Error {
        if let Tok::Error(error) = self.tok() {
            return (**error).clone();
        }
        let span = self.span();
        let message = format!("expected {wanted}, found {}", self.found());
        let error = Error::new(ErrorKind::Syntax, span, message);
        match self.hint() {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    fn found(&self) -> String {
        match self.tok() {
            Tok::End => "the end of the query".to_owned(),
            _ => {
                let text = self.text_at(0);
                let short: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
                if short.len() < text.len() { format!("`{short}…`") } else { format!("`{short}`") }
            }
        }
    }

    /// Help for mistakes that people make who come from other languages.
    fn hint(&self) -> Option<String> {
        let help = match self.tok() {
            Tok::Punct(Punct::AndAnd) => "`&&` is written `and`",
            Tok::Punct(Punct::OrOr) => "`||` is written `or`",
            Tok::Punct(Punct::Assign) => "`=` gives a name; compare with `==`, or with `=~` to ignore case",
            Tok::Punct(Punct::Bang) => "negate with not(…), or with `!=`, `!has`, `!contains`, `!in`",
            Tok::Punct(Punct::Pipe) => "what stands before this `|` is not finished, or there is one `|` too many",
            Tok::Punct(Punct::Minus) if self.is_at(1, Punct::Minus) => "a comment starts with //",
            Tok::Punct(Punct::Slash) if self.is_at(1, Punct::Star) => "each line of a comment starts with //",
            Tok::Punct(Punct::Other) if self.text_at(0) == "?" => "`a ? b : c` is written iff(a, b, c)",
            Tok::Punct(Punct::OpenBracket) => "an array is written dynamic([…]), and a name with spaces ['…']",
            Tok::Punct(Punct::OpenBrace) => "an object is written dynamic({…})",
            Tok::Ident => return self.word_hint(),
            Tok::LongMin => "the largest long is 9223372036854775807",
            _ => return None,
        };
        Some(help.to_owned())
    }

    fn word_hint(&self) -> Option<String> {
        let word = self.text_at(0);
        let lower = word.to_ascii_lowercase();
        let previous = self.at.checked_sub(1).map(|last| self.tokens[last].span);
        let previous = previous.map(|span| &self.text[span.start..span.end]);
        if previous == Some("not") {
            return Some("`not` is a function: not(…)".to_owned());
        }
        let (name, _) = self.operator_name_at(0);
        if OPERATORS.contains(&name.as_str()) && previous != Some("|") {
            return Some(format!("a `|` may be missing before `{name}`"));
        }
        match lower.as_str() {
            "like" => Some("use has, contains, startswith or matches regex".to_owned()),
            "is" => Some("test with isnull(…), isnotnull(…), isempty(…) or isnotempty(…)".to_owned()),
            "from" => Some("the table stands first: T | where … | project …".to_owned()),
            "not" => Some("write !in, !has, !contains, or not(…) around the condition".to_owned()),
            _ if lower != word
                && matches!(lower.as_str(), "and" | "or" | "in" | "by" | "on" | "between" | "has" | "contains") =>
            {
                Some(format!("keywords are in lower case: `{lower}`"))
            }
            _ => None,
        }
    }

    /// The error for an operator that does not exist.
    pub(super) fn unknown_operator(&self, name: &str, span: Span) -> Error {
        let error = Error::new(ErrorKind::Syntax, span, format!("there is no operator `{name}`"));
        match nearest_operator(name) {
            Some(nearest) => error.with_help(format!("did you mean `{nearest}`?")),
            None => {
                error.with_help("operators are for example where, extend, project, summarize, join, union, sort, take")
            }
        }
    }
}
