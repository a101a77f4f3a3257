from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import IntegrityError

from rubrics.models import Key
from rubrics.models.key import ACTS


def test_a_key_of_ones_own_follows_the_person_and_nobody_else(as_):
    gus = as_("gus")

    assert put(gus, "next", "n").json() == {"next": "n"}
    assert put(gus, "next", "").json() == {"next": ""}

    assert as_("gus").get("/api/v1/keys/").json() == {"next": ""}
    assert as_("ines").get("/api/v1/keys/").json() == {}


def test_a_key_does_one_thing_outside_and_one_inside_a_group(as_, world):
    gus = as_("gus")
    assert put(gus, "pen", "d").status_code == 200
    assert put(gus, "choice-1", "d").status_code == 200

    refused = put(gus, "box", "d")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("This key does something else already.")
    assert put(gus, "choice-2", "d").status_code == 409
    assert put(gus, "erase", "").status_code == put(gus, "box", "").status_code == 200
    with pytest.raises(IntegrityError):
        Key.objects.create(person=world.gus, act="text", key="d")


def test_one_key_or_all_go_back_to_their_defaults(as_):
    gus = as_("gus")
    for act, key in (("pen", "d"), ("box", "k"), ("text", "j")):
        put(gus, act, key)

    assert gus.delete("/api/v1/keys/box/").json() == {"pen": "d", "text": "j"}
    assert gus.delete("/api/v1/keys/").status_code == 204
    assert gus.get("/api/v1/keys/").json() == {}


def test_single_keys_are_switched_for_one_person_on_every_page(as_, world):
    assert as_("gus").delete("/api/v1/single-keys/").status_code == 204

    assert '<html lang="en" data-keys="off">' in as_("gus").get("/").content.decode()
    assert '<html lang="en">' in as_("ines").get("/").content.decode()
    assert as_("gus").put("/api/v1/single-keys/").status_code == 204
    assert '<html lang="en">' in as_("gus").get("/").content.decode()


@pytest.mark.parametrize("act", ["one-more", "a" * 300, "Pen", "item-11"])
def test_only_acts_there_are_have_keys(as_, act):
    assert put(as_("gus"), act, "u").status_code == 404
    assert not Key.objects.exists()


def test_the_acts_are_those_of_the_grading_page():
    written = (settings.BASE_DIR / "static/js/grading/acts.js").read_text()
    named = re.findall(r"\bact: [\"`]([a-z-]+)", written)
    counted = [name for name in named if name.endswith("-")]

    assert counted == ["item-", "choice-"]
    assert len(named) == len(set(named))
    assert ({*named} - {*counted}) | {
        f"{name}{n}" for name in counted for n in range(1, 11)
    } == ACTS


def put(client, act, key):
    return client.put(f"/api/v1/keys/{act}/", {"key": key}, content_type="application/json")
