//! What is said about configurations that are wrong.

use super::{config_with, problems};

const IDS: &str = "WorkspaceId: 11111111-1111-4000-8000-000000000001, TenantId: 22222222-2222-4000-8000-000000000001";

/// One problem: its text.
fn the_problem(text: &str) -> String {
    let all = problems(text, &[]);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

#[test]
fn malformed_yaml_has_a_line_and_a_column() {
    assert_eq!(
        the_problem("AzureSentinel:\n  Workspaces:\n    A: b: c\n"),
        "3:9 error: mapping values are not allowed in this context | a value with `: ` in it needs quotes, and each key a line of its own"
    );
    assert!(the_problem("a: [1,\n  b: 2\n").starts_with("1:4 error: unclosed bracket '[' | close the bracket"));
}

#[test]
fn a_file_that_is_no_mapping_is_said() {
    let said = the_problem("just text");
    assert!(said.starts_with("1:1 error: the file is text, and must be a mapping"), "{said}");
}

#[test]
fn unknown_keys_are_warned_about_with_the_nearest_ones() {
    let said = problems(
        &format!(
            "AzureSentinal:\n  Workspaces:\nTIProviders:\n  VT: {{Arg: {{AuthKey: x}}}}\nAzureSentinel:\n  Workspaces:\n    A: {{{IDS}, ResorceGroup: x}}\n"
        ),
        &[],
    );
    assert_eq!(
        said,
        [
            "1:1 warning: unknown key AzureSentinal at the top | did you mean `AzureSentinel`?",
            "4:8 warning: unknown key Arg in TIProviders.VT | did you mean `Args`?",
            "7:108 warning: unknown key ResorceGroup in AzureSentinel.Workspaces.A | did you mean `ResourceGroup`?",
        ]
    );
}

#[test]
fn two_of_one_name_are_both_refused() {
    let text = format!("AzureSentinel:\n  Workspaces:\n    Soc: {{{IDS}}}\n    soc: {{{IDS}}}\n    Other: {{{IDS}}}\n");
    let config = config_with(&text, &[]);
    assert_eq!(config.settings.workspaces.len(), 1);
    assert_eq!(
        the_problem(&text),
        "4:5 error: the name soc is there twice, first in line 3: neither is used | give them different names; upper and lower case do not count"
    );
    assert!(config.error_about("SOC").is_some());
    assert!(config.error_about("Other").is_none());
    // A cluster, too, may not have the name of a workspace.
    let text = format!(
        "AzureSentinel:\n  Workspaces:\n    Soc: {{{IDS}}}\nKustoClusters:\n  SOC: {{Args: {{Cluster: help}}}}\n"
    );
    let config = config_with(&text, &[]);
    assert!(config.settings.workspaces.is_empty() && config.settings.clusters.is_empty());
}

#[test]
fn a_variable_that_is_not_set_is_warned_about() {
    assert_eq!(
        the_problem("TIProviders:\n  OTX:\n    Args:\n      AuthKey:\n        EnvironmentVar: OTX_KEY\n"),
        "5:25 warning: the environment variable OTX_KEY of TIProviders.OTX.Args.AuthKey is not set | set it before the notebook or program is started: export OTX_KEY=…"
    );
}

#[test]
fn ids_that_are_no_guids_are_refused() {
    let text = "AzureSentinel:\n  Workspaces:\n    A:\n      WorkspaceId: my-workspace\n      TenantId: 22222222-2222-4000-8000-000000000001\n";
    assert_eq!(
        the_problem(text),
        "4:20 error: AzureSentinel.Workspaces.A.WorkspaceId is no GUID: my-workspace | a GUID looks like 8ecf8077-cf51-4820-aadd-14040956f35d; the portal shows it on the overview page"
    );
    let config = config_with(text, &[]);
    assert!(config.settings.workspaces.is_empty());
    assert!(config.error_about("a").is_some());
    for id in [
        "{11111111-1111-4000-8000-000000000001}",
        "11111111111140008000000000000001",
        "11111111-1111-4000-8000-00000000000g",
        "''",
    ] {
        let text = format!(
            "AzureSentinel:\n  Workspaces:\n    A:\n      WorkspaceId: '{}'\n      TenantId: contoso.com\n",
            id.trim_matches('\'')
        );
        assert_eq!(problems(&text, &[]).len(), 1, "{id}");
    }
}

#[test]
fn a_workspace_without_its_ids_is_said() {
    let said = problems("AzureSentinel:\n  Workspaces:\n    A:\n      ResourceGroup: x\n", &[]);
    assert!(said[0].starts_with("3:5 error: the workspace A has no WorkspaceId | "), "{said:?}");
    let said = problems(
        "AzureSentinel:\n  Workspaces:\n    A: {WorkspaceId: 11111111-1111-4000-8000-000000000001, TenantId: not/a/tenant}\n",
        &[],
    );
    assert!(said[0].contains("TenantId is neither a GUID nor a domain: not/a/tenant"), "{said:?}");
}

#[test]
fn clouds_methods_and_endpoints_that_do_not_exist_are_said() {
    let said = problems(
        "Azure:\n  cloud: usgovt\n  auth_methods: [cli, vscode, magic]\n  endpoints:\n    log_analytics: http://evil.example\n    authority: nonsense\n",
        &[],
    );
    assert_eq!(
        said,
        [
            "2:10 error: there is no cloud usgovt | the clouds are global, usgov, cn",
            "3:23 warning: the sign-in method vscode is passed over: it needs msticpy's Python | use cli (az login) or devicecode in its place",
            "3:31 error: there is no sign-in method magic | the methods are clientsecret, certificate, env, workload, cli, azd, msi, devicecode",
            "5:20 error: Azure.endpoints.log_analytics is not encrypted, and tokens are sent to it | write https://; http:// is only for this machine (127.0.0.1)",
            "6:16 error: Azure.endpoints.authority is no URL | write it whole: https://host/",
        ]
    );
}

#[test]
fn folders_that_do_not_exist_are_said() {
    let said = problems(
        "QueryDefinitions:\n  Custom: [./nowhere]\nDataProviders:\n  LocalData:\n    Workspaces:\n      A: {path: gone}\n      B: {now: today}\n",
        &[],
    );
    assert_eq!(
        said,
        [
            "2:12 error: the folder of queries does not exist: DIR/./nowhere | a relative path starts at the folder of this file",
            "6:17 error: the folder of the workspace A does not exist: DIR/gone | a relative path starts at the folder of this file",
            "7:7 error: the workspace B has no path | add `path:` with the folder of its table files",
            "7:16 error: DataProviders.LocalData.Workspaces.B.now is no time: today | write it as 2026-01-31T12:00:00Z",
        ]
    );
}

#[test]
fn values_of_the_wrong_kind_are_said() {
    let said = problems(
        "TIProviders:\n  VT:\n    Args: {AuthKey: [a, b]}\n    Primary: perhaps\n  XF: text\n  OTX: {Args: {AuthKey: {KeyVault: a/b/c}}}\n  G: {Args: {AuthKey: {Vault: x}}}\nmsticpy:\n  http_timeout: soon\n  Proxies: {ftp: {Url: x}, https: {UserName: u}}\n",
        &[],
    );
    let starts = [
        "3:21 error: TIProviders.VT.Args.AuthKey is a list",
        "4:14 error: TIProviders.VT.Primary is text | write true or false",
        "5:7 error: TIProviders.XF is text, and must be a mapping",
        "6:36 error: TIProviders.OTX.Args.AuthKey names a secret that no key vault can have: b/c",
        "7:24 error: TIProviders.G.Args.AuthKey has the key Vault, which says nothing",
        "9:17 error: msticpy.http_timeout is no number of seconds",
        "10:13 error: msticpy.Proxies.ftp is no scheme",
        "10:28 error: msticpy.Proxies.https has no Url",
    ];
    assert_eq!(said.len(), starts.len(), "{said:#?}");
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}\nis not\n{start}");
    }
}

