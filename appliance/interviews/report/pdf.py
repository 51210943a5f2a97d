"""The printable report: the same content as the page, as data for the template `report.typ`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from appliance.interviews.model import AnswerKind
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.report.norms import LEAST_PEOPLE, Places
from appliance.interviews.report.radar import Axis, radar_svg
from appliance.interviews.report.report import AnswerOut, Band, CompetencyOut, Point, Quote, Report
from appliance.interviews.report.typesetting import typeset
from appliance.interviews.report.words import (
    CONTRADICTIONS,
    DEGREE_WORDS,
    EVENTS,
    FIGURES,
    NOT_VALIDATED,
    NOT_VALIDATED_WHY,
    PARTS,
    POINTS,
    REASONS,
    SHARES,
    SUGGESTIONS,
    clock_of,
    held_back,
    observed_events,
    observed_word,
)
from appliance.kernel.errors import N_
from appliance.kernel.i18n import Translator

HEADINGS: Mapping[str, str] = {
    "competencies": N_("Competencies"),
    "strengths": N_("Strengths"),
    "risks": N_("Risks"),
    "contradictions": N_("Please ask: answers and resume"),
    "suggestions": N_("Questions for the human round"),
    "answers": N_("Answers"),
    "integrity": N_("Integrity"),
    "held": N_("What the machine could not judge"),
    "made": N_("Made with"),
}
INTEGRITY_NOTE = N_(
    "What happened beside the words, with its time. It is context for a reader: it enters no score and proves "
    "nothing."
)
RATE_FIRST = N_("Your own rating comes first.")


class Heading(Struct, frozen=True):
    """Who and what the report is about: the candidate's name, the post, and the moment as the reader writes
    it."""

    name: str
    post: str
    written_at: str


def report_pdf(
    report: Report,
    heading: Heading,
    translator: Translator,
    font_dirs: Sequence[Path],
    places: Mapping[str, Places] | None = None,
) -> bytes:
    """The report as PDF in the translator's language."""
    content = _content(report, heading, translator.in_room("interviews"), places or {})
    return typeset("report.typ", content, font_dirs)


