//! Notebooks in the real kernel: what runs, what fails and how it is told, and that nothing is left behind.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::time::Duration;

use nbformat::v4::{Cell, Output};
use notebook::{Document, Event, Failure, FailureKind, Kernel, Launch, Options, Outcome, document, marker, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_entity-explorer");

/// Somebody's own kernel `rust`, of another version: evcxr would rewrite it.
const OTHER_KERNEL: &str = r#"{"argv":["/other/evcxr_jupyter"],"display_name":"Rust","language":"rust"}"#;

fn launch(home: &Path) -> Launch {
    let own = home.join("jupyter/kernels/rust");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("kernel.json"), OTHER_KERNEL).unwrap();
    std::fs::write(own.join("version.txt"), "0.1.0").unwrap();
    Launch {
        command: vec![PROGRAM.into(), "--control_file".into(), "{connection_file}".into()],
        env: vec![("XDG_DATA_HOME".into(), home.into()), ("ENTITY_EXPLORER_ENGINE".into(), PROGRAM.into())],
        folder: home.to_path_buf(),
    }
}

struct Ran {
    document: Document,
    outcome: Outcome,
    printed: String,
}

impl Ran {
    fn failure(&self) -> &Failure {
        self.outcome.failure.as_ref().expect("the run fails")
    }

    fn outputs(&self, cell: usize) -> &[Output] {
        match &self.document.notebook.cells[cell] {
            Cell::Code { outputs, .. } => outputs,
            other => panic!("{other:?}"),
        }
    }

    fn json(&self, cell: usize) -> String {
        serde_json::to_string(self.outputs(cell)).unwrap()
    }
}

async fn execute(kernel: &mut Kernel, cells: &[&str], timeout: Option<f64>) -> Ran {
    let empty = r#"{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[]}"#;
    let mut document = Document::parse(empty).unwrap();
    document.notebook.cells = cells.iter().map(|code| document::code_cell(code, &[])).collect();
    let options = Options { timeout: timeout.map(Duration::from_secs_f64), ..Options::default() };
    let mut printed = String::new();
    let mut progress = |event: Event<'_>| {
        if let Event::Printed { text, .. } = event {
            printed.push_str(text);
        }
    };
    let outcome = run::run(&mut document, kernel, &options, &mut progress, std::future::pending()).await;
    let json = document.to_json().unwrap();
    assert!(!marker::is_mentioned(&json), "the saved notebook shows the runner's own variable: {json}");
    Ran { document, outcome, printed }
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_that_work_and_cells_that_fail() {
    let home = tempfile::tempdir().unwrap();
    let mut kernel = Kernel::start(&launch(home.path())).await.unwrap();
    assert!(kernel.is_evcxr());
    let other = home.path().join("jupyter/kernels/rust");
    assert_eq!(std::fs::read_to_string(other.join("kernel.json")).unwrap(), OTHER_KERNEL);
    assert_eq!(std::fs::read_to_string(other.join("version.txt")).unwrap(), "0.1.0");

    everything_that_works(&mut kernel).await;
    early_ends(&mut kernel).await;
    errors_before_anything_runs(&mut kernel).await;
    #[cfg(unix)]
    an_interrupt_stops_the_query_and_keeps_the_variables(&mut kernel).await;
    ends_of_the_process_that_runs_the_cells(&mut kernel).await;
    the_end_of_the_kernel(&mut kernel).await;
    kernel.shut_down().await;
}

async fn everything_that_works(kernel: &mut Kernel) {
    let cells = [
        "use std::collections::HashMap;",
        "fn twice(n: i32) -> i32 { n * 2 }\n#[derive(Debug)]\nstruct Point { x: i32 }",
        "",
        "// nothing but a comment",
        ":help",
        "let text = String::from(\"moved\");\nlet point = Point { x: twice(21) };",
        "let other = text;\nlet number: i32 = \"7\".parse::<i32>()?;",
        "println!(\"out {}\", number); eprintln!(\"err\");\nfor _ in 0..2 {}",
        "point",
        "println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>{}</b>\\nEVCXR_END_CONTENT\", other);",
        ":vars\nlet map: HashMap<u8, u8> = HashMap::new();\n// the end\nmap.len()",
    ];
    let ran = execute(kernel, &cells, None).await;
    assert_eq!(ran.outcome.failure, None, "{:?}", ran.outcome);
    assert_eq!((ran.outcome.completed, ran.outcome.total), (10, 10));
    assert!(ran.json(4).contains(":vars"), "{}", ran.json(4));
    assert!(ran.printed.contains("out 7\n") && ran.printed.contains("err\n"), "{}", ran.printed);
    assert!(ran.json(7).contains("\"name\":\"stdout\",\"text\":[\"out 7\\n\"]"), "{}", ran.json(7));
    assert!(ran.json(8).contains("Point { x: 42 }"), "{}", ran.json(8));
    assert!(ran.json(9).contains("\"text/html\":[\"<b>moved</b>\"]"), "{}", ran.json(9));
    let last = ran.json(10);
    assert!(last.contains("point: Point\\n") && last.contains("\"0\"]"), "{last}");
}

