//! The Azure clouds and their endpoints.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure>,
//! <https://learn.microsoft.com/azure/china/resources-developer-guide>,
//! <https://learn.microsoft.com/azure/azure-monitor/logs/api/overview>

use std::fmt;

use url::Url;

/// One of the Azure clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CloudName {
    /// The worldwide one.
    #[default]
    Public,
    /// Azure Government of the United States.
    UsGov,
    /// Azure operated by 21Vianet in China.
    China,
}

impl CloudName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::UsGov, Self::China];

    /// The cloud of a name as configurations have it, case ignored: `global`, `usgov`, `cn` and their other spellings.
    ///
    /// ```
    /// use sentinel::cloud::CloudName;
    /// assert_eq!(CloudName::parse("AzureUSGovernment"), Some(CloudName::UsGov));
    /// assert_eq!(CloudName::parse("de"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "global" | "public" | "com" | "azurecloud" | "azurepubliccloud" | "azurepublic" => Some(Self::Public),
            "usgov" | "gov" | "us" | "usgovernment" | "azureusgovernment" | "azuregov" | "azuregovernment" => {
                Some(Self::UsGov)
            }
            "cn" | "china" | "azurechinacloud" | "azurechina" => Some(Self::China),
            _ => None,
        }
    }

    /// Its name as messages and configurations have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "global",
            Self::UsGov => "usgov",
            Self::China => "cn",
        }
    }

    fn facts(self) -> Facts {
        match self {
            Self::Public => Facts {
                authority: "https://login.microsoftonline.com/",
                log_analytics: "https://api.loganalytics.io/",
                management: "https://management.azure.com/",
                vaults: "vault.azure.net",
                clusters: "kusto.windows.net",
                portal: "https://portal.azure.com",
            },
            Self::UsGov => Facts {
                authority: "https://login.microsoftonline.us/",
                log_analytics: "https://api.loganalytics.us/",
                management: "https://management.usgovcloudapi.net/",
                vaults: "vault.usgovcloudapi.net",
                clusters: "kusto.usgovcloudapi.net",
                portal: "https://portal.azure.us",
            },
            Self::China => Facts {
                authority: "https://login.chinacloudapi.cn/",
                log_analytics: "https://api.loganalytics.azure.cn/",
                management: "https://management.chinacloudapi.cn/",
                vaults: "vault.azure.cn",
                clusters: "kusto.chinacloudapi.cn",
                portal: "https://portal.azure.cn",
            },
        }
    }
}

impl fmt::Display for CloudName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

struct Facts {
    authority: &'static str,
    log_analytics: &'static str,
    management: &'static str,
    vaults: &'static str,
    clusters: &'static str,
    portal: &'static str,
}

/// Endpoints that replace those of the cloud: a private link, a proxy that answers in its place, a server on this machine.
///
/// A token is asked for as if nothing were replaced: whoever answers in the service's place takes the service's tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoints {
    /// Where tokens come from, in place of `https://login.microsoftonline.com`.
    pub authority: Option<Url>,
    /// The Log Analytics query service, in place of `https://api.loganalytics.io`.
    pub log_analytics: Option<Url>,
    /// Azure Resource Manager, in place of `https://management.azure.com`.
    pub management: Option<Url>,
    /// The key vault, in place of `https://NAME.vault.azure.net`, whatever its name.
    pub key_vault: Option<Url>,
    /// The instance metadata service of a managed identity, in place of `http://169.254.169.254`.
    pub instance_metadata: Option<Url>,
}

/// A cloud with its endpoints, some of which may be replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cloud {
    /// Which.
    pub name: CloudName,
    /// What is replaced.
    pub endpoints: Endpoints,
}

impl From<CloudName> for Cloud {
    fn from(name: CloudName) -> Self {
        Self { name, endpoints: Endpoints::default() }
    }
}

impl Cloud {
    /// Where tokens come from: `https://login.microsoftonline.com/`.
    pub fn authority(&self) -> Url {
        self.endpoints.authority.clone().unwrap_or_else(|| known(self.name.facts().authority))
    }

    /// The Log Analytics query service, to which `v1/workspaces/…` is added: `https://api.loganalytics.io/`.
    pub fn log_analytics(&self) -> Url {
        self.endpoints.log_analytics.clone().unwrap_or_else(|| known(self.name.facts().log_analytics))
    }

    /// Azure Resource Manager: `https://management.azure.com/`.
    pub fn management(&self) -> Url {
        self.endpoints.management.clone().unwrap_or_else(|| known(self.name.facts().management))
    }

    /// The key vault of this name: `https://NAME.vault.azure.net/`. None when the name cannot be one: a vault's name has 3 to 24
    /// letters, digits and hyphens.
    pub fn key_vault(&self, name: &str) -> Option<Url> {
        let fits = (3..=24).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !fits {
            return None;
        }
        let vault = || Url::parse(&format!("https://{name}.{}/", self.name.facts().vaults)).ok();
        self.endpoints.key_vault.clone().or_else(vault)
    }

