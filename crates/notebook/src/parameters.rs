//! Setting a notebook's parameters from outside, by papermill's convention: a code cell tagged `parameters` holds the defaults; the
//! values for a run go into a new cell after it, tagged `injected-parameters`.
//!
//! A default is `let name = literal;`. A value is taken as the same kind of literal, and escaped: it cannot become code.

use nbformat::v4::Cell;

use crate::document::{code_cell, has_tag, source};
use crate::rust_tokens::{Kind, Token, tokens};
use crate::{Document, Error};

/// The tag of the cell with the defaults.
pub const PARAMETERS: &str = "parameters";

/// The tag of the cell that a run adds.
pub const INJECTED: &str = "injected-parameters";

/// What a parameter's default is, and so what a value from outside has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A text, `"alice"`.
    Text,
    /// A whole number, `7`.
    Integer,
    /// A number with a fraction, `0.5`.
    Float,
    /// `true` or `false`.
    Bool,
    /// Something else, which only the notebook itself can set.
    Expression,
}

/// A parameter that a notebook declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Type,
    /// Its default, as the notebook writes it.
    pub default: String,
    /// `: Type`, where the notebook gives one.
    annotation: String,
    /// Whether it is `let mut`.
    mutable: bool,
}

/// The parameters of a notebook: none where it has no cell tagged `parameters`.
pub fn parameters(document: &Document) -> Vec<Parameter> {
    document
        .notebook
        .cells
        .iter()
        .filter(|cell| matches!(cell, Cell::Code { .. }) && has_tag(cell, PARAMETERS))
        .flat_map(|cell| declared(&source(cell)))
        .collect()
}

/// The `let` statements of a cell's code.
fn declared(code: &str) -> Vec<Parameter> {
    let pieces: Vec<Token<'_>> = tokens(code)
        .into_iter()
        .filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment | Kind::Command))
        .collect();
    pieces.split(|token| token.text == ";").filter_map(statement).collect()
}

