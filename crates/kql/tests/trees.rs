//! The trees of representative queries.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::tree;

#[test]
fn precedence() {
    insta::assert_snapshot!(tree(r#"a or b and not(c) or d == 1 + 2 * -x"#), @r#"Expr(Pipeline { source: Expr({Binary { op: Or, left: {Binary { op: Or, left: {Name("a")}, right: {Binary { op: And, left: {Name("b")}, right: {Call { name: "not", args: [Arg { name: None, value: {Name("c")}}]}}}}}}, right: {Binary { op: Equal, left: {Name("d")}, right: {Binary { op: Add, left: {Literal(Long(1))}, right: {Binary { op: Multiply, left: {Literal(Long(2))}, right: {Unary { op: Minus, operand: {Name("x")}}}}}}}}}}}), operators: []})"#);
    insta::assert_snapshot!(tree(r#"true == a has 'x' + 'y'"#), @r#"Expr(Pipeline { source: Expr({Binary { op: Equal, left: {Literal(Bool(true))}, right: {Binary { op: Has, left: {Name("a")}, right: {Binary { op: Add, left: {Literal(String("x"))}, right: {Literal(String("y"))}}}}}}}), operators: []})"#);
    insta::assert_snapshot!(tree(r#"a - -1 - b"#), @r#"Expr(Pipeline { source: Expr({Binary { op: Subtract, left: {Binary { op: Subtract, left: {Name("a")}, right: {Literal(Long(-1))}}}, right: {Name("b")}}}), operators: []})"#);
    insta::assert_snapshot!(tree(r#"x =~ 'a' and y !in~ ('b', 'c') and z !between (1 .. 2)"#), @r#"Expr(Pipeline { source: Expr({Binary { op: And, left: {Binary { op: And, left: {Binary { op: EqualTilde, left: {Name("x")}, right: {Literal(String("a"))}}}, right: {InList { op: NotInTilde, value: {Name("y")}, list: [{Literal(String("b"))}, {Literal(String("c"))}]}}}}, right: {Between { negated: true, value: {Name("z")}, low: {Literal(Long(1))}, high: {Literal(Long(2))}}}}}), operators: []})"#);
}

#[test]
fn paths() {
    insta::assert_snapshot!(tree(r#"a.b['c'].['d e'][0].f"#), @r#"Expr(Pipeline { source: Expr({Path { target: {Index { target: {Path { target: {Index { target: {Path { target: {Name("a")}, name: "b"}}, index: {Literal(String("c"))}}}, name: "d e"}}, index: {Literal(Long(0))}}}, name: "f"}}), operators: []})"#);
    insta::assert_snapshot!(tree(r#"['a b'].x + ["c"]"#), @r#"Expr(Pipeline { source: Expr({Binary { op: Add, left: {Path { target: {Name("a b")}, name: "x"}}, right: {Name("c")}}}), operators: []})"#);
    insta::assert_snapshot!(tree(r#"$left.a == $right.['b c']"#), @r#"Expr(Pipeline { source: Expr({Binary { op: Equal, left: {Path { target: {Name("$left")}, name: "a"}}, right: {Path { target: {Name("$right")}, name: "b c"}}}}), operators: []})"#);
    insta::assert_snapshot!(tree(r#"cluster('c').database('d').T | count"#), @r#"
Expr(Pipeline { source: Expr({Path { target: {MethodCall { target: {Call { name: "cluster", args: [Arg { name: None, value: {Literal(String("c"))}}]}}, name: "database", args: [Arg { name: None, value: {Literal(String("d"))}}]}}, name: "T"}}), operators: [
  {Count { name: None}}]})
"#);
}

#[test]
fn literals() {
    insta::assert_snapshot!(tree(r#"print 0x1F, 1.5, 1e3, 1., 1d, 1.5h, 10us, -5, -9223372036854775808, true, FALSE"#), @r#"
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {Literal(Long(31))}}, NamedExpr { {Literal(Real(1.5))}}, NamedExpr { {Literal(Real(1000.0))}}, NamedExpr { {Literal(Real(1.0))}}, NamedExpr { {Literal(TimeSpan(864000000000))}}, NamedExpr { {Literal(TimeSpan(54000000000))}}, NamedExpr { {Literal(TimeSpan(100))}}, NamedExpr { {Literal(Long(-5))}}, NamedExpr { {Literal(Long(-9223372036854775808))}}, NamedExpr { {Literal(Bool(true))}}, NamedExpr { {Literal(Bool(false))}}])}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"print 'a\n\u0041' "b", @'c:\d''e', h'secret', H@"x", ```m
l```, ~~~n~~~"#), @r#"
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {Literal(String("a\nAb"))}}, NamedExpr { {Literal(String("c:\\d'e"))}}, NamedExpr { {Literal(String("secret"))}}, NamedExpr { {Literal(String("x"))}}, NamedExpr { {Literal(String("m\nl"))}}, NamedExpr { {Literal(String("n"))}}])}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"print int(5), long(null), real(nan), decimal(1.50), bool(1), guid(74BE27DE1E4E49D9B579FE0B331D3642), timespan(1.02:03:04), time(2)"#), @r#"
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {Literal(Int(5))}}, NamedExpr { {Literal(Null(Long))}}, NamedExpr { {Literal(Real(NaN))}}, NamedExpr { {Literal(Decimal("1.50"))}}, NamedExpr { {Literal(Bool(true))}}, NamedExpr { {Literal(Guid("74be27de-1e4e-49d9-b579-fe0b331d3642"))}}, NamedExpr { {Literal(TimeSpan(937840000000))}}, NamedExpr { {Literal(TimeSpan(1728000000000))}}])}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"print datetime(2020-01-02 03:04), datetime(null), date(2020-01-02T03:04:05.678Z)"#), @r#"
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {Literal(DateTime(637135310400000000))}}, NamedExpr { {Literal(Null(DateTime))}}, NamedExpr { {Literal(DateTime(637135310456780000))}}])}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"print dynamic({'a': [1, -2.50, "x\/y", null, datetime(2020-01-01), 1d, guid(74be27de-1e4e-49d9-b579-fe0b331d3642)]}), dynamic(null), dynamic('s')"#), @r#"
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {Literal(Dynamic(Object {"a": Array [Number(1), Number(-2.50), String("x/y"), Null, String("2020-01-01T00:00:00.0000000Z"), String("1.00:00:00"), String("74be27de-1e4e-49d9-b579-fe0b331d3642")]}))}}, NamedExpr { {Literal(Null(Dynamic))}}, NamedExpr { {Literal(Dynamic(String("s")))}}])}), operators: []})
"#);
}

#[test]
fn calls() {
    insta::assert_snapshot!(tree(r#"f(x, *, y = 1, T | count, prefix*)"#), @r#"
Expr(Pipeline { source: Expr({Call { name: "f", args: [Arg { name: None, value: {Name("x")}}, Arg { name: None, value: {Star}}, Arg { name: Some("y"), value: {Literal(Long(1))}}, Arg { name: None, value: {Tabular(Pipeline { source: Expr({Name("T")}), operators: [
  {Count { name: None}}]})}}, Arg { name: None, value: {Wildcard("prefix*")}}]}}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"T | summarize arg_max(t, *), count() by bin(t, 1h), (k)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Summarize { params: [], aggregates: [NamedExpr { {Call { name: "arg_max", args: [Arg { name: None, value: {Name("t")}}, Arg { name: None, value: {Star}}]}}}, NamedExpr { {Call { name: "count", args: []}}}], by: [NamedExpr { {Call { name: "bin", args: [Arg { name: None, value: {Name("t")}}, Arg { name: None, value: {Literal(TimeSpan(36000000000))}}]}}}, NamedExpr { {Name("k")}}]}}]})
"#);
    insta::assert_snapshot!(tree(r#"print typeof(long)"#), @r#"
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {TypeOf(Schema { star: false, columns: []}, Some(Long))}}])}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"T | extend (a, b) = f(x)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Extend([NamedExpr { names: ["a", "b"], expr: {Call { name: "f", args: [Arg { name: None, value: {Name("x")}}]}}}])}]})
"#);
}

#[test]
fn statements() {
    insta::assert_snapshot!(tree(r#"let a = 1; let T = view () { X | where y > a }; let f = (t: (x: long, ['y z']: string), u: (*), n: int = 3) { let b = n; t | take b }; f(T)"#), @r#"
Let { name: "a", value: Expr(Pipeline { source: Expr({Literal(Long(1))}), operators: []})}
Let { name: "T", value: Function { params: [], body: [Expr(Pipeline { source: Expr({Name("X")}), operators: [
  {Where({Binary { op: Greater, left: {Name("y")}, right: {Name("a")}}})}]})], view: true}}
Let { name: "f", value: Function { params: [Param { name: "t", ty: Table([ColumnDecl { name: "x", ty: Long}, ColumnDecl { name: "y z", ty: String}]), default: None}, Param { name: "u", ty: AnyTable, default: None}, Param { name: "n", ty: Scalar(Int), default: Some({Literal(Long(3))})}], body: [Let { name: "b", value: Expr(Pipeline { source: Expr({Name("n")}), operators: []})}, Expr(Pipeline { source: Expr({Name("t")}), operators: [
  {Take { count: {Name("b")}}}]})], view: false}}
Expr(Pipeline { source: Expr({Call { name: "f", args: [Arg { name: None, value: {Name("T")}}]}}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"declare query_parameters(name: string, days: long = 7);
set notruncation; set x = 5;
T | where n == name"#), @r#"
QueryParameters([Param { name: "name", ty: Scalar(String), default: None}, Param { name: "days", ty: Scalar(Long), default: Some({Literal(Long(7))})}])
Set { name: "notruncation", value: None}
Set { name: "x", value: Some({Literal(Long(5))})}
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Where({Binary { op: Equal, left: {Name("n")}, right: {Name("name")}}})}]})
"#);
    insta::assert_snapshot!(tree(r#"alias database d = cluster('c').database('e'); restrict access to (a.*); .show tables | count"#), @r#"
Unsupported { what: "`alias database`"}
Unsupported { what: "`restrict access`"}
Unsupported { what: "the control command `.show tables`"}
"#);
    insta::assert_snapshot!(tree(r#";; T ;"#), @r#"Expr(Pipeline { source: Expr({Name("T")}), operators: []})"#);
}

#[test]
fn sources() {
    insta::assert_snapshot!(tree(r#"datatable(a: long, ['b c']: string) [1, 'x', -2, 'y',] | count"#), @r#"
Expr(Pipeline { source: DataTable { columns: [ColumnDecl { name: "a", ty: Long}, ColumnDecl { name: "b c", ty: String}], values: [{Literal(Long(1))}, {Literal(String("x"))}, {Literal(Long(-2))}, {Literal(String("y"))}]}, operators: [
  {Count { name: None}}]})
"#);
    insta::assert_snapshot!(tree(r#"(T | where a) | count"#), @r#"
Expr(Pipeline { source: Paren(Pipeline { source: Expr({Name("T")}), operators: [
  {Where({Name("a")})}]}), operators: [
  {Count { name: None}}]})
"#);
    insta::assert_snapshot!(tree(r#"where a > 1 | count"#), @r#"
Expr(Pipeline { source: Input, operators: [
  {Where({Binary { op: Greater, left: {Name("a")}, right: {Literal(Long(1))}}})}, 
  {Count { name: None}}]})
"#);
    insta::assert_snapshot!(tree(r#"| count"#), @r#"
Expr(Pipeline { source: Input, operators: [
  {Count { name: None}}]})
"#);
    insta::assert_snapshot!(tree(r#"range x from 1 to 3 step 1"#), @r#"
Expr(Pipeline { source: Operator(
  {Range { name: "x", from: {Literal(Long(1))}, to: {Literal(Long(3))}, step: {Literal(Long(1))}}}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"union kind=outer withsource=S A*, (B | take 1), C"#), @r#"
Expr(Pipeline { source: Operator(
  {Union { params: [OpParam { name: "kind", value: {Name("outer")}}, OpParam { name: "withsource", value: {Name("S")}}], tables: [Wildcard("A*"), Pipeline(Pipeline { source: Expr({Name("B")}), operators: [
  {Take { count: {Literal(Long(1))}}}]}), Pipeline(Pipeline { source: Expr({Name("C")}), operators: []})]}}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"search in (A, B*) 'x' or col: 'y' and z has 'w'"#), @r#"
Expr(Pipeline { source: Operator(
  {Search { params: [], tables: [Pipeline(Pipeline { source: Expr({Name("A")}), operators: []}), Wildcard("B*")], predicate: {Binary { op: Or, left: {Literal(String("x"))}, right: {Binary { op: And, left: {Binary { op: SearchHas, left: {Name("col")}, right: {Literal(String("y"))}}}, right: {Binary { op: Has, left: {Name("z")}, right: {Literal(String("w"))}}}}}}}}}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"find withsource=S in (A, B) where x == 1 project a, b: string, pack_all()"#), @r#"
Expr(Pipeline { source: Operator(
  {Find { params: [OpParam { name: "withsource", value: {Name("S")}}], tables: [Pipeline(Pipeline { source: Expr({Name("A")}), operators: []}), Pipeline(Pipeline { source: Expr({Name("B")}), operators: []})], predicate: {Binary { op: Equal, left: {Name("x")}, right: {Literal(Long(1))}}}, project: Some([("a", None), ("b", Some(String))]), project_smart: false, pack: true}}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"externaldata(a: string) ['https://x'] with (format = 'csv')"#), @r#"Expr(Pipeline { source: ExternalData { span: _}, operators: []})"#);
}

#[test]
fn columns() {
    insta::assert_snapshot!(tree(r#"T | project a, b = c + 1 | project-away x*, *_y, ['z*'] | project-rename n = o | project-reorder a* granny-desc, *, b asc"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Project([NamedExpr { {Name("a")}}, NamedExpr { names: ["b"], expr: {Binary { op: Add, left: {Name("c")}, right: {Literal(Long(1))}}}}])}, 
  {ProjectAway([ColumnPattern { pattern: "x*", is_pattern: true}, ColumnPattern { pattern: "*_y", is_pattern: true}, ColumnPattern { pattern: "z*", is_pattern: false}])}, 
  {ProjectRename([("n", "o")])}, 
  {ProjectReorder([(ColumnPattern { pattern: "a*", is_pattern: true}, Some(GrannyDesc)), (ColumnPattern { pattern: "*", is_pattern: true}, None), (ColumnPattern { pattern: "b", is_pattern: false}, Some(Asc))])}]})
"#);
    insta::assert_snapshot!(tree(r#"T | sort by a asc nulls last, b desc, c | top 5 by d | take 3 | limit 4"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Sort([SortKey { expr: {Name("a")}, ascending: true, nulls_first: Some(false)}, SortKey { expr: {Name("b")}, ascending: false, nulls_first: None}, SortKey { expr: {Name("c")}, ascending: false, nulls_first: None}])}, 
  {Top { count: {Literal(Long(5))}, by: SortKey { expr: {Name("d")}, ascending: false, nulls_first: None}}}, 
  {Take { count: {Literal(Long(3))}}}, 
  {Take { count: {Literal(Long(4))}}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | distinct * | distinct a, b | count | count as n | getschema | serialize r = row_number()"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Distinct { columns: [], star: true}}, 
  {Distinct { columns: [NamedExpr { {Name("a")}}, NamedExpr { {Name("b")}}], star: false}}, 
  {Count { name: None}}, 
  {Count { name: Some("n")}}, 
  {GetSchema}, 
  {Serialize([NamedExpr { names: ["r"], expr: {Call { name: "row_number", args: []}}}])}]})
"#);
}

#[test]
fn joins() {
    insta::assert_snapshot!(tree(r#"A | join kind=leftouter hint.strategy=shuffle (B | where x) on k, $left.a == $right.b"#), @r#"
Expr(Pipeline { source: Expr({Name("A")}), operators: [
  {Join { params: [OpParam { name: "kind", value: {Name("leftouter")}}, OpParam { name: "hint.strategy", value: {Name("shuffle")}}], right: Pipeline { source: Expr({Name("B")}), operators: [
  {Where({Name("x")})}]}, on: [{Name("k")}, {Binary { op: Equal, left: {Path { target: {Name("$left")}, name: "a"}}, right: {Path { target: {Name("$right")}, name: "b"}}}}]}}]})
"#);
    insta::assert_snapshot!(tree(r#"A | lookup B on k"#), @r#"
Expr(Pipeline { source: Expr({Name("A")}), operators: [
  {Lookup { params: [], right: Pipeline { source: Expr({Name("B")}), operators: []}, on: [{Name("k")}]}}]})
"#);
}

#[test]
fn parsing() {
    insta::assert_snapshot!(tree(r#"T | parse kind=regex flags=Ui m with * 'a=' a: long ', b' * b"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Parse { kind: Regex, flags: Some("Ui"), expr: {Name("m")}, pattern: [Skip, Text("a=", _), Capture("a", Some(Long)), Text(", b", _), Skip, Capture("b", None)], filter: false}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | parse-where m with 'x' y"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Parse { kind: Simple, flags: None, expr: {Name("m")}, pattern: [Text("x", _), Capture("y", None)], filter: true}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | parse-kv m as (a: long, ['b c']: string) with (pair_delimiter=' ', kv_delimiter='=', quote="'")"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {ParseKv { expr: {Name("m")}, columns: [ColumnDecl { name: "a", ty: Long}, ColumnDecl { name: "b c", ty: String}], params: [OpParam { name: "pair_delimiter", value: {Literal(String(" "))}}, OpParam { name: "kv_delimiter", value: {Literal(String("="))}}, OpParam { name: "quote", value: {Literal(String("'"))}}]}}]})
"#);
}

#[test]
fn expanding() {
    insta::assert_snapshot!(tree(r#"T | mv-expand kind=array with_itemindex=i x, y = z to typeof(long) limit 5"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {MvExpand { params: [OpParam { name: "kind", value: {Name("array")}}], index: Some("i"), columns: [MvColumn { name: None, expr: {Name("x")}, to_type: None}, MvColumn { name: Some("y"), expr: {Name("z")}, to_type: Some(Long)}], limit: Some({Literal(Long(5))})}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | mv-expand kind = x"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {MvExpand { params: [], index: None, columns: [MvColumn { name: Some("kind"), expr: {Name("x")}, to_type: None}], limit: None}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | mv-apply with_itemindex=i x to typeof(string), y = z limit 2 on (where x > 1 | count)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {MvApply { index: Some("i"), columns: [MvColumn { name: None, expr: {Name("x")}, to_type: Some(String)}, MvColumn { name: Some("y"), expr: {Name("z")}, to_type: None}], limit: Some({Literal(Long(2))}), body: Pipeline { source: Input, operators: [
  {Where({Binary { op: Greater, left: {Name("x")}, right: {Literal(Long(1))}}})}, 
  {Count { name: None}}]}}}]})
"#);
}

#[test]
fn series() {
    insta::assert_snapshot!(tree(r#"T | make-series kind=nonempty n = count() default=0, avg(x) on t from a to b step 1h by k"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {MakeSeries { params: [OpParam { name: "kind", value: {Name("nonempty")}}], aggregates: [SeriesAggregate { value: NamedExpr { names: ["n"], expr: {Call { name: "count", args: []}}}, default: Some({Literal(Long(0))})}, SeriesAggregate { value: NamedExpr { {Call { name: "avg", args: [Arg { name: None, value: {Name("x")}}]}}}, default: None}], on: NamedExpr { {Name("t")}}, from: Some({Name("a")}), to: Some({Name("b")}), step: {Literal(TimeSpan(36000000000))}, in_range: false, by: [NamedExpr { {Name("k")}}]}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | make-series count() on t in range(a, b, 1d)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {MakeSeries { params: [], aggregates: [SeriesAggregate { value: NamedExpr { {Call { name: "count", args: []}}}, default: None}], on: NamedExpr { {Name("t")}}, from: Some({Name("a")}), to: Some({Name("b")}), step: {Literal(TimeSpan(864000000000))}, in_range: true, by: []}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | make-series count() on t step 1d"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {MakeSeries { params: [], aggregates: [SeriesAggregate { value: NamedExpr { {Call { name: "count", args: []}}}, default: None}], on: NamedExpr { {Name("t")}}, from: None, to: None, step: {Literal(TimeSpan(864000000000))}, in_range: false, by: []}}]})
"#);
}

#[test]
fn nested() {
    insta::assert_snapshot!(tree(r#"T | top-nested 3 of a with others='rest' by s = sum(x) desc, top-nested of b by count() asc"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {TopNested([TopNestedLevel { count: Some({Literal(Long(3))}), of: NamedExpr { {Name("a")}}, others: Some({Literal(String("rest"))}), by: NamedExpr { names: ["s"], expr: {Call { name: "sum", args: [Arg { name: None, value: {Name("x")}}]}}}, ascending: false}, TopNestedLevel { count: None, of: NamedExpr { {Name("b")}}, others: None, by: NamedExpr { {Call { name: "count", args: []}}}, ascending: true}])}]})
"#);
    insta::assert_snapshot!(tree(r#"T | top-hitters 2 of a by x"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {TopHitters { count: {Literal(Long(2))}, of: NamedExpr { {Name("a")}}, by: Some({Name("x")})}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | sample-distinct 3 of a"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {SampleDistinct { count: {Literal(Long(3))}, of: NamedExpr { {Name("a")}}}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | sample 2"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Sample { count: {Literal(Long(2))}}}]})
"#);
}

#[test]
fn scanning() {
    insta::assert_snapshot!(tree(r#"T | scan with_match_id=m order by t asc partition by k declare (s: long = 0) with (step a optional: x > 1 => s = 1, u = a.s; step b output=none: true;)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Scan { params: [OpParam { name: "with_match_id", value: {Name("m")}}], order_by: [SortKey { expr: {Name("t")}, ascending: true, nulls_first: None}], partition_by: [{Name("k")}], declare: [Param { name: "s", ty: Scalar(Long), default: Some({Literal(Long(0))})}], steps: [ScanStep { name: "a", optional: true, output: None, condition: {Binary { op: Greater, left: {Name("x")}, right: {Literal(Long(1))}}}, assignments: [("s", {Literal(Long(1))}), ("u", {Path { target: {Name("a")}, name: "s"}})]}, ScanStep { name: "b", optional: false, output: Some("none"), condition: {Literal(Bool(true))}, assignments: []}]}}]})
"#);
}

#[test]
fn partitioning() {
    insta::assert_snapshot!(tree(r#"T | partition hint.strategy=native by k (top 1 by x)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Partition { params: [OpParam { name: "hint.strategy", value: {Name("native")}}], by: {Name("k")}, body: Pipeline { source: Input, operators: [
  {Top { count: {Literal(Long(1))}, by: SortKey { expr: {Name("x")}, ascending: false, nulls_first: None}}}]}}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | partition by k { U | count }"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Partition { params: [], by: {Name("k")}, body: Pipeline { source: Expr({Name("U")}), operators: [
  {Count { name: None}}]}}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | fork a = (count) (where x | take 1)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Fork([(Some("a"), Pipeline { source: Input, operators: [
  {Count { name: None}}]}), (None, Pipeline { source: Input, operators: [
  {Where({Name("x")})}, 
  {Take { count: {Literal(Long(1))}}}]})])}]})
"#);
    insta::assert_snapshot!(tree(r#"T | facet by a, b with (count)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Facet { by: ["a", "b"], with: Some(Pipeline { source: Input, operators: [
  {Count { name: None}}]})}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | reduce by m with threshold=0.2, characters='x'"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Reduce { params: [OpParam { name: "threshold", value: {Literal(Real(0.2))}}, OpParam { name: "characters", value: {Literal(String("x"))}}], by: {Name("m")}}}]})
"#);
}

#[test]
fn plugins() {
    insta::assert_snapshot!(tree(r#"T | evaluate bag_unpack(d, 'p_', columnsConflict='keep_source') : (*, a: long)"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Evaluate { params: [], plugin: "bag_unpack", args: [Arg { name: None, value: {Name("d")}}, Arg { name: None, value: {Literal(String("p_"))}}, Arg { name: Some("columnsConflict"), value: {Literal(String("keep_source"))}}], schema: Some(Schema { star: true, columns: [ColumnDecl { name: "a", ty: Long}]})}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | invoke f(1) | as hint.materialized=true X | consume"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Invoke({Call { name: "f", args: [Arg { name: None, value: {Literal(Long(1))}}]}})}, 
  {As { name: "X", params: [OpParam { name: "hint.materialized", value: {Literal(Bool(true))}}]}}, 
  {Consume}]})
"#);
    insta::assert_snapshot!(tree(r#"T | render timechart with (title='x', ycolumns=a, b, kind=stacked) "#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Render { visualization: "timechart", properties: [("title", {Literal(String("x"))}), ("ycolumns", {Name("a")}), ("ycolumns", {Name("b")}), ("kind", {Name("stacked")})]}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | render piechart title='y' kind=default"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Render { visualization: "piechart", properties: [("title", {Literal(String("y"))}), ("kind", {Name("default")})]}}]})
"#);
    insta::assert_snapshot!(tree(r#"T | graph-match (a)-[b]->(c) where a.x == 1 project z | count"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Unsupported { name: "graph-match"}}, 
  {Count { name: None}}]})
"#);
}

#[test]
fn names() {
    insta::assert_snapshot!(tree(r#"T | where kind == 'a' and title has 'x' and count > 1 and by == 2 and ['on'] == 1 and id == 3 and Type in (1) | summarize by = count(), on = 2 by kind, _x, $v, 3days_ago"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Where({Binary { op: And, left: {Binary { op: And, left: {Binary { op: And, left: {Binary { op: Equal, left: {Name("kind")}, right: {Literal(String("a"))}}}, right: {Binary { op: Has, left: {Name("title")}, right: {Literal(String("x"))}}}}}, right: {Binary { op: And, left: {Binary { op: Greater, left: {Name("count")}, right: {Literal(Long(1))}}}, right: {Binary { op: Equal, left: {Name("by")}, right: {Literal(Long(2))}}}}}}}, right: {Binary { op: And, left: {Binary { op: And, left: {Binary { op: Equal, left: {Name("on")}, right: {Literal(Long(1))}}}, right: {Binary { op: Equal, left: {Name("id")}, right: {Literal(Long(3))}}}}}, right: {InList { op: In, value: {Name("Type")}, list: [{Literal(Long(1))}]}}}}}})}, 
  {Summarize { params: [], aggregates: [NamedExpr { names: ["by"], expr: {Call { name: "count", args: []}}}, NamedExpr { names: ["on"], expr: {Literal(Long(2))}}], by: [NamedExpr { {Name("kind")}}, NamedExpr { {Name("_x")}}, NamedExpr { {Name("$v")}}, NamedExpr { {Name("3days_ago")}}]}}]})
"#);
    insta::assert_snapshot!(tree(r#"let search = 1; print search, range, find"#), @r#"
Let { name: "search", value: Expr(Pipeline { source: Expr({Literal(Long(1))}), operators: []})}
Expr(Pipeline { source: Operator(
  {Print([NamedExpr { {Name("search")}}, NamedExpr { {Name("range")}}, NamedExpr { {Name("find")}}])}), operators: []})
"#);
    insta::assert_snapshot!(tree(r#"T | where print == 1 and union > 2"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Where({Binary { op: And, left: {Binary { op: Equal, left: {Name("print")}, right: {Literal(Long(1))}}}, right: {Binary { op: Greater, left: {Name("union")}, right: {Literal(Long(2))}}}}})}]})
"#);
    insta::assert_snapshot!(tree(r#"T | project type, time, date, datetime, string, dynamic"#), @r#"
Expr(Pipeline { source: Expr({Name("T")}), operators: [
  {Project([NamedExpr { {Name("type")}}, NamedExpr { {Name("time")}}, NamedExpr { {Name("date")}}, NamedExpr { {Name("datetime")}}, NamedExpr { {Name("string")}}, NamedExpr { {Name("dynamic")}}])}]})
"#);
}
