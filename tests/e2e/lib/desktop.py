#!/usr/bin/env python3
"""A real desktop without a screen: Xvfb or Wayland, a private session bus, and a real notification server.

In a test:          desk = Desktop(folder("desk")); newsalertd gets desk.env; desk.history() tells what popped up.
From other tests:   desktop.py WORKDIR COMMAND [ARGUMENT]     (each method below without leading _ is a command)

All state is files in WORKDIR (NAME.pid, address), so that both ways can be mixed. The bus has no service folders:
nothing is started by activation unless `services` is called, so "no server" can be tested. Servers: dunst (with
Debian's dunstrc, which shows markup), dunst-plain (without any: no body-markup), xfce4-notifyd, notification-daemon,
mako (on sway, without Xvfb), none. history, showing, close, action and click are dunst's; press, said and shot are for all.
Start takes about a second; `stop` ends all, and so does the end of the test program.
"""
import contextlib, glob, json, os, shutil, signal, subprocess, sys, time

BUS_CONF = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth><servicedir>{services}</servicedir>
<policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""
DUNSTRC = "/etc/xdg/dunst/dunstrc"
SERVERS = {"dunst": ["dunst", "-config", "{work}/dunstrc-menu"], "dunst-plain": ["dunst", "-config", "{work}/dunstrc"],
           "xfce4-notifyd": (glob.glob("/usr/lib/*/xfce4/notifyd/xfce4-notifyd") or ["xfce4-notifyd"])[:1],
           "notification-daemon": ["/usr/lib/notification-daemon/notification-daemon"], "mako": ["mako"]}
SWAY = "output HEADLESS-1 resolution 1280x800\nxwayland disable\n"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]  # sway refuses to run as root
PROGRAMS = ("Xvfb", "dbus-daemon", "dunstctl", "dbus-monitor", "gdbus", "xwd", "convert", "xdotool")


def missing(server="dunst"):
    """Programs that are not there, as a text; "" when all are."""
    programs = (SERVERS[server][0], *PROGRAMS)
    if server == "mako":
        programs = ("mako", "makoctl", "sway", "grim", "setpriv", "dbus-daemon", "gdbus")
    return ", ".join(os.path.basename(p) for p in programs if not shutil.which(p))


