//! Demo
/// P
pub fn path() -> Option<std::path::PathBuf> {
    std::env::var_os("ENTITY_EXPLORER_DEMO").filter(|p| !p.is_empty()).map(Into::into)
}
/// E
pub static EMBEDDED: &[(&str, &[u8])] = &[];
