//! The answers of a workspace kept in a folder, and a folder of answers as a workspace.
//!
//! The folder is a local workspace like any other: each answer is a table `Answer_0001`, … of Parquet. Beside them:
//!
//! | file | what it holds |
//! |---|---|
//! | `_recording.json` | which workspace it was, its present, its tables |
//! | `_answers.ndjson` | a line for each answer: the text of the query, the values of its parameters, its time range, its table, its notes; or why it failed |
//! | `schema.json` | the types of the answers' columns |

mod folder;
mod record;
mod replay;

pub use record::RecordingProvider;
pub use replay::ReplayProvider;

/// The environment variable with the folder that answers are kept in.
pub const RECORD_VAR: &str = "ENTITY_EXPLORER_RECORD";

/// What stands before the folder of a recording, where the name of a workspace is asked for.
pub const REPLAY_PREFIX: &str = "replay:";

#[cfg(test)]
mod tests;
