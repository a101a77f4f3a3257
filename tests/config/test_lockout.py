"""Signing in rests after too many wrong passwords: for one person, from one address, a while."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import F
from django.test import RequestFactory

from config import lockout
from tests.conftest import PASSWORD

SAM, NIA = "sam@example.edu", "nia@example.edu"


@pytest.fixture(autouse=True)
def axes(settings):
    settings.AXES_ENABLED = True


@pytest.fixture
def sign_in(client, world):
    def post(name, password=PASSWORD, **headers):
        return client.post("/login/", {"username": name, "password": password}, **headers)

    return post


@pytest.fixture
def guess(sign_in):
    """Send wrong passwords, as many as are let through; return the last answer's status."""

    def try_out(name, times=settings.AXES_FAILURE_LIMIT, **headers):
        return [sign_in(name, f"guess {count}", **headers) for count in range(times)][
            -1
        ].status_code

    return try_out


def test_the_right_password_is_refused_after_too_many_wrong_ones(guess, sign_in):
    assert guess(SAM) == 429

    answer = sign_in(SAM)

    assert answer.status_code == 429
    assert "rests for a quarter of an hour" in answer.text
    assert "_auth_user_id" not in sign_in(SAM).client.session


def test_one_try_less_locks_nobody(client, guess, sign_in):
    assert guess(SAM, settings.AXES_FAILURE_LIMIT - 1) == 200

    assert sign_in(SAM).status_code == 302
    client.logout()
    # What was counted before is forgotten by signing in.
    assert guess(SAM, settings.AXES_FAILURE_LIMIT - 1) == 200


def test_another_person_at_the_same_address_signs_in(guess, sign_in):
    guess(SAM)

    assert sign_in(NIA).status_code == 302


def test_the_same_person_signs_in_from_another_address(guess, sign_in):
    guess(SAM)

    assert sign_in(SAM, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_no_other_spelling_or_browser_gives_new_tries(sign_in):
    names = [SAM, "SAM@example.edu", " Sam@Example.edu ", "ſam@example.edu", "ＳＡＭ@example.edu"]
    answers = [
        sign_in(names[count % len(names)], "guess", HTTP_USER_AGENT=f"browser {count}")
        for count in range(settings.AXES_FAILURE_LIMIT)
    ]

    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert [sign_in(name).status_code for name in names] == [429] * len(names)


def test_names_fold_as_databases_compare_them(rf: RequestFactory):
    request = rf.post("/login/")
    names = ["Mira@example.edu", "mıra@example.edu", " MIRA@EXAMPLE.EDU"]

    assert {lockout.person(request, {"username": name}) for name in names} == {"mira@example.edu"}
    assert len(lockout.person(request, {"username": "ΐ" * 254})) == lockout.LONGEST_NAME
    assert lockout.person(request, None) == ""


def test_the_lock_opens_by_itself_whoever_tries_on_meanwhile(guess, sign_in):
    guess(SAM)
    _let_pass(timedelta(minutes=14))
    assert sign_in(SAM).status_code == 429

    _let_pass(timedelta(minutes=2))

    assert sign_in(SAM).status_code == 302


def _let_pass(time: timedelta) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - time)


def test_a_locked_person_gets_no_token_and_passwords_open_no_api(client, guess, sign_in):
    guess(SAM)
    sign_in(SAM)
    basic = b64encode(f"{SAM}:{PASSWORD}".encode()).decode()

    assert client.post("/api/v1/token/").status_code in {401, 403}
    with_password = client.post("/api/v1/token/", HTTP_AUTHORIZATION=f"Basic {basic}")
    assert with_password.status_code in {401, 403}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "connected", "address"),
    [
        # Nobody in front is trusted, so the header is the sender's own word.
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9", "192.0.2.1", "203.0.113.9"),
        # What the sender wrote stands left of what the proxies added.
        (1, "198.51.100.1, 203.0.113.9", "192.0.2.1", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.2", "192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1", "203.0.113.9"),
        (1, "fe80::9%eth0", "192.0.2.1", "fe80::"),
        # A line has 2 ** 64 addresses of IPv6 to try from, and they count as one.
        (1, "2001:db8:1:2::9", "192.0.2.1", "2001:db8:1:2::"),
        (0, "", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
        (0, "", "2001:db8:1:3::9", "2001:db8:1:3::"),
        # A server that listens on IPv6 alone sees the others' addresses so.
        (0, "", "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "::ffff:cb00:7109", "192.0.2.1", "203.0.113.9"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "unknown", "192.0.2.1", "192.0.2.1"),
        # A server that listens on a socket file knows of no address.
        (1, "", "", None),
    ],
)
def test_the_address_is_the_one_the_trusted_proxies_saw(
    settings, rf: RequestFactory, proxies, forwarded, connected, address
):
    settings.PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    request = rf.post("/login/", REMOTE_ADDR=connected, **headers)

    assert lockout.client_address(request) == address


def test_a_forged_address_before_the_proxys_gives_no_new_tries(settings, sign_in):
    settings.PROXIES = 1
    forged = [f"198.51.100.{count}, 203.0.113.9" for count in range(settings.AXES_FAILURE_LIMIT)]
    for chain in forged:
        sign_in(SAM, "guess", HTTP_X_FORWARDED_FOR=chain)

    assert sign_in(SAM, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429
    assert sign_in(SAM, HTTP_X_FORWARDED_FOR="203.0.113.10").status_code == 302


def test_another_address_of_the_same_line_gives_no_new_tries(sign_in):
    for count in range(settings.AXES_FAILURE_LIMIT):
        sign_in(SAM, "guess", REMOTE_ADDR=f"2001:db8:1:2::{count:x}")

    assert sign_in(SAM, REMOTE_ADDR="2001:db8:1:2:aaaa:bbbb:cccc:dddd").status_code == 429
    assert sign_in(SAM, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302
