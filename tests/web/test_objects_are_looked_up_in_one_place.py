"""No page finds an object by itself: whatever an address names is looked up through the policy.

Read from the source of every module with pages, or with what programs ask for, so that one that
nobody thought of asking for fails here too. Only `access` and `record_access` may take what stands
in an address to the database; they ask the policy (tests/web/test_crawler.py asks them).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import survey.api
import survey.web
from survey.storage.models import Base

FOLDER = Path(survey.web.__file__).parent
FOLDERS = (FOLDER, Path(survey.api.__file__).parent)
ALLOWED_MODULES = {
    # They are the one place.
    "access.py",
    "record_access.py",
}
# Raters have no account and no role: a signed link is their right, and no id stands in an address.
WITHOUT_ACCOUNTS = {"rater.py"}
MODELS = {mapper.class_.__name__ for mapper in Base.registry.mappers}
ASKS_THE_DATABASE = {"get_one", "scalar", "scalars", "execute", "merge", "query"}
# What may be given an id out of an address, beside the functions of the one place, and why.
MAY_TAKE_IDS = {
    # Make an address of it again.
    "url_for",
    "redirect",
    # Find nothing but what belongs to the person or round that they are given beside the id.
    "end_one_session",
    "remove_passkey",
    "revoke_token",
    "invitation_in",
    "remove_rater",
    # Write down whose or what it was: a text, and the audit trail.
    "str",
    "record",
    "record_once_a_day",
}


def modules() -> list[Path]:
    found = sorted(path for folder in FOLDERS for path in folder.glob("*.py"))
    assert len(found) > 50
    return [path for path in found if path.name not in ALLOWED_MODULES]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def database_questions(tree: ast.Module) -> Iterator[str]:
    """Calls that ask the database for rows of a table, and imports that serve to do so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            for imported in node.names:
                # A session to hand on, and errors to tell, are no questions.
                known_as = imported.asname or imported.name
                if known_as != "Session" and not known_as.endswith("Error"):
                    yield f"line {node.lineno}: imports {imported.name}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            models = {name_of(argument) for argument in node.args[:1]} & MODELS
            if node.func.attr in ASKS_THE_DATABASE or (node.func.attr == "get" and models):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def looked_up(tree: ast.Module) -> Iterator[str]:
    """Calls that are given an id out of an address, and are no function of the one place."""
    one_place = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module in ("survey.web.access", "survey.web.record_access")
        for alias in node.names
    }
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for view in tree.body:
        if not isinstance(view, ast.FunctionDef):
            continue
        ids = {
            argument.arg
            for argument in view.args.args
            if argument.annotation is not None and "UUID" in ast.unparse(argument.annotation)
        }
        for call in ast.walk(view):
            if not isinstance(call, ast.Call):
                continue
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            named = {value.id for value in given if isinstance(value, ast.Name)}
            if named & ids and name_of(call.func) not in one_place | own | MAY_TAKE_IDS:
                yield f"line {call.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_page_asks_the_database_for_an_object(path: Path) -> None:
    if path.name not in WITHOUT_ACCOUNTS:
        assert list(database_questions(tree_of(path))) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_id_of_an_address_goes_to_the_one_place(path: Path) -> None:
    if path.name not in WITHOUT_ACCOUNTS:
        assert list(looked_up(tree_of(path))) == []


def test_what_is_allowed_is_needed() -> None:
    """An allowance that nothing uses would let the next page slip through."""
    called = {
        name_of(node.func)
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
    }
    assert MAY_TAKE_IDS - called == set()
    assert {path.name for path in FOLDER.glob("*.py")} >= ALLOWED_MODULES | WITHOUT_ACCOUNTS


SLIPS = """
from sqlalchemy import select
def show(mentorship_id: uuid.UUID) -> str:
    session.get(Mentorship, mentorship_id)
    session.get_one(Person, 1)
    return people_queries.mentorship(session, mentorship_id)
"""


def test_a_slip_would_be_noticed() -> None:
    tree = ast.parse(SLIPS)
    assert len(list(database_questions(tree))) == 3
    assert len(list(looked_up(tree))) == 2
