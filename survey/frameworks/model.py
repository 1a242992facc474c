"""The shape of a competency framework file.

These models check the shape of each part. Rules that span parts (ids unique across the file,
languages complete, a scale without gaps) are in ``checks`` and need positions in the file, so a
framework is made with ``loader``, which applies both. The descriptions feed the JSON Schema.
"""

from typing import Annotated, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticCustomError

from survey.frameworks.rater_groups import GROUP_KEY

FORMAT = 1

KEBAB_CASE = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SEMVER = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)
LANGUAGE_CODE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
GROUP_KEY_PATTERN = f"^{GROUP_KEY.pattern}$"

# Tags that tell pydantic which half of a text to check; no key of a file looks like them.
PLAIN_TEXT = "<text>"
TRANSLATED_TEXT = "<translations>"

CompetencyKind = Literal["knowledge", "skill", "behaviour"]
RoundKind = Literal["before", "interim", "after"]
StatementOrder = Literal["fixed", "random"]
ROUND_KINDS: tuple[RoundKind, ...] = get_args(RoundKind)

Identifier = Annotated[str, StringConstraints(pattern=KEBAB_CASE, min_length=1, max_length=60)]
LanguageCode = Annotated[str, StringConstraints(pattern=LANGUAGE_CODE)]
GroupKey = Annotated[str, StringConstraints(pattern=GROUP_KEY_PATTERN)]


def _is_whole_number(value: object) -> object:
    # To Python, True and 1.0 equal 1; in a file they are something else.
    if type(value) is not int:
        raise PydanticCustomError("literal_error", "Input should be 1")
    return value


def _text_shape(value: object) -> str:
    return TRANSLATED_TEXT if isinstance(value, dict) else PLAIN_TEXT


_Words60 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
_Words120 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Words400 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
_Words1000 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]

Label = Annotated[
    Annotated[_Words60, Tag(PLAIN_TEXT)]
    | Annotated[dict[LanguageCode, _Words60], Field(min_length=1), Tag(TRANSLATED_TEXT)],
    Discriminator(_text_shape),
]
Title = Annotated[
    Annotated[_Words120, Tag(PLAIN_TEXT)]
    | Annotated[dict[LanguageCode, _Words120], Field(min_length=1), Tag(TRANSLATED_TEXT)],
    Discriminator(_text_shape),
]
Sentence = Annotated[
    Annotated[_Words400, Tag(PLAIN_TEXT)]
    | Annotated[dict[LanguageCode, _Words400], Field(min_length=1), Tag(TRANSLATED_TEXT)],
    Discriminator(_text_shape),
]
Paragraph = Annotated[
    Annotated[_Words1000, Tag(PLAIN_TEXT)]
    | Annotated[dict[LanguageCode, _Words1000], Field(min_length=1), Tag(TRANSLATED_TEXT)],
    Discriminator(_text_shape),
]

_LINT_OK_DESCRIPTION = (
    "Rules of docs/framework-lint.md whose advice about this part is accepted as it is."
)
_WORDING_DESCRIPTION = (
    "Other words for one rater group: self, manager, peers, direct_reports, customers or the key "
    "of a group that a mentor adds. A group without its own words reads the text."
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelledPoint(_Part):
    """One point of the rating scale."""

    value: StrictInt = Field(ge=-100, le=100, description="The number that is stored and averaged.")
    label: Label = Field(description="What raters read on this point, at most 60 characters.")


class Scale(_Part):
    """The rating scale that every indicator is rated on."""

    points: tuple[LabelledPoint, ...] = Field(
        min_length=3,
        max_length=10,
        description="The points from low to high; their values rise by one, without a gap.",
    )
    not_observed: Label = Field(
        description="The label of the choice that gives no rating, such as “Not able to say”."
    )
    question: Sentence | None = Field(
        default=None,
        description="What the points answer, such as “When there was occasion for it, how often "
        "did you see this?”. Raters read it above the statements.",
    )


class Indicator(_Part):
    """One observable sign of a competency: the item that raters rate."""

    id: Identifier = Field(description="Kebab-case, unique in the whole framework.")
    text: Sentence = Field(
        description="Third person without a subject, read after the mentee's name: "
        "“Explains the reasons behind decisions”."
    )
    wording: dict[GroupKey, Sentence] = Field(
        default_factory=dict,
        description=f"{_WORDING_DESCRIPTION} The words for self are needed, in the first person.",
        json_schema_extra={"required": ["self"]},
    )
    lint_ok: tuple[Identifier, ...] = Field(
        default=(), max_length=20, description=_LINT_OK_DESCRIPTION
    )


class Competency(_Part):
    """A knowledge, skill or behaviour, seen through its indicators."""

    id: Identifier = Field(description="Kebab-case, unique among the competencies.")
    kind: CompetencyKind = Field(description="Whether it is knowledge, a skill or a behaviour.")
    title: Title = Field(description="Its name, at most 120 characters.")
    description: Paragraph = Field(description="What it means, in a sentence or two.")
    indicators: tuple[Indicator, ...] = Field(
        min_length=1, max_length=12, description="What raters can observe."
    )
    lint_ok: tuple[Identifier, ...] = Field(
        default=(), max_length=20, description=_LINT_OK_DESCRIPTION
    )


class OpenQuestion(_Part):
    """A question answered in the rater's own words."""

    id: Identifier = Field(description="Kebab-case, unique, and no indicator's id.")
    text: Sentence = Field(
        description="The question; {mentee} stands for the mentee's name: "
        "“What should {mentee} start doing?”"
    )
    wording: dict[GroupKey, Sentence] = Field(
        default_factory=dict, description=_WORDING_DESCRIPTION
    )
    groups: tuple[GroupKey, ...] = Field(
        default=(), min_length=1, description="The rater groups that are asked; default: every one."
    )
    rounds: tuple[RoundKind, ...] = Field(
        default=(),
        min_length=1,
        description="The kinds of round in which it is asked; default: every one.",
    )


class Framework(_Part):
    """A competency framework: what a 360-degree survey asks about, and on which scale.

    A text is a string, or a map from language code to string that has every declared language.
    """

    format: Annotated[Literal[1], BeforeValidator(_is_whole_number)] = Field(
        description="The version of this file format."
    )
    id: Identifier = Field(description="Kebab-case; names the framework in the service.")
    version: Annotated[str, StringConstraints(pattern=SEMVER, max_length=60)] = Field(
        description="Semantic version of the content, such as 1.0.0."
    )
    title: Title = Field(description="The name that mentors choose it by.")
    description: Paragraph = Field(description="What it is for, and for whom.")
    languages: tuple[LanguageCode, ...] = Field(
        min_length=1,
        max_length=20,
        description="The language codes of the texts; the first is the default.",
    )
    scale: Scale = Field(description="The rating scale.")
    competencies: tuple[Competency, ...] = Field(
        min_length=1, max_length=20, description="What is rated."
    )
    open_questions: tuple[OpenQuestion, ...] = Field(
        default=(), max_length=8, description="What is asked for in the rater's own words."
    )
    order: StatementOrder = Field(
        default="fixed",
        description="“fixed”: raters read the statements of a competency as they stand here; "
        "“random”: each rater reads them in one of a few orders.",
    )

    @property
    def default_language(self) -> str:
        """The language that readers of any other language get."""
        return self.languages[0]
