//! The demo workspace tells its story.

use enrich::CountryDb;
use local::Workspace;
use local::demo::{Options, generate};

use crate::{project, query, rows};

fn demo() -> Workspace {
    Workspace::open(project().join("data/demo")).unwrap()
}

#[test]
fn the_data_in_the_repository_is_what_the_generator_makes() {
    let dir = tempfile::tempdir().unwrap();
    let made = generate(dir.path(), &Options::default()).unwrap();
    let (made_now, there) = (Workspace::open(dir.path()).unwrap(), demo());
    assert_eq!(made.len(), there.table_infos().len());
    for (table, count) in made {
        assert_eq!(there.table_info(table).unwrap().rows, Some(count), "{table}");
        let (a, b) = (query(&made_now, table), query(&there, table));
        assert!(
            a.frame.equals_missing(&b.frame),
            "{table}: make data/demo again with `entity-explorer demo generate data/demo`"
        );
    }
}

#[test]
fn it_is_small_and_ordered_and_typed() {
    let there = demo();
    let infos = there.table_infos();
    let (rows, bytes) = infos.iter().fold((0, 0), |(r, b), i| (r + i.rows.unwrap(), b + i.bytes));
    assert!((50_000..70_000).contains(&rows), "{rows}");
    assert!(bytes < 6_000_000, "{bytes}");
    for info in &infos {
        assert_eq!(info.note, None, "{}", info.name);
        let known: Vec<_> = local::Schema::known().columns(&info.name).map(|(n, t)| (n.to_owned(), t)).collect();
        let mut columns = info.columns.clone();
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(columns, known, "{}", info.name);
        let times = query(&there, &format!("{} | project TimeGenerated", info.name));
        let times = times.frame.columns()[0].i64().unwrap().into_no_null_iter().collect::<Vec<_>>();
        assert!(info.name == "Heartbeat" || times.is_sorted(), "{}", info.name);
    }
}

#[test]
fn the_built_in_copy_is_unpacked() {
    let workspace = Workspace::open(local::demo_path().unwrap()).unwrap();
    assert_eq!(workspace.now(), demo().now());
}

#[test]
fn more_rows_are_more_of_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let made = generate(dir.path(), &Options { rows: 150_000, seed: 2, ..Options::default() }).unwrap();
    let total: u64 = made.iter().map(|m| m.1).sum();
    assert!((120_000..180_000).contains(&total), "{total}");
    let workspace = Workspace::open(dir.path()).unwrap();
    let counted = query(
        &workspace,
        "OfficeActivity | where Operation == 'New-InboxRule' and UserId == 'alice@contoso.com' | count",
    );
    assert_ne!(rows(&counted), ["[0]"]);
}

#[test]
fn single_tables_of_a_larger_company() {
    let tables = vec![("SecurityEvent".to_owned(), 600_000), ("SigninLogs".to_owned(), 250_000)];
    let options = Options { tables: tables.clone(), ..Options::default() };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = generate(one.path(), &options).unwrap();
    assert_eq!(made, generate(two.path(), &options).unwrap());
    for ((name, wanted), (made, rows)) in tables.iter().zip(&made) {
        assert_eq!(name, made);
        assert!(rows.abs_diff(*wanted) < wanted / 50, "{name}: {rows}");
        let file = |dir: &tempfile::TempDir| std::fs::read(dir.path().join(format!("{name}.parquet"))).unwrap();
        assert!(file(&one) == file(&two), "{name} is not the same when it is made again");
    }
    let workspace = Workspace::open(one.path()).unwrap();
    assert_eq!(workspace.table_infos().len(), 2);
    // A few make most of the noise, and everyone is there.
    let users = query(
        &workspace,
        "SigninLogs | summarize n = count() by UserPrincipalName | summarize dcount(UserPrincipalName), max(n), percentile(n, 50)",
    );
    let (count, max, median): (i64, i64, i64) = serde_json::from_str(&rows(&users)[0]).unwrap();
    assert!(count > 400 && max > 4 * median, "{count} {max} {median}");
    let times = query(&workspace, "SecurityEvent | project TimeGenerated");
    assert!(times.frame.columns()[0].i64().unwrap().into_no_null_iter().is_sorted());
}

#[test]
fn a_table_of_several_files_has_the_same_rows() {
    let tables = vec![("SigninLogs".to_owned(), 5_000)];
    let options = Options { tables, ..Options::default() };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = generate(one.path(), &options).unwrap();
    assert_eq!(made, generate(two.path(), &Options { rows_per_file: Some(1_000), ..options }).unwrap());
    let (single, parts) = (Workspace::open(one.path()).unwrap(), Workspace::open(two.path()).unwrap());
    let files = parts.table_info("SigninLogs").unwrap().files.len() as u64;
    assert_eq!(files, made[0].1.div_ceil(1_000));
    let (a, b) = (query(&single, "SigninLogs"), query(&parts, "SigninLogs"));
    assert!(a.frame.equals_missing(&b.frame));
}

#[test]
fn a_table_that_cannot_be_made_is_named() {
    let options = Options { tables: vec![("Sysmon".to_owned(), 1)], ..Options::default() };
    let error = generate(std::path::Path::new("/nonexistent"), &options).unwrap_err().to_string();
    assert!(error.contains("Sysmon") && error.contains("SigninLogs"), "{error}");
}

