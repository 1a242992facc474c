"""One round as raters usually meet it: thirty statements and two questions, in two scripts."""

from __future__ import annotations

import datetime as dt
import secrets

from survey.accounts.people import add_mentor
from survey.frameworks.loader import parse_framework
from survey.frameworks.model import Framework
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.mentees import add_mentee
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.launch import launch_round
from survey.rounds.rater_list import RaterEntry
from survey.service import Service
from survey.storage.models import RoundKind

_TITLES = {
    "Working with others": "العمل مع الآخرين",
    "Keeping to what was agreed": "الالتزام بما اتُّفق عليه",
    "Solving problems": "حل المشكلات",
    "Speaking clearly": "الحديث بوضوح",
    "Learning from mistakes": "التعلّم من الأخطاء",
    "Taking decisions": "اتخاذ القرارات",
}
_DESCRIPTION = (
    "Brings people together and keeps the work moving where several are needed for it.",
    "يجمع الناس ويحافظ على سير العمل حين يتطلب مشاركة عدة أشخاص فيه.",
)
# About as long as those of the frameworks that ship.
_STATEMENTS = {
    "Says early what stands in the way of the work": "يذكر مبكرًا ما يعترض سير العمل من عقبات",
    "Asks those concerned before a decision is taken": "يسأل المعنيين بالأمر قبل اتخاذ أي قرار",
    "Keeps a promise or says in time that it will be late": "يفي بوعده أو يُبلغ مسبقًا بأنه سيتأخر",
    "Explains difficult things so that others follow": "يشرح الأمور الصعبة بحيث يفهمها الآخرون",
    "Gives credit to the people who did the work": "ينسب الفضل إلى من قاموا بالعمل فعلًا",
}
_SCALE = {
    "Almost never": "نادرًا جدًّا",
    "Sometimes": "أحيانًا",
    "Half the time": "نصف المرات",
    "Nearly always": "غالبًا",
    "Every time": "في كل مرة",
}


def _both(english: str, arabic: str) -> str:
    return f'{{en: "{english}", ar: "{arabic}"}}'


def framework(order: str = "fixed") -> Framework:
    """Six competencies with five statements each, and two questions, in English and Arabic."""
    lines = [
        "format: 1",
        "id: thirty",
        "version: 1.0.0",
        f"title: {_both('Thirty statements', 'ثلاثون عبارة')}",
        f"description: {_both(*_DESCRIPTION)}",
        "languages: [en, ar]",
        f"order: {order}",
        "scale:",
        "  points:",
        *(
            f"    - {{value: {value}, label: {_both(*label)}}}"
            for value, label in enumerate(_SCALE.items(), 1)
        ),
        f"  not_observed: {_both('No chance to see this', 'لم تتح لي فرصة لملاحظة ذلك')}",
        "competencies:",
    ]
    for number, title in enumerate(_TITLES.items(), 1):
        lines += [
            f"  - id: competency-{number}",
            f"    kind: {('knowledge', 'skill', 'behaviour')[number % 3]}",
            f"    title: {_both(*title)}",
            f"    description: {_both(*_DESCRIPTION)}",
            "    indicators:",
        ]
        for place, statement in enumerate(_STATEMENTS.items(), 1):
            lines += [
                f"      - id: statement-{number}-{place}",
                f"        text: {_both(*statement)}",
                f"        wording: {{self: {_both(*statement)}}}",
            ]
    keep = _both("What should {mentee} keep doing?", "ما الذي ينبغي أن يواصله {mentee}؟")
    change = _both("What should {mentee} do differently?", "ما الذي ينبغي أن يغيّره {mentee}؟")
    lines += ["open_questions:", f"  - {{id: keep, text: {keep}}}"]
    lines += [f"  - {{id: change, text: {change}}}"]
    return parse_framework("\n".join(lines).encode(), "thirty.yaml")


def open_round(service: Service, languages: list[str], *, order: str = "fixed") -> list[str]:
    """Launch a round; gives the token of one peer for each of these languages."""
    today, name = service.today(), secrets.token_hex(4)
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", f"mentor-{name}@example.org")
        mentorship = add_mentee(session, mentor, "Mia Mentee", f"{name}@example.org", service.now())
        details = RoundDetails(
            kind=RoundKind.BEFORE,
            framework_id="thirty",
            groups=STANDARD_GROUPS,
            deadline=today + dt.timedelta(days=30),
            purpose="Where you have seen me work well, and where I could do better.",
        )
        draft = create_draft(session, mentorship, details, today)
        entries = [
            RaterEntry(f"Rater {n}", f"rater{n}-{name}@example.org", "peers", language)
            for n, language in enumerate(languages)
        ]
        # So many that the group may be shown.
        entries += [
            RaterEntry(f"Other {n}", f"other{n}-{name}@example.org", "peers", "en")
            for n in range(3)
        ]
        if problems := add_raters(session, draft, entries):
            raise ValueError(f"raters: {problems[0]}")
        launch_round(
            session,
            draft,
            framework(order),
            links=service.rater_links,
            master_key=service.master_key,
            now=service.now(),
        )
        found = {i.email: service.rater_links.token(i) for i in draft.invitations}
        return [found[entry.email] for entry in entries[: len(languages)]]
