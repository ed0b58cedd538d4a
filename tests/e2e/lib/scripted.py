"""A scripted HTTP/1.1 server on loopback, for what nginx cannot be made to do: any bytes at any time.

    web = Scripted()                           web.url("/feed"), web.port
    web.page("/feed", status=429, headers={"Retry-After": "5"}, body="…")     what a path answers from now on
    web.page("/feed", call=f)                  f(connection, request) writes the answer itself; returns True to go on
    web.page("/x", raw=b"…")                   these bytes, then the connection ends
    web.log                                    requests as they came: dicts t, method, path, lines (raw), headers
    web.requests("/feed"), web.wait_requests("/feed", n)

tls = (certificate file, key file). address: another of 127.x. Header names in `headers` are in small letters; `lines`
has them as they were sent, in order. Each connection is a thread; HTTP/1.1, kept alive."""
import socket, ssl, threading, time

from e2e import at_end, wait_for


class Request(dict):
    def __getattr__(self, name):
        return self[name]


class Scripted:
    def __init__(self, tls=None, address="127.0.0.1", port=0):
        self.pages, self.log, self.open, self.most, self.connections = {}, [], 0, 0, 0
        self.lock, self.context, self.address = threading.Lock(), None, address
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.socket = socket.create_server((address, port), backlog=256, reuse_port=False)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        at_end(self.stop)

    def url(self, path="/"):
        return f"{'https' if self.context else 'http'}://{self.address}:{self.port}{path}"

    def page(self, path, status=200, headers=(), body="", call=None, raw=None, delay=0):
        self.pages[path] = dict(status=status, headers=dict(headers), body=body, call=call, raw=raw, delay=delay)

    def requests(self, path):
        with self.lock:
            return [r for r in self.log if r.path == path]

    def wait_requests(self, path, n=1, seconds=15):
        wait_for(lambda: len(self.requests(path)) >= n, seconds, f"{n} requests of {path}")
        return self.requests(path)

    def stop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    # -- inside

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.settimeout(60)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with self.lock:
                self.connections += 1
                number = self.connections
            reader = connection.makefile("rb")
            while self._one(connection, reader, number):
                pass
        except OSError:
            pass
        finally:
            try:
                connection.close()
            except OSError:
                pass

    def _one(self, connection, reader, number):
        first = reader.readline().decode("latin-1").strip()
        if not first:
            return False
        lines = []
        while (line := reader.readline().decode("latin-1").rstrip("\r\n")):
            lines.append(line)
        method, path, _ = first.split(" ", 2)
        request = Request(t=time.time(), method=method, path=path, first=first, lines=lines, connection=number,
                          headers={name.strip().lower(): value.strip() for name, _, value in
                                   (line.partition(":") for line in lines)})
        with self.lock:
            self.log.append(request)
            self.open += 1
            self.most = max(self.most, self.open)
            page = self.pages.get(path) or self.pages.get(path.split("?")[0])
        try:
            return self._answer(connection, request, page)
        finally:
            with self.lock:
                self.open -= 1

    def _answer(self, connection, request, page):
        if page is None:
            page = dict(status=404, headers={}, body="no such page", call=None, raw=None, delay=0)
        if page["delay"]:
            time.sleep(page["delay"])
        if page["call"]:
            return bool(page["call"](connection, request))
        if page["raw"] is not None:
            connection.sendall(page["raw"])
            return False
        connection.sendall(answer(page["status"], page["headers"], page["body"]))
        return True


def answer(status, headers=(), body=""):
    """The bytes of an answer with its Content-Length."""
    body = body.encode() if isinstance(body, str) else body
    headers = dict(headers)
    if status >= 200 and status not in (204, 304):
        headers.setdefault("Content-Length", str(len(body)))
    head = f"HTTP/1.1 {status} Said\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    return head.encode("latin-1") + (body if status not in (204, 304) else b"")
