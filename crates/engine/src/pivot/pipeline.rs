//! Pipelines: pivots and KQL one after the other, each on what the one before gave. They come from a notebook or from a YAML file.
//!
//! ```yaml
//! pipelines:
//!   - name: who-used-it
//!     description: From addresses to the accounts behind them.
//!     steps:
//!       - name: signins
//!         step_type: pivot
//!         entity: IpAddress
//!         function: list_aad_signins_for_ip
//!         params: { column: IPAddress, join: inner }
//!       - name: accounts
//!         step_type: kql
//!         params: { query: "summarize Signins = count() by UserPrincipalName" }
//! ```

use kql_polars::KqlTable;
use serde::Deserialize;

use super::column::Join;
use crate::error::{Error, ErrorCode, quoted};

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name: by it its output is found.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A pivot of a column.
    Pivot {
        /// The pivot's name.
        pivot: String,
        /// The column.
        column: String,
        /// What becomes of the rows.
        join: Join,
        /// The most distinct values, if it is not the usual number.
        limit: Option<usize>,
    },
    /// KQL operators.
    Kql(String),
}

/// Steps that are run one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What a step gave.
#[derive(Debug)]
pub struct StepOutput {
    /// The step's name.
    pub name: String,
    /// Its rows.
    pub table: KqlTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pipelines: Vec<RawPipeline>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPipeline {
    name: String,
    #[serde(default)]
    description: String,
    steps: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    #[serde(default)]
    name: String,
    #[serde(default = "pivot")]
    step_type: String,
    #[serde(default)]
    entity: String,
    #[serde(default)]
    function: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    params: RawParams,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawParams {
    #[serde(default)]
    column: String,
    #[serde(default)]
    join: String,
    #[serde(default)]
    query: String,
    limit: Option<usize>,
}

fn pivot() -> String {
    "pivot".to_owned()
}

/// Most steps: each is a query per value.
const MAX_STEPS: usize = 50;

impl Pipeline {
    /// Reads the pipeline of this name from YAML text; without a name the only one.
    ///
    /// # Errors
    /// Text that is not such YAML (with line and column), no pipeline of the name, a step that lacks something.
    pub fn parse(text: &str, name: Option<&str>) -> Result<Self, Error> {
        let file: File = serde_saphyr::from_str(text).map_err(|e| {
            Error::bad_input(format!("the pipelines cannot be read: {e}"))
                .with_help("a file of pipelines has a list `pipelines`, each with `name` and `steps`")
        })?;
        let names: Vec<String> = file.pipelines.iter().map(|p| p.name.clone()).collect();
        let mut pipelines = file.pipelines.into_iter();
        let raw = match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(wanted) => pipelines
                .find(|p| p.name == wanted)
                .ok_or_else(|| Error::unknown("pipeline", wanted, names.iter().map(String::as_str)))?,
            None if names.len() == 1 => pipelines.next().ok_or_else(|| Error::bad_input("there is no pipeline"))?,
            None => {
                return Err(Error::bad_input(format!("there are {} pipelines, and none is named", names.len()))
                    .with_help(format!("name one: {}", names.join(", "))));
            }
        };
        let steps = raw.steps.into_iter().enumerate().map(|(i, step)| step.read(i + 1)).collect::<Result<_, _>>()?;
        Self { name: raw.name, description: raw.description, steps }.checked()
    }

    /// The pipeline, if it can be run.
    ///
    /// # Errors
    /// No steps, too many, two of the same name.
    pub fn checked(self) -> Result<Self, Error> {
        if self.steps.is_empty() {
            return Err(Error::bad_input(format!("the pipeline {} has no steps", quoted(&self.name))));
        }
        if self.steps.len() > MAX_STEPS {
            return Err(Error::new(ErrorCode::Limit, format!("a pipeline has at most {MAX_STEPS} steps")));
        }
        for (i, step) in self.steps.iter().enumerate() {
            if self.steps[..i].iter().any(|before| before.name == step.name) {
                return Err(Error::bad_input(format!("two steps are called {}", quoted(&step.name)))
                    .with_help("give each step its own name: its output is found by it"));
            }
        }
        Ok(self)
    }
}

impl RawStep {
    fn read(self, number: usize) -> Result<Step, Error> {
        let name = if self.name.is_empty() { format!("step {number}") } else { self.name };
        let lacks = |what: &str| {
            Error::bad_input(format!("the step {} lacks {what}", quoted(&name))).with_help(
                "a pivot has `function` and `params: { column: … }`, a step of KQL has `params: { query: … }`",
            )
        };
        let kind = match self.step_type.to_ascii_lowercase().as_str() {
            "pivot" => {
                if self.function.is_empty() {
                    return Err(lacks("its function"));
                }
                if self.params.column.is_empty() {
                    return Err(lacks("the parameter column"));
                }
                let pivot = match (self.entity.as_str(), self.function.contains('.')) {
                    ("", _) | (_, true) => self.function,
                    (entity, false) => format!("{entity}.{}", self.function),
                };
                let join = Join::parse(&self.params.join)?;
                StepKind::Pivot { pivot, column: self.params.column, join, limit: self.params.limit }
            }
            "kql" => {
                if self.params.query.is_empty() {
                    return Err(lacks("the parameter query"));
                }
                StepKind::Kql(self.params.query)
            }
            other => return Err(Error::unknown("step_type", other, ["pivot", "kql"])),
        };
        let _ = self.comment;
        Ok(Step { name, kind })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TEXT: &str = "
pipelines:
  - name: who
    description: From addresses to accounts.
    steps:
      - name: signins
        step_type: pivot
        entity: IpAddress
        function: list_aad_signins_for_ip
        params: { column: IPAddress, join: inner }
      - step_type: kql
        params: { query: summarize count() by UserPrincipalName }
";

    #[test]
    fn a_pipeline_is_read() {
        let pipeline = Pipeline::parse(TEXT, None).unwrap();
        assert_eq!(pipeline.steps[0].name, "signins");
        let StepKind::Pivot { pivot, join, .. } = &pipeline.steps[0].kind else { panic!("{pipeline:?}") };
        assert_eq!((pivot.as_str(), *join), ("IpAddress.list_aad_signins_for_ip", Join::Inner));
        assert_eq!(pipeline.steps[1].name, "step 2");
        assert_eq!(Pipeline::parse(TEXT, Some("who")).unwrap(), pipeline);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let message = |text: &str| Pipeline::parse(text, None).unwrap_err().message;
        assert!(message("pipelines: 3").contains("line 1"), "{}", message("pipelines: 3"));
        assert!(
            message(&TEXT.replace("column:", "colum:")).contains("colum"),
            "{}",
            message(&TEXT.replace("column:", "colum:"))
        );
        assert_eq!(
            message(&TEXT.replace("column: IPAddress, ", "")),
            "the step \"signins\" lacks the parameter column"
        );
        assert_eq!(message(&TEXT.replace("step_type: kql", "step_type: kq")), "there is no step_type \"kq\"");
        assert!(message("pipelines: [{name: a, steps: []}]").contains("has no steps"));
        assert_eq!(Pipeline::parse(TEXT, Some("whom")).unwrap_err().help.as_deref(), Some("did you mean who?"));
    }
}
