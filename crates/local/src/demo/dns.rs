//! DnsEvents: what the DNS servers of the offices were asked.

use super::clock::{SECOND, rhythm};
use super::internet::{ATTACKER_NAME, service_of};
use super::rng::Rng;
use super::story::{ATTACKER_ADDRESS, VPN_ADDRESS, at};
use super::timeline::{Plan, Timed};
use super::world::PLACES;
use super::writer::{Cell, TableWriter};
use crate::Error;

/// One question and its answer.
#[derive(Debug, Clone)]
struct Lookup {
    site: usize,
    client: String,
    name: String,
    /// Empty where there is no such name.
    answer: String,
}

fn draw(plan: &Plan<'_>, rng: &mut Rng, time: i64) -> Vec<Timed<Lookup>> {
    let person = plan.world.someone(rng);
    if rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
        return Vec::new();
    }
    let client = plan.world.hosts[person.workstation].address.clone();
    let (name, answer) = match rng.below(100) {
        0..=29 => {
            let host = &plan.world.hosts[*rng.pick(&plan.world.servers)];
            (host.fqdn.to_lowercase(), host.address.clone())
        }
        30..=34 => (format!("wpad.{}", rng.pick(&["contoso.com", "localdomain"])), String::new()),
        _ => {
            let service = service_of(rng);
            (service.name.to_owned(), service.address.to_owned())
        }
    };
    vec![(time, Lookup { site: person.site, client, name, answer })]
}

/// The attacker finds the servers by name, and the file server finds where it sends files to.
fn story(plan: &Plan<'_>) -> Vec<Timed<Lookup>> {
    let address = |host: &str| plan.world.host(host).address.clone();
    let ask = |client: &str, name: &str, answer: String| Lookup {
        site: 0,
        client: client.to_owned(),
        name: name.to_owned(),
        answer,
    };
    vec![
        (at(21, 12, 51), ask(VPN_ADDRESS, "sea-dc01.contoso.com", address("SEA-DC01"))),
        (at(21, 13, 44), ask(VPN_ADDRESS, "sea-sql01.contoso.com", address("SEA-SQL01"))),
        (at(21, 48, 20), ask(VPN_ADDRESS, "sea-fs01.contoso.com", address("SEA-FS01"))),
        (at(21, 56, 41), ask(&address("SEA-FS01"), ATTACKER_NAME, ATTACKER_ADDRESS.to_owned())),
        (at(22, 2, 12), ask(&address("SEA-FS01"), ATTACKER_NAME, ATTACKER_ADDRESS.to_owned())),
    ]
}

/// Writes DnsEvents.
pub fn write(plan: &Plan<'_>, wanted: u64, table: &mut TableWriter) -> Result<(), Error> {
    plan.run(
        "dns",
        wanted,
        &story(plan),
        |rng, time| draw(plan, rng, time),
        |_, time, lookup| {
            let server = format!("{}-DC01.contoso.com", PLACES[lookup.site].code);
            let found = !lookup.answer.is_empty();
            let mut cells: Vec<(&str, Cell<'_>)> = vec![
                ("TimeGenerated", Cell::Time(time - time.rem_euclid(SECOND / 1000))),
                ("SourceSystem", "OpsManager".into()),
                ("Computer", (&server).into()),
                ("SubType", "LookupQuery".into()),
                ("EventId", Cell::Number(257)),
                ("ClientIP", (&lookup.client).into()),
                ("Name", (&lookup.name).into()),
                ("QueryType", "A".into()),
                ("ResultCode", Cell::Number(if found { 0 } else { 3 })),
                ("Result", if found { "Success" } else { "Name Error" }.into()),
                ("TaskCategory", "LOOK_UP".into()),
            ];
            if found {
                cells.push(("IPAddresses", (&lookup.answer).into()));
            }
            table.row(&cells)
        },
    )
}
