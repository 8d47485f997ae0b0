//! The scalar and aggregation functions, called in queries. Most values are those of the functions' documentation pages
//! (<https://learn.microsoft.com/kusto/query/scalar-functions>).

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;

use kql::{Value, time};
use kql_polars::{NoTables, Options, Place, Places, columns, run};

/// The rows of a query, cells between `|`.
fn rows(query: &str) -> Vec<String> {
    let table = run(query, &NoTables, &BTreeMap::new(), &Options::default())
        .unwrap_or_else(|e| panic!("{query}\n{}", e.render(query)));
    (0..table.rows())
        .map(|row| {
            let cells: Vec<String> = (0..table.columns.len()).map(|c| text(&table.value(row, c).unwrap())).collect();
            cells.join("|")
        })
        .collect()
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
        Value::DateTime(v) => time::format_datetime(*v),
        Value::TimeSpan(v) => time::format_timespan(*v),
        Value::Dynamic(v) => v.to_string(),
    }
}

/// `print` of each expression, as a constant and as a computation on a column.
fn expressions(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(expression, wanted)| {
            let found = rows(&format!("print x = {expression}")).join("\n");
            (found != *wanted).then(|| format!("{expression}\n  is     {found}\n  wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Queries and their rows.
fn queries(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(query, wanted)| {
            let found = rows(query).join("; ");
            (found != *wanted).then(|| format!("{query}\n  is     {found}\n  wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn error(query: &str) -> String {
    match run(query, &NoTables, &BTreeMap::new(), &Options::default()) {
        Ok(_) => panic!("{query} is no error"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn strings() {
    expressions(&[
        ("strlen('hello')", "5"),
        ("strlen('⒦⒰⒮⒯⒪')", "5"),
        ("string_size('⒦⒰⒮⒯⒪')", "15"),
        ("toupper('aé')", "'AÉ'"),
        ("tolower('AÉ')", "'aé'"),
        ("reverse('aéb')", "'béa'"),
        ("reverse(123.45)", "'54.321'"),
        ("strcat('a', 1, true, 2.5, 1h)", "'a1true2.501:00:00'"),
        ("strcat('a', long(null), 'b')", "'ab'"),
        ("strcat_delim('-', 1, '2', 'A', 1s)", "'1-2-A-00:00:01'"),
        ("strcat_array(dynamic([1, 'a', null, {\"b\": 2}]), '->')", "'1->a->->{\"b\":2}'"),
        ("strrep('ABC', 2)", "'ABCABC'"),
        ("strrep(123, 3, '.')", "'123.123.123'"),
        ("strrep('a', 0)", "''"),
        ("strrep('a', -1)", "''"),
        ("substring('123456', 1)", "'23456'"),
        ("substring('123456', 2, 2)", "'34'"),
        ("substring('ABCD', 0, 2)", "'AB'"),
        ("substring('123456', -2, 2)", "'56'"),
        ("substring('aéb', 1, 1)", "'é'"),
        ("substring('abc', 9)", "''"),
        ("split('aa_bb', '_')", "[\"aa\",\"bb\"]"),
        ("split('aaa_bbb_ccc', '_', 1)", "[\"bbb\"]"),
        ("split('', '_')", "[\"\"]"),
        ("split('a__b', '_')", "[\"a\",\"\",\"b\"]"),
        ("split('a', '_', 4)", "[]"),
        ("strcmp('ABC', 'ABC')", "0"),
        ("strcmp('abc', 'ABC')", "1"),
        ("strcmp('ABC', 'abc')", "-1"),
        ("strcmp('abcde', 'abc')", "1"),
        ("isascii('aé')", "false"),
        ("isutf8('aé')", "true"),
        ("unicode_codepoints_from_string('⒦a')", "[9382,97]"),
        ("unicode_codepoints_to_string(75, dynamic([117, 115]), 116, 111)", "'Kusto'"),
        ("make_string(dynamic([75]))", "'K'"),
        ("unicode_codepoints_to_string(-1)", "''"),
    ]);
}

#[test]
fn searching_and_replacing() {
    expressions(&[
        (
            "replace_strings('a cat and a dog', dynamic(['cat', 'dog']), dynamic(['dog', 'pigeon']))",
            "'a dog and a pigeon'",
        ),
        ("indexof('abcdefg', 'cde')", "2"),
        ("indexof('abcdefg', 'cde', 1, 4)", "2"),
        ("indexof('abcdefg', 'cde', 1, 2)", "-1"),
        ("indexof('abcdefg', 'cde', 3, 4)", "-1"),
        ("indexof('abcdefg', 'cde', -5)", "2"),
        ("indexof(1234567, 5, 1, 4)", "4"),
        ("indexof('abcdefgabcdefg', 'cde', 1, 10, 2)", "9"),
        ("indexof('éa', 'a')", "1"),
        ("indexof('', '', 0, -1, 9223372036854775807)", "-1"),
        ("indexof('abc', 'b', 0, -2)", "null"),
        ("indexof_regex('abcabc', @'a.c')", "0"),
        ("indexof_regex('abcabcdefg', @'a.c', 0, 9, 2)", "3"),
        ("indexof_regex('ababaa', @'a.a', 0, -1, 2)", "-1"),
        ("indexof_regex('abcabc', @'a|ab', -1)", "null"),
        ("countof('aaa', 'a')", "3"),
        ("countof('aaaa', 'aa')", "3"),
        ("countof('ababa', 'ab')", "2"),
        ("countof('abcabc', 'a.c', 'regex')", "2"),
        ("countof('ababa', 'aba', 'regex')", "1"),
        ("has_any_index('this is an example', dynamic(['this', 'example']))", "0"),
        ("has_any_index('this is an example', dynamic(['not', 'EXAMPLE']))", "1"),
        ("has_any_index('this is an example', dynamic(['not', 'exam']))", "-1"),
        ("has_any_index('x', dynamic([]))", "-1"),
        ("replace_string('Number is 1', 'is 1', 'was: 1')", "'Number was: 1'"),
        ("replace_strings('This is', dynamic(['is', 'This']), dynamic(['was', 'X']))", "'Thwas was'"),
        ("replace_regex('Number is 1.00', @'is (\\d+)', @'was: \\1')", "'Number was: 1.00'"),
        ("replace_regex('a$b', @'\\$', '$1')", "'a$1b'"),
        ("replace(@'is (\\d+)', @'was: \\1', 'Number is 1')", "'Number was: 1'"),
        ("translate('abc', 'x', 'abc')", "'xxx'"),
        ("translate('abc', '', 'ab')", "''"),
        ("translate('krasp', 'otsku', 'spark')", "'kusto'"),
        ("trim('--', '--https://bing.com--')", "'https://bing.com'"),
        ("trim(@'[^\\w]+', '-  Te st1// $')", "'Te st1'"),
        ("trim_start('https://', 'https://bing.com')", "'bing.com'"),
        ("trim_end('.com', 'bing.com')", "'bing'"),
        ("trim_end(@'a|b', 'xab')", "'xa'"),
        ("extract('x=([0-9.]+)', 1, 'hello x=45.6|wo')", "'45.6'"),
        ("extract('x=([0-9.]+)', 1, 'hello x=45.6|wo', typeof(real))", "45.6"),
        ("extract('x', 1, 'x')", "''"),
        ("extract('y', 0, 'x', typeof(long))", "null"),
        ("extract_all(@'(\\w)(\\d)', 'a1b2')", "[[\"a\",\"1\"],[\"b\",\"2\"]]"),
        ("extract_all(@'(\\w)(\\d)', dynamic([2]), 'a1b2')", "[\"1\",\"2\"]"),
        ("extract_all(@'(x)', 'a1b2')", "null"),
        ("extract_json('$.a[1].b', '{\"a\": [0, {\"b\": 5}]}', typeof(long))", "5"),
        ("extract_json('$.a', '{\"a\": \"x\"}')", "'x'"),
        ("extract_json('$.b', '{\"a\": \"x\"}')", "''"),
        ("regex_quote('(so$me.Te^xt)')", "'\\(so\\$me\\.Te\\^xt\\)'"),
    ]);
    assert!(error("print extract('(', 0, 'x')").contains("regular expression"));
}

#[test]
fn parsing_and_encoding() {
    expressions(&[
        ("parse_csv('aa,b,cc')", "[\"aa\",\"b\",\"cc\"]"),
        ("parse_csv('aa,\"b,b\",\"say \"\"x\"\"\"')", "[\"aa\",\"b,b\",\"say \\\"x\\\"\"]"),
        ("parse_version('0.1.2.0')", "10000000200000000"),
        ("parse_version('1.2.3.4')", "1000000020000000300000004"),
        ("parse_version('1')", "1000000000000000000000000"),
        ("parse_version('1.2.3.4.5')", "null"),
        ("parse_version('a')", "null"),
        ("parse_command_line('echo \"hello world!\"', 'windows')", "[\"echo\",\"hello world!\"]"),
        ("parse_url('https://u:p@h:1/a/b?k=v#f').Path", "\"/a/b\""),
        ("parse_urlquery('k1=v1&k2=v%202')", "{\"Query Parameters\":{\"k1\":\"v1\",\"k2\":\"v 2\"}}"),
        ("parse_path(@'C:\\temp\\file.txt').DirectoryPath", "\"C:\\\\temp\""),
        ("url_encode('https://www.bing.com/hello world')", "'https%3a%2f%2fwww.bing.com%2fhello+world'"),
        ("url_encode_component('a b/')", "'a%20b%2f'"),
        ("url_decode('https%3a%2f%2fwww.bing.com%2fhello+world%')", "'https://www.bing.com/hello world%'"),
        ("base64_encode_tostring('Kusto')", "'S3VzdG8='"),
        ("base64_decode_tostring('S3VzdG8=')", "'Kusto'"),
        ("base64_decode_tostring('!')", "''"),
        ("base64_decode_toarray('S3VzdG8=')", "[75,117,115,116,111]"),
        ("base64_encode_fromarray(dynamic([75, 117, 115, 116, 111]))", "'S3VzdG8='"),
        ("base64_encode_fromguid(toguid('ae3133f2-6e22-49ae-b06a-16e6a9b212eb'))", "'8jMxriJurkmwahbmqbIS6w=='"),
        ("base64_decode_toguid('8jMxriJurkmwahbmqbIS6w==')", "ae3133f2-6e22-49ae-b06a-16e6a9b212eb"),
        ("zlib_decompress_from_base64_string('eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=')", "'Test string 123'"),
        ("zlib_decompress_from_base64_string('x0x0x0')", "''"),
        ("zlib_decompress_from_base64_string(zlib_compress_to_base64_string('é'))", "'é'"),
        ("gzip_decompress_from_base64_string(gzip_compress_to_base64_string('é'))", "'é'"),
        ("punycode_from_string('académie-française')", "'acadmie-franaise-npb1a'"),
        ("punycode_to_string('acadmie-franaise-npb1a')", "'académie-française'"),
        ("punycode_domain_to_string('Lúin.Celtchair.org')", "'xn--Lin-8na.Celtchair.org'"),
        ("punycode_domain_from_string('xn--Lin-8na.Celtchair.org')", "'Lúin.Celtchair.org'"),
        ("hash('World')", "1846988464401551951"),
        ("hash('World', 100)", "51"),
        ("hash(datetime(2015-01-01))", "1380966698541616202"),
        ("hash_xxhash64('World')", "1846988464401551951"),
        ("hash_md5('World')", "'f5a7924e621e84c9280a9a27e1bcb7f6'"),
        ("hash_sha1('World')", "'70c07ec18ef89c5309bbb0937f3a6342411e1fdd'"),
        ("hash_sha1(datetime(2020-01-01))", "'e903e533f4d636b4fc0dcf3cf81e7b7f330de776'"),
        ("hash_sha256('World')", "'78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524'"),
        ("hash_many('a', 1) == hash_combine(hash('a'), hash(1))", "true"),
        ("strlen(tostring(new_guid()))", "36"),
        ("round(convert_length(1.2, 'Meter', 'Foot'), 9)", "3.937007874"),
        ("convert_mass(1, 'x', 'Pound')", "null"),
        ("parse_xml('<e name=\"v\"><a>1</a><a>x</a></e>')", "{\"e\":{\"@name\":\"v\",\"a\":[1,\"x\"]}}"),
        ("tolong(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056) * 1000)", "1546754351"),
        ("geo_distance_2points(300, 0, 0, 0)", "null"),
        ("geo_point_in_circle(-122.317404, 47.609119, -122.317404, 47.609119, 3)", "true"),
        ("geo_point_to_geohash(-80.195829, 25.802215, 8)", "'dhwfz15h'"),
        ("geo_point_to_geohash(139.806115, 35.554128, 12)", "'xn76m27ty9g4'"),
        (
            "geo_geohash_to_central_point('sunny')",
            "{\"type\":\"Point\",\"coordinates\":[42.47314453125,23.70849609375]}",
        ),
    ]);
    assert!(error("print parse_user_agent('x', 'browser')").contains("not available"));
}

#[test]
fn conversions() {
    assert!(error("print assert(1 > 2, 'no')").contains("'no'"));
    expressions(&[
        ("assert(2 > 1, 'no')", "true"),
        ("format_bytes(564)", "'564 Bytes'"),
        ("format_bytes(10332, 1)", "'10.1 KB'"),
        ("format_bytes(20010332)", "'19 MB'"),
        ("format_bytes(20010332, 2)", "'19.08 MB'"),
        ("format_bytes(20010332, 0, 'KB')", "'19541 KB'"),
        ("tostring(123)", "'123'"),
        ("tostring(long(null))", "''"),
        ("tostring(1.0)", "'1.0'"),
        ("tostring(true)", "'true'"),
        ("tostring(dynamic('a'))", "'a'"),
        ("tostring(dynamic([1, \"a\"]))", "'[1,\"a\"]'"),
        ("tostring(datetime(2020-01-02))", "'2020-01-02T00:00:00.0000000Z'"),
        ("tolong('123')", "123"),
        ("tolong('abc')", "null"),
        ("tolong(dynamic('42'))", "42"),
        ("toint(2.3)", "2"),
        ("toint('99999999999')", "null"),
        ("todouble('1.5')", "1.5"),
        ("tobool('true')", "true"),
        ("tobool(123)", "true"),
        ("todecimal('123.4500')", "123.45"),
        ("todatetime('2015-12-31 23:59:59.9')", "2015-12-31T23:59:59.9000000Z"),
        ("todatetime('x')", "null"),
        ("totimespan('0.00:01:00')", "00:01:00"),
        ("toguid('70fc66f7-8279-44fc-9092-d364d70fce44')", "70fc66f7-8279-44fc-9092-d364d70fce44"),
        ("tohex(256)", "'100'"),
        ("tohex(-256)", "'ffffffffffffff00'"),
        ("tohex(toint(-256), 8)", "'ffffff00'"),
        ("tohex(256, 8)", "'00000100'"),
        ("tohex(256, 2)", "'100'"),
    ]);
}

#[test]
fn choosing() {
    expressions(&[
        ("iff(1 > 2, 'a', 'b')", "'b'"),
        ("iff(bool(null), 1, 2)", "2"),
        ("iff(true, 1, 2.5)", "1"),
        ("iff(true, dynamic([1]), 'x')", "[1]"),
        ("iff(true, long(null), 2)", "null"),
        ("case(false, 1, true, 2, 3)", "2"),
        ("case(false, 'a', false, 'b', 'c')", "'c'"),
        ("coalesce(tolong('x'), tolong('42'), 33)", "42"),
        ("coalesce('', 'a')", "'a'"),
        ("max_of(10, 1, -3, 17)", "17"),
        ("min_of(10, 1, -3, 17)", "-3"),
        ("min_of(long(null), 4)", "4"),
        ("max_of('a', 'b')", "'b'"),
        ("isempty('')", "true"),
        ("isempty(long(null))", "true"),
        ("isnotempty('a')", "true"),
        ("isnull('')", "false"),
        ("isnull(dynamic(null))", "true"),
        ("isnotnull(1)", "true"),
        ("not(false)", "true"),
        ("not(bool(null))", "null"),
    ]);
    assert!(error("print iff(true, 1, 'a')").contains("one type"));
    assert!(error("print case(true, 1, false, 2)").contains("pairs"));
}

#[test]
fn ip_addresses() {
    expressions(&[
        ("parse_ipv4('192.168.1.1')", "3232235777"),
        ("parse_ipv4('192.168.1.1/24')", "3232235776"),
        ("parse_ipv4('x')", "null"),
        ("parse_ipv4_mask('127.0.0.1', 24)", "2130706432"),
        ("format_ipv4('192.168.1.1', 24)", "'192.168.1.0'"),
        ("format_ipv4(3232236031)", "'192.168.1.255'"),
        ("format_ipv4('192.168.1.1/24', long(-1))", "''"),
        ("format_ipv4_mask('192.168.1.1/24', 32)", "'192.168.1.0/24'"),
        ("ipv4_compare('192.168.1.1/30', '192.168.1.255/24')", "0"),
        ("ipv4_compare('192.168.1.1', '192.168.1.255')", "-1"),
        ("ipv4_is_match('192.168.1.1', '192.168.1.0', 31)", "true"),
        ("ipv4_is_in_range('192.168.1.6', '192.168.1.1/24')", "true"),
        ("ipv4_is_in_range('192.168.2.6', '192.168.1.1/24')", "false"),
        ("ipv4_is_in_range('abc', '192.168.1.1/24')", "null"),
        ("ipv4_is_in_any_range('127.0.0.1', dynamic(['10.0.0.1/8', '127.1.0.1/16']))", "false"),
        ("ipv4_is_in_any_range('192.168.1.6', '192.168.1.1/24', '10.0.0.1/8')", "true"),
        ("ipv4_is_private('172.31.255.255')", "true"),
        ("ipv4_is_private('172.32.0.0')", "false"),
        ("ipv4_netmask_suffix('10.1.2.3')", "32"),
        ("ipv4_netmask_suffix('127.0.0.1/16')", "16"),
        ("ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')", "[\"1.1.128.0/21\",\"1.1.136.0/22\",\"1.1.140.0/24\"]"),
        ("ipv6_compare('::ffff:7f00:1', '127.0.0.1')", "0"),
        ("ipv6_is_match('fe80::85d:e82c:9446:7994/127', 'fe80::85d:e82c:9446:7998', 120)", "true"),
        ("ipv6_is_in_range('a5e:f127:8a9d:146d:e102:b5d3:c755:abcd', '0:0:0:0:0:ffff:c0a8:ac/60')", "false"),
        ("parse_ipv6('127.0.0.1')", "'0000:0000:0000:0000:0000:ffff:7f00:0001'"),
        ("parse_ipv6_mask('192.168.255.255', 120)", "'0000:0000:0000:0000:0000:ffff:c0a8:ff00'"),
        ("has_ipv4('05:04:54 127.0.0.1 GET', '127.0.0.1')", "true"),
        ("has_any_ipv4_prefix('05:04:54 127.0.0.1 GET', dynamic(['10.', '127.0.']))", "true"),
    ]);
}

const NUMBERS: &str = "datatable(k: string, n: long, r: real, s: string, d: datetime, t: timespan, j: dynamic)
[
    'a', 3, 1.5, 'x', datetime(2020-01-01), 1h, dynamic({\"p\": 1}),
    'b', 5, 4.0, 'y', datetime(2020-01-03), 2h, dynamic([1, 2]),
    'a', long(null), real(null), '', datetime(null), timespan(null), dynamic(null),
    'a', 3, 2.5, 'x', datetime(2020-01-02 00:00:00.0000001), 3h, dynamic({\"p\": 2, \"q\": 3}),
]";

/// `summarize` of each aggregation over [`NUMBERS`] by its key, and over no rows.
fn aggregations(cases: &[(&str, &str, &str)]) {
    let mut all = Vec::new();
    for (aggregation, by_key, of_nothing) in cases {
        all.push((format!("{NUMBERS} | summarize x = {aggregation} by k | project x"), *by_key));
        all.push((format!("{NUMBERS} | where false | summarize x = {aggregation}"), *of_nothing));
    }
    queries(&all.iter().map(|(query, rows)| (query.as_str(), *rows)).collect::<Vec<_>>());
}

#[test]
fn counts_and_numbers() {
    aggregations(&[
        ("count()", "3; 1", "0"),
        ("count(n)", "3; 1", "0"),
        ("countif(n > 2)", "2; 1", "0"),
        ("dcount(n)", "1; 1", "0"),
        ("dcount(r, 2)", "2; 1", "0"),
        ("dcount(s)", "2; 1", "0"),
        ("dcountif(r, r > 2)", "1; 1", "0"),
        ("count_distinct(r)", "2; 1", "0"),
        ("count_distinctif(s, s != '')", "1; 1", "0"),
        ("sum(n)", "6; 5", "0"),
        ("sum(1)", "3; 1", "0"),
        ("sum(t)", "04:00:00; 02:00:00", "00:00:00"),
        ("sumif(n, r > 2)", "3; 5", "0"),
        ("sum(todecimal(r))", "4; 4", "0"),
        ("avg(n)", "3; 5", "NaN"),
        ("avg(r)", "2; 4", "NaN"),
        ("avgif(r, r > 2)", "2.5; 4", "NaN"),
        ("avg(t)", "02:00:00; 02:00:00", "null"),
        ("avg(d)", "2020-01-01T12:00:00.0000000Z; 2020-01-03T00:00:00.0000000Z", "null"),
        ("avg(todecimal(r))", "2; 4", "null"),
        ("min(n)", "3; 5", "null"),
        ("max(r)", "2.5; 4", "null"),
        ("max(d)", "2020-01-02T00:00:00.0000001Z; 2020-01-03T00:00:00.0000000Z", "null"),
        ("max(s)", "'x'; 'y'", "''"),
        ("minif(r, r > 2)", "2.5; 4", "null"),
        ("maxif(r, r < 2)", "1.5; null", "null"),
        ("max(todecimal(r))", "2.5; 4", "null"),
        ("binary_all_and(n)", "3; 5", "null"),
        ("binary_all_or(n)", "3; 5", "null"),
        ("binary_all_xor(n)", "0; 5", "null"),
        ("stdev(r)", "0.7071067811865476; 0", "0"),
        ("stdevp(r)", "0.5; 0", "null"),
        ("variance(r)", "0.5; 0", "0"),
        ("varianceif(r, r > 2)", "0; 0", "0"),
        ("variancep(r)", "0.25; 0", "null"),
        ("covariance(r, r)", "0.5; null", "null"),
        ("covariancep(r, r)", "0.25; 0", "null"),
    ]);
    assert!(error(&format!("{NUMBERS} | summarize sum(s)")).contains("number"));
    assert!(error(&format!("{NUMBERS} | summarize max(j)")).contains("order"));
}

#[test]
fn arrays_and_bags() {
    aggregations(&[
        ("make_list(n)", "[3,3]; [5]", "[]"),
        ("make_list(s)", "[\"x\",\"\",\"x\"]; [\"y\"]", "[]"),
        ("make_list(r, 1)", "[1.5]; [4.0]", "[]"),
        ("make_list(t)", "[\"01:00:00\",\"03:00:00\"]; [\"02:00:00\"]", "[]"),
        ("make_list(j)", "[{\"p\":1},{\"p\":2,\"q\":3}]; [[1,2]]", "[]"),
        ("make_list(1)", "[1,1,1]; [1]", "[]"),
        ("make_list_if(n, r > 2)", "[3]; [5]", "[]"),
        ("make_list_with_nulls(n)", "[3,null,3]; [5]", "[]"),
        ("make_set(n)", "[3]; [5]", "[]"),
        ("make_set(s, 1)", "[\"x\"]; [\"y\"]", "[]"),
        ("make_set(j)", "[{\"p\":1},{\"p\":2,\"q\":3}]; [1,2]", "[]"),
        ("make_set_if(s, r > 2)", "[\"x\"]; [\"y\"]", "[]"),
        ("make_bag(j)", "{\"p\":1,\"q\":3}; {}", "{}"),
        ("make_bag_if(j, r > 2)", "{\"p\":2,\"q\":3}; {}", "{}"),
        ("buildschema(j)", "{\"p\":\"long\",\"q\":\"long\"}; {\"`indexer`\":\"long\"}", "null"),
    ]);
}

#[test]
fn percentiles() {
    queries(&[
        (
            "datatable(v: real, w: long)[1.0, 1, 2.0, 2] | summarize t = tdigest(v, w) | project percentile_tdigest(t, 50), percentile_tdigest(t, 20, typeof(long))",
            "2.0|1",
        ),
        (
            "range x from 1 to 10 step 1 | summarize t = tdigest(x) by x % 2 | summarize t = tdigest_merge(t) | project percentile_tdigest(t, 70)",
            "7",
        ),
        ("range x from 1 to 100 step 1 | summarize percentiles(x, 0, 7, 50, 99.5, 100)", "1|7|50|100|100"),
        (
            "range x from 1 to 100 step 1 | extend x = x * 1.0 | summarize percentiles(x, 0, 7, 50, 99.5, 100)",
            "1|7|50|100|100",
        ),
        (
            "range x from 1 to 3 step 1 | extend d = datetime(2020-01-01) + x * 1tick | summarize percentile(d, 50)",
            "2020-01-01T00:00:00.0000002Z",
        ),
        (
            "range x from 1 to 4 step 1 | summarize percentiles_array(x, dynamic([25, 50])), percentiles_array(x, 75, 100)",
            "[1,2]|[3,4]",
        ),
        (
            "datatable(w: long, v: long)[8, 10, 6, 20, 3, 30, 1, 40] | summarize percentilesw(v, w, 50, 75, 99.9)",
            "20|20|40",
        ),
        (
            "datatable(w: long, v: long)[8, 10, 6, 20, 3, 30, 1, 40] | summarize percentilesw_array(v, w, dynamic([50, 75, 99.9]))",
            "[20,20,40]",
        ),
        (
            "datatable(w: long, v: long)[] | summarize percentile(v, 50), percentilew(v, w, 50), percentiles_array(v, 5)",
            "null|null|null",
        ),
    ]);
    assert!(error("range x from 1 to 3 step 1 | summarize percentile(x, 101)").contains("0 to 100"));
}

#[test]
fn default_names() {
    let names = |query: &str| {
        let table = run(query, &NoTables, &BTreeMap::new(), &Options::default()).unwrap();
        table.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names(
            "range x from 1 to 3 step 1 | summarize count(), countif(x > 1), make_list(x), make_set(x), percentiles(x, 5, 99.9), covariance(x, x), dcount(x)"
        ),
        "count_ countif_ list_x set_x percentile_x_5 percentile_x_99_9 covariance_x_x dcount_x"
    );
}

#[test]
fn places_of_addresses() {
    let query = "datatable(ip: string) ['192.0.2.1', ' 2001:db8::1 ', '10.0.0.1', 'none', ''] | extend p = geo_info_from_ip_address(ip) \
                 | project country = tostring(p.country), p";
    let places = Places::new(
        || "made up".to_owned(),
        |address| match address.to_string().as_str() {
            "192.0.2.1" => {
                Some(Place { country: "Côte d'Ivoire".to_owned(), latitude: Some(-1.5), ..Place::default() })
            }
            "2001:db8::1" => Some(Place { city: "Cork".to_owned(), ..Place::default() }),
            _ => None,
        },
    );
    let options = Options { places: Some(places), ..Options::default() };
    let table = run(query, &NoTables, &BTreeMap::new(), &options).unwrap();
    let cells = |column| (0..table.rows()).map(|row| table.json(row, column).unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(cells(0), ["\"Côte d'Ivoire\"", "\"\"", "\"\"", "\"\"", "\"\""]);
    assert_eq!(cells(1)[..3], [r#"{"country":"Côte d'Ivoire","latitude":-1.5}"#, r#"{"city":"Cork"}"#, "null"]);
    assert_eq!(table.notes, ["made up"]);
    // Without places the function is refused, but the columns of the query are known.
    let refused = run(query, &NoTables, &BTreeMap::new(), &Options::default()).unwrap_err();
    assert!(refused.message.contains("geo_info_from_ip_address() is not available here"), "{refused}");
    assert_eq!(columns(query, &NoTables, &BTreeMap::new()).unwrap().len(), 2);
}
