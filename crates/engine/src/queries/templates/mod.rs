//! Query templates of msticpy's YAML files as standard KQL.
//!
//! A template has its parameters in braces, and msticpy pastes their values there: `where Account has "{account_name}"`. Here each becomes a
//! parameter of KQL, so that a value can never be anything but a value:
//!
//! | in the template | becomes |
//! |---|---|
//! | `has "{account_name}"` | `has account_name` |
//! | `== "CONTOSO\\{user}"` | `== strcat("CONTOSO\\", user)` |
//! | `datetime({start})` | `start` |
//! | `in ({addresses})`, a list | `in (addresses)`, a dynamic value |
//! | `ago({lookback})`, default `7d` | `ago(lookback)`, a timespan |
//! | `{table}`, default `SecurityEvent` | `SecurityEvent`: what the file says, and no parameter any more |
//!
//! What is none of these is refused.

mod convert;
mod pieces;

#[cfg(test)]
mod tests;

pub use convert::{Converted, convert};

use kql::{KqlType, Value};

/// A parameter of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateParam {
    /// Its name.
    pub name: String,
    /// Its type, of those that templates have.
    pub ty: TemplateType,
    /// The text of its default, as the file has it.
    pub default: Option<String>,
    /// What it is for.
    pub description: String,
}

/// The types of parameters that templates have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateType {
    /// Text, or a piece of KQL: that depends on where it stands.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
    /// A time.
    DateTime,
    /// A list of texts or numbers.
    List,
}

impl TemplateType {
    /// The type of a name as template files have it.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "str" | "string" | "text" => Self::Text,
            "int" | "integer" | "long" => Self::Int,
            "float" | "real" | "number" => Self::Float,
            "bool" | "boolean" => Self::Bool,
            "datetime" | "date" => Self::DateTime,
            "list" => Self::List,
            _ => return None,
        })
    }
}

/// How a parameter is declared in KQL.
#[derive(Debug, Clone, PartialEq)]
enum Declared {
    /// With this type and default.
    As(KqlType, Option<Value>),
    /// Not at all: this text of the file stands in its place.
    Fixed(String),
}

/// The type and default of a parameter; `bare` says that it stands outside of quotes somewhere.
fn declared(param: &TemplateParam, bare: bool) -> Result<Declared, String> {
    let default = param.default.as_deref();
    let wrong = |what: &str| {
        format!(
            "the default of the parameter {} is no {what}: {}",
            param.name,
            crate::error::quoted(default.unwrap_or_default())
        )
    };
    let read = |what: &str, read: &dyn Fn(&str) -> Option<Value>| match default {
        None => Ok(None),
        Some(text) => read(text.trim()).map(Some).ok_or_else(|| wrong(what)),
    };
    Ok(match param.ty {
        TemplateType::Int => {
            Declared::As(KqlType::Long, read("whole number", &|text| text.parse().ok().map(Value::Long))?)
        }
        TemplateType::Float => Declared::As(KqlType::Real, read("number", &|text| text.parse().ok().map(Value::Real))?),
        TemplateType::Bool => {
            let parse = |text: &str| text.to_ascii_lowercase().parse().ok().map(Value::Bool);
            Declared::As(KqlType::Bool, read("true or false", &parse)?)
        }
        // msticpy's defaults of times are relative to now, and KQL's must be constant: such a parameter has to be given.
        TemplateType::DateTime => {
            Declared::As(KqlType::DateTime, default.and_then(kql::time::parse_datetime).map(Value::DateTime))
        }
        TemplateType::List => Declared::As(KqlType::Dynamic, default.map(list)),
        TemplateType::Text if !bare => {
            Declared::As(KqlType::String, default.map(|text| Value::String(text.to_owned())))
        }
        TemplateType::Text => match default {
            None => {
                return Err(format!(
                    "the parameter {} stands where KQL is expected, not a value, and has no default",
                    param.name
                ));
            }
            Some(text) => {
                let trimmed = text.trim();
                if let Some(ticks) = timespan(trimmed) {
                    Declared::As(KqlType::TimeSpan, Some(Value::TimeSpan(ticks)))
                } else if let Ok(number) = trimmed.parse() {
                    Declared::As(KqlType::Long, Some(Value::Long(number)))
                } else {
                    Declared::Fixed(text.to_owned())
                }
            }
        },
    })
}

/// A timespan as KQL writes it in code: `7d`, `1.5h`. (`7` alone is a number.)
fn timespan(text: &str) -> Option<i64> {
    text.ends_with(|c: char| c.is_ascii_alphabetic()).then(|| kql::time::parse_timespan(text)).flatten()
}

/// The default of a list: `a, b` or `[a, b]` as JSON.
fn list(text: &str) -> Value {
    let items = serde_json::from_str::<Vec<serde_json::Value>>(text.trim()).unwrap_or_else(|_| {
        let items = text.split(',').map(|item| item.trim().trim_matches(['\'', '"'])).filter(|item| !item.is_empty());
        items.map(serde_json::Value::from).collect()
    });
    Value::Dynamic(serde_json::Value::Array(items))
}
