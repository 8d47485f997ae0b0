//! The demo workspace: two weeks of a made-up company, Contoso.
//!
//! [`generate`] makes the same rows from the same seed, everywhere and for ever: 150 people and 60 hosts with the tables of a real Microsoft Sentinel
//! workspace, and one account, `alice@contoso.com`, whose compromise can be followed through all of them in the last two days
//! ([`story`](self) tells it in the source). `data/demo` in the repository is what it makes with [`Options::default`], and is part of the program.
//! Larger workspaces, for measuring, are of a larger company with the same story.

mod azure;
mod clock;
mod connections;
mod dns;
mod findings;
mod firewall;
mod flows;
mod heartbeat;
mod indicators;
mod internet;
mod inventory;
mod office;
mod rng;
mod signins;
mod story;
mod syslog;
mod timeline;
mod windows;
mod windows_rows;
mod world;
mod writer;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kql::KqlType;

use crate::Error;
use timeline::Plan;
use world::{WORKSPACE, World};
use writer::{TableWriter, Target};

/// How much to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// About how many rows in all; the story comes on top.
    pub rows: u64,
    /// Another seed gives another company.
    pub seed: u64,
    /// If there are any: the only tables to make, with about how many rows each. `rows` then counts for nothing.
    pub tables: Vec<(String, u64)>,
    /// Make each table a folder of files with so many rows, in place of one file.
    pub rows_per_file: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { rows: 60_000, seed: 1, tables: Vec::new(), rows_per_file: None }
    }
}

/// So many rows come with one more person to make them, above the size of the demo.
const ROWS_PER_PERSON: u64 = 2_000;
/// Most people of a company.
const MAX_STAFF: u64 = 40_000;

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../data/demo/", $name, ".parquet")))),+]
    };
}

/// The tables of the built-in demo workspace, as Parquet files.
static EMBEDDED: &[(&str, &[u8])] = embedded![
    "AADNonInteractiveUserSignInLogs",
    "AzureActivity",
    "AzureNetworkAnalytics_CL",
    "CommonSecurityLog",
    "DeviceNetworkEvents",
    "DeviceNetworkInfo",
    "DnsEvents",
    "Heartbeat",
    "HuntingBookmark",
    "OfficeActivity",
    "SecurityAlert",
    "SecurityEvent",
    "SigninLogs",
    "Syslog",
    "ThreatIntelIndicators",
    "VMComputer",
];