class Desktop:
    def __init__(self, work, server="dunst", start=True):
        self.work = os.path.abspath(work)
        os.makedirs(os.path.join(self.work, "services"), exist_ok=True)
        self.socket = os.path.join(self.work, "bus")
        self.env = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + self.socket}
        if os.path.exists(self._file("display")):
            with open(self._file("display")) as f:
                self.env["DISPLAY"] = ":" + f.read().strip()
        self.name = self.asked = None
        if start:
            if "e2e" in sys.modules:
                sys.modules["e2e"].at_end(self.stop)
            self.start(server)

    # -- processes

    def _file(self, name):
        return os.path.join(self.work, name)

    def _spawn(self, name, command, **kw):
        with open(self._file(name + ".log"), "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, cwd=self.work,
                                       env=dict(os.environ, HOME=self.work, **self.env), **{"stdout": log, **kw})
        with open(self._file(name + ".pid"), "w") as f:
            f.write(str(process.pid))

    def _pid(self, name):
        try:
            with open(self._file(name + ".pid")) as f:
                return int(f.read())
        except (OSError, ValueError):
            return None

    def _alive(self, pid):
        """Runs, and is no zombie (of this process, which is then reaped)."""
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return False
        except ChildProcessError:
            pass
        try:
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def _end(self, name):
        pid = self._pid(name)
        if pid and self._alive(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
                os.kill(pid, signal.SIGCONT)
            if not self._wait(lambda: not self._alive(pid), 3):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                self._wait(lambda: not self._alive(pid), 3)
        if pid:
            os.unlink(self._file(name + ".pid"))

    @staticmethod
    def _wait(condition, seconds):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _run(self, *command, check=True):
        r = subprocess.run(command, env=dict(os.environ, HOME=self.work, **self.env), stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=30)
        if check and r.returncode:
            raise RuntimeError(f"{command}: {r.stdout}{r.stderr}")
        return r.stdout

    def _owned(self):
        return "true" in self._run("gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/", "-m",
                                   "org.freedesktop.DBus.NameHasOwner", "org.freedesktop.Notifications", check=False)

    # -- commands

    def start(self, server="dunst"):
        """A display, the bus, and a server (or none)."""
        self.display(server)
        self.startbus()
        self.server(server)

    def display(self, server="dunst"):
        """Xvfb on a free display, or sway for mako."""
        if server == "mako":
            return self._sway()
        fd = os.open(self._file("display"), os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._spawn("xvfb", ["Xvfb", "-displayfd", str(fd), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                    pass_fds=[fd])
        if not self._wait(lambda: os.path.getsize(self._file("display")) > 0, 15):
            raise RuntimeError("Xvfb does not start: see " + self._file("xvfb.log"))
        os.close(fd)
        with open(self._file("display")) as f:
            self.env["DISPLAY"] = ":" + f.read().strip()

    def _nobody(self, command):
        return [*NOBODY, *command] if os.geteuid() == 0 else command

    def _sway(self):
        home = self._file("run")
        os.makedirs(home, 0o700, exist_ok=True)
        os.chmod(self.work, 0o755)
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)
        with open(self._file("sway.conf"), "w") as f:
            f.write(SWAY)
        self.env["XDG_RUNTIME_DIR"] = home
        sway = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
        self.env.update(sway)
        self._spawn("sway", self._nobody(["sway", "-c", self._file("sway.conf")]))
        for name in sway:
            del self.env[name]
        if not self._wait(lambda: glob.glob(home + "/wayland-?"), 20):
            raise RuntimeError("sway does not start: see " + self._file("sway.log"))
        self.env["WAYLAND_DISPLAY"] = os.path.basename(glob.glob(home + "/wayland-?")[0])

    def startbus(self):
        """A bus at the same address as ever, with nobody on it."""
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        with open(self._file("bus.conf"), "w") as f:
            f.write(BUS_CONF.format(socket=self.socket, services=self._file("services")))
        self._spawn("bus", ["dbus-daemon", "--config-file=" + self._file("bus.conf"), "--nofork"])
        if not self._wait(lambda: os.path.exists(self.socket), 10):
            raise RuntimeError("the bus does not start: see " + self._file("bus.log"))

    def killbus(self):
        self._end("bus")

    def server(self, name="dunst"):
        """(Re)starts a notification server and waits until it has the name; `none` only stops."""
        self._end("server")
        if name == "none":
            return
        self.name = name
        with open(self._file("dunstrc"), "w") as f:
            f.write("# empty on purpose\n")
        if name == "dunst":
            self._menu()
        command = [a.format(work=self.work) for a in SERVERS[name]]
        self._spawn("server", self._nobody(command) if name == "mako" else command)
        if not self._wait(self._owned, 15):
            raise RuntimeError(f"{name} did not take the name: see " + self._file("server.log"))

    def services(self, program="/usr/bin/dunst"):
        """From now on the bus starts `program` when a pop-up is asked for and nobody has the name."""
        with open(self._file("services/notifications.service"), "w") as f:
            f.write(f"[D-BUS Service]\nName=org.freedesktop.Notifications\nExec={program}\n")
        self._run("gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/", "-m",
                  "org.freedesktop.DBus.ReloadConfig")

    def _menu(self):
        """Debian's dunstrc, with a menu that chooses what choose() wrote down, as a person would."""
        with open(DUNSTRC) as f, open(self._file("dunstrc-menu"), "w") as out:
            for line in f:
                out.write(f"    dmenu = {self._file('menu')}\n" if line.strip().startswith("dmenu =") else line)
        with open(self._file("menu"), "w") as f:
            f.write(f"#!/bin/sh\nread -r choice <{self._file('choice')}\nexec grep -m1 -F \"#$choice\"\n")
        os.chmod(self._file("menu"), 0o755)

    def freeze(self):
        """The server stops answering, but stays on the bus."""
        os.kill(self._pid("server"), signal.SIGSTOP)

    def thaw(self):
        os.kill(self._pid("server"), signal.SIGCONT)

    def monitor(self):
        """From now on monitor.log holds all that is said on org.freedesktop.Notifications."""
        self._spawn("monitor", ["dbus-monitor", "--address", self.env["DBUS_SESSION_BUS_ADDRESS"],
                                "interface='org.freedesktop.Notifications'"])
        self._wait(lambda: os.path.getsize(self._file("monitor.log")) > 0, 5)

    def listen(self):
        """From now on said() tells all that goes over the bus."""
        self._end("listener")
        self.asked = self._file("said.jsonl")
        with open(self.asked, "wb") as out:
            self._spawn("listener", ["busctl", "--address=" + self.env["DBUS_SESSION_BUS_ADDRESS"], "--json=short",
                                     "monitor"], stdout=out)
        self._wait(lambda: "Monitoring" in open(self._file("listener.log")).read(), 10)

    def said(self, member=None):
        """Messages of the bus as busctl writes them, of that member or all."""
        with open(self.asked) as f:
            messages = [json.loads(line) for line in f.read().split("\n")[:-1]]
        return [m for m in messages if member in (None, m.get("member"))]

    def answer(self, call):
        """What was answered to a message of said(); None: nothing so far."""
        for m in self.said():
            if m["type"] == "method_return" and m.get("reply_cookie") == call["cookie"] and m["destination"] == call["sender"]:
                return m["payload"]["data"]
        return None

    def press(self, buttons=3):
        """What a person does to open what a pop-up speaks of: a real click, save with mako, which is told. buttons:
        how many it shows, 1 or 3."""
        if self.name.startswith("dunst"):
            return self.click("2")
        if self.name == "mako":
            return self._run(*self._nobody(["makoctl", "invoke", "default"]))
        # xfce4-notifyd's buttons are below, and a click beside them closes; notification-daemon's text opens, too.
        self._click_button((75 if buttons == 1 else 30,) if self.name.startswith("xfce") else (30, 50))

    def choose(self, action, label):
        """Presses a button of the only pop-up there is, which is the last, on the right."""
        if self.name == "mako":
            return self._run(*self._nobody(["makoctl", "invoke", action]))
        if self.name == "dunst":
            with open(self._file("choice"), "w") as f:
                f.write(label + "\n")
            return self._run("dunstctl", "context")
        self._click_button((83, 80))

    def _click_button(self, parts):
        """Clicks at these hundredths of the width, above the lower edge, until the server tells of a click."""
        before = len(self.said("ActionInvoked"))
        windows = lambda: self._run("xdotool", "search", "--onlyvisible", "--class", self.name, check=False).split()
        self._wait(windows, 10)  # the answer to Notify may come before it is drawn
        for window in reversed(windows()):
            shape = dict(l.split("=") for l in self._run("xdotool", "getwindowgeometry", "--shell", window).split())
            wide, high = int(shape["WIDTH"]), int(shape["HEIGHT"])
            for part in parts if wide > 100 else ():
                self._run("xdotool", "mousemove", "--window", window, str(wide * part // 100), str(high - 35), "sleep", "0.2",
                          "click", "1", check=False)
                if self._wait(lambda: len(self.said("ActionInvoked")) > before, 2):
                    return

    def shot(self, path="shot.png"):
        """A screenshot; the pop-up is at the upper right."""
        if self.name == "mako":
            self._run(*self._nobody(["grim", self._file("run/shot.png")]))
            shutil.copy(self._file("run/shot.png"), path)
            return
        self._run("sh", "-c", 'xwd -root -silent | convert xwd:- "$1"', "sh", path)

    def click(self, button="2"):
        """A mouse click on the newest pop-up: 1 closes it, 2 is its default action."""
        window = self._run("xdotool", "search", "--class", "Dunst").split()[-1]
        self._run("xdotool", "mousemove", "--window", window, "20", "15", "click", button)

    def action(self, number="0"):
        """Invokes an action of the newest pop-up, as a click on its button would."""
        self._run("dunstctl", "action", number)

    def close(self):
        """Closes all pop-ups, as a person would."""
        self._run("dunstctl", "close-all")

    def close_first(self):
        """Closes the pop-up at the top."""
        self._run("dunstctl", "close")

    def showing(self):
        """How many pop-ups are on screen."""
        return int(self._run("dunstctl", "count", "displayed"))

    def history(self):
        """All pop-ups there were, newest first, as dicts: id, summary, body, urgency, category, … Closes what is shown."""
        self.close()
        self._wait(lambda: self.showing() == 0, 3)
        rows = json.loads(self._run("dunstctl", "history"))["data"][0]
        return [{k: v.get("data") for k, v in row.items()} for row in rows]

    def stop(self):
        for name in ("monitor", "listener", "server", "bus", "xvfb", "sway"):
            self._end(name)


def main(work, command, *args):
    if command == "missing":
        print(missing())
        return
    if command.startswith("_"):
        sys.exit(64)
    result = getattr(Desktop(work, start=False), command)(*args)
    for row in result if isinstance(result, list) else [] if result is None else [result]:
        print(json.dumps(row, ensure_ascii=False, sort_keys=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
