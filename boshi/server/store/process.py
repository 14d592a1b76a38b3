"""The mongod process: dies with its parent, comes back when it is killed.

The kernel's parent-death signal follows the *thread* that made the child. So one thread starts mongod and stays
until mongod has ended; the signal then comes exactly when the whole process is gone, however it went. The signal
is set by a launcher that becomes mongod, since code between fork and exec is unsafe in a process with threads.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_LAUNCHER: Final = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
_STOP_SECONDS: Final = 30.0
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 10.0
_SOUND_SECONDS: Final = 30.0


class MongodProcess:
    """One mongod under a keeper thread.

    `inherited` stays open in it. Once it is `kept_alive` it is started again whenever it ends by itself, with pauses up
    to ten seconds; `on_restart` is then called with the new process id.
    """

    def __init__(
        self, command: Sequence[str], errors: Path, inherited: int, on_restart: Callable[[int], None]
    ) -> None:
        self._command = (sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *command)
        self._errors = errors
        self._inherited = inherited
        self._on_restart = on_restart
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._keeping_alive = False
        self._child: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._keeper = threading.Thread(target=self._keep, name="mongod-keeper", daemon=True)

    def start(self) -> None:
        """Start mongod; returns once the process exists."""
        self._keeper.start()
        self._started.wait()
        if self._failure:
            raise self._failure

    def keep_alive(self) -> None:
        """From now on start mongod again when it ends: killed, crashed, or stopped by a full disk."""
        self._keeping_alive = True

    def stop(self) -> None:
        """Stop mongod cleanly, by force after half a minute, and wait for its end."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        self._keeper.join(_STOP_SECONDS)
        if self._keeper.is_alive():
            log.warning("mongod did not stop in %s s and is killed", _STOP_SECONDS)
            self._signal(signal.SIGKILL)
            self._keeper.join()

    @property
    def pid(self) -> int:
        """The process id of mongod."""
        return self._child.pid if self._child else 0

    @property
    def ended(self) -> bool:
        """Whether mongod has ended and is not coming back."""
        return not self._keeper.is_alive()

    def said(self) -> str:
        """What mongod wrote to its error stream: the loader's message when a library is missing."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    def _keep(self) -> None:
        try:
            self._run_once()
        except OSError as problem:
            self._failure = problem
            self._started.set()
            return
        self._restart_for_ever()

    def _restart_for_ever(self) -> None:
        pause, began = _FIRST_PAUSE, time.monotonic()
        while self._keeping_alive and not self._stopping.is_set():
            pause = (
                min(pause * 2, _LONGEST_PAUSE) if time.monotonic() - began < _SOUND_SECONDS else _FIRST_PAUSE
            )
            log.warning("mongod ended by itself and is started again in %s s", pause)
            self._stopping.wait(pause)
            began = time.monotonic()
            self._run_once(restarted=True)

    def _run_once(self, restarted: bool = False) -> None:
        with self._errors.open("wb") as errors:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(self._inherited,),
                start_new_session=True,
            )
        self._started.set()
        if self._stopping.is_set():
            self._child.terminate()
        elif restarted:
            self._on_restart(self._child.pid)
        self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)
