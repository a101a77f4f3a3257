"""The blank exam: a PDF taken in as the template that regions are drawn on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from gradebook.files import Kept, keep, keep_file
from gradebook.models import Exam, Template, TemplatePage, User
from submissions.blank_exam import Drawn, draw
from submissions.models import Page
from submissions.sources import BadUpload


def take_template(exam: Exam, file: File[bytes], name: str, by: User | None) -> Template:
    """Take a blank PDF in as the exam's template, or in place of the one it has.

    Raises BadUpload, in words for a person, for what is no usable PDF and for another number of
    pages while regions or scans lie on the old ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.pdf"
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        drawn = draw(path, name)
        with path.open("rb") as copy:
            kept = keep_file("templates", copy, ".pdf")
    pictures = [keep("template-pages", page.image, ".jpg") for page in drawn]
    return _put(exam, kept, drawn, pictures, by)


def _put(
    exam: Exam, kept: Kept, drawn: list[Drawn], pictures: list[Kept], by: User | None
) -> Template:
    with transaction.atomic():
        Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)
        _fits(exam, len(drawn))
        template, _created = Template.objects.update_or_create(
            exam=exam,
            defaults={
                "file": kept.name,
                "sha256": kept.sha256,
                "page_count": len(drawn),
                "uploaded_at": timezone.now(),
                "uploaded_by": by,
            },
        )
        template.pages.all().delete()
        TemplatePage.objects.bulk_create(
            TemplatePage(
                template=template,
                number=number,
                width=page.width,
                height=page.height,
                image=picture.name,
                sha256=picture.sha256,
            )
            for number, (page, picture) in enumerate(zip(drawn, pictures, strict=True), 1)
        )
        return template


def _fits(exam: Exam, pages: int) -> None:
    """Refuse another number of pages where something lies on the old ones."""
    old = Template.objects.filter(exam=exam).first()
    if old is not None and old.page_count == pages:
        return
    if old is not None and Page.objects.filter(upload__exam=exam).exists():
        raise BadUpload(
            f"The template has {old.page_count} pages and this PDF has {pages}. Scans lie on the"
            " old pages already, so another template must have as many."
        )
    last = exam.regions.aggregate(last=Max("page"))["last"] or 0
    if last > pages:
        raise BadUpload(
            f"There are regions on page {last}, and this PDF has {_count(pages)}. Take them away"
            " first, or upload one with as many pages."
        )


def _count(pages: int) -> str:
    return "1 page" if pages == 1 else f"{pages} pages"
