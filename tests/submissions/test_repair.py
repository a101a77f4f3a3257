"""The repair desk, as a page: what it shows, what its forms do, and who may use it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from gradebook.models import Template
from rubrics import grading
from submissions import corrections, repair_rows
from submissions.acceptance import Line
from submissions.loose_pages import next_doubt
from submissions.models import Acceptance, LookAgain, Match, Page, Repair, Submission, Upload
from submissions.repair_chosen import likely_places

State = Page.State


@pytest.fixture
def taken(quiz, scans, take, work, foreign, upside_down, blank):
    """Three papers in a file of eleven: a foreign page lies behind page 3 of the first, page 2
    of the second came twice; of the third, which ends with a blank back, page 2 is missing."""
    path = scans(0, 1, upside_down(2), foreign, 3, 4, 4, 5, 6, 8, blank)
    upload = take(quiz, path)
    work()
    return upload


@pytest.fixture
def desk(as_, quiz):
    """Open the desk as somebody: its layout, and the words of the page."""

    def look(query="", name="ines"):
        response = as_(name).get(f"/exams/{quiz.pk}/repair/{query}")
        assert response.status_code == 200
        return response.context["desk"], response.content.decode()

    return look


@pytest.fixture
def do(as_, quiz):
    """Send a form of the desk as somebody, with what the page says of itself."""

    def send(lying, act, name="ines", **said):
        token = repair_rows.token(Page.objects.get(pk=lying.pk))
        form = {"back": "repair", "seen": token, **said}
        return as_(name).post(f"/pages/{lying.pk}/{act}/", form, follow=True)

    return send


def at(exam, number, page):
    return Page.objects.get(
        submission__exam=exam, submission__number=number, template_page=page, state=State.PLACED
    )


def notes(spots):
    return [(spot.label, spot.note) for spot in spots if spot.note]


# What it shows


def test_the_first_doubt_is_shown_first_beside_the_paper_it_came_with(desk, quiz, taken):
    shown, text = desk()

    assert shown.chosen.page.number == 4
    assert shown.chosen.group.name == "foreign"
    assert shown.line.number == 1
    assert [spot.label for spot in shown.beside] == ["page 4"]
    assert notes(shown.spots) == [("3", "was upside down")]
    assert "11 pages · 3 papers · 2 pages need a look · 1 paper lacks pages" in text
    assert "It is not a page of this exam" in text
    assert "Accept 2 sure papers" in text


def test_papers_with_doubts_are_listed_or_all_of_them(desk, quiz, taken):
    lacking, text = desk("?paper=3")
    every, _ = desk("?paper=3&show=all")

    assert [line.number for line in lacking.lines] == [3]
    assert "2 of 3" in text
    assert [line.number for line in every.lines] == [1, 2, 3]
    assert "Page 2 was not in the scans." in " ".join(text.split()).replace(
        '<span class="look">', ""
    )


def test_papers_are_found_by_number_name_and_code(desk, quiz, taken, world):
    for number, name in enumerate(("kestrel-41", "otter-7", "maple-19"), start=1):
        quiz.submissions.filter(number=number).update(code_name=name)
    paper = quiz.submissions.get(number=2)
    Match.objects.create(exam=quiz, submission=paper, membership=world.members["sam"])

    for words in ("2", "%232", "student sam", paper.code_name.upper()):
        shown, text = desk(f"?paper=3&q={words}")
        assert [line.number for line in shown.lines] == [2], words
        assert "Student, Sam" in text
    assert "No paper has “nobody”" in desk("?q=nobody")[1]
    quiz.submissions.filter(number=1).update(code_name="honey-3")
    assert [line.number for line in desk("?q=3")[0].lines] == [3, 1]


def test_loose_pages_are_counted_by_what_they_are(desk, quiz, taken):
    corrections.discard(at(quiz, 1, 2))

    shown, _ = desk()

    assert [(page.number, group.name) for page, group, _ in shown.loose] == [
        (4, "foreign"),
        (7, "doubtful"),
    ]
    assert [group["text"] for group in shown.groups] == ["1 blank page", "1 discarded page"]


def test_a_group_shows_its_pages(desk, quiz, taken):
    corrections.discard(at(quiz, 1, 2))

    shown, text = desk("?group=discarded")

    assert shown.group.name == "discarded"
    assert [spot.label for spot in shown.spots] == ["page 2"]
    assert shown.chosen.is_discarded
    assert "Bring it back" in text


def test_an_empty_place_shows_what_belongs_there(desk, quiz, taken):
    shown, text = desk("?paper=3")

    assert shown.hole.number == 2
    assert [spot.label for spot in shown.spots if spot.page is None] == ["2"]
    assert f"/templates/{quiz.template.pk}/pages/2/" in text
    assert shown.links["next"].endswith(f"?at={at(quiz, 3, 3).pk}")
    assert shown.links["previous"].endswith(f"?at={at(quiz, 3, 1).pk}")


def test_evidence_stands_beside_the_page(desk, quiz, taken):
    shown, text = desk(f"?at={at(quiz, 1, 3).pk}")

    facts = dict(shown.chosen.facts)
    assert facts["Fits"].startswith("template page 3, 0.")
    assert facts["Turned"] == "180°, put right"
    assert "mm" in facts["Off by"]
    assert facts["Scan"] == "200 dpi"
    assert "morning.pdf, page 3" in text


def test_a_doubled_page_says_which_place_is_taken(desk, quiz, taken):
    twin = taken.pages.get(state=State.DOUBTFUL)

    shown, _ = desk(f"?at={twin.pk}")

    assert shown.line.number == 2
    assert ("2", "taken") in notes(shown.spots)
    assert shown.chosen.sure is None


def test_a_doubtful_page_is_one_key_away_from_where_it_fits(desk, quiz, taken, do):
    twin = taken.pages.get(state=State.DOUBTFUL)
    corrections.discard(at(quiz, 2, 2))
    shown, text = desk(f"?at={twin.pk}")

    response = do(twin, "place", paper=2, page=2, then="next")

    assert tuple(shown.chosen.sure) == (2, 2, True)
    assert ("2", "fits here") in notes(shown.spots)
    assert "It is page 2 of paper 2" in text
    assert at(quiz, 2, 2) == twin
    assert response.context["desk"].hole.number == 2
    assert response.context["desk"].line.number == 3


def test_a_doubt_says_what_is_so_now(desk, quiz, taken):
    """What was in its way was discarded; or what it may be is there by now."""
    twin = taken.pages.get(state=State.DOUBTFUL)
    before = desk(f"?at={twin.pk}")[0].chosen.doubt
    corrections.discard(at(quiz, 2, 2))
    after = desk(f"?at={twin.pk}")[0].chosen.doubt
    Page.objects.filter(pk=twin.pk).update(
        template_page=None, alike=[1, 3], reason="It may be page 1 or 3."
    )
    full = desk(f"?at={twin.pk}")[0].chosen

    assert before == "Page 2 of this paper is here already."
    assert after == "Page 2 of paper 2 is empty now, and this looks like it."
    assert full.doubt == "No free place in this paper fits it: it may be of another exam."
    assert full.sure is None


def test_what_hardly_fits_is_offered_but_not_on_enter(desk, quiz, taken):
    twin = taken.pages.get(state=State.DOUBTFUL)
    corrections.discard(at(quiz, 2, 2))
    Page.objects.filter(pk=twin.pk).update(template_page=None, alike=[2, 3], score=0.56)

    shown, text = desk(f"?at={twin.pk}")
    hole, _ = desk("?paper=2&place=2")

    assert shown.chosen.sure is None
    assert shown.chosen.likely == [(2, 2, False)]
    assert "It is page 2 of paper 2" not in text
    assert hole.hole.fitting == []


def line(number, placed, accepted=None):
    return Line(number, number, "", "", "", None, accepted, placed, 3)


def test_loose_pages_come_before_papers_that_lack_some():
    papers = [line(1, 3), line(2, 2), line(3, 2, accepted=1), line(4, 1, accepted=1)]

    def follows(page=None, paper=None, pages=(70, 80)):
        return next_doubt(pages, papers, page=page, paper=paper)

    assert follows() == (70, None)
    assert follows(page=70) == (80, None)
    assert follows(page=80) == (None, 2)
    assert follows(paper=2) == (None, 4)
    assert follows(paper=4) == (70, None)
    assert follows(paper=3) == (70, None)
    assert follows(paper=3, pages=()) == (None, 4)
    assert next_doubt([70], [], page=70, paper=None) is None
    assert next_doubt([], [], page=None, paper=1) is None


def test_likely_places_are_free_and_look_like_the_page():
    free = {85: [12, 13], 86: [12], 87: []}

    assert likely_places([85, 86, 87], free, {12}, 0) == [(85, 12, True), (86, 12, True)]
    assert likely_places([86], free, {3}, 11) == []
    assert likely_places([85], free, set(), 12) == [(85, 13, False), (85, 12, False)]


def test_z_goes_round_all_doubts(desk, quiz, taken):
    seen, url = [], ""
    for _ in range(4):
        shown, _ = desk(url)
        seen.append(shown.chosen.page.number if shown.chosen else f"paper {shown.line.number}")
        url = "?" + shown.links["doubt"].partition("?")[2]

    assert seen == [4, 7, "paper 3", 4]


def test_nonsense_in_the_address_is_left_out(desk, quiz, taken):
    for query in ("?at=x", "?at=999999", "?paper=77", "?paper=-1", "?group=x", "?place=9", "?at=²"):
        desk(query)
    elsewhere = Page.objects.create(
        upload=Upload.objects.create(
            exam=Submission.objects.exclude(exam=quiz)[0].exam,
            name="x.pdf",
            file="x",
            size=1,
            sha256="9" * 64,
            formed_at=timezone.now(),
        ),
        number=1,
    )

    assert desk(f"?at={elsewhere.pk}")[0].chosen.page.upload == taken


def test_a_desk_without_pages_teaches_the_first_step(desk, quiz):
    assert "Nothing to repair yet" in desk()[1]


def many(exam, papers, each=27, loose=40):
    """Papers as a large intake leaves them, without files; every tenth lacks a page."""
    Template.objects.filter(exam=exam).update(page_count=each)
    upload = Upload.objects.create(
        exam=exam,
        name="all.pdf",
        file="x",
        size=1,
        sha256=f"{papers:064}",
        formed_at=timezone.now(),
    )
    start = exam.submissions.count()
    made = Submission.objects.bulk_create(
        Submission(exam=exam, number=start + n, code_name=f"paper-{start + n}")
        for n in range(1, papers + 1)
    )
    Page.objects.bulk_create(
        Page(
            upload=upload,
            number=(each + 1) * n + place,
            state=State.PLACED,
            submission=paper,
            template_page=place,
            position=place,
        )
        for n, paper in enumerate(made)
        for place in range(1, each + 1)
        if n % 10 or place != 5
    )
    Page.objects.bulk_create(
        Page(upload=upload, number=(each + 1) * (n + 1), state=State.DOUBTFUL, alike=[5, 6])
        for n in range(loose)
    )


def test_the_number_of_queries_does_not_grow(desk, quiz, taken, as_, django_assert_max_num_queries):
    client = as_("ines")
    for papers, loose in ((0, 0), (20, 5), (120, 60)):
        many(quiz, papers, loose=loose)
        page = Page.objects.filter(upload__exam=quiz, state=State.DOUBTFUL).last()
        for query in ("", "?paper=3", f"?at={page.pk}", "?group=blank", "?show=all&paper=1"):
            with django_assert_max_num_queries(32):
                assert client.get(f"/exams/{quiz.pk}/repair/{query}").status_code == 200


def test_no_other_papers_pictures_are_on_the_page(desk, quiz, taken):
    _, text = desk("?paper=2&show=all")

    others = Page.objects.filter(submission__exam=quiz, submission__number__in=[1, 3])
    assert at(quiz, 2, 1).thumbnail.name.rsplit("/")[-1] in text
    assert all(page.thumbnail.name.rsplit("/")[-1] not in text for page in others)
    assert text.count('loading="lazy"') >= 3


def test_a_long_list_is_shown_around_the_chosen_paper(desk, quiz, taken):
    many(quiz, 300, each=3, loose=0)

    shown, text = desk("?paper=290&show=all")

    assert shown.line in shown.lines
    assert len(shown.lines) == 120
    assert "and 183 more" in text


# Who may


@pytest.mark.parametrize(
    ("name", "anonymous", "status"),
    [
        ("ines", True, 200),
        ("gus", True, 403),
        ("gus", False, 200),
        ("sam", False, 404),
        ("otto", False, 404),
    ],
)
def test_who_may_put_pages_right_may_use_the_desk(as_, quiz, name, anonymous, status):
    quiz.anonymous = anonymous
    quiz.save()
    client = as_(name)

    assert client.get(f"/exams/{quiz.pk}/repair/").status_code == status
    for act in ("join", "accept", "scan"):
        answer = client.post(f"/exams/{quiz.pk}/repair/{act}/", follow=True)
        assert answer.status_code == status


def test_the_way_to_the_desk(as_, quiz, taken):
    desk = f"/exams/{quiz.pk}/repair/"

    assert desk in as_("ines").get(f"/exams/{quiz.pk}/scans/").content.decode()
    assert desk in as_("ines").get(f"/exams/{quiz.pk}/").content.decode()
    assert desk not in as_("gus").get(f"/exams/{quiz.pk}/scans/").content.decode()
    assert desk not in as_("gus").get(f"/exams/{quiz.pk}/").content.decode()


# What its forms do


def test_every_act_says_what_it_did_and_shows_the_page_where_it_is_now(quiz, taken, do):
    page = at(quiz, 1, 3)

    turned = do(page, "turn", by="180", turn=page.turn)
    moved = do(page, "place", paper=3, page=2)
    added = do(page, "add", paper=2)
    gone = do(page, "discard")
    back = do(page, "restore")

    assert "The page is turned." in turned.content.decode()
    assert "It is page 2 of paper 3 now." in moved.content.decode()
    assert moved.context["desk"].line.number == 3
    assert moved.context["desk"].chosen.page == page
    assert added.context["desk"].chosen.title == "Extra sheet of paper 2"
    assert "set aside" in gone.content.decode()
    assert back.context["desk"].line.number == 2
    kinds = list(Repair.objects.values_list("kind", flat=True))
    assert kinds == ["turn", "move", "insert", "discard", "restore"]


def test_a_discarded_page_leaves_its_place_in_sight(quiz, taken, do):
    shown = do(at(quiz, 1, 3), "discard").context["desk"]

    assert (shown.line.number, shown.hole.number) == (1, 3)


def test_what_is_confirmed_is_no_doubt_any_more_and_the_next_one_follows(quiz, taken, do, desk):
    page = at(quiz, 1, 2)
    Page.objects.filter(pk=page.pk).update(alike=[2, 3], reason="Its neighbours say so.")
    before, text = desk(f"?at={page.pk}")

    shown = do(page, "confirm", then="next").context["desk"]

    assert ("2", "2 or 3?") in notes(before.spots)
    assert "Right so" in text
    assert Page.objects.get(pk=page.pk).reason == ""
    assert shown.chosen.page.number == 4


def test_a_paper_is_split_and_joined_on_the_desk(as_, quiz, taken, do):
    made = do(at(quiz, 2, 2), "split")
    joined = as_("ines").post(
        f"/exams/{quiz.pk}/repair/join/", {"paper": 2, "other": 4}, follow=True
    )

    assert "This page and what followed it are paper 4 now." in made.content.decode()
    assert made.context["desk"].joins == [2]
    assert "Both are paper 2 now." in joined.content.decode()
    assert quiz.submissions.count() == 3


def test_what_collides_is_refused_in_words(as_, quiz, taken):
    client = as_("ines")
    said = []
    for form in ({"paper": 1, "other": 2}, {"paper": 1}, {"paper": 1, "other": 99}):
        answer = client.post(f"/exams/{quiz.pk}/repair/join/", form, follow=True)
        said.append(answer.content.decode())

    assert "Both paper 1 and paper 2 have pages 1–3." in said[0]
    assert "Say with which paper" in said[1]
    assert "There is no paper 99." in said[2]


def test_undo_and_redo_are_one_form_away(as_, quiz, taken, do, desk):
    page = at(quiz, 1, 3)
    do(page, "discard")
    act = Repair.objects.get()
    client, url = as_("ines"), f"/exams/{quiz.pk}/repair/"

    for _ in range(2):
        undone = client.post(f"{url}undo/", {"repair": act.pk}, follow=True)
    assert at(quiz, 1, 3) == page
    for _ in range(2):
        redone = client.post(f"{url}redo/", {"repair": act.pk}, follow=True)

    assert "Undone: Page 3 of paper 1 was discarded." in undone.content.decode()
    assert undone.context["desk"].chosen.page == page
    assert "Redo" in undone.content.decode()
    assert "Page 3 of paper 1 was discarded." in redone.content.decode()
    assert not Page.objects.filter(pk=page.pk, state=State.PLACED).exists()
    assert client.post(f"{url}undo/", {"repair": 99}).status_code == 404


def test_an_undo_that_comes_too_late_is_refused_kindly(as_, quiz, taken, do):
    page = at(quiz, 1, 3)
    do(page, "turn", by="90", turn=page.turn)
    mine = Repair.objects.get()
    page.refresh_from_db()
    corrections.turn(page, 90)

    answer = as_("ines").post(f"/exams/{quiz.pk}/repair/undo/", {"repair": mine.pk}, follow=True)

    assert "changed again since" in answer.content.decode()


# Sent twice, and by two people


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("place", {"paper": 3, "page": 2}),
        ("start", {"page": 2}),
        ("add", {"paper": 2}),
        ("turn", {"by": "90", "turn": 180}),
        ("discard", {}),
        ("split", {}),
    ],
)
def test_a_form_sent_twice_acts_once_and_says_so(as_, quiz, taken, act, form):
    page = at(quiz, 1, 3)
    form = {"back": "repair", "seen": repair_rows.token(page), **form}
    client = as_("ines")

    answers = [
        client.post(f"/pages/{page.pk}/{act}/", form, follow=True).content.decode()
        for _ in range(2)
    ]

    assert Repair.objects.count() == 1
    assert "That is done." in answers[1] or "Page 3 of paper 1" in answers[1]
    assert 'class="bad"' not in answers[1]


def test_a_join_sent_twice_joins_once(as_, quiz, taken, do):
    do(at(quiz, 2, 2), "split")
    answers = [
        as_("ines").post(f"/exams/{quiz.pk}/repair/join/", {"paper": 2, "other": 4}, follow=True)
        for _ in range(2)
    ]

    assert "That is done." in answers[1].content.decode()
    assert Repair.objects.filter(kind="join").count() == 1


def test_what_a_colleague_changed_meanwhile_is_not_overrun(as_, quiz, taken, do):
    page = at(quiz, 1, 3)
    seen = repair_rows.token(page)
    quiz.anonymous = False
    quiz.save()
    do(page, "add", name="gus", paper=2)

    answer = as_("ines").post(
        f"/pages/{page.pk}/discard/", {"back": "repair", "seen": seen}, follow=True
    )

    assert "Somebody changed this page a moment ago." in answer.content.decode()
    page.refresh_from_db()
    assert (page.state, page.submission.number) == (State.EXTRA, 2)


# Taking papers as they are


def test_sure_papers_are_accepted_at_once_and_again_only_if_new(as_, quiz, taken, world):
    client, url = as_("ines"), f"/exams/{quiz.pk}/repair/accept/"

    answers = [client.post(url, follow=True).content.decode() for _ in range(2)]

    rows = Acceptance.objects.order_by("submission__number")
    assert [(row.submission.number, row.missing, row.by) for row in rows] == [
        (1, 0, world.ines),
        (2, 0, world.ines),
    ]
    assert "2 papers accepted." in answers[0]
    assert "0 papers accepted." in answers[1]
    assert Repair.objects.count() == 1


def test_a_paper_is_accepted_with_what_it_lacks_until_it_lacks_more(as_, quiz, taken, desk):
    client, url = as_("ines"), f"/exams/{quiz.pk}/repair/accept/"
    client.post(url, {"paper": 3})
    accepted, text = desk("?paper=3")
    corrections.discard(at(quiz, 3, 3))
    again, _ = desk("?paper=3")

    assert (accepted.open, again.open) == (0, 1)
    assert "Accepted without page 2." in text
    assert Repair.objects.get(kind="accept").words == "Paper 3 was accepted as it is."


def test_an_acceptance_is_undone(as_, quiz, taken):
    client, url = as_("ines"), f"/exams/{quiz.pk}/repair/"
    client.post(f"{url}accept/")
    client.post(f"{url}undo/", {"repair": Repair.objects.get().pk})

    assert not Acceptance.objects.exists()


def test_papers_that_lack_pages_are_named_before_a_release(as_, quiz, taken):
    client, url = as_("ines"), f"/exams/{quiz.pk}/"

    before = client.get(f"{url}release/").content.decode()
    client.post(f"{url}repair/accept/", {"paper": 3})
    after = client.get(f"{url}release/").content.decode()

    assert "paper lacks pages, and nobody has looked at it" in before
    assert "Paper 3." in before
    assert "lacks pages" not in after


# Grading


def test_an_answer_to_look_at_again_is_told_where_graders_are(
    as_, quiz, taken, world, django_assert_max_num_queries
):
    page = at(quiz, 1, 3)
    answer = page.submission.answers.filter(question__regions__page=3).first()
    grading.say_graded(answer, by=world.gus)
    corrections.turn(page, by=world.ines)
    client = as_("gus")

    home = client.get(f"/exams/{quiz.pk}/").content.decode()
    led = client.get(f"/exams/{quiz.pk}/look-again/")
    shown = client.get(led.url).content.decode()
    told = client.get(f"/api/v1/answers/{answer.pk}/").json()["look_again"]
    listed = client.get(f"/api/v1/exams/{quiz.pk}/questions/").json()

    assert "answer to look at again" in home
    assert led.url == f"/answers/{answer.pk}/"
    assert "Looked at it" in shown
    assert told["reasons"] == ["Page 3 was turned."]
    assert [row["again"] for row in listed if row["id"] == answer.question_id] == [1]


@pytest.mark.parametrize("way", ["looked", "marked"])
def test_who_looks_again_clears_the_mark(as_, quiz, taken, world, way):
    page = at(quiz, 1, 3)
    answer = page.submission.answers.filter(question__regions__page=3).first()
    grading.say_graded(answer, by=world.gus)
    corrections.turn(page, by=world.ines)
    client = as_("gus")

    if way == "looked":
        for _ in range(2):
            said = client.put(f"/api/v1/answers/{answer.pk}/looked/").json()
    else:
        item = answer.question.items.first()
        said = client.put(f"/api/v1/answers/{answer.pk}/marks/{item.pk}/").json()

    row = LookAgain.objects.get()
    assert said["look_again"] is None
    assert (row.looked_by, row.looked_at is not None) == (world.gus, True)
    answer.refresh_from_db()
    assert answer.graded
    assert client.get(f"/exams/{quiz.pk}/look-again/").url == f"/exams/{quiz.pk}/"
