"""bench and evaluate: figures of this machine, of the models, and of the machine to buy."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from appliance.install import preparation
from appliance.install.commands.options import RunDir, TorchSource, end
from appliance.install.progress import Progress

if TYPE_CHECKING:
    from appliance.evaluation.evaluation import Evaluation

bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)
evaluate = typer.Typer(
    help="Measure the models on your own recordings and pictures. Ctrl-C keeps what is done; the same command "
    "again does the rest.",
    no_args_is_help=True,
)


class Language(StrEnum):
    """Languages that can be said in advance."""

    ZH = "zh"
    EN = "en"


Audio = Annotated[Path, typer.Option("--audio", help="The folder of recordings; folders below it count.")]
Profile = Annotated[str, typer.Option("--profile", help="Which engines, where.")]


@bench.command("store")
def bench_store() -> None:
    """Durable commits a second by number of callers, beside raw single commits in the same run."""
    from tests.bench import store

    store.main()


@bench.command("rooms")
def bench_rooms(
    context: typer.Context,
    rooms: Annotated[
        int, typer.Option("--rooms", min=1, max=5000, help="Candidates who record at once.")
    ] = 300,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=3600, help="How long each of them records.")
    ] = 180.0,
    find_knee: Annotated[
        bool, typer.Option("--find-knee", help="Then more and more rooms, until one figure no longer holds.")
    ] = False,
) -> None:
    """Rooms that upload 0.5 Mbit/s each through TLS while HR browses; every recording is read back and compared."""
    preparation.prepare(preparation.CHECKS | preparation.APPLICATION, context.ensure_object(Progress))
    from tests.bench import rooms as bench_of_rooms

    result = bench_of_rooms.main(rooms, seconds, find_knee=find_knee)
    end(1 if result["lost"] else 0)


@bench.command("scoring")
def bench_scoring(
    context: typer.Context,
    repeats: Annotated[
        int, typer.Option("--repeats", min=2, max=1000, help="How often each sample answer is read.")
    ] = 20,
    answers: Annotated[int, typer.Option("--answers", min=1, help="How many sample answers.")] = 18,
    run_dir: RunDir = None,
) -> None:
    """Whether the same answer gets the same score, and whether any attack raises it; asks the running engines."""
    preparation.prepare(preparation.CHECKS, context.ensure_object(Progress))
    from contextlib import closing

    from appliance.install import deployment
    from inference.engines import connect
    from tests.bench import scoring

    state = deployment.running(run_dir or deployment.run_dir())
    with closing(connect(state.profile, state.endpoints)) as engines:
        scoring.main(engines.llm, repeats, answers)


@bench.command("inference")
def bench_inference(context: typer.Context, torch_source: TorchSource = None) -> None:
    """The engines on this machine: rates, start, memory, the port's overhead over calling a model in process."""
    preparation.prepare(
        preparation.CHECKS | preparation.INFERENCE, context.ensure_object(Progress), torch_source
    )
    from tests.bench import inference

    inference.main()


@evaluate.command("transcripts")
def evaluate_transcripts(
    context: typer.Context,
    audio: Audio,
    out: Annotated[Path, typer.Option("--out", help="The file to write: one JSON object a line.")],
    language: Annotated[
        Language | None, typer.Option("--language", help="What is spoken; detected when not given.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="A CSV with file and text: error rates are added.")
    ] = None,
    profile: Profile = preparation.EVALUATION_PROFILE,
    run_dir: RunDir = None,
) -> None:
    """What is said in each recording, with word times."""
    from appliance.evaluation import transcripts
    from inference.spoken import normalise

    spoken = language.value if language else None
    _carry_out(
        context,
        lambda: transcripts.plan(
            audio=audio, out=out, language=spoken, reference=reference, normalise=normalise
        ),
        profile,
        run_dir,
    )


@evaluate.command("diarization")
def evaluate_diarization(
    context: typer.Context,
    audio: Audio,
    out: Annotated[Path, typer.Option("--out", help="The folder to write: one RTTM file a recording.")],
    reference: Annotated[
        Path | None, typer.Option("--reference", help="An RTTM file: the diarization error rate is added.")
    ] = None,
    profile: Profile = preparation.EVALUATION_PROFILE,
    run_dir: RunDir = None,
) -> None:
    """Who speaks when in each recording."""
    from appliance.evaluation import diarization

    _carry_out(context, lambda: diarization.plan(audio=audio, out=out, reference=reference), profile, run_dir)


@evaluate.command("faces")
def evaluate_faces(
    context: typer.Context,
    pairs: Annotated[
        Path,
        typer.Option(
            "--pairs", help="A CSV: two columns of pictures, and same or Decision where it is known."
        ),
    ],
    root: Annotated[Path, typer.Option("--root", help="The folder below which the pictures lie.")],
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write.")],
    profile: Profile = preparation.EVALUATION_PROFILE,
    run_dir: RunDir = None,
) -> None:
    """The distance between the faces of each pair of pictures, and whether they pass as the same."""
    from appliance.evaluation import faces

    _carry_out(context, lambda: faces.plan(pairs=pairs, root=root, out=out), profile, run_dir)


@evaluate.command("scoring")
def evaluate_scoring(
    context: typer.Context,
    rubric: Annotated[
        Path, typer.Option("--rubric", help="A TOML file: what the answers are marked by, and the full mark.")
    ],
    answers: Annotated[Path, typer.Option("--answers", help="JSON lines with id, question and text.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write: one JSON object a line.")],
    ratings: Annotated[
        Path | None,
        typer.Option(
            "--ratings",
            help="JSON lines with id, rater and score: the scores are learnt from them, and the agreement is told.",
        ),
    ] = None,
    profile: Profile = preparation.EVALUATION_PROFILE,
    run_dir: RunDir = None,
) -> None:
    """How the machine scores answers, and how well that agrees with people who rated some of them."""
    from appliance.evaluation.scoring import study

    _carry_out(
        context,
        lambda: study.plan(rubric=rubric, answers=answers, ratings=ratings, out=out),
        profile,
        run_dir,
    )


def _carry_out(
    context: typer.Context, plan: Callable[[], Evaluation], profile: str, run_dir: Path | None
) -> NoReturn:
    """Bad input is one message and 2, before anything is set up or started."""
    from appliance.evaluation import evaluation
    from appliance.evaluation.engines import Choice
    from appliance.evaluation.errors import BadInput
    from appliance.install import deployment

    progress = context.ensure_object(Progress)
    try:
        choice = Choice(profile, run_dir or deployment.run_dir())
        end(evaluation.carry_out(plan(), choice, progress))
    except BadInput as error:
        progress.say(f"✗ {error}")
        end(2)
