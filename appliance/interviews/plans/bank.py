"""The question bank as HR searches it."""

from collections.abc import Sequence

import msgspec

from appliance.interviews.plans.rubrics import Competency, Question, RubricLibrary

SHOWN = 20
"""Questions shown at once; more on request."""


class BankFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; empty means any. `words` are found in either language, all of them."""

    competency: str = ""
    family: str = ""
    seniority: str = ""
    words: str = ""

    def takes(self, question: Question) -> bool:
        """Whether a question of the bank fits."""
        if self.competency and self.competency not in question.competencies:
            return False
        if self.family and self.family not in question.families:
            return False
        # A question without a seniority fits every one.
        if self.seniority and question.seniority and self.seniority not in question.seniority:
            return False
        text = f"{question.text.zh} {question.text.en}".lower()
        return all(word in text for word in self.words.lower().split())


def search(library: RubricLibrary, wanted: BankFilter) -> Sequence[Question]:
    """The bank's questions that fit, in the library's order."""
    return [question for question in library.questions.values() if wanted.takes(question)]


def competencies_with(
    library: RubricLibrary, family: str, words: str
) -> list[tuple[Competency, list[Question]]]:
    """The competencies of a post family (any when empty) whose texts or questions hold all the words, each with its
    questions for that family."""
    found = []
    for competency in library.competencies.values():
        if family and family not in competency.families:
            continue
        own = BankFilter(competency=competency.id, family=family)
        questions = [question for question in library.questions.values() if own.takes(question)]
        texts = [competency.name, competency.definition, competency.restated, *competency.levels]
        texts += [question.text for question in questions]
        everything = " ".join(f"{text.zh} {text.en}" for text in texts).lower()
        if all(word in everything for word in words.lower().split()):
            found.append((competency, questions))
    return found
