//! OfficeActivity: SharePoint, OneDrive, Exchange, Teams.

use super::clock::rhythm;
use super::rng::Rng;
use super::signins::whereabouts;
use super::timeline::{Plan, Timed};
use super::world::{PLACES, Person, TENANT, WORKSPACE};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// What was done.
#[derive(Debug, Clone)]
pub enum Action {
    /// A file or page of SharePoint or OneDrive: operation, site, path below the site, file name.
    File(&'static str, String, &'static str, String),
    /// A message or folder of a mailbox: operation.
    Mail(&'static str),
    /// An administrative command of Exchange with its parameters as JSON: operation, object, parameters.
    Command(&'static str, String, String),
    /// Something in Teams: operation.
    Teams(&'static str),
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    /// Who.
    pub person: &'a Person,
    /// With what address, as the workload writes it.
    pub address: String,
    /// With what.
    pub agent: &'static str,
    /// What.
    pub action: Action,
}

/// Sites of SharePoint with their folder and files.
pub const SITES: [(&str, &str, [&str; 6]); 5] = [
    (
        "sites/finance",
        "Shared Documents/Reports",
        ["Budget FY24", "Forecast Q2", "Payroll May", "Invoices 2024", "Board pack", "Tax filing"],
    ),
    (
        "sites/sales",
        "Shared Documents/Accounts",
        ["Pipeline", "Quote Fabrikam", "Quote Tailspin", "Price list", "Renewals", "Commission"],
    ),
    (
        "sites/engineering",
        "Shared Documents/Design",
        ["Architecture", "Runbook", "Backlog", "Release notes", "Test plan", "Postmortem"],
    ),
    (
        "sites/hr",
        "Shared Documents/People",
        ["Handbook", "Holiday plan", "Interview guide", "Org chart", "Benefits", "Onboarding"],
    ),
    ("sites/intranet", "SitePages", ["Home", "News", "Events", "Canteen", "IT help", "Facilities"]),
];
const EXTENSIONS: [&str; 4] = ["docx", "xlsx", "pptx", "pdf"];
const FILE_OPERATIONS: &[(u64, &str)] = &[
    (46, "FileAccessed"),
    (14, "FileModified"),
    (10, "FilePreviewed"),
    (8, "PageViewed"),
    (7, "FileDownloaded"),
    (6, "FileUploaded"),
    (4, "FileSyncDownloadedFull"),
    (3, "FileRenamed"),
    (2, "FileDeleted"),
];
const MAIL_OPERATIONS: &[(u64, &str)] = &[
    (50, "MailItemsAccessed"),
    (26, "Send"),
    (12, "Create"),
    (6, "MoveToDeletedItems"),
    (4, "SoftDelete"),
    (2, "Update"),
];

const TEAMS_OPERATIONS: &[(u64, &str)] =
    &[(70, "TeamsSessionStarted"), (25, "MessageReadReceiptReceived"), (5, "ChannelAdded")];

fn draw<'a>(plan: &Plan<'a>, rng: &mut Rng, time: i64) -> Vec<Timed<Operation<'a>>> {
    let person = plan.world.someone(rng);
    if rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
        return Vec::new();
    }
    let (address, _, mobile) = whereabouts(rng, person, time);
    let agent = if mobile { person.phone.agent } else { person.device.agent };
    let action = match rng.below(1000) {
        0..=579 => file(rng),
        580..=899 => {
            let operation = *rng.weighted(MAIL_OPERATIONS);
            Action::Mail(operation)
        }
        900..=901 => rule(person),
        _ => {
            let operation = *rng.weighted(TEAMS_OPERATIONS);
            Action::Teams(operation)
        }
    };
    let address = match action {
        // Exchange notes the port as well.
        Action::Command(..) => format!("{address}:{}", rng.between(1025, 65000)),
        _ => address,
    };
    vec![(time, Operation { person, address, agent, action })]
}

fn file(rng: &mut Rng) -> Action {
    let operation = *rng.weighted(FILE_OPERATIONS);
    let (site, folder, names) = if operation == "PageViewed" { SITES[4] } else { *rng.pick(&SITES[..4]) };
    let name = rng.pick(&names);
    let name =
        if operation == "PageViewed" { format!("{name}.aspx") } else { format!("{name}.{}", rng.pick(&EXTENSIONS)) };
    Action::File(operation, site.to_owned(), folder, name)
}

/// A rule that people do make: newsletters to a folder.
fn rule(person: &Person) -> Action {
    let parameters = r#"[{"Name":"AlwaysDeleteOutlookRulesBlob","Value":"False"},{"Name":"Force","Value":"False"},{"Name":"MoveToFolder","Value":"Newsletters"},{"Name":"SubjectContainsWords","Value":"newsletter"},{"Name":"Name","Value":"Newsletters"}]"#;
    Action::Command("New-InboxRule", format!("{}\\Newsletters", person.login), parameters.to_owned())
}

