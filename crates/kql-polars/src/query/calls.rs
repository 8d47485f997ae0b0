//! Calls of the functions that a query declares: arguments by position and by name, defaults, tables with declared columns.

use std::rc::Rc;

use kql::ast::{Arg, Expr, Param, ParamType, Statement};
use kql::{Error, ErrorKind, KqlType, Span};

use super::{Context, Evaluated, MAX_CALLS, one_value};
use crate::bind::Binder;
use crate::scope::{Binding, FunctionDef};
use crate::suggest::did_you_mean;

impl Context<'_> {
    pub(super) fn call_here(&self, f: &FunctionDef, args: &[Arg], span: Span) -> Result<Evaluated, Error> {
        self.call(f, args, span, &self.binder())
    }

    /// Calls a function of the query. `binder` binds its scalar arguments: over the columns of the row where it is called for each row.
    ///
    /// # Errors
    /// Any mistake in the arguments or the body.
    pub fn call(&self, f: &FunctionDef, args: &[Arg], span: Span, binder: &Binder<'_>) -> Result<Evaluated, Error> {
        let calls = self.query.calls.get() + 1;
        self.query.calls.set(calls);
        if calls > MAX_CALLS {
            return Err(Error::new(
                ErrorKind::Limit,
                span,
                format!("the query calls its functions more than {MAX_CALLS} times"),
            ));
        }
        let mut values: Vec<Option<&Expr>> = vec![None; f.params.len()];
        let mut next = 0;
        for arg in args {
            let at = match &arg.name {
                Some(name) => f.params.iter().position(|p| p.name.name == name.name).ok_or_else(|| {
                    let mut error = Error::new(
                        ErrorKind::UnknownName,
                        name.span,
                        format!("{}() has no parameter `{}`", f.name, name.name),
                    );
                    error.help = did_you_mean(&name.name, f.params.iter().map(|p| p.name.name.as_str()));
                    error
                })?,
                None => {
                    while values.get(next).is_some_and(Option::is_some) {
                        next += 1;
                    }
                    next
                }
            };
            match values.get_mut(at) {
                Some(slot @ None) => *slot = Some(&arg.value),
                Some(Some(_)) => {
                    return Err(Error::new(
                        ErrorKind::Type,
                        arg.value.span,
                        format!("{}(): the argument `{}` is given twice", f.name, f.params[at].name.name),
                    ));
                }
                None => {
                    return Err(Error::new(
                        ErrorKind::Type,
                        arg.value.span,
                        format!("{}() takes {} arguments at most", f.name, f.params.len()),
                    ));
                }
            }
        }
        let mut inner = Context { query: self.query, scope: f.scope.clone(), input: None };
        for (param, value) in f.params.iter().zip(values) {
            let binding = match (value, &param.default) {
                (Some(value), _) => self.argument(f, param, value, binder)?,
                (None, Some(default)) => self.argument(f, param, default, &self.binder())?,
                (None, None) => {
                    return Err(Error::new(
                        ErrorKind::Type,
                        span,
                        format!("{}() needs the argument `{}`", f.name, param.name.name),
                    ));
                }
            };
            inner.scope = inner.scope.with(&param.name.name, binding);
        }
        match one_value(&mut inner, &f.body)? {
            Some(Evaluated::Table(mut rel)) => {
                rel.name = Some(f.name.clone());
                Ok(Evaluated::Table(rel))
            }
            Some(Evaluated::Scalar(mut value)) => {
                value.span = span;
                Ok(Evaluated::Scalar(value))
            }
            None => Err(Error::new(ErrorKind::Type, span, format!("{}() gives no value", f.name))),
        }
    }

    fn argument(&self, f: &FunctionDef, param: &Param, value: &Expr, binder: &Binder<'_>) -> Result<Binding, Error> {
        match &param.ty {
            ParamType::Scalar(ty) => {
                let bound = binder.bind(value)?;
                Ok(Binding::Scalar(if *ty == KqlType::Dynamic && bound.constant.is_none() {
                    binder.cast(bound, *ty)?
                } else {
                    binder.assign(bound, *ty)?
                }))
            }
            ParamType::AnyTable => match self.value(value)? {
                Evaluated::Table(rel) => Ok(Binding::Table(Rc::new(rel))),
                Evaluated::Scalar(_) => Err(table_wanted(f, param, value.span)),
            },
            ParamType::Table(columns) => {
                let Evaluated::Table(rel) = self.value(value)? else {
                    return Err(table_wanted(f, param, value.span));
                };
                for wanted in columns {
                    match rel.column(&wanted.name.name) {
                        Some(c) if c.ty == wanted.ty => {}
                        Some(c) => {
                            return Err(Error::new(
                                ErrorKind::Type,
                                value.span,
                                format!(
                                    "{}(): the column `{}` of `{}` has to be {}, and it is {}",
                                    f.name, c.name, param.name.name, wanted.ty, c.ty
                                ),
                            ));
                        }
                        None => {
                            return Err(Error::new(
                                ErrorKind::UnknownName,
                                value.span,
                                format!(
                                    "{}(): the table given for `{}` has no column `{}`",
                                    f.name, param.name.name, wanted.name.name
                                ),
                            ));
                        }
                    }
                }
                // The other columns go through the body, which cannot name them: one that is called like something the body can
                // name is left out.
                let named = |name: &str| {
                    let is_let = |s: &Statement| matches!(s, Statement::Let { name: bound, .. } if bound.name == name);
                    let is_param = f.params.iter().any(|p| p.name.name == name);
                    is_param || f.scope.get(name).is_some() || f.body.iter().any(is_let)
                };
                let declared = |name: &str| columns.iter().any(|c| c.name.name == name);
                let kept = rel.columns.iter().filter(|c| declared(&c.name) || !named(&c.name)).cloned().collect();
                Ok(Binding::Table(Rc::new(rel.keep(kept))))
            }
        }
    }
}

fn table_wanted(f: &FunctionDef, param: &Param, span: Span) -> Error {
    Error::new(ErrorKind::Type, span, format!("{}(): the argument `{}` has to be a table", f.name, param.name.name))
}
