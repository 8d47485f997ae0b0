//! The errors that the query services describe in their answers.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-monitor/logs/api/errors>,
//! <https://learn.microsoft.com/kusto/api/rest/response-http-status>, <https://learn.microsoft.com/kusto/concepts/errors-in-native-code>

use serde_json::Value as Json;

use crate::fault::{Fault, FaultKind};
use crate::text::start_of;

/// How long a message of a service may get.
const MESSAGE: usize = 600;

/// Codes that say that there was too much of something, as text or number.
const LIMIT_CODES: [&str; 14] = [
    "ResponsePayloadTooLarge",
    "QueryExecutionResultSizeLimitExceeded",
    "QueryExecutionResponseSizeLimitExceeded",
    "LimitsExceeded",
    "E_QUERY_RESULT_SET_TOO_LARGE",
    "0x80DA0003",
    "-2133196797",
    "E_RUNAWAY_QUERY",
    "0x80DA0001",
    "-2133196799",
    "E_LOW_MEMORY_CONDITION",
    "0x80DA0007",
    "-2133196793",
    "QueryResultTruncated",
];

/// What an error object says: its codes from the outside in, and its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceError {
    /// `BadArgumentError`, `SemanticError`, `SEM0100`, …
    pub codes: Vec<String>,
    /// From the outside in, without repetitions.
    pub messages: Vec<String>,
    /// Kusto's word on whether asking again is of no use.
    pub permanent: Option<bool>,
    /// Whether every error in it is only a warning.
    pub only_warnings: bool,
}

impl ServiceError {
    /// Reads `{"error": {…}}`, or the inner object.
    pub fn read(json: &Json) -> Self {
        let mut error = Self { only_warnings: true, ..Self::default() };
        let outer = json.get("error").or_else(|| json.get("Error")).unwrap_or(json);
        error.add(outer, 0);
        // `"severity": 3` of an engine error is a warning; without a severity it is an error.
        error.only_warnings &= has_severity(outer, 0);
        error
    }

    fn add(&mut self, json: &Json, depth: usize) {
        if depth > 8 {
            return;
        }
        if let Json::String(text) = json {
            self.message(text);
            return;
        }
        match json.get("code") {
            Some(Json::String(code)) => self.codes.push(code.clone()),
            Some(Json::Number(code)) => self.codes.push(code.to_string()),
            _ => {}
        }
        // Kusto's `message` is for everyone, its `@message` for whoever wants to know.
        for name in ["message", "@message", "Message"] {
            if let Some(text) = json.get(name).and_then(Json::as_str) {
                self.message(text);
            }
        }
        if let Some(permanent) = json.get("@permanent").and_then(Json::as_bool) {
            self.permanent = Some(permanent);
        }
        if let Some(severity) = json.get("severityName").and_then(Json::as_str) {
            self.only_warnings &= severity.eq_ignore_ascii_case("warning");
        }
        for name in ["innererror", "innerError", "error"] {
            if let Some(inner) = json.get(name) {
                self.add(inner, depth + 1);
            }
        }
        for detail in json.get("details").and_then(Json::as_array).into_iter().flatten().take(20) {
            self.add(detail, depth + 1);
        }
    }

    fn message(&mut self, text: &str) {
        let text = start_of(text, MESSAGE);
        if !text.is_empty() && !self.messages.iter().any(|known| known.contains(&text)) {
            self.messages.push(text);
        }
    }

    /// Whether there was too much of something: rows, bytes, memory.
    pub fn is_limit(&self) -> bool {
        let code = |code: &String| LIMIT_CODES.iter().any(|limit| limit.eq_ignore_ascii_case(code));
        let message = |text: &String| {
            let text = text.to_ascii_lowercase();
            LIMIT_CODES[4..13].iter().any(|limit| text.contains(&limit.to_ascii_lowercase()))
                || (text.contains("exceed") && ["limit", "maximum", "too large"].iter().any(|word| text.contains(word)))
                || ["80da0001", "80da0003", "80da0007"].iter().any(|number| text.contains(number))
        };
        self.codes.iter().any(code) || self.messages.iter().any(message)
    }

