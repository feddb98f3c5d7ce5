"""The pages people read; everything put into them is escaped."""

from __future__ import annotations

import functools
import importlib.util
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from jinja2 import Environment

from factory.core.errors import FactoryError, NotReady
from factory.core.run import RunState
from factory.evidence.html import templates
from factory.review.attestations import standing_answers
from factory.review.people import same_person
from factory.review.policies import APPROVALS_NEEDED
from factory.review.room import Room, Submission
from factory.serve.accounts import Visitor
from factory.serve.deps import Digest, TheRoom, TheVisitor, check_form, maybe_visitor
from factory.serve.guard import DOSSIER_POLICY
from factory.serve.permissions import Action, check_may, may, open_to
from factory.words import LANGUAGES, retold, words
from factory.words.catalogue import NAMES

router = APIRouter()
PER_PAGE = 25
_DOSSIERS = {language: f"dossier.{language}.html" for language in LANGUAGES} | {"en": "dossier.html"}
REGIMES = {
    "hipaa-safe-harbor": "HIPAA Safe Harbor",
    "hipaa-expert-determination": "HIPAA Expert Determination",
    "gdpr-anonymous": "GDPR",
    "pipl-anonymised": "PIPL",
    "pdpo-anonymised": "PDPO",
}
"""What the queue calls them."""
PageNumber = Annotated[int, Query(ge=1, le=100_000, alias="page")]


@functools.cache
def environment() -> Environment:
    """The room's templates."""
    made = templates(Path(__file__).parent / "templates")
    made.globals.update(names=NAMES, languages=LANGUAGES, needed=APPROVALS_NEEDED, Action=Action, regimes=REGIMES)
    return made


