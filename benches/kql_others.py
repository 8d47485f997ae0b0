"""The queries of benches/queries in DuckDB's SQL and in pandas. usage: kql_others.py duckdb|pandas WORKSPACE RUNS

Prints a line of JSON for each query. Run by kql.py, in an environment with both packages.
"""
import json
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
    "12-users": """SELECT UserPrincipalName, count(*) Days, sum(Failures) Events FROM (SELECT UserPrincipalName, date_trunc('day', TimeGenerated) d, count(*) Failures, count(DISTINCT IPAddress) Addresses
        FROM SigninLogs WHERE ResultType <> '0' GROUP BY ALL HAVING Addresses > 1) GROUP BY ALL ORDER BY Events DESC LIMIT 20""",
}


def duckdb_queries(workspace):
    import duckdb

    connection = duckdb.connect()
    for table in ("SigninLogs", "SecurityEvent"):
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{workspace}/{table}/*.parquet')")
    return {name: (lambda sql=sql: len(connection.execute(sql).fetch_arrow_table())) for name, sql in SQL.items()}


def pandas_queries(workspace):
    import pandas as pd

    def read(table, columns=None, filters=None):
        # Text as Arrow keeps it: Python objects would need several times the memory.
        return pd.read_parquet(f"{workspace}/{table}", columns=columns, filters=filters, dtype_backend="pyarrow")

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
        rows = read("SigninLogs", ["LocationDetails", "DeviceDetail"])
        city = rows.LocationDetails.str.extract(r'"city":"([^"]*)"', expand=False)
        system = rows.DeviceDetail.str.extract(r'"operatingSystem":"([^"]*)"', expand=False)
        return rows.groupby([city, system]).size()

    def expand():
        rows = read("SigninLogs", ["ConditionalAccessPolicies"])
        parsed = rows.ConditionalAccessPolicies.map(json.loads).explode().dropna()
        return pd.Series(parsed.map(lambda p: (p["displayName"], p["result"]))).value_counts()

    def top():
        columns = ["TimeGenerated", "UserPrincipalName", "IPAddress", "AppDisplayName"]
        return read("SigninLogs", columns, [("ResultType", "==", "50126")]).nlargest(100, "TimeGenerated")

    def rare():
        rows = read("SecurityEvent", ["TimeGenerated", "NewProcessName", "ParentProcessName", "Computer"], [("EventID", "==", 4688)])
        groups = rows.groupby(["NewProcessName", "ParentProcessName"])
        return groups.agg(a=("TimeGenerated", "min"), b=("TimeGenerated", "max"), c=("Computer", "nunique"), n=("Computer", "size")).sort_values("n")

    def spray():
        rows = read("SigninLogs", ["TimeGenerated", "UserPrincipalName", "IPAddress", "AppDisplayName"], [("ResultType", "in", ["50126", "50053", "50055"])])
        groups = rows.groupby(["IPAddress", rows.TimeGenerated.dt.floor("h")])
        found = groups.agg(users=("UserPrincipalName", "nunique"), n=("UserPrincipalName", "size"), apps=("AppDisplayName", "unique"))
        return found[found.users >= 5]

    def extract():
        rows = read("SecurityEvent", ["NewProcessName"], [("EventID", "==", 4688)])
        return rows.groupby(rows.NewProcessName.str.extract(r"([^\\]+)$", expand=False).str.lower()).size()

    def users():
        rows = read("SigninLogs", ["TimeGenerated", "UserPrincipalName", "IPAddress"], [("ResultType", "!=", "0")])
        days = rows.groupby(["UserPrincipalName", rows.TimeGenerated.dt.floor("D")]).agg(n=("IPAddress", "size"), a=("IPAddress", "nunique"))
        return days[days.a > 1].groupby("UserPrincipalName").n.agg(["size", "sum"]).nlargest(20, "sum")

    # Not 03-latest: all columns of all rows do not fit into the memory of an ordinary machine.
    found = {"01-term": term, "02-hourly": hourly, "04-dcount": dcount, "05-join": join, "06-dynamic": dynamic, "07-expand": expand}
    found |= {"08-top": top, "09-rare": rare, "10-spray": spray, "11-extract": extract, "12-users": users}
    return {name: (lambda query=query: len(query())) for name, query in found.items()}


def main():
    tool, workspace, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    queries = duckdb_queries(workspace) if tool == "duckdb" else pandas_queries(workspace)
    for name, query in queries.items():
        seconds, rows = [], None
        # The first of several runs is not counted, as for the others.
        for run in range(runs + (runs > 1)):
            begun = time.perf_counter()
            rows = query()
            seconds.append(time.perf_counter() - begun)
        print(json.dumps({"query": name, "result_rows": rows, "seconds": seconds[1:] or seconds}), flush=True)


if __name__ == "__main__":
    main()
