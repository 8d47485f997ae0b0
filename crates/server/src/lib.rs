//! Answers the query APIs of Log Analytics and Kusto from tables of the embedded engine.
