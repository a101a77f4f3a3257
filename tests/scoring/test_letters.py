"""Students are told of a release by e-mail: each once, and what became of each letter is seen."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Course, Exam, Membership, Role, User
from jobs.models import Job
from jobs.runner import work_through
from rubrics.rubric import change_item
from scoring import letters, regrades
from scoring.models import Copy, Letter, Release
from scoring.regrade_windows import set_window
from scoring.release import release, take_back
from submissions.models import Match, Submission
from tests.scoring.mailbox import mailbox
from tests.scoring.test_release import form

SITE = "https://exams.example.edu"


def work():
    """Do all that is due now; what is asked for later stays."""
    due = Job.objects.filter(kind__startswith="letters.")
    while due.claimable().exists():
        work_through("test", until_idle=False, most=1, stop=lambda: False)


def page(world, **query):
    return reverse("letters", args=[world.exam.pk], query=query)


def states():
    return dict(Letter.objects.values_list("address", "state"))


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def told(graded):
    """Released, with letters to Sam and Nia that wait."""
    Job.objects.all().delete()
    graded.release = release(graded.exam, by=graded.ines, mail=True)
    Job.objects.filter(kind__startswith="copies").delete()
    return graded


@pytest.fixture
def box(settings):
    """A mail server that the letters of this test go to."""
    with mailbox() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 0, 5
        settings.EMAIL_PORT = server.port
        yield server


def readdress(world, **addresses):
    for name, address in addresses.items():
        User.objects.filter(pk=getattr(world, name).pk).update(email=address)
        Letter.objects.filter(copy__student=world.members[name]).update(address=address)


def test_every_student_of_a_release_is_told_once(told):
    work()
    letters_sent = sorted((one.to, one.subject) for one in mail.outbox)

    assert letters_sent == [
        (["nia@example.edu"], "Midterm, CS230 Deep Learning: your result"),
        (["sam@example.edu"], "Midterm, CS230 Deep Learning: your result"),
    ]
    assert set(states().values()) == {"sent"}
    assert all(letter.sent_at and letter.attempts == 1 for letter in Letter.objects.all())


def test_a_letter_says_where_and_nothing_of_the_score(told, as_):
    work()
    (letter,) = (one for one in mail.outbox if one.to == ["sam@example.edu"])

    link = f"{SITE}/exams/{told.exam.pk}/result/"
    assert link in letter.body
    for secret in ("7.5", "7,5", "/ 9", "Slip", "Nia"):
        assert secret not in letter.body
    assert letter.from_email == "Marginalia <marginalia@localhost>"
    assert letter.reply_to == ["ines@example.edu"]
    copy = Copy.objects.get(submission=told.papers[0])
    response = as_("sam").get(link.removeprefix(SITE))
    assert response["Location"] == reverse("copy", args=[copy.pk])


def test_a_release_without_mail_writes_nobody(graded):
    release(graded.exam, by=graded.ines)

    assert not Letter.objects.exists()
    assert not Job.objects.filter(kind="letters.release").exists()


def test_the_page_mails_unless_the_box_is_not_ticked(as_, graded):
    client = as_("ines")
    assert (
        'name="mail" id="mail" checked'
        in client.get(reverse("release", args=[graded.exam.pk])).text
    )
    form(client, graded, tick=True)
    assert not Letter.objects.exists()

    take_back(graded.exam, by=graded.ines)
    form(client, graded, tick=True, mail="on")
    assert Letter.objects.count() == 2


def test_a_release_again_writes_only_to_whom_it_shows_something_new(told):
    told.exam.rubric_shown = "applied"
    told.exam.save()
    second = release(told.exam, by=told.ines, again=told.release.pk, mail=True)
    work()
    mail.outbox.clear()
    change_item(told.items["1.1"][1], points=-100, by=told.ines)  # Sam has it, Nia does not

    release(told.exam, by=told.ines, again=second.pk, mail=True)
    work()

    assert [one.to for one in mail.outbox] == [["sam@example.edu"]]


def test_nobody_is_told_of_the_points_of_an_item_they_do_not_have(told):
    change_item(told.items["1.1"][1], points=-100, by=told.ines)

    again = release(told.exam, by=told.ines, again=told.release.pk, mail=True)

    (letter,) = Letter.objects.filter(copy__release=again)
    assert letter.address == "sam@example.edu"


def test_a_letter_that_waits_is_sent_although_a_release_again_changed_nothing(told):
    release(told.exam, by=told.ines, again=told.release.pk, mail=True)
    assert Letter.objects.count() == 2
    work()

    assert len(mail.outbox) == 2


def test_of_two_letters_to_a_student_that_wait_the_later_one_is_sent(told):
    change_item(told.items["1.1"][1], text="Blunder", by=told.ines)
    release(told.exam, by=told.ines, again=told.release.pk, mail=True)
    work()

    assert sorted(one.to for one in mail.outbox) == [["nia@example.edu"], ["sam@example.edu"]]
    # Nothing of hers changed, so it is the first letter that tells Nia.
    assert [one.address for one in Letter.objects.filter(state="called off")] == ["sam@example.edu"]


def test_a_letter_of_a_release_again_says_that_it_changed(told):
    work()
    change_item(told.items["1.1"][1], points=-100, by=told.ines)
    release(told.exam, by=told.ines, again=told.release.pk, mail=True)
    mail.outbox.clear()
    work()

    assert all("has changed" in one.body for one in mail.outbox)


def test_what_is_taken_back_before_it_is_sent_is_called_off(told):
    take_back(told.exam, by=told.ines)
    work()

    assert mail.outbox == []
    assert set(states().values()) == {"called off"}


def test_who_left_meanwhile_is_not_written_to(told):
    Membership.objects.filter(pk=told.members["sam"].pk).update(left_at=timezone.now())
    work()

    assert [one.to for one in mail.outbox] == [["nia@example.edu"]]
    assert Letter.objects.get(address="sam@example.edu").reason == "The student left the course."


def test_an_address_the_server_refuses_is_not_tried_again(told, box):
    readdress(told, sam="gone@example.edu")
    work()

    letter = Letter.objects.get(address="gone@example.edu")
    assert (letter.state, letter.attempts) == ("failed", 1)
    assert letter.reason == "The mail server said: 550 5.1.1 no such user"
    assert box.addresses == ["nia@example.edu"]
    assert not Job.objects.filter(due_at__gt=timezone.now()).exists()


def test_what_is_no_address_never_reaches_a_server(told, box):
    readdress(told, sam="sam at example")
    work()

    assert states() == {"sam at example": "failed", "nia@example.edu": "sent"}


def test_a_busy_mailbox_is_tried_again_later(told, box):
    readdress(told, sam="busy@example.edu")
    work()
    assert states() == {"busy@example.edu": "queued", "nia@example.edu": "sent"}
    later = Job.objects.get(kind="letters.send", state="queued")
    assert later.due_at > timezone.now() + timedelta(seconds=50)

    readdress(told, sam="sam@example.edu")
    Job.objects.filter(pk=later.pk).update(due_at=timezone.now())
    work()

    assert set(states().values()) == {"sent"}
    assert box.addresses == ["nia@example.edu", "sam@example.edu"]


def test_a_server_that_is_down_is_waited_for_and_given_up_after_hours(told, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free.getsockname()[1]
    for _ in letters.PAUSES:
        work()
        assert set(states().values()) == {"queued"}
        Job.objects.filter(state="queued").update(due_at=timezone.now())
    work()

    assert set(states().values()) == {"failed"}
    reason = Letter.objects.first().reason
    assert reason.startswith("Tried 6 times. The mail server could not be reached.")
    assert set(Letter.objects.values_list("attempts", flat=True)) == {0}  # nothing was handed over


def test_a_server_that_breaks_off_leaves_it_unclear_and_the_next_is_sent(told, box):
    readdress(told, nia="z@example.edu", sam="breaks@example.edu")
    work()

    assert states() == {"breaks@example.edu": "unknown", "z@example.edu": "sent"}
    assert box.addresses == ["z@example.edu"]


def test_two_workers_at_one_letter_send_it_once(told):
    first = Letter.objects.first()

    assert letters.take(first.pk) is not None
    assert letters.take(first.pk) is None


def test_what_a_dead_worker_had_taken_is_unclear_and_goes_again_only_when_a_person_says_so(
    told, as_
):
    letter = Letter.objects.get(address="sam@example.edu")
    work_through("test", until_idle=False, most=1, stop=lambda: False)  # hands them out
    letters.take(letter.pk)
    work()
    assert states() == {"sam@example.edu": "unknown", "nia@example.edu": "sent"}
    assert [one.to for one in mail.outbox] == [["nia@example.edu"]]

    as_("ines").post(page(told), {"release": told.release.pk, "letter": letter.pk})
    work()

    assert [one.to for one in mail.outbox] == [["nia@example.edu"], ["sam@example.edu"]]
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == ("sent", 2)


def test_a_worker_that_was_overtaken_and_sent_it_after_all_says_so(told):
    letter = letters.take(Letter.objects.get(address="sam@example.edu").pk)
    letters.leave_unclear([letter.pk])

    with letters.Post() as post:
        post.open()
        letters.send(letter, post)

    assert states()["sam@example.edu"] == "sent"


def test_all_that_failed_is_sent_again_at_the_address_of_now(told, as_):
    readdress(told, sam="sam at example")
    work()
    User.objects.filter(pk=told.sam.pk).update(email="sam@example.edu")
    client = as_("ines")
    assert "Send 1 again" in client.get(page(told)).text

    client.post(page(told), {"release": told.release.pk, "again": "all"})
    work()

    assert states() == {"sam@example.edu": "sent", "nia@example.edu": "sent"}


def test_what_was_sent_is_not_sent_again_by_a_button(told, as_):
    work()
    letter = Letter.objects.first()

    as_("ines").post(page(told), {"release": told.release.pk, "letter": letter.pk})
    work()

    assert len(mail.outbox) == 2


def test_who_was_not_told_at_the_release_is_told_later_once(graded, as_):
    made = release(graded.exam, by=graded.ines)
    client = as_("ines")
    assert "Write to 2 students" in client.get(page(graded)).text

    for _ in range(2):
        client.post(page(graded), {"release": made.pk, "write": "all"})
    work()

    assert len(mail.outbox) == 2


def test_nobody_is_written_to_before_it_was_asked(graded, as_):
    release(graded.exam, by=graded.ines)
    client = as_("ines")

    shown = client.get(page(graded)).text
    first = shown.index("Write to 2 students")
    assert shown.rindex("<", 0, first) == shown.rindex("<a ", 0, first)
    assert "button--primary" not in shown[: shown.index("<dialog")].rpartition("<h1>")[2]
    assert 'aria-labelledby="write-title">' in shown
    assert "cannot be called back" in shown

    asked = client.get(page(graded, write="ask")).text
    assert 'aria-labelledby="write-title" open>' in asked
    assert not Letter.objects.exists()


def test_the_page_tells_each_state_and_reason(told, as_, box):
    readdress(told, sam="gone@example.edu")
    work()

    text = as_("ines").get(page(told, state="failed")).text
    assert "no such user" in text
    assert "nia@example.edu" not in text
    assert "Not delivered 1" in text


def test_a_release_of_another_exam_is_not_shown_here(told, as_):
    other = Exam.objects.create(course=Course.objects.create(name="Else"), name="Final")
    elsewhere = Release.objects.create(exam=other)
    client = as_("ines")

    for named in (elsewhere.pk, "x", 10**30):
        assert client.get(page(told, release=named)).status_code == 404


def test_two_thousand_letters_take_no_more_queries_than_two(
    told, as_, django_assert_max_num_queries
):
    client = as_("ines")

    def count():
        with django_assert_max_num_queries(99) as asked:
            assert client.get(page(told)).status_code == 200
        return len(asked)

    few = count()
    numbers = range(10, 2010)
    users = User.objects.bulk_create(
        User(email=f"s{n}@example.edu", last_name="X") for n in numbers
    )
    members = Membership.objects.bulk_create(
        Membership(course=told.course, user=user, role=Role.STUDENT) for user in users
    )
    papers = Submission.objects.bulk_create(
        Submission(exam=told.exam, number=n, code_name=f"c-{n}") for n in numbers
    )
    Match.objects.bulk_create(
        Match(exam=told.exam, submission=paper, membership=member)
        for paper, member in zip(papers, members, strict=True)
    )
    copies = Copy.objects.bulk_create(
        Copy(submission=paper, student=member, release=told.release, result={}, digest="x")
        for paper, member in zip(papers, members, strict=True)
    )
    assert letters.write_letters(copies) == 2000

    assert count() <= few + 1  # the pager counts


def given_up(**of):
    """Let the work on letters have failed for good, before any was taken."""
    Job.objects.filter(kind__startswith="letters.", **of).update(
        state="failed", error="It broke.", attempt=3, finished_at=timezone.now()
    )


def test_letters_whose_job_failed_for_good_can_be_sent(as_, told):
    given_up()
    client = as_("ines")
    assert "Send what waits (2)" in client.get(page(told)).text

    client.post(page(told), {"waiting": "all"})
    assert "Send what waits" not in client.get(page(told)).text
    work()

    assert set(states().values()) == {"sent"}
    assert len(mail.outbox) == 2


def test_letters_wait_for_the_job_of_their_batch_and_not_for_one_that_failed(as_, told):
    sam, nia = Letter.objects.order_by("address").values_list("pk", flat=True)
    given_up()
    Job.objects.ask("letters.send", letters=[sam], after=60)
    client = as_("ines")
    assert "Send what waits (1)" in client.get(page(told)).text

    Job.objects.ask("letters.send", letters=[nia])
    assert "Send what waits" not in client.get(page(told)).text


@pytest.mark.parametrize("named", ["one", "none", "nonsense", "elsewhere"])
def test_one_letter_is_sent_again_and_the_others_stay(as_, told, named):
    Letter.objects.filter(address="sam@example.edu").update(state="failed", reason="Full.")
    given_up()
    sam = Letter.objects.get(address="sam@example.edu")
    chosen = {"one": sam.pk, "none": 10**9, "nonsense": "nonsense", "elsewhere": sam.pk}[named]
    on = told.release
    if named == "elsewhere":
        take_back(told.exam, by=told.ines)
        on = release(told.exam, by=told.ines)

    sent = {"release": on.pk, "letter": chosen}
    answer = as_("ines").post(page(told), sent, follow=True)
    work()

    went = named == "one"
    assert answer.status_code == (200 if went else 404)
    assert ("1 e-mail will be sent." in answer.text) == went
    assert ("There is no such e-mail on this page. Nothing was sent." in answer.text) != went
    assert states() == {
        "sam@example.edu": "sent" if went else "failed",
        "nia@example.edu": "queued",
    }


def test_a_letter_is_sent_again_although_the_batch_it_failed_in_goes_on(as_, told):
    work_through("test", until_idle=False, most=1, stop=lambda: False)  # hands them out
    Letter.objects.filter(address="sam@example.edu").update(state="failed", reason="Full.")
    sam = Letter.objects.get(address="sam@example.edu")

    as_("ines").post(page(told), {"release": told.release.pk, "letter": sam.pk})

    assert Job.objects.filter(kind="letters.send", args__letters=[sam.pk]).count() == 1


def test_before_any_release_there_is_no_letter_to_send(as_, graded):
    answer = as_("ines").post(page(graded), {"letter": "1"})

    assert answer.status_code == 404
    assert "Nothing was sent." in answer.text


def test_who_was_written_to_is_still_told_after_a_release_was_taken_back(told, as_):
    work()
    take_back(told.exam, by=told.ines)
    client = as_("ines")

    shown = client.get(page(told)).text

    assert "taken back" in shown
    assert "Nothing is released" not in shown
    assert "sam@example.edu" in shown
    assert (
        f"{page(told)}?release={told.release.pk}"
        in client.get(reverse("release", args=[told.exam.pk])).text
    )


def test_a_later_release_leads_to_the_letters_of_one_that_was_taken_back(told, as_):
    take_back(told.exam, by=told.ines)
    release(told.exam, by=told.ines)

    assert f"?release={told.release.pk}" in as_("ines").get(page(told)).text


def test_the_address_in_a_letter_says_kindly_that_the_result_was_taken_back(told, as_):
    address = reverse("result", args=[told.exam.pk])
    take_back(told.exam, by=told.ines)
    mine, others = as_("sam").get(address), as_("otto").get(address)

    assert mine.status_code == others.status_code == 404
    assert "This result was taken back for now." in mine.text
    assert "Midterm" not in mine.text
    assert "taken back" not in others.text
    assert "taken back" not in as_("gus").get(address).text


def test_a_result_of_a_paper_that_is_somebody_elses_now_was_taken_back_from_nobody(told, as_):
    take_back(told.exam, by=told.ines)
    Match.objects.filter(submission=told.papers[0]).delete()

    assert "taken back" not in as_("sam").get(reverse("result", args=[told.exam.pk])).text


@pytest.fixture
def asked(told):
    """Sam's letter is sent, and Sam asked about a part."""
    work()
    mail.outbox.clear()
    now = timezone.now()
    set_window(told.exam, now - timedelta(hours=1), now + timedelta(days=1), by=told.ines)
    copy = told.release.copies.get(submission=told.papers[0])
    told.regrade = regrades.ask(copy, "1.1", "It is right, see the margin.")
    return told


