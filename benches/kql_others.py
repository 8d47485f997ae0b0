"""The queries of benches/queries in DuckDB's SQL and in pandas. usage: kql_others.py duckdb|pandas WORKSPACE RUNS

Prints a line of JSON for each query. Run by kql.py, in an environment with both packages.
"""
import json
import pathlib
import sys
import time

SQL = {
    "01-term": r"SELECT Computer, count(*) Events FROM SecurityEvent WHERE regexp_matches(CommandLine, '(?i)\bgpupdate\b') GROUP BY ALL",
    "02-hourly": "SELECT date_trunc('hour', TimeGenerated) h, ResultType, count(*) Events FROM SigninLogs WHERE TimeGenerated BETWEEN '2024-05-15T00:00:00Z' AND '2024-05-18T00:00:00Z' GROUP BY ALL",
    "03-latest": "SELECT UserPrincipalName, unnest(max_by(s, TimeGenerated)) FROM SigninLogs s GROUP BY UserPrincipalName",
    "04-dcount": "SELECT Computer, count(DISTINCT TargetUserName) Accounts, count(*) Events FROM SecurityEvent WHERE EventID = 4624 GROUP BY ALL",
    "05-join": """WITH failed AS (SELECT TargetAccount, IpAddress, count(*) Failures FROM SecurityEvent WHERE EventID = 4625 GROUP BY ALL)
        SELECT TargetAccount, IpAddress, Failures, Events FROM (SELECT TargetAccount, IpAddress, count(*) Events FROM SecurityEvent WHERE EventID = 4624 GROUP BY ALL)
        JOIN failed USING (TargetAccount, IpAddress) WHERE Failures >= 3""",
    "06-dynamic": "SELECT json_extract_string(LocationDetails, '$.city') City, json_extract_string(DeviceDetail, '$.operatingSystem') System, count(*) Events FROM SigninLogs GROUP BY ALL",
    "07-expand": """SELECT json_extract_string(p, '$.displayName') Name, json_extract_string(p, '$.result') Result, count(*) Events
        FROM (SELECT unnest(from_json(ConditionalAccessPolicies, '["JSON"]')) p FROM SigninLogs) GROUP BY ALL""",
    "08-top": "SELECT TimeGenerated, UserPrincipalName, IPAddress, AppDisplayName FROM SigninLogs WHERE ResultType = '50126' ORDER BY TimeGenerated DESC LIMIT 100",
    "09-rare": "SELECT NewProcessName, ParentProcessName, min(TimeGenerated), max(TimeGenerated), count(DISTINCT Computer) Hosts, count(*) Events FROM SecurityEvent WHERE EventID = 4688 GROUP BY ALL ORDER BY Events",
    "10-spray": "SELECT IPAddress, date_trunc('hour', TimeGenerated) h, count(DISTINCT UserPrincipalName) Users, count(*) Events, list(DISTINCT AppDisplayName) Apps FROM SigninLogs WHERE ResultType IN ('50126', '50053', '50055') GROUP BY ALL HAVING Users >= 5",
    "11-extract": r"SELECT lower(regexp_extract(NewProcessName, '([^\\]+)$', 1)) File, count(*) Events FROM SecurityEvent WHERE EventID = 4688 GROUP BY ALL",
    "12-users": """SELECT UserPrincipalName, count(*) AS Days, sum(Failures) Events FROM (SELECT UserPrincipalName, date_trunc('day', TimeGenerated) d, count(*) Failures, count(DISTINCT IPAddress) Addresses
        FROM SigninLogs WHERE ResultType <> '0' GROUP BY ALL HAVING Addresses > 1) GROUP BY ALL ORDER BY Events DESC, UserPrincipalName LIMIT 20""",
}


