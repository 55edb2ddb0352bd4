"""The tables of delegation requests and of account properties; the rules of `iamd.store.schema` hold here, too."""

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint

from iamd.store.tables import KEY, NUMBER, table

# No foreign key on the owner's account: a request may be for one that is not there.
delegation_requests = table(
    "delegation_requests",
    Column("sequence", NUMBER, primary_key=True, autoincrement=True),
    Column("request_id", KEY, nullable=False, unique=True),
    Column("requestor_account_id", KEY, ForeignKey("accounts.account_id"), nullable=False),
    Column("requestor_name", Text, nullable=False),
    Column("workflow_id", KEY, nullable=False),
    Column("description", Text, nullable=False),
    Column("message", Text),
    Column("template_arn", KEY, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("session_duration", NUMBER, nullable=False),
    Column("redirect_url", Text),
    Column("notification_channel", KEY, nullable=False),
    Column("only_send_by_owner", NUMBER, nullable=False),
    Column("owner_account_id", KEY),
    Column("created_at", NUMBER, nullable=False),
    Column("updated_at", NUMBER, nullable=False),
    Column("expires_at", NUMBER, nullable=False),
    Column("state", KEY, nullable=False),
    Column("owner_arn", KEY),
    Column("owner_user_id", KEY),
    Column("approver_arn", KEY),
    Column("approver_session", Text),
    Column("notes", Text),
    Column("rejection_reason", Text),
    Column("finalized_at", NUMBER),
    UniqueConstraint("requestor_account_id", "workflow_id"),
    Index(None, "owner_account_id", "owner_arn"),
    Index(None, "state", "expires_at"),
)

delegation_notices = table(
    "delegation_notices",
    Column("sequence", NUMBER, primary_key=True, autoincrement=True),
    Column("notice_id", KEY, nullable=False, unique=True),
    Column("request_id", KEY, ForeignKey("delegation_requests.request_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", NUMBER, nullable=False),
    Column("due_at", NUMBER, nullable=False, index=True),
    Column("attempts", NUMBER, nullable=False),
)

account_properties = table(
    "account_properties",
    Column("account_id", KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("name", KEY, primary_key=True),
    Column("value", Text, nullable=False),
)
