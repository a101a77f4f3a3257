"""Courses, people, exams and the outline."""

from __future__ import annotations

from gradebook.models.course import Course, Membership, Role, Section
from gradebook.models.exam import (
    DistributionShown,
    Exam,
    RubricEditors,
    RubricShown,
    Scoring,
    Template,
    TemplatePage,
)
from gradebook.models.question import Option, Question, Region
from gradebook.models.user import User

__all__ = [
    "Course",
    "DistributionShown",
    "Exam",
    "Membership",
    "Option",
    "Question",
    "Region",
    "Role",
    "RubricEditors",
    "RubricShown",
    "Scoring",
    "Section",
    "Template",
    "TemplatePage",
    "User",
]
