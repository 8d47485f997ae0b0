//! AzureActivity.

use super::clock::{SECOND, rhythm};
use super::rng::Rng;
use super::signins::whereabouts;
use super::timeline::{Plan, Timed};
use super::world::{PLACES, Role, SUBSCRIPTION};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// A kind of operation.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// `OperationNameValue`.
    pub operation: &'static str,
    /// `OperationName`.
    pub title: &'static str,
    /// `ResourceProviderValue`.
    pub provider: &'static str,
    /// Resource group.
    pub group: &'static str,
    /// The resource below the group, as `provider/type/name`.
    pub resource: &'static str,
}

const fn kind(
    operation: &'static str,
    title: &'static str,
    provider: &'static str,
    group: &'static str,
    resource: &'static str,
) -> Kind {
    Kind { operation, title, provider, group, resource }
}

/// A role is given to someone.
pub const ASSIGN_ROLE: Kind = kind(
    "Microsoft.Authorization/roleAssignments/write",
    "Create role assignment",
    "Microsoft.Authorization",
    "rg-core",
    "Microsoft.Authorization/roleAssignments/5f2c8a3e-90b1-4c7d-8e57-0d4b6f1a2c39",
);
/// The keys of a storage account are read.
pub const LIST_KEYS: Kind = kind(
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "List Storage Account Keys",
    "Microsoft.Storage",
    "rg-data",
    "Microsoft.Storage/storageAccounts/contosofinance",
);
const KINDS: &[(u64, Kind)] = &[
    (
        18,
        kind(
            "Microsoft.Compute/virtualMachines/start/action",
            "Start Virtual Machine",
            "Microsoft.Compute",
            "rg-web",
            "Microsoft.Compute/virtualMachines/web01",
        ),
    ),
    (
        14,
        kind(
            "Microsoft.Compute/virtualMachines/deallocate/action",
            "Deallocate Virtual Machine",
            "Microsoft.Compute",
            "rg-web",
            "Microsoft.Compute/virtualMachines/build01",
        ),
    ),
    (
        16,
        kind(
            "Microsoft.Resources/deployments/write",
            "Create Deployment",
            "Microsoft.Resources",
            "rg-web",
            "Microsoft.Resources/deployments/release",
        ),
    ),
    (
        12,
        kind(
            "Microsoft.Web/sites/config/list/action",
            "List Web App Settings",
            "Microsoft.Web",
            "rg-web",
            "Microsoft.Web/sites/contoso-shop",
        ),
    ),
    (10, LIST_KEYS),
    (
        8,
        kind(
            "Microsoft.Network/networkSecurityGroups/securityRules/write",
            "Create or Update Security Rule",
            "Microsoft.Network",
            "rg-core",
            "Microsoft.Network/networkSecurityGroups/nsg-web",
        ),
    ),
    (
        8,
        kind(
            "Microsoft.KeyVault/vaults/read",
            "Read Key Vault",
            "Microsoft.KeyVault",
            "rg-core",
            "Microsoft.KeyVault/vaults/kv-contoso",
        ),
    ),
    (
        6,
        kind(
            "Microsoft.SecurityInsights/incidents/write",
            "Update Incident",
            "Microsoft.SecurityInsights",
            "rg-soc",
            "Microsoft.OperationalInsights/workspaces/soc",
        ),
    ),
    (1, ASSIGN_ROLE),
];
const PIPELINE: &[(u64, Kind)] = &[
    (
        60,
        kind(
            "Microsoft.Resources/deployments/validate/action",
            "Validate Deployment",
            "Microsoft.Resources",
            "rg-web",
            "Microsoft.Resources/deployments/release",
        ),
    ),
    (
        40,
        kind(
            "Microsoft.Resources/deployments/write",
            "Create Deployment",
            "Microsoft.Resources",
            "rg-web",
            "Microsoft.Resources/deployments/release",
        ),
    ),
];
/// The service principal of the deployment pipeline, and the address of its agent.
const PIPELINE_ID: &str = "9d0f6f1c-3a4e-4c0b-b0a5-2f6a7f1f7c11";
const PIPELINE_ADDRESS: &str = "20.42.14.91";

