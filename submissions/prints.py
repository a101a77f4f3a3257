"""An exam's template made ready for laying scans onto it, kept so that every chunk need not."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gradebook.files import read
from gradebook.models import Template, TemplatePage
from submissions.code_places import Stamp
from submissions.imaging import grey
from submissions.models import PrintRun
from submissions.template_print import DPI, WIDEST_INCHES, TemplatePrint

# Part of the name: a print prepared by other rules is another file.
VERSION = 3


def print_of(template: Template) -> TemplatePrint:
    """Return the print of an exam's template; prepared once, then read, then remembered.

    With it go the places where codes may stand that this site printed on copies of it.
    """
    print_ = _print(template.pk, template.sha256)
    stamps = _stamps(template.exam_id)
    return replace(print_, stamps=stamps) if stamps else print_


def _stamps(exam: int) -> tuple[tuple[Stamp, ...], ...]:
    runs = PrintRun.objects.filter(exam=exam).exclude(file="").values_list("places", flat=True)
    by_page: list[list[Stamp]] = []
    for places in runs:
        for index, place in enumerate(places):
            x, y, width, height = place["rect"]
            stamp = Stamp((x, y, width, height), place["turned"])
            if index == len(by_page):
                by_page.append([])
            if stamp not in by_page[index]:
                by_page[index].append(stamp)
    return tuple(tuple(stamps) for stamps in by_page)


def _width(page: TemplatePage) -> int:
    """Return how wide a page is at 100 dots an inch, as `chunks.width_of` does of a scan's."""
    return min(max(1, round(page.width / 72 * DPI)), WIDEST_INCHES * DPI)


@lru_cache(maxsize=2)
def _print(pk: int, sha256: str) -> TemplatePrint:
    name = f"template-prints/{sha256[:2]}/{sha256}-{VERSION}.npz"
    if default_storage.exists(name):
        return TemplatePrint.unpack(read(name))
    pages = Template.objects.get(pk=pk).pages.order_by("number")
    prepared = TemplatePrint.prepare(
        [grey(read(str(page.image.name)), _width(page)) for page in pages]
    )
    saved = default_storage.save(name, ContentFile(prepared.pack()))
    if saved != name:
        # Another worker was as fast; its bytes serve as well.
        default_storage.delete(saved)
    return prepared
