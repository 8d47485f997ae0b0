//! The Log Analytics query API.

use std::io::Read;

use serde_json::{Value as Json, json};
use server::Options;

use crate::{Test, any, ok};

#[tokio::test]
async fn cells_and_nulls_of_every_type() {
    let test = Test::start(Options::default());
    let answer = test.la("Types").await;
    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["tables"]);
    let table = &answer["tables"][0];
    assert_eq!(table["name"], "PrimaryResult");
    let types: Vec<&str> = table["columns"].as_array().unwrap().iter().map(|c| c["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["bool", "int", "long", "real", "decimal", "datetime", "timespan", "string", "guid", "dynamic"]);
    let rows = [
        json!([
            true,
            7,
            9_007_199_254_740_993_i64,
            1.5,
            "12.5",
            "2020-01-02T03:04:05.1234567Z",
            "1.00:00:00",
            "a \"b\" ü",
            "74be27de-1e4e-49d9-b579-fe0b331d3642",
            "{\"a\":[1,null,\"x\"]}"
        ]),
        json!([null, null, null, null, null, null, null, "", null, null]),
        json!([
            false,
            -1,
            -9_223_372_036_854_775_807_i64,
            "NaN",
            "-0.1",
            "0001-01-01T00:00:00Z",
            "-1.02:00:00",
            "",
            "00000000-0000-0000-0000-000000000000",
            "\"x\""
        ]),
        json!([true, 0, 0, "Infinity", "1", "2020-01-02T00:00:00Z", "00:00:00.0000001", "", null, "[]"]),
    ];
    for (row, expected) in rows.iter().enumerate() {
        assert_eq!(&table["rows"][row], expected, "row {row}");
    }
}

#[tokio::test]
async fn get_takes_its_parameters_from_the_query_string() {
    let test = Test::start(Options::default());
    let request = test.get("/v1/workspaces/w/query").query(&[("query", "Events | count"), ("timespan", "PT11H")]);
    assert_eq!(ok(request).await["tables"][0]["rows"], json!([[12]]));
    let (status, body) = any(test.get("/v1/workspaces/w/query")).await;
    assert_eq!((status, &body["error"]["innererror"]["message"]), (400, &json!("the request has no query")));
}

#[tokio::test]
async fn a_timespan_limits_time_generated() {
    let test = Test::start(Options::default());
    let count = async |timespan: &str| {
        test.cell(json!({"query": "Events | count", "timespan": timespan})).await.as_i64().unwrap()
    };
    assert_eq!(count("P1D").await, 25);
    assert_eq!(count("2020-05-01/2020-05-02T00:00:00Z").await, 25);
    assert_eq!(count("2020-05-01T00:30:00Z/PT2H").await, 2);
    assert_eq!(count("PT1H/2020-05-01T05:00:00Z").await, 2);
    assert_eq!(count("2019-01-01/2019-01-02").await, 0);
    assert_eq!(test.cell(json!({"query": "Events | count", "timespan": null})).await, json!(72));
    // A table without that column keeps its rows, and a join, a union and a search are limited too.
    let all = "Types | count";
    assert_eq!(test.cell(json!({"query": all, "timespan": "PT1H"})).await, json!(4));
    let union = "union Events, (Events | where n < 70) | count";
    assert_eq!(test.cell(json!({"query": union, "timespan": "PT1H"})).await, json!(2));
    // In the address and in the body: both apply.
    let both = test.post("/v1/workspaces/w/query?timespan=2020-05-01/2020-05-01T05:00:00Z");
    let both = ok(both.json(&json!({"query": "Events | count", "timespan": "2020-05-01T04:00:00Z/2020-05-02"}))).await;
    assert_eq!(both["tables"][0]["rows"], json!([[2]]));
    let (status, body) =
        any(test.post("/v1/workspaces/w/query").json(&json!({"query": "Events", "timespan": "soon"}))).await;
    assert_eq!(status, 400);
    assert!(body["error"]["innererror"]["message"].as_str().unwrap().contains("\"soon\""), "{body}");
}

#[tokio::test]
async fn a_resource_has_its_rows_only() {
    let test = Test::start(Options::default());
    let count = async |resource: &str| {
        let answer = ok(test.post(&format!("/v1{resource}/query")).json(&json!({"query": "Events | count"}))).await;
        answer["tables"][0]["rows"][0][0].as_i64().unwrap()
    };
    let group = "/subscriptions/S1/resourcegroups/G";
    assert_eq!(count(&format!("{group}/providers/microsoft.compute/virtualmachines/vm1")).await, 36);
    assert_eq!(count(&format!("{group}/providers/microsoft.compute/virtualmachines/vm")).await, 0);
    assert_eq!(count(group).await, 72);
    assert_eq!(count("/subscriptions/s2").await, 0);
    // A workspace is a resource too, and holds everything.
    let workspace = format!("{group}/providers/Microsoft.OperationalInsights/workspaces/mine");
    assert_eq!(count(&workspace).await, 72);
    let metadata = ok(test.get(&format!("/v1{workspace}/metadata"))).await;
    assert_eq!(metadata["tables"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn preferences_ask_for_more() {
    let test = Test::start(Options::default());
    let request = test
        .post("/v1/workspaces/w/query")
        .header("Prefer", "wait=10, include-statistics=true, include-render=true")
        .json(&json!({"query": "Events | summarize count() by bin(TimeGenerated, 1d) | render timechart with (title='Days')"}));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["preference-applied"], "wait=10");
    let answer: Json = response.json().await.unwrap();
    assert_eq!(answer["render"]["visualization"], "timechart");
    assert_eq!(answer["render"]["title"], "Days");
    let statistics = &answer["statistics"]["query"];
    assert!(statistics["executionTime"].as_f64().unwrap() > 0.0);
    assert_eq!(statistics["datasetStatistics"][0], json!({"tableRowCount": 3, "tableSize": 48}));
}

#[tokio::test]
async fn errors_say_what_and_where() {
    let test = Test::start(Options::default());
    let error = async |query: &str| {
        let (status, body) = any(test.post("/v1/workspaces/w/query").json(&json!({"query": query}))).await;
        assert_eq!(status, 400, "{body}");
        assert_eq!(body["error"]["message"], "The request had some invalid properties");
        assert_eq!(body["error"]["code"], "BadArgumentError");
        body["error"]["innererror"].clone()
    };
    let syntax = error("Events\n| whère n > 1").await;
    assert_eq!(syntax["code"], "SyntaxError");
    let inner = &syntax["innererror"];
    assert_eq!((&inner["code"], &inner["line"]), (&json!("SYN0002"), &json!(2)));
    assert!(inner["message"].as_str().unwrap().starts_with("Query could not be parsed at '"), "{inner}");
    let table = error("Nothing | take 1").await;
    assert_eq!((&table["code"], &table["innererror"]["code"]), (&json!("SemanticError"), &json!("SEM0100")));
    let message = table["innererror"]["message"].as_str().unwrap();
    assert!(message.starts_with("Failed to resolve table or column expression named 'Nothing'"), "{message}");
    assert_eq!((&table["innererror"]["pos"], &table["innererror"]["token"]), (&json!(0), &json!("Nothing")));
    let column = error("Events | where nn == 1").await;
    let message = column["innererror"]["message"].as_str().unwrap();
    assert!(message.starts_with("Failed to resolve column or scalar expression named 'nn'"), "{message}");
    assert!(message.contains("did you mean `n`"), "{message}");
    let local = error("workspace('other').Events").await;
    assert_eq!(local["innererror"]["code"], "NotSupportedLocally");
    let (status, body) =
        any(test.post("/v1/workspaces/w/query").header("content-type", "application/json").body("{")).await;
    assert_eq!((status, &body["error"]["innererror"]["details"][0]["code"]), (400, &json!("InvalidJsonBody")));
    // As the service does.
    let empty = test.post("/v1/workspaces/w/query").body("query").send().await.unwrap();
    assert_eq!((empty.status().as_u16(), empty.text().await.unwrap().as_str()), (200, ""));
}

#[tokio::test]
async fn results_that_are_too_large_are_partial() {
    let test = Test::start(Options { max_rows: 5, ..Options::default() });
    let answer = test.la("Events | project n").await;
    assert_eq!(answer["tables"][0]["rows"].as_array().unwrap().len(), 5);
    let error = &answer["error"];
    assert_eq!(error["code"], "PartialError");
    assert_eq!(error["details"][0]["innererror"]["code"], "-2133196797");
    assert!(error["details"][0]["innererror"]["message"].as_str().unwrap().contains("limit of 5 records"), "{error}");
    assert!(test.la("Events | take 5").await.get("error").is_none());

    let test = Test::start(Options { max_bytes: Some(100), ..Options::default() });
    let answer = test.la("Events | project n").await;
    assert_eq!(answer["tables"][0]["rows"].as_array().unwrap().len(), 12);
    assert!(answer["error"]["details"][0]["innererror"]["message"].as_str().unwrap().contains("100 bytes"));
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_given_up() {
    let test = Test::start(Options::default());
    let request = test.post("/v1/workspaces/w/query").header("Prefer", "wait=0").json(&json!({"query": "Events"}));
    let (status, body) = any(request).await;
    assert_eq!((status, &body["error"]["code"]), (504, &json!("GatewayTimeout")));
}

#[tokio::test]
async fn compressed_when_the_client_reads_that() {
    let test = Test::start(Options::default());
    let query = json!({"query": "range x from 1 to 20000 step 1 | extend text = 'the same again'"});
    let plain = test.post("/v1/workspaces/w/query").json(&query).send().await.unwrap();
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = plain.bytes().await.unwrap();
    let zipped =
        test.post("/v1/workspaces/w/query").header("accept-encoding", "gzip").json(&query).send().await.unwrap();
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    let zipped = zipped.bytes().await.unwrap();
    assert!(zipped.len() * 2 < plain.len());
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(&zipped[..]).read_to_end(&mut unzipped).unwrap();
    assert_eq!(unzipped, plain);
}

#[tokio::test]
async fn the_schema_of_the_workspace() {
    let test = Test::start(Options::default());
    for request in [test.get("/v1/workspaces/w/metadata"), test.post("/v1/workspaces/w/metadata")] {
        let answer = ok(request).await;
        let tables = answer["tables"].as_array().unwrap();
        assert_eq!(tables.len(), 2);
        assert_eq!((&tables[0]["name"], &tables[0]["timespanColumn"]), (&json!("Events"), &json!("TimeGenerated")));
        assert_eq!(tables[0]["columns"][1], json!({"name": "n", "type": "long"}));
        assert!(tables[1].get("timespanColumn").is_none());
        assert_eq!(answer["workspaces"][0]["name"], "Local");
    }
}

#[tokio::test]
async fn a_batch_answers_each_on_its_own() {
    let test = Test::start(Options::default());
    let entry = |id: &str, path: &str, query: &str| json!({"id": id, "method": "POST", "path": path, "workspace": "w", "headers": {"prefer": "include-statistics=true"}, "body": {"query": query, "timespan": "PT1H"}});
    let batch = json!({"requests": [
        entry("1", "/query", "Events | count"),
        entry("2", "/fakePath", "Events"),
        entry("3", "/query", "Nothing"),
        {"id": "4", "workspace": "w", "path": "/query?query=print%201"},
    ]});
    let answer = ok(test.post("/v1/$batch").json(&batch)).await;
    let find = |id: &str| answer["responses"].as_array().unwrap().iter().find(|r| r["id"] == id).unwrap().clone();
    assert_eq!(find("1")["body"]["tables"][0]["rows"], json!([[2]]));
    assert!(find("1")["body"]["statistics"].is_object());
    assert_eq!((&find("2")["status"], &find("2")["body"]["error"]["code"]), (&json!(404), &json!("PathNotFoundError")));
    assert_eq!((&find("3")["status"], &find("3")["body"]["error"]["code"]), (&json!(400), &json!("BadArgumentError")));
    assert_eq!(find("4")["body"]["tables"][0]["rows"], json!([[1]]));
    assert_eq!(test.server.queries(), 3);

    let twice = json!({"requests": [entry("1", "/query", "print 1"), entry("1", "/query", "print 1")]});
    assert_eq!(any(test.post("/v1/$batch").json(&twice)).await.0, 400);
    let (status, body) = any(test.post("/v1/$batch").body("{\"requests\": [")).await;
    assert_eq!((status, &body["error"]["innererror"]["code"]), (400, &json!("QueryValidationError")));
}
