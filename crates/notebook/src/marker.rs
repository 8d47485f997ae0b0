//! How the runner finds out that a cell did not run to its end.
//!
//! In evcxr, a cell that ends early, by `?` on an error or by a panic, is printed as an error but reported with status `ok`. What
//! such a cell leaves behind tells: variables that it newly defines are not kept. So the runner puts the definition of a variable in
//! front of the cell's first line of code, on that same line (line numbers stay as they are), and afterwards asks the kernel for its
//! variables with the command `:vars`, which compiles nothing. The saved notebook shows the cell as its author wrote it.

/// The variable that exists exactly when the last cell ran to its end.
pub const VARIABLE: &str = "entity_explorer_cell_ran_to_its_end";

/// The command that lists the kernel's variables.
pub const QUESTION: &str = ":vars";

/// The code to send for a cell, or `None` when the cell has no Rust code: commands and comments cannot end early.
pub fn mark(code: &str) -> Option<String> {
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        if is_code(line) {
            let (before, after) = code.split_at(at);
            return Some(format!("{before}let {VARIABLE}: u8 = 1; {after}"));
        }
        at += line.len();
    }
    None
}

/// Whether evcxr takes a line before the first code line as code: its rules, see its `CodeBlock::from_original_user_code`.
fn is_code(line: &str) -> bool {
    let text = line.trim();
    !(text.is_empty() || line.starts_with('!') || line.starts_with("//") || is_command(line))
}

/// `^ *(:[^ ]*)( +(.*))?$`
fn is_command(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with(':')
}

/// Whether the answer to [`QUESTION`] has the variable. `plain` is the answer's text/plain: a line `name: type` for each.
pub fn is_set(plain: &str) -> bool {
    plain.lines().any(|line| line.split(':').next().is_some_and(|name| name.trim() == VARIABLE))
}

/// The kernel's list of variables as the notebook's author would see it, for cells that ask for it themselves.
pub fn hide(list: &mut String) {
    let plain = format!("{VARIABLE}: u8\n");
    let html = format!("<tr><td>{VARIABLE}</td><td>u8</td><tr>");
    for line in [plain, html] {
        if list.contains(&line) {
            *list = list.replace(&line, "");
        }
    }
}

/// Whether a text that the kernel shows mentions the variable, which the cell's author never wrote.
pub fn is_mentioned(text: &str) -> bool {
    text.contains(VARIABLE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_definition_goes_before_the_first_code_on_its_line() {
        let marked = mark(":dep x = \"1\"\n// note\n\n!ls\nuse x;\nx()").unwrap();
        assert_eq!(
            marked,
            ":dep x = \"1\"\n// note\n\n!ls\nlet entity_explorer_cell_ran_to_its_end: u8 = 1; use x;\nx()"
        );
        assert_eq!(marked.lines().count(), 6);
    }

    #[test]
    fn a_cell_without_code_needs_none() {
        assert_eq!(mark(""), None);
        assert_eq!(mark("  \n\n"), None);
        assert_eq!(mark("// a\n:vars\n  :dep x = \"1\"\n!ls"), None);
    }

    #[test]
    fn authors_see_their_own_variables_only() {
        let mut plain = format!("a: i32\n{VARIABLE}: u8\nz: String\n");
        hide(&mut plain);
        assert_eq!(plain, "a: i32\nz: String\n");
        let mut html = format!("<table><tr><td>{VARIABLE}</td><td>u8</td><tr></table>");
        hide(&mut html);
        assert_eq!(html, "<table></table>");
    }

    #[test]
    fn the_answer_is_read_line_by_line() {
        assert!(is_set(&format!("a: i32\n{VARIABLE}: u8\nz: String\n")));
        assert!(!is_set(&format!("a: Vec<{VARIABLE}>\n")));
        assert!(!is_set(""));
    }
}
