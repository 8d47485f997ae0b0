//! Syslog: sshd, sudo, cron and systemd of the Linux hosts.

use super::clock::{MINUTE, SECOND, rhythm};
use super::rng::Rng;
use super::timeline::{Plan, Timed};
use super::world::{Host, PLACES, Role};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// One message.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// From where.
    pub host: &'a Host,
    /// `auth`, `authpriv`, `cron`, `daemon`.
    pub facility: &'static str,
    /// `info`, `notice`, …
    pub severity: &'static str,
    /// The program.
    pub program: &'static str,
    /// Its process id.
    pub pid: i64,
    /// The text.
    pub text: String,
}

/// The messages of a try to log on with ssh.
pub fn ssh<'a>(
    rng: &mut Rng,
    time: i64,
    host: &'a Host,
    user: &str,
    from: &str,
    method: Option<&str>,
) -> Vec<Timed<Message<'a>>> {
    let (pid, port) = (rng.between(900, 32000), rng.between(30000, 65000));
    let message = |facility, program, text| Message { host, facility, severity: "info", program, pid, text };
    let Some(method) = method else {
        let failed = format!("Failed password for {user} from {from} port {port} ssh2");
        return vec![(time, message("auth", "sshd", failed))];
    };
    let key = if method == "publickey" { ": ED25519 SHA256:2f1rB7Zy3uPp0oQxq7C2m8S5V1yqk6dJtH4xw9nLrEs" } else { "" };
    let accepted = format!("Accepted {method} for {user} from {from} port {port} ssh2{key}");
    let opened =
        format!("pam_unix(sshd:session): session opened for user {user}(uid={}) by (uid=0)", 1000 + user.len() * 7);
    let closed = format!("pam_unix(sshd:session): session closed for user {user}");
    vec![
        (time, message("auth", "sshd", accepted)),
        (time + 50_000, message("authpriv", "sshd", opened)),
        (time + rng.between(2, 50) * MINUTE, message("authpriv", "sshd", closed)),
    ]
}

/// The messages of a command run with sudo.
pub fn sudo<'a>(time: i64, host: &'a Host, user: &str, command: &str, allowed: bool) -> Vec<Timed<Message<'a>>> {
    let message = |facility, severity, text| Message { host, facility, severity, program: "sudo", pid: 0, text };
    let denied = if allowed { "" } else { "user NOT in sudoers ; " };
    let text = format!("{user:>8} : {denied}TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}");
    let mut events = vec![(time, message("authpriv", if allowed { "notice" } else { "alert" }, text))];
    if allowed {
        let opened = format!(
            "pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={})",
            1000 + user.len() * 7
        );
        events.push((time + 4_000, message("authpriv", "info", opened)));
    }
    events
}

const COMMANDS: [&str; 7] = [
    "/usr/bin/apt-get update",
    "/usr/bin/systemctl restart nginx",
    "/usr/bin/journalctl -u api",
    "/usr/bin/docker ps",
    "/usr/bin/tail -f /var/log/syslog",
    "/usr/bin/vim /etc/nginx/nginx.conf",
    "/usr/bin/systemctl status postgresql",
];

fn draw<'a>(plan: &Plan<'a>, rng: &mut Rng, time: i64) -> Vec<Timed<Message<'a>>> {
    let world = plan.world;
    let host = &world.hosts[*rng.pick(&world.linux)];
    let pid = rng.between(900, 32000);
    let message =
        |facility, program, text| vec![(time, Message { host, facility, severity: "info", program, pid, text })];
    match rng.below(100) {
        0..=5 => {
            let mut events =
                message("cron", "CRON", "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)".to_owned());
            events.extend(message(
                "authpriv",
                "CRON",
                "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)".to_owned(),
            ));
            events.extend(message(
                "authpriv",
                "CRON",
                "pam_unix(cron:session): session closed for user root".to_owned(),
            ));
            events
        }
        6..=8 => message(
            "daemon",
            "systemd",
            format!(
                "Started {}.",
                rng.pick(&[
                    "Daily apt download activities",
                    "Session 42 of user root",
                    "Rotate log files",
                    "Cleanup of Temporary Directories"
                ])
            ),
        ),
        9..=10 => {
            let from = world.host("build01").address.clone();
            let user = *rng.pick(&["svc-deploy", "svc-backup"]);
            ssh(rng, time, host, user, &from, Some("publickey"))
        }
        // The internet tries the hosts that it can reach.
        11..=12 => {
            let target = {
                let name = *rng.pick(&["jump01", "web01", "web02", "proxy01"]);
                world.host(name)
            };
            let user = *rng.pick(&["root", "admin", "test", "oracle", "ubuntu", "git"]);
            let from =
                format!("{}.{}", rng.pick(&["92.255.85", "193.32.162", "113.160.1", "41.58.1"]), rng.between(1, 60));
            let invalid = if user == "root" { user.to_owned() } else { format!("invalid user {user}") };
            let count = rng.between(1, 4);
            (0..count).flat_map(|i| ssh(rng, time + i * 4 * SECOND, target, &invalid, &from, None)).collect()
        }
        _ => {
            let person = world.someone(rng);
            if person.role == Role::Staff || rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
                return Vec::new();
            }
            let own = world.hosts[person.workstation].address.clone();
            if rng.chance(400) {
                let command = rng.pick(&COMMANDS);
                return sudo(time, host, &person.login, command, true);
            }
            let host = if rng.chance(500) { world.host("jump01") } else { host };
            let method = if rng.chance(800) { "publickey" } else { "password" };
            let mut events = ssh(rng, time, host, &person.login, &own, Some(method));
            if method == "password" && rng.chance(80) {
                events.extend(ssh(rng, time - 7 * SECOND, host, &person.login, &own, None));
            }
            events
        }
    }
}

/// Writes Syslog.
pub fn write(plan: &Plan<'_>, wanted: u64, story: &[Timed<Message<'_>>], table: &mut TableWriter) -> Result<(), Error> {
    plan.run("syslog", wanted, story, |rng, time| draw(plan, rng, time), |_, time, e| row(time, e, table))
}

fn row(time: i64, e: &Message<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let mut cells: Vec<(&str, Cell<'_>)> = vec![
        ("TimeGenerated", Cell::Time(time)),
        ("EventTime", Cell::Time(time / SECOND * SECOND)),
        ("SourceSystem", "Linux".into()),
        ("Computer", (&e.host.name).into()),
        ("HostName", (&e.host.name).into()),
        ("HostIP", (&e.host.address).into()),
        ("Facility", e.facility.into()),
        ("SeverityLevel", e.severity.into()),
        ("ProcessName", e.program.into()),
        ("SyslogMessage", (&e.text).into()),
        ("MG", "00000000-0000-0000-0000-000000000002".into()),
        ("_ResourceId", (&e.host.resource).into()),
    ];
    if e.pid != 0 {
        cells.push(("ProcessID", Cell::Number(e.pid)));
    }
    table.row(&cells)
}