/// The folder of the demo workspace: the one that the environment variable `ENTITY_EXPLORER_DEMO` names, or the built-in one.
///
/// The built-in workspace is part of the program, so that it is there wherever the program is. It is unpacked into the user's cache folder
/// when it is first asked for, and again if a file there is not as it was.
///
/// # Errors
/// When the cache folder cannot be written.
pub fn path() -> Result<PathBuf, Error> {
    let given = |name: &str| std::env::var_os(name).filter(|p| !p.is_empty()).map(PathBuf::from);
    if let Some(folder) = given("ENTITY_EXPLORER_DEMO") {
        return Ok(folder);
    }
    let cache = given("XDG_CACHE_HOME")
        .or_else(|| given("LOCALAPPDATA"))
        .or_else(|| given("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    let folder = cache.join("entity-explorer").join(folder_name());
    unpack(&folder)?;
    Ok(folder)
}

/// Says what is in the folder: programs with other demo data, which may run at the same time, unpack it elsewhere.
fn folder_name() -> String {
    let mut hash = DefaultHasher::new();
    EMBEDDED.hash(&mut hash);
    format!("demo-{}-{:016x}", env!("CARGO_PKG_VERSION"), hash.finish())
}

fn unpack(folder: &Path) -> Result<(), Error> {
    let failed = |path: &Path, e: std::io::Error| Error::Write { path: path.to_owned(), reason: e.to_string() };
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    for (name, bytes) in EMBEDDED {
        let path = folder.join(format!("{name}.parquet"));
        if std::fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        // Another process may be reading or unpacking the same file: it is put in place whole.
        let part = folder.join(format!(".{name}.{}", std::process::id()));
        std::fs::write(&part, bytes).map_err(|e| failed(&part, e))?;
        std::fs::rename(&part, &path).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// A table that can be made, how many of 1000 rows are in it, and how.
struct Recipe {
    name: &'static str,
    permille: u64,
    write: for<'a> fn(&Plan<'a>, u64, &story::Story<'a>, &mut TableWriter) -> Result<(), Error>,
}

const RECIPES: &[Recipe] = &[
    Recipe { name: "SigninLogs", permille: 80, write: |p, n, s, w| signins::interactive(p, n, &s.signins, w) },
    Recipe {
        name: "AADNonInteractiveUserSignInLogs",
        permille: 50,
        write: |p, n, _, w| signins::non_interactive(p, n, w),
    },
    Recipe { name: "OfficeActivity", permille: 230, write: |p, n, s, w| office::write(p, n, &s.office, w) },
    Recipe { name: "AzureActivity", permille: 50, write: |p, n, s, w| azure::write(p, n, &s.azure, w) },
    Recipe { name: "SecurityEvent", permille: 340, write: |p, n, s, w| windows::write(p, n, &s.windows, w) },
    Recipe { name: "Syslog", permille: 150, write: |p, n, s, w| syslog::write(p, n, &s.syslog, w) },
    Recipe { name: "Heartbeat", permille: 100, write: |p, n, _, w| heartbeat::write(p, n, w) },
    Recipe { name: "SecurityAlert", permille: 0, write: |p, _, _, w| findings::alerts(p, w) },
    Recipe { name: "HuntingBookmark", permille: 0, write: |p, _, _, w| findings::bookmarks(p, w) },
    Recipe { name: "CommonSecurityLog", permille: 40, write: |p, n, _, w| firewall::write(p, n, w) },
    Recipe { name: "AzureNetworkAnalytics_CL", permille: 20, write: |p, n, _, w| flows::write(p, n, w) },
    Recipe { name: "DnsEvents", permille: 20, write: |p, n, _, w| dns::write(p, n, w) },
    Recipe { name: "DeviceNetworkEvents", permille: 15, write: |p, n, _, w| connections::write(p, n, w) },
    Recipe { name: "DeviceNetworkInfo", permille: 0, write: |p, _, _, w| inventory::adapters(p, w) },
    Recipe { name: "VMComputer", permille: 0, write: |p, _, _, w| inventory::computers(p, w) },
    Recipe { name: "ThreatIntelIndicators", permille: 0, write: |p, _, _, w| indicators::write(p, w) },
];

/// The tables that [`generate`] can make.
pub fn table_names() -> impl Iterator<Item = &'static str> {
    RECIPES.iter().map(|k| k.name)
}

/// Writes a workspace into a folder, which is made if need be, and says how many rows each table has. Tables are sorted by time and written row
/// group by row group: memory does not grow with the number of rows.
///
/// # Errors
/// When a table is asked for that it cannot make, or a file cannot be written.
pub fn generate(folder: &Path, options: &Options) -> Result<Vec<(&'static str, u64)>, Error> {
    let mut wanted: Vec<(&Recipe, u64)> = Vec::new();
    for (name, rows) in &options.tables {
        let kind = RECIPES.iter().find(|k| k.name == name).ok_or_else(|| Error::NoGenerator {
            table: name.clone(),
            known: table_names().collect::<Vec<_>>().join(", "),
        })?;
        wanted.push((kind, *rows));
    }
    if wanted.is_empty() {
        wanted.extend(RECIPES.iter().map(|k| (k, options.rows * k.permille / 1000)));
    }
    std::fs::create_dir_all(folder).map_err(|e| Error::Write { path: folder.to_owned(), reason: e.to_string() })?;
    let total: u64 = wanted.iter().map(|w| w.1).sum();
    let staff = (total / ROWS_PER_PERSON).clamp(world::STAFF as u64, MAX_STAFF);
    let world = World::new(options.seed, usize::try_from(staff).unwrap_or(world::STAFF));
    let plan = Plan { world: &world, seed: options.seed };
    let story = story::tell(&world);
    // What is part of the program has to be small, what is large has to be made quickly.
    let level = if total > 1_000_000 { 1 } else { 12 };
    let make = |kind: &Recipe, rows: u64| -> Result<(&'static str, u64), Error> {
        let constants = [("TenantId", WORKSPACE), ("Type", kind.name)];
        let target = Target { folder, name: kind.name, level, rows_per_file: options.rows_per_file };
        let mut writer = TableWriter::create(target, &columns(kind.name), &constants)?;
        (kind.write)(&plan, rows, &story, &mut writer)?;
        Ok((kind.name, writer.finish()?))
    };
    // A table on each core: one is drawn by one thread.
    let next = Mutex::new(wanted.iter().enumerate());
    let made = Mutex::new(Vec::with_capacity(wanted.len()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(wanted.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some((at, (kind, rows))) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else {
                        break;
                    };
                    let result = make(kind, *rows);
                    made.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|m| m.0);
    made.into_iter().map(|m| m.1).collect()
}

/// The columns of a known table, in the order of the Azure Monitor table reference.
fn columns(table: &str) -> Vec<(String, KqlType)> {
    let all: serde_json::Value = serde_json::from_str(crate::schema::EMBEDDED).unwrap_or_default();
    let columns = all[table].as_object().into_iter().flatten();
    columns.filter_map(|(name, ty)| Some((name.clone(), KqlType::parse(ty.as_str()?)?))).collect()
}
