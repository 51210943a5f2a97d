"""The ledger and the jobs board speak of every act and every kind of work that the code knows."""

import re
from pathlib import Path

import appliance
from appliance.audit.words import ACTION_LABELS, JOB_LABELS, PAGES, SUBJECT_LABELS, page_of
from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor, ActorKind

ACTS = re.compile(r"""record\(\s*tx,\s*[\w.()]+,\s*"([a-z_]+\.[a-z_]+)",\s*f?"([a-z_]+):""")
KINDS = re.compile(
    r"""^[A-Z_]+(?:: Final)? = "((?:recruiting|interviews|people|notifications)\.[a-z_]+)"$""", re.M
)


def sources() -> str:
    return "\n".join(path.read_text() for path in sorted(Path(appliance.__file__).parent.rglob("*.py")))


def test_every_act_that_is_recorded_has_words() -> None:
    acts = ACTS.findall(sources())
    assert len(acts) > 30, "the pattern still finds the calls"
    assert {action for action, _subject in acts} <= set(ACTION_LABELS)
    assert {subject for _action, subject in acts} <= set(SUBJECT_LABELS)


def test_every_kind_of_work_has_words() -> None:
    assert set(KINDS.findall(sources())) == set(JOB_LABELS)


def test_a_subject_leads_to_its_page_only_for_whoever_may_open_it() -> None:
    reader = Actor("1", ActorKind.PERSON, frozenset({Permission.CANDIDATES_READ.value}), "A00001")
    assert page_of("candidate:7", reader) == "/candidates/7"
    assert page_of("employee:7", reader) == page_of("job:7", reader) == page_of("candidate", reader) == ""
    assert set(PAGES) <= set(SUBJECT_LABELS)
