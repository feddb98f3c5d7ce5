import pytest
from unit.sentences import asked

from factory.words import LANGUAGES, words


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_sentence_that_sources_and_templates_ask_for_is_there(language):
    messages = words(language).messages
    wanted = asked()
    assert sum(map(len, wanted.values())) > 300
    missing = {path: sorted(m for m in found if m.strip() and m not in messages) for path, found in wanted.items()}
    assert {path: found for path, found in missing.items() if found} == {}
