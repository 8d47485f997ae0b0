//! The searches of one source in one request.
//!
//! Log Analytics lets a user ask five queries at a time, and a search of all sources has six: the sixth would wait for one of the others, and the
//! search would take twice as long. Azure AD's sign-ins are in two tables; where there are not enough places they are searched by one query, which
//! gives for each row the number of the query that it is the answer of.

use std::fmt::Write as _;

use kql::literal::without_declaration;

use super::entity;
use super::types::Source;
use crate::queries::QueryFile;

/// The column with the number of the query.
pub const PART: &str = "Part";

/// Columns with JSON in them. All others that are read of a cloud source are text, but for the times and the count.
const DYNAMIC: [&str; 2] = ["DeviceDetail", "LocationDetails"];

/// One query in place of these, which search the same source with the same parameters; `None` if they cannot be put together.
///
/// Each becomes a function, so that their names stay apart, and gives the columns that the search reads, each of one type: the union has no
/// column twice.
pub fn text(source: Source, queries: &[&QueryFile]) -> Option<String> {
    let mut declaration = None;
    let (mut functions, mut legs) = (String::new(), Vec::new());
    for (number, query) in queries.iter().enumerate() {
        let (declared, body) = without_declaration(&query.text).ok()?;
        if *declaration.get_or_insert(declared) != declared {
            return None;
        }
        let _ = write!(functions, "let Search{number} = () {{\n{}\n}};\n", body.trim().trim_end_matches(';'));
        legs.push(format!("(Search{number}()\n| project {PART} = {number}, {})", columns(source)));
    }
    (legs.len() > 1).then(|| format!("{}\n{functions}union\n{}", declaration.unwrap_or_default(), legs.join(",\n")))
}

/// What is read of a row.
fn columns(source: Source) -> String {
    let mut names = vec!["AccountName", "IPAddress", "SourceIP", "Computer"];
    for (_, column) in entity::columns(source) {
        if !names.contains(column) {
            names.push(column);
        }
    }
    let columns = names.into_iter().map(|name| {
        if DYNAMIC.contains(&name) {
            format!("{name} = todynamic(column_ifexists(\"{name}\", dynamic(null)))")
        } else {
            format!("{name} = tostring(column_ifexists(\"{name}\", \"\"))")
        }
    });
    format!("TimeGenerated, FirstSeen, Events, {}", columns.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::queries::find;

    #[test]
    fn the_searches_of_azure_ad_are_one_query_with_one_declaration() {
        let source = Source::AzureActiveDirectory;
        let queries: Vec<&QueryFile> = source.find_queries().iter().map(|name| find(name).unwrap()).collect();
        let text = text(source, &queries).unwrap();
        assert_eq!(text.matches("declare query_parameters").count(), 1);
        assert!(text.contains("let Search1 = () {") && text.contains("Part = 1, TimeGenerated"), "{text}");
        kql::parse(&text).unwrap();
    }

    #[test]
    fn one_query_stays_as_it_is_and_other_parameters_stay_apart() {
        let one = find("Azure.find_aad_accounts").unwrap();
        assert_eq!(text(Source::AzureActiveDirectory, &[one]), None);
        let other = find("SecurityAlert.list_related_alerts").unwrap();
        assert_eq!(text(Source::AzureActiveDirectory, &[one, other]), None);
    }
}
