//! RDAP answers about networks: RFC 9083, section 5.4; contacts are jCards, RFC 7095; `cidr0_cidrs` is the extension of the registries,
//! <https://bitbucket.org/nroecg/nro-rdap-cidr/>.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};
use serde_json::Value;

use super::record::Net;
use crate::failure::Failure;

/// More is no description any more.
const MAX_TEXT: usize = 4000;
const MAX_EMAILS: usize = 50;
const MAX_DEPTH: usize = 8;

/// The network of an answer.
pub(crate) fn net(body: &Value) -> Result<Net, Failure> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (start, end) = (text("startAddress"), text("endAddress"));
    if start.is_empty() && text("handle").is_empty() {
        return Err(Failure::Shape("it is no RDAP answer about a network".to_owned()));
    }
    let mut contacts = Contacts::default();
    contacts.read(body.get("entities"), 0);
    let remarks = strings(body.pointer("/remarks"));
    Ok(Net {
        cidr: cidrs(body, start, end),
        name: cut(text("name")),
        handle: cut(text("handle")),
        range: if start.is_empty() { String::new() } else { format!("{} - {}", cut(start), cut(end)) },
        description: cut(if remarks.is_empty() { &contacts.name } else { &remarks }),
        country: cut(if text("country").is_empty() { &contacts.country } else { text("country") }),
        address: cut(&contacts.address),
        emails: contacts.emails,
        created: event(body, "registration"),
        updated: event(body, "last changed"),
    })
}

/// Where the answer says that the network around this one is.
pub(crate) fn parent(body: &Value) -> Option<&str> {
    let links = body.get("links")?.as_array()?;
    let up = links.iter().find(|link| link.get("rel").and_then(Value::as_str) == Some("up"))?;
    up.get("href")?.as_str()
}

fn event(body: &Value, action: &str) -> String {
    let events = body.get("events").and_then(Value::as_array).into_iter().flatten();
    let mut dates = events
        .filter(|e| e.get("eventAction").and_then(Value::as_str).is_some_and(|a| a.eq_ignore_ascii_case(action)))
        .filter_map(|e| e.get("eventDate").and_then(Value::as_str));
    cut(dates.next().unwrap_or_default())
}

/// As the registry lists them, or worked out from first and last address.
fn cidrs(body: &Value, start: &str, end: &str) -> String {
    let listed = body.get("cidr0_cidrs").and_then(Value::as_array).into_iter().flatten();
    let listed: Vec<String> = listed
        .filter_map(|cidr| {
            let prefix = cidr.get("v4prefix").or_else(|| cidr.get("v6prefix"))?.as_str()?;
            let length = cidr.get("length")?.as_u64()?;
            format!("{prefix}/{length}").parse::<IpNet>().ok().map(|net| net.to_string())
        })
        .collect();
    if !listed.is_empty() {
        return listed.join(", ");
    }
    // APNIC writes "1.0.0.0"; some write "2001:0200::/23" into both.
    let bare = |text: &str| text.split('/').next().unwrap_or_default().trim().parse::<IpAddr>().ok();
    let nets: Vec<String> = match (bare(start), bare(end)) {
        (Some(IpAddr::V4(a)), Some(IpAddr::V4(b))) if a <= b => subnets_v4(a, b),
        (Some(IpAddr::V6(a)), Some(IpAddr::V6(b))) if a <= b => subnets_v6(a, b),
        _ => Vec::new(),
    };
    nets.join(", ")
}

fn subnets_v4(a: Ipv4Addr, b: Ipv4Addr) -> Vec<String> {
    Ipv4Subnets::new(a, b, 0).map(|net| net.to_string()).collect()
}

fn subnets_v6(a: Ipv6Addr, b: Ipv6Addr) -> Vec<String> {
    // A range can need 250 of them.
    Ipv6Subnets::new(a, b, 0).take(64).map(|net| net.to_string()).collect()
}

