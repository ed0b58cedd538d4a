"""What all end-to-end tests share: TAP, ports, the two programs, waiting. Python's own library only."""
import contextlib, json, os, shutil, signal, socket, subprocess, sys, tempfile, time, traceback

BUILD = os.environ.get("NEWSALERT_BUILD", os.path.abspath("build"))
SOURCE = os.environ.get("NEWSALERT_SOURCE", os.getcwd())
SAN = os.environ.get("NEWSALERT_SAN")  # what make must be told to build the same once more
DAEMON = os.path.join(BUILD, "newsalertd")
CTL = os.path.join(BUILD, "newsalertctl")

_count = 0
_failed = 0
_cleanups = []


class Skip(Exception):
    pass


def at_end(function, *args):
    """function runs when the test program ends, whatever happened; last one first."""
    _cleanups.append((function, args))


def run_all(*tests):
    """Runs functions (named test_…, first line of the docstring is the name) and exits."""
    global _count, _failed
    try:
        for test in tests:
            _count += 1
            name = (test.__doc__ or test.__name__).strip().splitlines()[0]
            try:
                test()
                print(f"ok {_count} - {name}", flush=True)
            except Skip as e:
                print(f"ok {_count} - {name} # SKIP {e}", flush=True)
            except BaseException as e:
                _failed += 1
                print(f"not ok {_count} - {name}", flush=True)
                traceback.print_exc(file=sys.stdout)
                if not isinstance(e, Exception):
                    break
    finally:
        for function, args in reversed(_cleanups):
            with contextlib.suppress(Exception):
                function(*args)
    print(f"1..{_count}", flush=True)
    sys.exit(1 if _failed else 0)


def need(*programs):
    for p in programs:
        if not shutil.which(p) and not os.path.exists(p):
            raise Skip(f"{p} is not installed")


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def folder(name="work"):
    return tempfile.mkdtemp(prefix=name + "-", dir=os.environ.get("TMPDIR"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=15, what=None, every=0.05):
    """Polls until condition() is true, and returns its value."""
    end = time.monotonic() + seconds * (4 if SAN else 1)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(every)


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    fresh = path + ".new"
    with open(fresh, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.replace(fresh, path)
    return path


def run(*command, input=None, env=None, timeout=120, cwd=None):
    """subprocess.run with texts; standard error is kept apart."""
    return subprocess.run(command, input=input, env=dict(os.environ, **(env or {})), timeout=timeout, cwd=cwd,
                          capture_output=True, text=True, errors="replace",
                          **({} if input is not None else {"stdin": subprocess.DEVNULL}))


def ctl(*args, **kw):
    return run(CTL, *args, **kw)


def rss(items, title="Invented Gazette", link="https://gazette.example/"):
    """An RSS 2.0 feed of dicts: title, link, guid, description, date (RFC 822 text or seconds ago)."""
    from email.utils import formatdate
    from xml.sax.saxutils import escape
    out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>{escape(title)}</title>'
           f"<link>{escape(link)}</link><description>Invented news</description>"]
    for n, i in enumerate(items):
        date = i.get("date", 60)
        if not isinstance(date, str):
            date = formatdate(time.time() - date, usegmt=True)
        out.append(f"<item><title>{escape(i['title'])}</title><link>{escape(i.get('link', f'{link}{n}'))}</link>"
                   f"<guid isPermaLink=\"false\">{escape(i.get('guid', i['title']))}</guid>"
                   f"<pubDate>{date}</pubDate><description>{escape(i.get('description', ''))}</description></item>")
    return "\n".join(out) + "</channel></rss>\n"


class Daemon:
    """newsalertd with its own state folder. Configuration text may hold {state}."""

    def __init__(self, conf, work=None, env=None, start=True, args=(), program=DAEMON):
        self.work = work or folder("daemon")
        self.state = os.path.join(self.work, "state")
        self.conf = os.path.join(self.work, "newsalertd.conf")
        self.env = {**os.environ, "HOME": self.work, "XDG_RUNTIME_DIR": self.work, **(env or {})}
        self.args, self.program = args, program
        self.process = None
        self.log_file = os.path.join(self.work, "log")
        self.configure(conf)
        at_end(self.end)
        if start:
            self.start()

    def configure(self, conf):
        write(self.conf, f"state = {self.state}\ncontact = desk@newsroom.test\n" + conf)
        os.chmod(self.conf, 0o600)

    def start(self, wait=True):
        self.process = subprocess.Popen([self.program, "-c", self.conf, *self.args], env=self.env, cwd=self.work,
                                        stdin=subprocess.DEVNULL, stdout=open(os.path.join(self.work, "out"), "ab"),
                                        stderr=open(self.log_file, "ab"))
        if wait:
            wait_for(lambda: self.process.poll() is not None or self.ctl("status").returncode == 0, 20,
                     "the daemon answers")
            assert self.process.poll() is None, "newsalertd ended: " + self.log()
        return self

    def ctl(self, *args, **kw):
        return ctl(args[0], "--state", self.state, *args[1:], env=self.env, **kw)

    def json(self, *args):
        """The JSON lines of an online verb."""
        r = self.ctl(*args, "--json")
        assert r.returncode == 0, f"newsalertctl {args}: {r.returncode} {r.stdout} {r.stderr}"
        return [json.loads(line) for line in r.stdout.splitlines() if line.strip()]

    def log(self):
        with open(self.log_file, errors="replace") as f:
            return f.read()

    def out(self):
        with open(os.path.join(self.work, "out"), errors="replace") as f:
            return f.read()

    def stop(self, seconds=10):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds * (4 if SAN else 1))

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self):
        """In peace if it can: what counts lines or leaks does so at the exit."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop(3)
        self.kill()
