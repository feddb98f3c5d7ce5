"""Parse the command line, run one verb, and turn a FactoryError into a sentence and an exit code."""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from typing import NoReturn

VERBS = (
    "demo",
    "simulate",
    "contract",
    "convert",
    "deid",
    "scan",
    "synth",
    "assess",
    "up",
    "produce",
    "runs",
    "batches",
    "reassess",
    "dossier",
    "keys",
    "review",
    "room",
    "serve",
    "licence",
    "release",
    "catalog",
    "diff",
    "trace",
    "login",
    "pull",
    "verify",
    "audit",
    "doctor",
)


class _Parser(argparse.ArgumentParser):
    """ArgumentParser that points to --help and leaves with exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"factory: {message}. Try: {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs; imports each verb's file, none of which imports anything heavy."""
    from factory import __version__

    main_parser = _Parser(
        prog="factory",
        description="From a hospital's records to a verified, licensed synthetic data set.",
        epilog="Start with: factory demo --out demo",
    )
    main_parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="",
        help="what is said on standard error: sentences, or lines of JSON with listed fields (or FACTORY_LOG=json)",
    )
    main_parser.add_argument("--version", action="version", version=f"factory {__version__}")
    verbs = main_parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    for name in VERBS:
        module = importlib.import_module(f"factory.cli.{name}")
        verb = verbs.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog=f"example:\n{_indented(module.EXAMPLE)}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(verb)
        verb.set_defaults(run=module.run)
    return main_parser


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; see factory/core/errors.py for the codes."""
    from factory.core import logs
    from factory.core.errors import FactoryError, NotReady
    from factory.core.guard import sentence_of

    if not sys.warnoptions:
        # Those of pandas, SQLAlchemy or NumPy are for who writes code, and some quote values.
        warnings.simplefilter("ignore")
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, functools.partial(_ended, os.getpid()))
    try:
        args = parser().parse_args(argv)
        if args.log_format:
            os.environ[logs.VARIABLE] = args.log_format  # children write the same
        return int(args.run(args))
    except FactoryError as error:
        _complain(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`factory ... | head`); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("factory: interrupted; the same command goes on from the last finished stage.", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        lacking = NotReady(
            f"`factory {(argv or sys.argv[1:])[0]}` needs {error.name}, which is not installed here.",
            "Install the extra: `produce` for the line, `serve` for room and catalogue.",
        )
        _complain(lacking)
        return lacking.exit_code
    except Exception as error:  # noqa: BLE001 - the one place where a defect becomes a sentence
        internal = sentence_of(error)
        _complain(internal)
        return internal.exit_code


def _ended(process: int, number: int, _frame: object) -> None:
    """Leave as an exception does, so that what is half written goes; a process that was forked off just ends."""
    if os.getpid() != process:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    print("factory: ended from outside; nothing half-written was kept.", file=sys.stderr)
    sys.exit(128 + number)


def _complain(error: Exception) -> None:
    from factory.core import logs
    from factory.core.errors import FactoryError

    if isinstance(error, FactoryError) and logs.is_json():
        logs.event("failed", error=type(error).__name__, exit_code=error.exit_code)
    elif isinstance(error, FactoryError):
        print(f"factory: {error.message}", file=sys.stderr)
        if error.fix:
            print(f"  {error.fix}", file=sys.stderr)
