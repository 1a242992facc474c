"""The rules by which statements are looked at: why each is there, and how to mend what it finds.

All of them are advice. A rule looks at words, not at meaning, so it may be wrong about a statement;
`lint_ok` in the file says so (docs/framework-lint.md).
"""

from dataclasses import dataclass

from survey.languages.marks import N_


@dataclass(frozen=True)
class Rule:
    """One rule: its id, why it matters, what to do, and where to read on in the literature."""

    id: str
    why: str
    mend: str
    source: str = ""


DOUBLE_BARRELLED = Rule(
    "double-barrelled",
    N_("Who sees the one and not the other does not know what to rate."),
    N_("Keep the part that matters more, or make two statements of it."),
    "Converse and Presser 1986; Fowler 1995",
)
NEGATION = Rule(
    "negation",
    N_("“Almost never” to a statement with a “not” is a double negative, and raters slip."),
    N_("Say what the person does instead."),
    "Weijters and Baumgartner 2012",
)
TOO_LONG = Rule(
    "too-long",
    N_("A statement of more than 20 words has to be read twice, the more so on a phone."),
    N_("Leave out what does not change the rating."),
    "Oppenheim 1992",
)
HARD_TO_READ = Rule(
    "hard-to-read",
    N_("Raters who have to puzzle over words answer by their general impression."),
    N_("Use shorter words in the statements named; they are the hardest."),
    "Kincaid, Fishburne, Rogers and Chissom 1975",
)
FREQUENCY = Rule(
    "frequency-word",
    N_(
        "How often is what the scale asks; in the statement it is asked twice, and each rater "
        "takes such a word differently."
    ),
    N_("Leave the word out."),
    "Schaeffer 1991",
)
ABSOLUTE = Rule(
    "absolute",
    N_(
        "Hardly anybody does something without exception, so the top of the scale gets out of "
        "reach."
    ),
    N_("Leave the word out: how often is what the scale asks."),
    "Payne 1951",
)
LEADING = Rule(
    "leading-word",
    N_("The word tells raters what to think of it."),
    N_("Leave it out, and name what can be seen."),
    "Payne 1951",
)
JARGON = Rule(
    "jargon",
    N_("Not all raters read the same in it, and it translates badly."),
    N_("Name what somebody does, in plain words."),
)
NEAR_DUPLICATE = Rule(
    "near-duplicate",
    N_("Two statements of almost the same words count one behaviour twice and tire raters."),
    N_("Keep one, or let the other ask for something else."),
    "Boyle 1991",
)
SELF_WORDING = Rule(
    "self-wording",
    N_("The mentee reads these words about themselves."),
    N_("Write it in the first person, such as “I explain my decisions”."),
)
OTHERS_WORDING = Rule(
    "others-wording",
    N_("Raters read the statement right after the mentee's name."),
    N_("Begin with the verb in the third person, without a subject, such as “Explains decisions”."),
)
FEW_STATEMENTS = Rule(
    "few-statements",
    N_("A mean of fewer than three statements hangs on each single one."),
    N_("Add statements, or put the competency together with a neighbour."),
    "Costello and Osborne 2005",
)
MANY_STATEMENTS = Rule(
    "many-statements",
    N_("More than five statements tire raters and add little to what the mean says."),
    N_("Drop those that are least often seen, or make two competencies of it."),
    "Hinkin 1998",
)
UNKNOWN_RULE = Rule(
    "unknown-rule",
    N_("Nothing is accepted by a name that no rule has."),
    N_("Write the id of a rule, or remove it."),
)

RULES: tuple[Rule, ...] = (
    DOUBLE_BARRELLED,
    NEGATION,
    TOO_LONG,
    HARD_TO_READ,
    FREQUENCY,
    ABSOLUTE,
    LEADING,
    JARGON,
    NEAR_DUPLICATE,
    SELF_WORDING,
    OTHERS_WORDING,
    FEW_STATEMENTS,
    MANY_STATEMENTS,
    UNKNOWN_RULE,
)
RULE_IDS: frozenset[str] = frozenset(rule.id for rule in RULES)
