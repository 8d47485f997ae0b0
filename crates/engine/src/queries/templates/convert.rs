//! From a template to KQL with declared parameters.

use std::collections::BTreeMap;

use kql::ast::Statement;
use kql::{KqlType, literal::literal};

use super::pieces::{Piece, expand, pieces};
use super::{Declared, TemplateParam, declared};

/// A template as KQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// `declare query_parameters(…);` and the query.
    pub text: String,
    /// Parameters that are none any more, and the text that stands in their place.
    pub fixed: Vec<(String, String)>,
}

/// Operators whose operands have to be literals, or mean something else when they are none.
const LITERALS_ONLY: [&str; 8] =
    ["search", "find", "parse", "parse-where", "parse-kv", "externaldata", "external_data", "render"];

/// Types whose literals are written `datetime(…)`, and the function that makes one of another value.
const TYPED: [(&str, KqlType, &str); 12] = [
    ("datetime", KqlType::DateTime, "todatetime"),
    ("date", KqlType::DateTime, "todatetime"),
    ("timespan", KqlType::TimeSpan, "totimespan"),
    ("time", KqlType::TimeSpan, "totimespan"),
    ("guid", KqlType::Guid, "toguid"),
    ("long", KqlType::Long, "tolong"),
    ("int", KqlType::Int, "toint"),
    ("real", KqlType::Real, "toreal"),
    ("double", KqlType::Real, "toreal"),
    ("decimal", KqlType::Decimal, "todecimal"),
    ("bool", KqlType::Bool, "tobool"),
    ("dynamic", KqlType::Dynamic, "todynamic"),
];

/// Converts a template.
///
/// # Errors
/// What cannot be converted so that values stay values; a result that is no KQL.
pub fn convert(
    template: &str,
    params: &[TemplateParam],
    macros: &BTreeMap<String, String>,
) -> Result<Converted, String> {
    let pieces = pieces(&expand(template, macros)?)?;
    for piece in &pieces {
        if let Piece::Param(name) = piece
            && !params.iter().any(|param| param.name == *name)
        {
            return Err(format!(
                "{{{name}}} is no parameter of this query: it is neither in parameters nor in defaults"
            ));
        }
    }
    let used: Vec<&TemplateParam> =
        params.iter().filter(|param| pieces.contains(&Piece::Param(param.name.clone()))).collect();
    let bare = bare(&pieces);
    let mut kinds: BTreeMap<&str, Declared> = BTreeMap::new();
    for param in &used {
        kinds.insert(&param.name, declared(param, bare.contains(&param.name))?);
    }
    // What is fixed is text of the file: it is there before anything is looked at.
    let mut fixed = Vec::new();
    let mut whole: Vec<Piece> = Vec::new();
    for piece in pieces {
        let piece = match piece {
            Piece::Param(name) => match kinds.get(name.as_str()) {
                Some(Declared::Fixed(text)) => {
                    if !fixed.iter().any(|(other, _)| *other == name) {
                        fixed.push((name, text.clone()));
                    }
                    Piece::Text(text.clone())
                }
                _ => Piece::Param(name),
            },
            text @ Piece::Text(_) => text,
        };
        match (whole.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => whole.push(piece),
        }
    }
    let words = words(&whole);
    let mut names = BTreeMap::new();
    let mut declarations = Vec::new();
    let mut lets = String::new();
    for param in &used {
        let Some(Declared::As(ty, default)) = kinds.get(param.name.as_str()) else { continue };
        let default = default.as_ref().map_or_else(String::new, |value| format!(" = {}", literal(value)));
        declarations.push(format!("{}: {ty}{default}", param.name));
        // Where the query has the same name for something else, a column perhaps, that would be meant.
        let mut name = param.name.clone();
        if words.contains(&name) {
            while words.contains(&name) || used.iter().any(|other| other.name == name) {
                name.insert_str(0, "param_");
            }
            lets.push_str(&format!("let {name} = {};\n", param.name));
        }
        names.insert(param.name.clone(), (name, *ty));
    }
    let body = Writer { names: &names, out: String::new(), word: String::new(), stage: String::new() }.write(&whole)?;
    if body.trim().starts_with('|') {
        return Err("it starts with a `|`: the table before it is missing".to_owned());
    }
    let declare = if declarations.is_empty() {
        String::new()
    } else {
        format!("declare query_parameters({});\n", declarations.join(", "))
    };
    let text = format!("{declare}{lets}{}", body.trim());
    let script = kql::parse(&text).map_err(|error| format!("it is no KQL: {}", error.render(&text)))?;
    for statement in &script.statements {
        if let Statement::Let { name, .. } = statement
            && names.contains_key(&name.name)
        {
            return Err(format!(
                "it has a variable and a parameter of the same name, {}: rename one of them",
                name.name
            ));
        }
    }
    Ok(Converted { text, fixed })
}

