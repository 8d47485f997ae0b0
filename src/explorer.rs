//! The start of a notebook: the engine and its workspaces.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;
use crate::connection::Connection;
use crate::handle::texts;
use crate::locate::Surroundings;
use crate::output::{self, Bundle, plain};
use crate::show::{Show, displayed};
use crate::table::Table;
use crate::text::join;
use crate::view::{View, bundle};
use crate::wire::Value;
use crate::workspace::Workspace;

/// A running engine, and the workspaces it can look into.
///
/// The engine is a program of its own, started by [`Explorer::start`]; it ends with the notebook.
///
/// ```no_run
/// use entity_explorer::prelude::*;
///
/// # fn main() -> Result<(), entity_explorer::Error> {
/// let explorer = Explorer::start()?;
/// let workspace = explorer.connect("Demo")?;
/// # Ok(())
/// # }
/// ```
pub struct Explorer {
    connection: Mutex<Arc<Connection>>,
}

impl Explorer {
    /// Finds the engine, starts it, and prints what was found.
    ///
    /// It is the program that the variable `ENTITY_EXPLORER_ENGINE` names; otherwise the first that fits this crate of: `entity-explorer` beside
    /// the kernel, in `PATH`, and in `target/release` of the folder that this crate was built from.
    ///
    /// # Errors
    /// When none is found, or none fits: with what was looked at, and how to build it.
    pub fn start() -> Result<Self, Error> {
        let explorer = Self { connection: Mutex::new(Arc::new(find()?)) };
        output::progress(&explorer.announcement()?);
        Ok(explorer)
    }

    /// Starts the engine at this path, and prints nothing.
    ///
    /// # Errors
    /// When it cannot be started, is no engine, or does not fit this crate.
    pub fn start_at(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self { connection: Mutex::new(Arc::new(Connection::start(path.as_ref())?)) })
    }

    /// Ends the engine, also in the middle of a call, and starts a new one. Values of the old one can no longer be used: run the cells
    /// again from [`connect`](Explorer::connect) on.
    ///
    /// # Errors
    /// When the engine cannot be started again.
    pub fn restart(&self) -> Result<(), Error> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.stop();
        *connection = Arc::new(Connection::start(&connection.path)?);
        drop(connection);
        output::progress(&self.announcement()?);
        Ok(())
    }

    /// The workspaces: their names, and what is behind them.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn workspaces(&self) -> Result<Table, Error> {
        let connection = self.connection();
        Table::from_reply(&connection, &connection.call("explorer.workspaces", Value::map())?)
    }

    /// Opens a workspace. Upper and lower case do not matter in its name.
    ///
    /// # Errors
    /// When there is no such workspace, or it cannot be opened.
    pub fn connect(&self, name: &str) -> Result<Workspace, Error> {
        let connection = self.connection();
        let reply = connection.call("explorer.connect", Value::map().with("name", Value::str(name)))?;
        Workspace::from_reply(&connection, &reply)
    }

    /// Opens the workspace of a connection string, as Kqlmagic and msticpy have them. What it does not say is as configured.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let explorer = Explorer::start()?;
    /// let workspace = explorer
    ///     .connect_str("loganalytics://code().tenant('contoso.com').workspace('8ecf8077-cf51-4820-aadd-14040956f35d').alias('soc')")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where the text is no connection string, and what to write there; when the workspace cannot be opened.
    pub fn connect_str(&self, connection_string: &str) -> Result<Workspace, Error> {
        let connection = self.connection();
        let reply =
            connection.call("explorer.connect_str", Value::map().with("text", Value::str(connection_string)))?;
        Workspace::from_reply(&connection, &reply)
    }

    /// Shows several things in one cell; a cell has only one result, so the last of several displays would be the only one seen.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let explorer = Explorer::start()?;
    /// # let workspace = explorer.connect("Demo")?;
    /// let (signins, logons) = (workspace.kql("SigninLogs")?, workspace.kql("Syslog")?);
    /// explorer.show(&[&signins, &logons])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When one of them cannot be shown.
    pub fn show(&self, values: &[&dyn Show]) -> Result<(), Error> {
        let mut bundles = Vec::new();
        for value in values {
            bundles.push(value.bundle()?);
        }
        Bundle::join(&bundles).print();
        Ok(())
    }

    /// About the engine: its version, path and process, and how much it holds.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn status(&self) -> Result<View, Error> {
        let connection = self.connection();
        let path = connection.path.display().to_string();
        View::from_reply(&connection.call("explorer.status", Value::map().with("path", Value::Str(path)))?)
    }

    /// Whether calls print a line for each step they take. They do unless told not to.
    pub fn show_progress(&self, show: bool) {
        self.connection().set_progress(show);
    }

    /// The process id of the engine.
    pub fn engine_process_id(&self) -> u32 {
        self.connection().process_id
    }

    fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn announcement(&self) -> Result<String, Error> {
        let connection = self.connection();
        let info = connection.call("explorer.info", Value::map())?;
        let names = texts(&info, "workspaces")?;
        let mut text = format!("Entity Explorer {}, engine {}\n", connection.version, connection.path.display());
        if names.is_empty() {
            text.push_str("There are no workspaces.");
        } else {
            text.push_str(&format!("Workspaces: {}", join(&names, ", ")));
        }
        for note in texts(&info, "notes")? {
            text.push('\n');
            text.push_str(&note);
        }
        Ok(text)
    }
}

/// Starts the first engine that fits. One that does not, perhaps an older one in `PATH`, is passed over.
fn find() -> Result<Connection, Error> {
    let mut failures: Option<Error> = None;
    for candidate in Surroundings::of_process().existing()? {
        match Connection::start(&candidate.path) {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                failures = Some(match failures {
                    Some(earlier) => earlier.and(&error),
                    None => error,
                });
            }
        }
    }
    Err(failures.unwrap_or_else(|| Error::new("no_engine", "the engine was not found".to_owned())))
}

impl Show for Explorer {
    fn bundle(&self) -> Result<Bundle, Error> {
        let connection = self.connection();
        let path = connection.path.display().to_string();
        bundle(&connection.call("explorer.status", Value::map().with("path", Value::Str(path)))?)
    }
}

displayed!(Explorer);

impl fmt::Debug for Explorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = self.connection();
        write!(
            f,
            "Explorer(engine {} at {})",
            plain(&connection.version),
            plain(&connection.path.display().to_string())
        )
    }
}
