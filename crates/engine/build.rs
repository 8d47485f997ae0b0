//! Embeds the query files of `queries/` into the engine, by their names: `queries/Azure/list_x.kql` is `Azure.list_x`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../queries");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files: Vec<PathBuf> = Vec::new();
    for family in fs::read_dir(&root)? {
        let family = family?.path();
        if family.is_dir() {
            println!("cargo::rerun-if-changed={}", family.display());
            for file in fs::read_dir(&family)? {
                files.push(file?.path());
            }
        }
    }
    files.retain(|file| file.extension().is_some_and(|e| e == "kql"));
    files.sort();
    let mut code = String::from("pub(super) const FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = |p: Option<&std::ffi::OsStr>| p.map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let family = name(file.parent().and_then(Path::file_name));
        let stem = name(file.file_stem());
        let path = file.canonicalize()?;
        println!("cargo::rerun-if-changed={}", path.display());
        let _ = writeln!(code, "    (\"{family}.{stem}\", include_str!({:?})),", path.display().to_string());
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("queries.rs"), code)
}
