"""Whether frameworks, question sets and the retention schedule are as they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from survey.frameworks.loader import load_folder
from survey.frameworks.problems import FrameworkError
from survey.mentoring.question_sets import QuestionSetError, QuestionSets
from survey.operations.doctor.finding import Finding, fine, problem
from survey.privacy.errors import RetentionError
from survey.privacy.schedule import load_schedule


def check_files(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Read each of them as the service does when it starts."""
    readings: tuple[tuple[str, str, Callable[[], object]], ...] = (
        ("FRAMEWORK_FOLDER", "The frameworks", lambda: load_folder(config["FRAMEWORK_FOLDER"])),
        (
            "QUESTION_SET_FOLDER",
            "The question sets",
            lambda: QuestionSets(config["QUESTION_SET_FOLDER"]),
        ),
        (
            "RETENTION_FILE",
            "The retention schedule",
            lambda: load_schedule(config["RETENTION_FILE"], config["DEFAULT_RETENTION_FILE"]),
        ),
    )
    for setting, name, read in readings:
        try:
            read()
        except (FrameworkError, QuestionSetError, RetentionError, OSError) as error:
            yield problem(
                f"{name} cannot be used: {error}",
                f"Mend what is named ({setting} is {config[setting]}); until then the service "
                "does not start.",
            )
        else:
            yield fine(f"{name} can be used.")
