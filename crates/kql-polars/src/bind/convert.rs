//! Conversions between types: those that the language makes by itself.

use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::{Binder, fold};
use crate::functions::{self, Call};
use crate::typed::{Typed, polars_type};

/// The function of the language that converts to a type.
pub fn conversion(ty: KqlType) -> &'static str {
    match ty {
        KqlType::Bool => "tobool",
        KqlType::Int => "toint",
        KqlType::Long => "tolong",
        KqlType::Real => "toreal",
        KqlType::Decimal => "todecimal",
        KqlType::DateTime => "todatetime",
        KqlType::TimeSpan => "totimespan",
        KqlType::String => "tostring",
        KqlType::Dynamic => "todynamic",
        KqlType::Guid => "toguid",
    }
}

/// The type in which two numbers are computed: the wider one, at least `long`.
pub fn widest(a: KqlType, b: KqlType) -> KqlType {
    use KqlType::{Decimal, Long, Real};
    match (a, b) {
        (Decimal, _) | (_, Decimal) => Decimal,
        (Real, _) | (_, Real) => Real,
        _ => Long,
    }
}

impl Binder<'_> {
    /// Converts as `tostring()`, `tolong()`, … do: what cannot be converted is null.
    ///
    /// # Errors
    /// When there is no such conversion.
    pub fn cast(&self, value: Typed, ty: KqlType) -> Result<Typed, Error> {
        if value.ty == ty {
            return Ok(value);
        }
        let span = value.span;
        if let Some(constant) = &value.constant
            && constant.is_null()
        {
            return Ok(match ty {
                KqlType::String => Typed::constant(Value::String(String::new()), span),
                _ => Typed::constant(Value::Null(ty), span),
            });
        }
        if let Some(Value::Long(n)) = value.constant {
            #[allow(clippy::cast_precision_loss, reason = "as the conversion does")]
            match ty {
                KqlType::Real => return Ok(Typed::constant(Value::Real(n as f64), span)),
                KqlType::Int => {
                    let value = i32::try_from(n).map_or(Value::Null(ty), Value::Int);
                    return Ok(Typed::constant(value, span));
                }
                _ => {}
            }
        }
        let widened = match (value.ty, ty) {
            (KqlType::Int, KqlType::Long)
            | (KqlType::Int | KqlType::Long, KqlType::Real)
            | (KqlType::Bool, KqlType::Int | KqlType::Long) => Some(value.expr.clone().cast(polars_type(ty))),
            (KqlType::Int | KqlType::Long, KqlType::Bool) => Some(value.expr.clone().neq(lit(0))),
            _ => None,
        };
        let converted = match widened {
            Some(expr) => Typed::new(expr, ty, span),
            None => self.call_registry(conversion(ty), vec![value.clone()], span)?,
        };
        Ok(fold::folded(converted, [&value]))
    }

    /// Converts where the language does so by itself: between numbers, from and to dynamic, text to the type of a parameter.
    ///
    /// # Errors
    /// When it would not.
    pub fn assign(&self, value: Typed, ty: KqlType) -> Result<Typed, Error> {
        let fits = value.ty == ty
            || value.ty == KqlType::Dynamic
            || ty == KqlType::Dynamic
            || (value.ty.is_numeric() && ty.is_numeric())
            || (value.constant.is_some() && value.ty == KqlType::String)
            || (value.constant.is_some() && ty == KqlType::String);
        if fits {
            self.cast(value, ty)
        } else {
            Err(Error::new(ErrorKind::Type, value.span, format!("a {ty} is needed here, and this is a {}", value.ty)))
        }
    }

    /// Calls a function of the registry with bound arguments.
    ///
    /// # Errors
    /// When there is none of that name, or it refuses the arguments.
    pub fn call_registry(&self, name: &str, args: Vec<Typed>, span: Span) -> Result<Typed, Error> {
        let Some(f) = functions::find(name) else {
            return Err(Error::new(ErrorKind::Unsupported, span, format!("the function {name}() is not supported")));
        };
        let env = self.env(name);
        let names = vec![None; args.len()];
        (f.bind)(&Call { name, span, args, names, env: &env }).map_err(|e| e.at(span))
    }
}
