"""Flows run by themselves against a real Prefect server, and what the server then knows of them."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus

TRIES = 10


def posted(url, body):
    """What the server answers. Prefect on SQLite says 503 while its database is busy; its own client asks again too."""
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            busy = error
        time.sleep(1)
    raise busy


def flow(call, environment):
    """Run a flow in a process of its own."""
    code = f"from flows.upkeep import *\nfrom flows.forms import *\nfrom flows.limits import ensure\nensure()\n{call}"
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def table(api, key):
    (found,) = posted(f"{api}/artifacts/filter", {"artifacts": {"key": {"any_": [key]}}})
    return json.loads(found["data"]), found["description"]


def of_flow(api):
    (found,) = posted(f"{api}/flow_runs/filter", {})
    return found["state_type"], found["state"]["message"] or ""
