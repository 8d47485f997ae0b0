//! CSV and NDJSON as they are found.

use std::io::Write;

use local::Workspace;

use crate::{failure, folder, note, query, rows};

fn open(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Workspace) {
    let dir = folder(files);
    let workspace = Workspace::open(dir.path()).unwrap();
    (dir, workspace)
}

fn types(workspace: &Workspace, table: &str) -> String {
    let info = workspace.table_info(table).unwrap();
    info.columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect::<Vec<_>>().join(" ")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn an_export_of_the_portal() {
    let csv = "\u{FEFF}\"TimeGenerated [UTC]\",Computer,\"Message\"\r\n\"7/29/2020, 3:54:23.981 PM\",h1,\"two\r\nlines, \"\"quoted\"\"\"\r\n\"12/1/2020, 12:00:00.000 AM\",,x\r\n";
    let (_dir, w) = open(&[("Own_CL.csv", csv.as_bytes())]);
    assert_eq!(types(&w, "Own_CL"), "TimeGenerated:datetime Computer:string Message:string");
    assert_eq!(
        rows(&query(&w, "Own_CL")),
        [
            r#"["2020-07-29T15:54:23.9810000Z","h1","two\r\nlines, \"quoted\""]"#,
            r#"["2020-12-01T00:00:00.0000000Z","","x"]"#
        ]
    );
    assert_eq!(note(&w, "Own_CL"), "");
}

#[test]
fn local_time_is_noted() {
    let (_dir, w) = open(&[("T.csv", b"TimeGenerated [Local Time],A\n\"7/29/2020, 3:54:23.981 PM\",1\n")]);
    assert!(note(&w, "T").contains("read as if it were UTC"), "{}", note(&w, "T"));
    assert_eq!(types(&w, "T"), "TimeGenerated:datetime A:long");
}

#[test]
fn the_day_may_come_first() {
    let (_dir, w) =
        open(&[("T.csv", b"TimeGenerated [UTC]\n\"1/2/2020, 3:00:00.000 AM\"\n\"29/2/2020, 3:00:00.000 AM\"\n")]);
    assert_eq!(rows(&query(&w, "T"))[0], r#"["2020-02-01T03:00:00.0000000Z"]"#);
    assert!(note(&w, "T").contains("day before the month"));
}

#[test]
fn ragged_rows_are_kept_and_counted() {
    let (_dir, w) = open(&[("T.csv", b"A,B,C\n1,2,3\n4\n5,6,7,8\n\n9,10\n")]);
    assert_eq!(rows(&query(&w, "T")), ["[1,2,3]", "[4,null,null]", "[5,6,7]", "[9,10,null]"]);
    let note = note(&w, "T");
    assert!(note.contains("2 rows have fewer cells") && note.contains("1 row has more cells"), "{note}");
}

#[test]
fn types_are_inferred_from_all_values() {
    let csv = "i,zip,r,b,d,j,t,mixed,big,empty\n1,01234,1.5,true,2024-05-01T00:00:00.1234567Z,\"{\"\"a\"\": 1}\",x,1,99999999999999999999,\n-2,98101,2,FALSE,2024-05-02,\"[1, 2]\",y,a,1,\n";
    let (_dir, w) = open(&[("T.csv", csv.as_bytes())]);
    assert_eq!(
        types(&w, "T"),
        "i:long zip:string r:real b:bool d:datetime j:dynamic t:string mixed:string big:string empty:string"
    );
    assert_eq!(
        rows(&query(&w, "T"))[0],
        r#"[1,"01234",1.5,true,"2024-05-01T00:00:00.1234567Z",{"a":1},"x","1","99999999999999999999",""]"#
    );
}

#[test]
fn known_columns_have_their_types() {
    let (_dir, w) = open(&[
        ("SecurityEvent.csv", b"TimeGenerated,EventID,Computer,LogonType\n2024-05-01T00:00:00Z,4624,h,3\n2024-05-01T00:00:01Z,4625.0,12,x\n"),
        ("SigninLogs.ndjson", br#"{"TimeGenerated":"2024-05-01T00:00:00Z","ResultType":0,"LocationDetails":"{\"city\": \"X\"}","DeviceDetail":{"a":[1, 2]},"Status":"text"}"#),
    ]);
    assert_eq!(types(&w, "SecurityEvent"), "TimeGenerated:datetime EventID:int Computer:string LogonType:int");
    assert_eq!(
        rows(&query(&w, "SecurityEvent | project EventID, Computer, LogonType")),
        [r#"[4624,"h",3]"#, r#"[4625,"12",null]"#]
    );
    assert!(note(&w, "SecurityEvent").contains(r#"1 value cannot be read as int and are null, such as "x""#));
    assert_eq!(
        rows(&query(&w, "SigninLogs | project ResultType, LocationDetails, DeviceDetail, Status")),
        [r#"["0",{"city":"X"},{"a":[1,2]},"text"]"#]
    );
}

#[test]
fn the_folder_can_give_types() {
    let (_dir, w) = open(&[("T.csv", b"A,B\n1,2\n"), ("schema.json", br#"{"T": {"A": "string", "B": "real"}}"#)]);
    assert_eq!(types(&w, "T"), "A:string B:real");
    let dir = folder(&[("T.csv", b"A\n1\n"), ("schema.json", br#"{"T": {"A": "text"}}"#)]);
    let error = Workspace::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("schema.json") && error.contains("T.A has the type"), "{error}");
}

#[test]
fn a_hundred_nanoseconds_are_kept() {
    let (_dir, w) = open(&[("T.ndjson", br#"{"TimeGenerated":"2024-05-01T10:11:12.1234567Z"}"#)]);
    assert_eq!(rows(&query(&w, "T")), [r#"["2024-05-01T10:11:12.1234567Z"]"#]);
    assert_eq!(kql::time::format_datetime(w.now().unwrap()), "2024-05-01T10:11:12.1234567Z");
}

#[test]
fn bad_lines_of_ndjson_are_skipped_and_counted() {
    let (_dir, w) =
        open(&[("T.jsonl", b"{\"a\":1}\nnot json\n\n{\"a\":2,\"b\":null}\r\n[1]\n{\"a\":3,\"c\":{\"x\": 1}}")]);
    assert_eq!(types(&w, "T"), "a:long b:string c:dynamic");
    assert_eq!(rows(&query(&w, "T")), [r#"[1,"",null]"#, r#"[2,"",null]"#, r#"[3,"",{"x":1}]"#]);
    assert!(
        note(&w, "T").contains("2 lines are no JSON objects and were skipped, the first is line 2"),
        "{}",
        note(&w, "T")
    );
}

#[test]
fn json_types() {
    let lines = r#"{"n":1,"r":1.5,"b":true,"big":18446744073709551616,"t":"x","mix":1,"d":"2024-05-01T00:00:00Z","any":[1]}
{"n":-1,"r":2,"b":false,"big":1,"t":"5","mix":"a","d":"2024-05-01T00:00:00+02:00","any":"s"}"#;
    let (_dir, w) = open(&[("T.ndjson", lines.as_bytes())]);
    assert_eq!(types(&w, "T"), "n:long r:real b:bool big:decimal t:string mix:string d:datetime any:dynamic");
    assert_eq!(rows(&query(&w, "T | project any, d, mix"))[1], r#"["s","2024-04-30T22:00:00.0000000Z","a"]"#);
}

#[test]
fn a_json_array_is_a_table() {
    let (_dir, w) =
        open(&[("T.json", b"[\n {\"a\": 1, \"b\": \"]\"},\n {\"a\": 2}\n]\n"), ("Cut.json", b"[{\"a\":1},\n{\"a\":")]);
    assert_eq!(rows(&query(&w, "T")), [r#"[1,"]"]"#, r#"[2,""]"#]);
    assert_eq!(rows(&query(&w, "Cut")), ["[1]"]);
    assert!(note(&w, "Cut").contains("broken at line 2"), "{}", note(&w, "Cut"));
}

#[test]
fn packed_files() {
    let csv = b"A,B\n1,x\n2,y\n";
    let zst = zstd::bulk::compress(csv, 3).unwrap();
    let (_dir, w) = open(&[("G.csv.gz", &gzip(csv)), ("Z.csv.zst", &zst), ("N.ndjson.gz", &gzip(b"{\"A\":1}\n"))]);
    assert_eq!(rows(&query(&w, "G")), rows(&query(&w, "Z")));
    assert_eq!(rows(&query(&w, "N")), ["[1]"]);
}

#[test]
fn a_cut_gzip_file_keeps_its_rows_and_says_so() {
    let mut csv = b"A,B\n".to_vec();
    for i in 0..50_000 {
        csv.extend(format!("{i},{}\n", i * 7919 % 1000).bytes());
    }
    let packed = gzip(&csv);
    let (_dir, w) = open(&[("T.csv.gz", &packed[..packed.len() / 2])]);
    let n = w.table_info("T").unwrap().rows.unwrap();
    assert!(n > 1000 && n < 50_000, "{n}");
    assert!(note(&w, "T").contains("ends early"), "{}", note(&w, "T"));
}

#[test]
fn bytes_that_are_not_utf8() {
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("A,B\n1,é\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (_dir, w) = open(&[("T.csv", b"A,B\nx\xFFy,2\n"), ("U.csv", &utf16)]);
    assert_eq!(rows(&query(&w, "T")), ["[\"x\u{FFFD}y\",2]"]);
    assert!(note(&w, "T").contains("1 cell is not valid UTF-8"), "{}", note(&w, "T"));
    assert_eq!(rows(&query(&w, "U")), [r#"[1,"é"]"#]);
}

#[test]
fn titles_that_repeat_or_lack() {
    let (_dir, w) = open(&[("T.csv", b"A,A,,A1\n1,2,3,4\n")]);
    assert_eq!(types(&w, "T"), "A:long A1:long Column3:long A11:long");
    let note = note(&w, "T");
    assert!(note.contains("more than one column A;") && note.contains("column 3 has no title"), "{note}");
}

#[test]
fn a_quote_that_is_never_closed_is_noted() {
    let (_dir, w) = open(&[("T.csv", b"A,B\n1,\"x\n2,y\n")]);
    assert_eq!(rows(&query(&w, "T")), [r#"[1,"x\n2,y\n"]"#]);
    assert!(note(&w, "T").contains("never closed"), "{}", note(&w, "T"));
}

#[test]
fn other_separators() {
    let (_dir, w) = open(&[("S.csv", b"A;B\n1;\"x;y\"\n"), ("T.tsv", b"A\tB\n1\tx,y\n"), ("One.csv", b"A\n1\n2\n")]);
    assert_eq!(rows(&query(&w, "S")), [r#"[1,"x;y"]"#]);
    assert_eq!(rows(&query(&w, "T")), [r#"[1,"x,y"]"#]);
    assert_eq!(rows(&query(&w, "One")), ["[1]", "[2]"]);
}

#[test]
fn part_files_are_one_table() {
    let (_dir, w) =
        open(&[("T/a.csv", b"A,B\n1,x\n"), ("T/b.ndjson", br#"{"A":2,"C":true}"#), ("T/c/d.csv", b"C,A\nfalse,3\n")]);
    assert_eq!(types(&w, "T"), "A:long B:string C:bool");
    assert_eq!(rows(&query(&w, "T")), [r#"[1,"x",null]"#, r#"[2,"",true]"#, r#"[3,"",false]"#]);
}

#[test]
fn one_bad_table_leaves_the_others_usable() {
    let (dir, w) = open(&[
        ("Bad.csv", b""),
        ("Empty.ndjson", b"\n\n"),
        ("Titles.csv", b"A,B\n"),
        ("Good.csv", b"A\n1\n"),
        ("Two.csv", b"A\n1\n"),
        ("Two.ndjson", b"{}"),
    ]);
    assert_eq!(rows(&query(&w, "Good")), ["[1]"]);
    assert_eq!(query(&w, "Titles").rows(), 0);
    let error = failure(&w, "Bad");
    assert!(error.contains("Bad.csv") && error.contains("is empty"), "{error}");
    assert!(failure(&w, "Empty").contains("Empty.ndjson"));
    assert!(failure(&w, "Two").contains("more than one file or folder for the table Two"));
    assert!(w.table_info("Bad").unwrap().failed);
    // A file that is gone by the time it is asked for.
    let (dir2, w2) = open(&[("Gone.csv", b"A\n1\n")]);
    std::fs::remove_file(dir2.path().join("Gone.csv")).unwrap();
    assert!(failure(&w2, "Gone").contains("Gone.csv cannot be read"));
    drop(dir);
}

#[test]
fn a_table_without_times() {
    let (_dir, w) = open(&[("T.csv", b"A\n1\n"), ("Text.csv", b"TimeGenerated,A\nyesterday,1\n")]);
    assert!(note(&w, "T").contains("has no column TimeGenerated"));
    assert!(note(&w, "Text").contains("should be datetime, but none of its values is"), "{}", note(&w, "Text"));
    assert_eq!(w.now(), None);
}

#[test]
fn a_folder_without_tables() {
    let dir = folder(&[("readme.md", b"x")]);
    let error = Workspace::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("there are no tables in"), "{error}");
}
