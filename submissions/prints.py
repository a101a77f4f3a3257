"""An exam's template made ready for laying scans onto it, kept so that every chunk need not."""

from __future__ import annotations

from functools import lru_cache

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gradebook.files import read
from gradebook.models import Template
from submissions.imaging import grey
from submissions.template_print import DPI, TemplatePrint

# Part of the name: a print prepared by other rules is another file.
VERSION = 3


def print_of(template: Template) -> TemplatePrint:
    """Return the print of an exam's template; prepared once, then read, then remembered."""
    return _print(template.pk, template.sha256)


@lru_cache(maxsize=2)
def _print(pk: int, sha256: str) -> TemplatePrint:
    name = f"template-prints/{sha256[:2]}/{sha256}-{VERSION}.npz"
    if default_storage.exists(name):
        return TemplatePrint.unpack(read(name))
    pages = Template.objects.get(pk=pk).pages.order_by("number")
    prepared = TemplatePrint.prepare(
        [grey(read(str(page.image.name)), round(page.width / 72 * DPI)) for page in pages]
    )
    saved = default_storage.save(name, ContentFile(prepared.pack()))
    if saved != name:
        # Another worker was as fast; its bytes serve as well.
        default_storage.delete(saved)
    return prepared
