//! The queries of `benches/queries`, written with Polars directly, as someone who knows it well would.
//!
//! They give the same rows as the KQL ones on data without nulls in odd places. They may do less: they do not keep the order in which groups come up, do
//! not mind null and empty text being the same, and read JSON with regular expressions (Polars' JSON functions are not part of this build).

use polars::prelude::*;

/// The tables.
pub struct Tables {
    /// SigninLogs.
    pub signins: LazyFrame,
    /// SecurityEvent.
    pub events: LazyFrame,
}

/// The query of a name.
pub fn query(name: &str, t: &Tables) -> Option<LazyFrame> {
    Some(match name {
        "01-term" => term(t),
        "02-hourly" => hourly(t),
        "03-latest" => latest(t),
        "04-dcount" => dcount(t),
        "05-join" => join(t),
        "06-dynamic" => dynamic(t),
        "07-expand" => expand(t),
        "08-top" => top(t),
        "09-rare" => rare(t),
        "10-spray" => spray(t),
        "11-extract" => extract(t),
        "12-users" => users(t),
        _ => return None,
    })
}

fn events() -> Expr {
    len().alias("Events")
}

/// 2024-05-`day`, in the unit of the files.
fn day(day: i64) -> Expr {
    let midnight = (19_843 + day) * 86_400_000_000;
    lit(Scalar::new_datetime(midnight, TimeUnit::Microseconds, Some(TimeZone::UTC)))
}

fn term(t: &Tables) -> LazyFrame {
    t.events
        .clone()
        .filter(col("CommandLine").str().contains(lit(r"(?i)\bgpupdate\b"), true))
        .group_by([col("Computer")])
        .agg([events()])
}

fn hourly(t: &Tables) -> LazyFrame {
    t.signins
        .clone()
        .filter(col("TimeGenerated").is_between(day(15), day(18), ClosedInterval::Both))
        .group_by([col("TimeGenerated").dt().truncate(lit("1h")), col("ResultType")])
        .agg([events()])
}

/// Faster than `max_by` of each column, and with less memory.
fn latest(t: &Tables) -> LazyFrame {
    let keys = || [col("UserPrincipalName"), col("TimeGenerated")];
    let latest = t.signins.clone().group_by([col("UserPrincipalName")]).agg([col("TimeGenerated").max()]);
    t.signins
        .clone()
        .join(latest, keys(), keys(), JoinArgs::new(JoinType::Semi))
        .unique(Some(cols(["UserPrincipalName"])), UniqueKeepStrategy::Any)
}

fn dcount(t: &Tables) -> LazyFrame {
    t.events
        .clone()
        .filter(col("EventID").eq(lit(4624)))
        .group_by([col("Computer")])
        .agg([col("TargetUserName").n_unique().alias("Accounts"), events()])
}

fn join(t: &Tables) -> LazyFrame {
    let keys = || [col("TargetAccount"), col("IpAddress")];
    let failed = t
        .events
        .clone()
        .filter(col("EventID").eq(lit(4625)))
        .group_by(keys())
        .agg([len().alias("Failures")])
        .filter(col("Failures").gt_eq(lit(3)));
    t.events.clone().filter(col("EventID").eq(lit(4624))).group_by(keys()).agg([events()]).join(
        failed,
        keys(),
        keys(),
        JoinArgs::new(JoinType::Inner),
    )
}

fn json_text(column: &str, key: &str) -> Expr {
    col(column).str().extract(lit(format!(r#""{key}":"([^"]*)""#)), 1)
}

fn dynamic(t: &Tables) -> LazyFrame {
    t.signins
        .clone()
        .group_by([
            json_text("LocationDetails", "city").alias("City"),
            json_text("DeviceDetail", "operatingSystem").alias("System"),
        ])
        .agg([events()])
}

fn expand(t: &Tables) -> LazyFrame {
    t.signins
        .clone()
        .select([col("ConditionalAccessPolicies").str().extract_all(lit(r"\{[^}]*\}")).alias("Policy")])
        .filter(col("Policy").list().len().gt(lit(0)))
        .explode(by_name(["Policy"], true, false), ExplodeOptions { empty_as_null: false, keep_nulls: true })
        .group_by([json_text("Policy", "displayName").alias("Name"), json_text("Policy", "result").alias("Result")])
        .agg([events()])
}

fn top(t: &Tables) -> LazyFrame {
    let latest = SortMultipleOptions::default().with_order_descending(true);
    t.signins.clone().filter(col("ResultType").eq(lit("50126"))).sort(["TimeGenerated"], latest).limit(100).select([
        col("TimeGenerated"),
        col("UserPrincipalName"),
        col("IPAddress"),
        col("AppDisplayName"),
    ])
}

fn rare(t: &Tables) -> LazyFrame {
    t.events
        .clone()
        .filter(col("EventID").eq(lit(4688)))
        .group_by([col("NewProcessName"), col("ParentProcessName")])
        .agg([
            col("TimeGenerated").min().alias("FirstSeen"),
            col("TimeGenerated").max().alias("LastSeen"),
            col("Computer").n_unique().alias("Hosts"),
            events(),
        ])
        .sort(["Events"], SortMultipleOptions::default())
}

fn spray(t: &Tables) -> LazyFrame {
    let codes = Series::new("".into(), ["50126", "50053", "50055"]);
    t.signins
        .clone()
        .filter(col("ResultType").is_in(lit(codes).implode(true), false))
        .group_by([col("IPAddress"), col("TimeGenerated").dt().truncate(lit("1h"))])
        .agg([
            col("UserPrincipalName").n_unique().alias("Users"),
            events(),
            col("AppDisplayName").unique().implode(true).alias("Apps"),
        ])
        .filter(col("Users").gt_eq(lit(5)))
}

fn extract(t: &Tables) -> LazyFrame {
    t.events
        .clone()
        .filter(col("EventID").eq(lit(4688)))
        .group_by([col("NewProcessName").str().extract(lit(r"([^\\]+)$"), 1).str().to_lowercase().alias("File")])
        .agg([events()])
}

fn users(t: &Tables) -> LazyFrame {
    let most = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    t.signins
        .clone()
        .filter(col("ResultType").neq(lit("0")))
        .group_by([col("UserPrincipalName"), col("TimeGenerated").dt().truncate(lit("1d"))])
        .agg([len().alias("Failures"), col("IPAddress").n_unique().alias("Addresses")])
        .filter(col("Addresses").gt(lit(1)))
        .group_by([col("UserPrincipalName")])
        .agg([len().alias("Days"), col("Failures").sum().alias("Events")])
        .sort(["Events", "UserPrincipalName"], most)
        .limit(20)
}
