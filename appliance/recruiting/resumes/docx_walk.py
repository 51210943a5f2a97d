"""The walk through a DOCX part: what is printed becomes lines and cells, what is not is noted."""

from lxml import etree

from appliance.recruiting.resumes.document import HiddenReason, HiddenText, Problem, Unreadable
from appliance.recruiting.resumes.docx_styles import Look, Styles, W, look_of, shading_of

_TEXT_BOX = f"{W}txbxContent"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
_SKIPPED = frozenset({f"{W}del", f"{W}moveFrom", f"{W}pPr", f"{W}rPr", f"{W}instrText", f"{W}delText"})
_MAX_DEPTH = 120
MIN_HALF_POINTS = 5
"""Runs smaller than 2.5 points are not text for a reader."""


class Walk:
    """Collects lines and hidden runs over the parts of one document."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._lines: list[str] = []
        self._current: list[str] = []
        self._boxes: list[etree._Element] = []
        self.hidden: list[HiddenText] = []

    def text(self) -> str:
        return "\n".join(self._lines)

    def part(self, root: etree._Element | None) -> None:
        """Adds a part's lines."""
        if root is not None:
            self._children(root, Look(), 0)
            self._end_line()
            self._text_boxes(0)

    def _children(self, node: etree._Element, look: Look, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Unreadable(Problem.corrupt)
        for child in node:
            if isinstance(child.tag, str):
                self._node(child, look, depth + 1)

    def _node(self, node: etree._Element, look: Look, depth: int) -> None:
        tag = node.tag
        if tag in _SKIPPED:
            return
        if tag == f"{W}p":
            self._paragraph(node, look, depth)
        elif tag == f"{W}tbl":
            self._table(node, look, depth)
        elif tag == f"{W}r":
            self._run(node, look, depth)
        elif tag == _ALTERNATE:
            choice = node.find(_CHOICE)
            if choice is not None:
                self._children(choice, look, depth)
        elif tag == _TEXT_BOX:
            self._boxes.append(node)
        else:
            self._children(node, look, depth)

    def _paragraph(self, node: etree._Element, look: Look, depth: int) -> None:
        properties = node.find(f"{W}pPr")
        if properties is not None:
            style = properties.find(f"{W}pStyle")
            own = self._styles.look(str(style.get(f"{W}val")) if style is not None else None)
            look = shading_of(properties).over(own.over(look))
        self._children(node, look, depth)
        self._end_line()
        if depth < 6:
            self._text_boxes(depth)

    def _text_boxes(self, depth: int) -> None:
        """Text boxes are read after the paragraph that anchors them, on lines of their own."""
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._children(box, Look(), depth + 1)
            self._end_line()

    def _table(self, node: etree._Element, look: Look, depth: int) -> None:
        self._end_line()
        for row in node.iterfind(f"{W}tr"):
            cells = []
            for cell in row.iter(f"{W}tc"):
                if cell.getparent() is not row and _nearest(cell, f"{W}tr") is not row:
                    continue
                cells.append(self._cell(cell, shading_of(cell.find(f"{W}tcPr")).over(look), depth))
            self._row(cells)

    def _cell(self, cell: etree._Element, look: Look, depth: int) -> list[str]:
        outer, self._lines = self._lines, []
        outer_current, self._current = self._current, []
        self._children(cell, look, depth + 1)
        self._end_line()
        lines = [line for line in self._lines if line.strip()]
        self._lines, self._current = outer, outer_current
        return lines

    def _row(self, cells: list[list[str]]) -> None:
        """A row of single-line cells is one line with tabs; a cell of several lines is layout and is read as a
        block."""
        filled = [lines for lines in cells if lines]
        if all(len(lines) == 1 for lines in filled):
            self._lines.append("\t".join(lines[0].strip() for lines in filled))
            return
        for lines in filled:
            self._lines.extend(lines)

    def _run(self, node: etree._Element, look: Look, depth: int) -> None:
        properties = node.find(f"{W}rPr")
        if properties is not None:
            style = properties.find(f"{W}rStyle")
            if style is not None:
                look = self._styles.look(str(style.get(f"{W}val"))).over(look)
            look = look_of(properties).over(look)
        text: list[str] = []
        for child in node:
            if child.tag == f"{W}t":
                text.append(child.text or "")
            elif child.tag == f"{W}tab":
                text.append("\t")
            elif child.tag in (f"{W}br", f"{W}cr"):
                text.append("\n")
            elif child.tag == f"{W}noBreakHyphen":
                text.append("-")
            elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
                self._node(child, look, depth + 1)
        self._add("".join(text), look)

    def _add(self, text: str, look: Look) -> None:
        if not text:
            return
        reason = _hidden_reason(look)
        if reason is None or not text.strip():
            self._current.append(text)
        elif self.hidden and self.hidden[-1].reason is reason and len(self.hidden[-1].text) < 200:
            self.hidden[-1] = HiddenText(reason, (self.hidden[-1].text + text)[:200])
        else:
            self.hidden.append(HiddenText(reason, text.strip()[:200]))

    def _end_line(self) -> None:
        if self._current:
            self._lines.extend("".join(self._current).split("\n"))
            self._current = []
        elif self._lines and self._lines[-1]:
            self._lines.append("")


def _nearest(node: etree._Element, tag: str) -> etree._Element | None:
    parent = node.getparent()
    while parent is not None and parent.tag != tag:
        parent = parent.getparent()
    return parent


def _hidden_reason(look: Look) -> HiddenReason | None:
    if look.vanish:
        return HiddenReason.invisible
    if look.white and not look.shaded:
        return HiddenReason.same_colour
    if look.half_points is not None and look.half_points < MIN_HALF_POINTS:
        return HiddenReason.tiny
    return None
