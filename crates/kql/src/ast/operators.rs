//! The tabular operators and their arguments.

use super::{Arg, ColumnDecl, Expr, Ident, Param, Pipeline, Schema};
use crate::{KqlType, Span};

/// One operator and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// Which, with its arguments.
    pub kind: OperatorKind,
    /// From its name to its last argument.
    pub span: Span,
}

/// `name = expr`, `(a, b) = expr`, or just `expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedExpr {
    /// No name, one name, or several for expressions that give several columns.
    pub names: Vec<Ident>,
    /// The expression.
    pub expr: Expr,
}

/// `hint.strategy = broadcast`, `kind = inner`, `withsource = Table`, `isfuzzy = true`, …: parameters between an operator's
/// name and its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct OpParam {
    /// The name, `kind`, `hint.shufflekey`, …
    pub name: Ident,
    /// A literal or a bare name.
    pub value: Expr,
}

/// A column list entry that may have wildcards: `Name`, `Start*`, `*`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnPattern {
    /// The text, `*` for any run of characters when `is_pattern`.
    pub pattern: Ident,
    /// Whether it has a wildcard (a quoted name never does).
    pub is_pattern: bool,
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What to sort by.
    pub expr: Expr,
    /// `asc` was written; the default is descending.
    pub ascending: bool,
    /// `nulls first` (true), `nulls last` (false), or neither: first when ascending, last when descending.
    pub nulls_first: Option<bool>,
}

/// One element of a `parse` pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum ParsePart {
    /// `*`: skip.
    Skip,
    /// A literal that has to match.
    Text(String, Span),
    /// `Name` or `Name: type`: capture.
    Capture(Ident, Option<KqlType>),
}

/// `kind` of `parse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseKind {
    /// All captures must convert, or all are null.
    Simple,
    /// Like simple, but an unconvertible capture alone is null.
    Relaxed,
    /// The literals are regular expressions.
    Regex,
}

/// A column that `mv-expand` or `mv-apply` expands.
#[derive(Debug, Clone, PartialEq)]
pub struct MvColumn {
    /// `name =`, if given.
    pub name: Option<Ident>,
    /// The array or bag.
    pub expr: Expr,
    /// `to typeof(type)`.
    pub to_type: Option<KqlType>,
}

/// One level of `top-nested`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopNestedLevel {
    /// How many; none for all.
    pub count: Option<Expr>,
    /// `of name = expr`.
    pub of: NamedExpr,
    /// `with others = …`.
    pub others: Option<Expr>,
    /// `by name = aggregation`.
    pub by: NamedExpr,
    /// `asc` was written.
    pub ascending: bool,
}

/// One step of `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanStep {
    /// The step's name.
    pub name: Ident,
    /// `optional` was written.
    pub optional: bool,
    /// `output = all | last | none`.
    pub output: Option<Ident>,
    /// The condition.
    pub condition: Expr,
    /// `=> a = …, b = …`.
    pub assignments: Vec<(Ident, Expr)>,
}

/// One aggregation of `make-series`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAggregate {
    /// `name = aggregation`.
    pub value: NamedExpr,
    /// `default = value`.
    pub default: Option<Expr>,
}

