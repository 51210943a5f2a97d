"""Attributes that must play no part: recognised so that they can be masked before anything else sees the text."""

import re
from collections.abc import Iterable

from appliance.recruiting.extraction.model import Extraction, Protected, ProtectedKind, Span

MASK = "█"

_DATE = r"(?:19|20)\d{2}\s*(?:年|[./\-])\s*\d{1,2}\s*(?:月|[./\-])?\s*(?:\d{1,2}\s*日?)?"
_ETHNIC = (
    "汉|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|"
    "仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_PROVINCE = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|"
    "内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_END = r"(?=[\s，,；;。、|/)）]|$)"

_PATTERNS: tuple[tuple[ProtectedKind, str], ...] = (
    (
        ProtectedKind.identity_number,
        r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)",
    ),
    (ProtectedKind.sex, r"性\s*别\s*[:：|\t ]\s*[男女]性?"),
    (ProtectedKind.sex, r"(?<![\u4e00-\u9fffA-Za-z])[男女]性?" + _END),
    (ProtectedKind.sex, r"(?<=[\u4e00-\u9fff])(?:先生|女士|小姐)(?=[，,：:。\s]|$)"),
    (ProtectedKind.sex, r"\b(?:sex|gender)\s*[:：\-]?\s*(?:fe)?male\b|\b(?:gender|sex)\s*[:：]\s*[mf]\b"),
    (ProtectedKind.sex, r"(?<=[\s|,/])(?:fe)?male(?=\s*(?:[|,/]|$))"),
    (ProtectedKind.birth_date, r"(?:出生(?:年月|日期|时间)?|生\s*日|生于)\s*[:：|\t ]?\s*" + _DATE),
    (ProtectedKind.birth_date, _DATE + r"\s*(?:出生|生(?=[，,。\s)）]))"),
    (ProtectedKind.birth_date, r"(?:19|20)\d{2}\s*年\s*(?:出生|生(?=[，,。\s)）]))"),
    (ProtectedKind.birth_date, r"(?:出生(?:年月|日期)?|生\s*日)\s*[:：|\t ]\s*(?:19|20)\d{2}年?"),
    (
        ProtectedKind.birth_date,
        r"\b(?:date of birth|birth\s*date|birthday|d\.?o\.?b\.?|born(?: on| in)?)\s*[:：\-]?\s*[\w./,\- "
        r"]{4,20}?(?:19|20)\d{2}"
        r"|\b(?:date of birth|birth\s*date|birthday|d\.?o\.?b\.?)\s*[:：\-]?\s*[\d./\-]{6,10}",
    ),
    (ProtectedKind.age, r"年\s*龄\s*[:：|\t ]\s*\d{2}\s*(?:周?岁)?"),
    (ProtectedKind.age, r"(?<!\d)[1-7]\d\s*周?岁"),
    (ProtectedKind.age, r"\bage[d]?\s*[:：\-]?\s*[1-7]\d\b|\b[1-7]\d\s+years\s+old\b"),
    (ProtectedKind.ethnicity, rf"民\s*族\s*[:：|\t ]\s*(?:{_ETHNIC})族?"),
    (ProtectedKind.ethnicity, rf"(?<![\u4e00-\u9fff])(?:{_ETHNIC})族(?:人)?" + _END),
    (ProtectedKind.ethnicity, r"\b(?:ethnicity|ethnic group|race)\s*[:：\-]\s*[A-Za-z ]{2,24}"),
    (
        ProtectedKind.marital_state,
        r"(?:婚\s*姻(?:状况|状态)?|婚\s*否|婚育(?:状况|情况)?)\s*[:：|\t ]\s*\S{1,6}",
    ),
    (
        ProtectedKind.marital_state,
        r"(?<![\u4e00-\u9fff])(?:已婚已育|已婚未育|已婚|未婚|离异|丧偶|已育|未育)" + _END,
    ),
    (
        ProtectedKind.marital_state,
        r"\bmarital\s+status\s*[:：\-]?\s*[A-Za-z]+|(?<=[\s|,])(?:married|unmarried|divorced|widowed)(?=\s*(?:[|,]|$))",
    ),
    (
        ProtectedKind.native_place,
        r"(?:籍\s*贯|户\s*籍(?:所在地|地址)?|户\s*口(?:所在地|性质)?|出生地)\s*[:：|\t ]\s*[\u4e00-\u9fff]{2,16}",
    ),
    (ProtectedKind.native_place, r"籍贯[\u4e00-\u9fff]{2,12}" + _END),
    (ProtectedKind.native_place, rf"(?<![\u4e00-\u9fff])(?:{_PROVINCE})[\u4e00-\u9fff]{{0,9}}人" + _END),
    (
        ProtectedKind.native_place,
        r"\b(?:place of birth|birthplace|native place|hometown)\s*[:：\-]?\s*[A-Za-z ,]{2,40}",
    ),
    (
        ProtectedKind.nationality,
        r"国\s*籍\s*[:：|\t ]\s*[\u4e00-\u9fff]{2,8}|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,6}?(?:国?籍|公民)"
        + _END,
    ),
    (ProtectedKind.nationality, r"(?:，|,)?无?(?:永久)?境外(?:永久)?居留权|(?:，|,)无境外(?:永久)?居留权"),
    (ProtectedKind.nationality, r"\b(?:nationality|citizenship)\s*[:：\-]\s*[A-Za-z ]{2,24}"),
    (
        ProtectedKind.political,
        r"政治面貌\s*[:：|\t ]?\s*[\u4e00-\u9fff]{2,8}|(?<![\u4e00-\u9fff])(?:中共(?:预备)?党员|共青团员|民主党派)"
        + _END,
    ),
    (ProtectedKind.religion, r"宗教信仰\s*[:：|\t ]\s*\S{1,6}|\breligion\s*[:：\-]\s*[A-Za-z]+"),
    (
        ProtectedKind.health,
        r"(?:健康(?:状况|状态)?|身\s*高|体\s*重|血\s*型)\s*[:：|\t ]\s*\S{1,8}|\b(?:height|weight|blood group|"
        r"health)\s*[:：]\s*[\w.]+(?: ?(?:cm|kg|lbs?))?",
    ),
)
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for kind, pattern in _PATTERNS)


