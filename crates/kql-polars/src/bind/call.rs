//! Calls: of the registry, of the query's own functions, of aggregations, and those that need the binder itself.

use kql::ast::{Arg, Expr as Ast, ExprKind, Ident, Source};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::{Binder, fold, named, naming};
use crate::aggregates::{self, Aggregate};
use crate::functions::{self, Call, Env, Function};
use crate::query::Evaluated;
use crate::rel::{Rel, RelColumn, column, hidden};
use crate::scope::Binding;
use crate::suggest::did_you_mean;
use crate::typed::Typed;

/// The calls of aggregation functions in the expressions of one `summarize`, with the columns that they need.
#[derive(Debug, Default)]
pub struct Aggregates {
    /// The arguments, each a column of its own, computed before the rows are grouped.
    pub inputs: Vec<Expr>,
    /// The aggregations over those columns, each under its own name.
    pub outputs: Vec<Expr>,
    /// Whether the rows of each group are all equally good for `arg_max` and `arg_min`, so that the first one is picked.
    pub first: bool,
    /// Whether all rows are one group.
    pub whole: bool,
}

impl Aggregates {
    /// A column that holds an expression before grouping.
    pub fn input(&mut self, expr: Expr) -> Expr {
        let name = hidden("in", self.inputs.len());
        self.inputs.push(expr.alias(name.as_str()));
        column(&name)
    }

    /// A column that holds an aggregation after grouping.
    pub fn output(&mut self, expr: Expr) -> Expr {
        let name = hidden("agg", self.outputs.len());
        self.outputs.push(expr.alias(name.as_str()));
        column(&name)
    }
}

