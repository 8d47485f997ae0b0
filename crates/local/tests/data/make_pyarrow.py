"""Writes the files in `pyarrow/`. Needs pyarrow: python make_pyarrow.py"""
import datetime
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = range(100)
START = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
folder = pathlib.Path(__file__).parent / "pyarrow"
folder.mkdir(exist_ok=True)


def strings(values, kind):
    if kind == "Dictionary":
        return pa.array(values).dictionary_encode()
    return pa.array(values, pa.large_string() if kind == "LargeString" else pa.string_view())


for kind in ("Dictionary", "LargeString", "StringView"):
    table = pa.table(
        {
            "TimeGenerated": pa.array([START + datetime.timedelta(minutes=i) for i in ROWS], pa.timestamp("us", "UTC")),
            "User": strings([f"user{i % 5}" for i in ROWS], kind),
            "Maybe": strings(["yes" if i % 2 else "" if i % 4 else None for i in ROWS], kind),
            "N": pa.array(ROWS, pa.int64()),
        }
    )
    version = "2.0" if kind == "LargeString" else "1.0"
    pq.write_table(table, folder / f"{kind}.parquet", row_group_size=7, data_page_version=version)
