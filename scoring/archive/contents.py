"""What an archive holds: every model of the exam's, in an order, and how its rows are found.

A model that is missing here and in LEFT_OUT fails a test, so nothing is forgotten by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field, ForeignKey, Model, QuerySet

from gradebook import models as gradebook
from gradebook.models import Exam, User
from jobs.models import Job
from rubrics import models as rubrics
from scoring import models as scoring
from scoring.archive.shapes import ENTRY, REPAIR, ByNumber, Each, Shape
from submissions import models as submissions


@dataclass(frozen=True, slots=True)
class Kind:
    """One model. `exam` is the look-up from its rows to the exam they belong to."""

    model: type[Model]
    exam: str
    left_empty: tuple[str, ...] = ()  # fields that are drawn or counted anew where it is loaded
    only: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, Shape] = field(default_factory=dict)  # row numbers inside JSON fields

    @property
    def name(self) -> str:
        """Its file in the archive: "submissions.answer"."""
        return str(self.model._meta.label_lower)

    @property
    def fields(self) -> list[Field[Any, Any]]:
        """Its columns, but for the number and what is left empty."""
        skipped = (*self.left_empty, "id")
        return [one for one in self.model._meta.concrete_fields if one.name not in skipped]

    @property
    def sets(self) -> list[Any]:
        """Its many-to-many fields."""
        return list(self.model._meta.many_to_many)

    def rows(self, exam: Exam) -> QuerySet[Model]:
        """The exam's rows, oldest first."""
        rows = self.model._base_manager.filter(**{self.exam: exam.pk}, **self.only)
        return rows.order_by("pk")


KINDS = (
    Kind(gradebook.Course, "exams"),
    Kind(gradebook.Section, "course__exams"),
    Kind(gradebook.Membership, "course__exams"),
    Kind(gradebook.Exam, "pk", left_empty=("going_since",)),
    Kind(gradebook.Template, "exam"),
    Kind(gradebook.TemplatePage, "template__exam"),
    Kind(gradebook.Question, "exam"),
    Kind(gradebook.Region, "exam"),
    Kind(gradebook.Option, "question__exam"),
    Kind(submissions.Submission, "exam"),
    Kind(submissions.Answer, "submission__exam"),
    Kind(submissions.Upload, "exam"),
    Kind(submissions.PrintRun, "exam"),
    Kind(submissions.PrintedPaper, "run__exam"),
    Kind(submissions.Page, "upload__exam"),
    Kind(submissions.Crop, "page__upload__exam"),
    Kind(
        submissions.Choice,
        "page__upload__exam",
        ids={"marked": [gradebook.Option], "ink": ByNumber(gradebook.Option)},
    ),
    Kind(submissions.NameCheck, "page__upload__exam"),
    Kind(submissions.Match, "exam"),
    Kind(submissions.Denial, "submission__exam"),
    Kind(
        submissions.Reading,
        "submission__exam",
        ids={"candidates": [{"membership": gradebook.Membership}]},
    ),
    Kind(submissions.Repair, "exam", ids={"before": REPAIR, "after": REPAIR}),
    Kind(submissions.LookAgain, "answer__submission__exam"),
    Kind(submissions.Acceptance, "submission__exam"),
    Kind(submissions.Rescan, "upload__exam"),
    Kind(submissions.Photograph, "page__upload__exam"),
    Kind(rubrics.Group, "question__exam"),
    Kind(rubrics.Item, "question__exam"),
    Kind(rubrics.Batch, "question__exam"),
    Kind(rubrics.Assignment, "question__exam"),
    Kind(rubrics.Mark, "answer__submission__exam"),
    Kind(rubrics.Grading, "answer__submission__exam"),
    Kind(rubrics.Adjustment, "answer__submission__exam"),
    Kind(rubrics.Comment, "answer__submission__exam"),
    Kind(rubrics.Note, "answer__submission__exam"),
    Kind(rubrics.Flag, "answer__submission__exam"),
    Kind(rubrics.Annotation, "answer__submission__exam"),
    Kind(rubrics.SecondLook, "answer__submission__exam"),
    Kind(rubrics.SecondGrade, "look__answer__submission__exam"),
    Kind(rubrics.Settlement, "grade__look__answer__submission__exam"),
    Kind(rubrics.Entry, "exam", ids={"before": ENTRY, "after": ENTRY}),
    Kind(scoring.Solution, "exam"),
    Kind(scoring.SolutionsShown, "exam"),
    Kind(scoring.Release, "exam", ids={"parts": Each(gradebook.Question)}),
    Kind(
        scoring.Copy,
        "submission__exam",
        left_empty=("file", "drawn_at"),
        only={"release__isnull": False},
    ),
    Kind(scoring.Viewing, "copy__submission__exam"),
    Kind(scoring.RegradeWindow, "exam"),
    Kind(scoring.RegradeTerms, "question__exam"),
    Kind(scoring.Regrade, "submission__exam"),
    Kind(scoring.RegradeReply, "regrade__submission__exam"),
)

# Numbers that are no foreign keys, since what they name may be gone.
LOOSE: Mapping[tuple[type[Model], str], type[Model]] = {
    (rubrics.Entry, "answer_id"): submissions.Answer,
    (rubrics.Entry, "question_id"): gradebook.Question,
    (rubrics.Entry, "item_id"): rubrics.Item,
}

LEFT_OUT: Mapping[type[Model], str] = {
    User: "people travel as the e-mail address that names them, without passwords",
    Job: "work under way is of the machine it runs on",
    submissions.TemplateUpload: "a blank exam on its way is not the exam's yet",
    submissions.Delivery: "a file on its way",
    submissions.Part: "a file on its way",
    rubrics.Claim: "ends by itself within minutes",
    rubrics.Key: "a grader's own, not the exam's",
    scoring.Archiving: "that a copy was taken is of no use in the copy",
    scoring.Deletion: "what is gone is not in it",
    scoring.Letter: "a letter goes out once, from where it was written",
}


def target(kind: Kind, one: Field[Any, Any]) -> type[Model] | None:
    """Return the model whose number a column holds, None if it holds no number."""
    if isinstance(one, ForeignKey):
        model: type[Model] = one.related_model
        return model
    return LOOSE.get((kind.model, one.name))