def find_protected(text: str, *, has_photo: bool = False) -> list[Protected]:
    """All protected attributes, in order of place; overlapping finds of one kind are joined."""
    found: list[Protected] = []
    for kind, pattern in _COMPILED:
        found.extend(Protected(kind, Span(match.start(), match.end())) for match in pattern.finditer(text))
    found.sort(key=lambda item: (item.span.start, -item.span.end))
    kept: list[Protected] = []
    for item in found:
        if not any(item.kind is other.kind and item.span.overlaps(other.span) for other in kept[-4:]):
            kept.append(item)
    if has_photo:
        kept.append(Protected(ProtectedKind.photo, Span(0, 0)))
    return kept


def masked(text: str, extraction: Extraction) -> str:
    """``text`` with protected attributes and the person's name, telephone and e-mail replaced character by
    character, so that places stay the same: the only form of a resume that screening or a model may see."""
    identity = [
        fact.span for fact in (extraction.name, extraction.phone, extraction.email) if fact is not None
    ]
    return _covered(
        text, [*(item.span for item in extraction.protected), *_name_again(text, extraction), *identity]
    )


def _name_again(text: str, extraction: Extraction) -> Iterable[Span]:
    """Every other place where the name stands."""
    if extraction.name is None or len(extraction.name.value) < 2:
        return []
    return [Span(m.start(), m.end()) for m in re.finditer(re.escape(extraction.name.value), text)]


def _covered(text: str, spans: Iterable[Span]) -> str:
    characters = list(text)
    for span in spans:
        for position in range(span.start, min(span.end, len(characters))):
            if characters[position] not in "\n\t":
                characters[position] = MASK
    return "".join(characters)