def language_of(request: Request, who: Visitor | None = None) -> str:
    """The language of a page: the cookie's, else the account's, else the browser's first that we have."""
    chosen = request.cookies.get("room-language", who.language if who else "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-Hant" if any(mark in tag for mark in ("hant", "-hk", "-tw", "-mo")) else "zh-Hans"
        if tag.startswith("en"):
            return "en"
    return "en"


def page(request: Request, template: str, who: Visitor | None, **values: Any) -> Response:
    """A page in the visitor's language."""
    language = language_of(request, who)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    html = (
        environment()
        .get_template(template)
        .render(
            say=words(language),
            language=language,
            who=who,
            here=here,
            may=may,
            catalogue=request.app.state.keeper,
            **values,
        )
    )
    return Response(html, media_type="text/html")


def said(request: Request, status: int, sentence: str) -> Response:
    """A page that says one sentence."""
    try:
        who = maybe_visitor(request)
    except FactoryError:  # the store may be what is wrong
        who = None
    answer = page(request, "said.html.j2", who, status=status, sentence=words(language_of(request, who))(sentence))
    answer.status_code = status
    return answer


@router.get("/")
def queue(
    request: Request,
    room: TheRoom,
    who: TheVisitor,
    state: str = "",
    search: Annotated[str, Query(max_length=200)] = "",
    number: PageNumber = 1,
) -> Response:
    """The queue; who may only browse the catalogue is sent there."""
    if request.app.state.keeper is not None and not may(who.person, Action.READ) and may(who.person, Action.BROWSE):
        return RedirectResponse("/catalogue", 303)
    check_may(who.person, Action.READ)
    chosen = next((one for one in RunState if one.name == state), None)
    found = room.queue([chosen] if chosen else None, search, PER_PAGE, (number - 1) * PER_PAGE)
    return page(
        request, "queue.html.j2", who, found=found, counts=_shown_states(room), state=state if chosen else "",
        search=search, number=number, pages=max(1, -(-found.total // PER_PAGE)), today=room.clock().date(),
    )  # fmt: skip


@router.get("/candidates/{digest}")
def candidate(request: Request, room: TheRoom, who: TheVisitor, digest: Digest) -> Response:
    """One candidate: what it is, what is at risk, what has to be answered and decided."""
    check_may(who.person, Action.READ)
    found = room.get(digest)
    answers = standing_answers(room.answers(digest), room.clock())
    facts, language = _facts(room, found), language_of(request, who)
    return page(
        request, "candidate.html.j2", who, c=found, facts=facts, answers=answers,
        shortfalls=_shortfalls(found, facts, language),
        comments=room.comments(digest), votes=room.open_votes(digest), voted=room.has_voted(digest, who.person.name),
        mine=same_person(who.person.name, found.producer), previous=room.previous(digest), States=RunState,
        can={action: open_to(who.person, action, found) for action in Action},
        dossiers=_dossiers(found, language),
        papers=importlib.util.find_spec("factory.evidence.pdf") is not None,
    )  # fmt: skip


@router.get("/candidates/{digest}/questions")
def questions(request: Request, room: TheRoom, who: TheVisitor, digest: Digest) -> Response:
    """What only a person can say."""
    check_may(who.person, Action.READ)
    found = room.get(digest)
    now = room.clock()
    return page(
        request, "questions.html.j2", who, c=found, answers=standing_answers(room.answers(digest), now),
        open=open_to(who.person, Action.ANSWER, found), expires=(now.date() + timedelta(days=365)).isoformat(),
        today=now.date().isoformat(),
    )  # fmt: skip


@router.get("/candidates/{digest}/dossier/{language}")
def dossier(room: TheRoom, who: TheVisitor, digest: Digest, language: str) -> Response:
    """The dossier's own page, in a sandbox: an origin of its own, no script."""
    check_may(who.person, Action.READ)
    if language not in _DOSSIERS:
        raise NotReady("There is no such page.", "")
    file = room.file(digest, _DOSSIERS[language])
    return FileResponse(file, media_type="text/html", headers={"content-security-policy": DOSSIER_POLICY})


@router.get("/candidates/{digest}/dossier/{language}/pdf")
def paper(room: TheRoom, who: TheVisitor, digest: Digest, language: str) -> Response:
    """The dossier on paper."""
    check_may(who.person, Action.READ)
    if language not in LANGUAGES or importlib.util.find_spec("factory.evidence.pdf") is None:
        raise NotReady("There is no such page.", "")
    made = importlib.import_module("factory.evidence.pdf").pdf(_facts(room, room.get(digest)), language, digest)
    name = f'attachment; filename="dossier-{digest[:12]}.{language}.pdf"'
    return Response(made, media_type="application/pdf", headers={"content-disposition": name})


@router.get("/candidates/{digest}/changes")
def changes(request: Request, room: TheRoom, who: TheVisitor, digest: Digest) -> Response:
    """What is other than in the last release of the same data set."""
    from factory.evidence.diff import diff

    check_may(who.person, Action.READ)
    found, before = room.get(digest), room.previous(digest)
    rows = diff(_facts(room, before), _facts(room, found)) if before else []
    return page(request, "changes.html.j2", who, c=found, before=before, rows=rows)


@router.get("/candidates/{digest}/history")
def history(request: Request, room: TheRoom, who: TheVisitor, digest: Digest, number: PageNumber = 1) -> Response:
    """Every act on a candidate."""
    check_may(who.person, Action.READ)
    found = room.history(digest, PER_PAGE, (number - 1) * PER_PAGE)
    pages_ = max(1, -(-found.total // PER_PAGE))
    return page(
        request, "log.html.j2", who, c=room.get(digest), found=found, number=number, pages=pages_, checkpoint=""
    )


@router.get("/log")
def log(request: Request, room: TheRoom, who: TheVisitor, number: PageNumber = 1) -> Response:
    """The whole audit log."""
    check_may(who.person, Action.AUDIT)
    found = room.history(None, PER_PAGE, (number - 1) * PER_PAGE)
    pages_ = max(1, -(-found.total // PER_PAGE))
    return page(
        request, "log.html.j2", who, c=None, found=found, number=number, pages=pages_, checkpoint=room.checkpoint()
    )


@router.get("/people")
def people(request: Request, room: TheRoom, who: TheVisitor) -> Response:
    """Who is registered, with their keys."""
    check_may(who.person, Action.PEOPLE)
    return page(request, "people.html.j2", who, people=room.people().people)


@router.post("/candidates/{digest}/comments")
def comment(
    room: TheRoom,
    who: TheVisitor,
    digest: Digest,
    text: Annotated[str, Form(max_length=4000)] = "",
    csrf: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Write beside a candidate."""
    check_form(who, csrf)
    check_may(who.person, Action.COMMENT)
    room.comment(digest, who.person.name, text)
    return RedirectResponse(f"/candidates/{digest}#comments", 303)


@router.post("/candidates/{digest}/revoke")
def revoke(
    room: TheRoom,
    who: TheVisitor,
    digest: Digest,
    text: Annotated[str, Form(max_length=4000)] = "",
    csrf: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Take a release back."""
    check_form(who, csrf)
    check_may(who.person, Action.REVOKE)
    room.revoke(digest, who.person.name, text)
    return RedirectResponse(f"/candidates/{digest}", 303)


def _facts(room: Room, found: Submission) -> dict[str, Any]:
    """The dossier's facts; a candidate without any has none."""
    if "dossier.json" not in found.candidate.files:
        return {}
    facts: dict[str, Any] = json.loads(room.file(found.digest, "dossier.json").read_bytes())
    return facts


def _shortfalls(found: Submission, facts: dict[str, Any], language: str) -> list[dict[str, str]]:
    """What each approving reviewer accepts by name, in the reader's language where the dossier can say it again."""
    told = {item["sentence"]: item["said"] for item in facts.get("shortfalls", []) if "said" in item}
    say = words(language)
    return [
        {
            "control": item.control,
            "sentence": retold(say, told[item.sentence]) if item.sentence in told else item.sentence,
        }
        for item in found.candidate.shortfalls
    ]


def _dossiers(found: Submission, first: str) -> list[str]:
    """Languages the dossier is there in, the reader's own first."""
    there = [language for language in LANGUAGES if _DOSSIERS[language] in found.candidate.files]
    return sorted(there, key=lambda language: language != first)


def _shown_states(room: Room) -> list[tuple[RunState, int]]:
    hidden = (RunState.DRAFT, RunState.FAILED_GATES)
    return [(state, count) for state, count in room.counts().items() if state not in hidden]
