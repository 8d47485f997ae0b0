//! Null, empty, and the negation.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Call, Function};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "isempty",
        aliases: &[],
        signature: "isempty(value)",
        doc: "Whether a string is empty, or a value of another type null.",
        args: (1, 1),
        pure: true,
        bind: isempty,
    },
    Function {
        name: "isnotempty",
        aliases: &["notempty"],
        signature: "isnotempty(value)",
        doc: "Whether a string is not empty, or a value of another type not null.",
        args: (1, 1),
        pure: true,
        bind: isnotempty,
    },
    Function {
        name: "isnull",
        aliases: &[],
        signature: "isnull(value)",
        doc: "Whether a value is null, which a string never is.",
        args: (1, 1),
        pure: true,
        bind: isnull,
    },
    Function {
        name: "isnotnull",
        aliases: &["notnull"],
        signature: "isnotnull(value)",
        doc: "Whether a value is not null, which a string always is.",
        args: (1, 1),
        pure: true,
        bind: isnotnull,
    },
    Function {
        name: "not",
        aliases: &[],
        signature: "not(expr)",
        doc: "true for false and false for true.",
        args: (1, 1),
        pure: true,
        bind: not,
    },
];

/// `true` where the value is empty. An empty dynamic string is empty too.
fn empty(arg: &Typed) -> Expr {
    let expr = arg.expr.clone();
    match arg.ty {
        KqlType::String => expr.eq(lit("")),
        KqlType::Dynamic => {
            expr.clone().is_null().or(expr.clone().eq(lit("\"\"")).or(expr.eq(lit(""))).fill_null(lit(true)))
        }
        _ => expr.is_null(),
    }
}

fn isempty(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(empty(&call.args[0]), KqlType::Bool)
}

fn isnotempty(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(empty(&call.args[0]).not(), KqlType::Bool)
}

fn isnull(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(call.args[0].expr.clone().is_null(), KqlType::Bool)
}

fn isnotnull(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(call.args[0].expr.clone().is_not_null(), KqlType::Bool)
}

fn not(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(call.boolean(0)?.not(), KqlType::Bool)
}
