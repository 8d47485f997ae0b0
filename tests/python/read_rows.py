"""Reads from a server with Microsoft's own clients, and prints as JSON what they make of it.

Usage: read_rows.py URL URL_OF_A_SERVER_WITH_A_LIMIT_OF_5_ROWS
"""

import datetime
import decimal
import json
import sys
import time

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.kusto.data import ClientRequestProperties, KustoClient, KustoConnectionStringBuilder
from azure.kusto.data.exceptions import KustoApiError, KustoMultiApiError
from azure.monitor.query import LogsBatchQuery, LogsQueryClient

# Each as what it is in Python, so that a text is not taken for a time.
KINDS = {
    datetime.datetime: lambda v: ["datetime", v.isoformat()],
    datetime.timedelta: lambda v: ["timedelta", v.total_seconds()],
    decimal.Decimal: lambda v: ["decimal", str(v)],
}


class Credential:
    def get_token(self, *scopes, **options):
        return AccessToken("a token", int(time.time()) + 3600)


def told(value):
    return KINDS.get(type(value), lambda v: v)(value)


def rows(table):
    return [[told(cell) for cell in row] for row in table]


def log_analytics(url, limited):
    client = LogsQueryClient(Credential(), endpoint=url)
    # The server speaks plain HTTP on loopback.
    plain = {"enforce_https": False}
    types = client.query_workspace("workspace", "Types", timespan=None, include_statistics=True, **plain)
    table = types.tables[0]
    last_hour = client.query_workspace("workspace", "Events | count", timespan=datetime.timedelta(hours=1), **plain)
    between = (datetime.datetime(2020, 5, 1), datetime.datetime(2020, 5, 1, 5))
    drawn = client.query_workspace("workspace", "Events | count | render card", timespan=between, include_visualization=True, **plain)
    resource = "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/VM1"
    of_resource = client.query_resource(resource, "Events | count", timespan=None, **plain)
    batch = client.query_batch(
        [
            LogsBatchQuery("workspace", "Events | take 3", timespan=None),
            LogsBatchQuery("workspace", "Nothing", timespan=None),
        ],
        **plain,
    )
    try:
        client.query_workspace("workspace", "Nothing", timespan=None, **plain)
        error = None
    except HttpResponseError as raised:
        error = [raised.status_code, raised.error.code, raised.error.innererror["code"]]
    few = LogsQueryClient(Credential(), endpoint=limited)
    partial = few.query_workspace("workspace", "Events", timespan=None, **plain)
    return {
        "columns": table.columns,
        "types": table.columns_types,
        "rows": rows(table.rows),
        "statistics": sorted(types.statistics["query"]),
        "last_hour": rows(last_hour.tables[0].rows),
        "between": rows(drawn.tables[0].rows),
        "visualization": drawn.visualization["visualization"],
        "resource": rows(of_resource.tables[0].rows),
        "batch": [len(batch[0].tables[0].rows), batch[1].code],
        "error": error,
        "partial": [str(partial.status), len(partial.partial_data[0].rows), partial.partial_error.code],
    }


def kusto(url, limited):
    client = KustoClient(KustoConnectionStringBuilder.with_azure_token_credential(url, Credential()))
    table = client.execute("Local", "Types").primary_results[0]
    streamed = client.execute_streaming_query("Local", "Types")
    first = next(streamed.iter_primary_results())
    properties = ClientRequestProperties()
    properties.set_parameter("who", 'bob" | union *')
    properties.set_parameter("since", "datetime(2020-05-02)")
    properties.set_parameter("least", 40)
    csl = "declare query_parameters(who: string, since: datetime, least: long); Events | where TimeGenerated >= since and n >= least | summarize count() by who"
    asked = client.execute("Local", csl, properties).primary_results[0]
    tables = client.execute_mgmt("Local", ".show tables | project TableName").primary_results[0]
    try:
        client.execute("Local", "Nothing")
        error = None
    except KustoApiError as raised:
        error = [raised.get_api_error().code, raised.is_semantic_error()]
    few = KustoClient(KustoConnectionStringBuilder.with_azure_token_credential(limited, Credential()))
    try:
        few.execute("Local", "Events")
        partial = None
    except KustoMultiApiError as raised:
        partial = raised.get_api_errors()[0].code
    return {
        "columns": [c.column_name for c in table.columns],
        "types": [c.column_type for c in table.columns],
        "rows": rows(table),
        "streamed": rows(first),
        "asked": rows(asked),
        "tables": rows(tables),
        "error": error,
        "partial": partial,
    }


if __name__ == "__main__":
    print(json.dumps({"log_analytics": log_analytics(*sys.argv[1:]), "kusto": kusto(*sys.argv[1:])}))
