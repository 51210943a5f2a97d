"""Swearing has no effect: the copy that a model reads is without it, the transcript keeps what was said."""

import re

_ZH = re.compile(
    r"(?:他|你|她)妈的|妈的(?=[，,。！!、\s]|$)|我操|卧槽|我艹|操蛋|操你妈|傻[逼屄]|煞笔|牛[逼屄]|狗日的|王八蛋|混蛋|"
    r"尼玛(?=[，,。！!的])|特么的?|[tT][mM][dD](?![A-Za-z])|去你的(?=[，,。！!])|狗屁"
)
_EN = re.compile(
    r"\b(?:(?:mother)?fuck(?:ing|ed|er|ers|s)?|(?:bull)?shit(?:ty|s)?|(?:god)?damn(?:ed|it)?|bitch(?:es|y)?|assholes?|"
    r"bastards?|crap(?:py)?|bloody hell|wtf)\b[,]?\s*",
    re.IGNORECASE,
)


def without_expletives(text: str) -> str:
    """The text without unmistakable swear words; empty where nothing else was said."""
    cleaned = _EN.sub("", _ZH.sub("", text))
    return re.sub(r"\s{2,}", " ", re.sub(r"^[\s，,、]+", "", cleaned)).strip() if cleaned != text else text