/// Parameters that stand outside of quotes, and in no `datetime(…)`.
fn bare(pieces: &[Piece]) -> Vec<String> {
    let mut scan = Scan::default();
    let mut found = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => text.chars().for_each(|c| scan.step(c)),
            Piece::Param(name) => {
                let typed = typed(&scan.code).is_some() && closes(pieces.get(i + 1));
                if scan.state == State::Code && !typed {
                    found.push(name.clone());
                }
                scan.code.push('x');
            }
        }
    }
    found
}

/// The words of the query that are in no string and no comment.
fn words(pieces: &[Piece]) -> Vec<String> {
    let mut scan = Scan::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => text.chars().for_each(|c| scan.step(c)),
            Piece::Param(_) => scan.code.push(' '),
        }
    }
    scan.code.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
}

/// The type whose literal starts at the end of this code: `… >= datetime(`.
fn typed(code: &str) -> Option<(usize, KqlType, &'static str)> {
    let before = code.trim_end().strip_suffix('(')?.trim_end();
    let start = before
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = before[start..].to_ascii_lowercase();
    TYPED.iter().find(|(name, ..)| *name == word).map(|(_, ty, function)| (start, *ty, *function))
}

/// Whether the next piece starts with `)`.
fn closes(next: Option<&Piece>) -> bool {
    matches!(next, Some(Piece::Text(text)) if text.trim_start().starts_with(')'))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Code,
    Comment,
    /// In a string: its quote, and whether a backslash is itself.
    Quoted(char, bool),
    /// In a string of several lines: ``` or ~~~.
    Fenced(char),
}

/// Walks over KQL, and knows what is code.
#[derive(Debug, Default)]
struct Scan {
    state: State,
    /// The code, strings and comments left out.
    code: String,
    /// The last characters.
    last: [char; 2],
    escaped: bool,
}

impl Scan {
    fn step(&mut self, c: char) {
        match self.state {
            State::Code => match c {
                '\'' | '"' => {
                    let verbatim = self.last[1] == '@';
                    self.state = State::Quoted(c, verbatim);
                }
                '/' if self.last[1] == '/' => self.state = State::Comment,
                '`' | '~' if self.last == [c, c] => self.state = State::Fenced(c),
                _ => self.code.push(c),
            },
            State::Comment => {
                if c == '\n' {
                    self.state = State::Code;
                    self.code.push('\n');
                }
            }
            State::Quoted(quote, verbatim) => {
                if self.escaped {
                    self.escaped = false;
                } else if c == '\\' && !verbatim {
                    self.escaped = true;
                } else if c == quote || c == '\n' {
                    self.state = State::Code;
                }
            }
            State::Fenced(fence) => {
                if c == fence && self.last == [fence, fence] {
                    self.state = State::Code;
                    self.last = ['\0'; 2];
                    return;
                }
            }
        }
        self.last = [self.last[1], c];
    }
}

/// Writes the query, parameters in their new form.
struct Writer<'a> {
    names: &'a BTreeMap<String, (String, KqlType)>,
    out: String,
    /// The word that is being read.
    word: String,
    /// An operator that takes only literals, since the last `|` or `;`.
    stage: String,
}

