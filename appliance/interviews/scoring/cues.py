"""Words by which a told experience shows: time and place, a duty, the own deed, an outcome.

A large model finds the sentence by itself and these hardly weigh; a small one spreads its probability over
all sentences, and then the words decide. They weigh, they never forbid, and they come from nowhere but the
answer.
"""

import re

from appliance.interviews.plans.rubrics import Language

WITH_CUE = 3.0
WITHOUT_CUE = 0.4
GENERAL = 0.25
"""Factors on the model's probability of a sentence: with words of the part, without them, and for talk about
how things are or should be in general, which tells no experience."""

_CUES: dict[Language, dict[str, re.Pattern[str]]] = {
    "zh": {
        "situation": re.compile(
            r"去年|前年|今年|上个?(?:月|周|星期|学期)|有一次|有一回|有一天|那天|那时|当时|一个(?:早上|上午|"
            r"下午|晚上|夜里|周末)|"
            r"[一二三四五六七八九十\d]+月|期间|刚(?:来|到|入职)|的时候[,，]?(?!要)|节前|月底|年底"
        ),
        "task": re.compile(
            r"需要|要求|必须|任务|由我负责|我负责|让我|叫我|派我|交给我|要在.{1,12}(?:之前|内|前)|目标|按时|"
            r"想用|反对|意见.{0,6}(?:不同|相反|不一致)|"
            r"担心|要交|要办|急事|问题是"
        ),
        "action": re.compile(
            r"我(?:们)?(?:一起|马上|立刻|主动|先|就|又|再|便|还|当场|连夜|一边|边)*(?:先|约|找|问|把|将|请|"
            r"跟|给|向|帮|打|查|拉|写|做|带|提|定|听|"
            r"讲|说明|解释|联系|安排|整理|核对|学|教|道歉|拿|发|试|换|排|通知|建议|回了|加班|尽快|重新|主动)"
        ),
        "result": re.compile(
            r"最后|最终|结果|后来|从那以后|因此|按时(?:交|完成|办)|降(?:到|了|低)|减少|少了|提高|增加|缩短|"
            r"完成了|办(?:完|成|好)了|"
            r"解决了|平了|取到了|满意|没有再|没再|不再|表扬|现在.{0,12}(?:也|还|都|仍)|百分之|\d+%"
        ),
    },
    "en": {
        "situation": re.compile(
            r"\b(?:last|this) (?:year|month|week|spring|summer|autumn|winter|january|february|march|april|"
            r"may|june|july|august|"
            r"september|october|november|december)\b|\bonce\b|\bone (?:day|morning|afternoon|evening|night|"
            r"weekend)\b|"
            r"\bin (?:january|february|march|april|may|june|july|august|september|october|november|december|"
            r"20\d\d)\b|"
            r"\bwhen i (?:was|started|worked)\b|\bat (?:the|that) time\b|\bago\b|\bat the end of\b",
            re.IGNORECASE,
        ),
        "task": re.compile(
            r"\b(?:had to|needed to|was asked to|were asked to|my (?:task|job|role|part) was|was responsible|"
            r"in charge of|was due|"
            r"deadline|the goal|wanted|was afraid|at once|at the same time|disagreed|was supposed to)\b",
            re.IGNORECASE,
        ),
        "action": re.compile(
            r"\b(?:i|we)(?: (?:first|then|also|immediately|quickly|myself|together))* (?:asked|called|rang|"
            r"wrote|told|spoke|talked|"
            r"explained|checked|pulled|made|set|went|took|sent|offered|apologi[sz]ed|listened|agreed|"
            r"arranged|proposed|showed|taught|"
            r"changed|tried|worked|did|had|got|organi[sz]ed|decided|started|found|compared|reported|helped|"
            r"looked|learnt|learned)\b",
            re.IGNORECASE,
        ),
        "result": re.compile(
            r"\b(?:in the end|finally|as a result|afterwards|since then|eventually|fell|rose|dropped|reduced|"
            r"improved|increased|"
            r"on time|finished|was done|were done|settled|solved|was fine|handed (?:it|them) in|now use|"
            r"had (?:his|her|their) money|"
            r"admitted|thanked|never happened again|no longer|per ?cent|by half)\b|\d ?%",
            re.IGNORECASE,
        ),
    },
}

_GENERAL: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"我(?:觉得|认为|相信)|我这个人|一般(?:都|来说)?|应该|总是|一直都|通常|很重要|就好了|要求自己|"
        r"如果.{2,20}(?:就|我会)|我会"
    ),
    "en": re.compile(
        r"\b(?:i (?:think|believe|feel|would|always|usually|try to)|one should|you have to|people should|"
        r"usually|in general|"
        r"is (?:very )?important|i am (?:quite |very |a )|should)\b",
        re.IGNORECASE,
    ),
}


def weight(part: str, text: str, language: Language) -> float:
    """The factor for a sentence as evidence of a part (``situation``, ``task``, ``action``, ``result``)."""
    factor = WITH_CUE if _CUES[language][part].search(text) else WITHOUT_CUE
    return factor * GENERAL if _GENERAL[language].search(text) else factor
