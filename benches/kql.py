#!/usr/bin/env python3
"""Measures the KQL engine: speed against the same work in Polars, DuckDB and pandas, memory, and how cost grows with rows.

    benches/kql.py                    30 million rows: about 12 minutes and 2 GB of disk
    benches/kql.py --rows 3000000     a quick look
    benches/kql.py --docs             puts the results into docs/performance.md and docs/kql-growth.svg, too

Needs Rust and Python 3.9. Results: a table on standard output, and kql.json, kql.md and kql.svg in the output folder.
DuckDB and pandas are installed into a virtual environment of their own. Nothing else should run on the machine.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUERIES = ROOT / "benches" / "queries"
CRATES = ["kql", "kql-polars", "local", "render", "notebook", "sentinel", "server", "enrich", "entity-explorer", "entity-explorer-engine"]
MIB = 1 << 20
# Queries of which only the peak of memory is looked at: filters and summaries over all rows.
MEMORY = {
    "filter-all-columns": 'SigninLogs | where UserPrincipalName has "alice" and ResultType != "0"',
    "count-by-host": "SecurityEvent | summarize count() by Computer, EventID",
    "count-all": "union SigninLogs, SecurityEvent | summarize count() by Type, bin(TimeGenerated, 1d)",
    "text-search": 'SecurityEvent | where CommandLine contains "mimikatz" or Account contains "svc-sql" | summarize count(), max(TimeGenerated) by Account',
}


def main():
    args = arguments()
    os.chdir(ROOT)
    args.output.mkdir(parents=True, exist_ok=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    data = args.data or target / "bench-data"
    program, bench = build(target)
    full = generate(program, data, args.rows, args.seed)
    report = {"rows": args.rows, "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()}
    say("speed: the engine and Polars by hand, taking turns")
    report["queries"] = bench_lines([bench, "--workspace", full, "--runs", str(args.runs)])
    save(args, report)
    say("memory")
    report["memory"] = memory(program, full)
    say("start of the process, and planning")
    report["print_1"] = [timed([program, "kql", "print 1"])[0] for _ in range(20)]
    report |= bench_lines([bench, "--workspace", full, "--plan", "--runs", "20"])[0]
    say("growth with the number of rows")
    report["growth"] = []
    for share in (30, 10, 3):
        report["growth"] += bench_lines([bench, "--workspace", subset(full, share), "--runs", "5", "--ours-only"])
    report["growth"] += report["queries"]
    if not args.without_python:
        python = environment(target)
        for tool in ("duckdb", "pandas"):
            say(f"speed: {tool}")
            report[tool] = others(python, tool, full, args)
    save(args, report)
    text, drawing = markdown(report, args), plot(report)
    (args.output / "kql.md").write_text(text)
    (args.output / "kql.svg").write_text(drawing)
    if args.docs:
        document(text, drawing)
    print(text)
    if not args.keep:
        shutil.rmtree(data)


def save(args, report):
    (args.output / "kql.json").write_text(json.dumps(report, indent=1) + "\n")


def document(text, drawing):
    """Replaces what stands between the marks."""
    page = ROOT / "docs" / "performance.md"
    before, rest = page.read_text().split("<!-- benches/kql.py -->\n", 1)
    _, after = rest.split("<!-- end -->\n", 1)
    page.write_text(f"{before}<!-- benches/kql.py -->\n{text}<!-- end -->\n{after}")
    (ROOT / "docs" / "kql-growth.svg").write_text(drawing)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=30_000_000, help="a third of them SigninLogs, the others SecurityEvent")
    parser.add_argument("--runs", type=int, default=5, help="the figures are medians of so many runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=pathlib.Path, help="folder for the rows, otherwise in the target folder")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "target" / "bench", help="folder for the results")
    parser.add_argument("--keep", action="store_true", help="keep the rows for the next time")
    parser.add_argument("--docs", action="store_true", help="put the results into the documentation")
    parser.add_argument("--note", default="", help="a sentence above the tables, such as what else ran on the machine")
    parser.add_argument("--without-python", action="store_true", help="leave DuckDB and pandas out")
    return parser.parse_args()


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def build(target):
    say("building")
    # Also where a configuration of cargo builds our crates without optimization.
    fast = [part for crate in CRATES for part in ("--config", f"profile.release.package.{crate}.opt-level=3")]
    build = ["cargo", "build", "--release", "--quiet", *fast]
    subprocess.run([*build, "-p", "entity-explorer-engine", "--bin", "entity-explorer"], check=True)
    subprocess.run([*build, "-p", "local", "--example", "kql_bench"], check=True)
    return target / "release" / "entity-explorer", target / "release" / "examples" / "kql_bench"


def generate(program, data, rows, seed):
    """Each table as 30 or so files, so that a part of them is a smaller workspace."""
    folder = data / f"{rows}-{seed}"
    if (folder / "complete").exists():
        return folder / "all"
    shutil.rmtree(folder, ignore_errors=True)
    say(f"generating {rows} rows")
    begun = time.time()
    tables = ["--table", f"SigninLogs={rows // 3}", "--table", f"SecurityEvent={rows - rows // 3}"]
    parts = ["--rows-per-file", str(max(rows // 90, 1))]
    subprocess.run([program, "demo", "generate", "--output", folder / "all", "--seed", str(seed), *tables, *parts], check=True, stdout=sys.stderr)
    (folder / "complete").touch()
    size = sum(f.stat().st_size for f in folder.rglob("*.parquet"))
    say(f"generated in {time.time() - begun:.0f} s, {size / MIB:.0f} MiB")
    return folder / "all"


def subset(full, share):
    """A workspace of every table's first files."""
    folder = full.parent / f"part-{share}"
    shutil.rmtree(folder, ignore_errors=True)
    for table in full.iterdir():
        files = sorted(table.glob("*.parquet"))
        (folder / table.name).mkdir(parents=True)
        for file in files[: max(len(files) // share, 1)]:
            (folder / table.name / file.name).symlink_to(file.resolve())
    return folder


def bench_lines(command):
    out = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def timed(command):
    """Seconds and peak of resident memory (bytes) of a process."""
    begun = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"failed: {command}")
    return time.perf_counter() - begun, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def memory(program, full):
    lines = []
    queries = {path.stem: path.read_text() for path in sorted(QUERIES.glob("*.kql"))}
    for name, text in {**queries, **MEMORY}.items():
        seconds, peak = timed([program, "kql", "--workspace", full, "--format", "csv", text])
        lines.append({"query": name, "seconds": seconds, "peak": peak})
    return lines


def environment(target):
    folder = target / "bench-venv"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        say("installing DuckDB and pandas")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb", "pandas", "pyarrow"], check=True)
    return python


def others(python, tool, full, args):
    command = [python, ROOT / "benches" / "kql_others.py", tool, full, str(args.runs)]
    return bench_lines(command)


def median(values):
    return statistics.median(values) if values else float("nan")


def by_query(lines, key):
    return {line["query"]: median(line[key]) for line in lines}


def markdown(report, args):
    duckdb, pandas = (by_query(report.get(tool, []), "seconds") for tool in ("duckdb", "pandas"))
    peaks = {line["query"]: line["peak"] for line in report["memory"]}
    runs = f"{report['rows']:,} rows, {report['cores']} cores; seconds, medians of {args.runs} runs."
    out = [f"{runs} {args.note}".strip(), ""]
    out += ["| query | engine | Polars by hand | ratio | DuckDB | pandas | peak of the engine |", "|---|---|---|---|---|---|---|"]
    ratios = {}
    for line in report["queries"]:
        name, ours, hand = line["query"], median(line["ours"]), median(line["by_hand"])
        ratios[name] = ours / hand
        other = [f"{t[name]:.2f}" if name in t else "–" for t in (duckdb, pandas)]
        out.append(f"| {name} | {ours:.2f} | {hand:.2f} | {ours / hand:.2f} | {other[0]} | {other[1]} | {peaks[name] / MIB:.0f} MiB |")
    slow = [f"{name} ({ratio:.2f})" for name, ratio in ratios.items() if ratio > 1.15]
    out += ["", f"The goal of 1.15 times the time by hand is {'missed by ' + ', '.join(slow) if slow else 'met by all of them'}."]
    out += ["", "| filters and summaries over all rows | seconds | peak |", "|---|---|---|"]
    shown = {name: text.replace("|", "\\|") for name, text in MEMORY.items()}
    out += [f"| `{shown[m['query']]}` | {m['seconds']:.2f} | {m['peak'] / MIB:.0f} MiB |" for m in report["memory"] if m["query"] in MEMORY]
    out += ["", "The goal is 1,536 MiB. Peaks are the resident memory of the process, with the pages of files that it has mapped."]
    out += ["", "| | |", "|---|---|"]
    out.append(f"| process start and `print 1`, median of 20 | {median(report['print_1']) * 1000:.0f} ms |")
    out.append(f"| parse and bind of a query of 200 lines to a plan of Polars, median of 20 | {median(report['bind']) * 1000:.1f} ms |")
    out.append(f"| the same, and Polars' optimization of the plan and its text (`--explain`) | {median(report['plan']) * 1000:.1f} ms |")
    out += ["", "![Seconds of each query over 1, 3, 10 and 30 million rows](kql-growth.svg)", ""]
    out += ["| seconds for a million rows, at | " + " | ".join(f"{rows / 1e6:.2g} M" for rows in all_rows(report)) + " |"]
    out.append("|---" * (len(all_rows(report)) + 1) + "|")
    for name, line in growth(report).items():
        out.append(f"| {name} | " + " | ".join(f"{seconds / rows * 1e6:.3f}" for rows, seconds in line) + " |")
    return "\n".join(out) + "\n"


def growth(report):
    """For each query: rows and seconds, the fewest rows first."""
    series = {}
    for line in report["growth"]:
        series.setdefault(line["query"], []).append((line["rows"], max(median(line["ours"]), 1e-4)))
    return {name: sorted(line) for name, line in series.items()}


def all_rows(report):
    return sorted({line["rows"] for line in report["growth"]})


def plot(report):
    """Seconds over rows, a line for each query, both axes logarithmic: linear cost is a slope of one, which the dashed line has."""
    import math

    series = growth(report)
    points = [p for line in series.values() for p in line]
    x0, x1 = (f(math.log10(p[0]) for p in points) for f in (min, max))
    y0, y1 = math.floor(min(math.log10(p[1]) for p in points)), math.ceil(max(math.log10(p[1]) for p in points))
    width, height, left, bottom = 760, 460, 60, 50
    px = lambda v: left + (math.log10(v) - x0) / ((x1 - x0) or 1) * (width - left - 150)
    py = lambda v: 20 + (y1 - math.log10(v)) / (y1 - y0) * (height - 20 - bottom)
    colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#003f5c", "#ffa600"]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">']
    out.append(f'<title>Seconds of each query over the number of rows</title><rect width="{width}" height="{height}" fill="white"/>')
    for power in range(y0, y1 + 1):
        y = py(10**power)
        out.append(f'<line x1="{left}" x2="{width - 150}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/><text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for rows in sorted({p[0] for p in points}):
        out.append(f'<line x1="{px(rows):.1f}" x2="{px(rows):.1f}" y1="20" y2="{height - bottom}" stroke="#ddd"/><text x="{px(rows):.1f}" y="{height - bottom + 16}" text-anchor="middle">{rows / 1e6:.1f} M</text>')
    out.append(f'<text x="{(left + width - 150) / 2:.0f}" y="{height - 12}" text-anchor="middle">rows (both axes logarithmic; dashed: cost that grows as the rows do)</text>')
    rows0, rows1 = 10**x0, 10**x1
    start = 10 ** (y0 + 0.3)
    out.append(f'<line x1="{px(rows0):.1f}" y1="{py(start):.1f}" x2="{px(rows1):.1f}" y2="{py(min(start * rows1 / rows0, 10**y1)):.1f}" stroke="#444" stroke-dasharray="5 4"/>')
    labels = []
    for (name, line), colour in zip(series.items(), colours):
        path = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        out += [f'<circle cx="{px(x):.1f}" cy="{py(y):.1f}" r="2.5" fill="{colour}"/>' for x, y in line]
        labels.append((py(line[-1][1]), name, colour))
    last = 0
    for y, name, colour in sorted(labels):
        last = max(y, last + 13)
        out.append(f'<text x="{width - 142}" y="{last + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


if __name__ == "__main__":
    main()
