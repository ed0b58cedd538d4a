"""What the tests of the systemd units share."""
import os, shutil, subprocess

from e2e import *

_ready = None


def make_install(*variables):
    """make install from a copy of the build, so that other folders in it rebuild nothing others are using."""
    build = os.path.join(folder("install"), "build")
    shutil.copytree(BUILD, build, ignore=shutil.ignore_patterns("tests", "asan"))
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "CI")}
    r = subprocess.run(["make", "--no-print-directory", "install", f"O={build}", *variables,
                        *([SAN] if SAN else [])], cwd=SOURCE, env=env, stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=500)
    assert r.returncode == 0, r.stdout + r.stderr


def installed():
    """A tree as make install leaves it for /usr/local; made once."""
    global _ready
    _ready = _ready or os.environ.get("NEWSALERT_INSTALLED")
    if not _ready:
        stage = folder("stage")
        os.chmod(stage, 0o755)
        make_install("PREFIX=/usr/local", f"DESTDIR={stage}")
        _ready = stage + "/usr/local"
    return _ready
