//! The Kusto query and management API.

use serde_json::{Value as Json, json};
use server::Options;

use crate::{Test, any, ok};

fn frame<'a>(answer: &'a Json, kind: &str) -> &'a Json {
    let frames = answer.as_array().unwrap();
    frames.iter().find(|f| f["FrameType"] == kind || f["TableKind"] == kind).unwrap_or(&Json::Null)
}

fn kinds(answer: &Json) -> Vec<&str> {
    answer.as_array().unwrap().iter().map(|f| f["FrameType"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn frames_with_cells_of_every_type() {
    let test = Test::start(Options::default());
    let answer = test.v2("Types", json!({})).await;
    assert_eq!(kinds(&answer), ["DataSetHeader", "DataTable", "DataTable", "DataTable", "DataSetCompletion"]);
    assert_eq!(answer[0], json!({"FrameType": "DataSetHeader", "IsProgressive": false, "Version": "v2.0"}));
    let table = frame(&answer, "PrimaryResult");
    assert_eq!(table["Columns"][3], json!({"ColumnName": "r", "ColumnType": "real"}));
    let rows = [
        json!([true, 7, 9_007_199_254_740_993_i64, 1.5, "12.5", "2020-01-02T03:04:05.1234567Z", "1.00:00:00", "a \"b\" ü", "74be27de-1e4e-49d9-b579-fe0b331d3642", {"a": [1, null, "x"]}]),
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
            "x"
        ]),
        json!([true, 0, 0, "Infinity", "1", "2020-01-02T00:00:00Z", "00:00:00.0000001", "", null, []]),
    ];
    for (row, expected) in rows.iter().enumerate() {
        assert_eq!(&table["Rows"][row], expected, "row {row}");
    }
    let information = frame(&answer, "QueryCompletionInformation");
    assert_eq!(information["Rows"][0][6], "Info");
    let statistics: Json = serde_json::from_str(information["Rows"][1][11].as_str().unwrap()).unwrap();
    assert_eq!(statistics["dataset_statistics"][0]["table_row_count"], 4);
    assert_eq!(answer[4], json!({"FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": false}));
}

#[tokio::test]
async fn version_1_has_tables() {
    let test = Test::start(Options::default());
    let body = json!({"db": "Local", "csl": "Types | take 1 | render piechart"});
    let answer = ok(test.post("/v1/rest/query").json(&body)).await;
    let tables = answer["Tables"].as_array().unwrap();
    assert_eq!(tables.len(), 4);
    assert_eq!(tables[0]["Columns"][2], json!({"ColumnName": "l", "DataType": "Int64", "ColumnType": "long"}));
    assert_eq!(tables[0]["Rows"][0][9], json!("{\"a\":[1,null,\"x\"]}"));
    let properties: Json = serde_json::from_str(tables[1]["Rows"][0][0].as_str().unwrap()).unwrap();
    assert_eq!(properties["Visualization"], "piechart");
    assert_eq!(tables[2]["Rows"][0][4], "Query completed successfully");
    assert_eq!(tables[3]["Rows"][0][1], "QueryResult");
    let by_get = test.get("/v1/rest/query").query(&[("db", "Local"), ("csl", "print 1"), ("properties", "{}")]);
    assert_eq!(ok(by_get).await["Tables"][0]["Rows"], json!([[1]]));
}

#[tokio::test]
async fn parameters_are_values_and_never_text() {
    let test = Test::start(Options::default());
    let csl = "declare query_parameters(who: string, since: datetime, most: long = 5, list: dynamic = dynamic([])); print who, since, most, array_length(list)";
    let parameters =
        json!({"who": "bob\" | union *", "since": "datetime(2020-01-02)", "list": "dynamic([\"a\", 'b'])"});
    let expected = json!([["bob\" | union *", "2020-01-02T00:00:00Z", 5, 2]]);
    let properties = json!({"Parameters": parameters});
    assert_eq!(frame(&test.v2(csl, properties.clone()).await, "PrimaryResult")["Rows"], expected);
    // As text, as Microsoft's clients send it.
    assert_eq!(frame(&test.v2(csl, json!(properties.to_string())).await, "PrimaryResult")["Rows"], expected);
    let wrong = json!({"db": "Local", "csl": csl, "properties": {"Parameters": {"who": "a", "since": "soon"}}});
    let (status, body) = any(test.post("/v2/rest/query").json(&wrong)).await;
    assert_eq!(status, 400);
    assert!(body["error"]["innererror"]["message"].as_str().unwrap().contains("`since`"), "{body}");
}

#[tokio::test]
async fn options_of_the_request_and_of_the_query() {
    let test = Test::start(Options::default());
    let count = async |csl: &str, options: Json| {
        let answer = test.v2(csl, json!({ "Options": options })).await;
        frame(&answer, "PrimaryResult")["Rows"].as_array().unwrap().len()
    };
    assert_eq!(count("Events", json!({"query_take_max_records": 3})).await, 3);
    assert_eq!(count("set query_take_max_records = 4; Events", json!({"query_take_max_records": 3})).await, 4);
    let scope = json!({"query_datetimescope_column": "TimeGenerated", "query_datetimescope_from": "datetime(2020-05-01T01:00:00Z)", "query_datetimescope_to": "2020-05-01T02:00:00Z"});
    assert_eq!(count("Events", scope).await, 2);
    let now = test.v2("print now()", json!({"Options": {"query_now": "2000-01-01"}})).await;
    assert_eq!(frame(&now, "PrimaryResult")["Rows"], json!([["2000-01-01T00:00:00Z"]]));
    let sql = json!({"db": "Local", "csl": "select 1", "properties": {"Options": {"query_language": "sql"}}});
    assert_eq!(any(test.post("/v2/rest/query").json(&sql)).await.0, 400);
}

#[tokio::test]
async fn progressive_and_fragmented_answers_have_the_same_rows() {
    let test = Test::start(Options::default());
    let options = json!({"Options": {"results_progressive_enabled": true, "query_results_progressive_row_count": 30}});
    let answer = test.v2("Events | project n", options).await;
    assert_eq!(
        kinds(&answer),
        [
            "DataSetHeader",
            "DataTable",
            "TableHeader",
            "TableFragment",
            "TableProgress",
            "TableFragment",
            "TableProgress",
            "TableFragment",
            "TableProgress",
            "TableCompletion",
            "DataTable",
            "DataSetCompletion"
        ]
    );
    assert_eq!(answer[0]["IsProgressive"], true);
    let fragments = answer.as_array().unwrap().iter().filter(|f| f["FrameType"] == "TableFragment");
    let rows: Vec<i64> =
        fragments.flat_map(|f| f["Rows"].as_array().unwrap()).map(|r| r[0].as_i64().unwrap()).collect();
    assert_eq!(rows, (0..72).collect::<Vec<i64>>());
    assert_eq!(frame(&answer, "TableCompletion")["RowCount"], 72);

    let options =
        json!({"Options": {"results_v2_fragment_primary_tables": true, "results_v2_newlines_between_frames": true}});
    let body = json!({"db": "Local", "csl": "Events | take 0", "properties": options});
    let text = test.post("/v2/rest/query").json(&body).send().await.unwrap().text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8, "{text}");
    let fragment: Json = serde_json::from_str(&lines[3][1..]).unwrap();
    assert_eq!((&fragment["FrameType"], &fragment["Rows"]), (&json!("TableFragment"), &json!([])));
}

