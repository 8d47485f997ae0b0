//! Microsoft's own clients, azure-monitor-query and azure-kusto-data, read from the server.
//!
//! Once: `python3 -m venv tests/python/.venv && tests/python/.venv/bin/pip install -r tests/python/requirements.txt`. Where that is missing the
//! test says so and passes, unless the environment variable `CI` is set.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use server::Options;

use crate::Test;

fn python() -> Option<PathBuf> {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/.venv/bin/python");
    bin.exists().then_some(bin)
}

#[test]
fn microsofts_clients_read_the_same_rows() {
    let Some(python) = python() else {
        assert!(std::env::var_os("CI").is_none(), "tests/python/.venv with Microsoft's clients is missing");
        eprintln!("skipped: needs tests/python/.venv, made with tests/python/requirements.txt");
        return;
    };
    let test = Test::start(Options::default());
    let limited = Test::start(Options { max_rows: 5, ..Options::default() });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/read_rows.py");
    let output = Command::new(python)
        .arg(script)
        .args([test.server.url(), limited.server.url()])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Json = serde_json::from_slice(&output.stdout).unwrap();

    let types = json!(["bool", "int", "long", "real", "decimal", "datetime", "timespan", "string", "guid", "dynamic"]);
    let columns = json!(["b", "i", "l", "r", "dec", "t", "ts", "s", "g", "d"]);
    let guid = "74be27de-1e4e-49d9-b579-fe0b331d3642";
    let nothing = "00000000-0000-0000-0000-000000000000";

    let la = &read["log_analytics"];
    assert_eq!((&la["columns"], &la["types"]), (&columns, &types));
    // Their client has times of microseconds, keeps texts of dynamic values, and makes "None" of a null timespan or guid.
    let rows = [
        json!([
            true,
            7,
            9_007_199_254_740_993_i64,
            1.5,
            "12.5",
            ["datetime", "2020-01-02T03:04:05.123456+00:00"],
            "1.00:00:00",
            "a \"b\" ü",
            guid,
            "{\"a\":[1,null,\"x\"]}"
        ]),
        json!([null, null, null, null, null, null, "None", "", "None", null]),
        json!([
            false,
            -1,
            -9_223_372_036_854_775_807_i64,
            "NaN",
            "-0.1",
            ["datetime", "0001-01-01T00:00:00+00:00"],
            "-1.02:00:00",
            "",
            nothing,
            "\"x\""
        ]),
        json!([
            true,
            0,
            0,
            "Infinity",
            "1",
            ["datetime", "2020-01-02T00:00:00+00:00"],
            "00:00:00.0000001",
            "",
            "None",
            "[]"
        ]),
    ];
    assert_eq!(la["rows"], json!(rows));
    assert_eq!(la["statistics"], json!(["datasetStatistics", "executionTime"]));
    assert_eq!((&la["last_hour"], &la["between"]), (&json!([[2]]), &json!([[6]])));
    assert_eq!((&la["visualization"], &la["resource"]), (&json!("card"), &json!([[36]])));
    assert_eq!(la["batch"], json!([3, "BadArgumentError"]));
    assert_eq!(la["error"], json!([400, "BadArgumentError", "SemanticError"]));
    assert_eq!(la["partial"], json!(["LogsQueryStatus.PARTIAL", 5, "PartialError"]));

    let kusto = &read["kusto"];
    assert_eq!((&kusto["columns"], &kusto["types"]), (&columns, &types));
    let rows = json!([
        [true, 7, 9_007_199_254_740_993_i64, 1.5, ["decimal", "12.5"], ["datetime", "2020-01-02T03:04:05.123456+00:00"], ["timedelta", 86400.0], "a \"b\" ü", guid, {"a": [1, null, "x"]}],
        [null, null, null, null, null, null, null, "", null, null],
        [false, -1, -9_223_372_036_854_775_807_i64, "NaN", ["decimal", "-0.1"], ["datetime", "0001-01-01T00:00:00+00:00"], ["timedelta", -93600.0], "", nothing, "x"],
        [true, 0, 0, "Infinity", ["decimal", "1"], ["datetime", "2020-01-02T00:00:00+00:00"], ["timedelta", 0.0], "", null, []],
    ]);
    assert_eq!(kusto["rows"], rows);
    assert_eq!(kusto["streamed"], rows);
    assert_eq!(kusto["asked"], json!([["bob\" | union *", 32]]));
    assert_eq!(kusto["tables"], json!([["Events"], ["Types"]]));
    assert_eq!(kusto["error"], json!(["General_BadRequest", true]));
    assert_eq!(kusto["partial"], "LimitsExceeded");
}
