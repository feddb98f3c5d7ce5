import base64
import stat

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from factory.core import keys
from factory.core.errors import KeyInvalid, OutputExists, StorageError
from factory.review.people import Role, add_person, load_people


def test_a_signature_counts_for_its_payload_key_and_purpose_only():
    key, other = keys.generate(), keys.generate()
    signature = keys.sign(key, "vote", b"payload")
    public = keys.public_text(key)
    assert keys.verify(public, "vote", b"payload", signature)
    assert not keys.verify(public, "bundle", b"payload", signature)
    assert not keys.verify(public, "vote", b"payloae", signature)
    assert not keys.verify(keys.public_text(other), "vote", b"payload", signature)


def test_base64_has_one_spelling():
    key = keys.generate()
    signature = keys.sign(key, "vote", b"payload")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = alphabet[alphabet.index(signature[-3]) ^ 1]
    spare_bit = signature[:-3] + twin + "=="
    assert base64.b64decode(spare_bit) == base64.b64decode(signature)
    for spelling in (spare_bit, signature + "\n", " " + signature, signature.rstrip("="), "", "é"):
        assert not keys.verify(keys.public_text(key), "vote", b"payload", spelling)


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, keys._EIGHTH])
def test_a_public_key_for_which_anybody_can_sign_is_refused(y):
    for sign in (0, 1 << 255):
        assert not keys.is_public_text(base64.b64encode((y | sign).to_bytes(32, "little")).decode())


def test_a_key_file_is_private_and_never_overwritten(tmp_path):
    path = tmp_path / "new" / "wong.key"
    key = keys.generate()
    keys.write_private(path, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(OutputExists):
        keys.write_private(path, keys.generate())
    assert path.read_bytes() == before
    assert keys.public_text(keys.load_private(path)) == keys.public_text(key)


def test_a_passphrase_protects_the_file(tmp_path, monkeypatch):
    path = tmp_path / "lee.key"
    monkeypatch.setenv(keys.PASSPHRASE_VARIABLE, "correct horse")
    keys.write_private(path, keys.generate())
    assert b"ENCRYPTED" in path.read_bytes()
    keys.load_private(path)
    for wrong in ("", "wrong"):
        monkeypatch.setenv(keys.PASSPHRASE_VARIABLE, wrong)
        with pytest.raises(KeyInvalid, match=r"passphrase"):
            keys.load_private(path)


def test_a_passphrase_in_the_environment_does_not_lock_out_keys_without_one(tmp_path, monkeypatch):
    keys.write_private(tmp_path / "a.key", keys.generate())
    monkeypatch.setenv(keys.PASSPHRASE_VARIABLE, "for another key")
    keys.load_private(tmp_path / "a.key")


def test_what_is_no_key_is_refused_with_a_sentence(tmp_path):
    whole = tmp_path / "whole.key"
    keys.write_private(whole, keys.generate())
    pem = whole.read_bytes()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pkcs8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = [b"", b"\0" * 100, pem[:-40], pem.replace(b"PRIVATE", b"PUBLIC"), other.private_bytes(*pkcs8), b"-" * 10**6]
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.key"
        path.write_bytes(data)
        with pytest.raises(KeyInvalid):
            keys.load_private(path)
    for path in (tmp_path / "absent.key", tmp_path):
        with pytest.raises(KeyInvalid):
            keys.load_private(path)


def new_public() -> str:
    return keys.public_text(keys.generate())


def test_people_are_added_to_a_file_made_when_absent(tmp_path):
    path = tmp_path / "run" / "people.yaml"
    add_person(path, "Dr Wong", ["reviewer", "reviewer"], new_public())
    add_person(path, "黃醫生", ["release-officer", "licensor"], new_public())
    people = load_people(path).people
    assert [(person.name, [str(role) for role in person.roles]) for person in people] == [
        ("Dr Wong", ["reviewer"]),
        ("黃醫生", ["release-officer", "licensor"]),
    ]


@pytest.mark.parametrize("name", ["Dr Wong", "dr wong", "DR  WONG", "Ｄr Wong"])
def test_a_name_is_one_person_however_it_is_spelt(tmp_path, name):
    path = tmp_path / "people.yaml"
    add_person(path, "Dr Wong", ["reviewer"], new_public())
    before = path.read_bytes()
    with pytest.raises(KeyInvalid):
        add_person(path, name, ["reviewer"], new_public())
    assert path.read_bytes() == before


def test_one_key_is_not_two_people(tmp_path):
    path, public = tmp_path / "people.yaml", new_public()
    add_person(path, "Dr Wong", ["reviewer"], public)
    with pytest.raises(KeyInvalid, match=r"the same key"):
        add_person(path, "Dr Lau", ["reviewer"], public)


def test_roles_and_keys_are_checked(tmp_path):
    path = tmp_path / "people.yaml"
    for name, roles, public in [
        ("A", ["king"], new_public()),
        ("A", [], new_public()),
        ("A", ["reviewer"], "AAAA"),
        ("", ["reviewer"], new_public()),
        ("A\nB", ["reviewer"], new_public()),
    ]:
        with pytest.raises(KeyInvalid):
            add_person(path, name, roles, public)
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "people: 3",
        "- a",
        "",
        "people: []\nextra: 1",
        "people: []\npeople: []",
        "a: &a [1]\npeople: *a",
        "people: [\n",
        "? [a]\n: b",
        "people: 2026-13-45",
        "[" * 3000,
        "people: !!python/object:os.system {}",
        "\tpeople: 1",
    ],
)
def test_a_people_file_of_another_form_is_a_sentence(tmp_path, text):
    path = tmp_path / "people.yaml"
    path.write_text(text)
    with pytest.raises(KeyInvalid, match=r"people\.yaml"):
        load_people(path)


def test_a_people_file_that_is_binary_huge_or_absent_is_a_sentence(tmp_path):
    path = tmp_path / "people.yaml"
    with pytest.raises(StorageError):
        load_people(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyInvalid):
        load_people(path)
    path.write_bytes(b"#" * (1 << 20))
    with pytest.raises(StorageError):
        load_people(path)


def test_the_command_makes_and_registers_a_key(tmp_path, factory):
    people, out = tmp_path / "people.yaml", tmp_path / "wong.key"
    args = ["keys", "new", "--as", "Dr Wong", "--role", "reviewer", "--people", people, "--out", out]
    done = factory(*args)
    assert done.returncode == 0, done.stderr
    public = yaml.safe_load(people.read_text())["people"][0]["public_key"]
    assert public in done.stdout
    assert keys.public_text(keys.load_private(out)) == public
    again = factory(*args)
    assert again.returncode == 51
    other = factory(*[word if word != "Dr Wong" else "Dr Lau" for word in args])
    assert other.returncode == 22
    assert len(load_people(people).people) == 1


@pytest.mark.parametrize("role", list(Role))
def test_every_role_can_be_given(factory, tmp_path, role):
    people = tmp_path / "people.yaml"
    done = factory("keys", "new", "--as", "A", "--role", role, "--people", people, "--out", tmp_path / "a.pem")
    assert done.returncode == 0, done.stderr
    assert load_people(people).people[0].roles == (role,)
