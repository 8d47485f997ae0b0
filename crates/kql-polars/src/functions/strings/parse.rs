//! Texts of a known form: CSV, versions, command lines, XML, user agents.

use kql::{Error, KqlType};
use serde_json::{Map, Value};

use crate::convert::parse_decimal;
use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "parse_csv",
        aliases: &["parsecsv"],
        signature: "parse_csv(csv_text)",
        doc: "An array of the fields of the first record of CSV text.",
        args: (1, 1),
        pure: true,
        bind: parse_csv,
    },
    Function {
        name: "parse_version",
        aliases: &[],
        signature: "parse_version(version)",
        doc: "A decimal that orders versions of one to four numbers between dots; null for other text.",
        args: (1, 1),
        pure: true,
        bind: parse_version,
    },
    Function {
        name: "parse_command_line",
        aliases: &[],
        signature: "parse_command_line(command_line, parser_type)",
        doc: "An array of the arguments of a Windows command line.",
        args: (2, 2),
        pure: true,
        bind: parse_command_line,
    },
    Function {
        name: "parse_user_agent",
        aliases: &[],
        signature: "parse_user_agent(user_agent_string, look_for)",
        doc: "Not available: needs a list of browsers and devices that the engine does not carry.",
        args: (2, 2),
        pure: true,
        bind: parse_user_agent,
    },
];

fn parse_csv(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, |row| Some(Value::from(csv_record(row.text(0)?))));
    call.result(expr, KqlType::Dynamic)
}

/// The fields of the first record: quotes around a field hide commas and line ends, doubled quotes inside stand for one.
fn csv_record(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => break,
            '\n' if !quoted => break,
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

fn parse_version(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Decimal, |row| {
        let parts: Vec<&str> = row.text(0)?.trim().split('.').collect();
        if parts.len() > 4 {
            return None;
        }
        let mut digits = String::new();
        for i in 0..4 {
            let part = parts.get(i).copied().unwrap_or("0");
            if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            digits.push_str(&format!("{part:0>8}"));
        }
        parse_decimal(&digits)
    });
    call.result(expr, KqlType::Decimal)
}

fn parse_command_line(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    if call.args[1].constant_str("parser_type")? != "windows" {
        return Err(call.argument_error(1, "the only parser_type is \"windows\""));
    }
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, |row| {
        let text = row.text(0)?;
        (!text.is_empty()).then(|| Value::from(windows_arguments(text)))
    });
    call.result(expr, KqlType::Dynamic)
}

/// The rules of `CommandLineToArgvW`: in the program name quotes only group; after it, backslashes before a quote escape in pairs.
fn windows_arguments(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let line = line.trim_start_matches([' ', '\t']);
    let (program, mut rest) = match line.strip_prefix('"') {
        Some(after) => after.split_once('"').unwrap_or((after, "")),
        None => line.split_at(line.find([' ', '\t']).unwrap_or(line.len())),
    };
    out.push(program.to_owned());
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            return out;
        }
        let (argument, after) = windows_argument(rest);
        out.push(argument);
        rest = after;
    }
}

fn windows_argument(text: &str) -> (String, &str) {
    let mut argument = String::new();
    let mut quoted = false;
    let mut backslashes = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                argument.push_str(&"\\".repeat(backslashes / 2));
                if backslashes % 2 == 1 {
                    argument.push('"');
                } else if quoted && chars.peek().is_some_and(|(_, next)| *next == '"') {
                    // A doubled quote inside quotes is one quote.
                    chars.next();
                    argument.push('"');
                } else {
                    quoted = !quoted;
                }
                backslashes = 0;
            }
            ' ' | '\t' if !quoted => {
                argument.push_str(&"\\".repeat(backslashes));
                return (argument, &text[at..]);
            }
            c => {
                argument.push_str(&"\\".repeat(backslashes));
                backslashes = 0;
                argument.push(c);
            }
        }
    }
    argument.push_str(&"\\".repeat(backslashes));
    (argument, "")
}

fn parse_user_agent(call: &Call<'_>) -> Result<Typed, Error> {
    Err(call.unsupported("It needs a list of browsers and devices; use extract() or has for the part you need"))
}

/// An object of texts, in order.
pub(super) fn texts<'a>(parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    Value::Object(parts.into_iter().map(|(k, v)| (k.to_owned(), Value::from(v))).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv() {
        assert_eq!(csv_record("a,\"b,c\",\"say \"\"hi\"\"\",\nnext,record"), ["a", "b,c", "say \"hi\"", ""]);
        assert_eq!(csv_record(""), [""]);
    }

    #[test]
    fn command_lines() {
        assert_eq!(windows_arguments("echo \"hello world!\""), ["echo", "hello world!"]);
        assert_eq!(
            windows_arguments(r#""C:\Program Files\a.exe" /x "a\\" b\"c"#),
            [r"C:\Program Files\a.exe", "/x", r"a\", "b\"c"]
        );
        assert_eq!(windows_arguments(r"cmd C:\dir\ x"), ["cmd", r"C:\dir\", "x"]);
    }
}
