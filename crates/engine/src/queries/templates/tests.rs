#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn param(name: &str, ty: TemplateType, default: Option<&str>) -> TemplateParam {
    TemplateParam { name: name.to_owned(), ty, default: default.map(str::to_owned), description: String::new() }
}

/// The parameters of the tests.
fn params() -> Vec<TemplateParam> {
    vec![
        param("start", TemplateType::DateTime, None),
        param("end", TemplateType::DateTime, Some("0")),
        param("account", TemplateType::Text, None),
        param("host", TemplateType::Text, Some("srv \"1\"")),
        param("table", TemplateType::Text, Some("SecurityEvent")),
        param("filter", TemplateType::Text, Some("")),
        param("lookback", TemplateType::Text, Some("7d")),
        param("top", TemplateType::Int, Some("10")),
        param("score", TemplateType::Float, Some("0.5")),
        param("addresses", TemplateType::List, Some("10.0.0.1, '10.0.0.2'")),
    ]
}

fn converted(template: &str) -> String {
    convert(template, &params(), &BTreeMap::new()).unwrap().text
}

fn refused(template: &str) -> String {
    convert(template, &params(), &BTreeMap::new()).unwrap_err()
}

#[test]
fn a_template_as_msticpy_has_them() {
    let template = "\n{table}\n| where TimeGenerated >= datetime({start})\n| where TimeGenerated <= datetime({end})\n| where Account has \"{account}\"\n| where Computer in~ ({addresses})\n| take {top} // of {top}\n{filter}";
    let converted = convert(template, &params(), &BTreeMap::new()).unwrap();
    assert_eq!(
        converted.text,
        "declare query_parameters(start: datetime, end: datetime, account: string, top: long = long(10), addresses: dynamic = dynamic([\"10.0.0.1\",\"10.0.0.2\"]));\nSecurityEvent\n| where TimeGenerated >= start\n| where TimeGenerated <= end\n| where Account has account\n| where Computer in~ (addresses)\n| take top // of top"
    );
    assert_eq!(
        converted.fixed,
        [("table".to_owned(), "SecurityEvent".to_owned()), ("filter".to_owned(), String::new())]
    );
}

#[test]
fn parts_of_strings_are_put_together() {
    assert_eq!(
        converted("T | where A == \"CONTOSO\\\\{account}\" and B != @'x\\{host}.local' and C == h\"{account}\""),
        "declare query_parameters(account: string, host: string = \"srv \\\"1\\\"\");\nT | where A == strcat(\"CONTOSO\\\\\", account) and B != strcat(@'x\\', host, @'.local') and C == account"
    );
    assert_eq!(
        converted("T | where A == ```a\n\"{account}\" b```"),
        "declare query_parameters(account: string);\nT | where A == strcat(```a\n\"```, account, ```\" b```)"
    );
    assert_eq!(
        converted("T | where A == '{top} of {score}'"),
        "declare query_parameters(top: long = long(10), score: real = real(0.5));\nT | where A == strcat(tostring(top), ' of ', tostring(score))"
    );
}

#[test]
fn braces_that_are_meant_are_written_twice() {
    assert_eq!(
        converted("T | extend A = dynamic({{\"a\": 1}}), B = '{{account}}'"),
        "T | extend A = dynamic({\"a\": 1}), B = '{account}'"
    );
    for template in
        ["T | extend A = dynamic({\"a\": 1})", "T | where A == '{'", "T | where A == '}'", "T | where A == '{a b}'"]
    {
        assert!(refused(template).contains("a brace that is meant as such is written twice"), "{template}");
    }
}

#[test]
fn text_that_is_a_value_becomes_one() {
    assert_eq!(
        converted("T | where TimeGenerated > ago({lookback})"),
        "declare query_parameters(lookback: timespan = timespan(7.00:00:00));\nT | where TimeGenerated > ago(lookback)"
    );
    assert_eq!(
        converted("T | where TimeGenerated > datetime({account})"),
        "declare query_parameters(account: string);\nT | where TimeGenerated > todatetime(account)"
    );
}

