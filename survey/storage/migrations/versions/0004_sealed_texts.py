"""Texts of a mentorship are sealed with its key"""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Table, the column that tells its rows apart, the columns to seal, and a query for the mentorship
# of each row.
_OF_ROUND = "SELECT t.{key}, r.mentorship_id FROM {table} t JOIN rounds r ON r.id = t.round_id"
_SEALED: Sequence[tuple[str, str, tuple[str, ...], str]] = (
    (
        "goals",
        "id",
        ("statement", "success_measures", "baseline", "target"),
        "SELECT id, mentorship_id FROM goals",
    ),
    ("rounds", "id", ("purpose",), "SELECT id, mentorship_id FROM rounds"),
    ("comments", "key", ("text",), _OF_ROUND.format(key="key", table="comments")),
    (
        "released_aggregates",
        "round_id",
        ("document",),
        _OF_ROUND.format(key="round_id", table="released_aggregates"),
    ),
    (
        "comment_redactions",
        "id",
        ("words",),
        _OF_ROUND.format(key="id", table="comment_redactions"),
    ),
)


def upgrade() -> None:

    for table, key, names, mentorships in _SEALED:
        for name in names:
            op.add_column(table, sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=True))
        _seal_rows(table, key, names, mentorships)
        for name in names:
            # Not in a batch: that would copy the table, and lose that it is clustered on its key.
            op.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {name}"))
    # PostgreSQL leaves what was in a dropped column in the file until the table is rewritten.
    context.config.attributes.setdefault("rewrite", []).extend(table for table, *_ in _SEALED)


def downgrade() -> None:

    raise NotImplementedError("sealed texts are not opened again: restore a backup instead")


def _seal_rows(table: str, key: str, names: Sequence[str], mentorships: str) -> None:
    connection = op.get_bind()
    kind = sa.LargeBinary() if key == "key" else sa.Uuid()
    rows = sa.table(
        table,
        sa.column(key, kind),
        *(sa.column(name, sa.Text()) for name in names),
        *(sa.column(f"{name}_sealed", sa.LargeBinary()) for name in names),
    )
    owners = connection.execute(
        sa.text(mentorships).columns(sa.column(key, kind), sa.column("mentorship_id", sa.Uuid()))
    ).all()
    if not owners:
        return
    keys = context.config.attributes["keys"]
    if keys is None:
        raise ValueError("texts can be sealed only with the keys of their mentorships")
    text_keys = {owner: keys.key_for_writing(owner) for _, owner in owners}
    for row_id, owner in owners:
        found = connection.execute(
            sa.select(*(rows.c[name] for name in names)).where(rows.c[key] == row_id)
        ).one()
        connection.execute(
            sa.update(rows)
            .where(rows.c[key] == row_id)
            .values(
                {
                    f"{name}_sealed": text_keys[owner].seal(
                        value, f"{table}.{name}_sealed/{_place(row_id)}"
                    )
                    for name, value in zip(names, found, strict=True)
                }
            )
        )


def _place(row_id: bytes | uuid.UUID) -> str:
    return row_id.hex() if isinstance(row_id, bytes) else str(row_id)