def _content(
    report: Report, heading: Heading, translator: Translator, places: Mapping[str, Places]
) -> Mapping[str, object]:
    language: Language = "en" if translator.language == "en" else "zh"
    _ = translator.gettext
    axes = [
        Axis(one.name.get(language), one.score.value if one.score else None) for one in report.competencies
    ]
    names = {one.id: one.name.get(language) for one in report.competencies}
    label = "" if report.validated or report.scores_hidden else _(NOT_VALIDATED)
    return {
        "language": language,
        "title": _("Interview report"),
        "name": heading.name,
        "post": heading.post,
        "written_at": heading.written_at,
        "label": label,
        "label_why": _(NOT_VALIDATED_WHY) if label else "",
        "match": _(RATE_FIRST) if report.scores_hidden else _match(report, translator),
        "match_band": None if report.match is None else report.match,
        "radar": "" if report.scores_hidden else radar_svg(axes, _("Competencies")) or "",
        "headings": {name: _(text) for name, text in HEADINGS.items()},
        "columns": [_("Competency"), _("Level"), _("Score of 10"), _("Four times in five between")],
        "competencies": []
        if report.scores_hidden
        else [_competency(one, language, translator, places.get(one.id)) for one in report.competencies],
        "strengths": [_point(one, names, translator) for one in report.strengths],
        "risks": [_point(one, names, translator) for one in report.risks],
        "contradictions": [
            {
                "text": _(
                    CONTRADICTIONS[one.kind],
                    said=one.said,
                    resume=_(DEGREE_WORDS[one.resume]) if one.resume in DEGREE_WORDS else one.resume,
                ),
                "quote": _quote(one.quote, translator),
            }
            for one in report.contradictions
        ],
        "suggestions": [
            {
                "why": _(SUGGESTIONS[one.kind]),
                "about": names.get(one.competency_id, ""),
                "text": one.question.get(language),
                "listen": one.good_evidence.get(language) if one.good_evidence else "",
            }
            for one in report.suggestions
        ],
        "listen_for": _("Listen for:"),
        "answers": [_answer(one, observed_word(report), language, translator) for one in report.answers],
        "integrity_note": _(INTEGRITY_NOTE),
        "nothing_noted": _("Nothing was noted."),
        "integrity": [
            f"{clock_of(one.event.start_s)}–{clock_of(one.event.end_s)} · "
            f"{_('Answer %(number)d', number=one.number)}: {_(EVENTS[one.event.kind])}"
            for one in observed_events(report)
        ],
        "held": []
        if report.scores_hidden
        else [{"question": one.question.get(language), "why": _(one.why)} for one in held_back(report)],
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


def _competency(
    one: CompetencyOut, language: Language, translator: Translator, place: Places | None
) -> Mapping[str, object]:
    _ = translator.gettext
    return {
        "name": one.name.get(language),
        "level": _("Level %(level)d of 5", level=one.level)
        if one.level is not None
        else _("To be rated by a person"),
        "score": f"{one.score.value:.1f}" if one.score else "—",
        "between": f"{one.score.low:.1f} – {one.score.high:.1f}" if one.score else "—",
        "band": one.score,
        "reached": one.level or 0,
        "reached_word": _("Reached"),
        "anchors": [
            {
                "text": anchor.get(language),
                "share": translator.percent(one.probabilities[index]) if one.probabilities else "",
            }
            for index, anchor in enumerate(one.anchors)
        ],
        "reasons": [_(REASONS[reason]) for reason in one.needs_person],
        "quotes": [_quote(quote, translator) for quote in one.quotes],
        "places": _places(place, translator) if place is not None else [],
    }


def _places(place: Places, translator: Translator) -> list[str]:
    """The lines that say where the score lies among others."""
    here, trade = place.here, place.trade
    if here.place is None:
        lines = [
            translator.ngettext(
                "A place among this post's candidates is shown from 20 on; %(num)d is still missing.",
                "A place among this post's candidates is shown from 20 on; %(num)d are still missing.",
                here.missing,
                least=LEAST_PEOPLE,
            )
        ]
    else:
        lines = [
            translator.gettext(
                "Among %(people)d candidates for this post here: higher than %(share)s of them (between %(low)s "
                "and %(high)s with this score's band).",
                people=here.people,
                **_shares(here.place, translator),
            )
        ]
    if trade is not None:
        lines.append(
            translator.gettext(
                "In the norm of the trade: higher than %(share)s (between %(low)s and %(high)s).",
                **_shares(trade.place, translator),
            )
            + " "
            + translator.gettext(
                "Norm: %(size)s people, as of %(day)s, %(source)s.",
                size=translator.number(trade.norm.size),
                day=translator.day(trade.norm.as_of),
                source=trade.norm.source,
            )
        )
    return lines


def _shares(place: Band, translator: Translator) -> Mapping[str, str]:
    return {
        "share": translator.percent(place.value),
        "low": translator.percent(place.low),
        "high": translator.percent(place.high),
    }


def _answer(
    one: AnswerOut, observed: str, language: Language, translator: Translator
) -> Mapping[str, object]:
    """Question, the four parts of the experience with their sentence, everything said, and what was observed."""
    _ = translator.gettext
    said = {sentence.number: sentence for sentence in one.sentences}
    star = []
    for part, label in PARTS.items():
        sentence = said.get(one.evidence.get(part) or 0)
        star.append(
            {
                "part": _(label),
                "text": sentence.text if sentence else _("not told"),
                "at": clock_of(sentence.start_s) if sentence else "",
                "told": sentence is not None,
            }
        )
    return {
        "question": one.question.get(language),
        "why": _(REASONS[one.needs_person]) if one.needs_person is not None else "",
        "star": star if one.evidence else [],
        "said_word": _("What was said"),
        "said": [{"at": clock_of(each.start_s), "text": each.text} for each in one.sentences],
        "observed_word": _(observed),
        "observed": [
            f"{_(FIGURES[each.kind])}: "
            + (translator.percent(each.value) if each.kind in SHARES else translator.number(each.value))
            for each in one.observations.figures
        ],
    }


def _point(one: Point, names: Mapping[str, str], translator: Translator) -> Mapping[str, object]:
    text = f"{names.get(one.competency_id, '')} · {translator.gettext(POINTS[one.kind])}"
    return {"text": text, "quote": _quote(one.quote, translator)}


def _quote(quote: Quote, translator: Translator) -> Mapping[str, str]:
    part = translator.gettext(PARTS[quote.part]) if quote.part else ""
    return {"text": quote.text, "at": clock_of(quote.start_s), "part": part}


def _made(report: Report) -> list[str]:
    """Names and whole hashes: a shortened hash verifies nothing."""
    made = report.made
    spoken = any(one.kind is not AnswerKind.TEXT for one in report.answers)
    models = [
        f"{name} sha256:{digest}"
        for name, digest in [
            *zip(made.language_models, made.language_model_hashes, strict=True),
            *(zip(made.speech_models, made.speech_model_hashes, strict=True) if spoken else ()),
        ]
    ]
    return [
        *models,
        *made.engine_settings,
        f"prompt sha256:{made.prompt_hash}",
        f"rubrics sha256:{made.rubric_hash}",
        f"seed {made.seed} · temperature {made.temperature} · scale {report.scale} · interview "
        f"{report.interview_id}",
    ]