#[tokio::test]
async fn results_that_are_too_large_have_errors_where_they_are_asked_for() {
    let test = Test::start(Options { max_rows: 5, ..Options::default() });
    let answer = test.v2("Events | project n", json!({})).await;
    let rows = frame(&answer, "PrimaryResult")["Rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[5]["OneApiErrors"][0]["error"]["code"], "LimitsExceeded");
    let end = frame(&answer, "DataSetCompletion");
    assert_eq!(end["HasErrors"], true);
    assert!(end["OneApiErrors"][0]["error"]["@message"].as_str().unwrap().contains("E_QUERY_RESULT_SET_TOO_LARGE"));

    let deferred = test.v2("Events | project n", json!({"Options": {"deferpartialqueryfailures": true}})).await;
    assert_eq!(frame(&deferred, "PrimaryResult")["Rows"].as_array().unwrap().len(), 5);
    assert_eq!(frame(&deferred, "DataSetCompletion")["HasErrors"], false);
    assert_eq!(frame(&deferred, "QueryCompletionInformation")["Rows"][0][6], "Error");

    let at_end = json!({"Options": {"results_v2_fragment_primary_tables": true, "results_error_reporting_placement": "end_of_table"}});
    let at_end = test.v2("Events | project n", at_end).await;
    assert_eq!(frame(&at_end, "TableFragment")["Rows"].as_array().unwrap().len(), 5);
    assert_eq!(frame(&at_end, "TableCompletion")["OneApiErrors"][0]["error"]["code"], "LimitsExceeded");

    let all = test.v2("set notruncation; Events | project n", json!({})).await;
    assert_eq!(frame(&all, "PrimaryResult")["Rows"].as_array().unwrap().len(), 72);
    let own = test.v2("Events | project n", json!({"Options": {"truncationmaxrecords": 10}})).await;
    assert_eq!(frame(&own, "PrimaryResult")["Rows"].as_array().unwrap().len(), 11);

    let first = ok(test.post("/v1/rest/query").json(&json!({"db": "Local", "csl": "Events"}))).await;
    assert_eq!(first["Tables"][0]["Rows"].as_array().unwrap().len(), 6);
    assert!(first["Exceptions"][0].as_str().unwrap().contains("record count limit 5"));
}

#[tokio::test]
async fn errors_say_what_and_where() {
    let test = Test::start(Options::default());
    let error = async |csl: &str| {
        let body = json!({"db": "Local", "csl": csl});
        let request = test.post("/v2/rest/query").header("x-ms-client-request-id", "me;1").json(&body);
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-ms-client-request-id"]),
            (400, &"me;1".parse().unwrap())
        );
        response.json::<Json>().await.unwrap()["error"].clone()
    };
    let semantic = error("Nothing | take 1").await;
    assert_eq!(semantic["code"], "General_BadRequest");
    assert_eq!(semantic["@context"]["clientRequestId"], "me;1");
    assert_eq!(semantic["innererror"]["code"], "SEM0100");
    assert!(
        semantic["@message"]
            .as_str()
            .unwrap()
            .contains("Semantic error: SEM0100: Failed to resolve table or column expression named 'Nothing'"),
        "{semantic}"
    );
    let syntax = error("Events | where").await;
    assert_eq!((&syntax["innererror"]["code"], &syntax["innererror"]["@line"]), (&json!("SYN0002"), &json!(1)));
    let cases = [
        json!({"db": "Local"}),
        json!({"db": "Local", "csl": " "}),
        json!([]),
        json!({"db": "Local", "csl": "print 1", "properties": "{"}),
    ];
    for wrong in cases {
        let (status, body) = any(test.post("/v2/rest/query").json(&wrong)).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("General_BadRequest")), "{wrong}");
    }
}

