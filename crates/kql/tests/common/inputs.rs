//! Made-up query texts: of the grammar, documented examples with changes, cut texts, words in any order. The same number gives the same text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::cast_possible_truncation, missing_docs, dead_code)]

use std::fmt::Write as _;
use std::path::Path;

/// Random numbers that a seed repeats (splitmix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// The makers of texts and what they choose from.
pub struct Inputs {
    corpus: Vec<String>,
    /// The tokens of the corpus, roughly.
    words: Vec<String>,
    functions: Vec<String>,
}

const COLUMNS: &[&str] = &["a", "b", "c", "d", "e", "t", "s", "x", "y", "['a b']", "$left.a", "$right.a", "Count", "z"];
const TYPES: &[&str] =
    &["bool", "int", "long", "real", "string", "datetime", "timespan", "dynamic", "guid", "decimal", "date", "double"];
const BINARY: &[&str] = &[
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "=~",
    "!~",
    "and",
    "or",
    "has",
    "!has",
    "has_cs",
    "contains",
    "!contains",
    "startswith",
    "!endswith_cs",
    "hasprefix",
    "!hassuffix",
    "matches regex",
    "contains_cs",
    "<>",
    "like",
    ":",
];
const LISTS: &[&str] = &["in", "!in", "in~", "!in~", "has_any", "has_all"];
const LITERALS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "7",
    "100",
    "1.5",
    "1e3",
    "0x1f",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "true",
    "false",
    "'a'",
    "\"b\"",
    "''",
    "@'c\\d'",
    "'é\\u0041'",
    "h'x'",
    "```m\nn```",
    "1d",
    "2h",
    "3tick",
    "-1s",
    "1.5m",
    "datetime(2020-01-02)",
    "datetime(null)",
    "datetime(9999-12-31 23:59:59.9999999)",
    "timespan(1.02:03:04)",
    "timespan(null)",
    "dynamic([1,'a',null])",
    "dynamic({\"k\":[1,{\"l\":2}]})",
    "dynamic(null)",
    "dynamic(3)",
    "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
    "long(null)",
    "int(5)",
    "int(null)",
    "real(nan)",
    "real(+inf)",
    "real(null)",
    "decimal(1.5)",
    "decimal(null)",
    "bool(null)",
    "'k=1, l=2'",
    "'10.0.0.1/8'",
    "'[1,2]'",
    "'(a)(b'",
    "'$.k[0]'",
    "typeof(long)",
];
const AGGREGATES: &[&str] = &[
    "count()",
    "sum(E)",
    "avg(E)",
    "min(E)",
    "max(E)",
    "dcount(E)",
    "countif(E)",
    "sumif(E, E)",
    "make_list(E)",
    "make_set(E, 3)",
    "arg_max(E, *)",
    "arg_min(E, E)",
    "take_any(*)",
    "take_any(E)",
    "percentile(E, 50)",
    "percentiles(E, 5, 95)",
    "stdev(E)",
    "make_bag(E)",
    "hll(E)",
    "tdigest(E)",
    "count() + sum(E)",
    "tostring(max(E))",
    "buildschema(E)",
    "variance(E)",
    "binary_all_or(E)",
    "count_distinct(E)",
    "F",
    "E",
    "make_list_with_nulls(E)",
];
const OPERATORS: &[&str] = &[
    "where E",
    "where E",
    "where E and E",
    "extend N = E",
    "extend N = E, N = E",
    "extend (N, N) = E",
    "project C, N = E",
    "project C",
    "project-away C",
    "project-away C*",
    "project-keep C, C",
    "project-rename N = C",
    "project-reorder C, *, C asc",
    "summarize A by C",
    "summarize N = A, A by bin(C, E), C",
    "summarize A",
    "summarize by C, E",
    "take L",
    "limit 3",
    "sort by C",
    "order by E desc nulls first, C asc",
    "top L by E",
    "count",
    "count as N",
    "distinct C",
    "distinct *",
    "join kind=K (P) on C",
    "join (P) on $left.C == $right.C",
    "join kind=K (P) on C, $left.C == $right.C",
    "lookup (P) on C",
    "lookup kind=inner (P) on C",
    "union (P)",
    "union kind=inner withsource=N (P), T",
    "union T*",
    "mv-expand C",
    "mv-expand N = E to typeof(Y), C limit L",
    "mv-expand kind=array with_itemindex=N C",
    "mv-apply C on (P2)",
    "mv-apply N = E to typeof(Y) on (P2)",
    "parse C with 'a' N: Y 'b' *",
    "parse kind=regex C with * 'a.*' N",
    "parse-where E with N:Y ',' N:Y",
    "parse-kv C as (N: Y, N: Y) with (pair_delimiter=',', kv_delimiter='=')",
    "make-series A default=L on C from E to E step L by C",
    "make-series N = A on C step L",
    "make-series A on C in range(E, E, L)",
    "partition by C (P2)",
    "partition hint.strategy=native by C (P2)",
    "top-nested L of C by A",
    "top-nested L of C with others=E by A, top-nested of C by A",
    "top-hitters L of C",
    "top-hitters L of C by E",
    "sample L",
    "sample-distinct L of C",
    "serialize",
    "serialize N = row_number()",
    "scan declare (N: Y = L) with (step s1: E => N = E; step s2 output=last: E;)",
    "scan with_match_id=N with (step s1: true;)",
    "search E",
    "search 'a*' or C: 'b'",
    "find in (T) where E",
    "getschema",
    "as N",
    "render timechart with (title='x')",
    "consume",
    "evaluate bag_unpack(C)",
    "evaluate pivot(C, A)",
    "evaluate narrow()",
    "evaluate rows_near(E, L)",
    "evaluate ipv4_lookup((P), C, C)",
    "evaluate sliding_window_counts(C, C, E, E, E, E)",
    "evaluate activity_metrics(C, C, E)",
    "evaluate rolling_percentile(C, L, C, L, L)",
    "evaluate session_count(C, C, L, L, L, L)",
    "evaluate new_activity_metrics(C, C, E, E, E)",
    "evaluate dcount_intersect(C, C)",
    "evaluate preview(L)",
    "invoke F",
    "invoke f(E)",
    "fork (P2) (P2)",
    "facet by C with (P2)",
    "reduce by C",
    "make-graph C --> C",
    "extend N = toscalar(P)",
    "where C in (P)",
    "where C in (E, E, E)",
    "where * has E",
    "where * == E",
    "project N = F",
    "extend F",
    "where C between (E .. E)",
    "extend N = prev(C), N = row_cumsum(E)",
];
const KINDS: &[&str] = &[
    "inner",
    "innerunique",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftsemi",
    "leftanti",
    "rightsemi",
    "rightanti",
    "anti",
    "cross",
    "x",
];
const SOURCES: &[&str] = &[
    "T",
    "T",
    "T",
    "U",
    "print N = E",
    "print E, E",
    "range N from L to L step L",
    "range N from E to E step E",
    "datatable(a: long, s: string) [1, 'a', 2, 'b']",
    "datatable(a: Y, b: Y) [E, E]",
    "(P)",
    "union T, U",
    "union T*",
    "materialize(P)",
    "view() { P }",
    "search in (T) E",
    "find in (T, U) where E project C, N: Y",
    "f(E)",
    "table('T')",
    "externaldata(a: long) ['x']",
    "toscalar(P)",
    "cluster('c').database('d').T",
    "V",
];
const STATEMENTS: &[&str] = &[
    "let T = datatable(a: long, b: real, c: bool, d: dynamic, e: int, t: datetime, s: string) [1, 1.5, true, dynamic([1,2]), 1, datetime(2020-01-01), 'x y', 2, 2.5, false, dynamic({'k':1}), 2, datetime(2020-01-02), 'y'];",
    "let U = datatable(a: long, s: string, x: timespan, y: guid, z: decimal) [1, 'x', 1h, guid(null), 1.5, 3, '', 1d, guid(null), 2.5];",
    "let f = (N: Y) { E };",
    "let f = (N: Y = L, M: Y = L) { E };",
    "let f = (T: (*)) { T | count };",
    "let f = (T: (a: long), x: long) { T | where a > x };",
    "let N = E;",
    "let V = P;",
    "let V = view () { P };",
    "declare query_parameters(N: Y = L);",
    "set notruncation;",
    "declare pattern p = (a: string)[b: string] { ('x').['y'] = { P }; };",
    "alias database D = cluster('c').database('d');",
    "restrict access to (T);",
    "let f = () { let g = (x: long) { x + 1 }; g(E) };",
];
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ";",
    ",",
    ".",
    "..",
    ":",
    "=",
    "=>",
    "'",
    "\"",
    "`",
    "```",
    "~~~",
    "\\",
    "@",
    "?",
    "!",
    "~",
    "&&",
    "||",
    "//",
    "\n",
    "\r\n",
    "\t",
    "\u{a0}",
    "\u{feff}",
    "\u{200b}",
    "é",
    "😀",
    "\u{0}",
    "\u{301}",
    "0x",
    "1e",
    "1e999",
    "1d2h",
    "..1",
    "-",
    "--",
    "- -",
    "*",
    "**",
    "$",
    "$left",
    "['",
    "dynamic(",
    "datetime(",
    "typeof(",
    "h\"",
    "999999999999999999999",
    "1.7976931348623157e309",
    " in (",
    " between (",
    "datetime(2020-13-45)",
    "{\"a\":",
    "\u{2028}",
    "ﬀ",
    "İ",
    "ß",
];