#[test]
fn names_from_the_file_cannot_change_the_terminal() {
    let said = the_problem("\"x\\e[31m\": 1\n");
    assert!(said.contains("unknown key x\\u{1b}[31m"), "{said:?}");
}

proptest::proptest! {
    #[test]
    fn any_text_gives_settings_or_problems(
        text in "((AzureSentinel|Workspaces|Azure|cloud|TIProviders|Args|AuthKey|KeyVault|msticpy|Proxies|  |    |:|\\n|- |\\[|\\]|\\{|\\}|a|1|'|\"))*"
    ) {
        config_with(&text, &[]);
    }
}

#[test]
fn all_sign_in_methods_of_msticpy_are_known() {
    use crate::config::AuthMethod;
    for name in [
        "env",
        "cli",
        "msi",
        "interactive",
        "interactive_browser",
        "devicecode",
        "device_code",
        "environment",
        "managedidentity",
        "certificate",
        "clientsecret",
        "client_secret",
        "azd",
    ] {
        assert!(AuthMethod::parse(name).is_some(), "{name}");
    }
    for name in ["vscode", "powershell", "azure_powershell", "cache", "visual_studio_code"] {
        let said = problems(&format!("Azure:\n  auth_methods: [cli, {name}]\n"), &[]);
        let passed_over = format!("the sign-in method {name} is passed over");
        assert!(said.iter().any(|problem| problem.contains(&passed_over)), "{name}: {said:?}");
    }
}
