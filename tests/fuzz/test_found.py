"""What trying anything has brought to light, each as a test of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.privacy.errors import RetentionError
from survey.privacy.schedule import load_schedule
from tests.conftest import fresh_database
from tests.fuzz.test_files import SCHEDULE
from tests.fuzz.world import ADMIN, NOBODY, Target, target_at
from tests.support.web import service_of

_RULE = "kinds:\n  responses: {keep: %s, reason: r, basis: b}\n"


@pytest.mark.parametrize(
    "content",
    [
        b"\x80",
        (_RULE % "2026-13-45").encode(),
        (_RULE % '"\\UFFFFFFFF"').encode(),
        (_RULE % ("[" * 5000)).encode(),
        (_RULE % "!!python/object/apply:os.system [true]").encode(),
        b"? [a]\n: b\n",
    ],
    ids=["not utf-8", "no such day", "no such character", "too deep", "a tag", "a list as a key"],
)
def test_a_schedule_that_yaml_itself_chokes_on_is_refused(tmp_path: Path, content: bytes) -> None:
    """Each of these ended the start of the service with a traceback, before it was read safely."""
    file = tmp_path / "own.yaml"
    file.write_bytes(content)
    with pytest.raises(RetentionError, match=r"own\.yaml"):
        load_schedule(file, SCHEDULE)


def test_a_schedule_that_grows_without_end_is_refused_at_once(tmp_path: Path) -> None:
    laughs = ["a0: &a0 ha"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    file = tmp_path / "own.yaml"
    file.write_text("\n".join(laughs))
    began = time.monotonic()
    with pytest.raises(RetentionError, match="aliases"):
        load_schedule(file, SCHEDULE)
    assert time.monotonic() - began < 10


@pytest.fixture(scope="module")
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("found")
    made = target_at(fresh_database("sqlite", request, folder), folder)
    yield made
    service_of(made.app).database.dispose()


def test_a_part_of_a_form_without_a_name_is_passed_over(target: Target) -> None:
    """Looking for the token of the page, its name was taken for a text: an error of ours."""
    body = b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--\r\n"
    answer = target.client(NOBODY).post(
        "/sign-in", data=body, content_type="multipart/form-data; boundary=a"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("roles", [[""], ["", "emperor"], ["", "administrator"]])
def test_roles_are_roles_even_after_an_empty_one(target: Target, roles: list[str]) -> None:
    """After an empty value, none of the others was checked any more: an error of ours."""
    person_id = target.world.ids["person_id"]
    before = target.stored()
    answer = target.client(ADMIN).post(
        f"/people/{person_id}", data={"csrf_token": target.csrf[ADMIN], "roles": roles}
    )
    assert answer.status_code == 422
    assert target.stored() == before