fn statement(pieces: &[Token<'_>]) -> Option<Parameter> {
    let [first, rest @ ..] = pieces else {
        return None;
    };
    let (mutable, rest) = match rest {
        [word, rest @ ..] if word.text == "mut" => (true, rest),
        rest => (false, rest),
    };
    let [name, rest @ ..] = rest else { return None };
    if first.text != "let" || name.kind != Kind::Word {
        return None;
    }
    let equals = rest.iter().position(|token| token.text == "=")?;
    let (annotation, value) = (&rest[..equals], &rest[equals + 1..]);
    let text = |pieces: &[Token<'_>]| pieces.iter().map(|token| token.text).collect::<String>();
    Some(Parameter {
        name: name.text.to_owned(),
        kind: kind_of(value),
        default: text(value),
        annotation: text(annotation),
        mutable,
    })
}

fn kind_of(value: &[Token<'_>]) -> Type {
    match value {
        [one] if one.kind == Kind::Text && !one.text.starts_with(['b', 'c', '\'']) => Type::Text,
        [one] if one.text == "true" || one.text == "false" => Type::Bool,
        [number] | [Token { text: "-", .. }, number] if number.kind == Kind::Number => {
            let float = number.text.contains('.') || number.text.ends_with("f64") || number.text.ends_with("f32");
            if float { Type::Float } else { Type::Integer }
        }
        _ => Type::Expression,
    }
}

impl Parameter {
    /// The statement that sets this parameter to `value`.
    fn set_to(&self, value: &str) -> Result<String, Error> {
        let wrong = |wanted: &str| {
            Error::Parameter(format!(
                "parameter `{}` is {wanted} (its default is {}), and `{value}` is not",
                self.name, self.default
            ))
        };
        let suffix = || {
            let digits = self.default.trim_start_matches('-');
            let at = digits.find(['i', 'u', 'f']);
            at.filter(|_| !digits.starts_with("0x")).map_or("", |at| &digits[at..])
        };
        let literal = match self.kind {
            Type::Text => format!("{value:?}"),
            Type::Bool => match value.to_ascii_lowercase().as_str() {
                "true" => "true".to_owned(),
                "false" => "false".to_owned(),
                _ => return Err(wrong("true or false")),
            },
            Type::Integer => {
                let number: i128 = value.trim().parse().map_err(|_| wrong("a whole number"))?;
                format!("{number}{}", suffix())
            }
            Type::Float => {
                let number: f64 = value.trim().parse().map_err(|_| wrong("a number"))?;
                if !number.is_finite() {
                    return Err(wrong("a number"));
                }
                format!("{number:?}{}", suffix())
            }
            Type::Expression => {
                return Err(Error::Parameter(format!(
                    "parameter `{}` cannot be set from outside: its default, {}, is neither a text, a number nor true or false. \
                     Edit the notebook's cell instead",
                    self.name, self.default
                )));
            }
        };
        let mutable = if self.mutable { "mut " } else { "" };
        let annotation = match self.annotation.strip_prefix(':') {
            Some(named) => format!(": {named}"),
            None => String::new(),
        };
        Ok(format!("let {mutable}{}{annotation} = {literal};", self.name))
    }
}

/// Sets parameters: adds the cell `injected-parameters` after the last cell `parameters`, in place of one from an earlier run.
///
/// # Errors
/// [`Error::Parameter`] for an unknown name (it lists the known ones), a name given twice, or a value of another type.
pub fn inject(document: &mut Document, values: &[(String, String)]) -> Result<(), Error> {
    document.notebook.cells.retain(|cell| !has_tag(cell, INJECTED));
    if values.is_empty() {
        return Ok(());
    }
    let known = parameters(document);
    let place = document
        .notebook
        .cells
        .iter()
        .rposition(|cell| matches!(cell, Cell::Code { .. }) && has_tag(cell, PARAMETERS))
        .ok_or_else(|| {
            Error::Parameter(
                "the notebook has no parameters: none of its code cells has the tag `parameters`".to_owned(),
            )
        })?;
    let mut lines = vec!["// Set for this run.".to_owned()];
    for (at, (name, value)) in values.iter().enumerate() {
        if values[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Error::Parameter(format!("parameter `{name}` is given twice")));
        }
        let parameter = known.iter().rfind(|known| known.name == *name).ok_or_else(|| unknown(name, &known))?;
        lines.push(parameter.set_to(value)?);
    }
    document.notebook.cells.insert(place + 1, code_cell(&lines.join("\n"), &[INJECTED]));
    Ok(())
}

fn unknown(name: &str, known: &[Parameter]) -> Error {
    let list: Vec<String> =
        known.iter().map(|parameter| format!("{} = {}", parameter.name, parameter.default)).collect();
    Error::Parameter(format!("the notebook has no parameter `{name}`. It has: {}", list.join(", ")))
}

/// Splits `name=value`, as given on a command line.
///
/// # Errors
/// A sentence for people.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not of the form name=value")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    const CELL: &str = "// parameters\nlet ws_name = \"Demo\"; // a \"name\"; here\nlet days: i64 = 2;\n\
        let limit = 1_000u32;\nlet ratio = -0.5;\nlet mut quick = false;\nlet now = Time::now();\nlet raw = r#\"a;b\"#;";

    fn document() -> Document {
        let mut document = Document::parse(r#"{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[]}"#).unwrap();
        document.notebook.cells = vec![code_cell("1", &[]), code_cell(CELL, &[PARAMETERS]), code_cell("2", &[])];
        document
    }

    fn injected(values: &[(&str, &str)]) -> Result<String, String> {
        let mut document = document();
        let values: Vec<_> = values.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        inject(&mut document, &values).map_err(|error| error.to_string())?;
        assert_eq!(document.notebook.cells.len(), 4);
        Ok(source(&document.notebook.cells[2]))
    }

    #[test]
    fn declarations_are_found() {
        let found: Vec<_> = parameters(&document())
            .into_iter()
            .map(|parameter| (parameter.name, parameter.kind, parameter.default))
            .collect();
        let expected = [
            ("ws_name", Type::Text, "\"Demo\""),
            ("days", Type::Integer, "2"),
            ("limit", Type::Integer, "1_000u32"),
            ("ratio", Type::Float, "-0.5"),
            ("quick", Type::Bool, "false"),
            ("now", Type::Expression, "Time::now()"),
            ("raw", Type::Text, "r#\"a;b\"#"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(a, b, c)| (a.to_owned(), b, c.to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_become_literals_of_the_same_kind() {
        assert_eq!(
            injected(&[("ws_name", "a\"; b\\\n"), ("days", " 14 "), ("limit", "7"), ("ratio", "2"), ("quick", "True")])
                .unwrap(),
            "// Set for this run.\nlet ws_name = \"a\\\"; b\\\\\\n\";\nlet days: i64 = 14;\nlet limit = 7u32;\nlet ratio = 2.0;\nlet mut quick = true;"
        );
    }

    #[test]
    fn wrong_names_and_values_are_errors_that_help() {
        let unknown = injected(&[("account", "x")]).unwrap_err();
        assert!(unknown.contains("no parameter `account`") && unknown.contains("ws_name = \"Demo\""), "{unknown}");
        assert!(injected(&[("days", "many")]).unwrap_err().contains("a whole number"));
        assert!(injected(&[("ratio", "nan")]).unwrap_err().contains("a number"));
        assert!(injected(&[("quick", "1")]).unwrap_err().contains("true or false"));
        assert!(injected(&[("now", "x")]).unwrap_err().contains("Time::now()"));
        assert!(injected(&[("days", "1"), ("days", "2")]).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_second_run_replaces_the_cell_of_the_first() {
        let mut document = document();
        for value in ["1", "2"] {
            inject(&mut document, &[("days".to_owned(), value.to_owned())]).unwrap();
        }
        assert_eq!(document.notebook.cells.len(), 4);
        assert!(source(&document.notebook.cells[2]).contains("= 2;"));
        inject(&mut document, &[]).unwrap();
        assert_eq!(document.notebook.cells.len(), 3);
    }

    #[test]
    fn a_notebook_without_parameters_says_so() {
        let mut document = document();
        document.notebook.cells.remove(1);
        let error = inject(&mut document, &[("a".to_owned(), "b".to_owned())]).unwrap_err();
        assert!(error.to_string().contains("tag `parameters`"));
    }

    #[test]
    fn assignments() {
        assert_eq!(assignment("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        assert!(assignment("a").is_err() && assignment("=a").is_err());
    }

    proptest! {
        /// Whatever a text value holds, it stays one literal in one statement.
        #[test]
        fn a_value_never_becomes_code(value in any::<String>()) {
            let code = injected(&[("ws_name", &value)]).unwrap();
            let pieces: Vec<_> = tokens(&code)
                .into_iter()
                .filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment))
                .map(|token| token.kind)
                .collect();
            prop_assert_eq!(pieces, [Kind::Keyword, Kind::Word, Kind::Other, Kind::Text, Kind::Other]);
        }
    }
}
