//! Writes a page with one of everything, to be looked at: `cargo run --release -p render --example gallery -- DIR`.
//!
//! `gallery.html` follows the system's preference for light or dark; `light.html` and `dark.html` stand in for a notebook
//! with that theme, `plain.html` for a viewer that removes styles, scripts and drawings. `gallery.txt` is the same as
//! plain text.

use std::error::Error;
use std::path::PathBuf;

use kql::time::{MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, ticks_of_date};
use kql::{KqlType, Value};
use kql_polars::{Column, KqlTable};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use render::{
    Alert, Document, Entity, FieldValue, Header, Notes, Section, Seen, Severity, Table, Timeline, TimelineSpec,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A column of the gallery: its name, its type, its values by row.
type Make<'a> = (&'a str, KqlType, &'a dyn Fn(usize) -> Value);

fn table(rows: usize, columns: &[Make<'_>]) -> Result<KqlTable> {
    let series = columns.iter().map(|(name, ty, make)| {
        let values = (0..rows).map(make);
        let name = (*name).into();
        match ty {
            KqlType::Bool => Series::new(
                name,
                values.map(|v| if let Value::Bool(b) = v { Some(b) } else { None }).collect::<Vec<_>>(),
            ),
            KqlType::Int => Series::new(
                name,
                values.map(|v| if let Value::Int(n) = v { Some(n) } else { None }).collect::<Vec<_>>(),
            ),
            KqlType::Real => Series::new(
                name,
                values.map(|v| if let Value::Real(n) = v { Some(n) } else { None }).collect::<Vec<_>>(),
            ),
            KqlType::Long | KqlType::DateTime | KqlType::TimeSpan => {
                let long = |v| match v {
                    Value::Long(n) | Value::DateTime(n) | Value::TimeSpan(n) => Some(n),
                    _ => None,
                };
                Series::new(name, values.map(long).collect::<Vec<_>>())
            }
            _ => {
                let text = |v| match v {
                    Value::String(s) | Value::Guid(s) | Value::Decimal(s) => Some(s),
                    Value::Dynamic(json) => Some(json.to_string()),
                    _ => None,
                };
                Series::new(name, values.map(text).collect::<Vec<_>>())
            }
        }
        .into_column()
    });
    Ok(KqlTable {
        columns: columns.iter().map(|(name, ty, _)| Column { name: (*name).to_owned(), ty: *ty }).collect(),
        frame: DataFrame::new_infer_height(series.collect())?,
        notes: Vec::new(),
        render: None,
    })
}

/// A number that looks random and is the same every time.
fn noise(seed: usize) -> i64 {
    let mut x = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    i64::try_from((x ^ (x >> 31)) >> 12).unwrap_or(0)
}

/// One of some texts.
fn pick(texts: &[&str], seed: usize) -> Value {
    string(texts[usize::try_from(noise(seed)).unwrap_or(0) % texts.len()])
}

fn string(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

fn start() -> i64 {
    ticks_of_date(2026, 1, 2).unwrap_or(0) + 3 * TICKS_PER_HOUR
}

const APPS: &[&str] =
    &["Azure Portal", "Office 365 Exchange Online", "Microsoft Teams", "Azure Active Directory PowerShell", ""];

fn signins(rows: usize) -> Result<KqlTable> {
    let time = |i: usize| Value::DateTime(start() + i as i64 * 37 * TICKS_PER_MINUTE + noise(i) % 1000 * 10_000);
    let risk = |i: usize| {
        if i % 7 == 3 { Value::Null(KqlType::Real) } else { Value::Real((noise(i) % 1000) as f64 / 10.0) }
    };
    let device = |i: usize| {
        if i % 6 == 5 {
            return Value::Null(KqlType::Dynamic);
        }
        Value::Dynamic(serde_json::json!({
            "deviceId": "", "displayName": format!("LAPTOP-{}", noise(i) % 40), "operatingSystem": "Windows 11",
            "browser": "Edge 131.0", "isCompliant": i.is_multiple_of(2), "trustType": "Azure AD joined"
        }))
    };
    let comment = |i: usize| {
        string(match i % 4 {
            0 => "Sign-in was blocked because it came from an IP address with malicious activity. ".repeat(1 + i % 9),
            1 => "short".to_owned(),
            2 => "two\nlines".to_owned(),
            _ => String::new(),
        })
    };
    table(
        rows,
        &[
            ("TimeGenerated", KqlType::DateTime, &time),
            ("UserPrincipalName", KqlType::String, &|i| pick(&["alice@contoso.com", "bob@contoso.com"], i)),
            ("IPAddress", KqlType::String, &|i| string(format!("203.0.113.{}", noise(i * 3) % 9 + 1))),
            ("AppDisplayName", KqlType::String, &|i| pick(APPS, i * 7)),
            ("ResultType", KqlType::Int, &|i| Value::Int(if noise(i) % 4 == 0 { 50_126 } else { 0 })),
            ("IsRisky", KqlType::Bool, &|i| {
                if i % 5 == 0 { Value::Null(KqlType::Bool) } else { Value::Bool(noise(i) % 6 == 0) }
            }),
            ("Duration", KqlType::TimeSpan, &|i| Value::TimeSpan(noise(i) % 100_000 * 10_000)),
            ("RiskScore", KqlType::Real, &risk),
            ("DeviceDetail", KqlType::Dynamic, &device),
            ("CorrelationId", KqlType::Guid, &|i| {
                Value::Guid(format!("{:08x}-1e4e-49d9-b579-fe0b331d3642", noise(i) & 0xffff_ffff))
            }),
            ("Comment", KqlType::String, &comment),
        ],
    )
}

fn hostile() -> Result<KqlTable> {
    const BAD: [&str; 8] = [
        "<script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "javascript:alert(1)",
        "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}",
        "user\u{202e}gpj.exe",
        "EVCXR_BEGIN_CONTENT text/html",
        "=HYPERLINK(\"http://evil.example\",\"click\")",
        "שלום עולם \u{200e} مرحبا a\u{200b}b\u{0}c",
    ];
    table(
        BAD.len(),
        &[
            ("<b>name</b>", KqlType::String, &|i| string(BAD[i])),
            ("json", KqlType::Dynamic, &|i| {
                Value::Dynamic(serde_json::json!({BAD[i]: [BAD[i], null, 1.5, {"deep": BAD[i]}]}))
            }),
            ("json text", KqlType::Dynamic, &|i| Value::Dynamic(BAD[i].into())),
        ],
    )
}

fn events(rows: usize, step: i64, groups: i64) -> Result<KqlTable> {
    const OPERATIONS: &[&str] =
        &["Sign-in activity", "MailItemsAccessed", "Microsoft.Compute/virtualMachines/write", "FileDownloaded"];
    // More by day than by night.
    let time = |i: usize| {
        let at = start() + noise(i).rem_euclid(step * 400);
        let hour = at.rem_euclid(TICKS_PER_DAY) / TICKS_PER_HOUR;
        let night = step >= TICKS_PER_MINUTE && noise(i + 1) % 3 > 0 && !(7..19).contains(&hour);
        Value::DateTime(if night { at + 9 * TICKS_PER_HOUR } else { at })
    };
    let provider = |i: usize| {
        string(match (noise(i * 11) % (groups * groups)).isqrt() {
            0 => String::new(),
            1 => "AzureActivity".to_owned(),
            2 => "OfficeActivity (Exchange, SharePoint, Teams and everything else)".to_owned(),
            3 => "SigninLogs".to_owned(),
            n => format!("203.0.113.{n}"),
        })
    };
    table(
        rows,
        &[
            ("TimeGenerated", KqlType::DateTime, &time),
            ("Provider", KqlType::String, &provider),
            ("Operation", KqlType::String, &|i| pick(OPERATIONS, i * 5)),
            ("IPAddress", KqlType::String, &|i| string(format!("203.0.113.{}", noise(i * 3) % 9 + 1))),
        ],
    )
}

fn timelines() -> Result<Section> {
    let spec = |title: &str| TimelineSpec::new(title, "TimeGenerated").hover(["Operation", "IPAddress"]);
    let mut section = Section::new("Timelines").intro("Few events and many, one and none.");
    let few = spec("Azure account activity by provider").group("Provider");
    section.push(Timeline::new(
        &events(60, TICKS_PER_HOUR / 2, 4)?,
        &few.marker(start() + 3 * TICKS_PER_DAY, "Alert: impossible travel"),
    )?);
    let many = spec("A hundred thousand events").group("Provider");
    section.push(Timeline::new(
        &events(100_000, TICKS_PER_HOUR, 8)?,
        &many.window(start() - TICKS_PER_DAY, start() + 20 * TICKS_PER_DAY),
    )?);
    section
        .push(Timeline::new(&events(5_000, TICKS_PER_MINUTE, 60)?, &spec("Many groups").group("Provider").lanes(8))?);
    let seconds = spec("Within a few seconds").group("Provider");
    section.push(Timeline::new(&events(40, TICKS_PER_SECOND / 100, 3)?, &seconds)?);
    section.push(Timeline::new(&events(1, TICKS_PER_HOUR, 3)?, &spec("One event"))?);
    let none = spec("No events").window(start(), start() + 7 * TICKS_PER_DAY);
    section.push(Timeline::new(&events(0, 1, 1)?, &none)?);
    let same = table(5, &[("TimeGenerated", KqlType::DateTime, &|_| Value::DateTime(start()))])?;
    section.push(Timeline::new(&same, &TimelineSpec::new("All at the same instant", "TimeGenerated"))?);
    let times = [ticks_of_date(1601, 1, 1).unwrap_or(0), start(), MAX_DATETIME_TICKS];
    let long = "long ".repeat(200);
    let names = ["<script>alert(1)</script>", "\u{202e}evil\u{1b}[0m", &long];
    let wide = table(
        3,
        &[
            ("TimeGenerated", KqlType::DateTime, &|i| Value::DateTime(times[i])),
            ("Who", KqlType::String, &|i| string(names[i])),
        ],
    )?;
    let spec = TimelineSpec::new("From 1601 to 9999, <b>hostile</b> names", "TimeGenerated").group("Who");
    section.push(Timeline::new(&wide, &spec)?);
    Ok(section)
}

fn cards() -> Section {
    let seen = |value: &str, days: i64, count: usize, remark: &str| {
        Seen::new(value).between(Some(start()), Some(start() + days * TICKS_PER_DAY)).count(count).remark(remark)
    };
    let host = Entity::new("Host", "laptop-7.contoso.com")
        .field("OS", "Windows 11")
        .field("First seen", Value::DateTime(start()));
    let addresses = vec![
        seen("203.0.113.5", 3, 1_234, "Germany"),
        seen("198.51.100.77", 1, 3, "Brazil"),
        seen("2001:db8::17", 0, 1, "unknown"),
    ];
    let device = serde_json::json!({
        "displayName": "LAPTOP-7", "operatingSystem": "Windows 11", "browser": "Edge 131.0", "isCompliant": true
    });
    let url = "https://learn.microsoft.com/azure/sentinel/entities-reference#user-account";
    let account = Entity::new("Account", "alice@contoso.com")
        .field("Display name", "Alice Anders <alice>")
        .field("Tenant", Value::Guid("74be27de-1e4e-49d9-b579-fe0b331d3642".into()))
        .field("Roles", vec!["Global reader".to_owned(), "Helpdesk".to_owned()])
        .field("IP addresses", addresses)
        .field("Host", host.clone())
        .field("Last device", Value::Dynamic(device))
        .field("On premises", Value::Null(KqlType::Bool))
        .field("Reference", FieldValue::Link { text: "Account entity".into(), url: url.into() });
    let mut alert = Alert::new("Impossible travel to atypical locations", Severity::High);
    alert.time = Some(start());
    alert.product = Some("Microsoft Entra ID Protection".into());
    alert.description = Some(
        "The user signed in from two distant places within an hour. Someone else may be using the account.".into(),
    );
    alert.entities = vec![
        Entity::new("Account", "alice@contoso.com"),
        Entity::new("IP", "203.0.113.5").field("Country", "Germany"),
        host,
    ];
    let extended = serde_json::json!({
        "Request Id": "a1b2", "Alert generation status": "Full alert created", "nested": {"a": [1, 2, 3]}
    });
    alert.properties = vec![
        ("Status".into(), "New".into()),
        ("Tactics".into(), vec!["InitialAccess".to_owned(), "CredentialAccess".to_owned()].into()),
        ("ExtendedProperties".into(), Value::Dynamic(extended).into()),
    ];
    let mut medium = Alert::new("Mass download by a single user", Severity::Medium);
    medium.time = Some(start() + TICKS_PER_HOUR);
    Section::new("Cards")
        .with(account)
        .with(alert)
        .with(medium)
        .with(Alert::new("Password changed", Severity::Low))
        .with(Alert::new("Something else", Severity::parse("tbd")))
}

fn gallery() -> Result<Document> {
    let mut partial = signins(8)?;
    partial.notes = vec!["table AzureActivity was not searched: the workspace has none".into()];
    let names: Vec<String> = (0..225).map(|i| format!("Column{i}")).collect();
    let value = |i: usize| string(format!("value {i}"));
    let wide: Vec<Make<'_>> = names.iter().map(|n| (n.as_str(), KqlType::String, &value as _)).collect();
    Ok(Document::new()
        .with(
            Header::new("Account summary")
                .subject("alice@contoso.com")
                .fact("Time range", "2026-01-01 00:00Z to 2026-01-08 00:00Z")
                .fact("Workspace", "contoso-soc")
                .fact("Queries", "7 in 1.2 s"),
        )
        .with(Notes::partial([
            "OfficeActivity: the query was throttled; its last 2 hours are missing",
            "SecurityEvent: no such table in this workspace",
        ]))
        .with(Notes::info(["Times are UTC."]))
        .with(cards())
        .with(timelines()?)
        .with(
            Section::new("Sign-ins")
                .intro("The latest sign-in of each account and address.")
                .with(Table::new(signins(1_234)?).caption("SigninLogs")),
        )
        .with(Table::new(partial).caption("A table that is not complete"))
        .with(Table::new(signins(50)?).caption("A page of a larger table").offset(20).page(12).total(98_765))
        .with(Table::new(hostile()?).caption("What attackers write <into> logs"))
        .with(Table::new(signins(0)?).caption("Nothing found"))
        .with(Table::new(table(3, &wide)?).caption("225 columns"))
        .with(Section::new("Folded").folded().with("A paragraph of text.\nWith two lines & <entities>."))
        .with(Notes::warning(["Sorting is by the rows shown, not by all rows."]))
        .with(Notes::error(["SEM0100: no column named 'Foo'"]).title("Query failed")))
}

fn main() -> Result<()> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("usage: gallery DIR")?);
    let document = gallery()?;
    let html = document.html();
    let page = |attributes: &str, style: &str, body: &str| {
        format!(
            "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gallery</title>\
             <style>body{{margin:16px}}{style}</style><body {attributes}>{body}</body></html>"
        )
    };
    // JupyterLab's variables of its two themes, as far as the outputs use them.
    let light = "body{--jp-layout-color0:#fff;--jp-content-font-color1:rgba(0,0,0,.87);background:#fff}";
    let dark = "body{--jp-layout-color0:#111;--jp-content-font-color1:#fff;background:#111}";
    std::fs::write(dir.join("gallery.html"), page("", "", &html))?;
    std::fs::write(dir.join("light.html"), page("data-jp-theme-light=\"true\"", light, &html))?;
    std::fs::write(dir.join("dark.html"), page("data-jp-theme-light=\"false\"", dark, &html))?;
    std::fs::write(dir.join("plain.html"), page("", "", &without_styles(&html)))?;
    std::fs::write(dir.join("gallery.txt"), document.text())?;
    let spec = TimelineSpec::new("A drawing of its own", "TimeGenerated").group("Provider");
    let drawing = Timeline::new(&events(3_000, TICKS_PER_HOUR, 6)?, &spec)?;
    std::fs::write(dir.join("timeline.svg"), drawing.svg().unwrap_or_default())?;
    println!("{} bytes of HTML in {}", html.len(), dir.display());
    Ok(())
}

/// What is left of an output in a notebook that is not trusted.
fn without_styles(html: &str) -> String {
    let mut out = html.to_owned();
    for tag in ["style", "script", "svg"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        while let (Some(start), Some(end)) = (out.find(&open), out.find(&close)) {
            out.replace_range(start..end + close.len(), "");
        }
    }
    out
}