/// One record of an operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `Caller`.
    pub caller: String,
    /// `CallerIpAddress`.
    pub address: String,
    /// What.
    pub kind: Kind,
    /// `Start`, `Success` or `Failure`.
    pub status: &'static str,
    /// Shared by the records of one operation.
    pub correlation: String,
}

/// The records that one operation leaves.
pub fn records(
    rng: &mut Rng,
    time: i64,
    caller: &str,
    address: &str,
    kind: Kind,
    outcome: &'static str,
) -> Vec<Timed<Operation>> {
    let correlation = rng.guid();
    let one = |status| Operation {
        caller: caller.to_owned(),
        address: address.to_owned(),
        kind,
        status,
        correlation: correlation.clone(),
    };
    vec![(time, one("Start")), (time + rng.between(1, 20) * SECOND, one(outcome))]
}

fn draw(plan: &Plan<'_>, rng: &mut Rng, time: i64) -> Vec<Timed<Operation>> {
    // Pipelines run at any time, more often when people work.
    if rng.chance(40) {
        let kind = *rng.weighted(PIPELINE);
        return records(rng, time, PIPELINE_ID, PIPELINE_ADDRESS, kind, "Success");
    }
    let person = plan.world.someone(rng);
    let works = rng.below(1000) < rhythm(time, PLACES[person.site].zone);
    if !works || person.role == Role::Staff {
        return Vec::new();
    }
    let (address, ..) = whereabouts(rng, person, time);
    let kind = *rng.weighted(KINDS);
    let outcome = if rng.chance(40) { "Failure" } else { "Success" };
    records(rng, time, &person.upn, &address, kind, outcome)
}

/// Writes AzureActivity.
pub fn write(plan: &Plan<'_>, wanted: u64, story: &[Timed<Operation>], table: &mut TableWriter) -> Result<(), Error> {
    plan.run("azure", wanted, story, |rng, time| draw(plan, rng, time), |rng, time, e| row(rng, time, e, table))
}

fn row(rng: &mut Rng, time: i64, e: &Operation, table: &mut TableWriter) -> Result<(), Error> {
    let Kind { operation, title, provider, group, resource } = e.kind;
    let scope = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{resource}");
    let lower = scope.to_lowercase();
    let authorization = format!(r#"{{"action":"{operation}","scope":"{scope}"}}"#);
    let request =
        format!(r#"{{"clientRequestId":"{}","clientIpAddress":"{}","method":"PUT"}}"#, e.correlation, e.address);
    let (status, code) = match e.status {
        "Start" => ("Started", "Accepted"),
        "Failure" => ("Failed", "Forbidden"),
        _ => ("Succeeded", "OK"),
    };
    let properties = format!(
        r#"{{"statusCode":"{code}","eventCategory":"Administrative","entity":"{scope}","message":"{operation}","hierarchy":"{SUBSCRIPTION}"}}"#
    );
    let (event, name) = (rng.guid(), resource.rsplit('/').next().unwrap_or_default());
    table.row(&[
        ("TimeGenerated", Cell::Time(time)),
        ("EventSubmissionTimestamp", Cell::Time(time + 95 * SECOND)),
        ("OperationName", title.into()),
        ("OperationNameValue", operation.into()),
        ("Level", if e.status == "Failure" { "Error" } else { "Informational" }.into()),
        ("ActivityStatus", status.into()),
        ("ActivityStatusValue", e.status.into()),
        ("ActivitySubstatusValue", code.into()),
        ("ResourceGroup", group.into()),
        ("SubscriptionId", SUBSCRIPTION.into()),
        ("CorrelationId", (&e.correlation).into()),
        ("Caller", (&e.caller).into()),
        ("CallerIpAddress", (&e.address).into()),
        ("Category", "Administrative".into()),
        ("CategoryValue", "Administrative".into()),
        ("HTTPRequest", (&request).into()),
        ("Properties", (&properties).into()),
        ("Properties_d", (&properties).into()),
        ("Authorization", (&authorization).into()),
        ("Authorization_d", (&authorization).into()),
        ("ResourceId", (&scope).into()),
        ("ResourceProvider", provider.into()),
        ("ResourceProviderValue", provider.into()),
        ("Resource", name.into()),
        ("EventDataId", (&event).into()),
        ("SourceSystem", "Azure".into()),
        ("Hierarchy", SUBSCRIPTION.into()),
        ("_ResourceId", (&lower).into()),
    ])
}
