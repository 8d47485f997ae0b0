//! The services of a workspace, set up once.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use enrich::{Enricher, Http};
use sentinel::config::Config;

use super::settings;
use crate::error::{Error, ErrorCode};
use crate::workspace::{Workspace, http_client, secrets, service_error, wait_for};

/// Services, and what their configuration left to say.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) enricher: Enricher,
    pub(super) notes: Vec<String>,
}

/// The files that the services were set up from, with when each was changed.
type Files = Vec<(PathBuf, Option<SystemTime>)>;

/// Those of the configuration, or the made-up ones of the demo workspace.
pub(super) fn of(workspace: Option<&Workspace>) -> Result<Arc<Services>, Error> {
    if workspace.is_some_and(|workspace| workspace.provider.is_demo()) {
        let enricher = Enricher::demo().map_err(|e| Error::new(ErrorCode::Internal, e))?;
        let notes = vec![format!("{}: the demo workspace asks no service", enrich::demo::NAME)];
        return Ok(Arc::new(Services { enricher, notes }));
    }
    static CONFIGURED: Mutex<Option<(Files, Arc<Services>)>> = Mutex::new(None);
    let config = Config::load();
    let files: Files = config
        .files
        .iter()
        .map(|file| (file.clone(), std::fs::metadata(file).and_then(|m| m.modified()).ok()))
        .collect();
    let mut configured = CONFIGURED.lock().unwrap_or_else(PoisonError::into_inner);
    match configured.as_ref() {
        // A file that was changed meanwhile counts.
        Some((known, services)) if *known == files => Ok(Arc::clone(services)),
        _ => {
            let services = Arc::new(set_up(&config)?);
            *configured = Some((files, Arc::clone(&services)));
            Ok(services)
        }
    }
}

pub(super) fn set_up(config: &Config) -> Result<Services, Error> {
    let secrets = secrets(config)?;
    let http = Http::new(http_client(config)?);
    let work = async {
        let (settings, notes) = settings::read(config, &secrets, &http).await;
        Services { enricher: Enricher::open(&settings).await, notes }
    };
    wait_for(work).map_err(|fault| service_error(&fault))
}
