//! The parts of a connection string: `name`, `name()`, `name('value')` or `name='value'`, separated by `.` or `;`.

use super::problem;
use crate::config::Problem;
use crate::secret::Secret;

/// A part, its name in lower case. The value may be a secret.
#[derive(Debug)]
pub(super) struct Part {
    pub name: String,
    pub value: Option<Secret>,
    /// Where it starts, in characters from 1.
    pub column: usize,
}

/// Reads the parts; `column` is where the text starts.
pub(super) fn parts(text: &str, column: usize) -> Result<Vec<Part>, Problem> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, column };
    let mut parts = Vec::new();
    loop {
        reader.blanks();
        if reader.peek().is_none() {
            return Ok(parts);
        }
        parts.push(reader.part()?);
        reader.blanks();
        match reader.peek() {
            None => return Ok(parts),
            Some('.' | ';') => reader.at += 1,
            Some(_) => return Err(problem(reader.here(), "a part ends here, and no `.` or `;` follows").with_fix(FORM)),
        }
    }
}

const FORM: &str = "write parts as name('value').name('value'), or name='value';name='value'";

struct Reader {
    chars: Vec<char>,
    at: usize,
    column: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn here(&self) -> usize {
        self.column + self.at
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn part(&mut self) -> Result<Part, Problem> {
        let column = self.here();
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.at += 1;
        }
        let name: String = self.chars[start..self.at].iter().collect::<String>().to_ascii_lowercase();
        if name.is_empty() {
            return Err(problem(column, "the name of a part is expected here").with_fix(FORM));
        }
        self.blanks();
        let value = match self.peek() {
            Some('(') => {
                self.at += 1;
                self.blanks();
                let value = if self.peek() == Some(')') { None } else { Some(self.value(')')?) };
                self.blanks();
                if self.peek() != Some(')') {
                    return Err(problem(self.here(), format!("the `(` of {name} is not closed")).with_fix(FORM));
                }
                self.at += 1;
                value
            }
            Some('=') => {
                self.at += 1;
                self.blanks();
                Some(self.value(';')?)
            }
            _ => None,
        };
        Ok(Part { name, value, column })
    }

    /// A quoted value, or a bare one that goes on to `end`.
    fn value(&mut self, end: char) -> Result<Secret, Problem> {
        let column = self.here();
        // Kqlmagic hides a value in its output when an h stands before it.
        if self.peek() == Some('h') && matches!(self.chars.get(self.at + 1), Some('\'' | '"')) {
            self.at += 1;
        }
        let mut text = String::new();
        match self.peek() {
            Some(quote @ ('\'' | '"')) => {
                self.at += 1;
                loop {
                    match self.peek() {
                        Some(c) if c == quote => break,
                        Some(c) => text.push(c),
                        None => return Err(problem(column, "the quote of a value is not closed").with_fix(FORM)),
                    }
                    self.at += 1;
                }
                self.at += 1;
            }
            _ => {
                while let Some(c) = self.peek().filter(|c| *c != end) {
                    if matches!(c, '\'' | '"' | '(' | ')' | ';') {
                        return Err(
                            problem(self.here(), format!("a value with `{c}` in it needs quotes")).with_fix(FORM)
                        );
                    }
                    text.push(c);
                    self.at += 1;
                }
                text.truncate(text.trim_end().len());
            }
        }
        Ok(Secret::new(text))
    }
}
