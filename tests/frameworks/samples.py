"""A small valid framework file, and a way to break one place of it."""

from survey.frameworks import FrameworkError, parse_framework

FILE_NAME = "sample.yaml"

GOOD = """\
format: 1
id: leadership
version: 1.0.0
title: Leadership
description: For people who lead others.
languages: [en]
scale:
  points:
    - {value: 1, label: Not yet}
    - {value: 2, label: Sometimes}
    - {value: 3, label: Always}
  not_observed: Not able to say
competencies:
  - id: strategic-thinking
    kind: behaviour
    title: Strategic thinking
    description: Sees the whole.
    indicators:
      - id: explains-why
        text: Explains the reasons behind decisions
        wording:
          self: I explain the reasons behind my decisions
          customers: Explains to us why things change
      - id: asks-first
        text: Asks before deciding
        wording: {self: I ask before I decide}
open_questions:
  - id: start
    text: What should {mentee} start doing?
    wording: {self: What should I start doing?}
  - id: change
    text: What change in {mentee} have you noticed?
    groups: [peers, manager]
    rounds: [after]
"""

TWO_LANGUAGES = """\
format: 1
id: zuhoeren
version: 1.0.0
title: {en: Listening, de: Zuhören}
description: {en: For everyone., de: Für alle.}
languages: [en, de]
scale:
  points:
    - {value: 0, label: {en: Never, de: Nie}}
    - {value: 1, label: {en: Sometimes, de: Manchmal}}
    - {value: 2, label: {en: Always, de: Immer}}
  not_observed: {en: Not able to say, de: Kann ich nicht sagen}
competencies:
  - id: listening
    kind: skill
    title: {en: Listening, de: Zuhören}
    description: {en: "Takes in what {others} say.", de: Nimmt auf.}
    indicators:
      - id: lets-finish
        text: {en: Lets others finish, de: Lässt andere ausreden}
        wording:
          self: {en: I let others finish, de: Ich lasse andere ausreden}
          direct_reports:
            en: Lets me finish
            de: Lässt mich ausreden
open_questions:
  - id: more
    text: {en: "What should {mentee} do more?", de: "Was sollte {mentee} öfter tun?"}
""".replace("{others}", "others")


def broken(old: str, new: str, source: str = GOOD) -> str:
    """Replace one place of a valid file, which must be there exactly once."""
    assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in the sample"
    return source.replace(old, new)


def complaints(source: str | bytes) -> list[str]:
    """Return what the loader says about a file, one line per problem; nothing for a good one."""
    content = source.encode() if isinstance(source, str) else source
    try:
        parse_framework(content, FILE_NAME)
    except FrameworkError as error:
        return str(error).split("\n")
    return []
