//! SigninLogs and AADNonInteractiveUserSignInLogs.

use super::clock::{DAY, START, iso, rhythm};
use super::rng::Rng;
use super::timeline::{Plan, Timed};
use super::world::{Device, PLACES, Person, Place, TENANT, VPN_EGRESS};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// An application and what it signs in to.
#[derive(Debug, Clone, Copy)]
pub struct App {
    /// `AppDisplayName`.
    pub name: &'static str,
    /// `AppId`.
    pub id: &'static str,
    /// `ResourceDisplayName`.
    pub resource: &'static str,
    /// `ResourceIdentity`.
    pub resource_id: &'static str,
}

const GRAPH: (&str, &str) = ("Microsoft Graph", "00000003-0000-0000-c000-000000000000");
const EXCHANGE: (&str, &str) = ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000");
const SHAREPOINT: (&str, &str) = ("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000");
const MANAGEMENT: (&str, &str) = ("Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013");

const fn app(name: &'static str, id: &'static str, resource: (&'static str, &'static str)) -> App {
    App { name, id, resource: resource.0, resource_id: resource.1 }
}

/// The start page of Microsoft 365.
pub const OFFICE_HOME: App = app("OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", GRAPH);
/// Outlook on the web.
pub const OUTLOOK: App = app("One Outlook Web", "9199bf20-a13f-4107-85dc-02114787ef48", EXCHANGE);
/// The Azure portal.
pub const PORTAL: App = app("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", MANAGEMENT);
/// SharePoint and OneDrive.
pub const FILES: App = app("Office 365 SharePoint Online", SHAREPOINT.1, SHAREPOINT);
const APPS: &[(u64, App)] = &[
    (24, OFFICE_HOME),
    (20, OUTLOOK),
    (16, app("Microsoft Teams Web Client", "5e3ce6c0-2b1f-4285-8d4b-75ee78787346", GRAPH)),
    (14, FILES),
    (10, app("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c", EXCHANGE)),
    (6, app("My Apps", "2793995e-0a7d-40d7-bd35-6968ba142197", GRAPH)),
    (6, PORTAL),
    (2, app("Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", MANAGEMENT)),
    (2, app("Microsoft Azure PowerShell", "1950a258-227b-4e31-a9cf-717495945fc2", MANAGEMENT)),
];
const BACKGROUND_APPS: &[(u64, App)] = &[
    (40, app("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", GRAPH)),
    (30, app("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c", EXCHANGE)),
    (20, app("OneDrive SyncEngine", "ab9b8c07-8f02-4f72-87fa-80105867a763", SHAREPOINT)),
    (10, app("Windows Sign In", "38aa3b87-a06d-4817-b275-7a316988d93b", GRAPH)),
];

/// Result codes (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>) by weight.
const RESULTS: &[(u64, u32)] =
    &[(925, 0), (28, 50126), (14, 50140), (12, 50074), (8, 50058), (6, 500_121), (3, 53003), (2, 50055), (2, 50053)];

fn reason(code: u32) -> &'static str {
    match code {
        50126 => "Error validating credentials due to invalid username or password.",
        50140 => "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
        50074 => "Strong Authentication is required.",
        50058 => "Session information is not sufficient for single-sign-on.",
        500_121 => "Authentication failed during strong authentication request.",
        53003 => "Access has been blocked due to conditional access policies.",
        50055 => "Invalid password, entered expired password.",
        50053 => "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
        _ => "Other.",
    }
}

/// One sign-in.
#[derive(Debug, Clone)]
pub struct Signin<'a> {
    /// Who.
    pub person: &'a Person,
    /// With what address.
    pub address: String,
    /// From where.
    pub place: Place,
    /// On what.
    pub device: Device,
    /// To what.
    pub app: App,
    /// `ResultType`, 0 for success.
    pub code: u32,
    /// `RiskLevelDuringSignIn`.
    pub risk: &'static str,
}

