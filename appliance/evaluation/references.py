"""What was really said, and how far transcripts are from it."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from appliance.evaluation.error_rate import Errors, errors
from appliance.evaluation.errors import BadInput
from appliance.evaluation.pairs import read_rows

Figures = dict[str, object]


def read_transcripts(file: Path) -> dict[str, str]:
    """What was said by recording, from a CSV with the columns ``file`` and ``text``."""
    rows = list(read_rows(file))
    if not rows:
        raise BadInput(f"{file} is empty. It needs the columns file and text.")
    header = [name.strip().lower() for name in rows[0][1]]
    if "file" not in header or "text" not in header:
        raise BadInput(f"{file}, line {rows[0][0]}: the columns file and text are needed.")
    name_at, text_at = header.index("file"), header.index("text")
    said: dict[str, str] = {}
    for line, row in rows[1:]:
        if len(row) <= max(name_at, text_at) or not row[name_at].strip():
            raise BadInput(
                f"{file}, line {line}: file and text are needed, there is {len(row)} of the columns."
            )
        name = row[name_at].strip()
        if said.setdefault(name, row[text_at]) != row[text_at]:
            raise BadInput(f"{file}, line {line}: {name} has another text further up.")
    return said


def find_reference(name: str, references: Mapping[str, str], names: Counter[str]) -> str | None:
    """What was said in the recording ``name``: by its path, else by its bare name where only one has it."""
    bare = PurePosixPath(name).name
    return references.get(name, references.get(bare) if names[bare] == 1 else None)


def score_transcripts(
    heard: Mapping[str, str | None],
    references: Mapping[str, str],
    language: str | None,
    normalise: Callable[[str, str], str],
) -> Figures:
    """Error rates over the recordings that have both a reference and a transcript: by character in Chinese, by
    word elsewhere, after normalisation of both sides. A reference with Chinese characters is Chinese."""
    names = Counter(PurePosixPath(name).name for name in heard)
    totals: dict[str, Errors] = {}
    without_reference = without_transcript = 0
    for name, text in heard.items():
        said = find_reference(name, references, names)
        if said is None:
            without_reference += 1
        elif text is None:
            without_transcript += 1
        else:
            spoken_in = language or ("zh" if any("\u4e00" <= char <= "\u9fff" for char in said) else "en")
            both = (units(normalise(side, spoken_in), spoken_in) for side in (said, text))
            totals[spoken_in] = totals.get(spoken_in, Errors()) + errors(*both)
    rates: Figures = {spoken_in: _figures(total) for spoken_in, total in sorted(totals.items())}
    alone = _figures(next(iter(totals.values()))) if len(totals) == 1 else {}
    return {
        **alone,
        "error_rates": rates,
        "without_reference": without_reference,
        "without_transcript": without_transcript,
    }


def units(text: str, language: str) -> list[str]:
    """What is counted: characters of Chinese, without spaces, else words."""
    words = text.split()
    return list("".join(words)) if language == "zh" else words


def _figures(total: Errors) -> Figures:
    return {
        "error_rate": None if total.rate is None else round(total.rate, 5),
        "substitutions": total.substitutions,
        "deletions": total.deletions,
        "insertions": total.insertions,
        "reference_units": total.units,
    }
