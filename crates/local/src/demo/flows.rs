//! AzureNetworkAnalytics_CL: the network interfaces of the Azure machines, and the flows at them.

use super::clock::{DAY, END, HOUR, MINUTE, SECOND, START, rhythm};
use super::internet::{scanner, service_of, visitor};
use super::rng::Rng;
use super::story::{ATTACKER_ADDRESS, VPN_ADDRESS, at};
use super::timeline::{Plan, Timed};
use super::world::{Host, PLACES, Role, SUBSCRIPTION};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// One row: an interface as it is on a day, or a flow of an hour.
#[derive(Debug, Clone)]
enum Record<'a> {
    Interface(&'a Host),
    Flow(Flow<'a>),
}

#[derive(Debug, Clone)]
struct Flow<'a> {
    host: &'a Host,
    /// The other side.
    other: String,
    public: bool,
    inbound: bool,
    allowed: bool,
    port: i64,
    protocol: &'static str,
    flows: i64,
    sent: i64,
    received: i64,
}

/// The machines that the internet reaches, with their addresses there.
const PUBLIC: [(&str, &str); 4] =
    [("jump01", "20.69.117.41"), ("web01", "20.69.117.52"), ("web02", "20.69.117.53"), ("web03", "20.69.117.54")];

fn draw<'a>(plan: &Plan<'a>, rng: &mut Rng, time: i64) -> Vec<Timed<Record<'a>>> {
    let world = plan.world;
    let flow = |host, other, public, inbound, (port, protocol), (flows, sent, received)| {
        let flow = Flow { host, other, public, inbound, allowed: true, port, protocol, flows, sent, received };
        vec![(time, Record::Flow(flow))]
    };
    let size = |rng: &mut Rng| (rng.between(1, 40), rng.between(2_000, 4_000_000), rng.between(2_000, 9_000_000));
    match rng.below(100) {
        0..=14 => {
            let (name, _) = *rng.pick(&PUBLIC);
            let (port, protocol) =
                *rng.pick(&[(22, "ssh"), (23, "telnet"), (3389, "ms-wbt-server"), (445, "microsoft-ds")]);
            let source = scanner(rng);
            let mut denied = flow(world.host(name), source, true, true, (port, protocol), (rng.between(1, 9), 0, 60));
            if let [(_, Record::Flow(flow))] = &mut denied[..] {
                flow.allowed = false;
            }
            denied
        }
        15..=34 => {
            let (name, _) = *rng.pick(&PUBLIC[1..]);
            let size = size(rng);
            flow(world.host(name), visitor(rng), true, true, (443, "https"), size)
        }
        35..=44 => {
            let host = &world.hosts[*rng.pick(&world.linux)];
            let size = size(rng);
            flow(host, service_of(rng).address.to_owned(), true, false, (443, "https"), size)
        }
        _ => {
            let person = world.someone(rng);
            if rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
                return Vec::new();
            }
            let own = &world.hosts[person.workstation];
            let desktop = person.role != Role::Staff && rng.chance(150);
            let host = match desktop {
                true => &world.hosts[*rng.pick(&world.servers)],
                false => world.host(&format!("{}-{}", PLACES[person.site].code, rng.pick(&["FS01", "DC01"]))),
            };
            let what = match (desktop, host.name.ends_with("DC01")) {
                (true, _) => (3389, "ms-wbt-server"),
                (_, true) => *rng.pick(&[(88, "kerberos"), (389, "ldap"), (53, "domain")]),
                _ => (445, "microsoft-ds"),
            };
            let size = size(rng);
            flow(host, own.address.clone(), false, true, what, size)
        }
    }
}

/// Remote desktop from the address of the VPN, ssh from the attacker, and what the file server sends out.
fn story<'a>(plan: &Plan<'a>) -> Vec<Timed<Record<'a>>> {
    let world = plan.world;
    let mut rows = Vec::new();
    let mut add = |time, host, other: &str, public, inbound, (port, protocol), (flows, sent, received)| {
        let host = world.host(host);
        let other = other.to_owned();
        let flow = Flow { host, other, public, inbound, allowed: true, port, protocol, flows, sent, received };
        rows.push((time, Record::Flow(flow)));
    };
    let desktop = (3389, "ms-wbt-server");
    add(at(21, 15, 24), "SEA-SQL01", VPN_ADDRESS, false, true, desktop, (4, 31_880_240, 2_406_113));
    add(at(21, 48, 33), "SEA-FS01", VPN_ADDRESS, false, true, desktop, (1, 31_880_240, 2_406_113));
    add(at(21, 57, 0), "SEA-FS01", ATTACKER_ADDRESS, true, false, (443, "https"), (6, 2_622_727_695, 5_474_400));
    add(at(25, 20, 2), "jump01", ATTACKER_ADDRESS, true, true, (22, "ssh"), (7, 214_660, 96_120));
    let jump = world.host("jump01").address.clone();
    add(at(25, 31, 0), "db01", &jump, false, true, (22, "ssh"), (1, 40_112, 20_480));
    // Every interface is reported once a day.
    let machines = world.hosts.iter().filter(|h| !h.resource.is_empty());
    for (i, host) in (0i64..).zip(machines) {
        let mut time = START + 2 * HOUR + i * 7 * SECOND;
        while time < END {
            rows.push((time, Record::Interface(host)));
            time += DAY;
        }
    }
    rows
}

/// Writes AzureNetworkAnalytics_CL.
pub fn write(plan: &Plan<'_>, wanted: u64, table: &mut TableWriter) -> Result<(), Error> {
    plan.run(
        "flows",
        wanted,
        &story(plan),
        |rng, time| draw(plan, rng, time),
        |rng, time, record| match record {
            Record::Interface(host) => interface(time, host, table),
            Record::Flow(e) => flow(rng, time, e, table),
        },
    )
}

