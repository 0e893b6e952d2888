"""What is around each Python service of a chain: a server, its end, and what it says of a request.

A service answers with a list of sights: what it saw of the request, then what those behind it saw.
"""

import http.client
import http.server
import json
import os
import sys
import threading
import urllib.parse

NAME = os.environ["OTEL_SERVICE_NAME"]
# Where the next service listens, HOST:PORT; nowhere for the last one.
NEXT = urllib.parse.urlsplit(os.environ.get("NEXT_URL", "")).netloc

# The headers that carry context, in any format.
CONTEXT = (
    "traceparent", "tracestate", "baggage", "b3", "x-b3-", "uber-trace-id", "uberctx-",
    "x-datadog-", "x-amzn-trace-id", "x-correlation-id",
)


def received(headers):
    """Those of the headers that carry context."""
    return {name: value for name, value in headers.items() if name.startswith(CONTEXT)}


def ask(headers):
    """The sights of the next service, asked by HTTP with these headers; none if there is no next one."""
    if not NEXT:
        return []
    # Never through a proxy.
    connection = http.client.HTTPConnection(NEXT, timeout=30)
    connection.request("GET", "/", headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{NEXT} answers {answer.status}: {body}")
    return json.loads(body)


def serve(handle):
    """Answers requests with `handle(headers, url)`, a list of sights, until standard input is closed."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, body = 200, json.dumps(handle(headers, urllib.parse.urlsplit(self.path)))
            except Exception as error:  # told to the caller, and by it to the test
                status, body = 500, f"{NAME}: {error!r}"
            self.send_response(status)
            self.send_header("content-length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("listening 127.0.0.1:%d" % server.server_port, flush=True)
    # Also closed when the test is killed.
    sys.stdin.read()
    server.shutdown()