#[tokio::test]
async fn commands_tell_what_there_is() {
    let test = Test::start(Options::default());
    let table = async |csl: &str| {
        let response = test.manage(csl).await;
        let status = response.status().as_u16();
        let body: Json = response.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        body["Tables"][0].clone()
    };
    let rows = async |csl: &str| table(csl).await["Rows"].clone();
    assert_eq!(rows(".show databases").await[0][0], "Local");
    assert_eq!(rows(".show databases | project DatabaseName, IsCurrent").await, json!([["Local", true]]));
    assert_eq!(rows(".show tables | project TableName").await, json!([["Events"], ["Types"]]));
    assert_eq!(rows(".show tables (['Types']) | count").await, json!([[1]]));
    assert_eq!(rows(".show table Events cslschema").await[0][1], "TimeGenerated:datetime,n:long,_ResourceId:string");
    let schema = table(".show database Local schema").await;
    assert_eq!(schema["Columns"][3]["ColumnName"], "ColumnType");
    assert_eq!(schema["Rows"][2], json!(["Local", "Events", "TimeGenerated", "System.DateTime", false, false, "", ""]));
    assert_eq!(schema["Rows"].as_array().unwrap().len(), 1 + 2 + 13);
    for csl in [
        ".show schema as json",
        ".show database schema as json",
        ".show databases (Local) schema as json",
        ".show databases schema as json",
    ] {
        let text = rows(csl).await;
        let schema: Json = serde_json::from_str(text[0][0].as_str().unwrap()).unwrap();
        let columns = &schema["Databases"]["Local"]["Tables"]["Events"]["OrderedColumns"];
        assert_eq!(columns[1], json!({"Name": "n", "Type": "System.Int64", "CslType": "long"}), "{csl}");
    }
    assert_eq!(rows(".show version").await[0][2], "Engine");
    assert_eq!(rows(".show functions").await, json!([]));
    assert_eq!(rows(".cancel query 'nobody;1'").await, json!([["nobody;1", "", false]]));
    for wrong in [
        ".drop table Events",
        ".show nothing",
        "Events",
        ".show table Nothing cslschema",
        ".show tables | where x",
        ".show ['",
    ] {
        let response = test.manage(wrong).await;
        assert_eq!(response.status().as_u16(), 400, "{wrong}");
        assert!(response.json::<Json>().await.unwrap()["error"]["@message"].is_string(), "{wrong}");
    }
}

#[tokio::test]
async fn clients_may_ask_where_to_sign_in_without_a_token() {
    let test = Test::start(Options::default());
    let url = format!("{}/v1/rest/auth/metadata", test.server.url());
    let answer: Json = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(answer["AzureAD"]["LoginMfaRequired"], false);
}
