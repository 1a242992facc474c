"""What retention.yaml says, as it ships: so that the privacy notice can say it in other languages.

Whoever writes a schedule of their own writes it in the language of their readers: what stands in no
catalogue is shown as it is written. A test holds that nothing of the shipped file is missing here.
"""

from __future__ import annotations

from survey.languages.marks import N_

SHIPPED_REASONS = frozenset(
    (
        N_(
            "Names and addresses serve to invite, to remind, and to propose the same raters for a "
            "round soon after. Numbers per group stay."
        ),
        N_("Legitimate interest in feedback from several sides (Art. 6(1)(f) GDPR)"),
        N_("A round that was never launched serves nothing once its deadline is over."),
        N_(
            "A later round is compared with the ratings of an earlier one. The report does not "
            "need them."
        ),
        N_(
            "Legitimate interest in showing what the mentoring has changed (Art. 6(1)(f) GDPR); "
            "cannot be tied to a person, other than those of openly named groups"
        ),
        N_(
            "The report has its own copy, as released; the comments as they were written serve "
            "only for questions soon after the close."
        ),
        N_("The mentee works with the report during the mentoring and for a while after it."),
        N_("The mentoring agreement with the mentee (Art. 6(1)(b) GDPR)"),
        N_(
            "Goals and their evaluation are looked back on at the end of the mentoring, and the "
            "reports tell their change beside the goal."
        ),
        N_(
            "The longest that anything about a mentorship is kept. Its key is destroyed, so that "
            "nothing of its texts can be read again, in backups neither."
        ),
        N_(
            "Who takes part in no mentorship and has not signed in for so long does not need the "
            "account any more. Whoever comes back gets a new one."
        ),
        N_(
            "The mentoring agreement, and legitimate interest in knowing who may sign in (Art. "
            "6(1)(b) and (f) GDPR)"
        ),
        N_("Mentor and mentee look back on what they agreed in their sessions."),
        N_("A session that is over needs no appointment."),
        N_("The mentee follows their own way through the mentoring."),
        N_("Consent of the mentee, who writes them of their own accord (Art. 6(1)(a) GDPR)"),
        N_(
            "The mentor's reflective practice and supervision, as the EMCC Global Code of Ethics "
            "asks for."
        ),
        N_("Legitimate interest in good professional practice (Art. 6(1)(f) GDPR)"),
        N_("The mentor learns from what the mentee says about the mentoring."),
        N_("Legitimate interest in good mentoring (Art. 6(1)(f) GDPR)"),
        N_("Mentor and mentee compare their reviews of the mentoring from start to end."),
        N_("A link works for half an hour; afterwards it is of no use."),
        N_("Legitimate interest in secure access (Art. 6(1)(f) GDPR)"),
        N_("Ended sessions let their owner notice one that was not theirs."),
        N_("Expired tokens let their owner notice which program needs a new one."),
        N_("A program that got no answer may repeat its request, and nothing is done twice."),
        N_("Legitimate interest in a service that works (Art. 6(1)(f) GDPR)"),
        N_("A letter that could not be delivered until then is given up."),
        N_("Shows that a request about personal data was answered in time."),
        N_("Legal obligation (Art. 6(1)(c), Art. 5(2) GDPR)"),
        N_("A request that could not be answered by e-mail until then is given up."),
        N_("Legal obligation (Art. 6(1)(c), Art. 15 GDPR)"),
        N_("Shows who did what, for as long as somebody may ask."),
        N_("Legal obligation to be able to show it (Art. 6(1)(c), Art. 5(2) GDPR)"),
        N_("The owner of a webhook sees how it fares, and has sent again what a program missed."),
    )
)
"""Every reason and legal basis of the schedule that ships with the service."""
