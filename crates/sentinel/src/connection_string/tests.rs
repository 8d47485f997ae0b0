#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::Source;

const WORKSPACE: &str = "8ecf8077-cf51-4820-aadd-14040956f35d";
const TENANT: &str = "22222222-2222-4000-8000-000000000001";

fn workspace(text: &str) -> WorkspaceSettings {
    match parse(text, &Settings::default()) {
        Ok(Connection::Workspace(workspace)) => *workspace,
        other => panic!("{text}: {other:?}"),
    }
}

fn plain(setting: &Option<Setting>) -> String {
    match &setting.as_ref().unwrap().source {
        Source::Plain(value) => value.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_documented_forms_are_read() {
    for text in [
        format!("loganalytics://code().tenant('{TENANT}').workspace('{WORKSPACE}').alias('my-ws')"),
        format!("loganalytics://code().tenant(\"{TENANT}\").workspace(\"{WORKSPACE}\").alias(\"my-ws\")"),
        format!("loganalytics://code;workspace='{WORKSPACE}';alias='my-ws';tenant='{TENANT}'"),
        format!("  LogAnalytics://code ; workspace = {WORKSPACE} ; alias=my-ws; tenant={TENANT};"),
        format!("loganalytics://code().tenant({TENANT}).workspace({WORKSPACE}).alias(my-ws)"),
    ] {
        let read = workspace(&text);
        assert_eq!(read.workspace_id, WORKSPACE, "{text}");
        assert_eq!(read.name, "my-ws", "{text}");
        assert_eq!(read.sign_in.tenant.as_deref(), Some(TENANT), "{text}");
        assert_eq!(read.sign_in.methods, [AuthMethod::DeviceCode], "{text}");
    }
}

#[test]
fn an_application_signs_in_with_its_secret() {
    for text in [
        format!(
            "loganalytics://tenant='{TENANT}';clientid='app';clientsecret=h'p;a)s.s\"';workspace='{WORKSPACE}';alias='a'"
        ),
        format!(
            "loganalytics://tenant('{TENANT}').workspace('{WORKSPACE}').client_id('app').client_secret('p;a)s.s\"')"
        ),
    ] {
        let read = workspace(&text);
        assert_eq!(read.sign_in.methods, [AuthMethod::ClientSecret]);
        assert_eq!(plain(&read.sign_in.client_id), "app");
        assert_eq!(plain(&read.sign_in.client_secret), "p;a)s.s\"");
        assert!(!format!("{read:?}").contains("p;a)"), "{read:?}");
    }
}

#[test]
fn without_a_method_the_configured_ones_count() {
    let mut settings = Settings::default();
    settings.sign_in.methods = vec![AuthMethod::Cli];
    let text = format!("loganalytics://workspace('{WORKSPACE}')");
    let Ok(Connection::Workspace(read)) = parse(&text, &settings) else { panic!() };
    assert_eq!(read.sign_in.methods, [AuthMethod::Cli]);
    assert_eq!(read.name, WORKSPACE);
}

#[test]
fn a_configured_workspace_gives_what_is_not_said() {
    let mut configured =
        workspace(&format!("loganalytics://code().tenant('{TENANT}').workspace('{WORKSPACE}').alias('Soc')"));
    configured.resource_group = Some("group".to_owned());
    let settings = Settings { workspaces: vec![configured], ..Settings::default() };
    for text in
        [format!("loganalytics://cli().workspace('{WORKSPACE}')"), "loganalytics://cli().workspace('soc')".to_owned()]
    {
        let Ok(Connection::Workspace(read)) = parse(&text, &settings) else { panic!() };
        assert_eq!(read.name, "Soc");
        assert_eq!(read.workspace_id, WORKSPACE);
        assert_eq!(read.resource_group.as_deref(), Some("group"));
        assert_eq!(read.sign_in.tenant.as_deref(), Some(TENANT));
        assert_eq!(read.sign_in.methods, [AuthMethod::Cli]);
    }
}

#[test]
fn clusters_too() {
    for text in [
        "kusto://code().cluster('help').database('Samples')",
        "AzureDataExplorer://code;cluster='https://help.kusto.windows.net';database='Samples'",
    ] {
        let Ok(Connection::Cluster(read)) = parse(text, &Settings::default()) else { panic!("{text}") };
        assert_eq!(read.cluster.as_str(), "https://help.kusto.windows.net/");
        assert_eq!(read.database.as_deref(), Some("Samples"));
        assert_eq!(read.name, "help");
    }
}

#[test]
fn mistakes_have_their_place_and_a_way_out() {
    for (text, said) in [
        ("help", "1:1: error: a connection string starts with loganalytics:// or kusto://"),
        ("ftp://x", "1:1: error: the scheme is neither loganalytics nor kusto"),
        ("loganalytics://code()", "1:1: error: there is no workspace"),
        ("loganalytics://code().workspace()", "1:23: error: workspace has no value"),
        ("loganalytics://code().workspace('x')", "1:23: error: the workspace is neither a GUID nor the name"),
        ("loganalytics://code().workspace('x", "1:33: error: the quote of a value is not closed"),
        ("loganalytics://code(.workspace('x')", "1:31: error: a value with `(` in it needs quotes"),
        ("loganalytics://code() workspace('x')", "1:23: error: a part ends here"),
        ("loganalytics://code()..workspace('x')", "1:23: error: the name of a part is expected here"),
        ("loganalytics://code();code()", "1:23: error: code is there twice"),
        (
            "loganalytics://code('x').workspace('8ecf8077-cf51-4820-aadd-14040956f35d')",
            "1:16: error: code takes no value",
        ),
        (
            "loganalytics://username='u';password='s3cret';workspace='8ecf8077-cf51-4820-aadd-14040956f35d'",
            "1:16: error: signing in with a user's password",
        ),
        (
            "loganalytics://anonymous;workspace='8ecf8077-cf51-4820-aadd-14040956f35d'",
            "1:16: error: a workspace cannot be asked anonymously",
        ),
        (
            "loganalytics://clientid='u';workspace='8ecf8077-cf51-4820-aadd-14040956f35d'",
            "1:1: error: there is a clientid without",
        ),
        (
            "loganalytics://code().tenant('a b').workspace('8ecf8077-cf51-4820-aadd-14040956f35d')",
            "1:23: error: the tenant is neither",
        ),
        (
            "loganalytics://code().magic('s3cret').workspace('8ecf8077-cf51-4820-aadd-14040956f35d')",
            "1:23: error: there is no part magic",
        ),
        ("kusto://code().database('x')", "1:1: error: there is no cluster"),
        (
            "kusto://code().cluster('http://evil.example')",
            "1:16: error: the cluster is neither a name nor an https:// URL",
        ),
    ] {
        let error = parse(text, &Settings::default()).unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with(&format!("connection string:{said}")), "{text}\n{shown}");
        assert!(error.fix.is_some(), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(loganalytics|kusto)://[a-z().;='\" éh]{0,60}") {
        let _ = parse(&text, &Settings::default());
    }

    #[test]
    fn a_quoted_value_is_taken_as_it_is(value in "[^'\\r\\n]{1,40}") {
        let text = format!("loganalytics://tenant('{TENANT}').workspace('{WORKSPACE}').clientid('a').clientsecret('{value}')");
        if !value.trim().is_empty() {
            proptest::prop_assert_eq!(plain(&workspace(&text).sign_in.client_secret), value.trim());
        }
    }
}