#[test]
fn the_compromise_can_be_followed() {
    let w = demo();
    let count = |text: &str| -> i64 {
        rows(&query(&w, &format!("{text} | count")))[0].trim_matches(['[', ']']).parse().unwrap()
    };
    let recent = "where TimeGenerated > ago(2d)";
    let attacker = "45.155.205.33";
    // Several people are called alice.
    assert!(count("SigninLogs | where UserPrincipalName has 'alice' | distinct UserPrincipalName") >= 3);
    // A spray, then a sign-in from a country and with a user agent that were not there before.
    assert!(
        count(&format!("SigninLogs | {recent} | where IPAddress == '185.220.101.34' | distinct UserPrincipalName"))
            >= 30
    );
    let own = "where UserPrincipalName == 'alice@contoso.com'";
    assert!(
        count(&format!("SigninLogs | {recent} | {own} | where IPAddress == '{attacker}' and ResultType == '0'")) >= 1
    );
    assert_eq!(
        count(&format!(
            "SigninLogs | where TimeGenerated < ago(2d) | {own} | where Location == 'RU' or UserAgent has 'Firefox/115'"
        )),
        0
    );
    assert!(count(&format!("SigninLogs | where TimeGenerated < ago(2d) | {own} | where ResultType == '0'")) > 20);
    let user = "where UserId == 'alice@contoso.com'";
    assert_eq!(
        count(&format!(
            "OfficeActivity | {recent} | {user} | where Operation == 'New-InboxRule' and ClientIP startswith '{attacker}:'"
        )),
        1
    );
    assert!(
        count(&format!(
            "OfficeActivity | {recent} | {user} | where Operation == 'FileDownloaded' and ClientIP == '{attacker}'"
        )) > 100
    );
    let caller =
        "where Caller == 'alice@contoso.com' and OperationNameValue == 'Microsoft.Authorization/roleAssignments/write'";
    assert!(count(&format!("AzureActivity | {recent} | {caller} | where CallerIpAddress == '{attacker}'")) >= 1);
    let rdp =
        r"where EventID == 4624 and LogonType == 10 and Account == 'CONTOSO\\alice' and IpAddress == '10.10.60.77'";
    assert_eq!(count(&format!("SecurityEvent | {recent} | {rdp} | distinct Computer")), 2);
    let ssh = format!(
        "Syslog | {recent} | where ProcessName == 'sshd' and SyslogMessage has 'alice' and SyslogMessage has '{attacker}'"
    );
    assert_eq!(count(&format!("{ssh} | where SyslogMessage startswith 'Accepted password'")), 1);
    assert!(count(&format!("{ssh} | where SyslogMessage startswith 'Failed password'")) >= 3);
    assert!(count(&format!("SecurityAlert | {recent} | where Entities has 'alice' | distinct SystemAlertId")) >= 5);
    assert_eq!(count("HuntingBookmark | where QueryResultRow has 'alice@contoso.com'"), 2);
}

#[test]
fn the_countries_of_the_sign_ins_are_those_of_the_addresses() {
    let table = query(&demo(), "SigninLogs | distinct IPAddress, Location");
    let db = CountryDb::embedded().unwrap();
    for row in rows(&table) {
        let (address, location): (String, String) = serde_json::from_str(&row).unwrap();
        let country = db.lookup(address.parse().unwrap()).map(|c| c.code);
        assert_eq!(country, Some(location.as_str()), "{address}");
    }
}

#[test]
fn the_network_tells_the_same_story() {
    let w = demo();
    let count = |text: &str| -> i64 {
        rows(&query(&w, &format!("{text} | count")))[0].trim_matches(['[', ']']).parse().unwrap()
    };
    // The VPN gave the attacker the address from which the servers were used.
    let vpn = "CommonSecurityLog | where SourceIP == '45.155.205.33' and SourceTranslatedAddress == '10.10.60.77'";
    assert_eq!(count(&format!("{vpn} | where SourceUserName == 'alice@contoso.com'")), 1);
    let servers = "project Address = tostring(Ipv4Addresses[0]), HostName";
    let desktop = format!(
        "AzureNetworkAnalytics_CL | where SrcIP_s == '10.10.60.77' and DestPort_d == 3389 | join kind=inner (VMComputer | {servers} | distinct Address, HostName) on $left.DestIP_s == $right.Address"
    );
    assert_eq!(count(&format!("{desktop} | where HostName in ('SEA-SQL01', 'SEA-FS01') | distinct HostName")), 2);
    // What the file server sends goes to a name that is the attacker's address.
    assert!(count("DnsEvents | where IPAddresses == '45.155.205.33' and Name == 'files.contoso-share.example'") >= 1);
    let upload = "where RemoteIP == '45.155.205.33' and RemoteUrl == 'files.contoso-share.example'";
    assert_eq!(count(&format!("DeviceNetworkEvents | {upload} | where DeviceName == 'sea-fs01.contoso.com'")), 6);
    assert_eq!(count("CommonSecurityLog | where DestinationIP == '45.155.205.33' and SentBytes > 100000000"), 6);
    assert!(
        count("AzureNetworkAnalytics_CL | where PublicIPs_s startswith '45.155.205.33|' and OutboundBytes_d > 1e9")
            >= 1
    );
    // Indicators change: the latest state counts.
    let latest = "ThreatIntelIndicators | summarize arg_max(TimeGenerated, *) by Id";
    assert_eq!(
        count(&format!("{latest} | where ObservableValue == '45.155.205.33' and Confidence == 90 and IsActive")),
        1
    );
    assert_eq!(count(&format!("{latest} | where IsDeleted")), 1);
    assert_eq!(count(&format!("{latest} | where ValidUntil < ago(2d)")), 1);
}
