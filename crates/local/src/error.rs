//! Why a folder cannot be used as a workspace.

use std::path::PathBuf;

/// Why a folder cannot be used as a workspace, or the demo data not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such folder.
    #[error("the workspace folder {} does not exist; give the path of a folder with a file or sub-folder per table", .0.display())]
    NotFound(PathBuf),
    /// The path is a file.
    #[error("{} is a file; a local workspace is the folder that holds the table files", .0.display())]
    NotAFolder(PathBuf),
    /// The folder, or the schema file in it, cannot be read.
    #[error("{} cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system or the parser says.
        reason: String,
    },
    /// No file in the folder is a table.
    #[error(
        "there are no tables in {}; a table is a file or sub-folder of files named after it, such as SigninLogs.parquet, Syslog.csv or \
         OfficeActivity.ndjson.gz{}",
        .path.display(),
        .left_out.iter().take(5).map(|note| format!("\n  {note}")).collect::<String>()
    )]
    NoTables {
        /// The folder.
        path: PathBuf,
        /// What is in it, and why that is no table.
        left_out: Vec<String>,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {reason}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system or the writer says.
        reason: String,
    },
    /// The generator has no such table.
    #[error("no rows can be made for the table {table}; the tables are {known}")]
    NoGenerator {
        /// The table that was asked for.
        table: String,
        /// Those that there are.
        known: String,
    },
}