async fn early_ends(kernel: &mut Kernel) {
    let ran = execute(
        kernel,
        &["let before = 1;", "println!(\"so far\");\nErr::<(), String>(\"no such table\".to_owned())?;", "before"],
        None,
    )
    .await;
    let failure = ran.failure();
    assert_eq!((failure.number, failure.kind), (2, FailureKind::EndedEarly));
    assert_eq!(failure.line, "println!(\"so far\");");
    assert!(failure.message.contains("no such table"), "{failure}");
    assert!(ran.json(1).contains("so far") && ran.json(1).contains("no such table"), "{}", ran.json(1));
    assert!(ran.json(1).contains("\"output_type\":\"error\""), "{}", ran.json(1));
    assert!(ran.outputs(2).is_empty(), "cells after a failure are not run");

    let ran = execute(kernel, &["let items: Vec<u8> = Vec::new();\nitems[3]"], None).await;
    assert_eq!(ran.failure().kind, FailureKind::Panicked);
    assert!(ran.failure().message.contains("index out of bounds"), "{}", ran.failure());
    assert!(!ran.failure().message.contains("stack backtrace"), "{}", ran.failure());
}

async fn errors_before_anything_runs(kernel: &mut Kernel) {
    let ran = execute(kernel, &["let wrong: u32 = \"text\";\nwrong"], None).await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Error);
    assert!(failure.message.contains("mismatched types"), "{failure}");
    let [Output::Error(error)] = ran.outputs(0) else { panic!("{}", ran.json(0)) };
    let report = notebook::export::ansi::strip(&error.traceback.join("\n"));
    assert!(report.contains("1 │ let wrong: u32 = \"text\";"), "{report}");

    let ran = execute(kernel, &[":nonsense"], None).await;
    assert!(ran.failure().message.contains("nonsense"), "{}", ran.failure());
}

async fn ends_of_the_process_that_runs_the_cells(kernel: &mut Kernel) {
    let ran = execute(kernel, &["std::process::exit(3);"], None).await;
    assert_eq!(ran.failure().kind, FailureKind::Error);
    assert!(ran.failure().message.contains("Subprocess terminated"), "{}", ran.failure());

    let ran = execute(kernel, &["loop { std::thread::sleep(std::time::Duration::from_millis(20)); }"], Some(8.0)).await;
    assert_eq!(ran.failure().kind, FailureKind::TimedOut);
    assert!(ran.failure().message.contains("8 s"), "{}", ran.failure());
    // The kernel is still good.
    assert_eq!(execute(kernel, &["1 + 1"], None).await.outcome.failure, None);
}

/// The signal goes to the kernel, as from Jupyter; it comes when the query runs for a while.
#[cfg(unix)]
async fn an_interrupt_stops_the_query_and_keeps_the_variables(kernel: &mut Kernel) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap();
    let dep = format!(":dep entity-explorer = {{ path = {:?} }}", crate_folder.to_str().unwrap());
    let connect = format!(
        "{dep}\nuse entity_explorer::prelude::*;\nlet explorer = Explorer::start()?;\nlet workspace = explorer.connect(\"Demo\")?;\nlet kept = 42;"
    );
    let ran = execute(kernel, &[&connect], None).await;
    assert_eq!(ran.outcome.failure, None, "{:?}", ran.outcome);
    let query = "let kernel = std::os::unix::process::parent_id().to_string();
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_secs(2));
            std::process::Command::new(\"kill\").args([\"-INT\", &kernel]).status()
        });
        workspace.kql(\"range a from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | summarize sum(a * b)\")?;";
    let ran = execute(kernel, &[query], Some(100.0)).await;
    assert_eq!(ran.failure().kind, FailureKind::EndedEarly, "{}", ran.failure());
    assert!(ran.failure().message.contains("interrupted"), "{}", ran.failure());
    let ran = execute(kernel, &["println!(\"{kept} {}\", workspace.kql(\"print 6 * 7\")?.to_text()?);"], None).await;
    assert_eq!(ran.outcome.failure, None, "{:?} {}", ran.outcome, ran.printed);
    assert_eq!(ran.printed.matches("42").count(), 2, "{}", ran.printed);
}

async fn the_end_of_the_kernel(kernel: &mut Kernel) {
    let kill = "let parent = std::os::unix::process::parent_id();\nstd::process::Command::new(\"kill\").arg(\"-9\").arg(parent.to_string()).status();\n\
                std::thread::sleep(std::time::Duration::from_secs(60));";
    let ran = execute(kernel, &["1", kill, "2"], None).await;
    let failure = ran.failure();
    assert_eq!((failure.number, failure.kind), (2, FailureKind::KernelEnded));
    assert!(failure.message.contains("signal: 9"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_that_does_not_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut launch = launch(folder.path());
    launch.env.push(("PATH".into(), folder.path().into()));
    let error = Kernel::start(&launch).await.unwrap_err().to_string();
    assert!(error.contains("needs `cargo`") && error.contains("rustup"), "{error}");
    launch.command = vec!["/no/such/kernel".into()];
    let error = Kernel::start(&launch).await.unwrap_err().to_string();
    assert!(error.contains("cannot start the kernel `/no/such/kernel`"), "{error}");
}
