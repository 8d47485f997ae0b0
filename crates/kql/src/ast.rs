//! The syntax tree: what the text says, before names and types are looked up.
//!
//! Every node that an error can point at has a [`Span`]. Operators that the engine does not run are
//! parsed too where that is cheap, so that the error can name them.

use crate::{KqlType, Span, Value};

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
    /// A statement that the engine refuses: `alias database …`, `restrict access to …`, `declare pattern …`, or a
    /// `.control command`.
    Unsupported {
        /// What it is, for the message.
        what: String,
        /// Where it starts.
        span: Span,
    },
    /// A tabular (or, in a function body, scalar) expression.
    Expr(Pipeline),
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
#[allow(
    missing_docs,
    reason = "the fields are the operator's documented arguments, under their documented names"
)]
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
#[allow(
    missing_docs,
    reason = "named as in the language; a leading Not negates, a trailing Cs is case-sensitive"
)]
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
