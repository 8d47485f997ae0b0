"""WhoIs and threat intelligence for a column of addresses: the project and msticpy, against the same servers on loopback, which answer after 100 ms.

    python3 -m venv venv && venv/bin/pip install msticpy
    venv/bin/python benches/enrich.py [addresses for msticpy, 1000]

The servers are those of `cargo run --release -p enrich --example columns -- serve`. Of msticpy only addresses are changed: those of the registry, of the
services, and of whois.cymru.com with its port. Everything it asks is answered as it expects.
"""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
NAMES = ["OTX", "AbuseIPDB", "XForce"]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    run = ["cargo", "run", "--release", "-q", "-p", "enrich", "--example", "columns"]
    print("entity-explorer, 1000 addresses", flush=True)
    subprocess.run(run, cwd=HERE, check=True)
    servers = subprocess.Popen([*run, "--", "serve"], cwd=HERE, stdout=subprocess.PIPE, text=True)
    try:
        url, whois = servers.stdout.readline().split()
        msticpy(url, whois, count)
    finally:
        servers.terminate()


def msticpy(url, whois, count):
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "msticpyconfig.yaml")
        entries = "".join(
            f"  {name}:\n    Args: {{ApiID: id-123456, AuthKey: key-123456}}\n    Primary: true\n    Provider: {name}\n" for name in NAMES
        )
        config.write_text(f"TIProviders:\n{entries}")
        os.environ["MSTICPYCONFIG"] = str(config)
        import pandas
        import msticpy as package
        from msticpy.context import ip_utils, tilookup
        from msticpy.context.tiproviders import abuseipdb, alienvault_otx, ibm_xforce

        for service in (abuseipdb.AbuseIPDB, alienvault_otx.OTX, ibm_xforce.XForce):
            service._BASE_URL = url if service._BASE_URL.endswith("/") else url.rstrip("/")
        for registry in ip_utils._REGISTRIES.values():
            registry["url"] = f"{url}ip/"
        host, port = whois.split(":")

        class Loopback(socket.socket):
            """Connects to the server here instead of whois.cymru.com:43."""

            def connect(self, address):
                super().connect((host, int(port)) if address == ("whois.cymru.com", 43) else address)

        ip_utils.socket.socket = Loopback
        data = pandas.DataFrame({"IP": [f"8.9.{i // 250}.{i % 250 + 1}" for i in range(count)]})
        print(f"msticpy {package.__version__}, {count} addresses", flush=True)
        lookup = tilookup.TILookup(providers=NAMES)
        start = time.perf_counter()
        found = lookup.lookup_iocs(data, ioc_col="IP", providers=NAMES, progress=False)
        took = time.perf_counter() - start
        print(f"lookup_iocs, {len(NAMES)} services at once: {took:.1f} s ({len(found)} rows, {int(found['Result'].sum())} with an answer)", flush=True)
        start = time.perf_counter()
        found = ip_utils.get_whois_df(data, "IP")
        took = time.perf_counter() - start
        answered = int(found["asn"].notna().sum()) if "asn" in found else 0
        print(f"get_whois_df: {took:.1f} s ({answered} of {len(found)} answered)", flush=True)


main()