def duckdb_queries(workspace):
    import duckdb

    connection = duckdb.connect()
    for table in ("SigninLogs", "SecurityEvent"):
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{workspace}/{table}/*.parquet')")
    return {name: (lambda sql=sql: len(connection.sql(sql).to_arrow_table())) for name, sql in SQL.items()}


def pandas_queries(workspace):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(table, columns, filters=None):
        # Text as Arrow keeps it: Python objects would need several times the memory. As plain text, since pandas does not know string views.
        files = sorted(pathlib.Path(workspace, table).glob("*.parquet"))
        schema = pq.read_schema(files[0])
        plain = [field.with_type(pa.large_string()) if field.type == pa.string_view() else field for field in schema]
        rows = pq.read_table(files, columns=columns, filters=filters, schema=pa.schema(plain))
        return rows.to_pandas(types_mapper=pd.ArrowDtype)

    def term():
        rows = read("SecurityEvent", ["Computer", "CommandLine"])
        return rows[rows.CommandLine.str.contains(r"(?i)\bgpupdate\b", regex=True).fillna(False)].groupby("Computer").size()

    def hourly():
        first, last = pd.Timestamp("2024-05-15", tz="UTC"), pd.Timestamp("2024-05-18", tz="UTC")
        rows = read("SigninLogs", ["TimeGenerated", "ResultType"], [("TimeGenerated", ">=", first), ("TimeGenerated", "<=", last)])
        return rows.groupby([rows.TimeGenerated.dt.floor("h"), "ResultType"]).size()

    def dcount():
        rows = read("SecurityEvent", ["Computer", "TargetUserName"], [("EventID", "==", 4624)])
        return rows.groupby("Computer").TargetUserName.agg(["nunique", "size"])

    def join():
        keys = ["TargetAccount", "IpAddress"]
        failed = read("SecurityEvent", keys, [("EventID", "==", 4625)]).groupby(keys).size().rename("Failures").reset_index()
        logons = read("SecurityEvent", keys, [("EventID", "==", 4624)]).groupby(keys).size().rename("Events").reset_index()
        return logons.merge(failed[failed.Failures >= 3], on=keys)

    def dynamic():
        # The texts repeat: JSON is read once for each different one.
        columns = ["LocationDetails", "DeviceDetail"]
        counts = read("SigninLogs", columns).groupby(columns).size().rename("n").reset_index()
        city = counts.LocationDetails.map(lambda text: json.loads(text).get("city"))
        system = counts.DeviceDetail.map(lambda text: json.loads(text).get("operatingSystem"))
        return counts.groupby([city, system]).n.sum()

    def expand():
        counts = read("SigninLogs", ["ConditionalAccessPolicies"]).value_counts().rename("n").reset_index()
        counts["p"] = counts.ConditionalAccessPolicies.astype(object).map(json.loads)
        policies = counts.explode("p").dropna(subset="p")
        return policies.groupby([policies.p.str["displayName"], policies.p.str["result"]]).n.sum()

    def top():
        columns = ["TimeGenerated", "UserPrincipalName", "IPAddress", "AppDisplayName"]
        rows = read("SigninLogs", [*columns, "ResultType"])
        return rows[rows.ResultType == "50126"][columns].sort_values("TimeGenerated", ascending=False).head(100)

    def rare():
        rows = read("SecurityEvent", ["TimeGenerated", "NewProcessName", "ParentProcessName", "Computer"], [("EventID", "==", 4688)])
        groups = rows.groupby(["NewProcessName", "ParentProcessName"])
        return groups.agg(a=("TimeGenerated", "min"), b=("TimeGenerated", "max"), c=("Computer", "nunique"), n=("Computer", "size")).sort_values("n")

    def spray():
        rows = read("SigninLogs", ["TimeGenerated", "UserPrincipalName", "IPAddress", "AppDisplayName", "ResultType"])
        rows = rows[rows.ResultType.isin(["50126", "50053", "50055"])]
        groups = rows.groupby(["IPAddress", rows.TimeGenerated.dt.floor("h")])
        found = groups.agg(users=("UserPrincipalName", "nunique"), n=("UserPrincipalName", "size"), apps=("AppDisplayName", "unique"))
        return found[found.users >= 5]

    def extract():
        counts = read("SecurityEvent", ["NewProcessName"], [("EventID", "==", 4688)]).value_counts().rename("n").reset_index()
        return counts.groupby(counts.NewProcessName.str.extract(r"([^\\]+)$", expand=False).str.lower()).n.sum()

    def users():
        rows = read("SigninLogs", ["TimeGenerated", "UserPrincipalName", "IPAddress", "ResultType"])
        rows = rows[rows.ResultType != "0"]
        days = rows.groupby(["UserPrincipalName", rows.TimeGenerated.dt.floor("D")]).agg(n=("IPAddress", "size"), a=("IPAddress", "nunique"))
        return days[days.a > 1].groupby("UserPrincipalName").n.agg(["size", "sum"]).sort_index().sort_values("sum", ascending=False, kind="stable").head(20)

    # Not 03-latest: all columns of all rows do not fit into the memory of an ordinary machine.
    found = {"01-term": term, "02-hourly": hourly, "04-dcount": dcount, "05-join": join, "06-dynamic": dynamic, "07-expand": expand}
    found |= {"08-top": top, "09-rare": rare, "10-spray": spray, "11-extract": extract, "12-users": users}
    return {name: (lambda query=query: len(query())) for name, query in found.items()}


def main():
    tool, workspace, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    queries = duckdb_queries(workspace) if tool == "duckdb" else pandas_queries(workspace)
    for name, query in queries.items():
        seconds, rows = [], None
        for _ in range(runs):
            begun = time.perf_counter()
            rows = query()
            seconds.append(time.perf_counter() - begun)
        print(json.dumps({"query": name, "result_rows": rows, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
