//! Connection strings, as Kqlmagic and msticpy document them.
//!
//! ```text
//! loganalytics://code().tenant('TENANT').workspace('ID').alias('NAME')
//! loganalytics://code;tenant='TENANT';workspace='ID';alias='NAME'
//! loganalytics://tenant('TENANT').clientid('APP').clientsecret('SECRET').workspace('ID')
//! kusto://code().cluster('help').database('Samples')
//! ```
//!
//! Source: <https://github.com/microsoft/jupyter-Kqlmagic>, <https://msticpy.readthedocs.io>

mod parts;

use parts::{Part, parts};

use crate::config::{
    AuthMethod, Certificate, ClusterSettings, Origin, Problem, Setting, Settings, SignInSettings, WorkspaceSettings,
    guid, is_loopback,
};

/// What a connection string connects to.
#[derive(Debug, Clone)]
pub enum Connection {
    /// A Log Analytics workspace.
    Workspace(Box<WorkspaceSettings>),
    /// A Kusto cluster.
    Cluster(Box<ClusterSettings>),
}

/// Reads a connection string. What it does not say is as `settings` have it: cloud, proxies, sign-in methods, and for a workspace that is
/// configured also the rest.
///
/// ```
/// use sentinel::connection_string::{Connection, parse};
/// let text = "loganalytics://code().tenant('contoso.com').workspace('8ecf8077-cf51-4820-aadd-14040956f35d').alias('my-ws')";
/// let Ok(Connection::Workspace(workspace)) = parse(text, &Default::default()) else { panic!() };
/// assert_eq!(workspace.name, "my-ws");
/// ```
///
/// # Errors
/// Where the text is no connection string, and what to write there. Secrets are not in the message.
pub fn parse(text: &str, settings: &Settings) -> Result<Connection, Problem> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(problem(1, "a connection string starts with loganalytics:// or kusto://").with_fix(EXAMPLE));
    };
    let mut given = Given::read(rest, scheme.chars().count() + 4)?;
    let connection = match scheme.to_ascii_lowercase().as_str() {
        "loganalytics" => Connection::Workspace(Box::new(given.workspace(settings)?)),
        "kusto" | "azuredataexplorer" | "adx" => Connection::Cluster(Box::new(given.cluster(settings)?)),
        _ => return Err(problem(1, "the scheme is neither loganalytics nor kusto").with_fix(EXAMPLE)),
    };
    given.refuse_rest(matches!(connection, Connection::Workspace(_)))?;
    Ok(connection)
}

const EXAMPLE: &str = "write it as loganalytics://code().tenant('TENANT').workspace('ID')";

fn origin(column: usize) -> Origin {
    Origin { line: 1, column: u64::try_from(column).unwrap_or(0), ..Origin::whole("connection string") }
}

fn problem(column: usize, message: impl Into<String>) -> Problem {
    Problem::error(origin(column), message)
}

/// The parts that are not used yet.
struct Given(Vec<Part>);

impl Given {
    fn read(rest: &str, column: usize) -> Result<Self, Problem> {
        let parts = parts(rest, column)?;
        for (i, part) in parts.iter().enumerate() {
            if parts[..i].iter().any(|other| other.name == part.name) {
                return Err(
                    problem(part.column, format!("{} is there twice", part.name)).with_fix("keep one of the two")
                );
            }
        }
        Ok(Self(parts))
    }

    fn take(&mut self, names: &[&str]) -> Option<Part> {
        let at = self.0.iter().position(|part| names.contains(&part.name.as_str()))?;
        Some(self.0.remove(at))
    }

    /// The value of a part, which must have one.
    fn value(&mut self, names: &[&str]) -> Result<Option<(String, usize)>, Problem> {
        let Some(part) = self.take(names) else {
            return Ok(None);
        };
        match part.value {
            Some(value) if !value.expose().trim().is_empty() => {
                Ok(Some((value.expose().trim().to_owned(), part.column)))
            }
            _ => Err(problem(part.column, format!("{} has no value", part.name))
                .with_fix(format!("write {}('…')", part.name))),
        }
    }

    fn setting(&mut self, names: &[&str]) -> Result<Option<Setting>, Problem> {
        let value = self.value(names)?;
        Ok(value.map(|(value, column)| {
            Setting::plain(
                format!("connection string: {}", names.first().copied().unwrap_or_default()),
                value,
                origin(column),
            )
        }))
    }

