//! The syntax tree: what the text says, before names and types are looked up.
//!
//! Every node that an error can point at has a [`Span`]. Operators that the engine does not run are
//! parsed too where that is cheap, so that the error can name them.

mod expr;
mod operators;

pub use expr::{Arg, BinaryOp, Expr, ExprKind, ListOp, UnaryOp};
pub use operators::{
    ColumnPattern, MvColumn, NamedExpr, OpParam, Operator, OperatorKind, ParseKind, ParsePart, ReorderDirection,
    ScanStep, SeriesAggregate, SortKey, TableRef, TopNestedLevel,
};

use crate::{KqlType, Span};

/// An identifier and where it stands. `['quoted name']` and `["quoted name"]` give the bare name.
#[derive(Debug, Clone, PartialEq)]
pub struct Ident {
    /// The name without quotes or brackets.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// A whole query: statements, of which the last tabular expression is the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// In the order of the text, without empty ones.
    pub statements: Vec<Statement>,
}

/// One statement of a script.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `let name = …;`
    Let {
        /// The name that is bound.
        name: Ident,
        /// What it is bound to.
        value: LetValue,
    },
    /// `declare query_parameters(name: type = default, …);`
    QueryParameters(Vec<Param>),
    /// `set option;` or `set option = value;`: kept, ignored.
    Set {
        /// The option.
        name: Ident,
        /// Its value, if there is one.
        value: Option<Expr>,
    },
    /// `declare pattern name = (a: string, …)[path: string] { ('x', …).['y'] = { … }; … };`, or without all after the name.
    Pattern {
        /// Its name.
        name: Ident,
        /// What it maps, in the order of the text.
        rows: Vec<PatternRow>,
    },
    /// A statement that the engine refuses: `alias database …`, `restrict access to …`, or a `.control command`.
    Unsupported {
        /// What it is, for the message.
        what: String,
        /// Where it starts.
        span: Span,
    },
    /// A tabular (or, in a function body, scalar) expression.
    Expr(Pipeline),
}

/// What a pattern gives for one list of arguments and, where it has one, a path.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternRow {
    /// The arguments.
    pub arguments: Vec<String>,
    /// `.['path']`
    pub path: Option<String>,
    /// The body: statements, the last of which is the value.
    pub body: Vec<Statement>,
    /// The arguments and the path.
    pub span: Span,
}

/// The right side of `let`.
#[derive(Debug, Clone, PartialEq)]
pub enum LetValue {
    /// A scalar or tabular expression. Which of the two is known only when names are looked up: a pipeline
    /// with a [`Source::Expr`] and no operators may be either.
    Expr(Pipeline),
    /// `(a: long, T: (x: string), b: int = 3) { … }`, with or without the word `view`.
    Function {
        /// Its parameters.
        params: Vec<Param>,
        /// The body: statements, the last of which is the value.
        body: Vec<Statement>,
        /// Whether the word `view` stood before it.
        view: bool,
    },
}

/// A parameter of a function or of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: ParamType,
    /// Its default.
    pub default: Option<Expr>,
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamType {
    /// A scalar.
    Scalar(KqlType),
    /// A table with at least these columns.
    Table(Vec<ColumnDecl>),
    /// `(*)`: any table.
    AnyTable,
}

/// `name: type`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDecl {
    /// The column.
    pub name: Ident,
    /// Its type.
    pub ty: KqlType,
}

/// `(name: type, …)`, of `datatable`, `typeof` and `evaluate … : (…)`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    /// A leading `*`: the columns of the input, too.
    pub star: bool,
    /// The columns.
    pub columns: Vec<ColumnDecl>,
    /// With its parentheses.
    pub span: Span,
}

/// `source | operator | operator …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Where the rows come from.
    pub source: Source,
    /// What is done to them, in order.
    pub operators: Vec<Operator>,
    /// The whole expression.
    pub span: Span,
}

/// The start of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A name, a call (`materialize(…)`, `table("T")`, a user's function, `cluster("c").database("d").T`) or any scalar
    /// expression.
    Expr(Box<Expr>),
    /// A parenthesised pipeline.
    Paren(Box<Pipeline>),
    /// `datatable (a: long, …) [ … ]`.
    DataTable {
        /// The columns.
        columns: Vec<ColumnDecl>,
        /// Values, row by row.
        values: Vec<Expr>,
        /// The whole literal.
        span: Span,
    },
    /// `externaldata (…) [ … ]`, which the engine refuses.
    ExternalData {
        /// Where it stands.
        span: Span,
    },
    /// An operator that needs no input: `print`, `range`, or `union`, `search`, `find` at the start.
    Operator(Box<Operator>),
    /// The implicit input of a sub-pipeline: `mv-apply x on ( … )`, `partition by k ( … )`, `fork ( … )`.
    Input,
}
