//! Functions of datetimes, numbers, dynamic values, ordered rows and series, called in queries. Most values are those of the functions'
//! documentation pages (<https://learn.microsoft.com/kusto/query/scalar-functions>).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;

use kql::{Value, time};
use kql_polars::{NoTables, Options, run};

/// The rows of a query, cells between `|`, rows between `;`.
fn rows(query: &str) -> String {
    let table = run(query, &NoTables, &BTreeMap::new(), &Options::default())
        .unwrap_or_else(|e| panic!("{query}\n{}", e.render(query)));
    let row = |row| {
        let cells = (0..table.columns.len()).map(|c| text(&table.value(row, c).unwrap()));
        cells.collect::<Vec<_>>().join("|")
    };
    (0..table.rows()).map(row).collect::<Vec<_>>().join(";")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => v.to_string(),
        Value::String(v) => format!("'{v}'"),
        Value::Decimal(v) | Value::Guid(v) => v.clone(),
        Value::DateTime(v) => {
            let all = time::format_datetime(*v);
            let short = all.strip_suffix(".0000000Z").unwrap_or(&all);
            short.strip_suffix("T00:00:00").unwrap_or(short).to_owned()
        }
        Value::TimeSpan(v) => time::format_timespan(*v),
        Value::Dynamic(v) => v.to_string(),
    }
}

