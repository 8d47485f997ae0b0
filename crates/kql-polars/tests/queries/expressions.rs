use kql::{KqlType, Value};

use super::{rows, value};

#[test]
fn arithmetic_has_the_documented_types() {
    assert_eq!(value("7 / 2"), Value::Long(3));
    assert_eq!(value("-7 / 2"), Value::Long(-3));
    assert_eq!(value("int(7) + int(2)"), Value::Long(9));
    assert_eq!(value("1.0 / 2"), Value::Real(0.5));
    assert_eq!(value("14 % 12"), Value::Long(2));
    assert_eq!(value("-14 % 12"), Value::Long(10));
    assert_eq!(value("14 % -12"), Value::Long(2));
    assert_eq!(value("1 / 0"), Value::Null(KqlType::Long));
    assert_eq!(value("1.0 / 0"), Value::Real(f64::INFINITY));
    assert_eq!(value("9223372036854775807 + 1"), Value::Long(i64::MIN));
    assert_eq!(value("2h * 1.5 == 3h"), Value::Bool(true));
    assert_eq!(value("1d / 1h"), Value::Real(24.0));
    assert_eq!(value("datetime(2020-01-02) - datetime(2020-01-01) == 1d"), Value::Bool(true));
    assert_eq!(value("datetime(2020-01-01) + 1d == datetime(2020-01-02)"), Value::Bool(true));
    assert_eq!(value("decimal(0.1) + decimal(0.2)"), Value::Decimal("0.3".into()));
}

#[test]
fn nulls_compare_as_documented() {
    assert_eq!(value("int(null) == int(null)"), Value::Null(KqlType::Bool));
    assert_eq!(value("int(null) == 1"), Value::Bool(false));
    assert_eq!(value("int(null) != 1"), Value::Bool(true));
    assert_eq!(value("int(null) > 1"), Value::Null(KqlType::Bool));
    assert_eq!(value("bool(null) and false"), Value::Bool(false));
    assert_eq!(value("bool(null) or true"), Value::Bool(true));
    let nulls = "datatable(a: int) [1, int(null), 3] | extend b = a > 2, c = a == 1, d = a != 1";
    assert_eq!(rows(nulls), "a b c d\n1 false true false\nnull null false true\n3 true false true");
}

#[test]
fn not_a_number_is_like_nothing() {
    assert_eq!(value("real(nan) == real(nan)"), Value::Bool(false));
    assert_eq!(value("real(nan) != real(nan)"), Value::Bool(true));
    let column = "datatable(x: real) [real(nan), 1.0] | where x > 0 | count";
    assert_eq!(rows(column), "Count\n1");
}

#[test]
fn string_operators() {
    for (expression, expected) in [
        ("'abc def' has 'DEF'", true),
        ("'abc def' has_cs 'DEF'", false),
        ("'abcdef' has 'abc'", false),
        ("'abcdef' hasprefix 'ABC'", true),
        ("'abcdef' hassuffix 'DEF'", true),
        ("'abcdef' contains 'CD'", true),
        ("'abcdef' contains_cs 'CD'", false),
        ("'abcdef' !contains 'x'", true),
        ("'abc' startswith 'AB'", true),
        ("'abc' endswith_cs 'BC'", false),
        ("'Abc' =~ 'aBC'", true),
        ("'Abc' !~ 'aBC'", false),
        ("'a1' matches regex '^[a-z][0-9]$'", true),
        ("'b' in ('a', 'b')", true),
        ("'B' in ('a', 'b')", false),
        ("'B' in~ ('a', 'b')", true),
        ("'c' !in ('a', 'b')", true),
        ("2 in (dynamic([1, 2]))", true),
        ("'one two' has_any ('three', 'TWO')", true),
        ("'one two' has_all ('one', 'three')", false),
        ("5 between (1 .. 5)", true),
        ("5 !between (1 .. 4)", true),
        ("datetime(2020-01-03) between (datetime(2020-01-01) .. 2d)", true),
    ] {
        assert_eq!(value(expression), Value::Bool(expected), "{expression}");
    }
}