    /// A Kusto cluster, given by its URL, its host, or its name with or without the region (`help`, `mycluster.westeurope`). None when
    /// it is none of these.
    pub fn kusto(&self, cluster: &str) -> Option<Url> {
        let cluster = cluster.trim().trim_end_matches('/');
        if cluster.contains("://") {
            return Url::parse(cluster).ok().filter(|url| url.has_host());
        }
        let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let parts: Vec<&str> = cluster.split('.').collect();
        if !parts.iter().all(|part| is_name(part)) {
            return None;
        }
        let host =
            if parts.len() <= 2 { format!("{cluster}.{}", self.name.facts().clusters) } else { cluster.to_owned() };
        Url::parse(&format!("https://{host}/")).ok()
    }

    /// The scope of tokens for the Log Analytics query service.
    pub fn log_analytics_scope(&self) -> String {
        format!("{}.default", self.name.facts().log_analytics)
    }

    /// The scope of tokens for Azure Resource Manager.
    pub fn management_scope(&self) -> String {
        format!("{}.default", self.name.facts().management)
    }

    /// The scope of tokens for key vaults.
    pub fn key_vault_scope(&self) -> String {
        format!("https://{}/.default", self.name.facts().vaults)
    }

    /// The scope of tokens for a Kusto cluster: its own URL.
    pub fn kusto_scope(&self, cluster: &Url) -> String {
        format!("https://{}/.default", cluster.host_str().unwrap_or_default())
    }

    /// The portal, for messages.
    pub fn portal(&self) -> &'static str {
        self.name.facts().portal
    }
}

/// A URL that is written in this file.
fn known(url: &'static str) -> Url {
    #[allow(clippy::expect_used, reason = "the tests read each of them")]
    Url::parse(url).expect("a URL")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_cloud_has_its_own_hosts() {
        let hosts = |cloud: Cloud| {
            let vault = cloud.key_vault("my-vault").unwrap();
            let kusto = cloud.kusto("help").unwrap();
            [cloud.authority(), cloud.log_analytics(), cloud.management(), vault, kusto]
                .map(|url| url.host_str().unwrap().to_owned())
        };
        assert_eq!(
            hosts(CloudName::Public.into()),
            [
                "login.microsoftonline.com",
                "api.loganalytics.io",
                "management.azure.com",
                "my-vault.vault.azure.net",
                "help.kusto.windows.net"
            ]
        );
        assert_eq!(
            hosts(CloudName::UsGov.into()),
            [
                "login.microsoftonline.us",
                "api.loganalytics.us",
                "management.usgovcloudapi.net",
                "my-vault.vault.usgovcloudapi.net",
                "help.kusto.usgovcloudapi.net"
            ]
        );
        assert_eq!(
            hosts(CloudName::China.into()),
            [
                "login.chinacloudapi.cn",
                "api.loganalytics.azure.cn",
                "management.chinacloudapi.cn",
                "my-vault.vault.azure.cn",
                "help.kusto.chinacloudapi.cn"
            ]
        );
    }

    #[test]
    fn tokens_are_asked_for_the_service_itself_also_when_it_is_replaced() {
        let mut cloud = Cloud::from(CloudName::UsGov);
        cloud.endpoints.log_analytics = Some(Url::parse("https://ampls.contoso.com/").unwrap());
        assert_eq!(cloud.log_analytics().as_str(), "https://ampls.contoso.com/");
        assert_eq!(cloud.log_analytics_scope(), "https://api.loganalytics.us/.default");
        assert_eq!(cloud.management_scope(), "https://management.usgovcloudapi.net/.default");
        assert_eq!(cloud.key_vault_scope(), "https://vault.usgovcloudapi.net/.default");
    }

    #[test]
    fn a_cluster_is_a_name_a_host_or_a_url() {
        let cloud = Cloud::default();
        for (given, url) in [
            ("help", "https://help.kusto.windows.net/"),
            ("contoso.westeurope", "https://contoso.westeurope.kusto.windows.net/"),
            ("x.z0.kusto.fabric.microsoft.com", "https://x.z0.kusto.fabric.microsoft.com/"),
            ("https://help.kusto.windows.net/", "https://help.kusto.windows.net/"),
            ("http://127.0.0.1:4711", "http://127.0.0.1:4711/"),
        ] {
            assert_eq!(cloud.kusto(given).unwrap().as_str(), url);
        }
        let cluster = cloud.kusto("help").unwrap();
        assert_eq!(cloud.kusto_scope(&cluster), "https://help.kusto.windows.net/.default");
        for wrong in ["", "a b", "a..b", "help/../x", "http://", "help@evil.com"] {
            assert_eq!(cloud.kusto(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_vault_has_a_name_that_is_no_path() {
        for wrong in ["", "ab", "a/b/c", "evil.com#", "x".repeat(25).as_str()] {
            assert_eq!(Cloud::default().key_vault(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_of_clouds_as_configurations_have_them() {
        for cloud in CloudName::ALL {
            assert_eq!(CloudName::parse(cloud.as_str()), Some(cloud));
            assert_eq!(CloudName::parse(&cloud.as_str().to_uppercase()), Some(cloud));
        }
        for wrong in ["", "de", "usgovt", "moon"] {
            assert_eq!(CloudName::parse(wrong), None);
        }
    }
}
