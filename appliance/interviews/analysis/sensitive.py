"""Sentences about what no employer may weigh: illness, pregnancy, family, faith, origin.

Found by words in the first person: a nurse speaks of patients all day, and their illness is her work. A marked
sentence stays in the transcript with a word to the reader; it reaches no model, no evidence and no score. The
rule misses what is only hinted at, which is why the mark is a help to the reader and no promise.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from appliance.interviews.analysis.transcript import Sentence, canonical
from appliance.interviews.plans.rubrics import Language


class SensitiveTopic(StrEnum):
    """What the sentence is about."""

    HEALTH = "health"
    DISABILITY = "disability"
    PREGNANCY = "pregnancy"
    FAMILY = "family"
    RELIGION = "religion"
    ETHNICITY = "ethnicity"
    ORIENTATION = "orientation"


_ILLNESS = (
    r"癌|肿瘤|抑郁|焦虑症|糖尿病|高血压|心脏病|乙肝|肝炎|艾滋|肺结核|癫痫|哮喘|红斑狼疮|白血病|肾病|"
    r"腰椎间盘突出|"
    r"双相|躁狂|慢性病|大病|重病"
)
_PEOPLES = (
    r"回|藏|维吾尔|蒙古|满|壮|苗|彝|朝鲜|土家|侗|瑶|白|傣|哈萨克|黎|畲|汉|布依|羌|"
    r"锡伯|达斡尔|鄂温克|鄂伦春|裕固|撒拉"
)

_ZH: dict[SensitiveTopic, re.Pattern[str]] = {
    SensitiveTopic.PREGNANCY: re.compile(
        r"我(?:[^,，。的人们给位名帮护陪]{0,6})(?:怀孕|怀上|流产|备孕|坐月子|生完孩子|做试管)|(?:我|"
        r"自己)[^,，。]{0,4}(?:休|请|刚休完)[^,，。]{0,3}产假|"
        r"我(?:的)?(?:孕期|产假|预产期)|我(?:打算|准备|计划|想)[^,，。的人们给位名帮护陪]{0,3}(?:要|生)(?:孩子|小孩|二胎|三胎|二孩|三孩)"
    ),
    SensitiveTopic.DISABILITY: re.compile(
        r"我(?:[^,，。的人们给位名帮护陪]{0,5})(?:残疾|残障|听障|视障)|我(?:的)?(?:听力|视力|"
        r"肢体)[^,，。]{0,4}(?:障碍|残疾)|我(?:有|持)[^,，。]{0,3}残疾证"
    ),
    SensitiveTopic.HEALTH: re.compile(
        rf"我(?:[^,，。的人们给位名帮护陪]{{0,6}})(?:得了|患了|患有|患上|查出|确诊|生了?一?场?)[^,，。]{{0,6}}(?:病|"
        rf"{_ILLNESS})|"
        rf"我(?:有|是)[^,，。]{{0,3}}(?:{_ILLNESS})|"
        r"我(?:[^,，。的人们给位名帮护陪]{0,6})(?:生病|病倒|病了|住院(?!部|医|总|病|患)|住了[^,，。]{0,3}院|动了?手术|"
        r"做了?[^,，。]{0,3}手术|化疗|放疗|休病假|请病假)|"
        r"我(?:的|自己的)(?:病(?![人房区例历种案患床])|病情|病史|抑郁症?|身体不好|身体不太好)"
    ),
    SensitiveTopic.FAMILY: re.compile(
        r"我(?:[^,，。的人们给位名帮护陪]{0,5})(?:结婚|离婚|离异|再婚|未婚|已婚|单身|订婚)|我(?:的|家)?(?:老公|老婆|"
        r"爱人|丈夫|妻子|前夫|前妻|"
        r"男朋友|女朋友)|我(?:的|家(?:的)?)?(?:孩子|小孩|儿子|女儿|宝宝)|我(?:有|"
        r"生了)[^,，。]{0,3}个?(?:孩子|小孩|儿子|女儿|娃)"
    ),
    SensitiveTopic.RELIGION: re.compile(
        r"我(?:[^,，。的人们给位名帮护陪]{0,4})(?:信佛|信教|信主|信基督|信奉|皈依|受洗|祷告|做礼拜|诵经)|"
        r"我是[^,，。]{0,4}(?:基督徒|佛教徒|穆斯林|天主教徒|教徒)"
    ),
    SensitiveTopic.ETHNICITY: re.compile(
        rf"我(?:们家)?(?:是|属于)(?:一个|一名)?(?:{_PEOPLES})族|我是少数民族|我的民族是"
    ),
    SensitiveTopic.ORIENTATION: re.compile(
        r"我(?:[^,，。的人们给位名帮护陪]{0,3})(?:同性恋|双性恋|跨性别)|我(?:出柜|性取向)"
    ),
}

_EN: dict[SensitiveTopic, re.Pattern[str]] = {
    SensitiveTopic.PREGNANCY: re.compile(
        r"\b(?:i (?:was|am|got|became|'m) (?:\w+ ){0,2}pregnant|i'm (?:\w+ ){0,2}pregnant|my (?:pregnancy|"
        r"miscarriage|due date)|"
        r"(?:my|on) maternity leave|i had a (?:baby|miscarriage)|i (?:gave birth|am expecting a (?:baby|"
        r"child)))\b",
        re.IGNORECASE,
    ),
    SensitiveTopic.DISABILITY: re.compile(
        r"\bmy (?:\w+ )?disability\b|\bi(?: am|'m| was) (?:\w+ ){0,2}(?:disabled|deaf|blind|autistic|"
        r"dyslexic|in a wheelchair)\b|"
        r"\bi use a wheelchair\b|\bi have (?:adhd|autism|dyslexia|a (?:\w+ ){0,2}disability)\b",
        re.IGNORECASE,
    ),
    SensitiveTopic.HEALTH: re.compile(
        r"\bi (?:was|am|got|fell|became|'ve been|have been|had been) (?:\w+ ){0,2}(?:ill|sick|hospitalised|"
        r"hospitalized|depressed|"
        r"diagnosed)\b|\bi'm (?:\w+ ){0,2}(?:ill|sick|depressed)\b|\bmy (?:own )?(?:\w+ )?(?:illness|"
        r"cancer|depression|diagnosis|"
        r"chemotherapy|surgery|diabetes|epilepsy|anxiety|burnout|medical condition|sick leave)\b|"
        r"\bi (?:had|have|have had|suffered from|suffer from) (?:\w+ ){0,2}(?:cancer|depression|diabetes|"
        r"epilepsy|asthma|hepatitis|hiv|"
        r"surgery|an operation|a breakdown|burnout|a chronic illness)\b|\bi (?:was|went) (?:in|"
        r"to) hospital (?:for|with)\b|"
        r"\bi was on sick leave\b",
        re.IGNORECASE,
    ),
    SensitiveTopic.FAMILY: re.compile(
        r"\bmy (?:ex-?)?(?:husband|wife|boyfriend|girlfriend|fianc[eé]e?|spouse)\b|\bmy (?:\w+ )?(?:kids?|"
        r"child|children|son|daughter|baby)\b|"
        r"\bi(?: am|'m| was| got) (?:\w+ )?(?:married|divorced|engaged|widowed|separated|"
        r"a single (?:mother|father|parent))\b",
        re.IGNORECASE,
    ),
    SensitiveTopic.RELIGION: re.compile(
        r"\bi(?: am|'m) (?:an? )?(?:\w+ )?(?:christian|catholic|muslim|buddhist|hindu|jewish|jew|atheist|"
        r"mormon|sikh)\b|"
        r"\bmy (?:religion|faith|church|mosque|temple|synagogue)\b|\bi pray(?:ed)?\b",
        re.IGNORECASE,
    ),
    SensitiveTopic.ETHNICITY: re.compile(
        r"\bmy (?:race|ethnicity|ethnic (?:group|background|origin)|skin colou?r)\b|\bi(?: am|"
        r"'m) (?:of \w+ (?:descent|origin)|an ethnic minority)\b",
        re.IGNORECASE,
    ),
    SensitiveTopic.ORIENTATION: re.compile(
        r"\bi(?: am|'m) (?:\w+ )?(?:gay|lesbian|bisexual|transgender|queer)\b|\bmy sexual orientation\b",
        re.IGNORECASE,
    ),
}
_WORDS: dict[Language, dict[SensitiveTopic, re.Pattern[str]]] = {"zh": _ZH, "en": _EN}


def topic_of(text: str) -> SensitiveTopic | None:
    """The protected topic that the speaker tells of themselves; None where there is none. Both languages are
    looked for, because people mix them."""
    plain = re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", canonical(text))
    for words in _WORDS.values():
        for topic, pattern in words.items():
            if pattern.search(plain):
                return topic
    return None


def marked(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The same sentences, each with its protected topic where it tells one."""
    return [msgspec.structs.replace(one, sensitive=topic_of(one.text)) for one in sentences]