/// Where someone is at a time: address, place, and whether on the phone.
pub fn whereabouts(rng: &mut Rng, person: &Person, time: i64) -> (String, Place, bool) {
    let day = (time - START) / DAY;
    if let Some((place, first, last)) = person.trip
        && (first..=last).contains(&day)
    {
        let place = PLACES[place];
        return (format!("{}.{}.{}", place.network, day + 20, 10 + person.weight % 200), place, rng.chance(300));
    }
    let site = PLACES[person.site];
    let working = rhythm(time, site.zone) >= 700;
    match rng.below(100) {
        0..=54 if working => (site.office.to_owned(), site, false),
        0..=69 if working => (VPN_EGRESS[person.site].to_owned(), site, false),
        0..=91 => (person.home.clone(), site, false),
        _ => (format!("{}.{}.{}", site.network, rng.between(200, 250), rng.between(1, 254)), site, true),
    }
}

fn draw<'a>(
    plan: &Plan<'a>,
    rng: &mut Rng,
    time: i64,
    apps: &[(u64, App)],
    results: &[(u64, u32)],
) -> Vec<Timed<Signin<'a>>> {
    let person = plan.world.someone(rng);
    let zone = person
        .trip
        .filter(|t| (t.1..=t.2).contains(&((time - START) / DAY)))
        .map_or(PLACES[person.site].zone, |t| PLACES[t.0].zone);
    if rng.below(1000) >= rhythm(time, zone) {
        return Vec::new();
    }
    let (address, place, mobile) = whereabouts(rng, person, time);
    let app = *rng.weighted(apps);
    // Not everyone has business in Azure.
    let app =
        if app.resource_id == MANAGEMENT.1 && person.role == super::world::Role::Staff { OFFICE_HOME } else { app };
    let code = *rng.weighted(results);
    let device = if mobile { person.phone } else { person.device };
    let mut events = Vec::new();
    // Whoever mistypes a password tries again.
    if code == 50126 {
        let again = Signin { person, address: address.clone(), place, device, app, code: 0, risk: "none" };
        events.push((time + rng.between(6, 40) * super::clock::SECOND, again));
    }
    events.push((time, Signin { person, address, place, device, app, code, risk: "none" }));
    events
}

