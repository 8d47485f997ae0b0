//! Names of the arguments of built-in functions: `pow(base = 2, exponent = 3)`.
//!
//! Kusto takes arguments by position, whatever names they have: a name only becomes that of the column, where a function hands the name of its argument on. So a
//! name that belongs to another parameter is no error, and surely a mistake, which is said.

use kql::ast::Arg;

/// What is to be said about the names of the arguments of a function that is called like `signature`: `substring(source, startingIndex [, length])`.
pub(super) fn notes<'a>(function: &'a str, signature: &'a str, args: &'a [Arg]) -> impl Iterator<Item = String> + 'a {
    let params = parameters(signature);
    args.iter().enumerate().filter_map(move |(at, arg)| {
        let name = arg.name.as_ref()?.name.as_str();
        let taken = params.get(at).filter(|param| **param != name)?;
        params.contains(&name).then(|| {
            format!("{function}() takes its arguments by position: what is given as `{name}` was taken as `{taken}` ({signature})")
        })
    })
}

/// The names of the parameters.
fn parameters(signature: &str) -> Vec<&str> {
    let list = signature.split_once('(').map_or("", |(_, rest)| rest.strip_suffix(')').unwrap_or(rest));
    let names = list.split([',', '[', ']']).map(str::trim);
    names.filter(|name| !name.is_empty() && *name != "…").collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::parameters;
    use crate::testing::{rows, table};

    #[test]
    fn arguments_by_name() {
        assert_eq!(parameters("substring(source, startingIndex [, length])"), ["source", "startingIndex", "length"]);
        assert_eq!(parameters("pi()"), Vec::<&str>::new());
        assert_eq!(parameters("extract_all(regex, [captureGroups,] source)"), ["regex", "captureGroups", "source"]);
        let query = "print p = 4, q = 8 | project round(rate = p * 100.0 / q), a = pow(base = 2, exponent = 3), tostring(text = q), strcat(x = 'a', 'b')";
        assert_eq!(rows(query), "rate | a | text | Column1\n50.0 | 8.0 | 8 | ab");
        assert!(table(query).notes.is_empty());
        let swapped = table("print pow(exponent = 3, base = 2)");
        assert_eq!(swapped.value(0, 0).unwrap(), kql::Value::Real(9.0));
        assert_eq!(
            swapped.notes[0],
            "pow() takes its arguments by position: what is given as `exponent` was taken as `base` (pow(base, exponent))"
        );
    }
}
