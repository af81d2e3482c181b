# Calls an actor through the sidecar of this machine, with the standard library alone: adds, then reads.
#
#   python3 examples/sidecar/client.py [id]      the sidecar is at 127.0.0.1:3600, or at $BERTH_SIDECAR
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

origin = os.environ.get("BERTH_SIDECAR", "http://127.0.0.1:3600")
actor = quote(sys.argv[1] if len(sys.argv) > 1 else "42", safe="")


def call(method, path):
    url = f"{origin}/v1/call/Counter/{actor}{path}"
    request = Request(url, method=method, headers={"Berth-Timeout": "10"})
    try:
        with urlopen(request, timeout=15) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        # A problem document says what hindered the call, and whether a retry makes sense.
        return error.code, error.read().decode()
    except URLError as error:
        sys.exit(f"{origin} does not answer: {error.reason}. Is the sidecar running?")


results = [(method, *call(method, path)) for method, path in [("POST", "/add"), ("GET", "")]]
for method, status, body in results:
    print(method, status, body)
sys.exit(any(status != 200 for _, status, _ in results))
