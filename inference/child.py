"""Runs a command as a child that cannot outlive its parent.

``python child.py PARENT_PID COMMAND...`` asks the kernel for SIGTERM when the parent's thread ends (prctl(2),
PR_SET_PDEATHSIG; kept across exec), forbids core dumps, which would hold candidates' data in clear, and
becomes the command. A program of its own, because code between fork and exec is unsafe in a threaded parent.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    """Does not return."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit("the parent ended before its child began")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvpe(argv[0], argv, os.environ)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
