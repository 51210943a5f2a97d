"""Camera, microphone, voice and screen of a candidate's device: judged kindly, practised with, handed over."""

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from appliance.demo.room_walker import at_step, press
from appliance.interviews.model import AnswerState
from appliance.interviews.recordings import media
from tests.browser.room_site import Served, browsing, enter, invited, past_check, phone, recording_on, serving

pytestmark = pytest.mark.browser

VOICES = """
(() => {
  const local = %s;
  const voices = [{ name: "Far", lang: "en-US", localService: false, default: true }, ...local];
  globalThis.said = [];
  const synthesis = {
    getVoices: () => voices,
    addEventListener() {},
    speak(utterance) { said.push([utterance.voice.name, utterance.text]); },
    cancel() { said.push(["", "stopped"]); },
  };
  Object.defineProperty(globalThis, "speechSynthesis", { value: synthesis });
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
})();
"""
NEAR = '[{ name: "Near", lang: "en-GB", localService: true, default: false }]'

NO_DEVICE = """
(() => {
  const devices = navigator.mediaDevices;
  const there = devices.enumerateDevices.bind(devices);
  const open = devices.getUserMedia.bind(devices);
  devices.enumerateDevices = async () => (await there()).filter((one) => one.kind !== "%(kind)s");
  devices.getUserMedia = async (wish) => {
    if (wish.%(wish)s) throw new DOMException("", "NotFoundError");
    return open(wish);
  };
})();
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running


# the check


def microphone(folder: Path, samples: np.ndarray) -> str:
    """Chromium's argument that makes a microphone of these samples (-1 to 1 at 48,000 a second)."""
    path = folder / "microphone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return f"--use-file-for-fake-audio-capture={path}"


def listened(page: Page) -> None:
    """Keep what the page says to a screen reader."""
    page.evaluate(
        """() => {
          globalThis.heard = [];
          const voice = document.querySelector("[data-mention]");
          new MutationObserver(() => heard.push(voice.textContent)).observe(voice, { childList: true });
        }"""
    )


def test_a_muted_microphone_is_told_from_a_quiet_one_and_said_aloud(served: Served, tmp_path: Path) -> None:
    link = invited(served)
    with phone(microphone(tmp_path, np.zeros(48_000 * 4))) as page:
        enter(page, link)
        listened(page)
        press(page, "check-start")
        page.locator("[data-checks] li", has_text="no sound at all").wait_for()
        page.locator("[data-mention]", has_text="no sound at all").wait_for(state="attached")
        assert "The light is good" in " ".join(page.evaluate("heard"))
        assert page.locator("[data-act='check-done']").inner_text() == "Go on all the same"


SOUNDS = {
    "wait": "Array(8).fill({db: -20, peak: .3})",
    "none": "Array(60).fill({db: -110, peak: 0})",
    "quiet": "Array(60).fill(0).map((_, i) => ({db: i % 9 < 5 ? -50 : -70, peak: .01}))",
    "clipped": "Array(60).fill(0).map((_, i) => ({db: -6, peak: i % 10 ? .9 : 1}))",
    "noisy": "Array(90).fill(0).map((_, i) => ({db: -27 + 4 * Math.sin(i), peak: .3}))",
    "good": "Array(90).fill(0).map((_, i) => ({db: i % 12 < 8 ? -24 : -62, peak: .4}))",
}
LIGHTS = {
    "covered": "() => 3",
    "dark": "(x, y) => 30 + x",
    "bright": "() => 235",
    "behind": "(x, y) => x >= 8 && x < 24 && y >= 6 ? 60 : 240",
    "good": "(x, y) => 90 + 2 * x",
}


