//! Arguments of functions given by name: `pow(base = 2, exponent = 3)`.

use kql::ast::Arg;
use kql::{Error, ErrorKind, Span};

use crate::suggest::did_you_mean;

/// The arguments in the order of the parameters, which `signature` names: `substring(source, startingIndex [, length])`.
///
/// # Errors
/// A name that is none of the parameters, one that is given twice, a parameter without a value before one with a value.
pub(super) fn in_order<'a>(name: &str, signature: &str, args: &'a [Arg], span: Span) -> Result<Vec<&'a Arg>, Error> {
    if args.iter().all(|arg| arg.name.is_none()) {
        return Ok(args.iter().collect());
    }
    let params = parameters(signature);
    let mut slots: Vec<Option<&Arg>> = vec![None; params.len()];
    for (i, arg) in args.iter().enumerate() {
        let at = match &arg.name {
            None => i,
            Some(given) => params.iter().position(|p| *p == given.name).ok_or_else(|| {
                let message = format!("{name}() has no parameter `{}`", given.name);
                let mut error = Error::new(ErrorKind::UnknownName, given.span, message);
                error.help = did_you_mean(&given.name, params.iter().copied())
                    .or_else(|| Some(format!("it is called like this: {signature}")));
                error
            })?,
        };
        let slot = slots.get_mut(at).ok_or_else(|| {
            Error::new(ErrorKind::Type, arg.value.span, format!("{name}(): this argument has no parameter"))
                .with_help(format!("it is called like this: {signature}"))
        })?;
        if slot.replace(arg).is_some() {
            let message = format!("{name}(): the argument `{}` is given twice", params[at]);
            return Err(Error::new(ErrorKind::Type, arg.value.span, message));
        }
    }
    let given = slots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    slots[..given]
        .iter()
        .zip(&params)
        .map(|(slot, param)| {
            slot.ok_or_else(|| Error::new(ErrorKind::Type, span, format!("{name}() needs the argument `{param}`")))
        })
        .collect()
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
    use crate::testing::{error, rows};

    #[test]
    fn arguments_by_name() {
        assert_eq!(parameters("substring(source, startingIndex [, length])"), ["source", "startingIndex", "length"]);
        assert_eq!(parameters("pi()"), Vec::<&str>::new());
        assert_eq!(parameters("extract_all(regex, [captureGroups,] source)"), ["regex", "captureGroups", "source"]);
        let query = "print a = pow(exponent = 3, base = 2), b = substring('hello', length = 2, startingIndex = 1), \
                     c = format_datetime(datetime(2020-01-01), format = 'yyyy')";
        assert_eq!(rows(query), "a | b | c\n8.0 | el | 2020");
    }

    #[test]
    fn wrong_names() {
        for (call, wanted) in [
            ("pow(base = 2, exponnt = 3)", "pow() has no parameter `exponnt` (did you mean `exponent`?)"),
            ("pow(2, base = 3)", "pow(): the argument `base` is given twice"),
            ("substring('a', length = 1)", "substring() needs the argument `startingIndex`"),
            ("pow(x = 2, 3)", "pow() has no parameter `x` (it is called like this: pow(base, exponent))"),
        ] {
            assert_eq!(error(&format!("print {call}")), wanted);
        }
    }
}
