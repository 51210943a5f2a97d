"""The process that opens a stranger's file: bytes in on stdin, a MessagePack answer out on stdout.

It limits itself before it reads the first byte, imports nothing of the appliance but the readers, has no
environment worth stealing and writes no file.
"""

import resource
import sys

import msgspec

from appliance.recruiting.resumes.answer import Answer, Refusal

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20


def limit() -> None:
    """Memory, CPU seconds, no files, no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def answer(data: bytes) -> Answer:
    """The text or the refusal for ``data``."""
    from appliance.recruiting.resumes.document import MAX_FILE_BYTES, Problem, Unreadable
    from appliance.recruiting.resumes.registry import read

    if len(data) > MAX_FILE_BYTES:
        return Answer(refusal=Refusal(Problem.too_large))
    try:
        return Answer(text=read(data))
    except Unreadable as error:
        return Answer(refusal=Refusal(error.problem, error.found))
    except (MemoryError, RecursionError):
        return Answer(refusal=Refusal(Problem.too_much_memory))


def main() -> None:
    """Entry of ``python -m appliance.recruiting.resumes.child``."""
    limit()
    from appliance.recruiting.resumes.document import MAX_FILE_BYTES

    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer(data)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
