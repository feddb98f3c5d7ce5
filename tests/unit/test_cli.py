import resource
import subprocess
import sys

import pytest

from factory.cli.main import VERBS, parser


@pytest.mark.parametrize("verb", VERBS)
def test_each_verbs_help_has_an_example(verb, capsys):
    with pytest.raises(SystemExit) as end:
        parser().parse_args([verb, "--help"])
    assert end.value.code == 0
    assert f"factory {verb}" in capsys.readouterr().out.split("example:")[1]


def test_help_imports_nothing_heavy():
    code = (
        "import sys, contextlib, io\n"
        "from factory.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): main(['--help'])\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'pydantic', 'prefect', 'sdv', 'torch', 'great_expectations', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"factory --help: {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.2f} s of CPU")
    assert out.strip() == "[]"


def test_a_wrong_word_is_one_line_and_exit_code_2(factory):
    done = factory("produce")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
