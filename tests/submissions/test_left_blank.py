from __future__ import annotations

from submissions import crops
from submissions.left_blank import left_blank, looks_blank
from submissions.models import Page
from submissions.prints import print_of
from tests.submissions.test_choices import papers, sheet, taken

__all__ = ["papers", "sheet", "taken"]


def blank(exam, title):
    answers = left_blank(exam.questions.get(title=title))
    return sorted(answers.values_list("submission__number", flat=True))


def test_answers_nobody_wrote_in_are_known(taken):
    assert blank(taken, "box") == [3]
    assert blank(taken, "column") == [1, 3]


def test_a_page_that_does_not_lie_well_is_never_said_to_be_blank(taken):
    page = Page.objects.get(upload__exam=taken, submission__number=3)
    page.error_px = 1.9
    page.save()
    page.crops.all().delete()
    crops.renew(page, crops.regions_by_page(taken), {}, print_of(taken.template))
    crops.sum_ink(taken)

    assert blank(taken, "box") == []
    assert blank(taken, "column") == [1]


def test_a_part_without_a_region_or_a_template_has_no_blanks(taken, world):
    question = taken.questions.get(title="box")
    question.regions.all().delete()

    assert blank(taken, "box") == []
    assert not looks_blank(question, 0.0)
    assert not left_blank(world.questions["1.1"]).exists()
