//! The names that `let`, parameters and `as` bind.

use std::cell::Cell;
use std::rc::Rc;

use kql::Error;
use kql::ast::{Param, PatternRow, Statement};

use crate::rel::Rel;
use crate::typed::Typed;

/// What a name stands for.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there are few at a time")]
pub enum Binding {
    /// A scalar. It depends on the row only where it is an argument of a function that is called for each row.
    Scalar(Typed),
    /// A table.
    Table(Rc<Rel>),
    /// A function.
    Function(Rc<FunctionDef>),
    /// A pattern.
    Pattern(Rc<PatternDef>),
    /// An expression of `let` that names something that is not there: an error where it is used, which `union isfuzzy = true` leaves out.
    Unresolved(Rc<Unresolved>),
}

/// What is wrong with the expression of a `let`.
#[derive(Debug)]
pub struct Unresolved {
    error: Error,
    used: Cell<bool>,
}

impl Unresolved {
    /// An expression that nobody has used yet.
    pub fn new(error: Error) -> Self {
        Self { error, used: Cell::new(false) }
    }

    /// The error of a use.
    pub fn used(&self) -> Error {
        self.used.set(true);
        self.error.clone()
    }

    /// The error, if nobody has used the expression.
    pub fn unused(&self) -> Option<Error> {
        (!self.used.get()).then(|| self.error.clone())
    }
}

/// A pattern of the query text.
#[derive(Debug)]
pub struct PatternDef {
    /// Its name.
    pub name: String,
    /// What it maps.
    pub rows: Vec<PatternRow>,
    /// The names that its bodies see.
    pub scope: Scope,
}

/// A function of the query text.
#[derive(Debug)]
pub struct FunctionDef {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its body.
    pub body: Vec<Statement>,
    /// The names that its body sees: those bound before it, so that no function can call itself.
    pub scope: Scope,
    /// Whether it was declared with `view`, so that wildcards of `union` find it.
    pub view: bool,
}

/// Names bound so far. Cheap to clone; a later binding of the same name hides the earlier one.
#[derive(Debug, Clone, Default)]
pub struct Scope(Option<Rc<Node>>);

#[derive(Debug)]
struct Node {
    name: String,
    value: Binding,
    before: Scope,
}

impl Scope {
    /// The same names and one more.
    #[must_use]
    pub fn with(&self, name: impl Into<String>, value: Binding) -> Self {
        Self(Some(Rc::new(Node { name: name.into(), value, before: self.clone() })))
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// All names, the latest first; hidden ones too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Binding)> {
        let mut at = self.0.as_deref();
        std::iter::from_fn(move || {
            let node = at?;
            at = node.before.0.as_deref();
            Some((node.name.as_str(), &node.value))
        })
    }
}

impl Drop for Node {
    /// Without recursion: a script may bind many thousands of names.
    fn drop(&mut self) {
        let mut next = self.before.0.take();
        while let Some(node) = next {
            match Rc::try_unwrap(node) {
                Ok(mut node) => next = node.before.0.take(),
                Err(_) => break,
            }
        }
    }
}
