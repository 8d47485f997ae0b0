//! One run of one script: statements, pipelines and calls of the query's own functions.

mod calls;
mod parameters;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kql::ast::{Arg, Expr, ExprKind, LetValue, OperatorKind, Pipeline, Script, Source, Statement};
use kql::{Error, ErrorKind, Span, Value};
use polars::prelude::{DataFrame, LazyFrame};

use crate::bind::Binder;
use crate::catalog::Catalog;
use crate::functions::Env;
use crate::operators::{self, latest::Stage};
use crate::places::Places;
use crate::rel::Rel;
use crate::results::{self, Bound};
use crate::run::RuntimeError;
use crate::scope::{Binding, FunctionDef, PatternDef, Scope, Unresolved};
use crate::suggest::did_you_mean;
use crate::table::Column;
use crate::typed::Typed;

/// Most operators of one query, those of functions counted at every call.
pub const MAX_OPERATORS: usize = 10_000;
/// Most calls of the query's own functions.
pub const MAX_CALLS: usize = 20_000;

/// What one run knows and collects.
pub struct Query<'q> {
    /// Where tables come from.
    pub catalog: &'q dyn Catalog,
    /// Values of the query's parameters.
    pub params: &'q BTreeMap<String, Value>,
    now: OnceCell<i64>,
    /// Set by whoever no longer wants the result.
    pub cancel: Option<Arc<AtomicBool>>,
    /// A database of places, if there is one.
    pub places: Option<Places>,
    notes: RefCell<Vec<String>>,
    /// The values of `set` that mean something here, by name.
    options: RefCell<BTreeMap<String, Typed>>,
    operators: Cell<usize>,
    calls: Cell<usize>,
    stages: RefCell<Vec<Stage>>,
}

/// The value of an expression that may be either.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there are few at a time")]
pub enum Evaluated {
    /// A scalar.
    Scalar(Typed),
    /// A table.
    Table(Rel),
}

impl Evaluated {
    /// The table, if it is one.
    pub fn table(self) -> Option<Rel> {
        match self {
            Self::Table(rel) => Some(rel),
            Self::Scalar(_) => None,
        }
    }
}

/// Where a pipeline stands: the query, the names it sees, and the implicit input of a sub-pipeline.
#[derive(Clone, Debug)]
pub struct Context<'q> {
    /// The run.
    pub query: &'q Query<'q>,
    /// The names bound so far.
    pub scope: Scope,
    /// What [`Source::Input`] stands for.
    pub input: Option<Rc<Rel>>,
}

impl std::fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Query({} operators)", self.operators.get())
    }
}

impl<'q> Query<'q> {
    /// A run over a catalog.
    pub fn new(catalog: &'q dyn Catalog, params: &'q BTreeMap<String, Value>) -> Self {
        Self {
            catalog,
            params,
            now: OnceCell::new(),
            cancel: None,
            places: None,
            notes: RefCell::default(),
            options: RefCell::default(),
            operators: Cell::new(0),
            calls: Cell::new(0),
            stages: RefCell::default(),
        }
    }

    /// What the function of a name may ask about. The time is only looked up for those that tell it: a catalog may have to open all its tables for it.
    pub fn env(&self, name: &str, serialized: bool) -> Env {
        let option = |name: &str| self.options.borrow().get(name).cloned();
        let bin_auto = (option("query_bin_auto_size"), option("query_bin_auto_at"));
        let now = if matches!(name, "now" | "ago") { self.now() } else { 0 };
        let places = self.places.clone().filter(|_| name == "geo_info_from_ip_address");
        if let Some(note) = places.as_ref().map(Places::note).filter(|note| !note.is_empty()) {
            self.note(note);
        }
        Env { now, serialized, columns: Vec::new(), bin_auto, places }
    }

    /// `now()`, in ticks: that of the catalog, or else of the clock. The same for the whole run.
    pub fn now(&self) -> i64 {
        *self.now.get_or_init(|| self.catalog.now().unwrap_or_else(crate::run::clock))
    }

