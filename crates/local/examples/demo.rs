//! Writes the demo workspace: `cargo run --release -p local --example demo -- FOLDER [ROWS] [SEED]`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("which folder?")?;
    let mut options = local::demo::Options::default();
    if let Some(rows) = arguments.get(1) {
        options.rows = rows.parse()?;
    }
    if let Some(seed) = arguments.get(2) {
        options.seed = seed.parse()?;
    }
    for (table, rows) in local::demo::generate(folder.as_ref(), options)? {
        println!("{rows:>10} {table}");
    }
    Ok(())
}
