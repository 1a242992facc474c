"""The words that the rules look for, by language.

A language that is not listed under a rule is not looked at by it. In Arabic, "and" is written as
one letter in front of the next word, which is also how many words begin; only "or" is looked for.
"""

import re
from collections.abc import Mapping

from survey.frameworks.lint.rules import (
    ABSOLUTE,
    DOUBLE_BARRELLED,
    FREQUENCY,
    JARGON,
    LEADING,
    NEGATION,
    Rule,
)

# Words and phrases divided by commas; a star stands for any ending.
_WRITTEN: Mapping[Rule, Mapping[str, str]] = {
    DOUBLE_BARRELLED: {
        "en": "and, or, as well as",
        "de": "und, oder, sowie, beziehungsweise, bzw",
        "fr": "et, ou, ainsi que",
        "es": "y, e, o, u, así como",
        "ar": "أو",
    },
    NEGATION: {
        "en": "not, no, none, nobody, nothing, neither, nor, without, cannot, *n't, *n’t",
        "de": "nicht, nichts, kein*, niemand*, weder, ohne",
        "fr": "ne, n', n’, sans, aucun, aucune, ni",
        "es": "no, sin, ni, ningún, ninguna, ninguno, nada, nadie",
        "ar": "لا, لم, لن, ليس, دون, بدون, غير",
    },
    FREQUENCY: {
        "en": "often, sometimes, usually, regularly, frequently, rarely, seldom, occasionally, "
        "generally, normally, typically, mostly, hardly ever, from time to time",
        "de": "oft, häufig, manchmal, meist, meistens, regelmäßig, regelmässig, selten, "
        "gelegentlich, gewöhnlich, normalerweise, ab und zu, in der Regel",
        "fr": "souvent, parfois, régulièrement, rarement, fréquemment, habituellement, "
        "généralement, de temps en temps",
        "es": "a menudo, a veces, frecuentemente, regularmente, normalmente, habitualmente, "
        "generalmente, raramente, rara vez, de vez en cuando",
        "ar": "غالبا, غالبًا, أحيانا, أحيانًا, عادة, عادةً, نادرا, نادرًا",
    },
    ABSOLUTE: {
        "en": "always, never, constantly, invariably, at all times, every time, without exception",
        "de": "immer, nie, niemals, stets, ständig, jederzeit, ausnahmslos",
        "fr": "toujours, jamais, constamment, sans exception, en permanence",
        "es": "siempre, nunca, jamás, constantemente, sin excepción, en todo momento",
        "ar": "دائما, دائمًا, أبدا, أبدًا",
    },
    LEADING: {
        "en": "obviously, of course, surely, undoubtedly, naturally, excellent, excellently, "
        "outstanding, unfortunately, admittedly",
        "de": "natürlich, selbstverständlich, offensichtlich, zweifellos, hervorragend*, leider",
        "fr": "évidemment, bien sûr, naturellement, excellent, excellente, malheureusement",
        "es": "obviamente, por supuesto, naturalmente, excelente, lamentablemente",
        "ar": "بالطبع, بالتأكيد, ممتاز",
    },
    JARGON: {
        "en": "synerg*, leverages, leverage, bandwidth, low-hanging fruit, outside the box, "
        "walk the talk, walks the talk, on the same page, touch base, touches base, "
        "move the needle, moves the needle, deep dive, deep dives, win-win, proactiv*, paradigm*, "
        "mindset, empower*, best practice*, extra mile, ground running, big picture, on board",
        "de": "Synergie*, Mindset, proaktiv*, Stakeholder*, an einem Strang, Tellerrand, "
        "Leuchtturm*, ins Boot",
        "fr": "synergie*, proactif*, proactiv*, mindset, gagnant-gagnant",
        "es": "sinergia*, proactiv*, mindset, ganar-ganar",
    },
}


def _pattern(written: str) -> re.Pattern[str]:
    ways = []
    for phrase in written.split(", "):
        if phrase.endswith(("'", "’")):
            ways.append(rf"(?<!\w){re.escape(phrase)}(?=\w)")
        else:
            # Up to forty letters: a pattern without a limit would be slow on a hostile text.
            ways.append(rf"(?<!\w){re.escape(phrase)}(?!\w)".replace(r"\*", r"\w{0,40}"))
    return re.compile("|".join(ways), re.IGNORECASE)


PATTERNS: Mapping[Rule, Mapping[str, re.Pattern[str]]] = {
    rule: {language: _pattern(words) for language, words in languages.items()}
    for rule, languages in _WRITTEN.items()
}

FIRST_PERSON: Mapping[str, re.Pattern[str]] = {
    "en": _pattern("I, my, me, mine, myself"),
    "de": _pattern("ich, mich, mir, mein*"),
    "fr": _pattern("je, j', j’, me, m', m’, mon, ma, mes, moi"),
}
"""What shows that a text is in the first person. Spanish and Arabic verbs say so by themselves."""

SUBJECT_FIRST: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"(i|he|she|they|he/she|my \w{1,40})\s", re.IGNORECASE),
    "de": re.compile(r"(ich|er|sie|er/sie)\s", re.IGNORECASE),
    "fr": re.compile(r"(je |j['’]|il |elle |on )", re.IGNORECASE),
    "es": re.compile(r"(yo|él|ella)\s", re.IGNORECASE),
    "ar": re.compile(r"(أنا|هو|هي)\s"),
}
"""A subject in front of the verb, which would stand beside the mentee's name."""

_EMPTY: Mapping[str, str] = {
    "en": "a an the of to in on for with at by from their they it its is are be",
    "de": "der die das den dem des ein eine einen einem einer zu in im an am",
    "fr": "le la les l un une des de du d à au aux en dans pour par",
    "es": "el la los las un una unos unas de del a al en con por para",
    "ar": "في من على إلى عن",
}
EMPTY_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _EMPTY.items()
}
"""Words that do not make two statements alike."""