    /// Tells the reader of the result something, once.
    pub fn note(&self, note: impl Into<String>) {
        let note = note.into();
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// What there is to tell.
    pub fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// Has something read before the next rows are computed.
    pub fn add_stage(&self, stage: Stage) {
        self.stages.borrow_mut().push(stage);
    }

    /// Computes the rows of a relation, with all columns converted.
    ///
    /// # Errors
    /// What Polars reports.
    pub fn collect(&self, rel: Rel) -> Result<(DataFrame, Vec<Column>), RuntimeError> {
        self.run_stages()?;
        rel.collect()
    }

    /// Computes the rows of a plan.
    ///
    /// # Errors
    /// What Polars reports.
    pub fn collect_frame(&self, frame: LazyFrame) -> Result<DataFrame, RuntimeError> {
        self.run_stages()?;
        crate::run::collect(frame)
    }

    fn run_stages(&self) -> Result<(), RuntimeError> {
        self.stages.take().into_iter().try_for_each(Stage::run)
    }

    /// A table of the catalog.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub fn table(&self, name: &str) -> Result<Option<Rel>, Error> {
        let Some(source) = self.catalog.table(name)? else {
            return Ok(None);
        };
        for note in &source.notes {
            self.note(note.as_str());
        }
        Ok(Some(Rel::from_source(source, name, &self.catalog.empty_columns(name))))
    }

    /// Ends a run whose result nobody wants any more.
    ///
    /// # Errors
    /// When [`cancel`](Self::cancel) is set.
    pub fn check_cancelled(&self) -> Result<(), Error> {
        match &self.cancel {
            Some(cancel) if cancel.load(Ordering::Relaxed) => Err(crate::limits::cancelled()),
            _ => Ok(()),
        }
    }

    fn count_operator(&self, span: Span) -> Result<(), Error> {
        self.check_cancelled()?;
        self.operators.set(self.operators.get() + 1);
        if self.operators.get() > MAX_OPERATORS {
            return Err(Error::new(
                ErrorKind::Limit,
                span,
                format!("the query has more than {MAX_OPERATORS} operators"),
            )
            .with_help("split it into several queries"));
        }
        Ok(())
    }
}

/// Binds a whole script, of which one table is wanted. `Ok(None)` when it has no statement that gives a result.
///
/// # Errors
/// See [`crate::run::run`].
pub fn bind_script<'q>(query: &'q Query<'q>, script: &Script) -> Result<Option<Rel>, Error> {
    let mut all = bind_all(query, script)?;
    match all.len() {
        0 | 1 => Ok(all.pop().map(|bound| bound.rel)),
        n => Err(Error::bare(ErrorKind::Unsupported, format!("the query gives {n} tables, and one is wanted here"))
            .with_help("run the queries one by one; on the command line, entity-explorer kql shows all tables")),
    }
}

/// Binds a whole script: a table for each of its statements that give one, several for `fork` and `facet`.
///
/// # Errors
/// See [`crate::run::run_all`].
pub fn bind_all<'q>(query: &'q Query<'q>, script: &Script) -> Result<Vec<Bound>, Error> {
    let mut cx = Context { query, scope: Scope::default(), input: None };
    parameters::check(query, script)?;
    let mut all = Vec::new();
    run_statements(&mut cx, &script.statements, &mut |cx, pipeline| results::bind(cx, pipeline, &mut all))?;
    Ok(all)
}

/// The value of the statements of a body.
fn one_value(cx: &mut Context<'_>, statements: &[Statement]) -> Result<Option<Evaluated>, Error> {
    let mut result = None;
    run_statements(cx, statements, &mut |cx, pipeline| {
        if result.is_some() {
            return Err(Error::new(
                ErrorKind::Type,
                pipeline.span,
                "a function gives one value, and this is a second one",
            ));
        }
        result = Some(cx.evaluate(pipeline)?);
        Ok(())
    })?;
    Ok(result)
}

