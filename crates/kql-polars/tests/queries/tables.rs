use kql::{ErrorKind, Value};

use super::{error, rows, try_query};

const T: &str = "datatable(a: int, b: string) [1, 'x', int(null), '', 3, 'z', 2, 'x']";

#[test]
fn columns_are_chosen_renamed_and_ordered() {
    assert_eq!(rows(&format!("{T} | project b, c = a * 2, a + 1 | take 1")), "b c Column1\n\"x\" 2 2");
    assert_eq!(rows(&format!("{T} | extend a = a + 1, n = 1 | take 1")), "b a n\n\"x\" 2 1");
    assert_eq!(rows(&format!("{T} | project-away b | take 1")), "a\n1");
    assert_eq!(rows(&format!("{T} | project-keep b* | take 1")), "b\n\"x\"");
    assert_eq!(rows(&format!("{T} | project-rename c = a | take 1")), "c b\n1 \"x\"");
    assert_eq!(rows("print a10 = 1, b = 2, a9 = 3 | project-reorder a* granny-asc"), "a9 a10 b\n3 1 2");
    assert_eq!(rows("print a10 = 1, b = 2, a9 = 3 | project-reorder a* asc"), "a10 a9 b\n1 3 2");
    assert_eq!(rows("print 1, x = 2, 3"), "print_0 x print_2\n1 2 3");
}

#[test]
fn a_column_of_constants_keeps_all_rows() {
    assert_eq!(rows("range x from 1 to 2 step 1 | project y = 7"), "y\n7\n7");
}

#[test]
fn sorting_places_nulls_and_keeps_ties() {
    assert_eq!(rows(&format!("{T} | sort by a | project a")), "a\n3\n2\n1\nnull");
    assert_eq!(rows(&format!("{T} | sort by a asc | project a")), "a\nnull\n1\n2\n3");
    assert_eq!(rows(&format!("{T} | sort by a asc nulls last | project a")), "a\n1\n2\n3\nnull");
    assert_eq!(rows(&format!("{T} | sort by b desc | project a")), "a\n3\n1\n2\nnull");
    assert_eq!(rows(&format!("{T} | top 2 by a")), "a b\n3 \"z\"\n2 \"x\"");
}

#[test]
fn small_operators() {
    assert_eq!(rows(&format!("{T} | count")), "Count\n4");
    assert_eq!(rows(&format!("{T} | distinct b")), "b\n\"x\"\n\"\"\n\"z\"");
    assert_eq!(rows(&format!("{T} | take 1 | distinct *")), "a b\n1 \"x\"");
    assert_eq!(rows(&format!("{T} | sample 9 | count")), "Count\n4");
    assert_eq!(rows(&format!("{T} | sample 2")), rows(&format!("{T} | sample 2")));
    assert_eq!(rows(&format!("{T} | consume | count")), "Count\n0");
    assert_eq!(
        rows(&format!("{T} | getschema | project ColumnName, ColumnType")),
        "ColumnName ColumnType\n\"a\" \"int\"\n\"b\" \"string\""
    );
    assert_eq!(rows("range x from 3 to 1 step -1"), "x\n3\n2\n1");
    assert_eq!(rows("range x from 1 to 0 step 1 | count"), "Count\n0");
    assert_eq!(rows("range x from 0.0 to 1.0 step 0.5"), "x\n0.0\n0.5\n1.0");
    assert_eq!(rows("range d from 1d to 2d step 1d"), "d\n\"1.00:00:00\"\n\"2.00:00:00\"");
}

#[test]
fn expansion() {
    let t =
        "datatable(i: long, v: dynamic) [1, dynamic([1, 'a']), 2, dynamic(null), 3, dynamic([]), 4, dynamic({'k': 5})]";
    assert_eq!(rows(&format!("{t} | mv-expand v")), "i v\n1 1\n1 \"a\"\n2 null\n4 {\"k\":5}");
    assert_eq!(
        rows(&format!("{t} | mv-expand with_itemindex=n v to typeof(long) | where i == 1")),
        "i v n\n1 1 0\n1 null 1"
    );
    assert_eq!(rows(&format!("{t} | mv-expand kind=array v | where i == 4")), "i v\n4 [\"k\",5]");
    assert_eq!(rows(&format!("{t} | mv-expand v limit 1 | count")), "Count\n3");
    assert_eq!(rows("print a = dynamic([1, 2]), b = dynamic(['x']) | mv-expand a, b"), "a b\n1 \"x\"\n2 null");
}

#[test]
fn unions() {
    assert_eq!(rows("union (print a = 1), (print a = 2, b = 'x')"), "a b\n1 \"\"\n2 \"x\"");
    assert_eq!(rows("union kind=inner (print a = 1), (print a = 2, b = 'x')"), "a\n1\n2");
    assert_eq!(
        rows("let A = view() { print x = 1 }; let B = view() { print x = 'y' }; union withsource=T A, B"),
        "T x_long x_string\n\"A\" 1 \"\"\n\"B\" null \"y\""
    );
    let fuzzy = try_query("union isfuzzy=true (print x = 1), nowhere").unwrap();
    assert_eq!(fuzzy.rows(), 1);
    assert_eq!(fuzzy.notes.len(), 1, "{:?}", fuzzy.notes);
}

