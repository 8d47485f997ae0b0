//! `ipv4_lookup` and `ipv6_lookup`: join addresses with a table of networks.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/ipv4-lookup-plugin>, <https://learn.microsoft.com/kusto/query/ipv6-lookup-plugin>

use std::collections::HashMap;

use kql::{Error, KqlType, Value};
use polars::prelude::*;

use super::{Call, computed, polars_error};
use crate::bind::naming::Names;
use crate::functions::ipv6_network;
use crate::rel::{Rel, RelColumn};
use crate::table::Column as TableColumn;

/// Which addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `a.b.c.d`
    V4,
    /// Eight groups, or the form of IPv4.
    V6,
}

pub(super) fn apply(call: &Call<'_>, rel: Rel, family: Family) -> Result<Rel, Error> {
    call.check_names(&["return_unmatched"])?;
    let args = call.positional();
    let [table, source_key, lookup_key, more @ ..] = args.as_slice() else {
        return Err(call
            .error("it needs a table of networks and two columns")
            .with_help(format!("evaluate {}(Networks, Address, network)", call.plugin.name)));
    };
    let Some(lookup) = call.cx.over(&rel).table_argument(table)? else {
        return Err(call.error("the first argument has to be a table"));
    };
    let mut unmatched = call.named("return_unmatched");
    let mut extra: Vec<String> = Vec::new();
    for arg in more {
        match &arg.kind {
            kql::ast::ExprKind::Literal(_) => unmatched = Some(arg),
            _ => {
                extra.push(call.column(&rel, arg)?.name.clone());
                call.column(&lookup, arg)?;
            }
        }
    }
    let unmatched = match unmatched {
        Some(arg) => call.cx.binder().constant(arg, KqlType::Bool, "return_unmatched")? == Value::Bool(true),
        None => false,
    };
    let source_key = text_column(call, &rel, source_key)?;
    let lookup_key = text_column(call, &lookup, lookup_key)?;
    let (left, left_columns) = computed(call, rel)?;
    let (right, right_columns) = computed(call, lookup)?;
    let failed = |e| polars_error(call.span, e);
    let networks = Networks::new(right.column(&lookup_key).and_then(Column::str).map_err(failed)?, family);
    let addresses = left.column(&source_key).and_then(Column::str).map_err(failed)?;
    let keys = |frame: &DataFrame, row: usize| -> PolarsResult<Vec<AnyValue<'static>>> {
        extra.iter().map(|name| frame.column(name)?.get(row).map(AnyValue::into_static)).collect()
    };
    let mut left_rows: Vec<IdxSize> = Vec::new();
    let mut right_rows: Vec<Option<IdxSize>> = Vec::new();
    for (row, text) in addresses.iter().enumerate() {
        let at = IdxSize::try_from(row).unwrap_or(IdxSize::MAX);
        let before = left_rows.len();
        for found in text.and_then(|text| family.network(text)).map(|n| networks.find(n)).unwrap_or_default() {
            if extra.is_empty() || keys(&left, row).map_err(failed)? == keys(&right, found as usize).map_err(failed)? {
                left_rows.push(at);
                right_rows.push(Some(found));
            }
        }
        if unmatched && left_rows.len() == before {
            left_rows.push(at);
            right_rows.push(None);
        }
    }
    let left_rows = IdxCa::from_vec("".into(), left_rows);
    let right_rows: IdxCa = right_rows.into_iter().collect();
    let taken = |frame: &DataFrame, columns: &[TableColumn], rows: &IdxCa, skip: &[String]| {
        let kept = columns.iter().zip(frame.columns()).filter(|(c, _)| !skip.contains(&c.name));
        kept.map(|(c, column)| Ok((c.clone(), column.take(rows)?))).collect::<PolarsResult<Vec<_>>>()
    };
    let source = taken(&left, &left_columns, &left_rows, &[]).map_err(failed)?;
    let found = taken(&right, &right_columns, &right_rows, &extra).map_err(failed)?;
    // The columns of the networks come first for IPv6, as the documentation shows them.
    let (first, second) = match family {
        Family::V4 => (source, found),
        Family::V6 => (found, source),
    };
    let mut names = Names::default();
    let mut columns: Vec<Column> = Vec::new();
    let mut described: Vec<RelColumn> = Vec::new();
    for (c, column) in first.into_iter().chain(second) {
        let name = names.unique(&c.name);
        columns.push(column.with_name(name.as_str().into()));
        described.push(RelColumn::new(name, c.ty).nullable());
    }
    let frame = DataFrame::new(left_rows.len(), columns).map_err(failed)?;
    Ok(Rel::new(frame.lazy(), described))
}