impl Inputs {
    /// `functions`: names for calls.
    pub fn new(functions: impl IntoIterator<Item = String>) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/kql/dev.jsonl");
        let corpus: Vec<String> = std::fs::read_to_string(path)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["query"].as_str().unwrap().to_owned())
            .collect();
        let mut words: Vec<String> = corpus.iter().flat_map(|query| tokens(query)).map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        let mut functions: Vec<String> = functions.into_iter().collect();
        if functions.is_empty() {
            functions = ["iff", "bin", "tostring", "strcat", "split", "extract", "ago", "now", "pack", "case"]
                .map(str::to_owned)
                .into();
        }
        Self { corpus, words, functions }
    }

    /// The text of a number.
    pub fn text(&self, number: u64) -> String {
        let mut r = Random::new(number);
        match r.below(100) {
            0..45 => self.script(&mut r),
            45..60 => {
                let text = self.script(&mut r);
                self.changed(&text, &mut r)
            }
            60..80 => {
                let query = &self.corpus[r.below(self.corpus.len())];
                self.changed(query, &mut r)
            }
            80..88 => {
                let query = &self.corpus[r.below(self.corpus.len())];
                cut(query, &mut r)
            }
            88..96 => self.soup(&mut r),
            _ => nested(&mut r),
        }
    }

    fn soup(&self, r: &mut Random) -> String {
        let mut text = String::new();
        for _ in 0..r.below(40) {
            match r.below(4) {
                0 => text.push_str(r.pick(PIECES)),
                1 => text.push_str(r.pick(LITERALS)),
                _ => text.push_str(&self.words[r.below(self.words.len())]),
            }
            if !r.one_in(4) {
                text.push(' ');
            }
        }
        text
    }

    /// Some tokens left out, doubled, moved, or others in their place.
    fn changed(&self, query: &str, r: &mut Random) -> String {
        let mut parts: Vec<&str> = tokens(query);
        for _ in 0..=r.below(4) {
            if parts.is_empty() {
                break;
            }
            let at = r.below(parts.len());
            match r.below(8) {
                0 => drop(parts.remove(at)),
                1 => parts.insert(at, parts[at]),
                2 => {
                    let other = r.below(parts.len());
                    parts.swap(at, other);
                }
                3 => parts[at] = r.pick(LITERALS),
                4 => parts[at] = &self.words[r.below(self.words.len())],
                5 => parts.insert(at, r.pick(PIECES)),
                6 => {
                    // The end of another query.
                    let other = tokens(&self.corpus[r.below(self.corpus.len())]);
                    parts.truncate(at);
                    parts.extend(&other[r.below(other.len().max(1)).min(other.len())..]);
                }
                _ => parts[at] = r.pick(COLUMNS),
            }
        }
        parts.concat()
    }

    fn script(&self, r: &mut Random) -> String {
        let mut out = String::new();
        if !r.one_in(6) {
            out.push_str(STATEMENTS[0]);
            out.push_str(STATEMENTS[1]);
        }
        for _ in 0..r.below(3) {
            let statement = r.pick(STATEMENTS);
            self.expand(statement, 3, r, &mut out);
            out.push('\n');
        }
        self.expand("P", 5, r, &mut out);
        out
    }

    /// The text with the capital letters that stand alone replaced: E expression, C column, N new name, L literal, Y type, A aggregation,
    /// F call, K kind of join, P pipeline, P2 operators.
    fn expand(&self, template: &str, depth: usize, r: &mut Random, out: &mut String) {
        for token in tokens(template) {
            match token {
                "E" => self.expression(depth, r, out),
                "C" => out.push_str(r.pick(COLUMNS)),
                "N" => out.push_str(r.pick(&["a", "n", "m", "p", "['q r']", "Count", "_x"])),
                "L" => out.push_str(r.pick(LITERALS)),
                "Y" => out.push_str(r.pick(TYPES)),
                "K" => out.push_str(r.pick(KINDS)),
                "A" => {
                    let aggregate = r.pick(AGGREGATES);
                    self.expand(aggregate, depth.saturating_sub(1), r, out);
                }
                "F" => self.call(depth, r, out),
                "P" => {
                    let source = if depth == 0 { "T" } else { r.pick(SOURCES) };
                    self.expand(source, depth.saturating_sub(1), r, out);
                    for _ in 0..r.below(depth + 1) {
                        let operator = r.pick(OPERATORS);
                        out.push_str(" | ");
                        self.expand(operator, depth.saturating_sub(1), r, out);
                    }
                }
                "P2" => {
                    for i in 0..=r.below(2) {
                        out.push_str(if i == 0 { "" } else { " | " });
                        let operator = r.pick(OPERATORS);
                        self.expand(operator, depth.saturating_sub(2), r, out);
                    }
                }
                other => out.push_str(other),
            }
        }
    }

    fn call(&self, depth: usize, r: &mut Random, out: &mut String) {
        let _ = write!(out, "{}(", self.functions[r.below(self.functions.len())]);
        for i in 0..r.below(5) {
            out.push_str(if i == 0 { "" } else { ", " });
            self.expression(depth.saturating_sub(1), r, out);
        }
        out.push(')');
    }

    fn expression(&self, depth: usize, r: &mut Random, out: &mut String) {
        if depth == 0 {
            let leaf = if r.one_in(2) { r.pick(LITERALS) } else { r.pick(COLUMNS) };
            out.push_str(leaf);
            return;
        }
        let depth = depth - 1;
        match r.below(14) {
            0..4 => self.expression(0, r, out),
            4..7 => {
                self.expression(depth, r, out);
                let _ = write!(out, " {} ", r.pick(BINARY));
                self.expression(depth, r, out);
            }
            7..10 => self.call(depth, r, out),
            10 => {
                self.expression(0, r, out);
                let _ = write!(out, " {} ", r.pick(LISTS));
                self.expand("(E, E)", depth, r, out);
            }
            11 => {
                out.push('(');
                self.expression(depth, r, out);
                out.push(')');
            }
            12 => self.expand(
                r.pick(&[
                    "d.k",
                    "d[0]",
                    "d['k'].l",
                    "d.k[E]",
                    "-E",
                    "not(E)",
                    "iff(E, E, E)",
                    "case(E, E, E)",
                    "f(E)",
                    "E between (E .. E)",
                ]),
                depth,
                r,
                out,
            ),
            _ => self.expand(
                r.pick(&[
                    "toscalar(P)",
                    "C in (P)",
                    "* has E",
                    "bin(C, L)",
                    "todynamic(E)",
                    "strcat(E, E)",
                    "array_length(E)",
                ]),
                depth,
                r,
                out,
            ),
        }
    }
}