#[test]
fn a_name_that_the_query_has_too_is_told_apart() {
    assert_eq!(
        converted("T | where account == \"{account}\" | extend host = \"{host}\", param_host = 1"),
        "declare query_parameters(account: string, host: string = \"srv \\\"1\\\"\");\nlet param_account = account;\nlet param_param_host = host;\nT | where account == param_account | extend host = param_param_host, param_host = 1"
    );
    assert_eq!(
        refused("let start = datetime({start}); T | where A > start"),
        "it has a variable and a parameter of the same name, start: rename one of them"
    );
}

#[test]
fn macros_are_text_of_the_file() {
    let macros = BTreeMap::from([
        ("condition".to_owned(), "| where A in ({addresses}) $<more>$".to_owned()),
        ("more".to_owned(), "| take {top}".to_owned()),
    ]);
    let text = convert("T\n$<condition>$", &params(), &macros).unwrap().text;
    assert!(text.ends_with("T\n| where A in (addresses) | take top"), "{text}");
    let circle = BTreeMap::from([("a".to_owned(), "$<a>$ $<a>$".to_owned())]);
    assert_eq!(convert("T $<a>$", &params(), &circle).unwrap_err(), "its macros contain each other");
    assert_eq!(convert("T $<b>$", &params(), &circle).unwrap_err(), "there is no macro \"b\" in query_macros");
}

#[test]
fn what_cannot_be_converted_is_refused() {
    for (template, said) in [
        (
            "T | where A == {account}",
            "the parameter account stands where KQL is expected, not a value, and has no default",
        ),
        ("T | where {account} == 1", "the parameter account stands where KQL is expected"),
        ("T | where A == \"{unknown}\"", "{unknown} is no parameter of this query"),
        ("search \"{account}\"", "{account} stands in search, which takes only literals"),
        ("T | where B == 1 | parse A with * \"{account}\" B", "{account} stands in parse, which takes only literals"),
        ("T | where A == \"{addresses}\"", "the list {addresses} stands in a string"),
        ("T | where A == \"x\\{account}\"", "a backslash stands before {account}"),
        ("T | where A == \"{account}", "a string is not closed"),
        ("T | where A == \"{account}\n\"", "a string is not closed in its line"),
        ("T{top} | take 1", "{top} is part of a longer name or number"),
        ("T | whereabouts A == \"{account}\"", "it is no KQL: "),
        ("T | where A == dynamic([{addresses}])", "it is no KQL: "),
    ] {
        let refusal = refused(template);
        assert!(refusal.starts_with(said), "{template}\n{refusal}");
    }
    let wrong = [param("n", TemplateType::Int, Some("many"))];
    assert_eq!(
        convert("T | take {n}", &wrong, &BTreeMap::new()).unwrap_err(),
        "the default of the parameter n is no whole number: \"many\""
    );
}

proptest! {
    /// Whatever a template is: it is refused, or its parameters are names in code, never in a string, and it parses.
    #[test]
    fn any_template_is_kql_or_refused(template in "(T|\\||where|A|==|has|in|\"|'|@|\\{account\\}|\\{addresses\\}|\\{top\\}|\\{\\{|//|\\(|\\)|\\\\|datetime\\(|\\n| ){0,40}") {
        if let Ok(converted) = convert(&template, &params(), &BTreeMap::new()) {
            kql::parse(&converted.text).unwrap();
        }
    }

    /// The text of the query does not depend on any value.
    #[test]
    fn texts_between_quotes_stay_as_they_are(before in "[a-z ]{0,5}", after in "[a-z ]{0,5}") {
        let text = converted(&format!("print X = \"{before}{{account}}{after}\""));
        let count = usize::from(!before.is_empty()) + usize::from(!after.is_empty());
        prop_assert_eq!(text.contains("strcat("), count > 0);
        kql::parse(&text).unwrap();
    }
}
