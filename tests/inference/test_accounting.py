"""What calls cost is summed for metrics and plans, whoever asks from whatever thread."""

import logging
import threading

import msgspec
import pytest

from inference.accounting import Accounting, CallRecord, Outcome, Snapshot


def record(outcome: Outcome = "ok", verb: str = "chat", **amounts: float) -> CallRecord:
    return CallRecord(
        verb=verb,
        address="http://127.0.0.1:1",
        model="tiny",
        model_sha256="ab" * 32,
        outcome=outcome,
        **({"queued_s": 0.5, "worked_s": 2.0} | amounts),  # type: ignore[arg-type]
    )


def test_only_answered_calls_count_as_work_and_all_count_as_waiting() -> None:
    accounting = Accounting()
    outcomes: list[Outcome] = ["ok", "ok", "refused", "timeout", "cancelled", "invalid", "unavailable"]
    for outcome in outcomes:
        accounting.record(record(outcome, prompt_tokens=100, pictures=2))
    (totals,) = accounting.snapshot().totals
    assert totals.outcomes == {
        "ok": 2,
        "refused": 1,
        "timeout": 1,
        "cancelled": 1,
        "invalid": 1,
        "unavailable": 1,
    }
    assert (totals.calls, totals.worked_s, totals.queued_s) == (7, 4.0, 3.5)
    assert (totals.prompt_tokens, totals.pictures, totals.longest_s) == (200, 4, 2.0)


def test_verbs_are_kept_apart_and_a_snapshot_stands_still() -> None:
    accounting = Accounting()
    accounting.record(record(verb="vad", audio_s=7.0))
    before = accounting.snapshot()
    accounting.record(record(verb="chat"))
    accounting.record(record(verb="vad", audio_s=1.0))
    assert [totals.verb for totals in accounting.snapshot().totals] == ["chat", "vad"]
    assert [totals.audio_s for totals in before.totals] == [7.0]
    encoded = msgspec.json.encode(accounting.snapshot())
    assert msgspec.json.decode(encoded, type=Snapshot) == accounting.snapshot()


def test_no_record_is_lost_between_threads() -> None:
    accounting = Accounting()

    def work() -> None:
        for _ in range(500):
            accounting.record(record(completion_tokens=1))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (totals,) = accounting.snapshot().totals
    assert totals.outcomes == {"ok": 4000} and totals.completion_tokens == 4000


def test_an_observer_sees_each_record_and_its_failure_costs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[CallRecord] = []

    def observe(call: CallRecord) -> None:
        seen.append(call)
        if len(seen) == 2:
            raise RuntimeError("no disk")

    accounting = Accounting(observe)
    with caplog.at_level(logging.ERROR):
        for verb in ("chat", "vad", "embed"):
            accounting.record(record(verb=verb))
    assert [call.verb for call in seen] == ["chat", "vad", "embed"]
    assert len(accounting.snapshot().totals) == 3
    assert "the observer of inference calls failed" in caplog.text
