"""The tables of the identity database. ``migrations/`` creates them; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

HEAD = "0011"
"""The newest revision in ``migrations/versions``: a database at it is opened without importing Alembic."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime kept as milliseconds since 1970, because SQLite would lose its zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MILLISECOND


class Scopes(TypeDecorator[frozenset[str]]):
    """A set of scopes kept as sorted words."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        return None if value is None else frozenset(value.split())


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

projects = Table(
    "projects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    # Ids are what the store knows a project by: one that was deleted must not come back as another's.
    sqlite_autoincrement=True,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", Scopes, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Column("expires_at", Instant),
    # The id of the key that succeeds this one. Not a foreign key, which SQLite cannot add to a table that is there.
    Column("rotated_to", Integer),
    Index("ix_api_keys_project_id", "project_id", "id"),
    sqlite_autoincrement=True,
)

login_tokens = Table(
    "login_tokens",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("scopes", Scopes, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    # None: signed in with the one-time link or an account. Otherwise the session ends when the key is revoked.
    Column("key_id", ForeignKey("api_keys.id")),
    Column("scopes", Scopes, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # Whose session it is; what it may do is what the account may do in the project now. Not a foreign key: see above.
    Column("account_id", Integer),
    Index("ix_web_sessions_account_id", "account_id"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    # None: signs in with OpenID Connect only.
    Column("password_hash", Text),
    # Who the account is at a provider of OpenID Connect.
    Column("issuer", Text),
    Column("subject", Text),
    Column("created_at", Instant, nullable=False),
    Column("last_signed_in_at", Instant),
    UniqueConstraint("issuer", "subject"),
    sqlite_autoincrement=True,
)

memberships = Table(
    "memberships",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_memberships_account_id", "account_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(10), nullable=False),
    # None: for whoever has the link.
    Column("email", String(254)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_invitations_project_id", "project_id", "id"),
    sqlite_autoincrement=True,
)

audit_events = Table(
    "audit_events",
    metadata,
    # Triggers refuse every change of a row and every removal.
    Column("id", Integer, primary_key=True),
    # None: of no project, or of none that is known.
    Column("project_id", ForeignKey("projects.id")),
    Column("at", Instant, nullable=False),
    Column("actor", String(10), nullable=False),
    Column("actor_id", Integer),
    Column("actor_name", String(300), nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", Text, nullable=False),
    Index("ix_audit_events_project_id", "project_id", "id"),
    sqlite_autoincrement=True,
)

prices = Table(
    "prices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("model", String(200), nullable=False),
    Column("provider", String(200), nullable=False),
    # Dollars per million tokens as decimal text, since no database type is exact in both kinds of database.
    Column("input", String(20), nullable=False),
    Column("output", String(20), nullable=False),
    Column("cached_read", String(20)),
    Column("cache_write", String(20)),
    Column("reasoning", String(20)),
    Column("valid_from", Instant),
    Column("valid_to", Instant),
    Column("created_at", Instant, nullable=False),
    Index("ix_prices_project_id", "project_id", "id"),
    # An id that was removed never comes back: number and largest id together tell one state of the table from every other.
    sqlite_autoincrement=True,
)

repricings = Table(
    "repricings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("from_time", Instant),
    Column("to_time", Instant),
    Column("state", String(10), nullable=False),
    Column("looked_at", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_repricings_project_id", "project_id", "id"),
    sqlite_autoincrement=True,
)

goals = Table(
    "goals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    # JSON: what a condition may be grows, and nothing here asks what is in it.
    Column("when_json", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

project_settings = Table(
    "project_settings",
    metadata,
    # No row: all as it is unless set.
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("idle_minutes", Integer, nullable=False),
    Column("retention_days", Integer),
    Column("auto_sessions", Boolean, nullable=False),
    # The idle time by which all automatic sessions of the past are known to stand, 0 where there are none.
    Column("auto_applied_minutes", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

masking_rules = Table(
    "masking_rules",
    metadata,
    # No row: nothing is masked.
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("rules", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("page", String(20), nullable=False),
    Column("filter", Text, nullable=False),
    Column("q", Text, nullable=False),
    Column("sort", String(50), nullable=False),
    Column("sort_order", String(4), nullable=False),
    Column("columns", Text, nullable=False),  # a JSON list of names
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("when_json", Text, nullable=False),
    Column("filters_json", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("webhook_url", Text),
    # The one secret that is kept as it is: what is sent is signed with it.
    Column("webhook_secret", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

alert_events = Table(
    "alert_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    # Outlives the rule.
    Column("rule_id", Integer, nullable=False),
    Column("rule_name", String(200), nullable=False),
    # Empty for what a rule found in many sessions together.
    Column("session_id", Text, nullable=False),
    Column("metric", String(40), nullable=False),
    Column("value", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("cleared_at", Instant),
    Column("acknowledged_at", Instant),
    Column("delivery_state", String(10), nullable=False),
    Index("ix_alert_events_project_id", "project_id", "id"),
    Index("ix_alert_events_session_id", "project_id", "session_id"),
    # A rule that holds of a session has fired once, whoever finds it again.
    Index(
        "uq_alert_events_open",
        "rule_id",
        "session_id",
        unique=True,
        sqlite_where=text("cleared_at IS NULL"),
        postgresql_where=text("cleared_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", ForeignKey("alert_events.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Index("ix_alert_deliveries_due_at", "due_at"),
    sqlite_autoincrement=True,
)

shares = Table(
    "shares",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("session_id", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    # Who made it, by the name of then.
    Column("created_by", String(300), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_opened_at", Instant),
    Index("ix_shares_project_id", "project_id", "session_id"),
    sqlite_autoincrement=True,
)
