"""The candidate's browser: Chromium with the demo's face and voice for a camera and a microphone."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Request, sync_playwright

from appliance.demo import cast, props
from appliance.demo.room_walker import BROWSER_ARGUMENTS, RoomAnswer, Spoken, Typed, walk_room
from appliance.demo.way import StepFailed

OFFLINE_S = 3.0
LEAD_IN_S = 1.5
CHECK_S = 10.0
"""Silence before the first answer: longer than the device check takes on a busy machine."""
WINDOW = {"width": 1280, "height": 800}


class CandidateBrowser:
    """Sits an interview: the camera shows the portrait, the microphone speaks the demo's answers in turn."""

    def __init__(self, portrait: Path, place: Path) -> None:
        self._portrait = portrait
        self._place = place

    def __call__(self, link: str) -> Mapping[str, Any]:
        """Answer by video (losing the network once), by voice and in writing; returns what was seen.

        Raises `StepFailed` when the room asked for anything outside of its own address.
        """
        self._place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._place) as folder:
            return self._sit(link, Path(folder))

    def _sit(self, link: str, folder: Path) -> Mapping[str, Any]:
        camera, microphone = folder / "camera.mjpeg", folder / "microphone.wav"
        props.write_camera(self._portrait, camera)
        voices = [props.speak(text) for text in cast.SPOKEN_ANSWERS]
        # The microphone plays its file from the moment the room opens it: for the first question at the device
        # check already, for the next one when the question is shown.
        first = props.write_microphone(voices[0], microphone, lead_in_s=CHECK_S)
        second = props.seconds_of(voices[1]) + 2 * LEAD_IN_S
        answers: list[RoomAnswer] = [
            Spoken(first - OFFLINE_S, offline_s=OFFLINE_S),
            Spoken(second),
            Typed(cast.TYPED_ANSWER),
        ]

        def see(place: str) -> None:
            if place == "intro-2":
                props.write_microphone(voices[1], microphone, lead_in_s=LEAD_IN_S)

        asked: list[str] = []
        arguments = [
            *BROWSER_ARGUMENTS,
            f"--use-file-for-fake-video-capture={camera}",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                str(folder / "profile"),
                executable_path=shutil.which("chromium"),
                args=arguments,
                viewport={"width": WINDOW["width"], "height": WINDOW["height"]},
                locale="en-GB",
            )
            context.on("request", lambda request: asked.append(_host_of(request)))
            try:
                walk_room(context.new_page(), link, answers, see=see)
            except PlaywrightError as error:
                raise StepFailed(f"the room did not go on: {error.message.splitlines()[0]}") from None
            finally:
                context.close()
        outside = sorted({host for host in asked if host not in {urlsplit(link).netloc, ""}})
        if outside:
            raise StepFailed(f"the room asked for something outside: {', '.join(outside)}")
        return {
            "requests": len(asked),
            "outside_requests": 0,
            "spoken_s": round(sum(map(props.seconds_of, voices)), 1),
        }


def _host_of(request: Request) -> str:
    return urlsplit(request.url).netloc
