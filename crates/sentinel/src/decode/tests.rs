#![allow(clippy::unwrap_used)]

use kql::{KqlType, Value};

use super::*;

/// A real answer, from the test data of msticpy (MIT, Copyright (c) Microsoft Corporation).
const REAL: &str = include_str!("../../tests/data/log_analytics_query.json");

fn decode(text: &[u8], piece: usize) -> Result<Answer, DecodeError> {
    let mut decoder = Decoder::default();
    for bytes in text.chunks(piece) {
        decoder.push(bytes)?;
    }
    decoder.finish()
}

/// The same answer read the simple way.
fn expected(text: &str) -> Vec<Vec<serde_json::Value>> {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    serde_json::from_value(json["tables"][0]["rows"].clone()).unwrap()
}

#[test]
fn a_real_answer_is_the_same_however_it_is_cut() {
    let expected = expected(REAL);
    for piece in [1, 2, 7, 100, 4096, REAL.len()] {
        let answer = decode(REAL.as_bytes(), piece).unwrap();
        let table = &answer.tables[0].table;
        assert_eq!(answer.tables[0].name, "PrimaryResult");
        assert_eq!((table.rows(), table.columns.len()), (3, 34));
        assert_eq!(table.column_type("ConfidenceScore"), Some(KqlType::Real));
        assert_eq!(table.column_type("IsIncident"), Some(KqlType::Bool));
        assert!(table.notes.is_empty(), "{:?}", table.notes);
        for (row, cells) in expected.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let value = table.value(row, column).unwrap();
                match (value, cell) {
                    (Value::DateTime(ticks), cell) => {
                        let text = cell.as_str().unwrap();
                        assert_eq!(Some(ticks), kql::time::parse_datetime(text));
                    }
                    (value, serde_json::Value::Null) => assert!(value.is_null()),
                    (Value::Bool(value), cell) => assert_eq!(Some(value), cell.as_bool()),
                    (Value::String(value), cell) => assert_eq!(Some(value.as_str()), cell.as_str()),
                    (value, cell) => panic!("{value:?} for {cell}"),
                }
            }
        }
    }
}

#[test]
fn an_answer_cut_at_any_byte_is_no_answer() {
    let text = REAL.trim_end().as_bytes();
    for cut in 0..text.len() {
        match decode(&text[..cut], 1000) {
            Err(DecodeError::Cut { bytes }) => assert_eq!(bytes, cut as u64),
            other => panic!("{cut}: {other:?}"),
        }
    }
}

