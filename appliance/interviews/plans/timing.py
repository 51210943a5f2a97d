"""How long a plan takes, in seconds: what is given, and what follow-ups may add."""

from collections.abc import Sequence

from appliance.interviews.model import FollowUpMode, Question

PROMISED_S = 15 * 60
"""What candidates are promised. A plan may take longer; the editor says so."""


def question_s(question: Question) -> tuple[int, int]:
    """At least and at most: thinking and answering once, and once more for each follow-up."""
    once = question.prepare_s + question.answer_s
    follows = question.follow_up is not FollowUpMode.NONE and bool(question.follow_ups)
    return once, once * (1 + (min(question.most_follow_ups, len(question.follow_ups)) if follows else 0))


def plan_s(questions: Sequence[Question]) -> tuple[int, int]:
    """The same over all questions."""
    each = [question_s(question) for question in questions]
    return sum(least for least, _ in each), sum(most for _, most in each)