def test_who_asked_is_told_that_there_is_an_answer_and_nothing_of_it(asked):
    regrades.reply(asked.regrade, "No, sorry.", change=False, by=asked.gus)
    regrades.reply(asked.regrade, "No, sorry.", change=False, by=asked.gus)
    work()

    (letter,) = mail.outbox
    assert letter.to == ["sam@example.edu"]
    assert letter.subject == "Midterm, CS230 Deep Learning: your regrade request"
    assert f"{SITE}{reverse('result', args=[asked.exam.pk])}" in letter.body
    said = f"{letter.subject} {letter.body} {letter.extra_headers} {letter.reply_to}"
    assert not any(word in said for word in ("sorry", "margin", "1.1", "7.5", "Gus", "gus@"))
    assert letters.of_replies(asked.exam).get().state == "sent"


def test_nobody_is_told_of_an_answer_where_nobody_was_told_of_the_result(asked):
    Letter.objects.all().delete()

    regrades.reply(asked.regrade, "No, sorry.", change=False, by=asked.gus)
    work()

    assert not mail.outbox


def test_a_letter_about_an_answer_is_called_off_when_the_result_was_taken_back(asked):
    regrades.reply(asked.regrade, "No, sorry.", change=False, by=asked.gus)
    take_back(asked.exam, by=asked.ines)
    work()

    assert not mail.outbox
    assert letters.of_replies(asked.exam).get().state == "called off"


