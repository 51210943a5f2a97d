"""What went wrong with a file, and the way out, in words."""

from collections.abc import Mapping

from appliance.kernel.errors import N_, Message
from appliance.recruiting.resumes.document import HiddenReason, Problem, ReadWarning

PROBLEM_MESSAGES: Mapping[Problem, str] = {
    Problem.corrupt: N_("The file is damaged. Ask for it again, or export it anew as PDF."),
    Problem.password: N_("The file is locked with a password. Ask for a copy without one."),
    Problem.bomb: N_(
        "The file unpacks to far more than a resume holds and was not opened. Save it anew as PDF or DOCX."
    ),
    Problem.entities: N_(
        "The file holds entity definitions that no word processor writes and was not opened. Save "
        "it anew as PDF or DOCX."
    ),
    Problem.empty: N_("The file is empty. Send it again."),
    Problem.no_text: N_(
        "The file has pages but no text, as scans do. Export it from the program it was written "
        "in, or type the text in."
    ),
    Problem.picture: N_(
        "The file is a picture (%(found)s), whatever its name says. Send the resume as PDF, DOCX "
        "or text, or type the text in."
    ),
    Problem.old_word: N_("The file is in the old Word format. Save it as DOCX or PDF."),
    Problem.unsupported: N_(
        "This kind of file (%(found)s) is no resume format. Send PDF, DOCX, HTML or plain text."
    ),
    Problem.too_large: N_("The file is larger than 10 MB. Send it with smaller pictures."),
    Problem.too_many_pages: N_("The file has more than 40 pages. Send the resume alone, without annexes."),
    Problem.too_slow: N_(
        "Reading the file took too long and was stopped. Export it anew as PDF, or type the text in."
    ),
    Problem.too_much_memory: N_(
        "Reading the file needs more memory than a resume should. Export it anew as PDF, or type the text in."
    ),
    Problem.reader_failed: N_("The reader stopped at this file. Export it anew as PDF, or type the text in."),
}

FOUND_LABELS: Mapping[str, str] = {
    "PNG picture": N_("PNG picture"),
    "JPEG picture": N_("JPEG picture"),
    "GIF picture": N_("GIF picture"),
    "TIFF picture": N_("TIFF picture"),
    "WebP picture": N_("WebP picture"),
    "HEIC picture": N_("HEIC picture"),
    "RAR archive": N_("RAR archive"),
    "7z archive": N_("7z archive"),
    "gzip archive": N_("gzip archive"),
    "Windows program": N_("Windows program"),
    "Linux program": N_("Linux program"),
    "RTF document": N_("RTF document"),
    "binary data": N_("binary data"),
}

HIDDEN_LABELS: Mapping[HiddenReason, str] = {
    HiddenReason.same_colour: N_("in the colour of the background"),
    HiddenReason.tiny: N_("too small to read"),
    HiddenReason.off_page: N_("outside the page"),
    HiddenReason.covered: N_("under a picture or shape"),
    HiddenReason.invisible: N_("set to be invisible"),
}

WARNING_LABELS: Mapping[ReadWarning, str] = {
    ReadWarning.hidden_text: N_("The file holds text that nobody sees on the page. It was left out."),
    ReadWarning.several_columns: N_("The page is set in columns; they were read one after the other."),
    ReadWarning.text_under_scan: N_("The pages are scans with a text layer; it may hold reading errors."),
    ReadWarning.pages_without_text: N_("Some pages are pictures without text and could not be read."),
    ReadWarning.guessed_encoding: N_("The character encoding was guessed (GB 18030)."),
    ReadWarning.text_cut: N_("The text is very long; only the beginning was read."),
}


def problem_message(problem: Problem, found: str = "") -> Message:
    """Why a file could not be read and what to do, with what the bytes are."""
    return Message(PROBLEM_MESSAGES[problem], {"found": Message(FOUND_LABELS.get(found, N_("binary data")))})
