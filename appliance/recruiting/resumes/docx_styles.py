"""How a run of a DOCX looks: only what decides whether it can be seen."""

from dataclasses import dataclass, replace

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = frozenset({"0", "false", "off", "none"})
_LIGHT = 235


@dataclass(frozen=True, slots=True)
class Look:
    """A run's appearance as far as set: ``shaded`` means a dark background, ``half_points`` its size."""

    vanish: bool | None = None
    white: bool | None = None
    shaded: bool | None = None
    half_points: int | None = None

    def over(self, base: "Look") -> "Look":
        """This look where it says something, else ``base``."""
        return Look(
            vanish=base.vanish if self.vanish is None else self.vanish,
            white=base.white if self.white is None else self.white,
            shaded=base.shaded if self.shaded is None else self.shaded,
            half_points=base.half_points if self.half_points is None else self.half_points,
        )


class Styles:
    """The styles of a document by id, inheritance resolved."""

    def __init__(self, looks: dict[str, Look]) -> None:
        self._looks = looks

    def look(self, style_id: str | None) -> Look:
        return self._looks.get(style_id or "", Look())

    @staticmethod
    def parse(root: etree._Element | None) -> "Styles":
        """Reads ``word/styles.xml``; a document without it has no styles."""
        if root is None:
            return Styles({})
        own: dict[str, Look] = {}
        parent: dict[str, str] = {}
        for style in root.iter(f"{W}style"):
            style_id = str(style.get(f"{W}styleId") or "")
            own[style_id] = look_of(style.find(f"{W}rPr")).over(shading_of(style.find(f"{W}pPr")))
            based_on = style.find(f"{W}basedOn")
            if based_on is not None:
                parent[style_id] = str(based_on.get(f"{W}val") or "")
        return Styles({style_id: _resolved(style_id, own, parent) for style_id in own})


def _resolved(style_id: str, own: dict[str, Look], parent: dict[str, str]) -> Look:
    look = own[style_id]
    seen = {style_id}
    current = parent.get(style_id)
    while current and current in own and current not in seen:
        look = look.over(own[current])
        seen.add(current)
        current = parent.get(current)
    return look


def look_of(properties: etree._Element | None) -> Look:
    """The look that a ``w:rPr`` sets."""
    if properties is None:
        return Look()
    look = shading_of(properties)
    vanish = properties.find(f"{W}vanish")
    if vanish is not None:
        look = replace(look, vanish=str(vanish.get(f"{W}val") or "1").lower() not in _OFF)
    colour = properties.find(f"{W}color")
    if colour is not None:
        look = replace(look, white=is_light(str(colour.get(f"{W}val") or "")))
    size = properties.find(f"{W}sz")
    if size is not None:
        value = str(size.get(f"{W}val") or "")
        look = replace(look, half_points=int(value) if value.isdigit() else None)
    return look


def shading_of(properties: etree._Element | None) -> Look:
    """The background that a ``w:rPr``, ``w:pPr`` or ``w:tcPr`` sets."""
    if properties is None:
        return Look()
    highlight = properties.find(f"{W}highlight")
    if highlight is not None and str(highlight.get(f"{W}val") or "") not in ("none", "white"):
        return Look(shaded=True)
    shading = properties.find(f"{W}shd")
    if shading is None:
        return Look()
    fill = str(shading.get(f"{W}fill") or "auto")
    if shading.get(f"{W}themeFill") is not None:
        return Look(shaded=True)
    return Look(shaded=fill.lower() != "auto" and not is_light(fill))


def is_light(value: str) -> bool:
    """Whether a six-digit colour is white or so near that nobody reads it on paper."""
    if len(value) != 6:
        return False
    try:
        red, green, blue = (int(value[index : index + 2], 16) for index in (0, 2, 4))
    except ValueError:
        return False
    return (red * 299 + green * 587 + blue * 114) // 1000 >= _LIGHT
