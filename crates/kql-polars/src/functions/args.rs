//! Checked access to the arguments of a call.

use kql::{Error, ErrorKind, KqlType};
use polars::prelude::Expr;

use super::Call;
use crate::convert::convert;
use crate::typed::Typed;

impl Call<'_> {
    /// Whether argument `i` was given.
    pub fn has(&self, i: usize) -> bool {
        i < self.args.len()
    }

    /// Argument `i` as text. A dynamic is converted; any other type is an error.
    pub fn string(&self, i: usize) -> Result<Expr, Error> {
        match self.args[i].ty {
            KqlType::String | KqlType::Dynamic => Ok(self.text(i)),
            _ => Err(self.type_error(i, "a string")),
        }
    }

    /// Argument `i` as text, whatever its type, as `tostring()` converts it.
    pub fn text(&self, i: usize) -> Expr {
        convert(&self.args[i], KqlType::String).expr
    }

    /// [`Call::text`] for the row kernel.
    pub fn text_arg(&self, i: usize) -> Typed {
        convert(&self.args[i], KqlType::String)
    }

    /// [`Call::long`] for the row kernel.
    pub fn long_arg(&self, i: usize) -> Typed {
        convert(&self.args[i], KqlType::Long)
    }

    /// [`Call::real`] for the row kernel.
    pub fn real_arg(&self, i: usize) -> Typed {
        convert(&self.args[i], KqlType::Real)
    }

    /// Argument `i` as a whole number of 64 bits. A dynamic is converted.
    pub fn long(&self, i: usize) -> Result<Expr, Error> {
        match self.args[i].ty {
            KqlType::Int | KqlType::Long | KqlType::Dynamic => Ok(convert(&self.args[i], KqlType::Long).expr),
            _ => Err(self.type_error(i, "a whole number (int or long)")),
        }
    }

    /// Argument `i` as a floating-point number. Other numbers and dynamics are converted.
    pub fn real(&self, i: usize) -> Result<Expr, Error> {
        match self.args[i].ty {
            KqlType::Dynamic => Ok(convert(&self.args[i], KqlType::Real).expr),
            ty if ty.is_numeric() => Ok(convert(&self.args[i], KqlType::Real).expr),
            _ => Err(self.type_error(i, "a number")),
        }
    }

    /// Argument `i` as a truth value. A dynamic is converted.
    pub fn boolean(&self, i: usize) -> Result<Expr, Error> {
        match self.args[i].ty {
            KqlType::Bool | KqlType::Dynamic => Ok(convert(&self.args[i], KqlType::Bool).expr),
            _ => Err(self.type_error(i, "a bool")),
        }
    }

    /// Argument `i` as the JSON text of a dynamic; any other type is an error.
    pub fn dynamic(&self, i: usize) -> Result<Expr, Error> {
        match self.args[i].ty {
            KqlType::Dynamic => Ok(self.args[i].expr.clone()),
            _ => Err(self.type_error(i, "dynamic")),
        }
    }

    /// An error unless argument `i` is a string or dynamic.
    pub fn check_string(&self, i: usize) -> Result<(), Error> {
        self.string(i).map(drop)
    }

    /// An error unless argument `i` is a whole number or dynamic.
    pub fn check_long(&self, i: usize) -> Result<(), Error> {
        self.long(i).map(drop)
    }

    /// An error unless argument `i` is a number or dynamic.
    pub fn check_real(&self, i: usize) -> Result<(), Error> {
        self.real(i).map(drop)
    }

    /// An error unless argument `i` is dynamic.
    pub fn check_dynamic(&self, i: usize) -> Result<(), Error> {
        self.dynamic(i).map(drop)
    }

    /// The type that argument `i`, a `typeof(…)`, names.
    pub fn type_argument(&self, i: usize) -> Result<KqlType, Error> {
        self.args[i].type_of.ok_or_else(|| {
            let what = format!("{}(): argument {} has to be typeof(a type), such as typeof(long)", self.name, i + 1);
            Error::new(ErrorKind::Type, self.args[i].span, what)
        })
    }

    /// An error at argument `i` that is not about its type.
    pub fn argument_error(&self, i: usize, message: impl std::fmt::Display) -> Error {
        let span = self.args.get(i).map_or(self.span, |arg| arg.span);
        Error::new(ErrorKind::Type, span, format!("{}(): {message}", self.name))
    }

    /// The error of a function that the engine does not have, with the reason.
    pub fn unsupported(&self, why: &str) -> Error {
        Error::new(ErrorKind::Unsupported, self.span, format!("{}() is not available here", self.name)).with_help(why)
    }
}

/// The type to which all of `args` are promoted (`iff`, `coalesce`, `case`, `min_of`, …): the one type they share, or the widest of numeric
/// ones, or dynamic where one of them is. Null constants take any type.
pub fn common_type(args: &[&Typed]) -> Option<KqlType> {
    let typed = |a: &&&Typed| !matches!(&a.constant, Some(v) if v.is_null());
    let mut types = args.iter().filter(typed).map(|a| a.ty);
    let Some(first) = types.next() else {
        return args.first().map(|a| a.ty);
    };
    types.try_fold(first, |a, b| match (a, b) {
        _ if a == b => Some(a),
        (KqlType::Dynamic, _) | (_, KqlType::Dynamic) => Some(KqlType::Dynamic),
        _ if a.is_numeric() && b.is_numeric() => Some(wider(a, b)),
        _ => None,
    })
}

/// `int` < `long` < `real` < `decimal`.
fn wider(a: KqlType, b: KqlType) -> KqlType {
    let rank = |ty| match ty {
        KqlType::Int => 0,
        KqlType::Long => 1,
        KqlType::Real => 2,
        _ => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}
