"""An instructor sees what a student would see, by the code the student's page is made by."""

from __future__ import annotations

import re

from django.urls import reverse

from scoring.models import Copy, Viewing
from scoring.release import release
from submissions.models import Match


def of(paper):
    return reverse("preview_paper", args=[paper.pk])


def inside(page):
    """What stands in the desk, without where pictures lie and when it was released."""
    desk = re.search(r"<copy-desk.*</copy-desk>", page, re.DOTALL).group()
    return re.sub(r'src="[^"]*"|<p class="quiet small">Released [^<]*</p>', "", desk).split()


def test_the_preview_is_what_the_student_sees_once_it_is_released(as_, graded):
    graded.exam.distribution_shown = "histogram"
    graded.exam.save()
    previews = {
        name: as_("ines").get(of(paper)).text
        for name, paper in zip(("sam", "nia"), graded.papers, strict=False)
    }
    release(graded.exam, by=graded.ines)

    for name, paper in zip(("sam", "nia"), graded.papers, strict=False):
        copy = Copy.objects.get(submission=paper)
        seen = as_(name).get(reverse("copy", args=[copy.pk])).text
        assert inside(previews[name]) == inside(seen)
        assert "Preview, not released." in previews[name]
        assert "Preview" not in seen


def test_a_preview_is_no_look_of_the_student(as_, graded):
    as_("ines").get(of(graded.papers[0]))

    assert not Viewing.objects.exists()
    assert not Copy.objects.exists()


def test_a_preview_after_a_release_says_that_the_student_sees_another(as_, graded):
    release(graded.exam, by=graded.ines)

    assert "They see the release of" in as_("ines").get(of(graded.papers[0])).text


def test_previews_lead_from_student_to_student_by_name(as_, graded):
    sams, nias, nobodys = graded.papers  # Neighbour comes before Student

    page = as_("ines").get(of(nias)).text
    assert "1 of 2" in page
    assert f'rel="next" href="{of(sams)}"' in page
    assert 'rel="prev"' not in page
    assert f'rel="prev" href="{of(nias)}"' in as_("ines").get(of(sams)).text
    assert "this paper has no student" in as_("ines").get(of(nobodys)).text


def test_a_student_is_found_by_name_or_id(as_, graded):
    url = reverse("preview", args=[graded.exam.pk])
    client = as_("ines")

    assert of(graded.papers[0]) in client.get(url).text
    found = client.get(url, {"words": "neigh"}).text
    assert of(graded.papers[1]) in found
    assert of(graded.papers[0]) not in found
    assert "No student with a paper has" in client.get(url, {"words": "zzz"}).text


def test_without_students_there_is_nobody_to_preview(as_, graded):
    Match.objects.all().delete()

    page = as_("ines").get(reverse("preview", args=[graded.exam.pk])).text

    assert "No paper has a student yet" in page