impl Writer<'_> {
    fn write(mut self, pieces: &[Piece]) -> Result<String, String> {
        let mut scan = Scan::default();
        // Where the string started that we are in, and its parts so far.
        let mut string: Option<(usize, Vec<Piece>)> = None;
        let mut skip_close = false;
        for (i, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    for c in text.chars() {
                        if skip_close {
                            // Of `datetime({start})` nothing but the parameter is left.
                            skip_close = c != ')';
                            continue;
                        }
                        let before = scan.state;
                        scan.step(c);
                        self.follow(c, before);
                        match (before, scan.state) {
                            (State::Code, State::Quoted(..) | State::Fenced(_)) => {
                                self.out.push(c);
                                string = Some((self.out.len(), vec![Piece::Text(String::new())]));
                            }
                            (State::Quoted(..) | State::Fenced(_), State::Code) => {
                                if c == '\n' {
                                    return Err("a string is not closed in its line".to_owned());
                                }
                                self.out.push(c);
                                if let Some((start, parts)) = string.take() {
                                    self.close(start, parts, before)?;
                                }
                            }
                            _ => {
                                self.out.push(c);
                                if let Some((_, parts)) = &mut string
                                    && let Some(Piece::Text(text)) = parts.last_mut()
                                {
                                    text.push(c);
                                }
                            }
                        }
                    }
                }
                Piece::Param(name) => match scan.state {
                    State::Comment => self.out.push_str(name),
                    State::Code => {
                        self.refuse_literals(name)?;
                        skip_close = self.bare(name, closes(pieces.get(i + 1)))?;
                        scan.last = ['\0', 'x'];
                    }
                    State::Quoted(..) | State::Fenced(_) => {
                        self.refuse_literals(name)?;
                        if scan.escaped {
                            return Err(format!("a backslash stands before {{{name}}}"));
                        }
                        if let Some((_, parts)) = &mut string {
                            parts.push(Piece::Param(name.clone()));
                            parts.push(Piece::Text(String::new()));
                        }
                    }
                },
            }
        }
        if string.is_some() {
            return Err("a string is not closed".to_owned());
        }
        Ok(self.out)
    }

    /// Keeps track of the operator that we are in.
    fn follow(&mut self, c: char, state: State) {
        if state != State::Code {
            return;
        }
        if c.is_alphanumeric() || c == '_' || (c == '-' && !self.word.is_empty()) {
            self.word.push(c);
            return;
        }
        let word = std::mem::take(&mut self.word).to_ascii_lowercase();
        if LITERALS_ONLY.contains(&word.as_str()) {
            self.stage = word;
        }
        if matches!(c, '|' | ';') {
            self.stage.clear();
        }
    }

    fn refuse_literals(&self, name: &str) -> Result<(), String> {
        if self.stage.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{{{name}}} stands in {}, which takes only literals: use where and extract in its place",
            self.stage
        ))
    }

    fn named(&self, name: &str) -> Result<(String, KqlType), String> {
        self.names.get(name).cloned().ok_or_else(|| format!("{{{name}}} is no parameter of this query"))
    }

    /// A parameter outside of quotes. Gives whether the `)` that follows belongs to it.
    fn bare(&mut self, name: &str, closes: bool) -> Result<bool, String> {
        let (name, ty) = self.named(name)?;
        let touches = |c: char| c.is_alphanumeric() || c == '_';
        match typed(&self.out).filter(|_| closes) {
            Some((start, wanted, function)) => {
                self.out.truncate(start);
                self.out.push_str(&if wanted == ty { name } else { format!("{function}({name})") });
                Ok(true)
            }
            None => {
                if self.out.ends_with(touches) {
                    return Err(format!("{{{name}}} is part of a longer name or number"));
                }
                self.out.push_str(&name);
                Ok(false)
            }
        }
    }

    /// The end of a string: with parameters in it, an expression takes its place.
    fn close(&mut self, start: usize, mut parts: Vec<Piece>, state: State) -> Result<(), String> {
        if parts.len() == 1 {
            return Ok(());
        }
        if let (State::Fenced(_), Some(Piece::Text(last))) = (state, parts.last_mut()) {
            // Two of the three characters that close it.
            last.truncate(last.len().saturating_sub(2));
        }
        // From the quote back over `@` and `h`, which belong to the string.
        let (open, quote) = match state {
            State::Fenced(fence) => (start - 3, String::from_iter([fence; 3])),
            State::Quoted(quote, _) => (start - 1, quote.to_string()),
            State::Code | State::Comment => return Ok(()),
        };
        let head = &self.out[..open];
        let bare_head = head.trim_end_matches(['@', 'h', 'H']);
        let prefix = head[bare_head.len()..].to_owned();
        if prefix.len() > 2 || bare_head.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            return Err("a name and a string stand together".to_owned());
        }
        let begin = bare_head.len();
        self.out.truncate(begin);
        let mut items = Vec::new();
        for part in parts {
            match part {
                Piece::Text(text) if text.is_empty() => {}
                Piece::Text(text) => items.push(format!("{prefix}{quote}{text}{quote}")),
                Piece::Param(name) => {
                    let (name, ty) = self.named(&name)?;
                    if ty == KqlType::Dynamic {
                        return Err(format!("the list {{{name}}} stands in a string"));
                    }
                    items.push(if ty == KqlType::String { name } else { format!("tostring({name})") });
                }
            }
        }
        let expression =
            if let [one] = items.as_slice() { one.clone() } else { format!("strcat({})", items.join(", ")) };
        self.out.push_str(&expression);
        Ok(())
    }
}
