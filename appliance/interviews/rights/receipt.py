"""The receipt of an erasure as a PDF: typst in memory, data in as JSON, PDF bytes out."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import typst

from appliance.interviews.rights.model import Erasure
from appliance.kernel.clock import Clock
from appliance.kernel.i18n import Translator

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "interviews" / "rights" / "receipt.typ"


def receipt_pdf(erasure: Erasure, translator: Translator, clock: Clock, font_dirs: Sequence[Path]) -> bytes:
    """The receipt in the translator's language; it names nobody, so that it can be filed and handed on."""
    _, manifest = translator.gettext, erasure.read_manifest()

    def moment(instant: datetime | None) -> str:
        return translator.moment(instant, clock.zone)

    hired_note = (
        [_("An employee file was opened from this application. It is kept, as the law demands.")]
        if erasure.hired
        else []
    )
    content = {
        "language": translator.language,
        "title": _("Receipt of an erasure"),
        "facts": [
            [_("Receipt"), erasure.receipt],
            [_("Candidate's reference"), erasure.candidate_id],
            [_("Proposed"), moment(erasure.proposed_at)],
            [_("Confirmed by a second person"), moment(erasure.confirmed_at)],
            [_("Erased"), moment(erasure.done_at)],
            [_("Keys destroyed"), str(len(manifest.keys)) if manifest else "—"],
            [_("Files destroyed"), str(len(manifest.files)) if manifest else "—"],
            [_("Rows removed"), str(sum(manifest.rows.values())) if manifest else "—"],
        ],
        "notes": [
            *hired_note,
            _(
                "Backups made before this moment still hold the data, encrypted, until they are replaced; after a "
                "restore from one of them the erasure has to be done again."
            ),
            _("The ledger keeps numbers and times, and no word of the person."),
        ],
        "rows_title": _("Rows removed by table"),
        "rows": [[name, str(count)] for name, count in (manifest.rows.items() if manifest else ())],
        "files_title": _("Files destroyed, with the SHA-256 of their encrypted bytes"),
        "files": [[file.id, str(file.size), file.sha256] for file in (manifest.files if manifest else ())],
        "hash_title": _("SHA-256 of the list of what was destroyed, as it stands in the ledger"),
        "hash": erasure.sha256,
    }
    fonts = typst.Fonts(font_paths=[str(folder) for folder in font_dirs], include_system_fonts=False)
    return typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=fonts,
        sys_inputs={"receipt": msgspec.json.encode(content).decode()},
        format="pdf",
    )
