"""What the docs promise of the proxy that ships with it."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

SAID = (settings.BASE_DIR / "docker/nginx.conf").read_text()


@pytest.mark.parametrize("what", ["client_header_timeout", "client_body_timeout"])
def test_the_proxy_gives_up_on_who_stalls(what):
    seconds = re.findall(rf"^\s*{what} (\d+)s;", SAID, re.MULTILINE)

    assert len(seconds) == 1
    assert int(seconds[0]) <= 60


def test_the_proxy_takes_a_request_in_whole_before_it_passes_it_on():
    assert re.findall(r"proxy_request_buffering (\w+);", SAID) == ["on"]
