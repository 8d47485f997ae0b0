//! The `:dep entity-explorer = { path = "…" }` of a notebook.
//!
//! The path is relative to the notebook's folder, so it holds for the notebooks in the source folder. For a copy elsewhere the runner
//! puts the source folder's own path into what it sends to the kernel; the notebook itself is not changed.

use std::path::{Path, PathBuf};

const CRATE: &str = "entity-explorer";

/// The source folder that this program was built from, if it is still there.
pub fn source_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    is_the_crate(folder).then(|| folder.to_path_buf())
}

/// Whether a folder holds the crate that notebooks use.
fn is_the_crate(folder: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
        return false;
    };
    let mut in_package = false;
    text.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            in_package = line == "[package]";
        }
        let name = line.strip_prefix("name").map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
        in_package && name.is_some_and(|name| name.trim().trim_matches('"') == CRATE)
    })
}

/// Changes code so that the crate is found from notebooks in `folder`.
pub fn rewriter(folder: &Path) -> impl Fn(&str) -> String + use<> {
    let folder = folder.to_path_buf();
    let source = source_folder();
    move |code| rewrite(code, &folder, source.as_deref())
}

fn rewrite(code: &str, folder: &Path, source: Option<&Path>) -> String {
    code.split_inclusive('\n')
        .map(|line| match (dependency_path(line), source) {
            (Some((start, end)), Some(source)) if !is_the_crate(&folder.join(&line[start..end])) => {
                // Debug form: quotes and backslashes of the path stay inside the text literal, which is TOML's too.
                let quoted = format!("{:?}", source.to_string_lossy());
                format!("{}{}{}", &line[..start - 1], quoted, &line[end + 1..])
            }
            _ => line.to_owned(),
        })
        .collect()
}

/// Where in a line `:dep entity-explorer = { … path = "PATH" … }` the path is, without its quotes.
fn dependency_path(line: &str) -> Option<(usize, usize)> {
    let rest = line.trim_start_matches(' ').strip_prefix(":dep")?.trim_start();
    let rest = rest.strip_prefix(CRATE)?.trim_start().strip_prefix('=')?;
    let from = line.len() - rest.len();
    let mut at = from;
    // The key `path`, not a part of another word.
    loop {
        at += line[at..].find("path")?;
        let before = line[..at].chars().next_back();
        at += "path".len();
        let value = line[at..].trim_start();
        if before.is_some_and(|c| matches!(c, ' ' | '{' | ',')) && value.starts_with('=') {
            let value = value[1..].trim_start().strip_prefix('"')?;
            let start = line.len() - value.len();
            return Some((start, start + value.find('"')?));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_source_folder_is_the_crates() {
        let folder = source_folder().unwrap();
        assert!(folder.join("notebooks").is_dir() || folder.join("crates").is_dir());
        assert!(!is_the_crate(&folder.join("crates/engine")));
    }

    #[test]
    fn a_path_that_leads_to_the_crate_is_left_alone() {
        let source = source_folder().unwrap();
        let code = ":dep entity-explorer = { path = \"..\" }\nuse entity_explorer::prelude::*;";
        assert_eq!(rewrite(code, &source.join("notebooks"), Some(&source)), code);
        assert_eq!(rewrite(code, Path::new("/nowhere"), None), code);
    }

    #[test]
    fn another_folders_notebook_gets_the_source_folder() {
        let code = ":dep entity-explorer = { version = \"1\", path=\"..\" , x = 1}\nlet path = \"..\";\n:dep other = { path = \"..\" }";
        assert_eq!(
            rewrite(code, Path::new("/nowhere"), Some(Path::new("/src/a \"b\""))),
            ":dep entity-explorer = { version = \"1\", path=\"/src/a \\\"b\\\"\" , x = 1}\nlet path = \"..\";\n:dep other = { path = \"..\" }"
        );
        assert_eq!(dependency_path(":dep entity-explorer = \"0.1\""), None);
        assert_eq!(dependency_path("// :dep entity-explorer = { path = \"..\" }"), None);
    }
}
