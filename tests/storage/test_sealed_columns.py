"""Texts of a mentorship lie sealed in the database; the keys lie elsewhere."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from sqlalchemy import select, text

from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.confidentiality.sealed_text import SealBrokenError
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.database import Database
from survey.storage.key_store import KeyDestroyedError, KeyStore
from survey.storage.models import Comment, Goal, Mentorship, Round, StoredAggregate
from tests.privacy.people import raw
from tests.support.cases import NOW, Case, close, launched_case, tokens

SECRETS = ("Lead cross-team projects", "Waited for others", "A purpose to hide", "Said in private")


@pytest.fixture
def case(service: Service) -> Case:
    """A closed round with a goal, a purpose and comments that nobody else shall read."""
    case = launched_case(service, {"manager": 1}, purpose=SECRETS[2])
    links = tokens(service, case.round_id)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        round_.mentorship.goals[0].baseline = SECRETS[1]
        competency = questionnaire_of(round_).competencies[0]
        fields = {f"r-{item}": "3" for item in competency.indicator_ids}
        fields["c-start"] = SECRETS[3]
        submit_feedback(
            session, service.rater_links, links["manager1@example.org"], fields, NOW.date()
        )
    close(service, case.round_id)
    return case


def test_no_row_holds_a_text(service: Service, case: Case) -> None:
    with service.database.reading() as session:
        goal = session.scalars(select(Goal)).one()
        assert goal.statement == "Lead cross-team projects with confidence"
        assert goal.baseline == SECRETS[1]
        assert session.get_one(Round, case.round_id).purpose == SECRETS[2]
        assert [c.text for c in session.scalars(select(Comment))] == [SECRETS[3]]
        assert SECRETS[3] in session.get_one(StoredAggregate, case.round_id).document
    found = 0
    with service.database.engine.connect() as connection:
        for table in ("goals", "rounds", "comments", "released_aggregates", "responses"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                found += 1
                for value in row:
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    assert not any(secret.encode() in raw for secret in SECRETS), table
    assert found >= 5


def test_no_file_holds_a_text(service: Service, case: Case) -> None:
    content = raw(service)
    assert b"example.org" in content
    assert not any(secret.encode() in content for secret in SECRETS)


def test_a_text_can_not_be_moved_to_another_row_or_column(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        goal = session.scalars(select(Goal)).one()
        goal.target_sealed = goal.baseline_sealed
    with service.database.reading() as session:
        goal = session.scalars(select(Goal)).one()
        assert goal.baseline == SECRETS[1]
        with pytest.raises(SealBrokenError, match=r"goals\.target_sealed"):
            _ = goal.target


def test_a_destroyed_key_takes_the_texts_along_even_from_a_backup(
    service: Service, case: Case, tmp_path: Path
) -> None:
    with service.database.reading() as session:
        mentorship_id = session.scalars(select(Mentorship.id)).one()
    service.keys.destroy(mentorship_id, NOW.date())
    with service.database.reading() as session, pytest.raises(KeyDestroyedError):
        _ = session.scalars(select(Goal)).one().statement
    with pytest.raises(KeyDestroyedError), service.database.writing() as session:
        session.scalars(select(Goal)).one().statement = "Written again"
    assert service.keys.is_erased(mentorship_id)
    assert service.keys.erased() == [mentorship_id]
    content = b"".join(file.read_bytes() for file in tmp_path.glob("keys.db*"))
    assert mentorship_id.bytes.hex().encode() in content  # what was erased is remembered


def test_keys_are_made_once_and_survive_a_new_master_key(tmp_path: Path) -> None:
    old, new = MasterKey.generate(), MasterKey.generate()
    url = f"sqlite:///{tmp_path / 'keys.db'}"
    owner = uuid.uuid4()
    sealed = KeyStore(url, MasterKey(old)).key_for_writing(owner).seal("Kept", "here")
    with pytest.raises(MasterKeyError):
        KeyStore(url, MasterKey(new)).key(owner)
    assert KeyStore(url, MasterKey(f"{new} {old}")).rewrap() == 1
    store = KeyStore(url, MasterKey(new))
    assert store.key(owner).open(sealed, "here") == "Kept"
    assert store.key_for_writing(owner).open(sealed, "here") == "Kept"
    with pytest.raises(KeyDestroyedError):
        store.key(uuid.uuid4())


def test_without_keys_nothing_is_read(service: Service, case: Case) -> None:
    blind = Database(service.database.engine.url.render_as_string(hide_password=False))
    with blind.reading() as session, pytest.raises(LookupError, match="within a session"):
        _ = session.scalars(select(Goal)).one().statement
    blind.dispose()
