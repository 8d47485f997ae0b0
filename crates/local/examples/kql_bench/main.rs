//! Measures the queries of `benches/queries`: our engine beside the same pipelines written by hand with Polars, in one process, one after the other.
//!
//! `benches/kql.py` runs this, and says how: docs/performance.md.

mod by_hand;
mod same;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use kql_polars::{KqlTable, Options};
use polars::polars_utils::pl_path::PlRefPath;
use polars::prelude::*;
use serde_json::json;

/// As in the engine, where the kernel sets it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command line: `--workspace DIR [--only TEXT] [--runs N] [--ours-only | --plan]`.
#[derive(Debug, Default)]
struct Args {
    /// A folder with SigninLogs and SecurityEvent as Parquet, one file or a folder of them each.
    workspace: PathBuf,
    /// Only queries whose name has this in it.
    only: String,
    /// Runs of each, after one that is not counted.
    runs: usize,
    /// Run only our engine.
    ours_only: bool,
    /// Instead of running queries, measure parse, bind and plan of one of 200 lines.
    plan: bool,
}

fn arguments() -> Result<Args, Failure> {
    let mut args = Args { runs: 5, ..Args::default() };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--workspace" => args.workspace = value()?.into(),
            "--only" => args.only = value()?,
            "--runs" => args.runs = value()?.parse()?,
            "--ours-only" => args.ours_only = true,
            "--plan" => args.plan = true,
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(args)
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args = arguments()?;
    let workspace = local::Workspace::open(&args.workspace)?;
    let tables = by_hand::Tables {
        signins: scan(&args.workspace, "SigninLogs")?,
        events: scan(&args.workspace, "SecurityEvent")?,
    };
    let rows: u64 = workspace.table_infos().iter().filter_map(|t| t.rows).sum();
    if args.plan {
        let text = long_query();
        let no_params = BTreeMap::new();
        let told = |e: kql::Error| e.render(&text).to_string();
        let mut bind = || kql_polars::columns(&text, &workspace, &no_params).map(|c| c.len()).map_err(told);
        let mut plan = || kql_polars::explain(&text, &workspace, &no_params).map(|p| p.len()).map_err(told);
        let (seconds, _) = measure(args.runs, &mut [&mut bind, &mut plan])?;
        println!("{}", json!({ "bind": seconds[0], "plan": seconds[1] }));
        return Ok(());
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/queries"))?
            .map(|f| Ok(f?.path()))
            .collect::<std::io::Result<_>>()?;
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(&args.only) {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        let ours = || {
            kql_polars::run(&text, &workspace, &BTreeMap::new(), &Options::default())
                .map_err(|e| e.render(&text).to_string())
        };
        let line = if args.ours_only {
            let (seconds, result) = measure(args.runs, &mut [&mut || Ok(height(&ours()?))])?;
            json!({ "query": name, "rows": rows, "result_rows": result[0], "ours": seconds[0] })
        } else {
            same::check(&name, &ours()?, &collect(&name, &tables)?)?;
            let by_hand = || collect(&name, &tables).map(|frame| frame.height());
            let (seconds, result) =
                measure(args.runs, &mut [&mut || Ok(height(&ours()?)), &mut || by_hand().map_err(|e| e.to_string())])?;
            json!({ "query": name, "rows": rows, "result_rows": result[0], "ours": seconds[0], "by_hand": seconds[1] })
        };
        println!("{line}");
    }
    Ok(())
}

/// A query of 200 lines with what hunting queries have.
fn long_query() -> String {
    let mut lines = vec![
        "let failed = SigninLogs | where ResultType != '0' | summarize n = count() by UserPrincipalName;".to_owned(),
        "SigninLogs".to_owned(),
    ];
    for i in 0..49 {
        lines.push(format!(
            "| where UserPrincipalName !has 'nobody{i}' and TimeGenerated > datetime(2024-05-10) + {i}m"
        ));
        lines.push(format!("| extend c{i} = iff(AppDisplayName startswith 'A{i}', tostring(DeviceDetail.browser), strcat(Location, '{i}'))"));
        lines.push(format!("| extend n{i} = toint(ResultType) + {i}, day{i} = bin(TimeGenerated, 1d)"));
        lines.push(format!("| project-away n{i}"));
    }
    lines.push("| join kind=leftouter failed on UserPrincipalName".to_owned());
    lines.push("| summarize count(), dcount(IPAddress) by c0, day1".to_owned());
    lines.join("\n")
}

fn height(table: &KqlTable) -> usize {
    table.rows()
}

/// All Parquet files of a table.
fn scan(workspace: &Path, table: &str) -> Result<LazyFrame, Failure> {
    let single = workspace.join(format!("{table}.parquet"));
    let mut files = if single.is_file() {
        vec![single]
    } else {
        std::fs::read_dir(workspace.join(table))?.map(|f| Ok(f?.path())).collect::<std::io::Result<Vec<_>>>()?
    };
    files.sort();
    let paths = files.iter().map(|f| PlRefPath::try_from_path(f)).collect::<PolarsResult<_>>()?;
    Ok(LazyFrame::scan_parquet_sources(ScanSources::Paths(paths), ScanArgsParquet::default())?)
}

fn collect(name: &str, tables: &by_hand::Tables) -> Result<DataFrame, Failure> {
    let plan = by_hand::query(name, tables).ok_or_else(|| format!("by_hand.rs has no query {name}"))?;
    Ok(plan.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

type Work<'a> = &'a mut dyn FnMut() -> Result<usize, String>;

/// Seconds of each run of each work, which take turns, and what they gave.
fn measure(runs: usize, works: &mut [Work<'_>]) -> Result<(Vec<Vec<f64>>, Vec<usize>), Failure> {
    let mut seconds = vec![Vec::new(); works.len()];
    let mut results = vec![0; works.len()];
    for run in 0..=runs {
        for (at, work) in works.iter_mut().enumerate() {
            let begun = Instant::now();
            results[at] = work()?;
            if run != 0 {
                seconds[at].push(begun.elapsed().as_secs_f64());
            }
        }
    }
    Ok((seconds, results))
}
