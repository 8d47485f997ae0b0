//! What `render` asked for, as the two APIs tell it.

use kql_polars::RenderHint;
use serde_json::{Map, Value as Json, json};

/// How the value of a property is told.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Flag,
    List,
    Number,
}

/// The properties: their name in KQL, in Log Analytics and in Kusto.
/// Sources: recorded answers in the tests of Microsoft's clients azure-monitor-query and azure-kusto-data.
const PROPERTIES: [(&str, &str, &str, Kind); 17] = [
    ("title", "title", "Title", Kind::Text),
    ("accumulate", "accumulate", "Accumulate", Kind::Flag),
    ("isquerysorted", "isQuerySorted", "IsQuerySorted", Kind::Flag),
    ("kind", "kind", "Kind", Kind::Text),
    ("legend", "legend", "Legend", Kind::Text),
    ("series", "series", "Series", Kind::List),
    ("ymin", "yMin", "Ymin", Kind::Number),
    ("ymax", "yMax", "Ymax", Kind::Number),
    ("xmin", "xMin", "Xmin", Kind::Text),
    ("xmax", "xMax", "Xmax", Kind::Text),
    ("xaxis", "xAxis", "XAxis", Kind::Text),
    ("xcolumn", "xColumn", "XColumn", Kind::Text),
    ("xtitle", "xTitle", "XTitle", Kind::Text),
    ("yaxis", "yAxis", "YAxis", Kind::Text),
    ("ycolumns", "yColumns", "YColumns", Kind::List),
    ("ysplit", "ySplit", "YSplit", Kind::Text),
    ("ytitle", "yTitle", "YTitle", Kind::Text),
];

/// The `render` object of a Log Analytics answer.
pub fn log_analytics(hint: Option<&RenderHint>) -> Json {
    let mut all = Map::new();
    all.insert("visualization".into(), hint.map_or(Json::Null, |h| h.visualization.as_str().into()));
    for (kql, name, _, kind) in PROPERTIES {
        all.insert(name.into(), value(hint, kql, kind));
    }
    all.insert("anomalyColumns".into(), value(hint, "anomalycolumns", Kind::List));
    Json::Object(all)
}

/// The `Visualization` property of a Kusto answer.
pub fn kusto(hint: Option<&RenderHint>) -> Json {
    let mut all = Map::new();
    all.insert("Visualization".into(), hint.map_or(Json::Null, |h| h.visualization.as_str().into()));
    for (kql, _, name, kind) in PROPERTIES {
        all.insert(name.into(), value(hint, kql, kind));
    }
    all.insert("AnomalyColumns".into(), value(hint, "anomalycolumns", Kind::List));
    Json::Object(all)
}

fn value(hint: Option<&RenderHint>, name: &str, kind: Kind) -> Json {
    let given = hint.and_then(|h| h.properties.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)));
    let text = given.map(|(_, text)| text.as_str());
    match (kind, text) {
        (Kind::Flag, text) => json!(text == Some("true")),
        (Kind::Number, Some(text)) => text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)),
        (Kind::Number, None) => json!("NaN"),
        (_, None) => Json::Null,
        (Kind::Text, Some(text)) => json!(text),
        (Kind::List, Some(text)) => json!(text.split(',').map(str::trim).collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn properties_have_the_names_of_each_api() {
        let hint = RenderHint {
            visualization: "timechart".into(),
            properties: vec![
                ("title".into(), "a".into()),
                ("ycolumns".into(), "b, c".into()),
                ("ymin".into(), "2".into()),
            ],
        };
        let told = log_analytics(Some(&hint));
        assert_eq!(
            (&told["visualization"], &told["title"], &told["yMin"]),
            (&json!("timechart"), &json!("a"), &json!(2.0))
        );
        assert_eq!(told["yColumns"], json!(["b", "c"]));
        assert_eq!((&told["yMax"], &told["accumulate"], &told["xColumn"]), (&json!("NaN"), &json!(false), &Json::Null));
        assert_eq!(kusto(Some(&hint))["YColumns"], json!(["b", "c"]));
        assert_eq!(kusto(None)["Visualization"], Json::Null);
    }
}
