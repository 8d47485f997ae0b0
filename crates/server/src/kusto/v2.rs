//! Version 2 of the answers: frames.
//!
//! Sources: <https://learn.microsoft.com/kusto/api/rest/response-http-v2>, and recorded answers in the tests of Microsoft's client
//! azure-kusto-data.

use serde_json::{Value as Json, json};

use super::Ids;
use super::errors::partial;
use super::request::Properties;
use super::status::completion;
use crate::pieces::Pieces;
use crate::query::Answer;
use crate::rows::{Dynamic, Rows};
use crate::visual;

/// Where the error of an answer whose rows are not all stands. It is at the end in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placement {
    Data,
    Table,
    DataSet,
}

/// How the frames are arranged.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    progressive: bool,
    fragments: bool,
    newlines: bool,
    placement: Placement,
    deferred: bool,
    rows: usize,
}

/// Rows of a fragment, when nothing is said.
const FRAGMENT: usize = 5_000;

impl Layout {
    /// The arrangement that a request asks for.
    ///
    /// # Errors
    /// A placement of errors that there is none of.
    pub fn of(properties: &Properties) -> Result<Self, String> {
        let progressive = properties.is_on("results_progressive_enabled");
        let rows = properties.number("query_results_progressive_row_count").and_then(|n| usize::try_from(n).ok());
        let placement = match properties.text("results_error_reporting_placement") {
            None | Some("" | "in_data") => Placement::Data,
            Some("end_of_table") => Placement::Table,
            Some("end_of_dataset") => Placement::DataSet,
            Some(other) => {
                return Err(format!(
                    "results_error_reporting_placement is {other:?}, and may be in_data, end_of_table or end_of_dataset"
                ));
            }
        };
        Ok(Self {
            progressive,
            fragments: progressive || properties.is_on("results_v2_fragment_primary_tables"),
            newlines: properties.is_on("results_v2_newlines_between_frames"),
            placement,
            deferred: properties.is_on("deferpartialqueryfailures"),
            rows: rows.filter(|n| *n > 0).unwrap_or(FRAGMENT),
        })
    }
}

/// Frames, one after the other.
struct Frames {
    pieces: Pieces,
    newlines: bool,
    first: bool,
}

impl Frames {
    fn new(newlines: bool) -> Self {
        Self { pieces: Pieces::text("["), newlines, first: true }
    }

    fn begin(&mut self) {
        if !self.first {
            self.pieces.push(if self.newlines { "\n," } else { "," });
        }
        self.first = false;
    }

    fn frame(&mut self, frame: &Json) {
        self.begin();
        self.pieces.push_json(frame);
    }

    /// A frame whose last property is `Rows`.
    fn frame_with_rows(&mut self, frame: &Json, rows: Rows, error: Option<&Json>, some: bool) {
        self.begin();
        let mut text = frame.to_string();
        text.pop();
        self.pieces.push(text);
        self.pieces.push(r#","Rows":["#);
        self.pieces.push_rows(rows);
        if let Some(error) = error {
            if some {
                self.pieces.push(",");
            }
            self.pieces.push_json(json!({ "OneApiErrors": [error] }));
        }
        self.pieces.push("]}");
    }

    fn end(mut self) -> Pieces {
        self.pieces.push(if self.newlines { "\n]" } else { "]" });
        self.pieces
    }
}

/// The answer.
pub fn pieces(answer: &Answer, layout: Layout, ids: &Ids) -> Pieces {
    let mut frames = Frames::new(layout.newlines);
    frames.frame(&header(layout));
    frames.frame(&extended_properties(answer));
    let error = answer.truncation.filter(|_| !layout.deferred).map(|truncation| partial(truncation, ids));
    if layout.fragments {
        fragments(&mut frames, answer, layout, error.as_ref());
    } else {
        let table = json!({
            "FrameType": "DataTable",
            "TableId": 1,
            "TableKind": "PrimaryResult",
            "TableName": "PrimaryResult",
            "Columns": columns(answer),
        });
        // A table of one frame has no end of its own.
        let inside = error.as_ref().filter(|_| layout.placement == Placement::Data);
        let rows = Rows::new(&answer.table, Dynamic::Value);
        frames.frame_with_rows(&table, rows, inside, answer.table.rows() > 0);
    }
    if error.is_none() {
        let (columns, rows) = completion(answer, layout.deferred, ids);
        frames.frame(&json!({
            "FrameType": "DataTable",
            "TableId": 2,
            "TableKind": "QueryCompletionInformation",
            "TableName": "QueryCompletionInformation",
            "Columns": named(&columns),
            "Rows": rows,
        }));
    }
    let mut end = json!({"FrameType": "DataSetCompletion", "HasErrors": error.is_some(), "Cancelled": false});
    if let Some(error) = error {
        end["OneApiErrors"] = json!([error]);
    }
    frames.frame(&end);
    frames.end()
}

fn header(layout: Layout) -> Json {
    let mut header = json!({"FrameType": "DataSetHeader", "IsProgressive": layout.progressive, "Version": "v2.0"});
    if layout.fragments {
        header["IsFragmented"] = json!(true);
        header["ErrorReportingPlacement"] = json!(match layout.placement {
            Placement::Data => "InData",
            Placement::Table => "EndOfTable",
            Placement::DataSet => "EndOfDataSet",
        });
    }
    header
}

fn extended_properties(answer: &Answer) -> Json {
    json!({
        "FrameType": "DataTable",
        "TableId": 0,
        "TableKind": "QueryProperties",
        "TableName": "@ExtendedProperties",
        "Columns": named(&[("TableId", "int"), ("Key", "string"), ("Value", "dynamic")]),
        "Rows": [[1, "Visualization", visual::kusto(answer.table.render.as_ref()).to_string()]],
    })
}

/// The primary result as a header, fragments and a completion.
fn fragments(frames: &mut Frames, answer: &Answer, layout: Layout, error: Option<&Json>) {
    let (table, count) = (&answer.table, answer.table.rows());
    frames.frame(&json!({
        "FrameType": "TableHeader",
        "TableId": 1,
        "TableKind": "PrimaryResult",
        "TableName": "PrimaryResult",
        "Columns": columns(answer),
    }));
    let mut start = 0;
    loop {
        let end = count.min(start + layout.rows);
        let last = end == count;
        let fragment = json!({
            "FrameType": "TableFragment",
            "TableFragmentType": "DataAppend",
            "TableId": 1,
            "FieldCount": table.columns.len(),
        });
        let inside = error.filter(|_| last && layout.placement == Placement::Data);
        frames.frame_with_rows(&fragment, Rows::part(table, Dynamic::Value, start, end), inside, end > start);
        if layout.progressive {
            #[allow(clippy::cast_precision_loss, reason = "a percentage")]
            let percent = if count == 0 { 100.0 } else { end as f64 * 100.0 / count as f64 };
            frames.frame(&json!({"FrameType": "TableProgress", "TableId": 1, "TableProgress": percent}));
        }
        start = end;
        if last {
            break;
        }
    }
    let mut end = json!({"FrameType": "TableCompletion", "TableId": 1, "RowCount": count});
    if let Some(error) = error.filter(|_| layout.placement == Placement::Table) {
        end["OneApiErrors"] = json!([error]);
    }
    frames.frame(&end);
}

fn columns(answer: &Answer) -> Json {
    let columns = answer.table.columns.iter();
    columns.map(|c| json!({"ColumnName": c.name, "ColumnType": c.ty.name()})).collect()
}

fn named(columns: &[(&str, &str)]) -> Json {
    columns.iter().map(|(name, ty)| json!({"ColumnName": name, "ColumnType": ty})).collect()
}
