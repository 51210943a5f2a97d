"""Whether words that a language model wrote may be asked in an interview.

Rules, not a model. The model has read a candidate's words, so that its own are not trusted either: they must be one
question, about what the plan wants to know, in the candidate's language, and nothing that an interviewer may not ask.
"""

import re
from enum import StrEnum

from appliance.interviews.plans.rubrics import Language

SHORTEST, LONGEST = 10, 120
"""Characters of a question."""
LONGEST_QUOTE = {"zh": 10, "en": 6}
"""So many characters (zh) or words (en) in a row may stand in the answer too; more is reading it back."""
CHINESE_SHARE = 0.6
"""Of the letters of a Chinese question; an English one has no Chinese at all."""


class Refusal(StrEnum):
    """Why words are not asked."""

    LENGTH = "length"
    NOT_ONE_QUESTION = "not_one_question"
    LANGUAGE = "language"
    PROTECTED = "protected"
    QUOTES = "quotes"
    HINT = "hint"
    SCORE = "score"
    BESIDE_INTENT = "beside_intent"


_PROTECTED = re.compile(
    r"结婚|已婚|未婚|婚姻|离婚|恋爱|男朋友|女朋友|男友|女友|配偶|丈夫|妻子|老公|老婆|对象是|怀孕|生育|二胎|孩子|子女|小孩|"
    r"家庭|家人|父母|年龄|多大|几岁|属相|星座|性别|性取向|户籍|户口|籍贯|老家|哪里人|民族|少数民族|宗教|信仰|信教|政治面貌|党员|"
    r"健康|生病|病史|患病|疾病|残疾|残障|抑郁|体检|身高|体重|血型|国籍|种族|肤色|工会|犯罪记录|"
    r"\b(?:marr(?:y|ied|iage)|divorc\w*|spouse|husband|wife|boyfriend|girlfriend|pregnan\w*|child(?:ren)?|kids?|"
    r"famil(?:y|ies)|parents?|how old|your age|age group|birth(?:day)?|gender|sexual\w*|religio\w*|faith|church|mosque|"
    r"ethnic\w*|race|racial|nationality|citizenship|born in|native|accent|politic\w*|party member|union member\w*|"
    r"health|ill(?:ness)?|sick(?:ness)?|disease|disab\w*|depress\w*|medical|medication|height|weight|"
    r"criminal record|arrest\w*)\b",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"比如|例如|譬如|诸如|如:|如：|还是说|是不是(?:因为|通过|靠)|是否(?:因为|通过|采用|使用)|应该.{0,8}吧|对吗|对吧|对不对|"
    r"\b(?:for example|for instance|e\.g\.|such as|was it because|did you perhaps|or did you|or was it|"
    r"right\?|correct\?|isn't it|wasn't it|didn't you)",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"评分|打分|得分|满分|分数|[0-9一二三四五十]级|录用|录取|通过面试|面试官|提示词|指令|模型|人工智能|"
    r"https?:|www\.|[<>{}\[\]〈〉《》#`*]|"
    r"\b(?:scor\w*|rating|grade|hire|hired|interviewer|prompt|instruction\w*|language model|AI)\b",
    re.IGNORECASE,
)
_ABOUT: dict[str, re.Pattern[str]] = {
    "situation": re.compile(
        r"什么时候|何时|哪里|哪儿|在哪|谁|哪些人|情况|背景|当时|经过|发生|"
        r"\b(?:when|where|who|what happened|situation)\b",
        re.IGNORECASE,
    ),
    "task": re.compile(
        r"任务|目标|要求|负责|职责|需要|为什么.{0,8}您|完成什么|要做什么|"
        r"\b(?:task|goal|aim|responsib\w*|why (?:you|did)|need(?:ed)? to|had to|asked to|"
        r"supposed to|fall to|fell to)\b",
        re.IGNORECASE,
    ),
    "action": re.compile(
        r"做了|怎么做|如何|怎样|怎么|步骤|采取|哪几步|做法|处理|"
        r"\b(?:what did you|how did you|which steps|what steps|steps|what (?:exactly|specifically)|do first)\b",
        re.IGNORECASE,
    ),
    "own_part": re.compile(
        r"您(?:自己|本人|个人|具体)|由您|您.{0,6}(?:负责|承担|做)|哪些|分工|"
        r"\b(?:you yourself|your (?:own )?(?:part|role|share)|which part|personally|by others|did you do)\b",
        re.IGNORECASE,
    ),
    "result": re.compile(
        r"结果|最后|最终|后来|效果|成效|有效|改善|变化|反馈|怎么知道|如何知道|"
        r"\b(?:result|outcome|end(?:ed)?|turn(?:ed)? out|how did you know|work(?:ed)?|effect\w*|"
        r"change[ds]?|afterwards)\b",
        re.IGNORECASE,
    ),
    "reflection": re.compile(
        r"体会|收获|学到|反思|总结|下次|再遇到|重来|今后|以后|不同的做法|改进|"
        r"\b(?:learn\w*|lesson\w*|next time|differently|again|in hindsight|take away|improve)\b",
        re.IGNORECASE,
    ),
}
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_MARK = re.compile(r"[?？]")


def refusal(text: str, answer: str, intent: str, language: Language) -> Refusal | None:
    """Why these words may not be asked after this answer; None where they may."""
    if not SHORTEST <= len(text) <= LONGEST:
        return Refusal.LENGTH
    if not _is_one_question(text):
        return Refusal.NOT_ONE_QUESTION
    if not _is_in(text, language):
        return Refusal.LANGUAGE
    for pattern, reason in ((_PROTECTED, Refusal.PROTECTED), (_HINT, Refusal.HINT), (_SCORE, Refusal.SCORE)):
        if pattern.search(text):
            return reason
    if longest_run(_pieces(text, language), _pieces(answer, language)) > LONGEST_QUOTE[language]:
        return Refusal.QUOTES
    return None if _ABOUT[intent].search(text) else Refusal.BESIDE_INTENT


def longest_run(asked: list[str], told: list[str]) -> int:
    """Length of the longest run of pieces that stands in both."""
    longest, before = 0, [0] * (len(told) + 1)
    for piece in asked:
        now = [0] * (len(told) + 1)
        for place, other in enumerate(told, 1):
            if piece == other:
                now[place] = before[place - 1] + 1
                longest = max(longest, now[place])
        before = now
    return longest


def _is_one_question(text: str) -> bool:
    """One sentence, and the question mark is its end."""
    ends = len(_MARK.findall(text)) == 1 and text[-1] in "?？"
    return ends and not re.search(r"[\r\n。!！;；]|\.\s+\S", text)


def _is_in(text: str, language: Language) -> bool:
    letters = len(_LETTER.findall(text))
    chinese = len(_CHINESE.findall(text))
    if language == "zh":
        return letters > 0 and chinese / letters >= CHINESE_SHARE
    return letters > 0 and chinese == 0


def _pieces(text: str, language: Language) -> list[str]:
    if language == "zh":
        return _CHINESE.findall(text)
    return re.findall(r"[a-z0-9']+", text.lower())
