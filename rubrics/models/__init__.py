"""What graders say: rubric items, marks, adjustments, comments, annotations, and the history."""

from __future__ import annotations

from rubrics.models.assignment import Assignment
from rubrics.models.batch import Batch
from rubrics.models.history import Entry
from rubrics.models.key import Key
from rubrics.models.mark import (
    Adjustment,
    Annotation,
    Claim,
    Comment,
    Flag,
    Grading,
    Mark,
    Note,
)
from rubrics.models.rubric import Group, Item
from rubrics.models.second import SecondGrade, SecondLook, Settlement

__all__ = [
    "Adjustment",
    "Annotation",
    "Assignment",
    "Batch",
    "Claim",
    "Comment",
    "Entry",
    "Flag",
    "Grading",
    "Group",
    "Item",
    "Key",
    "Mark",
    "Note",
    "SecondGrade",
    "SecondLook",
    "Settlement",
]
