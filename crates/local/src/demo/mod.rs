//! The demo workspace: two weeks of a made-up company, Contoso.
//!
//! [`generate`] makes the same rows from the same seed, everywhere and for ever: 150 people and 60 hosts with the tables of a real Microsoft Sentinel
//! workspace, and one account, `alice@contoso.com`, whose compromise can be followed through all of them in the last two days
//! ([`story`](self) tells it in the source). `data/demo` in the repository is what it makes with [`Options::default`], and is part of the program.

mod azure;
mod clock;
mod findings;
mod heartbeat;
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

use std::path::{Path, PathBuf};

use kql::KqlType;

use crate::Error;
use timeline::Plan;
use world::{WORKSPACE, World};
use writer::TableWriter;

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// About how many rows in all; the story comes on top.
    pub rows: u64,
    /// Another seed gives another company.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { rows: 60_000, seed: 1 }
    }
}

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../data/demo/", $name, ".parquet")))),+]
    };
}

/// The tables of the built-in demo workspace, as Parquet files.
static EMBEDDED: &[(&str, &[u8])] = embedded![
    "AADNonInteractiveUserSignInLogs",
    "AzureActivity",
    "Heartbeat",
    "HuntingBookmark",
    "OfficeActivity",
    "SecurityAlert",
    "SecurityEvent",
    "SigninLogs",
    "Syslog",
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
    let folder = cache.join("entity-explorer").join(concat!("demo-", env!("CARGO_PKG_VERSION")));
    unpack(&folder)?;
    Ok(folder)
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

/// Writes the demo workspace into a folder, which is made if need be, and says how many rows each table has.
///
/// # Errors
/// When a file cannot be written.
pub fn generate(folder: &Path, options: Options) -> Result<Vec<(&'static str, u64)>, Error> {
    std::fs::create_dir_all(folder).map_err(|e| Error::Write { path: folder.to_owned(), reason: e.to_string() })?;
    let world = World::new(options.seed);
    let plan = Plan { world: &world, seed: options.seed };
    let share = |permille: u64| options.rows * permille / 1000;
    let story = story::tell(&world);
    // What is part of the program has to be small, what is large has to be made quickly.
    let level = if options.rows > 1_000_000 { 3 } else { 12 };
    let mut made = Vec::new();
    let mut table = |name: &'static str, write: &mut dyn FnMut(&mut TableWriter) -> Result<(), Error>| {
        let mut writer =
            TableWriter::create(folder, name, &columns(name), &[("TenantId", WORKSPACE), ("Type", name)], level)?;
        write(&mut writer)?;
        made.push((name, writer.finish()?));
        Ok(())
    };
    table("SigninLogs", &mut |w| signins::interactive(&plan, share(80), &story.signins, w))?;
    table("AADNonInteractiveUserSignInLogs", &mut |w| signins::non_interactive(&plan, share(50), w))?;
    table("OfficeActivity", &mut |w| office::write(&plan, share(230), &story.office, w))?;
    table("AzureActivity", &mut |w| azure::write(&plan, share(50), &story.azure, w))?;
    table("SecurityEvent", &mut |w| windows::write(&plan, share(340), &story.windows, w))?;
    table("Syslog", &mut |w| syslog::write(&plan, share(150), &story.syslog, w))?;
    table("Heartbeat", &mut |w| heartbeat::write(&plan, share(100), w))?;
    table("SecurityAlert", &mut |w| findings::alerts(&plan, w))?;
    table("HuntingBookmark", &mut |w| findings::bookmarks(&plan, w))?;
    Ok(made)
}

/// The columns of a known table, in the order of the Azure Monitor table reference.
fn columns(table: &str) -> Vec<(String, KqlType)> {
    let all: serde_json::Value = serde_json::from_str(crate::schema::EMBEDDED).unwrap_or_default();
    let columns = all[table].as_object().into_iter().flatten();
    columns.filter_map(|(name, ty)| Some((name.clone(), KqlType::parse(ty.as_str()?)?))).collect()
}
