"""How long the pages of a review room take with 200 runs in its queue, and 50 reviewers at once.

python tests/benchmarks/room.py --runs 200 [--store postgresql://...] [--candidate FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from serve.conftest import serving

from factory.store import log

ROUNDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--store", default="")
    parser.add_argument("--candidate", type=Path, help="a real candidate's folder, looked at page by page")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="factory-room-"))
    served = serving(folder, args.store or f"sqlite:///{folder / 'room.db'}")
    try:
        for number in range(args.runs - 1):
            served.more(folder, f"r{number}", title=f"Candidate {number}")
        digest = served.digest
        if args.candidate:
            from factory.review.candidate import load_candidate

            candidate, _ = load_candidate(args.candidate)
            digest = served.room.submit(args.candidate, candidate.producer).digest
        _pages(served, digest)
        _votes(served, folder)
    finally:
        served.process.terminate()
        served.process.wait(timeout=20)


def _pages(served, digest: str) -> None:
    client = served.signed_in("Dr Wong")
    here = f"/candidates/{digest}"
    paths = ["/", "/?page=4", "/?search=candidate", here, f"{here}/questions", f"{here}/changes", f"{here}/history"]
    paths += ["/people", "/account", f"{here}/dossier/en", "/api/v1/candidates"]
    print(f"{served.room.queue().total} candidates, {served.room.store.engine.dialect.name}; milliseconds")
    for path in paths:
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            answer = client.get(path)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (path, answer.status_code)
        print(f"  {path.replace(digest, 'DIGEST'):40} median {statistics.median(times):6.1f}  worst {max(times):6.1f}")


def _votes(served, folder: Path) -> None:
    clients = [served.signed_in(name) for name in ("Dr Wong", "Dr Lau")]
    digests = [served.more(folder, f"v{number}", title=f"Vote {number}") for number in range(25)]
    times, answers = [], []

    def cast(name, client, digest):
        began = time.perf_counter()
        answer = client.post(f"/api/v1/candidates/{digest}/votes", json=served.vote(name, digest=digest))
        times.append((time.perf_counter() - began) * 1000)
        answers.append(answer.status_code)

    threads = [
        threading.Thread(target=cast, args=(name, client, digest))
        for digest in digests
        for name, client in zip(("Dr Wong", "Dr Lau"), clients, strict=True)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    right = sum(served.room.get(digest).votes == 2 for digest in digests)
    print(f"50 votes at once in {took:.1f} s, median {statistics.median(times):.0f} ms; {answers.count(200)} counted,")
    print(
        f"  {right} of 25 candidates with both; log {log.verify(served.room.store).partition(':')[0]} entries, verified"
    )


if __name__ == "__main__":
    main()
