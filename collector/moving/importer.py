"""Documents into a database, on the way that requests take: decode, normalise, price, one writer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from collector.dimensions import Dimension
from collector.errors import Overloaded, Permanent
from collector.ingest import Prepared, prepare, prepare_logs
from collector.moving.documents import MOST_SPANS, Document
from collector.store.batch import WriteResult
from collector.store.records import Imported
from collector.store.rows import SpanRow
from collector.store.writer import SpanWriter

_MOST_UNDER_WAY = 16
_MOST_REASONS = 20


class Importer:
    """Hands documents to a writer, a few ahead of what is committed. What was imported before changes nothing."""

    def __init__(
        self,
        writer: SpanWriter,
        *,
        project_id: str,
        price: Callable[[SpanRow], None],
        dimensions: tuple[Dimension, ...] = (),
    ) -> None:
        self._writer = writer
        self._project_id = project_id
        self._price = price
        self._dimensions = dimensions
        self._under_way: deque[Future[WriteResult]] = deque()
        self.imported = Imported()

    def take(self, documents: Iterable[Document], progress: Callable[[], object] = lambda: None) -> Imported:
        """Returns when everything is committed. Raises BadQuery, DecodeError, StoreUnavailable; what was committed
        by then stays, and the same file again does the rest."""
        try:
            for document in documents:
                self._submit(self._prepared(document))
                progress()
        except Permanent:  # of the file: what came before in it is stored and counted
            self._settle_all()
            raise
        self._settle_all()
        return self.imported

    def _prepared(self, document: Document) -> Prepared:
        if document.signal == "logs":
            return prepare_logs(document.body, document.encoding, project_id=self._project_id, max_spans=MOST_SPANS)
        return prepare(
            document.body,
            document.encoding,
            project_id=self._project_id,
            max_spans=MOST_SPANS,
            price=self._price,
            dimensions=self._dimensions,
        )

    def _submit(self, prepared: Prepared) -> None:
        self._leave_out(prepared.rejected)
        self.imported.left_out += prepared.dropped
        for span in prepared.batch.spans:
            self.imported.meet(span.start_ns)
        if not prepared.batch.row_count:
            return
        while len(self._under_way) >= _MOST_UNDER_WAY:
            self._settle()
        while True:
            try:
                self._under_way.append(self._writer.submit(prepared.batch))
                return
            except Overloaded:
                self._settle()

    def _settle_all(self) -> None:
        while self._under_way:
            self._settle()

    def _settle(self) -> None:
        result = self._under_way.popleft().result()
        self.imported.stored += result.stored + result.replaced
        self.imported.known += result.duplicates + result.conflicts
        self._leave_out(result.rejected)

    def _leave_out(self, reasons: list[str]) -> None:
        self.imported.left_out += len(reasons)
        self.imported.reasons += reasons[: max(0, _MOST_REASONS - len(self.imported.reasons))]
