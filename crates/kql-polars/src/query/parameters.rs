//! What `declare query_parameters` names, and the values that the caller gives.

use kql::ast::{Param, ParamType, Script, Statement};
use kql::{Error, ErrorKind, Value};

use super::{Context, Query};
use crate::suggest::did_you_mean;
use crate::typed::Typed;

/// Values for parameters that the query does not declare are a mistake of the caller.
pub(super) fn check(query: &Query<'_>, script: &Script) -> Result<(), Error> {
    let declared: Vec<&str> = script
        .statements
        .iter()
        .filter_map(|s| match s {
            Statement::QueryParameters(params) => Some(params),
            _ => None,
        })
        .flatten()
        .map(|p| p.name.name.as_str())
        .collect();
    for name in query.params.keys() {
        if !declared.contains(&name.as_str()) {
            let mut error = Error::bare(ErrorKind::UnknownName, format!("the query has no parameter `{name}`"));
            error.help = did_you_mean(name, declared.iter().copied())
                .or_else(|| (!declared.is_empty()).then(|| format!("its parameters are {}", declared.join(", "))));
            return Err(error);
        }
    }
    Ok(())
}

/// The value of a parameter, converted to its type; the default where none is given.
pub(super) fn value(cx: &Context<'_>, param: &Param) -> Result<Typed, Error> {
    let name = &param.name;
    let ParamType::Scalar(ty) = param.ty else {
        return Err(Error::new(
            ErrorKind::Type,
            name.span,
            format!("the query parameter `{}` has to be a scalar", name.name),
        ));
    };
    let value = match (cx.query.params.get(&name.name), &param.default) {
        (Some(value), _) => Typed::constant(value.clone(), name.span),
        (None, Some(default)) => cx.binder().bind(default)?,
        (None, None) => {
            return Err(Error::new(
                ErrorKind::UnknownName,
                name.span,
                format!("the query parameter `{}` has no value", name.name),
            )
            .with_help(format!("give a value of type {ty}")));
        }
    };
    let given = value.constant.clone();
    let converted = cx.binder().assign(value, ty)?;
    let lost = given.is_some_and(|v| !v.is_null()) && converted.constant.as_ref().is_some_and(Value::is_null);
    if lost {
        return Err(Error::new(
            ErrorKind::Type,
            name.span,
            format!("the value of the query parameter `{}` is not of type {ty}", name.name),
        ));
    }
    Ok(converted)
}
