"""Signs that an answer speaks to the scorer instead of the question.

Rules, not a model: each finding names its kind and the sentence. A finding is no verdict; it keeps the
machine from showing a number and sends the case to a person, who reads the sentence.
"""

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from appliance.interviews.analysis.transcript import Sentence, canonical, units
from appliance.interviews.plans.rubrics import Competency, Language

REPETITION_SHARE = 0.5
ECHO_SHARE = 0.6
SHINGLE = 5


class ManipulationKind(StrEnum):
    """What kind of sign it is."""

    INSTRUCTION = "instruction"
    SELF_RATING = "self_rating"
    REPETITION = "repetition"
    RUBRIC_ECHO = "rubric_echo"
    HIDDEN_TEXT = "hidden_text"


class Manipulation(Struct, frozen=True):
    """A sign and the sentence it stands in (0: the answer as a whole)."""

    kind: ManipulationKind
    sentence: int


_INSTRUCTION = re.compile(
    r"ignore (?:all |any |the |your |previous |above |prior )+(?:instruction|prompt|rule|text|criteria)"
    r"|disregard (?:all |any |the |your |previous )+"
    r"|(?:you are|act as|pretend to be) (?:now )?(?:a |an |the )?(?:helpful |generous |"
    r"lenient )?(?:assistant|rater|grader|ai\b|model)"
    r"|system (?:prompt|message|note|override)|(?:assistant|system|user) ?:|new instruction"
    r"|(?:give|assign|award|grant|output|reply|respond|answer)(?: \w+){0,5} (?:level|score|rating|mark|grade|"
    r"number|digit|points?)\b"
    r"|(?:level|score|rating|grade|mark) (?:of |is |must be |should be |= ?)?(?:5|five|10|ten|full|maximum|"
    r"highest)\b"
    r"|(?:rate|score|mark|grade|judge)(?: \w+){0,5} (?:10|ten|5|five|full|maximum|highest|top)\b"
    r"|[\"'“”](?:level|score|rating|grade|mark|points?|等级|评分|分数|得分)[\"'“”]? ?[:=：] ?\d"
    r"|(?:administrator|admin|developer|system)s? (?:override|mode|command|order)|full marks (?:for|to)\b"
    r"|(?:official|final|real) (?:score|rating|level|mark|result)"
    r"|note to (?:the )?(?:rater|grader|scorer|reviewer|ai|model|evaluator)"
    r"|忽略(?:以上|上面|之前|前面|所有|一切|你)|无视(?:以上|上面|之前|前面|所有)"
    r"|你(?:现在)?是(?:一个|一名)?.{0,6}(?:评分|助手|模型|AI|人工智能)"
    r"|(?:请|务必|必须|直接|应当|应该)?(?:给我?|打|评|判|输出|回答|回复)(?:我|出|为|成|个|一个|"
    r"到)*.{0,6}(?:[5五]级|[5五]分|10分|十分|满分|最高(?:分|级|等级))"
    r"|(?:本题|此题|这题|本项|一律|全部)(?:应|该|必须|直接)?(?:为|是|给|得|判|按)?(?:满分|最高(?:分|级|等级))"
    r"|(?:正式|最终|实际)(?:评分|得分|分数|等级|结果)|管理员(?:授权|指令|命令)"
    r"|系统(?:提示|指令|消息|通知)|评分(?:员|系统|模型|人)?(?:请|注意|必须|须知)|(?:新|最新)的?指令",
    re.IGNORECASE,
)
_UNSEEN = re.compile("[\u00ad\u200b\u2060-\u2064\ufeff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0001-\U000e007f]")
"""Characters that nobody types: soft hyphens and zero-width marks between letters, overrides of the direction of
writing, and the invisible copy of the alphabet."""
UNSEEN_ALLOWED = 2
_SPELT_OUT = re.compile(r"(?:\b[a-z0-9] ){7,}[a-z0-9]\b", re.IGNORECASE)
"""Nobody writes eight letters one by one, except past a rule."""
_SPACED_OUT = re.compile(r"(?:\S ){3,}\S(?= |$|[.。!！,，])")