/// The operators.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the operator's documented arguments, under their documented names")]
pub enum OperatorKind {
    As {
        name: Ident,
        params: Vec<OpParam>,
    },
    Consume,
    Count {
        name: Option<Ident>,
    },
    Distinct {
        columns: Vec<NamedExpr>,
        star: bool,
    },
    Evaluate {
        params: Vec<OpParam>,
        plugin: Ident,
        args: Vec<Arg>,
        schema: Option<Schema>,
    },
    Extend(Vec<NamedExpr>),
    Facet {
        by: Vec<Ident>,
        with: Option<Box<Pipeline>>,
    },
    /// `find [withsource = c] [in (T, …)] where predicate [project …]`.
    Find {
        params: Vec<OpParam>,
        tables: Vec<TableRef>,
        predicate: Expr,
        project: Option<Vec<(Ident, Option<KqlType>)>>,
        project_smart: bool,
        pack: bool,
    },
    Fork(Vec<(Option<Ident>, Pipeline)>),
    GetSchema,
    Invoke(Expr),
    /// `join [params] right on a, $left.b == $right.c`.
    Join {
        params: Vec<OpParam>,
        right: Box<Pipeline>,
        on: Vec<Expr>,
    },
    Lookup {
        params: Vec<OpParam>,
        right: Box<Pipeline>,
        on: Vec<Expr>,
    },
    /// `in_range`: the old form `in range(from, to, step)`, whose end is included.
    MakeSeries {
        params: Vec<OpParam>,
        aggregates: Vec<SeriesAggregate>,
        on: NamedExpr,
        from: Option<Expr>,
        to: Option<Expr>,
        step: Expr,
        in_range: bool,
        by: Vec<NamedExpr>,
    },
    MvApply {
        index: Option<Ident>,
        columns: Vec<MvColumn>,
        limit: Option<Expr>,
        body: Box<Pipeline>,
    },
    MvExpand {
        params: Vec<OpParam>,
        index: Option<Ident>,
        columns: Vec<MvColumn>,
        limit: Option<Expr>,
    },
    Parse {
        kind: ParseKind,
        flags: Option<String>,
        expr: Expr,
        pattern: Vec<ParsePart>,
        filter: bool,
    },
    ParseKv {
        expr: Expr,
        columns: Vec<ColumnDecl>,
        params: Vec<OpParam>,
    },
    /// `partition [hint.strategy = …] by column ( … )`.
    Partition {
        params: Vec<OpParam>,
        by: Expr,
        body: Box<Pipeline>,
    },
    Print(Vec<NamedExpr>),
    Project(Vec<NamedExpr>),
    ProjectAway(Vec<ColumnPattern>),
    ProjectByNames(Vec<Expr>),
    ProjectKeep(Vec<ColumnPattern>),
    ProjectRename(Vec<(Ident, Ident)>),
    ProjectReorder(Vec<(ColumnPattern, Option<ReorderDirection>)>),
    Range {
        name: Ident,
        from: Expr,
        to: Expr,
        step: Expr,
    },
    Reduce {
        params: Vec<OpParam>,
        by: Expr,
    },
    Render {
        visualization: Ident,
        properties: Vec<(Ident, Expr)>,
    },
    Sample {
        count: Expr,
    },
    SampleDistinct {
        count: Expr,
        of: NamedExpr,
    },
    Scan {
        params: Vec<OpParam>,
        order_by: Vec<SortKey>,
        partition_by: Vec<Expr>,
        declare: Vec<Param>,
        steps: Vec<ScanStep>,
    },
    /// `search [kind = …] [in (T, …)] predicate`.
    Search {
        params: Vec<OpParam>,
        tables: Vec<TableRef>,
        predicate: Expr,
    },
    Serialize(Vec<NamedExpr>),
    Sort(Vec<SortKey>),
    Summarize {
        params: Vec<OpParam>,
        aggregates: Vec<NamedExpr>,
        by: Vec<NamedExpr>,
    },
    Take {
        count: Expr,
    },
    Top {
        count: Expr,
        by: SortKey,
    },
    TopHitters {
        count: Expr,
        of: NamedExpr,
        by: Option<Expr>,
    },
    TopNested(Vec<TopNestedLevel>),
    Union {
        params: Vec<OpParam>,
        tables: Vec<TableRef>,
    },
    Where(Expr),
    /// An operator that is KQL but that the engine does not have (`graph-match`, `make-graph`, `macro-expand`, …). The rest of its text is
    /// skipped.
    Unsupported {
        name: String,
    },
}

/// How `project-reorder` orders the columns of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language")]
pub enum ReorderDirection {
    Asc,
    Desc,
    GrannyAsc,
    GrannyDesc,
}

/// A table of `union`, `find` or `search`.
#[derive(Debug, Clone, PartialEq)]
pub enum TableRef {
    /// A wildcard such as `Security*`.
    Wildcard(Ident),
    /// A name, a call or a parenthesised pipeline.
    Pipeline(Pipeline),
}
