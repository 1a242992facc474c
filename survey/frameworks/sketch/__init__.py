"""A framework in the making, part by part: read from YAML, changed by forms, written back.

A sketch holds what a framework holds, but any text may be missing and any rule may be broken:
what is wrong is found by the loader, on the YAML that is written from it.
"""

from survey.frameworks.sketch.faults import Fault, faults_of, part_of
from survey.frameworks.sketch.parts import (
    Sketch,
    SketchCompetency,
    SketchPoint,
    SketchQuestion,
    SketchStatement,
    Words,
    new_sketch,
)
from survey.frameworks.sketch.reading import comments_in, read_sketch, sketch_of
from survey.frameworks.sketch.writing import write_sketch

__all__ = [
    "Fault",
    "Sketch",
    "SketchCompetency",
    "SketchPoint",
    "SketchQuestion",
    "SketchStatement",
    "Words",
    "comments_in",
    "faults_of",
    "new_sketch",
    "part_of",
    "read_sketch",
    "sketch_of",
    "write_sketch",
]
