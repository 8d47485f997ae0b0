//! VMComputer and DeviceNetworkInfo: what the agents report of the machines and their network adapters, once a day.

use super::clock::{DAY, END, HOUR, SECOND, START};
use super::timeline::Plan;
use super::world::{Host, Kind, SUBSCRIPTION};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// Each machine of the list on each day, ordered by time.
fn daily<'a>(
    hosts: impl Iterator<Item = &'a Host> + Clone,
    from: i64,
    mut row: impl FnMut(i64, &Host) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut day = from;
    while day < END {
        for (i, host) in (0i64..).zip(hosts.clone()) {
            row(day + i * 11 * SECOND, host)?;
        }
        day += DAY;
    }
    Ok(())
}

/// The address of the router in the network of a machine.
fn gateway(address: &str) -> String {
    address.rsplit_once('.').map_or_else(String::new, |(network, _)| format!("{network}.1"))
}

fn mac(host: &Host, separator: &str) -> String {
    let digits: Vec<char> = host.agent.chars().filter(char::is_ascii_hexdigit).take(6).collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect::<String>().to_uppercase()).collect();
    format!("00{separator}15{separator}5D{separator}{}", pairs.join(separator))
}

/// Writes VMComputer: the Azure machines.
pub fn computers(plan: &Plan<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let machines = plan.world.hosts.iter().filter(|h| !h.resource.is_empty());
    daily(machines, START + 3 * HOUR, |time, host| {
        let linux = host.kind == Kind::Linux;
        let machine = format!("m-{}", host.agent);
        let addresses = format!("[\"{}\"]", host.address);
        let gateways = format!("[\"{}\"]", gateway(&host.address));
        let names = format!("[\"{}\"]", host.fqdn);
        let adapters = format!("[\"{}\"]", mac(host, ":"));
        let (location, group) =
            (["westus2", "northeurope", "southeastasia"][host.site.min(2)], if linux { "rg-web" } else { "rg-core" });
        table.row(&[
            ("TimeGenerated", Cell::Time(time)),
            ("SourceSystem", "Insights".into()),
            ("Computer", (&host.fqdn).into()),
            ("AgentId", (&host.agent).into()),
            ("Machine", (&machine).into()),
            ("DisplayName", (&host.fqdn).into()),
            ("FullDisplayName", (&host.fqdn).into()),
            ("HostName", (&host.name).into()),
            ("BootTime", Cell::Time(START - 9 * DAY)),
            ("TimeZone", "+0:00".into()),
            ("VirtualizationState", "virtual".into()),
            ("Ipv4Addresses", (&addresses).into()),
            ("Ipv4SubnetMasks", r#"["255.255.255.0"]"#.into()),
            ("Ipv4DefaultGateways", (&gateways).into()),
            ("MacAddresses", (&adapters).into()),
            ("DnsNames", (&names).into()),
            ("DependencyAgentVersion", "9.10.18.6420".into()),
            ("OperatingSystemFamily", if linux { "linux" } else { "windows" }.into()),
            (
                "OperatingSystemFullName",
                if linux {
                    "Linux 6.5.0-1021-azure, Ubuntu 22.04.4 LTS"
                } else {
                    "Microsoft Windows Server 2022 Datacenter Azure Edition"
                }
                .into(),
            ),
            ("PhysicalMemoryMB", Cell::Number(if linux { 8_192 } else { 16_384 })),
            ("Cpus", Cell::Number(if linux { 2 } else { 4 })),
            ("CpuSpeed", Cell::Number(2_793)),
            ("VirtualMachineType", "hyperv".into()),
            ("HostingProvider", "azure".into()),
            ("AzureSubscriptionId", SUBSCRIPTION.into()),
            ("AzureResourceGroup", group.into()),
            ("AzureResourceName", (&host.name).into()),
            ("AzureLocation", location.into()),
            ("AzureVmId", (&host.vm).into()),
            ("AzureSize", if linux { "Standard_D2s_v5" } else { "Standard_D4s_v5" }.into()),
            ("_ResourceId", (&host.resource).into()),
        ])
    })
}

/// Writes DeviceNetworkInfo: the Windows machines, which have Defender for Endpoint.
pub fn adapters(plan: &Plan<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let machines = plan.world.hosts.iter().filter(|h| h.kind != Kind::Linux);
    let mut report = 1;
    daily(machines, START + 5 * HOUR, |time, host| {
        report += 1;
        let addresses = format!(r#"[{{"IPAddress":"{}","SubnetPrefix":24,"AddressType":"Private"}}]"#, host.address);
        let router = gateway(&host.address);
        let (gateways, id, name, adapter) =
            (format!("[\"{router}\"]"), device_id(host), host.fqdn.to_lowercase(), mac(host, "-"));
        let names = format!(r#"["10.{}.10.53"]"#, 10 + host.site * 10);
        table.row(&[
            ("TimeGenerated", Cell::Time(time)),
            ("SourceSystem", "OpsManager".into()),
            ("DeviceId", (&id).into()),
            ("DeviceName", (&name).into()),
            ("ReportId", Cell::Number(report)),
            ("NetworkAdapterName", "{5E35CC1B-2A70-4B3B-9D3C-7C6F42C9E7A1}".into()),
            ("NetworkAdapterType", "Ethernet".into()),
            ("NetworkAdapterStatus", "Up".into()),
            ("TunnelType", "None".into()),
            ("MacAddress", (&adapter).into()),
            ("IPAddresses", (&addresses).into()),
            ("DefaultGateways", (&gateways).into()),
            ("DnsAddresses", (&names).into()),
            ("IPv4Dhcp", (&router).into()),
            (
                "ConnectedNetworks",
                r#"[{"Name":"contoso.com","Description":"contoso.com","IsConnectedToInternet":true,"Category":"Domain"}]"#
                    .into(),
            ),
            ("MachineGroup", if host.kind == Kind::Server { "Servers" } else { "Workstations" }.into()),
        ])
    })
}

/// The 40 digits by which Defender for Endpoint knows a machine.
pub fn device_id(host: &Host) -> String {
    let digits: String = host.agent.chars().chain(host.vm.chars()).filter(char::is_ascii_hexdigit).collect();
    digits[..40].to_owned()
}
