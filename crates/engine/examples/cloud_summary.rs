//! The account summary against a served workspace: how long it takes where every query takes 300 ms more, and whether many of them leak.
//!
//! ```sh
//! cargo run --release -p entity-explorer-engine --example cloud_summary            # time
//! cargo run --release -p entity-explorer-engine --example cloud_summary -- 2000    # that many summaries, and the memory they leave
//! ```
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::account::{AccountName, AccountSummary, Request, parse_types};
use engine::workspace::{Client, CloudProvider, QueryOutcome, QueryReport, Workspace};
use sentinel::http::{AnyToken, PARALLEL_REQUESTS, Service, Throttle};
use sentinel::log_analytics::{LogAnalytics, Scope};

const ID: &str = "8ecf8077-cf51-4820-aadd-14040956f35d";
const LATENCY: &str = "latency=300ms,match=query";

/// A server in a process of its own, so that its memory is not counted.
struct Server(Child, String);

impl Server {
    fn start(fault: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").args(fault).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        Ok(Self(child, url.trim().to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(fault: Option<String>) -> Result<(), Box<dyn Error>> {
    let demo = local::Workspace::open(local::demo_path()?)?;
    let faults = fault.iter().map(|fault| fault.parse()).collect::<Result<_, _>>()?;
    let server = server::start(demo, server::Options { faults, concurrent: 32, ..server::Options::default() })?;
    println!("{}", server.url());
    std::io::stdout().flush()?;
    // Until whoever started it ends.
    let _ = std::io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

fn workspace(url: &str, parallel: usize) -> Result<Workspace, Box<dyn Error>> {
    let service = Service {
        client: sentinel::http::client(&sentinel::config::HttpSettings::default(), &[])?,
        endpoint: url.parse()?,
        credential: Arc::new(AnyToken),
        scope: String::new(),
        throttle: Arc::new(Throttle::new(parallel)),
        retry: sentinel::retry::RetryPolicy::default(),
        max_answer: 1 << 30,
        name: "the workspace Served".to_owned(),
    };
    let client = Client::LogAnalytics(LogAnalytics::new(service, Scope::workspace(ID)?));
    Ok(Workspace { name: "Served".to_owned(), provider: Box::new(CloudProvider::new(client)) })
}

fn summary(
    workspace: &Arc<Workspace>,
    end: i64,
    reports: &Mutex<Vec<QueryReport>>,
) -> Result<AccountSummary, Box<dyn Error>> {
    let request = Request {
        name: AccountName::parse("alice@contoso.com")?,
        sources: parse_types("All")?,
        window: (end - 2 * kql::time::TICKS_PER_DAY, end),
    };
    let done = |report: &QueryReport| reports.lock().unwrap_or_else(PoisonError::into_inner).push(report.clone());
    Ok(AccountSummary::run(Arc::clone(workspace), request, &done)?)
}

/// The memory of this process, in MB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kb: f64 = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse().ok()).unwrap_or(0.0);
    kb / 1024.0
}

fn time() -> Result<(), Box<dyn Error>> {
    let server = Server::start(Some(LATENCY))?;
    for parallel in [PARALLEL_REQUESTS, 16] {
        let workspace = Arc::new(workspace(&server.1, parallel)?);
        let now = workspace.provider.now()?;
        workspace.provider.table_names()?;
        let reports = Mutex::default();
        let started = Instant::now();
        let found = summary(&workspace, now, &reports)?;
        let took = started.elapsed();
        let reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ran: Vec<&QueryReport> =
            reports.iter().filter(|report| matches!(report.outcome, QueryOutcome::Rows(_))).collect();
        // The slowest of them, sent alone.
        let mut slowest = Duration::ZERO;
        for report in &ran {
            let query = engine::queries::find(&report.query)?;
            let given =
                query.params.iter().filter(|param| ["account_name", "entity_name"].contains(&param.name.as_str()));
            let given: BTreeMap<String, kql::Value> =
                given.map(|param| (param.name.clone(), kql::Value::String("alice@contoso.com".to_owned()))).collect();
            // A tick later: another question, which no cache knows.
            let started = Instant::now();
            workspace.run_query(query, &given, Some((now - 2 * kql::time::TICKS_PER_DAY, now + 1)))?;
            slowest = slowest.max(started.elapsed());
        }
        println!(
            "{parallel} at a time: {} queries, {} matches in {:.2} s; the slowest query alone {:.2} s: {:.2} times that",
            ran.len(),
            found.found.matches.len(),
            took.as_secs_f64(),
            slowest.as_secs_f64(),
            took.as_secs_f64() / slowest.as_secs_f64()
        );
    }
    Ok(())
}

fn many(count: usize) -> Result<(), Box<dyn Error>> {
    let server = Server::start(None)?;
    let workspace = Arc::new(workspace(&server.1, PARALLEL_REQUESTS)?);
    let now = workspace.provider.now()?;
    let warm = count / 10;
    let mut before = 0.0;
    for number in 0..count {
        if number == warm {
            before = memory();
        }
        // Each asks for another range, so that each is sent.
        summary(&workspace, now - i64::try_from(number)? * kql::time::TICKS_PER_MILLISECOND, &Mutex::default())?;
    }
    let after = memory();
    println!(
        "{count} summaries: {before:.0} MB after {warm}, {after:.0} MB after all: {:+.1}%",
        (after - before) / before * 100.0
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("serve") => serve(args.next()),
        Some(count) => many(count.parse()?),
        None => time(),
    }
}