#[test]
fn duplicate_columns_and_unknown_types_are_said() {
    let answer = decode(
        br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a","type":"long"},{"name":"a","type":"string"},{"name":"b","type":"hologram"}],
            "rows":[[1,"x",{"k":[1, 2]}],["zzz","y",null]]}],"render":{"visualization":"table"},"statistics":{"query":{"executionTime":0.1}}}"#,
        5,
    )
    .unwrap();
    let table = &answer.tables[0].table;
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a", "a1", "b"]);
    assert_eq!(table.value(0, 2).unwrap(), Value::String(r#"{"k":[1,2]}"#.into()));
    assert_eq!(
        table.notes,
        [
            "the answer has several columns a: one of them is called a1 here",
            "the column b has the type hologram, which is not known here: it is read as text",
            "1 value of the column a could not be read as long: null stands for them",
        ]
    );
    assert_eq!(answer.statistics.unwrap()["query"]["executionTime"].to_string(), "0.1");
    assert_eq!(answer.render.unwrap()["visualization"], "table");
}

#[test]
fn many_rows_keep_their_order_over_blocks() {
    let rows: Vec<String> = (0..100_000).map(|n| format!("[{n},\"row {n}\"]")).collect();
    let text = format!(
        r#"{{"tables":[{{"name":"PrimaryResult","columns":[{{"name":"n","type":"long"}},{{"name":"s","type":"string"}}],"rows":[{}]}}]}}"#,
        rows.join(",")
    );
    let answer = decode(text.as_bytes(), 10_000).unwrap();
    let table = &answer.tables[0].table;
    assert_eq!(table.rows(), 100_000);
    for row in [0, 32_767, 32_768, 65_536, 99_999] {
        assert_eq!(table.value(row, 0).unwrap(), Value::Long(row as i64));
        assert_eq!(table.value(row, 1).unwrap(), Value::String(format!("row {row}")));
    }
}

#[test]
fn partial_answers_keep_their_rows_and_their_error() {
    let answer = decode(
        br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a","type":"int"}],"rows":[[1]]}],"error":{"code":"PartialError","message":"m"}}"#,
        9,
    )
    .unwrap();
    assert_eq!(answer.tables[0].table.rows(), 1);
    assert_eq!(answer.errors[0]["code"], "PartialError");
}

#[test]
fn frames_of_kusto() {
    let frames = r#"[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"},
        {"FrameType":"DataTable","TableId":0,"TableKind":"QueryProperties","TableName":"@ExtendedProperties","Columns":[{"ColumnName":"TableId","ColumnType":"int"},{"ColumnName":"Key","ColumnType":"string"},{"ColumnName":"Value","ColumnType":"dynamic"}],"Rows":[[1,"Visualization","{\"Visualization\":null}"]]},
        {"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":[{"ColumnName":"b","ColumnType":"bool"},{"ColumnName":"d","ColumnType":"dynamic"}],"Rows":[[true,{"x": 1}],[null,[1, "2"]],{"OneApiErrors":[{"error":{"code":"LimitsExceeded"}}]}]},
        {"FrameType":"DataSetCompletion","HasErrors":true,"Cancelled":false,"OneApiErrors":[{"error":{"code":"Other"}}]}]"#;
    for piece in [1, 13, 4096] {
        let answer = decode(frames.as_bytes(), piece).unwrap();
        let primary = &answer.tables[1];
        assert_eq!((primary.kind.as_str(), primary.table.rows()), ("PrimaryResult", 2));
        assert_eq!(primary.table.value(1, 1).unwrap(), Value::Dynamic(serde_json::json!([1, "2"])));
        assert!(answer.has_errors);
        let codes: Vec<_> = answer.errors.iter().map(|e| e["error"]["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["LimitsExceeded", "Other"]);
    }
}

#[test]
fn progressive_frames_append_and_replace() {
    let frames = r#"[{"FrameType":"DataSetHeader","IsProgressive":true,"Version":"v2.0"},
        {"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":[{"ColumnName":"n","ColumnType":"long"}]},
        {"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[[1],[2]]},
        {"FrameType":"TableProgress","TableId":1,"TableProgress":50.0},
        {"FrameType":"TableFragment","TableFragmentType":"DataReplace","TableId":1,"Rows":[[3]]},
        {"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[[4],[5]]},
        {"FrameType":"TableCompletion","TableId":1,"RowCount":4},
        {"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}]"#;
    let answer = decode(frames.as_bytes(), 11).unwrap();
    let table = &answer.tables[0].table;
    let values: Vec<_> = (0..table.rows()).map(|row| table.value(row, 0).unwrap()).collect();
    assert_eq!(values, [3, 4, 5].map(Value::Long));
    assert_eq!(table.notes, ["the service promised 4 rows, and 3 rows came"]);
}

#[test]
fn frames_without_the_last_one_are_cut() {
    let frames = br#"[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"}]"#;
    assert!(matches!(decode(frames, 100), Err(DecodeError::Cut { .. })));
}

#[test]
fn the_first_version_of_kusto() {
    let answer = decode(
        br#"{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"ok","DataType":"SByte","ColumnType":"bool"},{"ColumnName":"t","DataType":"DateTime"}],"Rows":[[1,"2020-01-01T00:00:00Z"]]}]}"#,
        3,
    )
    .unwrap();
    assert_eq!(answer.tables[0].table.value(0, 0).unwrap(), Value::Bool(true));
    assert_eq!(answer.tables[0].table.column_type("t"), Some(KqlType::DateTime));
}

#[test]
fn other_shapes_are_refused() {
    for (text, message) in [
        ("7 ", "it is no answer of a query service: it is neither an object nor an array"),
        (r#"{"tables":3}"#, "it is no answer of a query service: its tables are no array"),
        (
            r#"{"tables":[{"rows":[[1]]}]}"#,
            "it is no answer of a query service: rows come before the columns that they are for",
        ),
        (
            r#"{"tables":[{"columns":[{"name":"a","type":"int"}],"rows":[[1,2]]}]}"#,
            "it is no answer of a query service: row 1 does not have as many cells as the table has columns (1)",
        ),
        (
            r#"{"tables":[{"columns":[{"name":"a","type":"int"}],"rows":[[]]}]}"#,
            "it is no answer of a query service: row 1 does not have as many cells as the table has columns (1)",
        ),
        ("<!DOCTYPE html>", "it is not JSON: no value at byte 0"),
    ] {
        let error = decode(text.as_bytes(), 100).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

proptest::proptest! {
    #[test]
    fn no_json_makes_it_panic(text in r#"[\[{]("tables"|"rows"|"columns"|"name"|"type"|"FrameType"|"TableId"|"x"|[\[\]{}:, 0-9]){0,30}"#) {
        let _ = decode(text.as_bytes(), 4);
    }
}