fn text_column(call: &Call<'_>, rel: &Rel, arg: &kql::ast::Expr) -> Result<String, Error> {
    let column = call.column(rel, arg)?;
    if column.ty != KqlType::String {
        return Err(call.error(format!("the column `{}` has to be a string, and it is {}", column.name, column.ty)));
    }
    Ok(column.name.clone())
}

/// An address, of IPv4 as its IPv6 form, and the number of its bits that count.
type Network = (u128, u32);

impl Family {
    /// `a.b.c.d` or `a.b.c.d/n`, or the forms of IPv6.
    fn network(self, text: &str) -> Option<Network> {
        if self == Self::V4 && text.contains(':') {
            return None;
        }
        let (address, bits) = ipv6_network(text)?;
        Some((masked(address, bits), bits))
    }
}

fn masked(address: u128, bits: u32) -> u128 {
    address & u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

/// The rows of the lookup table by network.
struct Networks {
    all: Vec<(Network, IdxSize)>,
    by_network: HashMap<Network, Vec<IdxSize>>,
    lengths: Vec<u32>,
}

impl Networks {
    fn new(texts: &StringChunked, family: Family) -> Self {
        let all: Vec<(Network, IdxSize)> = texts
            .iter()
            .enumerate()
            .filter_map(|(row, text)| Some((family.network(text?)?, IdxSize::try_from(row).ok()?)))
            .collect();
        let mut by_network: HashMap<Network, Vec<IdxSize>> = HashMap::new();
        for (network, row) in &all {
            by_network.entry(*network).or_default().push(*row);
        }
        let mut lengths: Vec<u32> = by_network.keys().map(|(_, bits)| *bits).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self { all, by_network, lengths }
    }

    /// The rows whose network has the address, or is part of the network asked for.
    fn find(&self, (address, bits): Network) -> Vec<IdxSize> {
        let mut rows: Vec<IdxSize> = if bits == 128 {
            let candidates = self.lengths.iter().map(|length| (masked(address, *length), *length));
            candidates.filter_map(|n| self.by_network.get(&n)).flatten().copied().collect()
        } else {
            let matching = self.all.iter().filter(|((other, length), _)| {
                let common = bits.min(*length);
                masked(address, common) == masked(*other, common)
            });
            matching.map(|(_, row)| *row).collect()
        };
        rows.sort_unstable();
        rows
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let N = datatable(network: string, name: string) ['10.0.0.0/8', 'ten', '10.1.0.0/16', 'ten-one', 'bad', 'x', '0.0.0.0/33', 'y'];
        let T = datatable(ip: string, k: long) ['10.1.2.3', 1, '10.2.0.1', 2, '192.168.0.1', 3, 'x', 4];";

    #[test]
    fn every_network_of_an_address() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate ipv4_lookup(N, ip, network)")), @r#"
ip | k | network | name
10.1.2.3 | 1 | 10.0.0.0/8 | ten
10.1.2.3 | 1 | 10.1.0.0/16 | ten-one
10.2.0.1 | 2 | 10.0.0.0/8 | ten
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate ipv4_lookup(N, ip, network, return_unmatched = true) | project ip, name")), @r#"
ip | name
10.1.2.3 | ten
10.1.2.3 | ten-one
10.2.0.1 | ten
192.168.0.1 | 
x |
"#);
        insta::assert_snapshot!(rows(&format!("{T} print ip = '10.1.0.0/12' | evaluate ipv4_lookup((N | where name has 'ten'), ip, network) | project name")), @r#"
name
ten
ten-one
"#);
        insta::assert_snapshot!(rows("let N = datatable(network: string, name: string) ['2001:db8::/32', 'doc', '::ffff:10.0.0.0/104', 'x', '10.0.0.0/8', 'ten'];
            datatable(ip: string) ['2001:db8:1::5', '10.1.2.3', 'fe80::1'] | evaluate ipv6_lookup(N, ip, network, true)"), @r#"
network | name | ip
2001:db8::/32 | doc | 2001:db8:1::5
::ffff:10.0.0.0/104 | x | 10.1.2.3
10.0.0.0/8 | ten | 10.1.2.3
 |  | fe80::1
"#);
        insta::assert_snapshot!(error(&format!("{T} T | evaluate ipv4_lookup(N, k, network)")), @r#"ipv4_lookup: the column `k` has to be a string, and it is long"#);
        insta::assert_snapshot!(error(&format!("{T} T | evaluate ipv4_lookup(N)")), @r#"ipv4_lookup: it needs a table of networks and two columns (evaluate ipv4_lookup(Networks, Address, network))"#);
    }
}