/// Writes SigninLogs.
pub fn interactive(
    plan: &Plan<'_>,
    wanted: u64,
    story: &[Timed<Signin<'_>>],
    table: &mut TableWriter,
) -> Result<(), Error> {
    plan.run(
        "signins",
        wanted,
        story,
        |rng, time| draw(plan, rng, time, APPS, RESULTS),
        |rng, time, e| write(rng, time, e, true, table),
    )
}

/// Writes AADNonInteractiveUserSignInLogs.
pub fn non_interactive(plan: &Plan<'_>, wanted: u64, table: &mut TableWriter) -> Result<(), Error> {
    let results = &[(990, 0), (10, 50058)];
    plan.run(
        "non-interactive",
        wanted,
        &[],
        |rng, time| draw(plan, rng, time, BACKGROUND_APPS, results),
        |rng, time, e| write(rng, time, e, false, table),
    )
}

fn write(rng: &mut Rng, time: i64, e: &Signin<'_>, interactive: bool, table: &mut TableWriter) -> Result<(), Error> {
    let (code, person) = (e.code.to_string(), e.person);
    let mfa = e.code == 0 && interactive && rng.chance(850);
    let detail = if mfa { "MFA requirement satisfied by claim in the token" } else { "" };
    let status = match e.code {
        0 if mfa => format!(r#"{{"errorCode":0,"additionalDetails":"{detail}"}}"#),
        0 => r#"{"errorCode":0}"#.to_owned(),
        _ => format!(r#"{{"errorCode":{code},"failureReason":"{}"}}"#, reason(e.code)),
    };
    let device = format!(
        r#"{{"deviceId":"","operatingSystem":"{}","browser":"{}","isCompliant":false,"isManaged":false,"trustType":""}}"#,
        e.device.system, e.device.browser
    );
    let place = e.place;
    let location = format!(
        r#"{{"city":"{}","state":"{}","countryOrRegion":"{}","geoCoordinates":{{"latitude":{},"longitude":{}}}}}"#,
        place.city, place.state, place.country, place.latitude, place.longitude
    );
    let id = rng.guid();
    let correlation = rng.guid();
    let resource = format!("/tenants/{TENANT}/providers/Microsoft.aadiam");
    let duration = rng.between(60, 900);
    let authentication = format!(
        r#"[{{"authenticationStepDateTime":"{}","authenticationMethod":"{}","succeeded":{},"authenticationStepResultDetail":"{}","authenticationStepRequirement":"Primary authentication"}}]"#,
        iso(time),
        if mfa { "Previously satisfied" } else { "Password" },
        e.code == 0,
        if e.code == 0 { "Correct password" } else { reason(e.code) }
    );
    let policies = match e.code {
        53003 => {
            r#"[{"id":"69c7a12e-3f10-4c56-a6a3-77dfb1d7a7b4","displayName":"Block legacy authentication","enforcedGrantControls":["Block"],"enforcedSessionControls":[],"result":"failure"}]"#
        }
        _ if mfa => {
            r#"[{"id":"4c5a5ea0-5d9f-4730-baaa-7a69cf29ef26","displayName":"Require MFA","enforcedGrantControls":["Mfa"],"enforcedSessionControls":[],"result":"success"}]"#
        }
        _ => "[]",
    };
    let access = match e.code {
        53003 => "failure",
        _ if mfa => "success",
        _ => "notApplied",
    };
    let (category, mfa_detail) = if interactive { ("SignInLogs", "{}") } else { ("NonInteractiveUserSignInLogs", "") };
    let requirement = if mfa { "multiFactorAuthentication" } else { "singleFactorAuthentication" };
    let mut cells: Vec<(&str, Cell<'_>)> = vec![
        ("SourceSystem", "Azure AD".into()),
        ("TimeGenerated", Cell::Time(time)),
        ("ResourceId", (&resource).into()),
        ("OperationName", "Sign-in activity".into()),
        ("OperationVersion", "1.0".into()),
        ("Category", category.into()),
        ("ResultType", (&code).into()),
        ("ResultSignature", "None".into()),
        ("DurationMs", Cell::Number(0)),
        ("CorrelationId", (&correlation).into()),
        ("Resource", "Microsoft.aadiam".into()),
        ("ResourceGroup", "Microsoft.aadiam".into()),
        ("Identity", (&person.display).into()),
        ("Level", "4".into()),
        ("Location", place.country.into()),
        ("AppDisplayName", e.app.name.into()),
        ("AppId", e.app.id.into()),
        ("AuthenticationDetails", (&authentication).into()),
        ("AuthenticationProcessingDetails", "[]".into()),
        ("AuthenticationRequirement", requirement.into()),
        ("AuthenticationRequirementPolicies", "[]".into()),
        ("ClientAppUsed", if interactive { "Browser" } else { "Mobile Apps and Desktop clients" }.into()),
        ("ConditionalAccessPolicies", policies.into()),
        ("ConditionalAccessStatus", access.into()),
        ("CreatedDateTime", Cell::Time(time)),
        ("DeviceDetail", (&device).into()),
        ("IsInteractive", Cell::Bool(interactive)),
        ("Id", (&id).into()),
        ("IPAddress", (&e.address).into()),
        ("LocationDetails", (&location).into()),
        ("NetworkLocationDetails", "[]".into()),
        ("OriginalRequestId", (&id).into()),
        ("RiskDetail", "none".into()),
        ("RiskEventTypes", if e.risk == "none" { "[]" } else { r#"["unfamiliarFeatures"]"# }.into()),
        ("RiskEventTypes_V2", if e.risk == "none" { "[]" } else { r#"["unfamiliarFeatures"]"# }.into()),
        ("RiskLevelAggregated", e.risk.into()),
        ("RiskLevelDuringSignIn", e.risk.into()),
        ("RiskState", if e.risk == "none" { "none" } else { "atRisk" }.into()),
        ("ResourceDisplayName", e.app.resource.into()),
        ("ResourceIdentity", e.app.resource_id.into()),
        ("ResourceTenantId", TENANT.into()),
        ("HomeTenantId", TENANT.into()),
        ("Status", (&status).into()),
        ("TokenIssuerType", "AzureAD".into()),
        ("UserAgent", e.device.agent.into()),
        ("UserDisplayName", (&person.display).into()),
        ("UserId", (&person.id).into()),
        ("UserPrincipalName", (&person.upn).into()),
        ("UserType", "Member".into()),
        ("CrossTenantAccessType", "none".into()),
        ("AADTenantId", TENANT.into()),
    ];
    let processing = duration.to_string();
    cells.push(("ProcessingTimeInMilliseconds", (&processing).into()));
    if e.code != 0 {
        cells.push(("ResultDescription", reason(e.code).into()));
    }
    if interactive {
        cells.push(("MfaDetail", mfa_detail.into()));
    }
    table.row(&cells)
}