impl Binder<'_> {
    /// What functions may ask about: the columns only for the functions that do.
    pub(super) fn env(&self, name: &str) -> Env {
        let mut env = self.cx.query.env(name, self.rel.is_some_and(|rel| rel.serialized));
        if let (Some(rel), true) = (self.rel, name.starts_with("pack_all") || name.starts_with("bag_pack_all")) {
            env.columns =
                rel.columns.iter().map(|c| (c.name.clone(), Typed::new(c.expr(), c.ty, Span::default()))).collect();
        }
        env
    }

    pub(super) fn call(&self, name: &Ident, args: &[Arg], span: Span) -> Result<Typed, Error> {
        if let Some(Binding::Function(f)) = self.cx.scope.get(&name.name) {
            return match self.cx.call(f, args, span, self)? {
                Evaluated::Scalar(value) => Ok(value),
                Evaluated::Table(_) => Err(Error::new(
                    ErrorKind::Type,
                    span,
                    format!("{}() gives a table, and a value is needed here", name.name),
                )
                .with_help(format!("toscalar({}(…)) is its first value", name.name))),
            };
        }
        match name.name.as_str() {
            "toscalar" => return self.to_scalar(args, span),
            "estimate_data_size" => return self.estimate_data_size(args, span),
            "column_names_of" => return self.column_names_of(args, span),
            "column_ifexists" | "columnifexists" => return self.column_ifexists(args, span),
            _ => {}
        }
        if self.aggregates.is_some()
            && let Some(aggregate) = aggregates::find(&name.name)
        {
            let mut values = self.aggregate(aggregate, &name.name, args, span)?;
            if values.len() != 1 {
                return Err(Error::new(
                    ErrorKind::Type,
                    span,
                    format!("{}() gives several columns, and one value is needed here", name.name),
                ));
            }
            if let Some((_, value)) = values.pop() {
                return Ok(value);
            }
        }
        if self.aggregates.is_some()
            && let Some(value) = crate::operators::arg_max::any_value(self, &name.name, args, span)?
        {
            return Ok(value);
        }
        let Some(function) = functions::find(&name.name) else {
            return Err(self.unknown_function(name));
        };
        self.registered(function, name, args, span)
    }

    fn registered(&self, function: &'static Function, name: &Ident, args: &[Arg], span: Span) -> Result<Typed, Error> {
        let call_env = self.env(&name.name);
        let call = self.arguments(function, name, args, span, &call_env)?;
        let parts = call.args.clone();
        let typed = (function.bind)(&call).map_err(|e| e.at(span))?;
        let foldable = function.pure && parts.iter().all(|p| p.type_of.is_none() || p.constant.is_some());
        Ok(if foldable { fold::folded(typed, &parts) } else { typed })
    }

    fn arguments<'e>(
        &self,
        function: &Function,
        name: &'e Ident,
        args: &[Arg],
        span: Span,
        env: &'e Env,
    ) -> Result<Call<'e>, Error> {
        check_count(&name.name, function.args, function.signature, args.len(), span)?;
        for note in named::notes(&name.name, function.signature, args) {
            self.cx.query.note(note);
        }
        let mut bound = Vec::with_capacity(args.len());
        let mut names = Vec::with_capacity(args.len());
        for arg in args {
            bound.push(self.bind(&arg.value)?);
            names.push(naming::name_of_argument(arg));
        }
        Ok(Call { name: &name.name, span, args: bound, names, env })
    }

    /// The columns of a call that gives several, with their default names; `None` for any other expression.
    ///
    /// # Errors
    /// As [`Binder::bind`].
    pub fn several(&self, expr: &Ast) -> Result<Option<Vec<(String, Typed)>>, Error> {
        let ExprKind::Call { name, args } = &expr.kind else {
            return Ok(None);
        };
        if matches!(self.cx.scope.get(&name.name), Some(Binding::Function(_))) {
            return Ok(None);
        }
        let (Some(bind), Some(function)) = (functions::multi_column(&name.name), functions::find(&name.name)) else {
            return Ok(None);
        };
        let env = self.env(&name.name);
        let call = self.arguments(function, name, args, expr.span, &env)?;
        let columns = bind(&call).map_err(|e| e.at(expr.span))?;
        // None: one column, named as any other expression.
        Ok((!columns.is_empty()).then_some(columns))
    }

    /// Binds a call of an aggregation: its columns after grouping, with their default names.
    ///
    /// # Errors
    /// As [`Binder::bind`].
    pub fn aggregate(
        &self,
        aggregate: &Aggregate,
        name: &str,
        args: &[Arg],
        span: Span,
    ) -> Result<Vec<(String, Typed)>, Error> {
        let Some(state) = self.aggregates else {
            return Err(Error::new(ErrorKind::Type, span, format!("{name}() can only be called in summarize")));
        };
        check_count(name, aggregate.args, aggregate.signature, args.len(), span)?;
        let rows = Binder { aggregates: None, ..*self };
        let mut bound = Vec::with_capacity(args.len());
        let mut names = Vec::with_capacity(args.len());
        let mut plain = Vec::with_capacity(args.len());
        for arg in args {
            let mut value = rows.bind(&arg.value)?;
            if value.type_of.is_none() {
                value.expr = state.borrow_mut().input(value.expr);
            }
            bound.push(value);
            names.push(naming::name_of_argument(arg));
            plain.push(naming::name_of_argument(arg));
        }
        let env = self.env(name);
        let call = Call { name, span, args: bound, names, env: &env };
        let aggregations = (aggregate.bind)(&call).map_err(|e| e.at(span))?;
        let plain: Vec<Option<&str>> = plain.iter().map(Option::as_deref).collect();
        Ok(aggregations
            .into_iter()
            .map(|a| {
                let default = aggregate.default_name(&plain, &a);
                let mut expr = state.borrow_mut().output(a.agg);
                if let Some(finish) = a.finish {
                    expr = finish(expr);
                }
                (default, Typed::new(expr, a.ty, span))
            })
            .collect())
    }

    fn to_scalar(&self, args: &[Arg], span: Span) -> Result<Typed, Error> {
        let [arg] = args else {
            return Err(Error::new(ErrorKind::Type, span, "toscalar() needs one argument"));
        };
        match self.table_argument(&arg.value)? {
            Some(rel) => self.first_value(rel, span),
            None => {
                let value = self.bind(&arg.value)?;
                if value.constant.is_some() || super::reads_columns(&value.expr) {
                    return Ok(Typed { span, ..value });
                }
                // `toscalar(new_guid())` is one value wherever it is used.
                let column = RelColumn::new("value", value.ty);
                let frame = Rel::one_row().frame.select([value.expr.alias("value")]);
                self.first_value(Rel::new(frame, vec![column]), span)
            }
        }
    }

    /// An argument that is a table, or `None` when it is a scalar.
    ///
    /// # Errors
    /// As [`crate::query::Context::evaluate`].
    pub fn table_argument(&self, arg: &Ast) -> Result<Option<Rel>, Error> {
        let maybe = match &arg.kind {
            ExprKind::Tabular(_) => true,
            ExprKind::Name(name) => {
                self.rel.is_none_or(|rel| rel.column(name).is_none())
                    && !matches!(self.cx.scope.get(name), Some(Binding::Scalar(_)))
            }
            ExprKind::Path { .. } | ExprKind::Index { .. } => {
                return Ok(self.cx.pattern(arg)?.and_then(Evaluated::table));
            }
            ExprKind::Call { name, .. } => match self.cx.scope.get(&name.name) {
                Some(Binding::Function(_) | Binding::Pattern(_)) => true,
                _ => matches!(name.name.as_str(), "materialize" | "table" | "cluster" | "database" | "workspace"),
            },
            _ => false,
        };
        if !maybe {
            return Ok(None);
        }
        // A function that gives a scalar may depend on the row: it is bound where it stands.
        if let ExprKind::Call { name, args } = &arg.kind
            && let Some(Binding::Function(f)) = self.cx.scope.get(&name.name)
        {
            return match self.cx.call(f, args, arg.span, self)? {
                Evaluated::Table(rel) => Ok(Some(rel)),
                Evaluated::Scalar(_) => Ok(None),
            };
        }
        if let ExprKind::Tabular(pipeline) = &arg.kind
            && pipeline.operators.is_empty()
            && let Source::Expr(inner) = &pipeline.source
        {
            return self.table_argument(inner);
        }
        match self.cx.value(arg)? {
            Evaluated::Table(rel) => Ok(Some(rel)),
            Evaluated::Scalar(_) => Ok(None),
        }
    }

    /// The names of the columns of a table, known without running it.
    ///
    /// Source: <https://learn.microsoft.com/kusto/query/column-names-of-function>
    fn column_names_of(&self, args: &[Arg], span: Span) -> Result<Typed, Error> {
        let wrong = |at| {
            Error::new(ErrorKind::Type, at, "column_names_of() needs one argument: a table")
                .with_help("column_names_of(T) for a table or let statement, column_names_of(F()) for a function")
        };
        let [arg] = args else {
            return Err(wrong(span));
        };
        let table = self.table_argument(&arg.value)?.ok_or_else(|| wrong(arg.value.span))?;
        let names: Vec<_> = table.columns.iter().map(|c| c.name.clone().into()).collect();
        Ok(Typed::constant(Value::Dynamic(serde_json::Value::Array(names)), span))
    }

    fn column_ifexists(&self, args: &[Arg], span: Span) -> Result<Typed, Error> {
        let [name, default] = args else {
            return Err(Error::new(ErrorKind::Type, span, "column_ifexists() needs a name and a default"));
        };
        let name = self.constant(&name.value, KqlType::String, "the name of the column")?;
        if let (Value::String(name), Some(rel)) = (&name, self.rel)
            && let Some(column) = rel.column(name)
        {
            return Ok(Typed::new(column.expr(), column.ty, span));
        }
        self.bind(&default.value).map(|t| Typed { span, ..t })
    }

    fn unknown_function(&self, name: &Ident) -> Error {
        if aggregates::find(&name.name).is_some()
            || matches!(name.name.as_str(), "arg_max" | "arg_min" | "take_any" | "any")
        {
            return Error::new(
                ErrorKind::Type,
                name.span,
                format!("{}() aggregates rows, which only summarize does", name.name),
            );
        }
        let known = functions::all()
            .flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied()))
            .chain(self.cx.scope.iter().filter_map(|(n, b)| matches!(b, Binding::Function(_)).then_some(n)));
        let mut error = Error::new(ErrorKind::UnknownName, name.span, format!("there is no function {}()", name.name));
        error.help = did_you_mean(&name.name, known);
        error
    }
}

fn check_count(
    name: &str,
    (least, most): (usize, usize),
    signature: &str,
    given: usize,
    span: Span,
) -> Result<(), Error> {
    if given >= least && given <= most {
        return Ok(());
    }
    let wanted = match (least, most) {
        (a, b) if a == b => format!("{a}"),
        (a, usize::MAX) => format!("{a} or more"),
        (a, b) => format!("{a} to {b}"),
    };
    Err(Error::new(ErrorKind::Type, span, format!("{name}() takes {wanted} arguments, and {given} are given"))
        .with_help(signature.to_owned()))
}