/// A text up to any character.
fn cut(query: &str, r: &mut Random) -> String {
    let chars: Vec<char> = query.chars().collect();
    let end = r.below(chars.len() + 1);
    let start = if r.one_in(4) { r.below(end + 1) } else { 0 };
    chars[start..end].iter().collect()
}

/// The same pieces many times.
fn nested(r: &mut Random) -> String {
    let mut text = String::from(r.pick(&["print ", "T | where ", "", "let f = () { ", "T | extend x = "]));
    let opening = [
        r.pick(PIECES),
        r.pick(&[
            "(",
            "[",
            "not(",
            "f(",
            "T | join (",
            "-",
            "toscalar(",
            "case(",
            "dynamic(",
            "{",
            "x in (",
            "a.",
            "1 + ",
        ]),
    ];
    let closing = r.pick(&[")", "]", "}", "", ") on a", " 1", ", 1)"]);
    let n = r.below(400);
    for _ in 0..n {
        text.push_str(opening[usize::from(!r.one_in(8))]);
    }
    text.push_str(r.pick(LITERALS));
    text.push_str(&closing.repeat(n));
    text
}

/// A text in tokens: words, blanks, texts in quotes, single other characters. Together they are the text.
fn tokens(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end = match c {
            c if word(c) => rest.find(|c| !word(c)),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()),
            '\'' | '"' => rest[1..].find(c).map(|i| i + 2),
            c => Some(c.len_utf8()),
        };
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts
}
