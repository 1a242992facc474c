"""The released cells of a report as one Parquet file: the rows of the CSV file with typed columns.

Written with arro3, which is small and needs neither NumPy nor pandas; PyArrow is ten times as
large. It is loaded with the first such file.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

from arro3.core import Array, DataType, Field, Schema, Table
from arro3.io import write_parquet

from survey.report.cells import ReportCell, report_cells
from survey.report.csv_file import COLUMNS, sendable
from survey.report.feedback_report import FeedbackReport

_TYPES = {
    "closed on": DataType.date32(),
    "looking back": DataType.bool(),
    "anonymous": DataType.bool(),
    "n": DataType.int32(),
    "mean": DataType.float64(),
    "sd": DataType.float64(),
}
_DAY_ZERO = dt.date(1970, 1, 1)
_MAY_BE_EMPTY = {"n", "mean", "sd"}
# Else the file would name the version of the library that wrote it.
_CREATED_BY = "mentoring feedback"


def report_as_parquet(report: FeedbackReport) -> bytes:
    """One row per released cell, with the columns of the CSV file and unrounded figures.

    Texts stand as they were written: no program takes a text of a Parquet file for a formula.
    """
    points = [value for value, _ in report.scale]
    rated = [f"rated {point}" for point in points]
    fields = [
        Field(name, _TYPES.get(name, DataType.utf8()), nullable=name in _MAY_BE_EMPTY)
        for name in COLUMNS
    ]
    fields += [Field(name, DataType.int32(), nullable=True) for name in rated]
    rows = [_row(cell, len(points)) for cell in report_cells(report)]
    columns = [_column([row[place] for row in rows], field) for place, field in enumerate(fields)]
    file = io.BytesIO()
    write_parquet(
        Table.from_arrays(columns, schema=Schema(fields)),
        file,
        compression="zstd(3)",
        created_by=_CREATED_BY,
    )
    return file.getvalue()


def _column(values: list[object], field: Field) -> Array:
    if not DataType.is_date32(field.type):
        return Array(values, type=field)
    # arro3 makes days only out of their numbers.
    days = [(day - _DAY_ZERO).days for day in values if isinstance(day, dt.date)]
    return Array(days, type=DataType.int32()).cast(field)


def _row(cell: ReportCell, points: int) -> Sequence[object]:
    counts = cell.counts if cell.counts and len(cell.counts) == points else (None,) * points
    return (
        cell.round_kind,
        cell.round_closed_on,
        cell.looking_back,
        cell.level,
        sendable(cell.competency_id),
        sendable(cell.competency),
        sendable(cell.statement),
        sendable(cell.group),
        cell.anonymous,
        cell.n,
        cell.mean,
        cell.bound.replace("_", " "),
        cell.sd,
        *counts,
    )
