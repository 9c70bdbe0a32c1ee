"""Something that goes on step by step in a thread, for as long as somebody looks."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable

#: Seconds between steps in slow motion, between frames otherwise, and without an answer before it ends.
SLOW, FRAME, PATIENCE = 0.5, 0.1, 3.0
# A moment in which others get the lock that a step holds: threads get locks in no fair order.
_BREATH = 0.001


class Runner:
    """Calls ``step`` again and again, and ``show`` for a frame now and then, in a thread of its own.

    It waits until the page has drawn the last frame but one, and ends by itself where no page does.

    Args:
        step: one step.
        show: show the frame of this number.
        ended: called once at the end, in the thread, with what went wrong or ``None``.
        speed: "slow", "normal" or "fast", asked before each step: a step every half second; one a frame;
            as many as fit between two frames.
        patience: seconds to wait for a page.
    """

    def __init__(
        self,
        step: Callable[[], None],
        show: Callable[[int], None],
        ended: Callable[[Exception | None], None],
        speed: Callable[[], str],
        patience: float = PATIENCE,
    ) -> None:
        self._step, self._show, self._ended, self._speed = step, show, ended, speed
        self._patience = patience
        self._stop, self._answers = threading.Event(), threading.Condition()
        self._thread: threading.Thread | None = None
        self._shown = self._seen = 0
        _all.add(self)

    @property
    def playing(self) -> bool:
        """Whether it goes on."""
        return self._thread is not None and self._thread.is_alive() and not self._stop.is_set()

    def play(self) -> None:
        """Go on; whatever else was running in this process ends."""
        if self.playing:
            return
        pause_all()
        # Each thread has its own stop: one that is still ending must not be woken by the next.
        self._stop = threading.Event()
        self._seen = self._shown  # whoever was looking may look again
        self._thread = threading.Thread(target=self._run, args=(self._stop,), name="runner", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """No further step begins; this does not wait for one that has begun."""
        self._stop.set()
        with self._answers:
            self._answers.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait for the thread's end, at most so long; whether it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def answer(self, number: int) -> None:
        """The page has drawn this frame."""
        with self._answers:
            self._seen = max(self._seen, number)
            self._answers.notify_all()

    def _run(self, stop: threading.Event) -> None:
        error: Exception | None = None
        try:
            while not stop.is_set():
                self._steps_of_a_frame(stop)
                if not self._looked_at(stop):
                    break
                self._shown += 1
                self._show(self._shown)
        except Exception as caught:  # it must reach the page: nobody sees a thread die
            error = caught
        stop.set()
        self._ended(error)

    def _steps_of_a_frame(self, stop: threading.Event) -> None:
        end = time.monotonic() + FRAME
        while not stop.is_set():
            self._step()
            speed = self._speed()
            if speed != "fast":
                stop.wait(SLOW if speed == "slow" else FRAME)
                return
            if time.monotonic() >= end:
                return
            stop.wait(_BREATH)

    def _looked_at(self, stop: threading.Event) -> bool:
        """Whether to show the next frame: somebody has seen the last but one, and nobody said stop."""
        with self._answers:
            seen = self._answers.wait_for(
                lambda: stop.is_set() or self._seen >= self._shown - 1, self._patience
            )
        return seen and not stop.is_set()


_all: weakref.WeakSet[Runner] = weakref.WeakSet()


def pause_all() -> None:
    """Pause whatever runs in this process."""
    for runner in list(_all):
        runner.pause()


@atexit.register
def _end_all() -> None:
    # A thread amid a step would be cut down with the interpreter, which torch takes badly.
    pause_all()
    for runner in list(_all):
        runner.join(2.0)
