"""The timeline's words for a page: names and reasons as msgids, and what a sentence's mark means."""

from collections.abc import Mapping
from typing import Any

from appliance.interviews.analysis.sensitive import SensitiveTopic
from appliance.interviews.integrity.model import CERTAINTIES, TITLES
from appliance.kernel.errors import N_

SENSITIVE: Mapping[str, str] = {
    SensitiveTopic.HEALTH: N_("About the person's health. The law protects it: please do not weigh it."),
    SensitiveTopic.DISABILITY: N_("About a disability. The law protects it: please do not weigh it."),
    SensitiveTopic.PREGNANCY: N_(
        "About pregnancy or having children. The law protects it: please do not weigh it."
    ),
    SensitiveTopic.FAMILY: N_("About the person's family. It is private: please do not weigh it."),
    SensitiveTopic.RELIGION: N_("About faith. The law protects it: please do not weigh it."),
    SensitiveTopic.ETHNICITY: N_("About origin or ethnicity. The law protects it: please do not weigh it."),
    SensitiveTopic.ORIENTATION: N_(
        "About orientation or identity. The law protects it: please do not weigh it."
    ),
}

OTHER_VOICE = N_("Another voice. Not read as the candidate's words.")

TIMELINE_WORDS: Mapping[str, Any] = {"titles": TITLES, "certainties": CERTAINTIES}
"""What the fragment interviews/integrity/_timeline.html needs as `timeline_words`."""

SENTENCE_WORDS: Mapping[str, Any] = {"sensitive": SENSITIVE, "other_voice": OTHER_VOICE}
"""What the fragment interviews/integrity/_sentence_marks.html needs as `sentence_words`."""
