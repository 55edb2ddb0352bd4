"""
What can go wrong with the archive itself.

A job sees two families: the ServiceErrors of the collections, which are AWS's answers, and `StoreError`, which says that
the database did not do its work.  No error of a driver leaves the store untranslated, and none carries a bound value.
"""

import apsw

from iamd.errors import ConcurrentModification, ServiceError


class StoreError(Exception):
    """
    The database did not do its work, and nothing of the job was kept.

    Attributes:
        transient: The same job may succeed in a while (a lost connection, a lock held too long), so that the answer is
            ServiceUnavailable; otherwise it is ServiceFailure.
        silent: The database was waited for in vain; to try again at once is to wait for as long again.
    """

    def __init__(self, message: str, *, transient: bool = False, silent: bool = False) -> None:
        super().__init__(message)
        self.transient = transient
        self.silent = silent


class WrongMasterKeyError(StoreError):
    """The master key is not the one that the database was made with, or is no key at all."""


class DamagedRecordError(StoreError):
    """An encrypted value is not what was stored in this place: damaged, moved or forged."""


class UnknownSchemaError(StoreError):
    """The database is not ours, or was written by a version of iamd that this one does not know."""


class StoreClosedError(StoreError):
    """The store was closed before the job could run."""


# What spoils only the statement: the job fails, the others of its batch stand.  All else loses the transaction.
_OF_THE_STATEMENT = frozenset({"IntegrityError", "DataError", "ProgrammingError", "NotSupportedError"}) | {
    "ConstraintError",
    "MismatchError",
    "TooBigError",
    "BindingsError",
}
_OF_INTEGRITY = frozenset({"IntegrityError", "ConstraintError"})

# PostgreSQL: serialization failure, deadlock, lock timeout, canceled statement, too many connections, and the shutdown,
# crash and start of the server.  Class 08 is everything about connections, 57P about operators.
_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57014", "53300", "25006"})
_TRANSIENT_CLASSES = ("08", "57P")
_WRONG_CHECKSUM = "SQLITE_IOERR_DATA"
_TRANSIENT_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")

# psycopg's for a connection that nobody accepts or answers, and ours for a statement.
_SILENCES = frozenset({"ConnectionTimeout", "SilentServerError"})


def is_foreign_key_violation(error: BaseException) -> bool:
    """Tell whether a row is missing that another one names."""
    original = _original(error)
    state = getattr(original, "sqlstate", None)
    return state in {"23503", "23001"} or _sqlite_name(original) == "SQLITE_CONSTRAINT_FOREIGNKEY"


def spoils_statement_only(error: BaseException) -> bool:
    """Tell whether a savepoint is enough to undo what *error*, a driver's, has spoiled."""
    return bool(_OF_THE_STATEMENT & {base.__name__ for base in type(_original(error)).__mro__})


def translate(error: Exception) -> StoreError | ServiceError:
    """
    Turn an error of a driver, or of SQLAlchemy around it, into ours.

    The text is the driver's own; statements and bound values are not in it.
    """
    original = _original(error)
    if any(base.__name__ in _OF_INTEGRITY for base in type(original).__mro__):
        # Writers run one after the other, so that the collections have looked before: what is left is a job that
        # worked on a value which is gone, or a clash of ids.
        return ConcurrentModification(
            "The request was rejected because multiple requests to change this object were submitted simultaneously.",
            detail=_text(original),
        )
    silent = type(original).__name__ in _SILENCES
    return StoreError(
        f"the database failed: {_text(original)}", transient=silent or _is_transient(error), silent=silent
    )


def _is_transient(error: Exception) -> bool:
    original = _original(error)
    if getattr(error, "connection_invalidated", False):
        return True
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        return state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CLASSES)
    name = _sqlite_name(original)
    if name:
        return name.startswith(_TRANSIENT_SQLITE)
    # psycopg gives no SQLSTATE to what happened on this side of the wire: refused, timed out, cut off.
    return type(original).__module__.startswith("psycopg") and not spoils_statement_only(original)


def _original(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error


def _sqlite_name(error: BaseException) -> str:
    code = getattr(error, "extendedresult", -1)
    return str(apsw.mapping_extended_result_codes.get(code) or apsw.mapping_result_codes.get(code, ""))


def _text(error: BaseException) -> str:
    if _sqlite_name(error) == _WRONG_CHECKSUM:
        return "a page of its file is damaged, or another program wrote it: its checksum is wrong"
    diagnosis = getattr(error, "diag", None)
    # The detail of PostgreSQL quotes rows; its primary message names only tables and constraints.
    primary = getattr(diagnosis, "message_primary", None)
    return str(primary or error).strip() or type(error).__name__
