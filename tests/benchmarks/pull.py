"""What pulling a large bundle takes: time, memory, what a killed process costs, many at once, and beside a file server.

python tests/benchmarks/pull.py --gigabytes 5 --clients 50 --rounds 5 [--only whole server client many speed] [--at DIR]

The parts: a whole `factory pull`; the server killed in the middle and started again; the client killed and run again;
many clients at once; and the speed of one download, from here and from nginx where that is installed,
which take turns. Needs about six times the bundle's size on the disk, and curl.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from catalogue import NAME, Catalogue, catalogue, weighing

from factory.catalog.keeper import usage
from factory.core.files import sha256_file

PARTS = ("whole", "server", "client", "many", "speed")
MEMORY = Path("/dev/shm")
FETCH = """\
import sys, time
from pathlib import Path
from factory.catalog.remote import fetch, offered
url, name, target = sys.argv[1:]
token = sys.stdin.read()
offer = offered(url, token, name)
began = time.perf_counter()
fetch(url, token, name, offer, Path(target))
print(offer.size, time.perf_counter() - began)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=5.0, help="size of the large bundle, in 10^9 bytes")
    parser.add_argument("--megabytes", type=int, default=128, help="size of the bundle that many pull, in 10^6 bytes")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--at", type=Path, help="where to work; a temporary folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="factory-pull-", dir=args.at) as folder:
        if set(args.only) - {"many"}:
            with served(Path(folder) / "large", int(args.gigabytes * 1e9)) as there:
                for part, run in (("whole", whole), ("server", server_killed), ("client", client_killed)):
                    if part in args.only:
                        run(there)
                if "speed" in args.only:
                    speed(there, args.rounds)
        if "many" in args.only:
            with served(Path(folder) / "many", args.megabytes * 10**6) as there:
                many(there, args.clients)


@contextlib.contextmanager
def served(folder: Path, size: int) -> Iterator[Catalogue]:
    """A bundle of that size in a catalogue that is served."""
    folder.mkdir()
    began = time.perf_counter()
    with weighing(size):
        there = catalogue(folder, f"sqlite:///{folder / 'room' / 'room.db'}")
    print(f"{there.made.bundle_zip.stat().st_size:,} bytes sealed and published in {time.perf_counter() - began:.0f} s")
    # Only the published file is needed from here on.
    there.made.run.candidate.joinpath("large.bin").unlink()
    shutil.rmtree(there.made.bundle)
    there.serve()
    try:
        assert there.login().returncode == 0
        yield there
    finally:
        there.stop()
        there.keeper.store.close()
        shutil.rmtree(folder)


class Peak(threading.Thread):
    """The most memory a process had, asked of the kernel until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.megabytes = pid, 0.0
        self.start()

    def run(self) -> None:
        while (found := peak(self.pid)) is not None:
            self.megabytes = found
            time.sleep(0.02)


def peak(pid: int) -> float | None:
    """VmHWM in 10^6 bytes; None of a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    found = [line for line in lines if line.startswith("VmHWM")]
    return int(found[0].split()[1]) * 1024 / 1e6 if found else None


