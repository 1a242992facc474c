"""Frameworks from files and folders."""

import os
from pathlib import Path

import pytest

from survey.frameworks import FrameworkError, Problem, load_folder, load_framework

from .conftest import Writer
from .samples import GOOD, TWO_LANGUAGES, broken

SHIPPED = Path(__file__).parents[2] / "competency_frameworks"


def problems_of(path: Path) -> list[str]:
    with pytest.raises(FrameworkError) as caught:
        load_framework(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_becomes_a_framework(write: Writer) -> None:
    framework = load_framework(write("lead.yaml", GOOD))
    assert framework.id == "leadership"
    assert framework.version == "1.0.0"
    assert framework.default_language == "en"
    assert [point.value for point in framework.scale.points] == [1, 2, 3]
    (competency,) = framework.competencies
    assert [indicator.id for indicator in competency.indicators] == ["explains-why", "asks-first"]
    assert framework.open_questions[0].wording == {"self": "What should I start doing?"}
    assert framework.open_questions[1].rounds == ("after",)


def test_a_framework_is_frozen(write: Writer) -> None:
    framework = load_framework(write("lead.yaml", GOOD))
    with pytest.raises(ValueError, match="frozen"):
        framework.id = "other"  # type: ignore[misc]


def test_block_texts_lose_the_space_around_them(write: Writer) -> None:
    source = broken("title: Leadership", "title: >\n  Leading\n  others\n")
    assert load_framework(write("f.yaml", source)).title == "Leading others"


def test_the_name_of_the_file_is_in_the_message(write: Writer) -> None:
    found = problems_of(write("lead.yaml", broken("label: Not yet", "lable: Not yet")))
    assert found == ["lead.yaml:9:18: unknown key 'lable'; did you mean 'label'?"]


def test_the_error_lists_its_problems_in_order() -> None:
    error = FrameworkError(
        [Problem("b", 1, 1, "z", ""), Problem("a", 2, 1, "y", "h"), Problem("a", 1, 9, "x", "")]
    )
    assert str(error) == "a:1:9: x\na:2:1: y; h\nb:1:1: z"


def test_paths_that_are_no_files(tmp_path: Path, write: Writer) -> None:
    target = write("real.yaml", GOOD)
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert problems_of(link) == ["link.yaml:1:1: this is a symbolic link; put the file itself here"]
    assert problems_of(folder) == [
        "folder.yaml:1:1: this is a directory, not a file; name a YAML file"
    ]
    assert problems_of(pipe) == ["pipe.yaml:1:1: this is not a regular file; name a YAML file"]
    assert problems_of(tmp_path / "none.yaml") == [
        "none.yaml:1:1: the file cannot be read (No such file or directory); "
        "check that it exists and its permissions"
    ]
    assert problems_of(tmp_path / "nul\0.yaml")[0].startswith("nul\0.yaml:1:1: the file cannot be")


def test_a_file_without_permission(monkeypatch: pytest.MonkeyPatch, write: Writer) -> None:
    path = write("secret.yaml", GOOD)

    # Taking the permission away would not stop a test that runs as root.
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert problems_of(path) == [
        "secret.yaml:1:1: the file cannot be read (Permission denied); "
        "check that it exists and its permissions"
    ]


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)
    (only,) = problems_of(path)
    assert only.startswith("large.yaml:1:1: the file is 10,737,418,240 bytes, more than the limit")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files through /proc")
def test_no_file_stays_open(tmp_path: Path, write: Writer) -> None:
    good = write("good.yaml", GOOD)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        load_framework(good)
        problems_of(tmp_path)
    # Fewer is fine: a file of an earlier test may have been closed meanwhile.
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_folder(tmp_path: Path, write: Writer) -> None:
    write("b.yml", TWO_LANGUAGES)
    write("a.YAML", GOOD)
    write("notes.txt", "not: a framework")
    write(".hidden.yaml", "not: a framework")
    assert list(load_folder(tmp_path)) == ["leadership", "zuhoeren"]


def test_a_folder_reports_the_problems_of_all_its_files(tmp_path: Path, write: Writer) -> None:
    write("a.yaml", GOOD)
    write("b.yaml", "# the same again\n" + GOOD)
    write("c.yaml", broken("version: 1.0.0", "version: one"))
    (tmp_path / "d.yaml").symlink_to(tmp_path / "a.yaml")
    with pytest.raises(FrameworkError) as caught:
        load_folder(tmp_path)
    assert str(caught.value).split("\n") == [
        "b.yaml:3:5: the framework id 'leadership' is also used by a.yaml; "
        "give one of the two another id",
        "c.yaml:3:10: 'one' is no version; write three numbers joined by dots, such as 1.0.0",
        "d.yaml:1:1: this is a symbolic link; put the file itself here",
    ]


def test_a_folder_that_is_none(tmp_path: Path, write: Writer) -> None:
    for path in (tmp_path / "none", write("file", "x")):
        with pytest.raises(FrameworkError, match="the folder cannot be read"):
            load_folder(path)


def test_the_frameworks_that_ship_with_the_service_load() -> None:
    # The files are written one by one; those that are there must be right.
    files = sorted(SHIPPED.glob("*.yaml"))
    assert len(load_folder(SHIPPED)) == len(files)
