//! Questions about expressions of the syntax tree, and changes to them.

use kql::ast::{Arg, Expr, ExprKind};

/// Whether `test` holds for the expression or any part of it. Sub-queries are not looked into.
pub fn any(expr: &Expr, test: &dyn Fn(&Expr) -> bool) -> bool {
    test(expr) || parts(expr).into_iter().any(|part| any(part, test))
}

/// The names that the expression uses, in order, each once.
pub fn names(expr: &Expr) -> Vec<&str> {
    fn collect<'e>(expr: &'e Expr, into: &mut Vec<&'e str>) {
        if let ExprKind::Name(name) = &expr.kind
            && !into.contains(&name.as_str())
        {
            into.push(name);
        }
        for part in parts(expr) {
            collect(part, into);
        }
    }
    let mut all = Vec::new();
    collect(expr, &mut all);
    all
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Path { target, .. } => vec![target],
        ExprKind::Index { target, index } => vec![target, index],
        ExprKind::Call { args, .. } => args.iter().map(|a| &a.value).collect(),
        ExprKind::MethodCall { target, args, .. } => {
            std::iter::once(&**target).chain(args.iter().map(|a| &a.value)).collect()
        }
        ExprKind::Unary { operand, .. } => vec![operand],
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::InList { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
        ExprKind::Between { value, low, high, .. } => vec![value, low, high],
        ExprKind::Literal(_)
        | ExprKind::TypeOf(..)
        | ExprKind::Name(_)
        | ExprKind::Star
        | ExprKind::Wildcard(_)
        | ExprKind::Tabular(_) => Vec::new(),
    }
}

/// The expression with every part for which `change` gives another one replaced. What is replaced is not looked into again.
pub fn replaced(expr: &Expr, change: &dyn Fn(&Expr) -> Option<ExprKind>) -> Expr {
    let span = expr.span;
    if let Some(kind) = change(expr) {
        return Expr { kind, span };
    }
    let again = |part: &Expr| Box::new(replaced(part, change));
    let arguments =
        |args: &[Arg]| args.iter().map(|a| Arg { name: a.name.clone(), value: replaced(&a.value, change) }).collect();
    let kind = match &expr.kind {
        ExprKind::Path { target, name } => ExprKind::Path { target: again(target), name: name.clone() },
        ExprKind::Index { target, index } => ExprKind::Index { target: again(target), index: again(index) },
        ExprKind::Call { name, args } => ExprKind::Call { name: name.clone(), args: arguments(args) },
        ExprKind::MethodCall { target, name, args } => {
            ExprKind::MethodCall { target: again(target), name: name.clone(), args: arguments(args) }
        }
        ExprKind::Unary { op, operand } => ExprKind::Unary { op: *op, operand: again(operand) },
        ExprKind::Binary { op, op_span, left, right } => {
            ExprKind::Binary { op: *op, op_span: *op_span, left: again(left), right: again(right) }
        }
        ExprKind::InList { op, value, list } => ExprKind::InList {
            op: *op,
            value: again(value),
            list: list.iter().map(|item| replaced(item, change)).collect(),
        },
        ExprKind::Between { negated, value, low, high } => {
            ExprKind::Between { negated: *negated, value: again(value), low: again(low), high: again(high) }
        }
        other => other.clone(),
    };
    Expr { kind, span }
}
