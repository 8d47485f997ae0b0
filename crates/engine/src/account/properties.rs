//! What an account summary has and can do, by name: the names of msticnb's class, so that analysts find what they know.

use crate::error::Error;
use crate::notebooklet::property::{
    self, BROWSE_ALERTS, BROWSE_BOOKMARKS, DATA_PROPERTIES, DISPLAY_ALERT_TIMELINE, HELP, LIST_METHODS, Method,
    Property, PropertyKind, VIEW_EVENTS, VIS_PROPERTIES, table, timeline,
};

/// Every property.
pub const PROPERTIES: &[Property] = &[
    Property {
        name: "account_entity",
        kind: PropertyKind::Entity,
        doc: "The selected account: names and ids from its latest event, addresses or hosts with first and last use.",
        additional: false,
    },
    table("account_activity", false, "Every matching account, one row per account and source, newest first."),
    table("related_alerts", false, "Alerts that name the account, the latest state of each, by time."),
    timeline("alert_timeline", false, "The related alerts over time, a lane per alert name."),
    table("related_bookmarks", false, "Hunting bookmarks that name the account, the latest version of each, by time."),
    table("host_logons", true, "Windows or Linux: every logon and failed logon, by time."),
    table("host_logon_summary", true, "Windows or Linux: logons, failures, addresses and logon types per computer."),
    timeline("host_logon_timeline", true, "Windows or Linux: the logons over time, a lane per source IP address."),
    table("azure_activity", true, "Sign-ins, Azure operations and Office 365 operations together, by time."),
    table(
        "azure_activity_summary",
        true,
        "Cloud operations counted by account, table, address, application and user type.",
    ),
    timeline(
        "azure_timeline_by_provider",
        true,
        "Cloud operations over time, a lane per application or resource provider.",
    ),
    timeline("account_timeline_by_ip", true, "Cloud operations over time, a lane per source IP address."),
    timeline("azure_timeline_by_operation", true, "Cloud operations over time, a lane per operation."),
    table("ip_summary", true, "Counts, first and last use by IP address, country, source, operation and user agent."),
    table("ip_all_data", true, "One row per event and IP address, with address type and country."),
];

/// Every method.
pub const METHODS: &[Method] = &[
    Method {
        name: "select",
        signature: "select(account_name, AccountType) -> AccountSummary",
        doc: "Looks at another of the matching accounts. Fetches its entity, alerts and bookmarks; the search is not run again.",
    },
    Method {
        name: "select_newest",
        signature: "select_newest() -> AccountSummary",
        doc: "Looks at the matching account that was active last: for notebooks that run unattended.",
    },
    Method {
        name: "get_additional_data",
        signature: "get_additional_data()",
        doc: "Fetches what the account did. For an Azure AD, Azure or Office 365 account: its sign-ins, Azure operations and Office 365 \
              operations, their summary and timelines. For a Windows or Linux account: its logons and failed logons, the summary per computer \
              and the timeline by source address. For both: the summary by IP address.",
    },
    Method {
        name: "browse_accounts",
        signature: "browse_accounts()",
        doc: "Shows every matching account with the line of code that selects it.",
    },
    BROWSE_ALERTS,
    BROWSE_BOOKMARKS,
    DISPLAY_ALERT_TIMELINE,
    Method {
        name: "az_activity_timeline_by_provider",
        signature: "az_activity_timeline_by_provider()",
        doc: "Draws the cloud operations over time, a lane per application or resource provider.",
    },
    Method {
        name: "az_activity_timeline_by_ip",
        signature: "az_activity_timeline_by_ip()",
        doc: "Draws the cloud operations over time, a lane per source IP address.",
    },
    Method {
        name: "az_activity_timeline_by_operation",
        signature: "az_activity_timeline_by_operation()",
        doc: "Draws the cloud operations over time, a lane per operation.",
    },
    Method {
        name: "host_logon_timeline",
        signature: "host_logon_timeline()",
        doc: "Draws the logons over time, a lane per source IP address.",
    },
    Method {
        name: "show_ip_summary",
        signature: "show_ip_summary()",
        doc: "Shows the summary by IP address, with countries.",
    },
    Method {
        name: "geoip_map",
        signature: "geoip_map()",
        doc: "Draws the IP addresses of the account on a map of the world, a circle per place by its events.",
    },
    VIEW_EVENTS,
    Method {
        name: "table",
        signature: "table(property) -> Table",
        doc: "Gives a table by its name, to sort, select, query with KQL or save. Each table also has a method of its own name.",
    },
    DATA_PROPERTIES,
    VIS_PROPERTIES,
    LIST_METHODS,
    HELP,
];

/// The property of this name, case ignored.
///
/// # Errors
/// When there is none: the error lists the nearest names.
pub fn find_property(name: &str) -> Result<&'static Property, Error> {
    property::find(PROPERTIES, name)
}
