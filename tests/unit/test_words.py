import re

import pytest
from unit.sentences import ROOT, in_source, in_template

from factory.audit import Act, Outcome
from factory.core.run import RunState
from factory.review.people import Role
from factory.serve.permissions import Action
from factory.words import LANGUAGES, words
from factory.words.catalogue import LOCALE, read_catalogue

DOMAINS = sorted({path.name for path in LOCALE.glob("*/*.po")})
PLACES = re.compile(r"\{[a-z_]+\}")


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_language_has_every_sentence_with_the_same_places(domain):
    catalogues = [read_catalogue(LOCALE / language / domain) for language in LANGUAGES[1:]]
    assert catalogues[0].keys() == catalogues[1].keys()
    for catalogue in catalogues:
        for sentence, said in catalogue.items():
            assert sorted(PLACES.findall(sentence)) == sorted(PLACES.findall(said)), sentence
            bare = PLACES.sub("", sentence).replace("Kaplan-Meier", "")
            assert re.search(r"[\u3400-\u9fff]", said) or not re.search(r"[a-z]{4}", bare), sentence


def test_no_domain_gives_one_sentence_two_meanings():
    for language in LANGUAGES[1:]:
        seen: dict[str, str] = {}
        for domain in DOMAINS:
            for sentence, said in read_catalogue(LOCALE / language / domain).items():
                assert seen.setdefault(sentence, said) == said, (language, domain, sentence)


def asked_by_pages():
    """What the room's and the catalogue's pages say, and the words of the rules that they show."""
    for path in (ROOT / "serve").rglob("*.j2"):
        yield from in_template(path)
    yield from in_source(ROOT / "serve" / "variables.py")
    for kind in (Act, Outcome, Role, RunState):
        yield from (item.value for item in kind)
    yield from (f"Your roles do not allow you to {action}." for action in Action)
    yield from ("current", "deprecated", "revoked", "in force", "ends soon", "expired", "queued")
    yield from ("for each copy", "for each thousand rows", "for each month")


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_sentence_of_the_pages_is_there(language):
    asked = set(asked_by_pages())
    assert len(asked) > 200
    assert sorted(asked - words(language).messages.keys()) == []


def test_a_sentence_that_is_not_there_is_english_and_noted():
    say = words("zh-Hans")
    assert say("Nobody wrote this {n}.", n=3) == "Nobody wrote this 3."
    assert "Nobody wrote this {n}." in say.missing
    say.missing.discard("Nobody wrote this {n}.")


def test_there_is_no_fourth_language():
    with pytest.raises(KeyError):
        words("fr")
