"""The printable report: typst in memory, data in as JSON, PDF bytes out; no file of it touches a disk.

The candidate's words travel as data and never as markup, so that nothing they said can become a typst
command.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import typst
from msgspec import Struct

from appliance.interviews.model import AnswerKind
from appliance.interviews.plans.rubrics import Bilingual, Language
from appliance.interviews.report.radar import Axis, radar_svg
from appliance.interviews.report.report import CompetencyOut, Point, Quote, Report
from appliance.interviews.report.words import (
    CONTRADICTIONS,
    NOT_VALIDATED,
    NOT_VALIDATED_WHY,
    PARTS,
    POINTS,
    REASONS,
    SUGGESTIONS,
    clock_of,
)
from appliance.kernel.i18n import Translator

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "interviews" / "report.typ"


class Heading(Struct, frozen=True):
    """Who and what the report is about: the candidate's name, the post, and the moment as the reader writes
    it."""

    name: str
    post: str
    written_at: str


def report_pdf(report: Report, heading: Heading, translator: Translator, font_dirs: Sequence[Path]) -> bytes:
    """The report as PDF in the translator's language. Fonts come from `font_dirs` (Debian:
    fonts-noto-cjk)."""
    content = msgspec.json.encode(_content(report, heading, translator)).decode()
    fonts = typst.Fonts(font_paths=[str(folder) for folder in font_dirs], include_system_fonts=False)
    return typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=fonts,
        sys_inputs={"report": content},
        format="pdf",
    )


def _content(report: Report, heading: Heading, translator: Translator) -> Mapping[str, object]:
    language: Language = "en" if translator.language == "en" else "zh"
    _ = translator.gettext
    axes = [
        Axis(one.name.get(language), one.score.value if one.score else None) for one in report.competencies
    ]
    names = {one.id: one.name.get(language) for one in report.competencies}
    return {
        "language": language,
        "title": _("Interview report"),
        "name": heading.name,
        "post": heading.post,
        "written_at": heading.written_at,
        "label": "" if report.validated else _(NOT_VALIDATED),
        "label_why": "" if report.validated else _(NOT_VALIDATED_WHY),
        "match": _match(report, translator),
        "radar": radar_svg(axes, _("Competencies")) or "",
        "headings": {
            "competencies": _("Competencies"),
            "strengths": _("Strengths"),
            "risks": _("Risks"),
            "contradictions": _("To clear up with the resume"),
            "suggestions": _("Questions for the human round"),
            "held": _("To be rated by a person"),
            "made": _("Made with"),
        },
        "competencies": [_competency(one, language, translator) for one in report.competencies],
        "strengths": [_point(one, names, translator) for one in report.strengths],
        "risks": [_point(one, names, translator) for one in report.risks],
        "contradictions": [
            {
                "text": _(CONTRADICTIONS[one.kind], said=one.said, resume=one.resume),
                "quote": _quote(one.quote, translator),
            }
            for one in report.contradictions
        ],
        "suggestions": [
            {
                "why": _(SUGGESTIONS[one.kind]),
                "about": names.get(one.competency_id, ""),
                "text": one.question.get(language),
            }
            for one in report.suggestions
        ],
        "held": [
            {"question": one.question.get(language), "why": _(REASONS[one.needs_person])}
            for one in report.answers
            if one.needs_person is not None
        ]
        + [{"question": one.get(language), "why": _("Not answered")} for one in report.unanswered],
        "made": _made(report),
    }


def _match(report: Report, translator: Translator) -> str:
    if report.match is None:
        return translator.gettext("No match is shown: too much of the interview needs a person.")
    return translator.gettext(
        "Match %(value)s of 10 (%(low)s to %(high)s)",
        value=f"{report.match.value:.1f}",
        low=f"{report.match.low:.1f}",
        high=f"{report.match.high:.1f}",
    )


def _competency(one: CompetencyOut, language: Language, translator: Translator) -> Mapping[str, object]:
    return {
        "name": one.name.get(language),
        "level": translator.gettext("Level %(level)d of 5", level=one.level)
        if one.level is not None
        else "—",
        "score": f"{one.score.value:.1f} ({one.score.low:.1f}–{one.score.high:.1f})" if one.score else "—",
        "anchor": _text(one.anchor, language),
        "reasons": [translator.gettext(REASONS[reason]) for reason in one.needs_person],
        "quotes": [_quote(quote, translator) for quote in one.quotes],
    }


def _point(one: Point, names: Mapping[str, str], translator: Translator) -> Mapping[str, object]:
    text = f"{names.get(one.competency_id, '')} · {translator.gettext(POINTS[one.kind])}"
    return {"text": text, "quote": _quote(one.quote, translator)}


def _quote(quote: Quote, translator: Translator) -> Mapping[str, str]:
    part = translator.gettext(PARTS[quote.part]) if quote.part else ""
    return {"text": quote.text, "at": clock_of(quote.start_s), "part": part}


def _text(text: Bilingual | None, language: Language) -> str:
    return text.get(language) if text is not None else ""


def _made(report: Report) -> str:
    made = report.made
    spoken = any(one.kind is not AnswerKind.TEXT for one in report.answers)
    models = [
        f"{name} sha256:{digest[:16]}"
        for name, digest in [
            *zip(made.language_models, made.language_model_hashes, strict=True),
            *(zip(made.speech_models, made.speech_model_hashes, strict=True) if spoken else ()),
        ]
    ]
    engine = "; ".join(made.engine_settings)
    return " · ".join(
        [
            *models,
            engine,
            f"prompt {made.prompt_hash[:16]}",
            f"rubric {made.rubric_hash[:16]}",
            f"seed {made.seed}",
        ]
    )
