//! Alerts and bookmarks one by one.

use render::Document;

use super::summary::AccountSummary;
use crate::error::Error;
use crate::notebooklet::browse;

impl AccountSummary {
    /// Each related alert as a card, by time.
    ///
    /// # Errors
    /// When no account is selected, or the alerts could not be fetched.
    pub fn browse_alerts(&self) -> Result<Document, Error> {
        Ok(browse::alerts(&self.table("related_alerts")?, "the account"))
    }

    /// Each related bookmark with the row it was made from, by time.
    ///
    /// # Errors
    /// When no account is selected, or the bookmarks could not be fetched.
    pub fn browse_bookmarks(&self) -> Result<Document, Error> {
        Ok(browse::bookmarks(&self.table("related_bookmarks")?, "the account"))
    }
}
