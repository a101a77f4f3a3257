"""Where an act leads back to: the page it was done on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from gradebook.sent import number
from submissions.models import Page
from submissions.repair_address import Asked, address, address_of_next


def back_to(request: HttpRequest, page: Page, *, done: bool) -> HttpResponse:
    """Lead back to the scans page, to a paper (`back`, its number) or to the repair desk."""
    exam, back = page.upload.exam, request.POST.get("back", "")
    if back == "repair":
        return redirect(_on_the_desk(request, page, done=done))
    if (paper := number(back)) is not None:
        return redirect("paper", exam.pk, paper)
    return redirect(reverse("scans", args=[exam.pk]) + "#look")


def _on_the_desk(request: HttpRequest, page: Page, *, done: bool) -> str:
    """The page where it lies now; the place it left; or the next doubt, if the form says so."""
    exam, asked = page.upload.exam, Asked.of(request.POST)
    if done and request.POST.get("then") == "next":
        return address_of_next(exam, asked, page=page.pk, paper=None)
    if done and page.state == Page.State.DISCARDED and page.submission and page.template_page:
        at = asked.at(paper=page.submission.number, place=page.template_page)
        return address(exam, at)
    return address(exam, asked.at(page=page.pk))
