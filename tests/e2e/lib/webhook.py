"""A webhook receiver on loopback that checks Standard Webhooks signatures, with Python's own hmac.

    hook = Receiver(secrets=["whsec_…"])          hook.url, hook.port
    hook.order(status=503, headers={"Retry-After": "1"})     the next request gets this; orders queue up
    hook.order(close=True)                         reads the request, takes it, and closes before answering
    hook.order(half=True)                          takes it, and breaks off in the middle of the answer's head
    hook.order(call=f)                             takes the request, and calls f() before answering
    hook.order(hang=5)                             answers only after 5 s
    hook.got                                       dicts: t, status, method, path, headers, id, timestamp, signed, repeat, body, json
    hook.log                                       the same as JSON lines in a file, for other processes

Without an order: 204 when the signature (if secrets are given) verifies and is under 5 minutes old, else 401."""
import base64, contextlib, hashlib, hmac, http.server, json, os, socket, ssl, sys, threading, time

from e2e import at_end, folder, wait_for


def make_secret(seed="test-signing-secret-0123456789abcdef"):
    return "whsec_" + base64.b64encode(seed.encode()).decode()


def signature(secret, key, timestamp, body):
    """The text that Standard Webhooks asks for in webhook-signature."""
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(raw, f"{key}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def verify(secrets, headers, body, now=None):
    """True when one of the signatures fits one of the secrets, and the attempt is under 5 minutes old."""
    key, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not key or not stamp.isdigit() or abs((now or time.time()) - int(stamp)) > 300:
        return False
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(signature(s, key, stamp, body), g) for s in secrets for g in given)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.receiver.take(self, body)

    do_PUT = do_PATCH = do_POST

    def log_message(self, *args):
        pass

    def setup(self):
        super().setup()
        self.request.settimeout(60)
        self.server.connections.append(self.request)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args):
        self.connections = []
        super().__init__(*args)

    def handle_error(self, request, address):
        pass  # clients that go away are part of the tests


class Receiver:
    def __init__(self, secrets=(), port=0, tls=None, path="/hook", body=b"", log=None, judge=None):
        """tls: (certificate file, key file). body: of the answer when all is well. judge(entry): the answer of a
        request that no order is for, as an order; None: as without it."""
        self.judge = judge
        self.secrets, self.orders, self.got, self.taken = list(secrets), [], [], set()
        self.answer, self.lock = body, threading.Lock()
        self.log = log or os.path.join(folder("webhook"), "got.jsonl")
        open(self.log, "a").close()
        self.server = _Server(("127.0.0.1", port), _Handler)
        self.server.receiver = self
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{'localhost' if tls else '127.0.0.1'}:{self.port}{path}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        at_end(self.stop)

    def order(self, times=1, **what):
        with self.lock:
            self.orders += [what] * times

    def take(self, request, body):
        headers = {k.lower(): v for k, v in request.headers.items()}
        signed = verify(self.secrets, headers, body)
        key = headers.get("webhook-id")
        with self.lock:
            order = self.orders.pop(0) if self.orders else None
            try:
                parsed = json.loads(body)
            except ValueError:
                parsed = None
            entry = {"t": time.time(), "method": request.command, "path": request.path, "headers": headers, "id": key,
                     "timestamp": headers.get("webhook-timestamp"), "signed": signed, "repeat": key in self.taken,
                     "body": body.decode(errors="replace"), "json": parsed}
            if not order and self.judge:
                order = self.judge(entry)
            status = (order or {}).get("status", 204 if not self.secrets or signed else 401)
            if status == 204 and self.answer:
                status = 200
            entry["status"] = status
            if order and (order.get("close") or order.get("half")):
                entry["status"] = 0
            if 200 <= status < 300 and not (order and order.get("lose")):
                self.taken.add(key)
            self.got.append(entry)
            with open(self.log, "a") as f:
                f.write(json.dumps(entry) + "\n")
        if order and order.get("call"):
            order["call"]()
        if order and order.get("hang"):
            time.sleep(order["hang"])
        if order and order.get("half"):
            request.wfile.write(b"HTTP/1.1 20")
        if order and (order.get("close") or order.get("half")):
            request.close_connection = True
            request.connection.close()
            return
        answer = (order or {}).get("body", self.answer if 200 <= status < 300 else b"")
        answer = answer.encode() if isinstance(answer, str) else answer
        request.send_response(status)
        for name, value in (order or {}).get("headers", {}).items():
            request.send_header(name, value)
        if status != 204:
            request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        if status != 204:
            request.wfile.write(answer)

    def wait(self, n, seconds=15):
        """Until n requests have come; returns them all."""
        wait_for(lambda: len(self.got) >= n, seconds, f"{n} requests at the webhook")
        return self.got

    def stop(self):
        """Kept connections end, too."""
        self.server.shutdown()
        self.server.server_close()
        for c in self.server.connections:
            with contextlib.suppress(OSError):
                c.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":  # webhook.py SECONDS [SECRET…]: prints its address, for a look by hand
    hook = Receiver(sys.argv[2:])
    print(hook.url, hook.log, flush=True)
    time.sleep(float(sys.argv[1]))
