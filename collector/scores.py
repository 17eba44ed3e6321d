"""POST /api/v1/scores: what people and evaluators say of a trace or a span."""

from __future__ import annotations

import time
import uuid
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from collector.access import authorize
from collector.answers import error_answer, json_answer
from collector.body import read_body
from collector.config import Settings
from collector.errors import BadQuery, LateBody, MsgtraceError, UnsupportedMediaType
from collector.measures import Measures
from collector.semconv.values import clean
from collector.store.batch import Batch, WriteResult
from collector.store.rows import ScoreRow
from collector.store.writer import SpanWriter
from collector.waiting import committed, in_time

MAX_BODY_BYTES = 64 * 1024


def _not_all_zero(value: str) -> str:
    if not value.strip("0"):
        raise ValueError("an id is not all zero")
    return value


def _storable(value: str) -> str:
    return clean(value, len(value))


def _hex(length: int) -> object:
    return StringConstraints(to_lower=True, pattern=rf"^[0-9a-fA-F]{{{length}}}$")


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_storable)]


class GivenScore(BaseModel):
    """The body of the request. The same id again replaces the score; without one every request is a new score."""

    model_config = ConfigDict(extra="forbid", strict=True)

    trace_id: Annotated[str, _hex(32), AfterValidator(_not_all_zero)]
    span_id: Annotated[str, _hex(16), AfterValidator(_not_all_zero)] | None = None
    name: Name
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    label: Name | None = None
    comment: Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_storable)] | None = None
    id: Name | None = None

    @model_validator(mode="after")
    def says_something(self) -> GivenScore:
        if self.value is None and self.label is None:
            raise ValueError("a score needs a value or a label")
        return self

    def row(self, project_id: str) -> ScoreRow:
        return ScoreRow(
            project_id=project_id,
            trace_id=self.trace_id,
            score_id=self.id or uuid.uuid4().hex,
            span_id=self.span_id or "",
            name=self.name,
            value=self.value,
            label=self.label,
            comment=self.comment or None,
            source="api",
            time_ns=time.time_ns(),
        )


class ScoreReceiver:
    """Takes scores. The answer is sent after COMMIT: 201 for a new score, 200 for one that replaces another."""

    def __init__(self, settings: Settings, writer: SpanWriter, measures: Measures) -> None:
        self._settings = settings
        self._writer = writer
        self._measures = measures

    async def score(self, request: Request) -> Response:
        return self._measures.answered("scores", await self._answer(request))

    async def _answer(self, request: Request) -> Response:
        try:
            row = await self._read(request)
            future = self._writer.submit(Batch(scores=[row]))
            result: WriteResult = await committed(future, self._settings.commit_deadline_s)
            if result.rejected:
                raise BadQuery(result.rejected[0])
        except MsgtraceError as error:
            failure = error_answer(error)
            if isinstance(error, LateBody):
                failure.headers["Connection"] = "close"  # or it could go on dripping for ever
            return failure
        except ClientDisconnect:
            return error_answer(BadQuery("the client went away"))
        stored = {"id": row.score_id, "trace_id": row.trace_id, "span_id": row.span_id or None, "name": row.name}
        return json_answer(stored, 200 if result.replaced else 201)

    async def _read(self, request: Request) -> ScoreRow:
        project_id = authorize(request.headers, self._settings)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":  # what a foreign web page can't send unasked
            raise UnsupportedMediaType("send the score as application/json")
        encoding = request.headers.get("content-encoding", "")
        body = await in_time(read_body(request.stream(), encoding, limit=MAX_BODY_BYTES, take=lambda _count: None))
        try:
            return GivenScore.model_validate_json(body).row(project_id)
        except ValidationError as error:
            raise BadQuery(_reasons(error)) from error


def _reasons(error: ValidationError) -> str:
    """What is wrong, field by field, without the values."""
    found = ((".".join(map(str, e["loc"])), e["msg"].removeprefix("Value error, ")) for e in error.errors())
    return "; ".join(f"{field}: {message}" if field else message for field, message in found)