def test_sound_and_light_are_judged_by_what_was_measured(served: Served) -> None:
    """Television, a whisper, a shout; a lamp behind, a covered lens: each has its own word."""
    with phone() as page:
        page.goto(invited(served))
        judged = {
            word: page.evaluate(
                f"import('/static/room/loudness.js').then((module) => module.judgeSound({levels}))"
            )
            for word, levels in SOUNDS.items()
        }
        assert judged == {word: word for word in SOUNDS}
        seen = {
            word: page.evaluate(
                f"""import('/static/room/light.js').then((module) => {{
                  const at = {shade};
                  const rows = Array.from({{ length: 24 }}, (_, y) => Array.from({{ length: 32 }}, (_, x) => at(x, y)));
                  return module.judgeLight(rows.flat(), 32, 24);
                }})"""
            )
            for word, shade in LIGHTS.items()
        }
        assert seen == {word: word for word in LIGHTS}


def test_a_device_without_a_microphone_is_offered_writing_and_not_voice(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(NO_DEVICE % {"kind": "audioinput", "wish": "audio"})
        enter(page, link)
        press(page, "check-start")
        trouble = page.locator("[data-check-trouble]:visible")
        assert "No microphone was found" in trouble.inner_text()
        assert not page.locator("[data-act='only-voice']").is_visible()
        press(page, "only-text")
        at_step(page, "intro")
        assert "in writing" in page.locator("[data-intro-lead]").inner_text()


def test_a_device_without_a_camera_goes_on_by_voice(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(NO_DEVICE % {"kind": "videoinput", "wish": "video"})
        enter(page, link)
        press(page, "check-start")
        assert "No camera was found" in page.locator("[data-check-trouble]:visible").inner_text()
        press(page, "only-voice")
        page.locator("[data-check-lead]", has_text="switch on your microphone").wait_for()
        press(page, "check-start")
        press(page, "check-done")
        at_step(page, "practice")


def test_a_silent_answer_is_pointed_out_before_it_is_handed_in(served: Served, tmp_path: Path) -> None:
    link = invited(served)
    with phone(microphone(tmp_path, np.zeros(48_000 * 4))) as page:
        enter(page, link)
        past_check(page)
        recording_on(page)
        page.wait_for_timeout(1500)
        press(page, "stop")
        page.locator("[data-trouble]", has_text="hardly anything to hear").wait_for()
        press(page, "hand-in")
        at_step(page, "intro")


# practice


def test_what_is_practised_is_played_back_and_never_sent(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        enter(page, link)
        press(page, "check-start")
        press(page, "check-done")
        at_step(page, "practice")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        for _ in range(2):
            press(page, "practice-record")
            page.wait_for_timeout(1200)
            press(page, "practice-stop")
            page.locator("[data-practice-replay]:visible").wait_for()
        assert page.evaluate("document.querySelector('[data-practice-replay]').src").startswith("blob:")
        press(page, "practice-done")
        at_step(page, "intro")
        assert not page.evaluate("document.querySelector('[data-practice-replay]').hasAttribute('src')")
        # The browser fetches the page's icon when it pleases.
        assert [one for one in asked if "blob:" not in one and "/static/icon.svg" not in one] == []
    interview = served.house.progress.of_candidate(served.house.candidate_id)[0]
    assert served.house.recordings.of_interview(interview.id) == []


# reading out


def test_the_question_is_read_by_a_local_voice_that_falls_silent_before_the_recording(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(VOICES % NEAR)
        enter(page, link)
        past_check(page)
        press(page, "show-question")
        page.locator("[data-reading]:visible").wait_for()
        question = page.locator("[data-question]").inner_text()
        clock = page.locator("[data-clock]")
        page.wait_for_timeout(1500)
        assert clock.inner_text() == "0:30", "time to think begins when the reading has ended"
        press(page, "record")
        page.locator("#room[data-recording='yes']").wait_for()
        assert page.evaluate("said") == [["Near", question], ["", "stopped"]]
        assert not page.locator("[data-act='read-out']").is_visible()


def test_who_does_not_want_it_read_is_not_asked_again(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(VOICES % NEAR)
        enter(page, link)
        past_check(page)
        page.locator("[data-read-choice]").uncheck()
        press(page, "show-question")
        page.locator("[data-clock]", has_text="0:29").wait_for()
        assert page.evaluate("said") == []
        press(page, "read-out")
        page.locator("[data-act='read-out']", has_text="Stop reading").wait_for()
        press(page, "read-out")
        page.locator("[data-act='read-out']", has_text="Read the question aloud").wait_for()
        page.reload()
        at_step(page, "check")
        assert not page.evaluate("document.querySelector('[data-read-choice]').checked")


def test_without_a_local_voice_nothing_is_offered_and_nothing_sent_to_a_distant_one(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(VOICES % "[]")
        enter(page, link)
        past_check(page)
        assert not page.locator("[data-read-choice]").is_visible()
        press(page, "show-question")
        page.locator("[data-clock]", has_text="0:29").wait_for()
        assert not page.locator("[data-act='read-out']").is_visible()
        assert page.evaluate("said") == []


# another device, another tab


def test_another_device_goes_on_by_the_code_and_the_first_one_says_so(served: Served) -> None:
    link = invited(served)
    with browsing() as first:
        page = first.new_page()
        enter(page, link)
        past_check(page)
        recording_on(page)
        page.wait_for_timeout(2500)
        press(page, "stop")
        with page.expect_response("**/handover") as answer:
            press(page, "hand-over")
        page.locator("[data-code]:visible").wait_for()
        assert page.evaluate("document.querySelector('[data-code]').decode().then(() => true)")
        code = served.link(answer.value.json()["address"].rsplit("/", 1)[1])
        assert first.browser is not None
        second = first.browser.new_context()
        other = second.new_page()
        other.goto(code)
        other.get_by_role("button", name="Go on here").click()
        at_step(other, "question")
        assert "were interrupted" in other.locator("[data-trouble]").inner_text()
        page.get_by_role("heading", name="open on another device").wait_for()
        press(other, "hand-in")
        at_step(other, "check")
        second.close()
    interview = served.house.progress.of_candidate(served.house.candidate_id)[0]
    assert [one.state for one in served.answers(interview.id)] == [AnswerState.SUBMITTED]


def test_a_second_tab_waits_until_it_is_wanted_and_then_the_first_one_lets_go(served: Served) -> None:
    link = invited(served)
    with browsing() as context:
        first = context.new_page()
        enter(first, link)
        past_check(first)
        recording_on(first)
        first.wait_for_timeout(2200)
        second = context.new_page()
        second.goto(link)
        at_step(second, "twice")
        assert first.locator("#room[data-recording='yes']").count() == 1, "the first one goes on undisturbed"
        press(second, "go-on-here")
        at_step(first, "twice")
        at_step(second, "question")
        assert "were interrupted" in second.locator("[data-trouble]").inner_text()
        press(second, "hand-in")
        at_step(second, "check")
    interview = served.house.progress.of_candidate(served.house.candidate_id)[0]
    (answer,) = served.answers(interview.id)
    sound = media.decode_sound(media.tracks_of(served.house.site.blobs, answer.segments))
    assert sound.duration_s > 1.5


def test_a_call_pauses_the_answer_and_nothing_said_is_lost(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        enter(page, link)
        past_check(page)
        page.evaluate(
            """() => {
              const start = MediaRecorder.prototype.start;
              MediaRecorder.prototype.start = function (...given) {
                globalThis.taken = this.stream.getAudioTracks()[0];
                start.apply(this, given);
              };
            }"""
        )
        recording_on(page)
        page.wait_for_timeout(2200)
        page.evaluate(
            """() => {
              Object.defineProperty(taken, "muted", { value: true, configurable: true });
              taken.dispatchEvent(new Event("mute"));
            }"""
        )
        page.locator("[data-trouble]", has_text="perhaps a call").wait_for()
        page.evaluate("delete taken.muted")
        press(page, "continue")
        page.locator("#room[data-recording='yes']").wait_for()
        page.wait_for_timeout(1500)
        press(page, "stop")
        press(page, "hand-in")
        at_step(page, "intro")
    interview = served.house.progress.of_candidate(served.house.candidate_id)[0]
    (answer,) = served.answers(interview.id)
    sound = media.decode_sound(media.tracks_of(served.house.site.blobs, answer.segments))
    assert len(sound.parts) == 2
    assert sound.duration_s > 4


# for every hand, eye and ear


def test_every_step_fits_a_narrow_screen_and_every_control_a_thumb(served: Served) -> None:
    """320 pixels are 1280 at a zoom of 400 % (WCAG 1.4.10); a target has 44 pixels."""
    link = invited(served)
    too_small = """() => [...document.querySelectorAll("button, a.button, .doors a, label.option")]
      .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.9)
      .map((one) => one.textContent.trim())"""
    with browsing(width=320) as context:
        page = context.new_page()
        seen: dict[str, tuple[list[str], bool]] = {}

        def look(name: str) -> None:
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            seen[name] = (page.evaluate(too_small), wide)

        page.add_init_script(VOICES % NEAR)
        page.goto(link)
        look("notice")
        enter(page, link)
        press(page, "check-start")
        page.locator("[data-checks] li").nth(3).wait_for()
        look("check")
        press(page, "check-done")
        at_step(page, "practice")
        look("practice")
        press(page, "practice-skip")
        at_step(page, "intro")
        look("intro")
        press(page, "hand-over")
        page.locator("[data-code]:visible").wait_for()
        look("hand-over")
        press(page, "hand-over-stay")
        at_step(page, "intro")
        press(page, "show-question")
        page.locator("[data-act='record']:visible").wait_for()
        look("question")
        press(page, "write")
        look("write")
    assert seen == {name: ([], False) for name in seen}
    assert len(seen) == 7


def test_an_answer_is_spoken_with_the_keyboard_alone(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(VOICES % NEAR)
        enter(page, link)

        def reach(act: str) -> None:
            """Press Tab until the button has the focus, then Enter."""
            page.locator(f"[data-act='{act}']:visible").wait_for()
            for _ in range(12):
                if page.evaluate("document.activeElement.dataset.act") == act:
                    page.keyboard.press("Enter")
                    return
                page.keyboard.press("Tab")
            raise AssertionError(f"no way to {act} by keyboard")

        reach("check-start")
        reach("check-done")
        at_step(page, "practice")
        reach("practice-record")
        reach("practice-stop")
        reach("practice-done")
        at_step(page, "intro")
        reach("show-question")
        reach("read-out")
        reach("record")
        page.locator("#room[data-recording='yes']").wait_for()
        page.wait_for_timeout(1200)
        reach("stop")
        reach("hand-in")
        at_step(page, "intro")
    interview = served.house.progress.of_candidate(served.house.candidate_id)[0]
    assert [one.state for one in served.answers(interview.id)] == [AnswerState.SUBMITTED]


def test_safaris_recordings_arrive_as_mp4(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.add_init_script(
            """const known = MediaRecorder.isTypeSupported.bind(MediaRecorder);
            MediaRecorder.isTypeSupported = (type) => type.includes("mp4") && known(type);"""
        )
        page.goto(link)
        if not page.evaluate("MediaRecorder.isTypeSupported('video/mp4')"):
            pytest.skip("this Chromium records no MP4")
        enter(page, link)
        past_check(page)
        recording_on(page)
        page.wait_for_timeout(3000)
        press(page, "stop")
        press(page, "hand-in")
        at_step(page, "intro")
    interview = served.house.progress.of_candidate(served.house.candidate_id)[0]
    (answer,) = served.answers(interview.id)
    assert answer.segments[0].content_type.startswith("video/mp4")
    tracks = media.tracks_of(served.house.site.blobs, answer.segments)
    assert media.decode_sound(tracks).duration_s > 2
    assert sum(1 for _ in media.decode_pictures(tracks, 1)) >= 2
