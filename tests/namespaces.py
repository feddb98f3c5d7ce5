"""Two hosts in one machine: network namespaces joined by a cable, each with its loopback and nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

SCAN = """
import concurrent.futures, socket, sys
def is_open(port):
    try:
        socket.create_connection((sys.argv[1], port), timeout=2).close()
    except OSError:
        return False
    return True
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(*[port for port, found in zip(range(1, 65536), pool.map(is_open, range(1, 65536))) if found])
"""


@dataclass(frozen=True)
class Host:
    """A namespace and its address on the cable."""

    name: str
    address: str

    def command(self, *words: object) -> list[str]:
        """A Python command as it is run on this host."""
        return ["ip", "netns", "exec", self.name, sys.executable, *map(str, words)]

    def run(self, *words: object, **more: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=600, check=False, **more)

    def factory(self, *words: object, **more: object) -> subprocess.CompletedProcess[str]:
        """The `factory` command on this host; fails with what it said."""
        done = self.run("-m", "factory.cli", *words, **more)
        assert done.returncode == 0, done.stderr
        return done

    def open_ports(self, other: Host) -> list[int]:
        """Every port of another host that this one can connect to."""
        return [int(word) for word in self.run("-c", SCAN, other.address).stdout.split()]


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Two joined hosts; skips with a word where this machine makes no namespaces."""
    mark = os.getpid() % 100_000
    hosts = Host(f"fsrc{mark}", "10.231.7.1"), Host(f"frel{mark}", "10.231.7.2")
    if not shutil.which("ip") or not _ip("netns", "add", hosts[0].name):
        if os.environ.get("FACTORY_CI"):
            pytest.fail("CI needs to make network namespaces")
        pytest.skip("this machine makes no network namespaces")
    try:
        assert _ip("netns", "add", hosts[1].name)
        ends = f"fa{mark}", f"fb{mark}"
        assert _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for host, end in zip(hosts, ends, strict=True):
            assert _ip("link", "set", end, "netns", host.name)
            inside = ("-n", host.name)
            assert _ip(*inside, "addr", "add", f"{host.address}/30", "dev", end)
            assert _ip(*inside, "link", "set", end, "up")
            assert _ip(*inside, "link", "set", "lo", "up")
        yield hosts
    finally:
        for host in hosts:
            _ip("netns", "del", host.name)