    /// Whether the query took too long.
    pub fn is_timeout(&self) -> bool {
        let code = |code: &String| {
            let code = code.to_ascii_lowercase();
            code.contains("timeout") || code.contains("timedout")
        };
        let message = |text: &String| {
            let text = text.to_ascii_lowercase();
            text.contains("timed out") || text.contains("execution timeout")
        };
        self.codes.iter().any(code) || self.messages.iter().any(message)
    }

    /// The table that the query names and the service does not have.
    pub fn missing_table(&self) -> Option<String> {
        const PHRASES: [&str; 3] = [
            "failed to resolve table or column expression named '",
            "failed to resolve table expression named '",
            "failed to resolve entity '",
        ];
        self.messages.iter().find_map(|message| {
            let lower = message.to_ascii_lowercase();
            PHRASES.iter().find_map(|phrase| {
                let start = lower.find(phrase)? + phrase.len();
                let (name, _) = message.get(start..)?.split_once('\'')?;
                (!name.is_empty()).then(|| name.to_owned())
            })
        })
    }

    /// What it says, in one line: the innermost messages say most.
    pub fn summary(&self) -> String {
        let mut shown: Vec<&str> = Vec::new();
        for message in self.messages.iter().rev() {
            let message = message.trim_end_matches(['.', ' ']);
            if !shown.iter().any(|known| known.contains(message)) && shown.len() < 3 {
                shown.push(message);
            }
        }
        let text = shown.join("; ");
        match (text.is_empty(), self.codes.last()) {
            (false, _) => text,
            (true, Some(code)) => code.clone(),
            (true, None) => "no reason is given".to_owned(),
        }
    }

    /// Whether the token is what is wrong: refused with 403 where it is malformed or for something else.
    pub fn is_token(&self) -> bool {
        let refused = |code: &String| code.to_ascii_lowercase().starts_with("invalidauthenticationtoken");
        self.codes.iter().any(refused) || self.codes.iter().any(|code| code == "InvalidTokenError")
    }

    /// The failure that this is, for an answer of this status from `service`.
    pub fn fault(&self, status: u16, service: &str) -> Fault {
        let says = self.summary();
        let has = |code: &str| self.codes.iter().any(|known| known.eq_ignore_ascii_case(code));
        if let Some(table) = self.missing_table() {
            return Fault::new(FaultKind::NoTable(table.clone()), format!("{service} has no table or column {table}"));
        }
        if self.is_limit() || status == 413 {
            return Fault::new(FaultKind::Limit, format!("a limit of {service} was reached: {says}"))
                .with_help("ask for a shorter time range, fewer columns, or summarize the rows");
        }
        if status == 504 || self.is_timeout() {
            return Fault::new(FaultKind::Timeout, format!("the query took longer than {service} allows: {says}"))
                .with_help("ask for a shorter time range, or filter earlier in the query");
        }
        match status {
            403 if self.is_token() => Fault::new(FaultKind::SignIn, format!("{service} does not take the token: {says}"))
                .with_help("sign in again, and check the tenant and the cloud in the configuration"),
            401 => Fault::new(FaultKind::SignIn, format!("{service} does not take the token: {says}"))
                .with_help("sign in again, and check the tenant and the cloud in the configuration"),
            403 => Fault::new(FaultKind::Denied, format!("{service} refuses access: {says}"))
                .with_help("ask for the role Log Analytics Reader or Microsoft Sentinel Reader on the workspace, or Viewer on the database"),
            404 => Fault::new(FaultKind::NotFound, format!("{service} was not found: {says}"))
                .with_help("check the id and the cloud in the configuration"),
            429 => Fault::new(FaultKind::Throttled, format!("too many requests to {service}: {says}"))
                .with_help("wait a minute, or lower the number of parallel requests"),
            _ if has("WorkspaceNotFoundError") || has("PathNotFoundError") => {
                Fault::new(FaultKind::NotFound, format!("{service} was not found: {says}"))
                    .with_help("check the id and the cloud in the configuration")
            }
            _ if has("InsufficientAccessError") => Fault::new(FaultKind::Denied, format!("{service} refuses access: {says}"))
                .with_help("ask for the role Log Analytics Reader or Microsoft Sentinel Reader on the workspace"),
            400..=499 => Fault::new(FaultKind::Query, format!("{service} refuses the query: {says}")),
            _ => Fault::new(FaultKind::Service, format!("{service} fails: {says}"))
                .with_help("run it again; <https://status.azure.com> says whether the service has a problem"),
        }
    }
}

