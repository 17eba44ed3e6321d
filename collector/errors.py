"""What can go wrong, as two kinds: permanent (sending it again can't help) and retryable (it can).

MsgtraceError
├── Permanent
│   ├── DecodeError          the body is not what its headers say
│   ├── TooLarge             a limit was passed
│   ├── UnsupportedMediaType the body is of another kind than the path takes
│   ├── Unauthorized         no key, or a wrong one
│   ├── NotFound             nothing with that id in the caller's projects
│   ├── BadQuery             a parameter of the read API is off
│   ├── OnlyReads            a change was asked for, and the database may only be read
│   └── ConfigurationError   the process was started with settings that can't work
└── Retryable
    ├── StoreUnavailable     the database is locked, full, read-only or away
    ├── LateBody             a body did not arrive in time
    ├── Overloaded           more is in flight than this process may hold
    └── QueryTimeout         a read ran into its deadline
        └── SearchUnfinished it looks for words one run after the other, and goes on there when asked again
"""

from __future__ import annotations


class MsgtraceError(Exception):
    """Every fault that msgtrace raises on purpose. `code` is its short, stable name in answers."""

    code = "error"


class Permanent(MsgtraceError):
    """Sending the same thing again can't succeed."""

    code = "permanent"


class Retryable(MsgtraceError):
    """The same thing may succeed a moment later."""

    code = "retryable"


class DecodeError(Permanent):
    code = "undecodable"


class TooLarge(Permanent):
    code = "too_large"


class UnsupportedMediaType(Permanent):
    code = "unsupported_media_type"


class Unauthorized(Permanent):
    code = "unauthorized"


class NotFound(Permanent):
    code = "not_found"


class BadQuery(Permanent):
    code = "bad_query"


class OnlyReads(Permanent):
    code = "only_reads"


class ConfigurationError(Permanent):
    code = "configuration"


class StoreUnavailable(Retryable):
    code = "store_unavailable"


class LateBody(Retryable):
    code = "late_body"


class Overloaded(Retryable):
    code = "overloaded"


class QueryTimeout(Retryable):
    code = "query_timeout"


class SearchUnfinished(QueryTimeout):
    code = "search_unfinished"