def test_a_letter_about_an_answer_that_failed_is_seen_and_sent_again_at_the_address_of_now(
    asked, as_
):
    User.objects.filter(pk=asked.sam.pk).update(email="nowhere")
    asked.regrade.refresh_from_db()
    regrades.reply(asked.regrade, "No, sorry.", change=False, by=asked.gus)
    work()
    client, url = as_("ines"), reverse("reply_letters", args=[asked.exam.pk])
    shown = client.get(url).text
    assert "Not delivered" in shown
    assert "Send 1 again" in shown
    assert url in client.get(page(asked)).text

    readdress(asked, sam="sam@elsewhere.example.edu")
    client.post(url)
    work()

    assert [one.to for one in mail.outbox] == [["sam@elsewhere.example.edu"]]
    assert "Sent" in client.get(url).text


@pytest.mark.parametrize("named", ["one", "none", "nonsense"])
def test_one_letter_about_an_answer_is_sent_again_and_the_others_stay(asked, as_, named):
    second = regrades.ask(asked.regrade.copy, "1.2", "This one too.")
    for regrade in (asked.regrade, second):
        regrades.reply(regrade, "No, sorry.", change=False, by=asked.gus)
    given_up(kind="letters.send")
    one = letters.of_replies(asked.exam).earliest("pk")
    Letter.objects.filter(pk=one.pk).update(state="failed", reason="Full.")
    chosen = {"one": one.pk, "none": 10**9, "nonsense": "nonsense"}[named]

    url = reverse("reply_letters", args=[asked.exam.pk])
    answer = as_("ines").post(url, {"letter": chosen}, follow=True)
    work()

    assert answer.status_code == (200 if named == "one" else 404)
    assert ("Nothing was sent." in answer.text) == (named != "one")
    became = letters.of_replies(asked.exam).order_by("pk").values_list("state", flat=True)
    assert list(became) == ["sent" if named == "one" else "failed", "queued"]


def test_the_page_follows_until_every_batch_is_through(as_, told):
    work_through("test", until_idle=False, most=1, stop=lambda: False)  # hands them out
    assert Job.objects.get(kind="letters.release").state == "done"

    assert "every 2s" in as_("ines").get(page(told)).text
    work()
    assert "every 2s" not in as_("ines").get(page(told)).text
