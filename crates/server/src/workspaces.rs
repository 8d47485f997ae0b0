//! The workspaces that a server answers for.

use std::sync::Arc;

use kql_polars::{Catalog, TableSource};

/// Completes a table, given its name, for a query, given its text.
pub type Complete = fn(&str, TableSource, &str) -> TableSource;

/// A workspace: of Log Analytics by its id, of Kusto a database by its name.
#[derive(Clone)]
pub struct Hosted {
    /// The workspace id, a GUID in the cloud.
    pub id: String,
    /// The name of the workspace and of the database.
    pub name: String,
    /// Its tables.
    pub catalog: Arc<dyn Catalog>,
    /// Adds to a table what a query may count on in the cloud: the columns of a standard table.
    pub complete: Option<Complete>,
}

impl Hosted {
    /// A workspace with these tables.
    pub fn new(id: impl Into<String>, name: impl Into<String>, catalog: Arc<dyn Catalog>) -> Self {
        Self { id: id.into(), name: name.into(), catalog, complete: None }
    }
}

/// The tables of a workspace as a query sees them.
pub(crate) struct Seen<'a> {
    pub workspace: &'a Hosted,
    pub text: &'a str,
}

impl Catalog for Seen<'_> {
    fn table(&self, name: &str) -> Result<Option<TableSource>, kql::Error> {
        let source = self.workspace.catalog.table(name)?;
        Ok(match self.workspace.complete {
            Some(complete) => source.map(|source| complete(name, source, self.text)),
            None => source,
        })
    }

    fn table_names(&self) -> Vec<String> {
        self.workspace.catalog.table_names()
    }

    fn now(&self) -> Option<i64> {
        self.workspace.catalog.now()
    }
}

impl std::fmt::Debug for Hosted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hosted({} {})", self.id, self.name)
    }
}

/// The workspace id of one that is given none.
pub const DEFAULT_ID: &str = "00000000-0000-0000-0000-000000000000";

/// The workspaces of a server: one that answers to any id and database name, or several that are told apart by them.
#[derive(Debug, Clone)]
pub struct Workspaces {
    all: Vec<Arc<Hosted>>,
    any_id: bool,
}

impl<C: Catalog + 'static> From<C> for Workspaces {
    /// One workspace that answers to any id.
    fn from(catalog: C) -> Self {
        Self::any(Hosted::new(DEFAULT_ID, "Local", Arc::new(catalog)))
    }
}

impl Workspaces {
    /// One workspace that answers to whatever id, resource or database a request names.
    pub fn any(workspace: Hosted) -> Self {
        Self { all: vec![Arc::new(workspace)], any_id: true }
    }

    /// Workspaces that answer to their id, their name, or a resource id that ends in their name. The first is the default database.
    pub fn named(workspaces: Vec<Hosted>) -> Self {
        Self { all: workspaces.into_iter().map(Arc::new).collect(), any_id: false }
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Hosted>] {
        &self.all
    }

    /// The first.
    pub fn main(&self) -> Option<&Arc<Hosted>> {
        self.all.first()
    }

    /// The workspace that a request means: by id, name, `subscription/group/name` or resource id. Case is ignored.
    pub fn find(&self, given: &str) -> Option<&Arc<Hosted>> {
        let given = given.trim().trim_end_matches('/');
        let last = given.rsplit('/').next().unwrap_or_default();
        let named = self.all.iter().find(|w| {
            w.id.eq_ignore_ascii_case(given) || w.name.eq_ignore_ascii_case(given) || w.name.eq_ignore_ascii_case(last)
        });
        named.or_else(|| self.main().filter(|_| self.any_id && !given.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use kql_polars::NoTables;

    #[test]
    fn found_by_id_name_or_resource() {
        let hosted = |id: &str, name: &str| Hosted::new(id, name, Arc::new(NoTables));
        let named = Workspaces::named(vec![hosted("1111", "Main"), hosted("2222", "Other")]);
        let name = |given: &str| named.find(given).map(|w| w.name.clone());
        assert_eq!(name("2222").as_deref(), Some("Other"));
        assert_eq!(name("MAIN").as_deref(), Some("Main"));
        assert_eq!(
            name("/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/other/")
                .as_deref(),
            Some("Other")
        );
        assert_eq!(name("3333"), None);
        assert_eq!(name(""), None);
        let any = Workspaces::any(hosted("1111", "Main"));
        assert_eq!(any.find("3333").unwrap().name, "Main");
        assert!(any.find("").is_none());
    }
}
