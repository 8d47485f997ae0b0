//! Team Cymru's bulk WhoIs: <https://www.team-cymru.com/ip-asn-mapping>. One connection for a whole column.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::record::Origin;
use crate::failure::Failure;

/// Addresses in one request.
const BULK: usize = 10_000;
/// A line has some 100 bytes.
const MAX_LINE: usize = 512;

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Cymru {
    /// `whois.cymru.com:43`
    pub(crate) server: String,
    /// For one request.
    pub(crate) timeout: Duration,
}

impl Cymru {
    /// Who routes the addresses; those that nobody routes are not in the map.
    pub(crate) async fn lookup(&self, addresses: &[IpAddr]) -> Result<HashMap<IpAddr, Origin>, Failure> {
        let mut origins = HashMap::new();
        for bulk in addresses.chunks(BULK) {
            let answer = tokio::time::timeout(self.timeout, self.ask(bulk));
            let text = answer.await.unwrap_or(Err(Failure::Timeout(self.timeout)))?;
            parse(&text, &mut origins)?;
        }
        Ok(origins)
    }

    async fn ask(&self, addresses: &[IpAddr]) -> Result<String, Failure> {
        let unreachable = |e: std::io::Error| Failure::Connect(format!("{}: {e}", self.server));
        let mut request = "begin\nverbose\n".to_owned();
        for address in addresses {
            request.push_str(&address.to_string());
            request.push('\n');
        }
        request.push_str("end\n");
        let (mut read, mut write) = TcpStream::connect(&self.server).await.map_err(unreachable)?.into_split();
        // It answers while it reads: to write all first could block both sides.
        let send = async {
            write.write_all(request.as_bytes()).await?;
            write.flush().await
        };
        let most = MAX_LINE * (addresses.len() * 4 + 16);
        let mut answer = Vec::new();
        let receive = async { (&mut read).take(most as u64).read_to_end(&mut answer).await };
        let (sent, received) = tokio::join!(send, receive);
        // A server that has all it needs may close before it has read our last line.
        received.map_err(unreachable)?;
        if answer.is_empty() {
            sent.map_err(unreachable)?;
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// Lines `AS | IP | BGP prefix | CC | registry | allocated | name`; `NA` for what is not known. A network that several systems announce has a line for each.
fn parse(text: &str, origins: &mut HashMap<IpAddr, Origin>) -> Result<(), Failure> {
    let mut lines = 0;
    for line in text.lines() {
        let fields: Vec<&str> = line.splitn(7, '|').map(str::trim).collect();
        let &[asn, address, cidr, country_code, registry, date, description] = fields.as_slice() else { continue };
        let Ok(address) = address.parse::<IpAddr>() else { continue };
        lines += 1;
        if asn.is_empty() || !asn.bytes().all(|b| b.is_ascii_digit() || b == b' ') {
            continue;
        }
        let known = |text: &str| if text == "NA" { String::new() } else { text.to_owned() };
        let origin = origins.entry(address.to_canonical()).or_default();
        if origin.asn.is_empty() {
            *origin = Origin {
                asn: asn.to_owned(),
                description: known(description),
                cidr: known(cidr),
                country_code: known(country_code),
                registry: known(registry),
                date: known(date),
            };
        } else if !origin.asn.split(' ').any(|one| one == asn) {
            origin.asn = format!("{} {asn}", origin.asn);
            origin.description = format!("{}; {}", origin.description, known(description));
        }
    }
    if lines == 0 {
        let said = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("Bulk mode"));
        return Err(Failure::Shape(said.map_or("it is empty".to_owned(), |line| line.chars().take(200).collect())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_lines_of_the_service() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/api/whois_cymru_asn.json");
        let sample: HashMap<String, String> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut origins = HashMap::new();
        let text = format!(
            "Bulk mode; whois.cymru.com [2026-11-25 10:00:00 +0000]\n{}{}NA | 203.127.19.6 | NA | SG | apnic | | NA\n\
             1111 | 2001:db8::1 | 2001:db8::/32 | IE | ripencc | 2000-01-01 | A | B, IE\n\
             2222 | 2001:db8::1 | 2001:db8::/32 | IE | ripencc | 2000-01-01 | C\nError: no ASN or IP match on line 9.\n",
            sample["asn_response_1"], sample["asn_response_2"]
        );
        parse(&text, &mut origins).unwrap();
        assert_eq!(origins.len(), 3);
        assert_eq!(
            origins[&"13.107.4.50".parse::<IpAddr>().unwrap()],
            Origin {
                asn: "8068".into(),
                description: "MICROSOFT-CORP-MSN-AS-BLOCK, US".into(),
                cidr: "13.107.4.0/24".into(),
                country_code: "US".into(),
                registry: "arin".into(),
                date: "2015-03-26".into(),
            }
        );
        let both = &origins[&"2001:db8::1".parse::<IpAddr>().unwrap()];
        assert_eq!((both.asn.as_str(), both.description.as_str()), ("1111 2222", "A | B, IE; C"));
    }

    #[test]
    fn an_answer_without_a_line_is_a_failure() {
        let parsed = |text: &str| parse(text, &mut HashMap::new()).unwrap_err().to_string();
        assert_eq!(parsed(""), "unexpected answer: it is empty");
        assert_eq!(parsed("Bulk mode; x\nLimit exceeded\n"), "unexpected answer: Limit exceeded");
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(text in "[0-9|. \nA-Za-z:]{0,300}") {
            let _ = parse(&text, &mut HashMap::new());
        }
    }
}