/// `description` of each remark, in lines.
fn strings(remarks: Option<&Value>) -> String {
    let remarks = remarks.and_then(Value::as_array).into_iter().flatten();
    let lines = remarks.filter_map(|r| r.get("description")).flat_map(|d| match d {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        Value::String(line) => vec![line.as_str()],
        _ => Vec::new(),
    });
    lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What the contacts say, the registrant first.
#[derive(Default)]
struct Contacts {
    name: String,
    address: String,
    country: String,
    emails: Vec<String>,
    of_registrant: bool,
}

impl Contacts {
    fn read(&mut self, entities: Option<&Value>, depth: usize) {
        for entity in entities.and_then(Value::as_array).into_iter().flatten() {
            let roles = entity.get("roles").and_then(Value::as_array).into_iter().flatten();
            let registrant = depth == 0 && roles.filter_map(Value::as_str).any(|role| role == "registrant");
            let card = entity.pointer("/vcardArray/1").and_then(Value::as_array).into_iter().flatten();
            let (mut name, mut address, mut country) = (String::new(), String::new(), String::new());
            for property in card {
                let value = property.get(3);
                match property.get(0).and_then(Value::as_str) {
                    Some("fn") => name = value.and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
                    Some("adr") => {
                        address = adr(property);
                        country = value.and_then(|v| v.get(6)).and_then(Value::as_str).unwrap_or_default().to_owned();
                    }
                    Some("email") => {
                        let email = cut(value.and_then(Value::as_str).unwrap_or_default());
                        if !email.is_empty() && !self.emails.contains(&email) && self.emails.len() < MAX_EMAILS {
                            self.emails.push(email);
                        }
                    }
                    _ => {}
                }
            }
            if (registrant && !self.of_registrant) || self.name.is_empty() {
                self.name = name;
            }
            if !address.is_empty() && ((registrant && !self.of_registrant) || self.address.is_empty()) {
                self.address = address;
                self.country = country;
            }
            self.of_registrant |= registrant;
            if depth < MAX_DEPTH {
                self.read(entity.get("entities"), depth + 1);
            }
        }
    }
}

/// An address as its label, or as its parts in lines.
fn adr(property: &Value) -> String {
    if let Some(label) = property.pointer("/1/label").and_then(Value::as_str) {
        let lines = label.lines().map(str::trim).filter(|line| !line.is_empty());
        return lines.collect::<Vec<_>>().join("\n");
    }
    let parts = property.get(3).and_then(Value::as_array).into_iter().flatten();
    let lines = parts.flat_map(|part| match part {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        Value::String(line) => vec![line.as_str()],
        _ => Vec::new(),
    });
    lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn cut(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/api/rdap_arin_ip.json");
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    #[test]
    fn the_answer_of_arin() {
        assert_eq!(
            net(&sample()).unwrap(),
            Net {
                cidr: "13.64.0.0/11, 13.96.0.0/13, 13.104.0.0/14".into(),
                name: "MSFT".into(),
                handle: "NET-13-64-0-0-1".into(),
                range: "13.64.0.0 - 13.107.255.255".into(),
                description: "Microsoft Corporation".into(),
                country: String::new(),
                address: "One Microsoft Way\nRedmond\nWA\n98052\nUnited States".into(),
                emails: vec![
                    "IOC@microsoft.com".into(),
                    "abuse@microsoft.com".into(),
                    "iphostmaster@microsoft.com".into()
                ],
                created: "2015-03-26T13:58:18-04:00".into(),
                updated: "2021-12-14T20:28:53-05:00".into(),
            }
        );
        assert_eq!(parent(&sample()), None);
    }

    #[test]
    fn what_registries_leave_out() {
        let net = |body: Value| net(&body).unwrap();
        let only = net(json!({"startAddress": "193.0.0.0", "endAddress": "193.0.7.255", "cidr0_cidrs": []}));
        assert_eq!(only.cidr, "193.0.0.0/21");
        assert_eq!(
            net(json!({"startAddress": "10.0.0.3", "endAddress": "10.0.0.8"})).cidr,
            "10.0.0.3/32, 10.0.0.4/30, 10.0.0.8/32"
        );
        assert_eq!(
            net(json!({"startAddress": "2001:200::/23", "endAddress": "2001:3ff:ffff::"})).range,
            "2001:200::/23 - 2001:3ff:ffff::"
        );
        assert_eq!(net(json!({"handle": "X", "startAddress": "::2", "endAddress": "::1"})).cidr, "");
        assert_eq!(net(json!({"handle": "X", "country": "IE", "remarks": [{"description": "one"}, {"description": ["two", " "]}]})).description, "one\ntwo");
        let parts = json!({"handle": "X", "entities": [
            {"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "Desk"], ["email", {}, "text", "a@b.c"]]]},
            {"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Owner"], ["adr", {}, "text", ["", "", ["1 Road", "Flat 2"], "Cork", "", "", "Ireland"]]]]},
        ]});
        let parts = net(parts);
        assert_eq!((parts.description.as_str(), parts.address.as_str()), ("Owner", "1 Road\nFlat 2\nCork\nIreland"));
        assert_eq!((parts.country.as_str(), parts.emails), ("Ireland", vec!["a@b.c".to_owned()]));
        assert!(super::net(&json!({"errorCode": 404, "title": "no"})).is_err());
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            Just(json!("registrant")),
            Just(json!("255.255.255.255")),
            Just(json!("adr")),
        ];
        let field = prop_oneof![
            Just("startAddress"),
            Just("endAddress"),
            Just("entities"),
            Just("vcardArray"),
            Just("roles"),
            Just("remarks"),
            Just("description"),
            Just("events"),
            Just("cidr0_cidrs"),
            Just("links"),
            Just("handle"),
        ];
        leaf.prop_recursive(6, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((field.clone().prop_map(str::to_owned), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(body in json_value()) {
            let _ = net(&body);
            let _ = parent(&body);
        }
    }
}