def pull(there: Catalogue, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "factory.cli", "pull", NAME, "--out", str(out)]
    return subprocess.Popen(command, env=there.licensee(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def ended(client: subprocess.Popen[str]) -> None:
    said = client.communicate()[1]
    if client.returncode:
        sys.exit(f"the client ended with {client.returncode}: {said}")


def cached(there: Catalogue) -> Path:
    return there.folder / "cache" / "clinical-data-factory"


def come(there: Catalogue) -> int:
    """Bytes of the file that have come so far."""
    found = [path.stat().st_size for path in (cached(there) / "bundles").glob("*.part")]
    return max(found, default=0)


def right(there: Catalogue) -> str:
    """The file in the cache is the one that is served, and was sealed."""
    (path,) = (cached(there) / "bundles").glob("*.zip")
    kept = there.home / "sealed" / path.stem
    same = sha256_file(path) == path.stem == sha256_file(kept) == sha256_file(there.made.bundle_zip)
    return "the same bytes" if same else "OTHER BYTES"


def clear(there: Catalogue, *out: Path) -> None:
    for path in (cached(there), *out):
        shutil.rmtree(path, ignore_errors=True)
    os.sync()


def whole(there: Catalogue) -> None:
    """A pull from beginning to end."""
    out = there.folder / "out"
    began = time.perf_counter()
    client = pull(there, out)
    watch = Peak(client.pid)
    ended(client)
    took = time.perf_counter() - began
    size = there.made.bundle_zip.stat().st_size
    print(f"whole: factory pull {took:.1f} s, {size / took / 1e6:.0f} MB/s fetched, proven and written; {right(there)}")
    print(f"  most memory: client {watch.megabytes:.0f} MB, server {peak(there.process.pid):.0f} MB")
    clear(there, out)


def server_killed(there: Catalogue) -> None:
    """The server is killed at a third and again at two thirds, and started again each time."""
    out, size, at = there.folder / "out", there.made.bundle_zip.stat().st_size, []
    client = pull(there, out)
    watch = Peak(client.pid)
    for share in (1 / 3, 2 / 3):
        until(lambda share=share: come(there) > share * size or client.poll() is not None)
        there.process.send_signal(signal.SIGKILL)
        there.process.wait()
        at.append(come(there))
        there.serve()
    ended(client)
    print(f"server killed when {at[0]:,} and {at[1]:,} bytes had come: the same pull went on; {right(there)}")
    print(f"  most memory: client {watch.megabytes:.0f} MB, server {peak(there.process.pid):.0f} MB")
    clear(there, out)


def client_killed(there: Catalogue) -> None:
    """The client is killed in the middle, and run again."""
    out, size = there.folder / "out", there.made.bundle_zip.stat().st_size
    before = {row.id for row in usage.records(there.keeper, 1000)[0]}
    client = pull(there, out)
    until(lambda: come(there) > size // 2 or client.poll() is not None)
    client.send_signal(signal.SIGKILL)
    client.communicate()
    had = come(there)
    again = pull(there, out)
    ended(again)
    until(lambda: all(row.ended for row in usage.records(there.keeper, 1000)[0] if row.id not in before))
    fresh = [row for row in usage.records(there.keeper, 1000)[0] if row.id not in before]
    entered = ", ".join(f"{row.bytes:,} from {row.start:,}" for row in sorted(fresh, key=lambda row: row.start))
    print(f"client killed when {had:,} bytes had come, run again; {right(there)}")
    print(f"  entered as sent: {entered}; of {size:,}")
    clear(there, out)


def until(holds: Callable[[], bool], seconds: float = 600.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            sys.exit("it took too long")
        time.sleep(0.005)


def many(there: Catalogue, clients: int) -> None:
    """Many at once: as curl does, and as `factory pull` does, each with a cache of its own."""
    token, size, digest = there.token(), there.made.bundle_zip.stat().st_size, sha256_file(there.made.bundle_zip)
    folder = there.folder / "many"
    folder.mkdir()
    began = time.perf_counter()
    running = [
        subprocess.Popen(
            [
                "curl",
                "-sf",
                "-H",
                f"authorization: Bearer {token}",
                "-o",
                str(folder / f"{number}"),
                f"{there.url}/data/{NAME}.zip",
            ]
        )
        for number in range(clients)
    ]
    codes = [client.wait() for client in running]
    took = time.perf_counter() - began
    whole_ones = sum(sha256_file(path) == digest for path in folder.iterdir())
    print(f"many: {clients} curl at once, {clients * size / took / 1e6:.0f} MB/s between them, {took:.1f} s")
    print(f"  {codes.count(0)} ended well, {whole_ones} have the same bytes; server {peak(there.process.pid):.0f} MB")
    shutil.rmtree(folder)
    os.sync()
    environment = there.licensee()
    began = time.perf_counter()
    pulls = []
    for number in range(clients):
        command = [sys.executable, "-m", "factory.cli", "pull", NAME, "--out", str(folder / f"out{number}")]
        own = {**environment, "XDG_CACHE_HOME": str(folder / f"cache{number}")}
        pulls.append(subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    codes = [client.wait() for client in pulls]
    took = time.perf_counter() - began
    found = list(folder.glob("cache*/clinical-data-factory/bundles/*.zip"))
    whole_ones = sum(sha256_file(path) == digest for path in found)
    print(f"many: {clients} factory pull at once, {clients * size / took / 1e6:.0f} MB/s between them, {took:.1f} s")
    print(f"  {codes.count(0)} ended well, {whole_ones} have the same bytes; server {peak(there.process.pid):.0f} MB")
    shutil.rmtree(folder)


def speed(there: Catalogue, rounds: int) -> None:
    """One download at a time, by turns from nginx and from here."""
    if shutil.which("nginx") is None:
        print("speed: nginx is not installed")
        return
    token, digest = there.token(), sha256_file(there.made.bundle_zip)
    size, here = there.made.bundle_zip.stat().st_size, f"{there.url}/data/{NAME}.zip"
    with nginx(there.folder, there.home / "sealed") as beside:
        for name, target in (("/dev/null", None), ("memory", MEMORY), ("disk", there.folder)):
            ways: dict[str, Callable[[Path], float]] = {
                "curl from nginx": lambda path: curl(f"{beside}/{digest}", path),
                "curl from here": lambda path: curl(here, path, f"authorization: Bearer {token}"),
            }
            if target is not None:
                ways["nginx, proven"] = lambda path: proven(f"{beside}/{digest}", path)
                ways["factory's fetch"] = lambda path: fetched(there, token, path)
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(rounds):
                for way, run in ways.items():
                    path = Path("/dev/null") if target is None else target / f"factory-pull-{os.getpid()}.zip"
                    taken[way].append(size / run(path) / 1e6)
                    if target is not None:
                        assert sha256_file(path) == digest
                        path.unlink()
                    os.sync()
            first = statistics.median(taken["curl from nginx"])
            print(f"speed, to {name}: MB/s, median of {rounds} rounds, and its ratio to nginx")
            for way, found in taken.items():
                middle, each = statistics.median(found), " ".join(f"{one:.0f}" for one in found)
                print(f"  {way:16} {middle:6.0f}  {middle / first:.2f}   ({each})")


@contextlib.contextmanager
def nginx(folder: Path, root: Path) -> Iterator[str]:
    """The folder served by nginx as files."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    place = folder / "nginx"
    place.mkdir()
    (place / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} worker_processes 1; daemon off; pid {place}/nginx.pid;\n"
        f"error_log {place}/error.log; events {{}}\n"
        "http { sendfile on; tcp_nopush on; access_log off;\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
    )
    command = ["nginx", "-p", str(place), "-e", str(place / "error.log"), "-c", str(place / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, 10.0)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def curl(url: str, path: Path, *headers: str) -> float:
    """Seconds."""
    more = [word for header in headers for word in ("-H", header)]
    command = ["curl", "-sf", "-o", str(path), "-w", "%{time_total}", *more, url]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def proven(url: str, path: Path) -> float:
    """Seconds with curl, then its SHA-256, then until the disk has it: what `fetch` does."""
    began = time.perf_counter()
    curl(url, path)
    sha256_file(path)
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
    return time.perf_counter() - began


def fetched(there: Catalogue, token: str, path: Path) -> float:
    """Seconds; it digests what comes, and waits until the disk has it."""
    command = [sys.executable, "-c", FETCH, there.url, NAME, str(path)]
    done = subprocess.run(command, input=token, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[1])


if __name__ == "__main__":
    main()