/// Writes OfficeActivity.
pub fn write(
    plan: &Plan<'_>,
    wanted: u64,
    story: &[Timed<Operation<'_>>],
    table: &mut TableWriter,
) -> Result<(), Error> {
    plan.run("office", wanted, story, |rng, time| draw(plan, rng, time), |rng, time, e| row(rng, time, e, table))
}

fn row(rng: &mut Rng, time: i64, e: &Operation<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let (person, id) = (e.person, rng.guid());
    let key = format!("i:0h.f|membership|{}@live.com", &person.id[24..]);
    let mut cells: Vec<(&str, Cell<'_>)> = vec![
        ("TimeGenerated", Cell::Time(time / 1_000_000 * 1_000_000)),
        ("Start_Time", Cell::Time(time / 1_000_000 * 1_000_000)),
        ("OrganizationId", TENANT.into()),
        ("OrganizationId_", TENANT.into()),
        ("OfficeTenantId", WORKSPACE.into()),
        ("OfficeTenantId_", WORKSPACE.into()),
        ("UserType", "Regular".into()),
        ("UserKey", (&key).into()),
        ("UserId", (&person.upn).into()),
        ("UserId_", (&person.upn).into()),
        ("UserAgent", e.agent.into()),
        ("SourceSystem", "OfficeActivityManager".into()),
        ("OfficeId", (&id).into()),
        ("SourceRecordId", (&id).into()),
    ];
    if !matches!(e.action, Action::Teams(_)) {
        cells.push(("ClientIP", (&e.address).into()));
        cells.push(("ClientIP_", (&e.address).into()));
    }
    match &e.action {
        Action::File(operation, site, folder, name) => {
            let url = format!("https://contoso.sharepoint.com/{site}/");
            let object = format!("{url}{folder}/{name}");
            let extension = name.rsplit('.').next().unwrap_or_default();
            let page = *operation == "PageViewed";
            cells.extend([
                ("Operation", (*operation).into()),
                ("RecordType", if page { "SharePoint" } else { "SharePointFileOperation" }.into()),
                ("OfficeWorkload", "SharePoint".into()),
                ("OfficeObjectId", (&object).into()),
                ("Site_Url", (&url).into()),
                ("Site_Url_", (&url).into()),
                ("SourceRelativeUrl", (*folder).into()),
                ("SourceRelativeUrl_", (*folder).into()),
                ("SourceFileName", name.into()),
                ("SourceFileName_", name.into()),
                ("SourceFileExtension", extension.into()),
                ("ItemType", if page { "Page" } else { "File" }.into()),
                ("EventSource", "SharePoint".into()),
            ]);
            table.row(&cells)
        }
        Action::Mail(operation) => {
            cells.extend([
                ("Operation", (*operation).into()),
                ("RecordType", "ExchangeItem".into()),
                ("OfficeWorkload", "Exchange".into()),
                ("ResultStatus", "Succeeded".into()),
                ("Client_IPAddress", (&e.address).into()),
                ("MailboxGuid", (&person.id).into()),
                ("MailboxOwnerUPN", (&person.upn).into()),
                ("MailboxOwnerSid", (&person.sid).into()),
                ("LogonUserSid", (&person.sid).into()),
                ("Logon_Type", "Owner".into()),
                ("InternalLogonType", Cell::Number(0)),
                ("ExternalAccess", "false".into()),
                ("ClientInfoString", "Client=OWA;Action=ViaProxy".into()),
                ("OriginatingServer", "DM6PR11MB3945 (15.20.7587.035)".into()),
                ("OrganizationName", "contoso.onmicrosoft.com".into()),
            ]);
            table.row(&cells)
        }
        Action::Command(operation, object, parameters) => {
            cells.extend([
                ("Operation", (*operation).into()),
                ("RecordType", "ExchangeAdmin".into()),
                ("OfficeWorkload", "Exchange".into()),
                ("ResultStatus", "True".into()),
                ("OfficeObjectId", object.into()),
                ("Parameters", parameters.into()),
                ("ExternalAccess", "False".into()),
                ("OriginatingServer", "DM6PR11MB3945 (15.20.7587.035)".into()),
                ("OrganizationName", "contoso.onmicrosoft.com".into()),
            ]);
            table.row(&cells)
        }
        Action::Teams(operation) => {
            cells.extend([
                ("Operation", (*operation).into()),
                ("RecordType", "MicrosoftTeams".into()),
                ("OfficeWorkload", "MicrosoftTeams".into()),
            ]);
            table.row(&cells)
        }
    }
}