_SELF_RATING = re.compile(
    r"(?:this|my) (?:answer|response|example) (?:is|was|shows|demonstrates|deserves|meets|fulfils)\b"
    r"|i (?:clearly |fully |certainly )?(?:deserve|meet|match|exceed)(?: \w+){0,4} (?:level|score|criteria|"
    r"anchor|standard|mark)"
    r"|i am (?:the best|an? (?:excellent|outstanding|perfect|exceptional|ideal))"
    r"|(?:我的|这个|这份|以上)(?:回答|答案|案例|事例)(?:非常|十分|完全|堪称|充分|是|应该|已经|符合|体现)"
    r"|我(?:完全|充分)?(?:符合|达到|满足|超出|值得|应得).{0,8}(?:级|分|标准|要求|等级)"
    r"|我(?:是|就是)(?:最|一个)?(?:优秀|出色|完美|杰出|顶尖|合适)",
    re.IGNORECASE,
)


def find_manipulation(
    sentences: Sequence[Sentence], competencies: Sequence[Competency], language: Language
) -> list[Manipulation]:
    """All signs in an answer, in the order of its sentences."""
    found: list[Manipulation] = []
    anchors = _anchor_shingles(competencies, language)
    for sentence in sentences:
        text = _closed_up(canonical(sentence.text))
        if _SPELT_OUT.search(canonical(sentence.text)):
            found.append(Manipulation(ManipulationKind.HIDDEN_TEXT, sentence.number))
        if _INSTRUCTION.search(text):
            found.append(Manipulation(ManipulationKind.INSTRUCTION, sentence.number))
        if _SELF_RATING.search(text):
            found.append(Manipulation(ManipulationKind.SELF_RATING, sentence.number))
        if _echo_share(text, anchors) >= ECHO_SHARE:
            found.append(Manipulation(ManipulationKind.RUBRIC_ECHO, sentence.number))
    if repeated_share([sentence.text for sentence in sentences]) >= REPETITION_SHARE:
        found.append(Manipulation(ManipulationKind.REPETITION, 0))
    return found


def hides_text(text: str) -> bool:
    """Whether a text, as it was typed, holds characters that are not seen or turn the writing round. A pasted text
    may bring one or two unseen ones by accident."""
    return bool(_REORDERING.search(text)) or len(_UNSEEN.findall(text)) > UNSEEN_ALLOWED


def _closed_up(text: str) -> str:
    """With letters that stand s p a c e d  o u t together again, so that rules read them as people do."""
    return _SPACED_OUT.sub(lambda found: found[0].replace(" ", ""), text)


def repeated_share(texts: Sequence[str]) -> float:
    """The share of an answer that repeats what it already said, by runs of five characters or words."""
    shingles = Counter(shingle for text in texts for shingle in _shingles(canonical(text)))
    total = sum(shingles.values())
    return 1.0 - len(shingles) / total if total else 0.0


def _shingles(text: str) -> list[tuple[str, ...]]:
    pieces = re.findall(r"[\u3400-\u9fff]|[a-z0-9]+", text.lower())
    return [tuple(pieces[start : start + SHINGLE]) for start in range(len(pieces) - SHINGLE + 1)]


def _anchor_shingles(competencies: Sequence[Competency], language: Language) -> set[tuple[str, ...]]:
    texts = [anchor.get(language) for competency in competencies for anchor in competency.levels]
    texts += [wording for competency in competencies for wording in competency.wordings(language)]
    return {shingle for text in texts for shingle in _shingles(text)}


def _echo_share(text: str, anchors: set[tuple[str, ...]]) -> float:
    shingles = _shingles(text)
    if units(text) < SHINGLE or not shingles:
        return 0.0
    return sum(shingle in anchors for shingle in shingles) / len(shingles)