fn has_severity(json: &Json, depth: usize) -> bool {
    depth < 8
        && (json.get("severityName").is_some()
            || json.get("innererror").is_some_and(|inner| has_severity(inner, depth + 1))
            || json.get("details").and_then(Json::as_array).is_some_and(|details| {
                !details.is_empty() && details.iter().all(|detail| has_severity(detail, depth + 1))
            }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_table_is_named() {
        let error = ServiceError::read(
            &json!({"error": {"message": "The request had some invalid properties", "code": "BadArgumentError",
            "innererror": {"code": "SemanticError", "message": "A semantic error occurred.",
                "innererror": {"code": "SEM0100", "message": "'where' operator: Failed to resolve table or column expression named 'Sigins'"}}}}),
        );
        assert_eq!(error.codes, ["BadArgumentError", "SemanticError", "SEM0100"]);
        let fault = error.fault(400, "the workspace X");
        assert_eq!(fault.kind, FaultKind::NoTable("Sigins".into()));
        assert_eq!(fault.message, "the workspace X has no table or column Sigins");
    }

    #[test]
    fn limits_come_in_many_words() {
        for json in [
            json!({"error": {"code": "PartialError", "message": "There were some errors when processing your query.", "details": [
                {"code": "EngineError", "message": "Something went wrong.", "innererror": {"code": "-2133196797",
                 "message": "The results of this query exceed the set limit of 500000 records, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003)."}}]}}),
            json!({"error": {"code": "LimitsExceeded", "message": "Request is invalid and cannot be executed.", "@permanent": true}}),
            json!({"code": "ResponsePayloadTooLarge"}),
            json!("Query execution has exceeded the allowed limits (80DA0003): ."),
        ] {
            assert!(ServiceError::read(&json).is_limit(), "{json}");
        }
        let other = ServiceError::read(
            &json!({"error": {"code": "PartialError", "message": "some errors", "details": [{"code": "EngineError",
            "innererror": {"code": "-2133196790", "message": "'extend' operator: Failed to resolve scalar expression named 'a'", "severityName": "Warning"}}]}}),
        );
        assert!(!other.is_limit());
        assert!(other.only_warnings);
        assert_eq!(other.summary(), "'extend' operator: Failed to resolve scalar expression named 'a'; some errors");
    }

    #[test]
    fn statuses_have_their_kinds() {
        let kind = |status, json: Json| ServiceError::read(&json).fault(status, "it").kind;
        assert_eq!(kind(401, json!({})), FaultKind::SignIn);
        assert_eq!(kind(403, json!({})), FaultKind::Denied);
        assert_eq!(kind(404, json!({})), FaultKind::NotFound);
        assert_eq!(kind(400, json!({"error": {"code": "SyntaxError"}})), FaultKind::Query);
        assert_eq!(kind(413, json!({})), FaultKind::Limit);
        assert_eq!(kind(504, json!({})), FaultKind::Timeout);
        assert_eq!(kind(500, json!({})), FaultKind::Service);
        assert_eq!(kind(400, json!({"error": {"code": "InsufficientAccessError"}})), FaultKind::Denied);
    }

    #[test]
    fn an_error_as_long_as_a_book_is_cut() {
        let fault = ServiceError::read(&json!({"error": {"message": "x".repeat(10 << 20)}})).fault(500, "it");
        assert!(fault.message.len() < 1000);
    }
}