/// `rg-core/sea-fs01`, as these rows write a machine.
fn machine(host: &Host) -> String {
    let group = if host.fqdn.contains('.') { "rg-core" } else { "rg-web" };
    format!("{group}/{}", host.name.to_lowercase())
}

fn interface(time: i64, host: &Host, table: &mut TableWriter) -> Result<(), Error> {
    let machine = machine(host);
    let (name, group, subnet) =
        (format!("{machine}-nic"), format!("{machine}-nsg"), format!("{}/default", network(host)));
    let mac = format!(
        "00-0D-3A-{}",
        host.vm[..6].to_uppercase().as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    );
    let public = PUBLIC.iter().find(|p| p.0 == host.name).map_or("", |p| p.1);
    table.row(&[
        ("TimeGenerated", Cell::Time(time)),
        ("SourceSystem", "Azure".into()),
        ("SubType_s", "Topology".into()),
        ("ResourceType", "NetworkInterface".into()),
        ("Name_s", (&name).into()),
        ("VirtualMachine_s", (&machine).into()),
        ("NSG_s", (&group).into()),
        ("Subnetwork_s", (&subnet).into()),
        ("MACAddress_s", (&mac).into()),
        ("PrivateIPAddresses_s", (&host.address).into()),
        ("PublicIPAddresses_s", public.into()),
        ("EnableIPForwarding_b", Cell::Bool(false)),
        ("SchemaVersion_s", "1".into()),
        ("Region_s", region(host).into()),
        ("DiscoveryRegion_s", region(host).into()),
        ("Subscription_g", SUBSCRIPTION.into()),
        ("TimeProcessed_t", Cell::Time(time - 20 * SECOND)),
    ])
}

fn region(host: &Host) -> &'static str {
    ["westus2", "northeurope", "southeastasia"][host.site.min(2)]
}

fn network(host: &Host) -> String {
    format!("{}/vnet-{}", machine(host).split('/').next().unwrap_or_default(), region(host))
}

fn flow(rng: &mut Rng, time: i64, e: &Flow<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let machine = machine(e.host);
    let kind = match (e.public, e.inbound, e.allowed) {
        (true, true, false) => "MaliciousFlow",
        (true, ..) => "ExternalPublic",
        _ => "S2S",
    };
    // The address, flows begun and ended, packets and bytes each way.
    let packets = |bytes: i64| bytes / 900 + 1;
    let list = format!(
        "{}|{}|{}|{}|{}|{}|{}",
        e.other,
        e.flows,
        e.flows,
        packets(e.sent),
        packets(e.received),
        e.sent,
        e.received
    );
    let end = time + rng.between(0, 12) * MINUTE;
    let hour = time - time.rem_euclid(HOUR);
    let direction = if e.inbound { "I" } else { "O" };
    let group = format!("{machine}-nsg");
    let count = |here: bool| Cell::Real(if here { f64::from(u32::try_from(e.flows).unwrap_or(1)) } else { 0.0 });
    #[allow(clippy::cast_precision_loss, reason = "bytes of a demo flow")]
    let real = |n: i64| Cell::Real(n as f64);
    let (name, subnet) = (format!("{machine}-nic"), format!("{}/default", network(e.host)));
    let mut cells: Vec<(&str, Cell<'_>)> = vec![
        ("TimeGenerated", Cell::Time(time)),
        ("SourceSystem", "Azure".into()),
        ("SubType_s", "FlowLog".into()),
        ("FASchemaVersion_s", "2".into()),
        ("FlowType_s", kind.into()),
        ("FlowStartTime_t", Cell::Time(time)),
        ("FlowEndTime_t", Cell::Time(end)),
        ("FlowIntervalStartTime_t", Cell::Time(hour)),
        ("FlowIntervalEndTime_t", Cell::Time(hour + HOUR)),
        ("FlowDirection_s", direction.into()),
        ("FlowStatus_s", if e.allowed { "A" } else { "D" }.into()),
        ("L4Protocol_s", "T".into()),
        ("L7Protocol_s", e.protocol.into()),
        ("DestPort_d", real(e.port)),
        ("NSGList_s", (&group).into()),
        ("NIC_s", (&name).into()),
        ("Subnet_s", (&subnet).into()),
        ("VM_s", (&machine).into()),
        ("Region_s", region(e.host).into()),
        ("Subscription_g", SUBSCRIPTION.into()),
        ("AllowedInFlows_d", count(e.allowed && e.inbound)),
        ("DeniedInFlows_d", count(!e.allowed && e.inbound)),
        ("AllowedOutFlows_d", count(e.allowed && !e.inbound)),
        ("DeniedOutFlows_d", count(!e.allowed && !e.inbound)),
        ("OutboundBytes_d", real(e.sent)),
        ("InboundBytes_d", real(e.received)),
        ("OutboundPackets_d", real(packets(e.sent))),
        ("InboundPackets_d", real(packets(e.received))),
    ];
    if e.public {
        cells.push(("VMIP_s", (&e.host.address).into()));
        cells.push((if e.inbound { "SrcPublicIPs_s" } else { "DestPublicIPs_s" }, (&list).into()));
        cells.push(("PublicIPs_s", (&list).into()));
    } else {
        let (source, target) = if e.inbound { (&e.other, &e.host.address) } else { (&e.host.address, &e.other) };
        cells.extend([("SrcIP_s", Cell::from(source)), ("DestIP_s", target.into())]);
    }
    table.row(&cells)
}