#[test]
fn string_operators_on_columns_agree_with_constants() {
    let table = "datatable(t: string) ['one two', 'TWO', '', 'twofold']";
    assert_eq!(rows(&format!("{table} | where t has 'two'")), "t\n\"one two\"\n\"TWO\"");
    assert_eq!(rows(&format!("{table} | where t startswith 'two'")), "t\n\"TWO\"\n\"twofold\"");
    assert_eq!(rows(&format!("{table} | where t in ((datatable(x: string) ['', 'TWO']))")), "t\n\"TWO\"\n\"\"");
    assert_eq!(rows(&format!("{table} | where * has 'two' | count")), "Count\n2");
}

#[test]
fn parts_of_dynamic_values() {
    let print = "print d = dynamic({'a': {'b': [1, {'c': 'x'}]}})";
    assert_eq!(
        rows(&format!("{print} | project d.a.b[1].c, d['a'].b[-2], z = d.none.more, d.a.b[0] == 1")),
        "d_a_b_1_c d_a_b_-2 z Column1\n\"x\" 1 null true"
    );
    assert_eq!(rows("datatable(d: dynamic, k: string) [dynamic({'a': 1}), 'a'] | project v = d[k]"), "v\n1");
}

#[test]
fn long_chains_of_or_find_the_same_rows() {
    let chain: Vec<String> = (0..100).map(|i| format!("x == {}", i * 3)).collect();
    let query = format!("range x from 0 to 20 step 1 | where {} or x > 18", chain.join(" or "));
    assert_eq!(rows(&query), "x\n0\n3\n6\n9\n12\n15\n18\n19\n20");
}

#[test]
fn long_chains_over_texts_find_the_same_rows() {
    let table = "datatable(t: string, n: long) ['', 1, 'alpha7 beta', 2, 'ALPHA12', 3, 'alpha71', 4, 'x-alpha39-y', 5, 'gamma', 6]";
    for (op, not) in [
        ("has", "!has"),
        ("has_cs", "!has_cs"),
        ("contains", "!contains"),
        ("startswith", "!startswith"),
        ("endswith_cs", "!endswith_cs"),
        ("hasprefix", "!hasprefix"),
        ("=~", "!~"),
        ("==", "!="),
    ] {
        let chain = |op: &str, joined: &str, n: usize| {
            (0..n).map(|i| format!("t {op} 'alpha{i}'")).collect::<Vec<_>>().join(&format!(" {joined} "))
        };
        // Short chains are tested one by one.
        let parts: Vec<String> = (0..4)
            .map(|k| (k * 10..k * 10 + 10).map(|i| format!("t {op} 'alpha{i}'")).collect::<Vec<_>>().join(" or "))
            .collect();
        let one_by_one = rows(&format!(
            "{table} | extend {} | where p0 or p1 or p2 or p3 | project n",
            parts.iter().enumerate().map(|(k, p)| format!("p{k} = ({p})")).collect::<Vec<_>>().join(", ")
        ));
        assert_eq!(rows(&format!("{table} | where {} | project n", chain(op, "or", 40))), one_by_one, "{op}");
        assert_eq!(rows(&format!("{table} | where not({}) | project n", chain(not, "and", 40))), one_by_one, "{not}");
        // With other conditions between them.
        let mixed = format!("{} or n == 6 or {}", chain(op, "or", 40), chain("startswith", "or", 1));
        let apart = format!("{table} | where ({}) or n == 6 or t startswith 'alpha0' | project n", chain(op, "or", 40));
        assert_eq!(rows(&format!("{table} | where {mixed} | project n")), rows(&apart), "{op}");
    }
    assert_eq!(
        rows(&format!(
            "{table} | where {} or t == '' | project n",
            (0..40).map(|i| format!("t has 'z{i}'")).collect::<Vec<_>>().join(" or ")
        )),
        "n\n1"
    );
}
