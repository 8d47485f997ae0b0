//! What people see when a query is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::error;

#[test]
fn operators() {
    insta::assert_snapshot!(error(r#"T | summarise count()"#), @r#"
1:5: there is no operator `summarise`
  T | summarise count()
      ^^^^^^^^^
  help: did you mean `summarize`?
"#);
    insta::assert_snapshot!(error(r#"T | selct a"#), @r#"
1:5: there is no operator `selct`
  T | selct a
      ^^^^^
  help: did you mean `project`?
"#);
    insta::assert_snapshot!(error(r#"T | select a"#), @r#"
1:5: there is no operator `select`
  T | select a
      ^^^^^^
  help: did you mean `project`?
"#);
    insta::assert_snapshot!(error(r#"T | Where x"#), @r#"
1:5: there is no operator `Where`
  T | Where x
      ^^^^^
  help: did you mean `where`?
"#);
    insta::assert_snapshot!(error(r#"T | frobnicate x"#), @r#"
1:5: there is no operator `frobnicate`
  T | frobnicate x
      ^^^^^^^^^^
  help: operators are for example where, extend, project, summarize, join, union, sort, take
"#);
    insta::assert_snapshot!(error(r#"T |"#), @r#"
1:4: expected an operator, found the end of the query
  T |
     ^
"#);
    insta::assert_snapshot!(error(r#"T | | count"#), @r#"
1:5: expected an operator, found `|`
  T | | count
      ^
  help: what stands before this `|` is not finished, or there is one `|` too many
"#);
    insta::assert_snapshot!(error(r#"T | mv-expandd x"#), @r#"
1:5: there is no operator `mv-expandd`
  T | mv-expandd x
      ^^^^^^^^^^
  help: did you mean `mv-expand`?
"#);
    insta::assert_snapshot!(error(r#"| "#), @r#"
1:3: expected an operator, found the end of the query
  | 
    ^
"#);
}

#[test]
fn missing_pipe() {
    insta::assert_snapshot!(error(r#"T
where x > 1"#), @r#"
2:1: expected `|`, `;` or the end of the query, found `where`
  where x > 1
  ^^^^^
  help: a `|` may be missing before `where`
"#);
    insta::assert_snapshot!(error(r#"T | where a == 1
project b"#), @r#"
2:1: expected `|`, `;` or the end of the query, found `project`
  project b
  ^^^^^^^
  help: a `|` may be missing before `project`
"#);
    insta::assert_snapshot!(error(r#"T | take 5 order by x"#), @r#"
1:12: expected `|`, `;` or the end of the query, found `order`
  T | take 5 order by x
             ^^^^^
  help: a `|` may be missing before `order`
"#);
}

#[test]
fn other_languages() {
    insta::assert_snapshot!(error(r#"select * from T"#), @r#"
1:1: this is SQL, not KQL
  select * from T
  ^^^^^^
  help: the table stands first: T | where condition | project column, column | take 10
"#);
    insta::assert_snapshot!(error(r#"SELECT a FROM T"#), @r#"
1:1: this is SQL, not KQL
  SELECT a FROM T
  ^^^^^^
  help: the table stands first: T | where condition | project column, column | take 10
"#);
    insta::assert_snapshot!(error(r#"T | where a = 1"#), @r#"
1:13: expected `|`, `;` or the end of the query, found `=`
  T | where a = 1
              ^
  help: `=` gives a name; compare with `==`, or with `=~` to ignore case
"#);
    insta::assert_snapshot!(error(r#"T | where a == 1 && b"#), @r#"
1:18: expected `|`, `;` or the end of the query, found `&&`
  T | where a == 1 && b
                   ^^
  help: `&&` is written `and`
"#);
    insta::assert_snapshot!(error(r#"T | where a || b"#), @r#"
1:13: expected `|`, `;` or the end of the query, found `||`
  T | where a || b
              ^^
  help: `||` is written `or`
"#);
    insta::assert_snapshot!(error(r#"T | where not a"#), @r#"
1:15: expected `|`, `;` or the end of the query, found `a`
  T | where not a
                ^
  help: `not` is a function: not(…)
"#);
    insta::assert_snapshot!(error(r#"T | where a is null"#), @r#"
1:13: expected `|`, `;` or the end of the query, found `is`
  T | where a is null
              ^^
  help: test with isnull(…), isnotnull(…), isempty(…) or isnotempty(…)
"#);
    insta::assert_snapshot!(error(r#"T | where x ? 1 : 2"#), @r#"
1:13: expected `|`, `;` or the end of the query, found `?`
  T | where x ? 1 : 2
              ^
  help: `a ? b : c` is written iff(a, b, c)
"#);
    insta::assert_snapshot!(error(r#"T | where a AND b"#), @r#"
1:13: expected `|`, `;` or the end of the query, found `AND`
  T | where a AND b
              ^^^
  help: keywords are in lower case: `and`
"#);
    insta::assert_snapshot!(error(r#"/* c */ T"#), @r#"
1:1: expected an expression, found `/`
  /* c */ T
  ^
  help: each line of a comment starts with //
"#);
    insta::assert_snapshot!(error(r#"T | extend a = [1, 2]"#), @r#"
1:16: expected an expression, found `[`
  T | extend a = [1, 2]
                 ^
  help: an array is written dynamic([…]), and a name with spaces ['…']
"#);
    insta::assert_snapshot!(error(r#"T | where !a"#), @r#"
1:11: expected an expression, found `!`
  T | where !a
            ^
  help: negate with not(…), or with `!=`, `!has`, `!contains`, `!in`
"#);
    insta::assert_snapshot!(error(r#"T | where x > 1 > 2"#), @r#"
1:17: comparisons cannot be chained
  T | where x > 1 > 2
                  ^
  help: write a < x and x < b, or x between (a .. b)
"#);
}

#[test]
fn literals() {
    insta::assert_snapshot!(error(r#"print "DOMAIN\user""#), @r#"
1:14: \u needs 4 hexadecimal digits
  print "DOMAIN\user"
               ^^
  help: write \\ for a backslash, or put @ before the literal: @"DOMAIN\user"
"#);
    insta::assert_snapshot!(error(r#"print 'C:\Windows'"#), @r#"
1:10: `\W` is no escape sequence
  print 'C:\Windows'
           ^^
  help: write \\ for a backslash, or put @ before the literal: @"DOMAIN\user"
"#);
    insta::assert_snapshot!(error(r#"print 'abc"#), @r#"
1:7: this text literal has no end
  print 'abc
        ^^^^
  help: end it with ' on the same line, or write text of several lines as ```…```
"#);
    insta::assert_snapshot!(error(r#"print ```abc"#), @r#"
1:7: this text literal has no end
  print ```abc
        ^^^^^^
  help: end it with ```
"#);
    insta::assert_snapshot!(error(r#"print datetime(2020-13-01)"#), @r#"
1:16: `2020-13-01` is no datetime literal
  print datetime(2020-13-01)
                 ^^^^^^^^^^
  help: for example datetime(2024-05-25 08:20:03)
"#);
    insta::assert_snapshot!(error(r#"print datetime(start)"#), @r#"
1:16: `start` is no datetime literal
  print datetime(start)
                 ^^^^^
  help: datetime(…) takes a constant; convert a column or variable with todatetime(…)
"#);
    insta::assert_snapshot!(error(r#"print long(x)"#), @r#"
1:12: `x` is no long literal
  print long(x)
             ^
  help: long(…) takes a constant; convert a column or variable with tolong(…)
"#);
    insta::assert_snapshot!(error(r#"print guid(1)"#), @r#"
1:12: `1` is no guid literal
  print guid(1)
             ^
  help: for example guid(74be27de-1e4e-49d9-b579-fe0b331d3642)
"#);
    insta::assert_snapshot!(error(r#"print 99999999999999999999"#), @r#"
1:7: this number does not fit a long
  print 99999999999999999999
        ^^^^^^^^^^^^^^^^^^^^
  help: write real(…) or decimal(…) for numbers above 9223372036854775807
"#);
    insta::assert_snapshot!(error(r#"print 1.5x"#), @r#"
1:7: `1.5x` is neither a number nor a timespan
  print 1.5x
        ^^^^
"#);
    insta::assert_snapshot!(error(r#"print “x”"#), @r#"
1:7: unexpected character `“`
  print “x”
        ^
  help: typographic quotes are not KQL; write "…" or '…'
"#);
    insta::assert_snapshot!(error(r#"print 'x' # y"#), @r#"
1:11: unexpected character `#`
  print 'x' # y
            ^
  help: a comment starts with //
"#);
    insta::assert_snapshot!(error(r#"print dynamic({a: 1})"#), @r#"
1:16: expected a property name in quotes, found `a`
  print dynamic({a: 1})
                 ^
"#);
    insta::assert_snapshot!(error(r#"print dynamic([1, )"#), @r#"
1:19: expected a JSON value, found `)`
  print dynamic([1, )
                    ^
"#);
    insta::assert_snapshot!(error(r#"print dynamic()"#), @r#"
1:7: dynamic() is empty
  print dynamic()
        ^^^^^^^^^
  help: write dynamic(null)
"#);
    insta::assert_snapshot!(error(r#"print 9223372036854775808"#), @r#"
1:7: expected an expression, found `9223372036854775808`
  print 9223372036854775808
        ^^^^^^^^^^^^^^^^^^^
  help: the largest long is 9223372036854775807
"#);
    insta::assert_snapshot!(error(r#"print 99999999999d"#), @r#"
1:7: the timespan `99999999999d` is too long
  print 99999999999d
        ^^^^^^^^^^^^
"#);
    insta::assert_snapshot!(error(r#"print int(3000000000)"#), @r#"
1:11: `3000000000` is no int literal
  print int(3000000000)
            ^^^^^^^^^^
  help: a whole number from -2147483648 to 2147483647, or null
"#);
    insta::assert_snapshot!(error(r#"print dynamic([x])"#), @r#"
1:16: expected a JSON value, found `x`
  print dynamic([x])
                 ^
  help: dynamic(…) takes constants; build a value from columns with pack_array(…) or bag_pack(…)
"#);
}

#[test]
fn structure() {
    insta::assert_snapshot!(error(r#""#), @r#"
1:1: the query is empty
  
  ^
  help: start with the name of a table, for example SigninLogs | take 10
"#);
    insta::assert_snapshot!(error(r#"  // nothing"#), @r#"
1:13: the query is empty
    // nothing
              ^
  help: start with the name of a table, for example SigninLogs | take 10
"#);
    insta::assert_snapshot!(error(r#"T | where (a"#), @r#"
1:13: expected `)`, found the end of the query
  T | where (a
              ^
"#);
    insta::assert_snapshot!(error(r#"T | where f(a, b"#), @r#"
1:12: this parenthesis is never closed
  T | where f(a, b
             ^
"#);
    insta::assert_snapshot!(error(r#"T | where f(a,)"#), @r#"
1:15: expected an argument after the comma, found `)`
  T | where f(a,)
                ^
"#);
    insta::assert_snapshot!(error(r#"T)"#), @r#"
1:2: expected `|`, `;` or the end of the query, found `)`
  T)
   ^
"#);
    insta::assert_snapshot!(error(r#"let x 5"#), @r#"
1:7: expected `=` after the name, found `5`
  let x 5
        ^
"#);
    insta::assert_snapshot!(error(r#"let f = (a) { a }; 1"#), @r#"
1:13: expected `|`, `;` or the end of the query, found `{`
  let f = (a) { a }; 1
              ^
  help: an object is written dynamic({…})
"#);
    insta::assert_snapshot!(error(r#"let f = (a: foo) { a }; 1"#), @r#"
1:13: there is no type `foo`
  let f = (a: foo) { a }; 1
              ^^^
  help: the types are bool, int, long, real, decimal, datetime, timespan, string, dynamic, guid
"#);
    insta::assert_snapshot!(error(r#"let f = () { 1"#), @r#"
1:15: expected `|`, `;` or `}`, found the end of the query
  let f = () { 1
                ^
"#);
    insta::assert_snapshot!(error(r#"T | project-rename a"#), @r#"
1:21: expected `=` and the old name: new = old, found the end of the query
  T | project-rename a
                      ^
"#);
    insta::assert_snapshot!(error(r#"T | join (B on x"#), @r#"
1:13: expected `)`, found `on`
  T | join (B on x
              ^^
"#);
    insta::assert_snapshot!(error(r#"T | top 5"#), @r#"
1:10: expected `by`, found the end of the query
  T | top 5
           ^
"#);
    insta::assert_snapshot!(error(r#"T | sort x"#), @r#"
1:10: expected `by`, found `x`
  T | sort x
           ^
"#);
    insta::assert_snapshot!(error(r#"T | summarize"#), @r#"
1:14: expected an aggregation such as count(), or `by`, found the end of the query
  T | summarize
               ^
"#);
    insta::assert_snapshot!(error(r#"T | make-series count() on t"#), @r#"
1:29: expected `step`, found the end of the query
  T | make-series count() on t
                              ^
"#);
    insta::assert_snapshot!(error(r#"T | parse x with"#), @r#"
1:17: expected a pattern: text in quotes, columns and `*`, found the end of the query
  T | parse x with
                  ^
"#);
    insta::assert_snapshot!(error(r#"T | scan with ()"#), @r#"
1:17: expected at least one step, found the end of the query
  T | scan with ()
                  ^
"#);
    insta::assert_snapshot!(error(r#"T | scan with (step a output=some: true)"#), @r#"
1:30: expected all, last or none, found `some`
  T | scan with (step a output=some: true)
                               ^^^^
"#);
    insta::assert_snapshot!(error(r#"T | mv-apply x on where y"#), @r#"
1:19: expected `(` and operators, found `where`
  T | mv-apply x on where y
                    ^^^^^
  help: a `|` may be missing before `where`
"#);
    insta::assert_snapshot!(error(r#"datatable(a: long) [1"#), @r#"
1:22: expected `,` or `]` after a value, found the end of the query
  datatable(a: long) [1
                       ^
"#);
    insta::assert_snapshot!(error(r#"datatable(a: long, b: long) [1, 2, 3]"#), @r#"
1:29: 3 values do not fill rows of 2 columns
  datatable(a: long, b: long) [1, 2, 3]
                              ^^^^^^^^^
"#);
    insta::assert_snapshot!(error(r#"datatable(a) [1]"#), @r#"
1:12: expected `:` and the type of the column, found `)`
  datatable(a) [1]
             ^
"#);
    insta::assert_snapshot!(error(r#"T | evaluate pivot"#), @r#"
1:19: expected `(`, found the end of the query
  T | evaluate pivot
                    ^
"#);
    insta::assert_snapshot!(error(r#"range x from 1 to 2"#), @r#"
1:20: expected `step`, found the end of the query
  range x from 1 to 2
                     ^
"#);
    insta::assert_snapshot!(error(r#"T | range x from 1 to 2 step 1"#), @r#"
1:5: `range` starts a query, it takes no input
  T | range x from 1 to 2 step 1
      ^^^^^
  help: put a `;` before it, or use extend
"#);
    insta::assert_snapshot!(error(r#"T | where x between 1 and 2"#), @r#"
1:21: expected a range in parentheses, such as between (1 .. 10), found `1`
  T | where x between 1 and 2
                      ^
"#);
    insta::assert_snapshot!(error(r#"T | where a in 'x'"#), @r#"
1:16: expected a list in parentheses, found `'x'`
  T | where a in 'x'
                 ^^^
"#);
    insta::assert_snapshot!(error(r#"T | render"#), @r#"
1:11: expected a chart, such as timechart, barchart or table, found the end of the query
  T | render
            ^
"#);
    insta::assert_snapshot!(error(r#"T | partition by a in (1) (count)"#), @r#"
1:20: `partition … in` is not supported
  T | partition by a in (1) (count)
                     ^^
  help: filter the column with | where first
"#);
    insta::assert_snapshot!(error(r#"T | join B where x == y"#), @r#"
1:12: `join … where` is not supported
  T | join B where x == y
             ^^^^^
  help: join on columns, then filter with | where
"#);
    insta::assert_snapshot!(error(r#"a."#), @r#"
1:3: expected a property name after `.`, found the end of the query
  a.
    ^
"#);
    insta::assert_snapshot!(error(r#"a[1"#), @r#"
1:4: expected `]` after the index, found the end of the query
  a[1
     ^
"#);
    insta::assert_snapshot!(error(r#"T | extend = 1"#), @r#"
1:12: expected an expression, found `=`
  T | extend = 1
             ^
  help: `=` gives a name; compare with `==`, or with `=~` to ignore case
"#);
    insta::assert_snapshot!(error(r#"T | where a.5"#), @r#"
1:13: expected a property name after `.`, found `5`
  T | where a.5
              ^
"#);
}
