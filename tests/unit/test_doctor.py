"""The doctor on machines that truly lack what it asks for: each made so for one process, none pretended."""

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from another_user import as_nobody, folder_for_all

import factory as package
from factory.doctor import Machine, Purpose, folders

CODE = Path(package.__file__).parents[1]
LINE = frozenset({Purpose.LINE})


def examined(*args, env=None, within="", python=(sys.executable,), before=None, cwd=None):
    """Exit code and findings by name of `factory doctor`, in a namespace of its own where `within` prepares one."""
    command = [*python, "-m", "factory.cli", "doctor", "--json", *map(str, args)]
    if within:
        probe = subprocess.run(["unshare", "-mn", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            pytest.skip("only root can make a namespace")
        command = ["unshare", "-mn", "sh", "-ec", f'{within}\nexec "$@"', "sh", *command]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, preexec_fn=before, cwd=cwd, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, {item["name"]: item for item in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def lacking(tmp_path_factory):
    """An interpreter whose packages are this environment's without those named, or with others in their place."""
    real = Path(json.__file__).parents[1] / "site-packages"
    real = next((Path(path) for path in sys.path if (Path(path) / "prefect").is_dir()), real)

    def make(without=(), **instead):
        root = tmp_path_factory.mktemp("site")
        for path in real.iterdir():
            if not path.name.startswith(tuple(without)):
                (root / path.name).symlink_to(path)
        for name, text in instead.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        # -S: the environment's own folder is not looked at.
        return {"python": (sys.executable, "-S"), "env": {"PYTHONPATH": f"{root}{os.pathsep}{CODE}"}}

    return make


def test_a_machine_that_has_it_all_leaves_with_nothing(tmp_path):
    code, found = examined("--home", tmp_path)
    failing = [item for item in found.values() if item["level"] == "fail"]
    assert (code, failing) == (0, [])
    assert not [item for item in found.values() if item["level"] == "warn" and not item["mend"]]


def test_no_chromium_and_no_postgresql(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    path = "/usr/lib/postgresql"
    hidden = f"mount --bind {empty} {path}" if Path(path).is_dir() else "true"
    code, found = examined(env={"PATH": f"{empty}:/usr/bin"}, within=f"{hidden}\nexport PATH={empty}")
    assert code == 0
    assert found["chromium"]["level"] == found["postgresql"]["level"] == "warn"
    assert "apt-get install chromium" in found["chromium"]["mend"]
    assert "SQLite" in found["postgresql"]["sentence"]


def test_no_torch_no_prefect_no_package_of_an_extra(lacking):
    code, found = examined(**lacking(["torch", "prefect", "uvicorn"]))
    assert code == 32
    assert "make setup" in found["torch"]["mend"]
    assert found["torch"]["level"] == found["prefect"]["level"] == "fail"
    assert "prefect is not installed" in found["packages produce"]["sentence"]
    assert "uvicorn is not installed" in found["packages serve"]["sentence"]


def test_a_licensee_needs_none_of_them(lacking):
    code, found = examined("--for", "licensee", **lacking(["torch", "prefect", "uvicorn"]))
    assert code == 0
    assert "torch" not in found


def test_a_cuda_build_of_torch_and_a_fastapi_that_prefect_does_not_start_with(lacking):
    code, found = examined(
        **lacking(
            ["torch", "fastapi-"],
            **{
                "torch/version.py": "cuda: Optional[str] = '12.8'\n",
                "torch/__init__.py": "",
                "fastapi-0.155.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fastapi\nVersion: 0.155.0\n",
            },
        )
    )
    assert code == 32
    assert found["torch"]["level"] == "warn"
    assert "CUDA 12.8" in found["torch"]["sentence"]
    assert "FastAPI 0.155.0" in found["prefect"]["sentence"]
    assert "fastapi 0.155.0 is not" in found["packages serve"]["sentence"]


def test_no_pango_and_no_font(tmp_path):
    library = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    places = [line.split("=> ")[1] for line in library.splitlines() if "libpango-1.0.so.0 " in line]
    if not places:
        pytest.skip("Pango is not installed, so it cannot be hidden")
    _, found = examined(within="\n".join(f"mount --bind /dev/null {place}" for place in places))
    assert found["pdf"]["level"] == "warn"
    assert "libpango-1.0-0" in found["pdf"]["mend"]
    _, found = examined(env={"FONTCONFIG_FILE": "/dev/null"})
    assert "Chinese" in found["pdf"]["sentence"]


def test_a_full_disk(tmp_path):
    fill = f"mount -t tmpfs -o size=3m none {tmp_path}\nhead -c 9m /dev/zero > {tmp_path}/full 2>/dev/null || true"
    code, found = examined("--home", tmp_path, within=fill)
    assert code == 21
    assert found["write access"]["level"] == found["disk of the work folder"]["level"] == "fail"
    assert "the disk is full" in found["write access"]["sentence"]


def test_a_disk_without_room_for_another_file(tmp_path):
    code, found = examined("--home", tmp_path, within=f"mount -t tmpfs -o size=9g,nr_inodes=9 none {tmp_path}")
    assert code == 21
    assert "more files fit" in found["disk of the work folder"]["sentence"]


def test_a_folder_that_may_not_be_written(tmp_path):
    code, found = examined("--home", tmp_path, within=f"mount -t tmpfs -o ro none {tmp_path}")
    assert code == 20
    assert "Read-only" in found["write access"]["sentence"]
    with folder_for_all() as folder, as_nobody():
        (finding, *_) = folders.writable(Machine(LINE, folder))
    assert (finding.level, finding.code) == ("fail", 20)
    assert "Permission denied" in finding.sentence
    assert "chmod" in finding.mend


def test_a_clock_that_is_behind_the_logs(tmp_path):
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    log = tmp_path / "runs" / "first" / "audit.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"entry": {"at": later.isoformat()}}) + "\n")
    code, found = examined("--home", tmp_path)
    assert code == 32
    assert "2.0 days later than this clock" in found["clock"]["sentence"]
    assert "NTP" in found["clock"]["mend"]
    log.write_text(json.dumps({"entry": {"at": dt.datetime.now(dt.UTC).isoformat()}}) + "\n")
    assert examined("--home", tmp_path)[1]["clock"]["level"] == "ok"


def test_a_clock_that_is_behind_the_software(tmp_path):
    shutil.copytree(CODE / "factory", tmp_path / "factory")
    later = time.time() + 86400 * 40
    os.utime(tmp_path / "factory" / "doctor" / "clock.py", (later, later))
    code, found = examined(env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    assert code == 32
    assert "installed 40.0 days later" in found["clock"]["sentence"]


def test_a_store_that_works_one_that_is_not_there_and_one_we_may_not_write(cluster, tmp_path):
    url = f"postgresql://factory@/postgres?host={cluster}"
    assert examined("--store", url)[1]["store"]["level"] == "ok"
    code, found = examined("--store", f"postgresql://factory:Secret1@/postgres?host={tmp_path}")
    assert (code, found["store"]["level"]) == (20, "fail")
    assert "Secret1" not in str(found)
    with psycopg.connect(host=str(cluster), user="factory", dbname="postgres", autocommit=True) as admin:
        admin.execute("CREATE ROLE looks LOGIN")
        try:
            code, found = examined("--store", f"postgresql://looks@/postgres?host={cluster}")
            tables = admin.execute("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'factory_doctor%'").fetchone()
        finally:
            admin.execute("DROP ROLE looks")
    assert code == 20
    assert "may not be written" in found["store"]["sentence"]
    assert tables == (0,)
    for wrong in ("nonsense", f"sqlite:///{tmp_path}/no/room.db"):
        assert examined("--store", wrong)[0] == 20


def test_little_memory_one_processor_few_files_and_another_encoding():
    def small():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    plain = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    code, found = examined(before=small, env=plain)
    assert code == 32
    assert "1.0 GB" in found["memory"]["sentence"]
    assert found["memory"]["level"] == found["encoding"]["level"] == "fail"
    assert found["processors"]["level"] == found["open files"]["level"] == "warn"
    assert "ulimit -n 4096" in found["open files"]["mend"]


def test_a_machine_with_no_way_out():
    assert examined(within="true")[1]["network"]["level"] == "ok"
    if not shutil.which("ip"):
        pytest.skip("iproute2 is not installed")
    found = examined(within="ip link set lo up; ip route add default dev lo")[1]
    assert found["network"]["level"] == "warn"
