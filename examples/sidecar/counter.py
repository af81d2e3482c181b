# An application beside `berth sidecar`, with the standard library alone. Its actors count, in memory.
#
#   python3 examples/sidecar/counter.py          listens on 127.0.0.1:8080, or on $PORT
#
# docs/sidecar.md has the command that starts the sidecar beside it.
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

numbers = {}
lock = Lock()


class Counter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_call(self):
        if "Transfer-Encoding" in self.headers:  # a body of unknown length, which nobody needs here
            self.close_connection = True
            return self.answer(411, {"error": "send a length"})
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "GET" and self.path == "/berth/config":
            return self.answer(200, {"types": ["Counter"]})
        if self.command == "DELETE" and self.path.startswith("/berth/actors/"):
            # The actor leaves: what is only in memory is to be written down now.
            with lock:
                numbers.pop(self.path.removeprefix("/berth/actors/"), None)
            return self.answer(200, {})
        # Which actor is called: always in the same spelling, and never from a caller.
        actor = self.headers.get("Berth-Actor")
        rest = "/".join(self.path.split("/")[3:])
        if actor is None or (self.command, rest) not in [("GET", ""), ("POST", "add")]:
            return self.answer(404, {"error": "GET an actor through the sidecar, or POST add"})
        with lock:
            number = numbers.get(actor, 0) + (rest == "add")
            if rest == "add":
                numbers[actor] = number
        return self.answer(200, {"actor": actor, "number": number})

    do_GET = do_POST = do_DELETE = handle_call

    def log_message(self, *_):
        pass


port = int(os.environ.get("PORT", 8080))
server = ThreadingHTTPServer(("127.0.0.1", port), Counter)
print(f"counts on 127.0.0.1:{port}", flush=True)
server.serve_forever()
