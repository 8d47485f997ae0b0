//! Scalar expressions.

use super::{Ident, Pipeline, Schema};
use crate::{KqlType, Span, Value};

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// `name =`, if given (`bag_unpack(d, columnsConflict = 'replace_source')`, `f(x = 1)`).
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// A scalar expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The scalar expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `1`, `"text"`, `datetime(2020-01-01)`, `dynamic([1, 2])`, `long(null)`, `1d`, …
    Literal(Value),
    /// `dynamic(null)`-like literals that hold expressions are not KQL; `typeof(long)` is.
    TypeOf(Schema, Option<KqlType>),
    /// A column, a variable, `$left`, `$right`, or a table.
    Name(String),
    /// `*` as an argument, or as the left side of `* has "x"`.
    Star,
    /// A name with wildcards, where those are allowed.
    Wildcard(String),
    /// `target.name`.
    Path {
        /// The left side.
        target: Box<Expr>,
        /// The right side.
        name: Ident,
    },
    /// `target[index]`.
    Index {
        /// What is indexed.
        target: Box<Expr>,
        /// A position or a key.
        index: Box<Expr>,
    },
    /// `name(args)`.
    Call {
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `target.name(args)`, as in `cluster("c").database("d").T`.
    MethodCall {
        /// What it is called on.
        target: Box<Expr>,
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `-x`, `+x`. (`not` is a function.) The sign of a literal is part of the literal.
    Unary {
        /// Which.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a + b`, `a has b`, …
    Binary {
        /// Which.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `x in (…)`, `x !in~ (…)`, `x has_any (…)`, `x has_all (…)`.
    InList {
        /// Which.
        op: ListOp,
        /// Left side.
        value: Box<Expr>,
        /// The list: scalars, a dynamic array, or one tabular expression.
        list: Vec<Expr>,
    },
    /// `x between (low .. high)`.
    Between {
        /// `!between`.
        negated: bool,
        /// Left side.
        value: Box<Expr>,
        /// Lower end, included.
        low: Box<Expr>,
        /// Upper end, included.
        high: Box<Expr>,
    },
    /// A tabular expression where a scalar could stand: `toscalar(T | …)`, `x in (T | …)`, `materialize(T | …)`.
    Tabular(Box<Pipeline>),
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language")]
pub enum UnaryOp {
    Minus,
    Plus,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named as in the language; a leading Not negates, a trailing Cs is case-sensitive")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    EqualTilde,
    NotEqualTilde,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Has,
    NotHas,
    HasCs,
    NotHasCs,
    HasPrefix,
    NotHasPrefix,
    HasPrefixCs,
    NotHasPrefixCs,
    HasSuffix,
    NotHasSuffix,
    HasSuffixCs,
    NotHasSuffixCs,
    Contains,
    NotContains,
    ContainsCs,
    NotContainsCs,
    StartsWith,
    NotStartsWith,
    StartsWithCs,
    NotStartsWithCs,
    EndsWith,
    NotEndsWith,
    EndsWithCs,
    NotEndsWithCs,
    MatchesRegex,
    /// `like` and its kin (`notlike`, `likecs`, `notlikecs`), deprecated.
    Like,
    NotLike,
    LikeCs,
    NotLikeCs,
    /// `:` of `search`: `column : "term"`.
    SearchHas,
}

/// Operators whose right side is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language; Tilde ignores case")]
pub enum ListOp {
    In,
    NotIn,
    InTilde,
    NotInTilde,
    HasAny,
    HasAll,
}
