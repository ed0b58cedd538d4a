"""A WebSub hub for tests, made from the W3C recommendation of 2018 (sections 5 to 8).

    hub = Hub(ca_file)                     # http on loopback; callbacks are asked over TLS with this CA
    hub.url                                # for rel=hub
    hub.asked                              # forms that came to it, as dicts, oldest first
    hub.lease = 3                          # seconds it grants; None: what was asked
    hub.confirms = False                   # takes requests and stays silent
    hub.answers = 403, "no"                # refuses
    hub.verify(form, **changes)            # asks the callback for its intent: (status, body)
    hub.deny(form, "reason")
    hub.push(form, body, method="sha256")  # status; method None: unsigned; secret=…, signature=… to do it wrong
"""
import hashlib, hmac, http.server, secrets, ssl, threading, time, urllib.error, urllib.parse, urllib.request

from e2e import at_end


class Hub:
    def __init__(self, ca_file):
        self.asked, self.confirmed = [], []
        self.lease, self.confirms, self.answers = None, True, (202, "")
        self.context = ssl.create_default_context(cafile=ca_file)
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(urllib.parse.parse_qsl(body, strict_parsing=True, keep_blank_values=True))
                form["type"], form["agent"] = self.headers["Content-Type"], self.headers["User-Agent"]
                status, text = hub.answers
                hub.asked.append(form)
                self.send_response(status)
                if status in (307, 308):
                    self.send_header("Location", text)
                    text = ""
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())
                if status == 202 and hub.confirms:
                    threading.Thread(target=hub.confirm, args=(form,), daemon=True).start()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hub"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        at_end(self.server.shutdown)

    def call(self, url, body=None, headers={}):
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=20) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def question(self, form, **changes):
        q = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": secrets.token_urlsafe(16)}
        if form["hub.mode"] == "subscribe":
            q["hub.lease_seconds"] = str(self.lease or form["hub.lease_seconds"])
        q.update({"hub." + k: v for k, v in changes.items()})
        return {k: v for k, v in q.items() if v is not None}

    def verify(self, form, **changes):
        q = self.question(form, **changes)
        status, text = self.call(form["hub.callback"] + "?" + urllib.parse.urlencode(q))
        return status, text == q.get("hub.challenge")

    def confirm(self, form):
        if self.verify(form) == (200, True):
            self.confirmed.append(form)

    def deny(self, form, reason):
        q = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": reason}
        return self.call(form["hub.callback"] + "?" + urllib.parse.urlencode(q))[0]

    def push(self, form, body, method="sha256", secret=None, signature=None, type="application/rss+xml"):
        headers = {"Content-Type": type, "Link": f'<{self.url}>; rel="hub", <{form["hub.topic"]}>; rel="self"'}
        body = body.encode()
        if method:
            mac = hmac.new((secret or form["hub.secret"]).encode(), body, getattr(hashlib, method)).hexdigest()
            headers["X-Hub-Signature"] = f"{method}={signature or mac}"
        return self.call(form["hub.callback"], body, headers)[0]