/// Runs statements; `each` is given those that are expressions.
fn run_statements(
    cx: &mut Context<'_>,
    statements: &[Statement],
    each: &mut dyn FnMut(&Context<'_>, &Pipeline) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut unresolved: Vec<Rc<Unresolved>> = Vec::new();
    for statement in statements {
        match statement {
            Statement::Let { name, value } => {
                let binding = match value {
                    LetValue::Function { params, body, view } => Binding::Function(Rc::new(FunctionDef {
                        name: name.name.clone(),
                        params: params.clone(),
                        body: body.clone(),
                        scope: cx.scope.clone(),
                        view: *view,
                    })),
                    LetValue::Expr(pipeline) => match cx.evaluate(pipeline) {
                        Err(error) if error.kind == ErrorKind::UnknownName => {
                            let error = Rc::new(Unresolved::new(error));
                            unresolved.push(error.clone());
                            Binding::Unresolved(error)
                        }
                        Err(error) => return Err(error),
                        Ok(Evaluated::Scalar(value)) => Binding::Scalar(value),
                        Ok(Evaluated::Table(mut rel)) => {
                            rel.name = Some(name.name.clone());
                            Binding::Table(Rc::new(rel))
                        }
                    },
                };
                cx.scope = cx.scope.with(&name.name, binding);
            }
            Statement::QueryParameters(params) => {
                for param in params {
                    let value = parameters::value(cx, param)?;
                    cx.scope = cx.scope.with(&param.name.name, Binding::Scalar(value));
                }
            }
            Statement::Pattern { name, rows } => {
                let pattern = PatternDef { name: name.name.clone(), rows: rows.clone(), scope: cx.scope.clone() };
                cx.scope = cx.scope.with(&name.name, Binding::Pattern(Rc::new(pattern)));
            }
            Statement::Set { name, value } => {
                if let (Some(value), true) = (value, name.name.starts_with("query_bin_auto_")) {
                    let value = cx.binder().bind(value)?;
                    cx.query.options.borrow_mut().insert(name.name.clone(), value);
                }
            }
            Statement::Unsupported { what, span } => {
                return Err(Error::new(ErrorKind::Unsupported, *span, format!("{what} cannot be run on local data")));
            }
            Statement::Expr(pipeline) => each(cx, pipeline)?,
        }
    }
    match unresolved.iter().find_map(|u| u.unused()) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

impl<'q> Context<'q> {
    /// Binds scalar expressions that see no columns.
    pub fn binder(&self) -> Binder<'_> {
        Binder::new(self, None)
    }

    /// Binds scalar expressions over the columns of a relation.
    pub fn over<'a>(&'a self, rel: &'a Rel) -> Binder<'a> {
        Binder::new(self, Some(rel))
    }

    /// The same place with an implicit input for sub-pipelines.
    #[must_use]
    pub fn with_input(&self, input: Rel) -> Self {
        Self { input: Some(Rc::new(input)), ..self.clone() }
    }

    /// A pipeline that has to give a table.
    ///
    /// # Errors
    /// Any mistake in it, or when it gives a scalar.
    pub fn table(&self, pipeline: &Pipeline) -> Result<Rel, Error> {
        match self.evaluate(pipeline)? {
            Evaluated::Table(rel) => Ok(rel),
            Evaluated::Scalar(value) => Err(Error::new(
                ErrorKind::Type,
                value.span,
                format!("a table is needed here, and this is a {}", value.ty),
            )),
        }
    }

    /// A pipeline that may give a table or, when it has no operators, a scalar.
    ///
    /// # Errors
    /// Any mistake in it.
    pub fn evaluate(&self, pipeline: &Pipeline) -> Result<Evaluated, Error> {
        let source = self.source(&pipeline.source)?;
        if pipeline.operators.is_empty() {
            return Ok(source);
        }
        let mut rel = match source {
            Evaluated::Table(rel) => rel,
            Evaluated::Scalar(value) => {
                return Err(Error::new(
                    ErrorKind::Type,
                    value.span,
                    format!("the operators after `|` need a table, and this is a {}", value.ty),
                ));
            }
        };
        let mut cx = self.clone();
        let mut at = 0;
        while let Some(operator) = pipeline.operators.get(at) {
            let filters = pipeline.operators[at..].iter().map_while(|o| match &o.kind {
                OperatorKind::Where(condition) => Some(condition),
                _ => None,
            });
            let together = filters.clone().count().max(1);
            for operator in &pipeline.operators[at..at + together] {
                self.query.count_operator(operator.span)?;
            }
            at += together;
            if together > 1 {
                let rereadable = rel.rereadable && filters.clone().all(|c| operators::latest::is_repeatable(&cx, c));
                rel = operators::filter::apply(&cx, rel, filters)?;
                rel.rereadable = rereadable;
                continue;
            }
            if let OperatorKind::Join { params, right, on } = &operator.kind {
                let after: Vec<_> = pipeline.operators[at..]
                    .iter()
                    .map_while(|o| match &o.kind {
                        OperatorKind::Where(condition) => Some(condition),
                        _ => None,
                    })
                    .collect();
                rel = operators::join::apply(&cx, rel, params, right, on, &after, operator.span)?;
                continue;
            }
            rel = operators::apply(&cx, rel, operator)?;
            if let OperatorKind::As { name, .. } = &operator.kind {
                rel.name = Some(name.name.clone());
                cx.scope = cx.scope.with(&name.name, Binding::Table(Rc::new(rel.clone())));
            }
        }
        Ok(Evaluated::Table(rel))
    }

    fn source(&self, source: &Source) -> Result<Evaluated, Error> {
        match source {
            Source::Expr(expr) => self.value(expr),
            Source::Paren(pipeline) => self.evaluate(pipeline),
            Source::DataTable { columns, values, span } => {
                operators::datatable::source(self, columns, values, *span).map(Evaluated::Table)
            }
            Source::ExternalData { span } => Err(Error::new(
                ErrorKind::Unsupported,
                *span,
                "externaldata reads files from the network, which local queries do not do",
            )
            .with_help("download the file and add it to the data of the workspace")),
            Source::Operator(operator) => {
                self.query.count_operator(operator.span)?;
                operators::source(self, operator).map(Evaluated::Table)
            }
            Source::Input => match &self.input {
                Some(rel) => Ok(Evaluated::Table((**rel).clone())),
                None => Err(Error::bare(
                    ErrorKind::Syntax,
                    "the query starts with an operator, and there is no table before it",
                )
                .with_help("start with the name of a table, for example SigninLogs | where …")),
            },
        }
    }

    /// An expression that may be a table: a name, a call, `cluster(…).…`, or any scalar.
    pub(crate) fn value(&self, expr: &Expr) -> Result<Evaluated, Error> {
        if let Some(value) = self.pattern(expr)? {
            return Ok(value);
        }
        match &expr.kind {
            ExprKind::Name(name) => match self.scope.get(name) {
                Some(Binding::Scalar(value)) => {
                    let mut value = value.clone();
                    value.span = expr.span;
                    Ok(Evaluated::Scalar(value))
                }
                Some(Binding::Table(rel)) => Ok(Evaluated::Table((**rel).clone())),
                Some(Binding::Function(f)) => self.call_here(f, &[], expr.span),
                Some(Binding::Unresolved(unresolved)) => Err(unresolved.used()),
                Some(Binding::Pattern(_)) => Err(Error::new(
                    ErrorKind::Type,
                    expr.span,
                    format!("`{name}` is a pattern: it needs its arguments, as in {name}('…')"),
                )),
                None => self.catalog_table(name, expr.span).map(Evaluated::Table),
            },
            ExprKind::Call { name, args } => match name.name.as_str() {
                _ if matches!(self.scope.get(&name.name), Some(Binding::Function(_))) => {
                    let Some(Binding::Function(f)) = self.scope.get(&name.name) else {
                        return self.binder().bind(expr).map(Evaluated::Scalar);
                    };
                    self.call_here(f, args, expr.span)
                }
                "materialize" | "view" => {
                    let arg = one_argument(&name.name, args, expr.span)?;
                    let Evaluated::Table(rel) = self.value(arg)? else {
                        return Err(Error::new(ErrorKind::Type, arg.span, format!("{}() needs a table", name.name)));
                    };
                    self.materialize(rel).map(Evaluated::Table)
                }
                "table" => {
                    let arg = args
                        .first()
                        .map(|a| &a.value)
                        .ok_or_else(|| Error::new(ErrorKind::Type, expr.span, "table() needs a name"))?;
                    let bound = self.binder().bind(arg)?;
                    let table = bound.constant_str("the name of a table")?;
                    match self.scope.get(table) {
                        Some(Binding::Table(rel)) => Ok(Evaluated::Table((**rel).clone())),
                        Some(Binding::Unresolved(unresolved)) => Err(unresolved.used()),
                        Some(Binding::Function(f)) if f.params.is_empty() => self.call_here(f, &[], expr.span),
                        _ => self.catalog_table(table, arg.span).map(Evaluated::Table),
                    }
                }
                "cluster"
                | "database"
                | "workspace"
                | "app"
                | "resource"
                | "external_table"
                | "materialized_view"
                | "stored_query_result" => Err(elsewhere(&name.name, expr.span)),
                _ => self.binder().bind(expr).map(Evaluated::Scalar),
            },
            ExprKind::Path { target, .. } | ExprKind::MethodCall { target, .. } => {
                let mut root = target;
                while let ExprKind::Path { target, .. } | ExprKind::MethodCall { target, .. } = &root.kind {
                    root = target;
                }
                match &root.kind {
                    ExprKind::Call { name, .. }
                        if matches!(name.name.as_str(), "cluster" | "database" | "workspace" | "app" | "resource") =>
                    {
                        Err(elsewhere(&name.name, expr.span))
                    }
                    _ => self.binder().bind(expr).map(Evaluated::Scalar),
                }
            }
            ExprKind::Tabular(pipeline) => self.evaluate(pipeline),
            _ => self.binder().bind(expr).map(Evaluated::Scalar),
        }
    }

    /// A table of the catalog, or an error that names the nearest.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn catalog_table(&self, name: &str, span: Span) -> Result<Rel, Error> {
        if let Some(rel) = self.query.table(name).map_err(|e| e.at(span))? {
            return Ok(rel);
        }
        let tables = self.query.catalog.table_names();
        let known = self.scope.iter().map(|(n, _)| n).chain(tables.iter().map(String::as_str));
        let mut error = Error::new(ErrorKind::UnknownName, span, format!("there is no table or variable `{name}`"));
        error.help = did_you_mean(name, known).or_else(|| {
            (!tables.is_empty()).then(|| match tables.len() {
                n if n <= 12 => format!("the tables are {}", tables.join(", ")),
                n => format!("there are {n} tables, such as {}", tables[..12].join(", ")),
            })
        });
        Err(error)
    }

    /// Computes a table now, once, for all its uses.
    ///
    /// # Errors
    /// When computing it fails.
    pub fn materialize(&self, rel: Rel) -> Result<Rel, Error> {
        let (serialized, name, render) = (rel.serialized, rel.name.clone(), rel.render.clone());
        let (frame, columns) = self.query.collect(rel)?;
        let mut rel = Rel::from_frame(frame, &columns);
        rel.serialized = serialized;
        rel.name = name;
        rel.render = render;
        Ok(rel)
    }

    /// The value of the last statement of a body.
    ///
    /// # Errors
    /// Mistakes in it, or when it gives no value.
    pub(crate) fn run_body(&mut self, body: &[Statement], span: Span) -> Result<Evaluated, Error> {
        one_value(self, body)?.ok_or_else(|| Error::new(ErrorKind::Type, span, "the body gives no value"))
    }
}

fn one_argument<'a>(name: &str, args: &'a [Arg], span: Span) -> Result<&'a Expr, Error> {
    match args {
        [arg] => Ok(&arg.value),
        _ => Err(Error::new(ErrorKind::Type, span, format!("{name}() needs one argument"))),
    }
}

fn elsewhere(what: &str, span: Span) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        span,
        format!("{what}() names data outside of this workspace, which a local query cannot reach"),
    )
    .with_help("name the table alone, as in `SigninLogs`")
}