#[test]
fn statements() {
    assert_eq!(rows("let n = 2; let T = range x from 1 to n step 1; T | count"), "Count\n2");
    assert_eq!(
        rows(
            "let f = (x: long, y: long = 2) { x * y }; range i from 1 to 2 step 1 | extend z = f(i), w = f(y = i, x = 5)"
        ),
        "i z w\n1 2 5\n2 4 10"
    );
    assert_eq!(
        rows("let f = (T: (x: long)) { T | where x > 1 }; f(range x from 1 to 2 step 1 | extend y = 1)"),
        "x y\n2 1"
    );
    // What the table has beyond the declared columns goes through, but for what is called like a name of the function.
    assert_eq!(
        rows(
            "let f = (T: (x: long), y: long) { let z = 5; T | extend s = y + z }; f((print w = 0, x = 1, y = 70, z = 80), 2)"
        ),
        "w x s\n0 1 7"
    );
    assert_eq!(rows("let big = toscalar(range x from 5 to 9 step 1 | top 1 by x); print big"), "print_0\n9");
    assert_eq!(rows("range x from 1 to 2 step 1 | as A | join kind=inner A on x | count"), "Count\n2");
    assert_eq!(rows("set query_take_max_records = 5; print 1"), "print_0\n1");
    assert_eq!(rows("range x from 1 to 2 step 1 | extend y = column_ifexists('none', 'no') | take 1"), "x y\n1 \"no\"");
}

#[test]
fn rendering_is_a_hint() {
    let table = try_query("print x = 1 | render timechart with (title = 'T') | take 1").unwrap();
    let hint = table.render.clone().expect("a hint");
    assert_eq!(hint.visualization, "timechart");
    assert_eq!(hint.properties, [("title".to_owned(), "T".to_owned())]);
    assert_eq!(table.value(0, 0).unwrap(), Value::Long(1));
}

#[test]
fn a_let_without_its_table_is_an_error_where_it_is_used() {
    let lets =
        "let f = (name: string) { table(name) | where a > 1 }; let T = datatable(a: int) [1, 2]; let U = f('Missing');";
    assert_eq!(rows(&format!("{lets} union isfuzzy = true U, (T | where a > 1)")), "a\n2");
    assert_eq!(rows(&format!("{lets} let V = U | count; union isfuzzy = true V, T")), "a\n1\n2");
    let missing = "`name`: there is no table or variable `Missing`".to_owned();
    assert_eq!(error(&format!("{lets} U | count")), (ErrorKind::UnknownName, missing.clone()));
    assert_eq!(error(&format!("{lets} T | where a in (U)")), (ErrorKind::UnknownName, missing.clone()));
    // Nobody uses it: a mistake all the same.
    assert_eq!(error(&format!("{lets} T | count")), (ErrorKind::UnknownName, missing));
}

#[test]
fn table_by_name() {
    assert_eq!(rows("let T = print x = 1; table('T')"), "x\n1");
    assert_eq!(rows("let f = () { print x = 2 }; table('f') | extend y = x"), "x y\n2 2");
    assert_eq!(error("let wanted = 'Missing'; table(wanted)").1, "`wanted`: there is no table or variable `Missing`");
}

#[test]
fn conditions_on_all_columns_see_values_of_every_type() {
    let t = "let T = print n = 4624, r = 1.5, s = 'Admin user', t = datetime(2020-03-04 05:06), d = dynamic({'k': 'vv'}), b = true, \
             g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), w = 1d, e = ''; T | where";
    for found in ["4624", "admin", "2020", "06:00", "vv", "true", "1.5", "74be27de", "00:00"] {
        assert_eq!(rows(&format!("{t} * has '{found}' | count")), "Count\n1", "{found}");
    }
    for found in ["462", "dmin", "k", "T05", "be27", ""] {
        assert_eq!(rows(&format!("{t} * contains '{found}' | count")), "Count\n1", "{found}");
    }
    for missing in ["462", "nobody", "falsey", "2021"] {
        assert_eq!(rows(&format!("{t} * has '{missing}' | count")), "Count\n0", "{missing}");
    }
    assert_eq!(rows(&format!("{t} * !has 'admin' | count")), "Count\n1");
    assert_eq!(rows(&format!("{t} * matches regex '^$' | count")), "Count\n1");
}

#[test]
fn a_search_for_a_condition_needs_no_where() {
    let t = "let A = view () { print x = 1, y = 'a' }; let B = view () { print x = 2, y = 'b' };";
    assert_eq!(rows(&format!("{t} find x == 2 project pack_all()")), "source_ pack_\n\"B\" {\"x\":2,\"y\":\"b\"}");
    assert_eq!(rows(&format!("{t} find y in ('a', 'c') project x")), "source_ x\n\"A\" 1");
    assert_eq!(
        error("| count"),
        (
            ErrorKind::Syntax,
            "``: the query starts with an operator, and there is no table before it (start with the name of a table, for example SigninLogs | where …)"
                .to_owned()
        )
    );
}
