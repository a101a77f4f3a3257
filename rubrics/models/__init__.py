"""What graders say: rubric items, marks, adjustments, comments, annotations, and the history."""

from __future__ import annotations

from rubrics.models.batch import Batch
from rubrics.models.history import Entry
from rubrics.models.mark import Adjustment, Annotation, Claim, Comment, Grading, Mark
from rubrics.models.rubric import Group, Item
from rubrics.models.second import SecondGrade, SecondLook, Settlement

__all__ = [
    "Adjustment",
    "Annotation",
    "Batch",
    "Claim",
    "Comment",
    "Entry",
    "Grading",
    "Group",
    "Item",
    "Mark",
    "SecondGrade",
    "SecondLook",
    "Settlement",
]