/// `print` of each expression.
fn expressions(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(expression, wanted)| {
            let found = rows(&format!("print x = {expression}"));
            (found != *wanted).then(|| format!("{expression}\n  is     {found}\n  wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn queries(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(query, wanted)| {
            let found = rows(query);
            (found != *wanted).then(|| format!("{query}\n  is     {found}\n  wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn error(query: &str) -> String {
    match run(query, &NoTables, &BTreeMap::new(), &Options::default()) {
        Err(error) => error.render(query),
        Ok(_) => panic!("no error: {query}"),
    }
}

fn columns(query: &str) -> String {
    let table = run(query, &NoTables, &BTreeMap::new(), &Options::default())
        .unwrap_or_else(|e| panic!("{query}\n{}", e.render(query)));
    table.columns.iter().map(|c| format!("{}:{}", c.name, c.ty)).collect::<Vec<_>>().join(" ")
}

#[test]
fn datetimes() {
    expressions(&[
        ("now() - ago(1h)", "01:00:00"),
        ("now(-2d) - now()", "-2.00:00:00"),
        ("datetime_add('month', 1, datetime(2024-01-31))", "2024-02-29"),
        ("datetime_diff('week', datetime(2017-10-29 00:00), datetime(2017-09-30 23:59))", "5"),
        ("datetime_part('week_of_year', datetime(2017-10-30 01:02:03.7654321))", "44"),
        ("datetime_part('nanosecond', datetime(2017-10-30 01:02:03.7654321))", "765432100"),
        ("startofweek(datetime(2017-01-01 10:10:17), -1)", "2016-12-25"),
        ("endofmonth(datetime(2017-01-01 10:10:17), 1)", "2017-02-28T23:59:59.9999999Z"),
        ("endofyear(datetime(9999-01-01))", "9999-12-31T23:59:59.9999999Z"),
        ("startofyear(datetime(null))", "null"),
        ("dayofweek(datetime(1970-05-11))", "1.00:00:00"),
        ("dayofmonth(datetime(2015-12-14)) + monthofyear(datetime(2015-12-14))", "26"),
        ("make_datetime(2017, 2, 29)", "null"),
        ("make_datetime('2017-02-28')", "2017-02-28"),
        ("make_timespan(1, 12, 30, 55.123)", "1.12:30:55.1230000"),
        ("make_timespan(12, 30)", "12:30:00"),
        ("make_timespan(1, 60)", "null"),
        ("unixtime_seconds_todatetime(1546300800)", "2019-01-01"),
        ("unixtime_milliseconds_todatetime(1546300800000)", "2019-01-01"),
        ("unixtime_microseconds_todatetime(1546300800000000)", "2019-01-01"),
        ("unixtime_nanoseconds_todatetime(1546300800000000000)", "2019-01-01"),
        ("unixtime_seconds_todatetime(1546300800.5)", "2019-01-01T00:00:00.5000000Z"),
        ("unixtime_seconds_todatetime(-62135596801)", "null"),
        ("format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [HH:mm:ss]')", "'17-01-29 [09:00:05]'"),
        ("format_datetime(datetime(null), 'yyyy')", "''"),
        ("format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss:FF')", "'29.09:00:05:12'"),
        ("datetime_utc_to_local(datetime(2022-07-01), 'Europe/Paris')", "2022-07-01T02:00:00"),
        ("array_index_of(datetime_list_timezones(), 'Europe/Paris') > 0", "true"),
    ]);
    let zone = error("print datetime_utc_to_local(now(), 'Mars/Olympus')");
    assert!(zone.contains("unknown time zone 'Mars/Olympus'"), "{zone}");
    let format = error("print format_datetime(now(), 'QQ')");
    assert!(format.contains("'QQ' is not part of a format"), "{format}");
    let unit = error("print datetime_add('eon', 1, now())");
    assert!(unit.contains("unknown period 'eon'"), "{unit}");
    let kind = error("print startofday('2020-01-01')");
    assert!(kind.contains("has to be a datetime"), "{kind}");
}

#[test]
fn bins() {
    expressions(&[
        ("bin(4.5, 1)", "4"),
        ("bin(-7, 3)", "-9"),
        ("floor(7, 0)", "null"),
        ("bin(datetime(2017-05-17 10:20), 7d)", "2017-05-15"),
        ("bin(-1s, 1m)", "-00:01:00"),
        ("bin(time(16d), 7d)", "14.00:00:00"),
        ("bin_at(6.5, 2.5, 7)", "4.5"),
        ("bin_at(time(1h), 1d, 12h)", "-12:00:00"),
        ("bin_at(datetime(2017-05-17 10:20:00.0), 7d, datetime(2017-06-04 00:00:00.0))", "2017-05-14"),
        ("bin(decimal(4.5), 1)", "4"),
        ("bin(long(null), 2)", "null"),
        ("around(1, 5, 4)", "true"),
        ("ceiling(-1.1)", "-1"),
    ]);
    queries(&[
        ("range x from 1 to 5 step 1 | project b = bin(x, x - 2)", "null;null;3;4;3"),
        (
            "range t from datetime(2020-01-01) to datetime(2020-01-02) step 12h | project bin(t, 1d)",
            "2020-01-01;2020-01-01;2020-01-02",
        ),
    ]);
    let size = error("print bin(datetime(2020-01-01), 5)");
    assert!(size.contains("has to be a timespan"), "{size}");
    let auto = error("print bin_auto(now())");
    assert!(auto.contains("does not say the size of the bins"), "{auto}");
}

#[test]
fn numbers() {
    expressions(&[
        ("abs(-5)", "5"),
        ("abs(-5m)", "00:05:00"),
        ("abs(decimal(-1.5))", "1.5"),
        ("round(2.98765, 3)", "2.988"),
        ("round(2.15, 1)", "2.2"),
        ("round(-50.55, -2)", "-100"),
        ("round(21.5, -1)", "20"),
        ("sqrt(-1)", "null"),
        ("log(-1)", "null"),
        ("acos(2)", "null"),
        ("sqrt(16) + exp2(3) + exp10(2) + pow(2, 3)", "120"),
        ("log2(8)", "3"),
        ("sign(-42)", "-1"),
        ("isnan(0.0 / 0.0)", "true"),
        ("isfinite(1.0 / 0.0)", "false"),
        ("isinf(real(null))", "false"),
        ("gamma(5)", "24"),
        ("binary_and(6, 3) + binary_or(5, 3) + binary_xor(5, 3) + binary_not(0)", "14"),
        ("binary_shift_left(1, 66)", "4"),
        ("binary_shift_right(1, -1)", "null"),
        ("bitset_count_ones(42)", "3"),
        ("rand(1) < 1 and rand(10) < 10 and rand() >= 0", "true"),
    ]);
    // A random number for each row.
    queries(&[("range x from 1 to 100 step 1 | extend r = rand() | summarize dcount(r) > 50", "true")]);
    let wrong = error("print sqrt('4')");
    assert!(wrong.contains("sqrt(): argument 1 has to be a number"), "{wrong}");
}

#[test]
fn dynamic_values() {
    expressions(&[
        (r#"parse_json('{"a":[1,{"b":"x\\"y"}]}').a[1].b"#, r#""x\"y""#),
        (r#"tostring(parse_json('{"a":[1,{"b":"x\\"y"}]}').a[-1].b)"#, r#"'x"y'"#),
        (r#"parse_json('{"a":1').a"#, "null"),
        (r#"parse_json('no json')"#, r#""no json""#),
        (r#"parse_json('')"#, "null"),
        (r#"gettype(parse_json('{"a":1.0}').a)"#, "'double'"),
        (
            r#"strcat(gettype(1.5), gettype(dynamic([1])), gettype(dynamic({"a":1})), gettype(dynamic(null)), gettype(1h))"#,
            "'realarraydictionarynulltimespan'",
        ),
        ("array_length(dynamic([1, null, 3]))", "3"),
        ("array_length(dynamic({'a': 1}))", "null"),
        ("array_concat(dynamic([1]), dynamic(null), dynamic([2.0, 'x']))", r#"[1,2.0,"x"]"#),
        ("array_slice(dynamic([1,2,3,4,5]), -3, -2)", "[3,4]"),
        ("array_slice(dynamic([1,2,3]), 2, 1)", "[]"),
        ("array_slice(dynamic([1,2,3]), -10, 10)", "[1,2,3]"),
        ("array_split(dynamic([1,2,3,4,5]), dynamic([1,-2]))", "[[1],[2,3],[4,5]]"),
        ("array_index_of(dynamic([1, 2.0, 'a']), 2)", "1"),
        ("array_sum(dynamic([1, 2.5]))", "3.5"),
        ("array_iff(dynamic([true, 0, 'x']), 1, dynamic([7, 8]))", "[1,8,null]"),
        ("array_rotate_left(dynamic([]), 3)", "[]"),
        ("array_rotate_right(dynamic([1,2,3]), 4)", "[3,1,2]"),
        ("array_shift_left(dynamic([1,2,3]), 9223372036854775807, 0)", "[0,0,0]"),
        ("array_reverse(dynamic([1,'a']))", r#"["a",1]"#),
        ("array_sort_asc(dynamic([null, 'b', 2, 'a', 1.5]))", r#"[1.5,2,"a","b",null]"#),
        ("array_sort_asc(dynamic([null,'blue','yellow']), false)", r#"[null,"blue","yellow"]"#),
        ("array_sort_desc(dynamic([1,null,3]))", "[3,1,null]"),
        ("array_sort_asc(dynamic([2,1]), dynamic(['b','a']))[1]", r#"["a","b"]"#),
        ("array_sort_asc(dynamic([2,1]), dynamic(['b']))[1]", "null"),
        ("set_union(dynamic([1,2,1]), dynamic([2.0,3]))", "[1,2,3]"),
        ("set_intersect(dynamic([1,2,1]), dynamic([1,3]), dynamic([1]))", "[1]"),
        ("set_difference(dynamic([1,2,1]), dynamic([2]))", "[1]"),
        ("set_has_element(dynamic(['this','is']), 'is')", "true"),
        ("set_equals(dynamic([1,2]), dynamic([2,1,1]))", "true"),
        ("jaccard_index(dynamic([1,2,3]), dynamic([1,2,3,4]))", "0.75"),
        ("zip(dynamic([1,3]), dynamic([2]))", "[[1,2],[3,null]]"),
        ("repeat(1, 3)", "[1,1,1]"),
        ("repeat(1, 0)", "[]"),
        ("repeat(1, -1)", "null"),
        ("range(1, 8, 3)", "[1,4,7]"),
        ("range(1h, 5h)", r#"["01:00:00","02:00:00","03:00:00","04:00:00","05:00:00"]"#),
        (
            "range(datetime(2015-01-01), datetime(2015-01-02), 1d)",
            r#"["2015-01-01T00:00:00.0000000Z","2015-01-02T00:00:00.0000000Z"]"#,
        ),
        ("array_length(range(1, 1000000000))", "1048576"),
        ("range(0.0, 1, 0.5)", "[0.0,0.5,1.0]"),
        ("range(3, 1, -1)", "[3,2,1]"),
    ]);
    let text = error("print array_length('[1]')");
    assert!(text.contains("parse_json() reads one from text"), "{text}");
}

#[test]
fn bags() {
    expressions(&[
        (
            "bag_pack('Level', 'Information', 'ProcessID', 1234, 'x', long(null), 'r', 5.0)",
            r#"{"Level":"Information","ProcessID":1234,"x":null,"r":5.0}"#,
        ),
        ("bag_keys(dynamic({'a':1,'b':{'c':2}}))", r#"["a","b"]"#),
        ("bag_has_key(dynamic({'key1': {'prop1': 'abc'}}), '$.key1.prop1')", "true"),
        ("bag_has_key(dynamic({'key1': null}), 'key1')", "true"),
        ("bag_has_key(dynamic({'key1': 1}), 'key2')", "false"),
        ("bag_merge(dynamic({'A1':12}), dynamic({'A2':81,'A1':1}))", r#"{"A1":12,"A2":81}"#),
        ("bag_remove_keys(dynamic({'a':1,'b':{'c':2,'d':3}}), dynamic(['a','$.b.c']))", r#"{"b":{"d":3}}"#),
        ("bag_set_key(dynamic({'key1': 123}), '$.key2.prop1', 'abc')", r#"{"key1":123,"key2":{"prop1":"abc"}}"#),
        ("bag_zip(dynamic(['a','b',3]), dynamic([1]))", r#"{"a":1,"b":null}"#),
        ("pack_array(1, 'x', 2s, true)", r#"[1,"x","00:00:02",true]"#),
        (
            "treepath(dynamic({'prop1':[1,2],'l':[{'x':'y'},3]}))",
            r#"["['prop1']","['prop1'][0]","['l']","['l'][0]","['l'][0]['x']"]"#,
        ),
        ("dynamic_to_json(dynamic({'b':[1,{'z':1,'y':2}],'a':'x'}))", r#"'{"a":"x","b":[1,{"y":2,"z":1}]}'"#),
    ]);
    queries(&[
        (
            "print a = 1, b = '', c = long(null) | extend p = pack_all(), q = pack_all(true) | project p, q",
            r#"{"a":1,"b":"","c":null}|{"a":1}"#,
        ),
        ("print a = 1, d = dynamic({'x': 2}) | project bag_pack_columns(a, d.x)", r#"{"a":1,"d_x":2}"#),
        // A key of a column; names that a path cannot hold.
        (
            r#"datatable(d: dynamic, k: string)[dynamic({"a b":1}), "a b", dynamic({"é\"":2}), "é\""] | project d[k]"#,
            "1;2",
        ),
    ]);
    let odd = error("print bag_pack('a', 1, 'b')");
    assert!(odd.contains("this key has no value"), "{odd}");
}

#[test]
fn sorted_arrays_are_columns() {
    let query = "print a = dynamic([2,1]), b = dynamic(['x','y']) | project array_sort_asc(a, b)";
    assert_eq!(columns(query), "a_sorted:dynamic b_sorted:dynamic");
    assert_eq!(rows(query), r#"[1,2]|["y","x"]"#);
    assert_eq!(columns("print array_sort_asc(dynamic([2,1]))"), "print_0:dynamic");
    assert_eq!(columns("print (x, y) = array_sort_asc(dynamic([2,1]), dynamic([3,4]))"), "x:dynamic y:dynamic");
}

#[test]
fn rows_in_order() {
    queries(&[
        (
            "range x from 1 to 3 step 1 | extend p = prev(x), n = next(x, 1, 0), p2 = prev(x, 2)",
            "1|null|2|null;2|1|3|null;3|2|0|1",
        ),
        (
            "range x from 1 to 3 step 1 | extend s = tostring(x) | project prev(s), next(s, 1, '-')",
            "''|'2';'1'|'3';'2'|'-'",
        ),
        ("range x from 1 to 4 step 1 | project prev(x, x - 1)", "1;1;1;1"),
        (
            "range x from 1 to 4 step 1 | project row_number(), row_number(10), row_number(1, x == 3)",
            "1|10|1;2|11|2;3|12|1;4|13|2",
        ),
        (
            "range x from 1 to 4 step 1 | project row_cumsum(x), row_cumsum(x, x == 3), row_cumsum(1)",
            "1|1|1;3|3|2;6|3|3;10|7|4",
        ),
        ("datatable(x: real)[real(null), 1.5, real(null), 2] | serialize | project row_cumsum(x)", "null;1.5;1.5;3.5"),
        ("datatable(x: decimal)[decimal(0.1), decimal(0.2)] | serialize | project row_cumsum(x)", "0.1;0.3"),
        (
            "datatable(x: long)[2, 3, 3, 100] | serialize | project row_rank_dense(x), row_rank_min(x)",
            "1|1;2|2;2|2;3|4",
        ),
        ("range x from 1 to 10 step 1 | sort by x desc | where row_number() <= 2", "10;9"),
        ("datatable(x: long)[] | serialize | project row_number(), prev(x), row_cumsum(x)", ""),
    ]);
    for function in ["prev(x)", "next(x)", "row_number()", "row_cumsum(x)", "row_rank_dense(x)", "row_rank_min(x)"] {
        let message = error(&format!("datatable(x: long)[1, 2] | extend y = {function}"));
        assert!(message.contains("needs rows in a known order") && message.contains("| serialize"), "{message}");
    }
}

#[test]
fn series() {
    expressions(&[
        ("series_add(dynamic([1,2,4]), dynamic([4,2.5]))", "[5,4.5,null]"),
        ("series_multiply(dynamic([1,2]), 3)", "[3,6]"),
        ("series_divide(dynamic([1,2]), dynamic([4,0]))", r#"[0.25,"Infinity"]"#),
        ("series_greater(dynamic([1,5,'x']), 2)", "[false,true,null]"),
        ("series_equals(dynamic([1,2]), dynamic([1.0,3]))", "[true,false]"),
        ("series_abs(dynamic([-1,2.5,-3.5]))", "[1,2.5,3.5]"),
        ("series_sign(dynamic([-6, 0, 8.5]))", "[-1,0,1.0]"),
        ("series_fill_forward(dynamic([null,null,36,41,null,null,16]))", "[null,null,36,41,41,41,16]"),
        ("series_fill_backward(dynamic([111,null,36,null]))", "[111,36,36,null]"),
        ("series_fill_const(dynamic([111,null,-1]), 0)", "[111,0,-1]"),
        ("series_fill_const(dynamic([111,null,-1]), 0, -1)", "[111,0,0]"),
        ("series_fill_linear(dynamic([null,111.0,null,36.0,null]))", "[111.0,111.0,73.5,36.0,36.0]"),
        (
            "series_fill_linear(dynamic([null,111,null,36,41,null,null,16,61,33,null,null]))",
            "[111,111,73,36,41,32,24,16,61,33,33,33]",
        ),
        ("series_fill_linear(dynamic([null,1.0,null]), double(null), false)", "[null,1.0,null]"),
        ("series_fill_linear(dynamic([null,null]), double(null), true, 3.14159)", "[3.14159,3.14159]"),
        ("series_fir(dynamic([2,2,3]), dynamic([1,-1]), false, false)", "[2.0,0.0,1.0]"),
        ("series_iir(range(1.0, 4, 1), dynamic([1]), dynamic([1,-1]))", "[1.0,3.0,6.0,10.0]"),
        ("series_sum(dynamic([1,2,3,4])) + series_product(dynamic([1,2,3,4]))", "34"),
        ("series_magnitude(dynamic([3,4]))", "5"),
        ("series_dot_product(dynamic([1,2]), dynamic([3,4]))", "11"),
        ("series_dot_product(dynamic([1,2]), 10)", "30"),
        ("series_cosine_similarity(dynamic([1,0]), dynamic([0,1]))", "0"),
        ("round(series_pearson_correlation(dynamic([1,2,3]), dynamic([2,4,6])), 9)", "1"),
        ("series_stats_dynamic(dynamic([1,3]))['avg']", "2.0"),
        ("series_stats(dynamic([1,null]))[0]", "null"),
        ("series_stats(dynamic([1,null]), true)[0]", "1.0"),
    ]);
    let stats = "print x=dynamic([23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29]) | project series_stats(x)";
    assert_eq!(
        columns(stats),
        "series_stats_x_min:real series_stats_x_min_idx:long series_stats_x_max:real series_stats_x_max_idx:long \
         series_stats_x_avg:real series_stats_x_stdev:real series_stats_x_variance:real"
    );
    assert!(rows(stats).starts_with("2|8|87|3|32.8|28.50363385354"), "{}", rows(stats));
    let line = rows(
        "print y=dynamic([2,5,6,8,11,15,17,18,25,26,30,30])
        | extend (RSquare, Slope, Variance, RVariance, Interception, LineFit)=series_fit_line(y)
        | project round(RSquare, 6), round(Slope, 6), round(Variance, 6), round(RVariance, 6), round(Interception, 6), array_length(LineFit)",
    );
    assert_eq!(line, "0.982901|2.730769|98.628788|1.68648|-1.666667|12");
    let columns_of = |call: &str| columns(&format!("print y=dynamic([1,2,3,4]) | project {call}"));
    assert_eq!(
        columns_of("series_decompose(y)"),
        "series_decompose_y_baseline:dynamic series_decompose_y_seasonal:dynamic series_decompose_y_trend:dynamic \
         series_decompose_y_residual:dynamic"
    );
    assert_eq!(columns_of("series_fft(y)"), "series_fft_y_real:dynamic series_fft_y_imag:dynamic");
    assert_eq!(
        columns_of("(flag, score) = series_decompose_anomalies(y)"),
        "flag:dynamic score:dynamic series_decompose_anomalies_y_baseline:dynamic"
    );
    let wrong = error("print series_decompose(dynamic([1,2]), -1, 'up')");
    assert!(wrong.contains("\"up\" is no trend"), "{wrong}");
}
