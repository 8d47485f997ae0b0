//! The exported page in a real browser: it renders, its tables can be seen, only known scripts run, and nothing is requested.
//!
//! Needs Chromium or Chrome. Without one the tests say that they were skipped; with `CI` set,
//! as continuous integration has it, they fail instead.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use notebook::Document;
use notebook::export::{self, Page};

/// Reports what a reader sees, on the body element: it is part of an output, as the renderer's own script would be.
const PROBE: &str = "addEventListener('load', () => {
    const seen = [...document.querySelectorAll('table, .code, pre, nav a, h2')].map(e => {
        const box = e.getBoundingClientRect();
        return e.tagName + ':' + (box.width > 20 && box.height > 8 && getComputedStyle(e).visibility === 'visible');
    });
    document.body.dataset.seen = seen.join(' ');
    document.body.dataset.background = getComputedStyle(document.body).backgroundColor;
    document.body.dataset.overflow = document.documentElement.scrollWidth > innerWidth;
});";

fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let found =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "Chromium is needed: none of {names:?} is on PATH");
        eprintln!("SKIPPED: the browser test needs Chromium; none of {names:?} is on PATH");
    }
    found
}

struct Visit {
    dom: String,
    console: Vec<String>,
    requests: Vec<String>,
}

/// Opens a file in the browser, as a reader would, and gives what came of it.
fn visit(browser: &Path, file: &Path, dark: bool) -> Visit {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("net.json");
    let output = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
        ])
        .args(["--enable-logging=stderr", "--virtual-time-budget=3000", "--window-size=1400,1000"])
        .args(dark.then_some("--blink-settings=preferredColorScheme=0"))
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let net = std::fs::read_to_string(&log).expect("the browser writes its network log");
    Visit {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        console: errors.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect(),
        requests: requested(&net),
    }
}

/// The addresses in a network log, without the page itself and what the browser asks its maker on its own.
fn requested(net_log: &str) -> Vec<String> {
    let mut found: Vec<String> = net_log
        .split("\"url\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|url| !["file:", "data:", "chrome:", "about:"].iter().any(|own| url.starts_with(own)))
        .filter(|url| {
            let host = url.split('/').nth(2).unwrap_or_default();
            !(host.ends_with(".google.com") || host.ends_with(".googleapis.com") || host.ends_with(".gvt1.com"))
        })
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What log data would have to look like if escaping had failed.
fn hostile(host: &str) -> String {
    format!(
        "<img src='http://{host}/pixel.png'><script>document.body.dataset.owned = 'yes'</script>\
         <link rel=stylesheet href='http://{host}/s.css'><iframe src='http://{host}/f'></iframe>\
         <link rel=preconnect href='http://{host}/'><meta http-equiv=refresh content='1;url=http://{host}/r'>"
    )
}

/// A server that counts who comes.
fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let visitors = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&visitors);
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (host, visitors)
}

fn document(extra: &str) -> Document {
    let wide: String = (0..60).map(|n| format!("<th>Column{n}</th>")).collect();
    let table =
        format!("<table><tr>{wide}</tr><tr><td>alice@contoso.com</td></tr></table>{extra}<script>{PROBE}</script>");
    let notebook = serde_json::json!({
        "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
            {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Account\n\n## Sign-ins\n\n| a | b |\n|---|---|\n| 1 | 2 |"},
            {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": 1, "source": "let a = 1;\na", "outputs": [
                {"output_type": "stream", "name": "stderr", "text": "\u{1b}[31mred\u{1b}[0m"},
                {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "x", "text/html": table}}]},
        ]
    });
    Document::parse(&notebook.to_string()).unwrap()
}

fn page(extra: &str) -> String {
    export::html(&document(extra), &Page { scripts: &[PROBE], ..Page::default() })
}

#[test]
fn a_page_renders_and_asks_for_nothing() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, page("")).unwrap();

    let light = visit(&browser, &file, false);
    assert_eq!(light.console, Vec::<String>::new());
    assert_eq!(light.requests, Vec::<String>::new());
    let seen = attribute(&light.dom, "seen");
    assert!(!seen.contains("false"), "{seen}");
    for (tag, count) in [("TABLE:true", 2), ("A:true", 2), ("DIV:true", 1), ("PRE:true", 2), ("H2:true", 1)] {
        assert_eq!(seen.split(' ').filter(|part| *part == tag).count(), count, "{tag} in {seen}");
    }
    assert_eq!(attribute(&light.dom, "overflow"), "false", "a wide table scrolls by itself, not the page");
    assert_eq!(attribute(&light.dom, "background"), "rgb(255, 255, 255)");
    let dark = visit(&browser, &file, true);
    assert_eq!(attribute(&dark.dom, "background"), "rgb(13, 17, 23)");
}

#[test]
fn hostile_output_can_neither_run_nor_reach_the_network() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let (host, visitors) = server();
    let guarded = page(&hostile(&host));
    std::fs::write(&file, &guarded).unwrap();
    let visited = visit(&browser, &file, false);
    assert_eq!(visitors.load(Ordering::SeqCst), 0);
    assert!(!visited.dom.contains("data-owned"));
    assert!(visited.dom.contains("data-seen"), "the known script runs");

    // The same page without its policy does both: the check above can fail.
    let (before, rest) = guarded.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let (_, after) = rest.split_once('>').unwrap();
    std::fs::write(&file, format!("{before}{after}")).unwrap();
    let visited = visit(&browser, &file, false);
    assert!(visitors.load(Ordering::SeqCst) > 0);
    assert!(visited.requests.iter().any(|url| url.ends_with("/pixel.png")), "{:?}", visited.requests);
    assert!(visited.dom.contains("data-owned"));
}

fn attribute<'a>(dom: &'a str, name: &str) -> &'a str {
    let start = format!("data-{name}=\"");
    let (_, rest) = dom.split_once(&start).unwrap_or_else(|| panic!("the page has no {name}: {dom}"));
    rest.split('"').next().unwrap_or_default()
}
