"""A synchronous face over asyncio: callers are threads, calls are tasks of one loop.

Only tasks can be ended from outside at any moment, whether they wait in a queue, connect, send or read: that
is what a deadline over the whole call and a cancellation need. A timeout of a blocking socket holds for one
read alone, so a server that sends a byte now and then would outlive it.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from inference.cancellation import ended_by, refuse_if_cancelled
from inference.errors import InferenceCancelled, InferenceTimeout, InferenceUnavailable
from inference.gate import Deadline

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]


class Background:
    """The loop of one adapter, in a thread that starts with the first call. ``name`` is the engine's, for
    messages."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Work[T], deadline: Deadline) -> T:
        """What ``work`` returns or raises. ``InferenceTimeout`` at the deadline, ``InferenceCancelled`` as soon
        as a token around the call is cancelled, ``InferenceUnavailable`` where the adapter is closed."""
        deadline.left_s()
        refuse_if_cancelled()
        future = self._schedule(work, deadline)
        try:
            with ended_by(future.cancel):
                return future.result()
        except CancelledError as error:
            if self._closed:
                raise InferenceUnavailable(f"the connections to {self._name} were closed") from error
            raise InferenceCancelled(f"the call of {self._name} was called off") from error
        finally:
            # Also for a caller that an interrupt takes out of its waiting: nobody reads this answer any more.
            future.cancel()

    async def _within(self, work: Work[T], deadline: Deadline) -> T:
        try:
            async with asyncio.timeout(deadline.left_s()):
                return await work()
        except TimeoutError as error:
            raise InferenceTimeout(
                f"{self._name} gave no answer within the deadline of {deadline.given_s:g} s"
            ) from error

    def _schedule(self, work: Work[T], deadline: Deadline) -> Future[T]:
        # Under the lock, so that no call enters a loop that is about to stop: it would wait for ever.
        with self._lock:
            if self._closed:
                raise InferenceUnavailable(f"the connections to {self._name} were closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=f"calls of {self._name}", daemon=True
                )
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(self._within(work, deadline), self._loop)

    def close(self, last: Work[None]) -> None:
        """Ends what is under way, runs ``last`` in the loop and returns when the thread is gone. May be called
        twice."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_wind_down(last), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _wind_down(last: Work[None]) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await last()
    await asyncio.get_running_loop().shutdown_asyncgens()
