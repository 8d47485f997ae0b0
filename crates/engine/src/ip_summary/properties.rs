//! What an IP address summary has and can do, by name: the names of msticnb's class, so that analysts find what they know.

use crate::error::Error;
use crate::notebooklet::property::{
    self, BROWSE_ALERTS, BROWSE_BOOKMARKS, DATA_PROPERTIES, DISPLAY_ALERT_TIMELINE, HELP, LIST_METHODS, Method,
    Property, PropertyKind, VIEW_EVENTS, VIS_PROPERTIES, table, timeline,
};

/// Every property.
pub const PROPERTIES: &[Property] = &[
    Property {
        name: "ip_entity",
        kind: PropertyKind::Entity,
        doc: "The address: its type, origin and country, the hosts that have it, where it was seen first and last.",
        additional: false,
    },
    Property {
        name: "host_entities",
        kind: PropertyKind::Entity,
        doc: "The hosts that have the address, with what heartbeats, virtual machines, network interfaces and devices say of them.",
        additional: false,
    },
    table("geoip", false, "Where a public address is: country, city, coordinates, autonomous system, and who says so."),
    table("whois", false, "Whose a public address is: autonomous system, registry, networks."),
    table("whois_nets", false, "The registered networks around the address, the smallest first, with their contacts."),
    table(
        "ti_results",
        false,
        "Threat intelligence for the address: a row for each service that is set up, and one for the indicators of the workspace.",
    ),
    table(
        "ti_indicators",
        false,
        "The indicators of the workspace that name the address, in full, those that hold first.",
    ),
    table("passive_dns", false, "Which names led to the address, by the services that keep DNS answers."),
    table("related_accounts", false, "Accounts that were seen with the address, in every source, most events first."),
    table("associated_hosts", false, "Hosts that have the address, report through it, or exchanged something with it."),
    table("related_alerts", false, "Alerts that name the address, the latest state of each, by time."),
    timeline("alert_timeline", false, "The related alerts over time, a lane per alert name."),
    table("related_bookmarks", false, "Hunting bookmarks that name the address, the latest version of each, by time."),
    table("aad_signins", false, "Azure AD sign-ins from the address, interactive and not, by time."),
    table("azure_activity", false, "Sign-ins and Azure operations from the address together, by time."),
    table("azure_activity_summary", false, "They counted by account, table, application, user type and result."),
    timeline("azure_activity_timeline", false, "Sign-ins and Azure operations over time, a lane per account."),
    table("office_activity", false, "Office 365 operations from the address, by time."),
    table("office_activity_summary", false, "They counted by account, workload and operation."),
    timeline("office_activity_timeline", false, "Office 365 operations over time, a lane per operation."),
    table("host_logons", false, "Windows, Linux and device logons and failed logons from the address, by time."),
    table("host_logon_summary", false, "They counted by host, account and type of logon."),
    timeline("host_logon_timeline", false, "Logons from the address over time, a lane per host."),
    table("az_network_flows", false, "Azure network flows that the address takes part in, denied ones too, by time."),
    table("az_network_flow_summary", false, "They counted by machine, direction, kind and port."),
    table("az_network_flows_timeline", false, "Allowed and denied flows by hour, protocol and direction."),
    timeline("netflow_by_protocol", false, "Azure network flows over time, a lane per application protocol."),
    timeline("netflow_by_direction", false, "Azure network flows over time, a lane per direction."),
    table("common_security", false, "Events of firewalls and other appliances that name the address, by time."),
    table("common_security_summary", false, "They counted by product, action, source, target and user."),
    table(
        "network_connections",
        false,
        "Connections of devices to or from the address, with the process that made them.",
    ),
    table("dns_events", false, "DNS questions that the address is an answer to, or that were asked from it."),
    table("dns_summary", false, "They counted by name."),
    table("heartbeat", false, "The latest heartbeat of each host that has the address or reports from it."),
    table("az_network_if", false, "Azure network interfaces that have the address."),
    table("vmcomputer", false, "Virtual machines (VM insights) that have the address."),
    table("device_info", false, "Devices of Defender for Endpoint whose adapters have the address."),
];

/// Every method.
pub const METHODS: &[Method] = &[
    BROWSE_ALERTS,
    BROWSE_BOOKMARKS,
    Method {
        name: "browse_ti_results",
        signature: "browse_ti_results()",
        doc: "Shows what each service and the workspace know of the address, the worst first, with severity and details.",
    },
    DISPLAY_ALERT_TIMELINE,
    Method {
        name: "netflow_by_protocol",
        signature: "netflow_by_protocol()",
        doc: "Draws the Azure network flows over time, a lane per application protocol.",
    },
    Method {
        name: "netflow_total_by_protocol",
        signature: "netflow_total_by_protocol()",
        doc: "Gives the allowed and denied flows by hour, protocol and direction.",
    },
    Method {
        name: "netflow_by_direction",
        signature: "netflow_by_direction()",
        doc: "Draws the Azure network flows over time, a lane per direction.",
    },
    Method { name: "map", signature: "map()", doc: "Draws the address on a map of the world, with where it was seen." },
    VIEW_EVENTS,
    Method {
        name: "table",
        signature: "table(property) -> Table",
        doc: "Gives a table by its name, to sort, select, query with KQL or save. Most tables also have a method of their own name.",
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
