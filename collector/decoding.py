"""Requests on their way to the writer: they are read beside it.

Two threads of one process can't both run Python, and under load the writer needs it all the time. So large requests
are read in a process of their own where there is one, else in threads of this one. What comes meanwhile gathers, and is
read together.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Condition, Lock, Thread

from collector.decoder import DecoderProcess, Lost, OtherCode, Question
from collector.errors import MsgtraceError, StoreUnavailable
from collector.ingest import Prepared, complete
from collector.reading import Reading
from collector.store.batch import WriteResult
from collector.store.rows import SpanRow
from collector.store.writer import SpanWriter

_GATHER_BYTES = 2**20
_THREADS = 2
"""Without a process: so that a large request holds back no small one. With one there is but one thread, since the
process reads one after the other anyway, and more threads would only take the interpreter from the writer: a fourteenth
of the spans a second."""
_TRY_AGAIN_S, _MOST_S = 10.0, 600.0
"""Between two tries to start the process; twice as long after each that failed."""
_OTHER_CODE = (
    "the files of msgtrace were replaced while this collector ran: restart msgtrace. Until then requests are read "
    "as before, but in the process that also writes, which is slower"
)

Stored = tuple[Prepared, WriteResult]
Waiting = tuple[Question, "Future[Stored]"]

log = logging.getLogger(__name__)


class Decoding:
    """Threads that read, and the process in which they do, which the first request starts."""

    def __init__(self, price: Callable[[SpanRow], None], writer: SpanWriter, *, has_process: bool = True) -> None:
        """price: fills the cost of a row by the prices in force."""
        self._price = price
        self._writer = writer
        self._queue: deque[Waiting] = deque()
        self._changed = Condition()
        self._stopping = False
        threads = 1 if has_process else _THREADS
        self._threads = [Thread(target=self._run, name="msgtrace-decoding", daemon=True) for _ in range(threads)]
        self._process: DecoderProcess | None = None
        self._process_lock = Lock()
        self._starter: Thread | None = None
        self._start_at_s = 0.0 if has_process else float("inf")
        self._pause_s = _TRY_AGAIN_S
        self._told_of_other_code = False

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Reads what is queued, then ends threads and process."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in (*self._threads, *filter(None, [self._starter])):
            thread.join(timeout_s)
        with self._process_lock:
            process, self._process = self._process, None
        if process:
            process.end()

    def store(self, question: Question) -> Future[Stored]:
        """Resolves after COMMIT. Its errors: DecodeError, TooLarge, Overloaded, StoreUnavailable."""
        future: Future[Stored] = Future()
        with self._changed:
            if self._stopping:
                raise StoreUnavailable("the collector is shutting down")
            self._queue.append((question, future))
            self._changed.notify()
        return future

    def _run(self) -> None:
        while group := self._next_group():
            try:
                self._take(group)
            except Exception as error:  # no fault may end the thread
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)

    def _take(self, group: Sequence[Waiting]) -> None:
        """Hands over what was read all at once, so that it shares a commit."""
        ready: list[tuple[Prepared, Future[Stored]]] = []
        for (question, future), answer in zip(group, self._read([one for one, _ in group]), strict=True):
            try:
                ready.append((self._completed(question, answer or question.read(self._writer.bases)), future))
            except Exception as error:  # for the one who waits for it to judge
                future.set_exception(error)
        written = self._writer.submit_all(prepared.batch for prepared, _ in ready)
        for (prepared, future), result in zip(ready, written, strict=True):
            result.add_done_callback(partial(_tell, future, prepared))

    def _next_group(self) -> list[Waiting]:
        """Waits for work; empty when there is none and will be none."""
        group: list[Waiting] = []
        with self._changed:
            while not group:
                self._changed.wait_for(lambda: self._queue or self._stopping)
                if not self._queue:
                    return []
                size = 0
                while self._queue and size < _GATHER_BYTES:
                    question, future = self._queue.popleft()
                    if future.set_running_or_notify_cancel():
                        group.append((question, future))
                        size += len(question.body)
        return group

    def _completed(self, question: Question, answer: Reading | MsgtraceError) -> Prepared:
        if isinstance(answer, MsgtraceError):
            raise answer
        return complete(answer, len(question.body), self._price)

    def _read(self, questions: Sequence[Question]) -> Sequence[Reading | MsgtraceError | None]:
        """None where the process has no answer, or where there is none."""
        process = self._process or self._start_soon()
        if process:
            try:
                answers = process.ask(questions)
            except Lost:
                self._lose(process)
            else:
                for answer in answers:
                    if isinstance(answer, Reading):
                        self._writer.bases.build_on(answer.pieces.values())
                return answers
        return [None] * len(questions)

    def _start_soon(self) -> DecoderProcess | None:
        """It takes half a second to start, for which no request waits."""
        with self._process_lock:
            is_starting = self._starter is not None and self._starter.is_alive()
            if time.monotonic() >= self._start_at_s and not is_starting:
                self._start_at_s = time.monotonic() + self._pause_s
                self._pause_s = min(2 * self._pause_s, _MOST_S)
                self._starter = Thread(target=self._start_process, name="msgtrace-decoder", daemon=True)
                self._starter.start()
        return None

    def _start_process(self) -> None:
        try:
            process = DecoderProcess()
        except OtherCode:
            if not self._told_of_other_code:
                log.warning(_OTHER_CODE)
            self._told_of_other_code = True
            return
        except (OSError, Lost) as error:
            log.warning("no process can be started to read requests in; they are read here: %s", error)
            return
        with self._process_lock:
            if not self._stopping:
                self._process, self._pause_s = process, _TRY_AGAIN_S
                return
        process.end()

    def _lose(self, process: DecoderProcess) -> None:
        with self._process_lock:
            if self._process is not process:
                return
            self._process = None
            self._start_at_s = time.monotonic() + _TRY_AGAIN_S
        log.warning("the process that reads requests has ended; they are read here until there is another")
        process.end()


def _tell(future: Future[Stored], prepared: Prepared, written: Future[WriteResult]) -> None:
    if error := written.exception():
        future.set_exception(error)
    else:
        future.set_result((prepared, written.result()))