    fn sign_in(&mut self, default: &SignInSettings) -> Result<SignInSettings, Problem> {
        if let Some(part) = self.take(&["username", "password"]) {
            return Err(problem(part.column, "signing in with a user's password is not possible").with_fix(
                "use code() in its place: Microsoft Entra ID refuses passwords where a second factor is asked for",
            ));
        }
        if let Some(part) = self.take(&["anonymous"]) {
            return Err(problem(part.column, "a workspace cannot be asked anonymously").with_fix("use code()"));
        }
        let mut sign_in = default.clone();
        if let Some((text, column)) = self.value(&["tenant", "tenantid", "tenant_id"])? {
            let is_domain =
                text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
            let tenant = guid(&text).or_else(|| is_domain.then(|| text.to_ascii_lowercase()));
            let Some(tenant) = tenant else {
                return Err(problem(column, "the tenant is neither a GUID nor a domain")
                    .with_fix("`az account show --query tenantId` prints it"));
            };
            sign_in.tenant = Some(tenant);
        }
        let id = self.setting(&["clientid", "client_id"])?;
        let secret = self.setting(&["clientsecret", "client_secret"])?;
        let certificate = self.setting(&["certificate", "certificatepath"])?;
        let mut methods = Vec::new();
        if secret.is_some() {
            methods.push(AuthMethod::ClientSecret);
        }
        if certificate.is_some() {
            methods.push(AuthMethod::Certificate);
        }
        if id.is_some() && methods.is_empty() && sign_in.client_secret.is_none() && sign_in.certificate.is_none() {
            return Err(problem(1, "there is a clientid without a clientsecret or certificate")
                .with_fix("add clientsecret('…'), or certificate('/path/to/cert.pem')"));
        }
        for name in ["code", "devicecode", "device", "interactive", "cli", "azcli", "msi", "env", "workload", "azd"] {
            if let Some(part) = self.take(&[name]) {
                if part.value.is_some() {
                    return Err(
                        problem(part.column, format!("{name} takes no value")).with_fix(format!("write {name}()"))
                    );
                }
                methods.extend(AuthMethod::parse(name));
            }
        }
        sign_in.client_id = id.or(sign_in.client_id);
        sign_in.client_secret = secret.or(sign_in.client_secret);
        sign_in.certificate = certificate.map(Certificate::File).or(sign_in.certificate);
        if !methods.is_empty() {
            sign_in.methods = methods;
        }
        Ok(sign_in)
    }

    fn workspace(&mut self, settings: &Settings) -> Result<WorkspaceSettings, Problem> {
        let Some((text, column)) = self.value(&["workspace", "workspaceid", "workspace_id"])? else {
            return Err(problem(1, "there is no workspace")
                .with_fix("add .workspace('ID'): the portal shows the id on the overview page"));
        };
        let id = guid(&text);
        let configured = settings.workspaces.iter().find(|workspace| match &id {
            Some(id) => workspace.workspace_id == *id,
            None => workspace.name.eq_ignore_ascii_case(&text),
        });
        let Some(id) = id.or_else(|| configured.map(|workspace| workspace.workspace_id.clone())) else {
            return Err(problem(column, "the workspace is neither a GUID nor the name of one that is configured")
                .with_fix(
                    "a GUID looks like 8ecf8077-cf51-4820-aadd-14040956f35d; the portal shows it on the overview page",
                ));
        };
        let sign_in = self.sign_in(configured.map_or(&settings.sign_in, |workspace| &workspace.sign_in))?;
        let alias = self.value(&["alias"])?.map(|(alias, _)| alias);
        let mut workspace = configured.cloned().unwrap_or_else(|| WorkspaceSettings {
            name: id.clone(),
            workspace_id: id,
            workspace_name: None,
            subscription_id: None,
            resource_group: None,
            cloud: settings.cloud.clone(),
            sign_in: sign_in.clone(),
            http: settings.http.clone(),
            from: origin(1),
        });
        workspace.sign_in = sign_in;
        workspace.name = alias.unwrap_or(workspace.name);
        workspace.from = origin(1);
        Ok(workspace)
    }

    fn cluster(&mut self, settings: &Settings) -> Result<ClusterSettings, Problem> {
        let Some((text, column)) = self.value(&["cluster"])? else {
            return Err(
                problem(1, "there is no cluster").with_fix("add .cluster('https://name.region.kusto.windows.net')")
            );
        };
        let url = settings.cloud.kusto(&text).filter(|url| url.scheme() == "https" || is_loopback(url));
        let configured = settings
            .clusters
            .iter()
            .find(|cluster| cluster.name.eq_ignore_ascii_case(&text) || Some(&cluster.cluster) == url.as_ref());
        let Some(url) = configured.map(|cluster| cluster.cluster.clone()).or(url) else {
            return Err(problem(column, "the cluster is neither a name nor an https:// URL")
                .with_fix("write it whole: https://name.region.kusto.windows.net"));
        };
        let sign_in = self.sign_in(configured.map_or(&settings.sign_in, |cluster| &cluster.sign_in))?;
        let database = self.value(&["database"])?.map(|(database, _)| database);
        let alias = self.value(&["alias"])?.map(|(alias, _)| alias);
        let host = url.host_str().unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
        let name = alias.or_else(|| configured.map(|cluster| cluster.name.clone())).unwrap_or(host);
        Ok(ClusterSettings {
            name,
            cluster: url,
            database: database.or_else(|| configured.and_then(|cluster| cluster.database.clone())),
            cloud: settings.cloud.clone(),
            sign_in,
            http: settings.http.clone(),
            from: origin(1),
        })
    }

    /// Parts that mean nothing.
    fn refuse_rest(&self, workspace: bool) -> Result<(), Problem> {
        let Some(part) = self.0.first() else {
            return Ok(());
        };
        let known = if workspace {
            "code, cli, msi, env, tenant, clientid, clientsecret, certificate, workspace, alias"
        } else {
            "code, cli, msi, env, tenant, clientid, clientsecret, certificate, cluster, database, alias"
        };
        Err(problem(part.column, format!("there is no part {}", part.name)).with_fix(format!("the parts are {known}")))
    }
}

#[cfg(test)]
mod tests;
