"""Two network namespaces joined by a cable: `desk`, where the daemon runs, and `world`, where servers stand. Needs root
and iproute2.

    net = Net(hosts=4)              desk has no address yet; world is 10.99.0.1 … .4
    net.plug(), net.unplug()        the desk's end gets its address and goes up; goes down
    net.hide(n), net.show(n)        packets to host n vanish in silence (a wrong neighbour); and come again
    with net.desk: …                processes and sockets that are made here live in the namespace
"""
import contextlib, ctypes, itertools, os

from e2e import Skip, at_end, need, need_root, run

CLONE_NEWNET = 0x40000000
_count = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)


class Space:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.before = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._enter(f"/run/netns/{self.name}")

    def __exit__(self, *what):
        if _libc.setns(self.before, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns back")
        os.close(self.before)

    def _enter(self, path):
        fd = os.open(path, os.O_RDONLY)
        try:
            if _libc.setns(fd, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(fd)


class Net:
    def __init__(self, hosts=4):
        need_root()
        need("ip")
        self.hosts = [f"10.99.0.{i + 1}" for i in range(hosts)]
        names = [f"nb{os.getpid()}n{next(_count)}{w}" for w in ("desk", "world")]
        for name in names:
            r = run("ip", "netns", "add", name)
            if r.returncode:
                raise Skip("no network namespaces here: " + r.stderr.strip())
            at_end(run, "ip", "netns", "del", name)
        self.desk, self.world = (Space(n) for n in names)
        self.desk_ip("link", "set", "lo", "up")
        self._ip(self.world, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", self.desk.name)
        for address in self.hosts:
            self._ip(self.world, "address", "add", address + "/24", "dev", "cable")
        self._ip(self.world, "link", "set", "cable", "up")

    def _ip(self, space, *args):
        r = run("ip", "-n", space.name, *args)
        assert r.returncode == 0, f"ip {args}: {r.stderr}"

    def desk_ip(self, *args):
        self._ip(self.desk, *args)

    def plug(self):
        with contextlib.suppress(AssertionError):
            self.desk_ip("address", "add", "10.99.0.100/24", "dev", "cable")
        self.desk_ip("link", "set", "cable", "up")

    def unplug(self):
        self.desk_ip("link", "set", "cable", "down")

    def hide(self, n):
        self.desk_ip("neighbour", "replace", self.hosts[n], "lladdr", "02:00:00:00:00:99", "dev", "cable", "nud", "permanent")

    def show(self, n):
        self.desk_ip("neighbour", "del", self.hosts[n], "dev", "cable")
