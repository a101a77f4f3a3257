from __future__ import annotations

import json

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from config.demo.template import lay_out
from gradebook.files import keep
from gradebook.models import Exam, Question, Region, Template
from rubrics.grading import apply
from submissions.blank_exam import draw
from submissions.template import ask_for_template
from tests.browser.test_upload import runner
from tests.rubrics.test_graded_copy import COPY

__all__ = ["runner"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The quiz's three pages, drawn once for all tests."""
    path = tmp_path_factory.mktemp("template") / "quiz.pdf"
    path.write_bytes(lay_out("quiz").pdf)
    return list(draw(path, path.name))


@pytest.fixture
def editor(visit, world, drawn):
    """Ines opens the outline of the midterm, which has a template of three pages."""
    template = Template.objects.create(exam=world.exam, file="quiz.pdf", sha256="0", page_count=3)
    for number, (image, width, height) in enumerate(drawn, 1):
        kept = keep("template-pages", image, ".jpg")
        template.pages.create(
            number=number, width=width, height=height, image=kept.name, sha256=kept.sha256
        )
    page = visit("ines", f"/exams/{world.exam.pk}/outline/")
    expect(page.get_by_role("img", name="Page 1 of the blank exam")).to_be_visible()
    return page


def drag(page, start, end, sheet=1):
    """Press, move and release, in fractions of a page of the template."""
    page.locator(f"#sheet-{sheet}").scroll_into_view_if_needed()
    box = page.locator(f"#sheet-{sheet} > svg").bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=3)
    page.mouse.up()


def save(page):
    page.get_by_role("button", name="Save Ctrl S").click()
    expect(page.get_by_role("status").filter(has_text="✓ Saved")).to_be_visible()


def regions(number):
    """A part's regions as (page, x, y, width, height), within what a pointer can hit."""
    return [
        pytest.approx((region.page, *region.rect), abs=0.002)
        for region in Region.objects.filter(question__number=number)
    ]


def test_the_page_is_accessible(editor, assert_accessible):
    assert_accessible(editor)

    editor.get_by_role("button", name="1.1", exact=True).click()
    assert_accessible(editor)


def test_a_question_is_drawn_named_and_saved(editor, world):
    drag(editor, (0.2, 0.6), (0.7, 0.8))
    editor.get_by_label("Title of 3", exact=True).fill("Drawn")
    editor.get_by_label("Points of 3", exact=True).fill("2,5")
    expect(editor.get_by_text("11.5 points")).to_be_visible()

    save(editor)

    question = Question.objects.get(number="3")
    assert (question.title, question.points) == ("Drawn", 250)
    assert regions("3") == [(1, 0.2, 0.6, 0.5, 0.2)]
    assert question.answers.count() == 3


def test_what_was_drawn_is_taken_back_from_the_empty_title_it_led_to(editor):
    drag(editor, (0.2, 0.6), (0.7, 0.8))
    title = editor.get_by_label("Title of 3", exact=True)
    expect(title).to_be_focused()

    editor.keyboard.press("Control+z")
    expect(title).to_have_count(0)
    editor.keyboard.press("Control+Shift+z")
    expect(title).to_have_value("")

    # Once something was typed the steps back are the field's own.
    title.focus()
    editor.keyboard.type("Drawn")
    editor.keyboard.press("Control+z")
    expect(title).not_to_have_value("Drawn")
    expect(editor.get_by_role("button", name="Part 3, region on page 1")).to_be_visible()


def test_words_on_saving_cover_no_bar_and_make_way_for_later_ones(editor):
    editor.get_by_label("Points of 2", exact=True).fill("")
    editor.keyboard.press("Control+s")
    refused = editor.locator(".flash", has_text="One thing needs mending first.")
    expect(refused).to_be_visible()
    bar = editor.locator(".outline-bar").bounding_box()
    box = refused.bounding_box()
    assert box["y"] + box["height"] <= bar["y"]

    editor.get_by_label("Points of 2", exact=True).fill("3")
    expect(editor.get_by_role("status").filter(has_text="✓ Saved")).to_be_visible()
    expect(refused).to_have_count(0)

    editor.get_by_label("Points of 2", exact=True).fill("many")
    editor.keyboard.press("Control+s")
    expect(refused).to_be_visible()
    editor.get_by_label("Points of 2", exact=True).fill("4")
    save(editor)
    expect(refused).to_have_count(0)


def test_a_part_saved_without_a_region_is_told_and_shown(editor):
    editor.get_by_role("button", name="Part 1.1 a, region on page 1").press("Delete")
    editor.get_by_role("button", name="Part 1.2 b, region on page 2").press("Delete")
    save(editor)
    told = editor.locator(".flash", has_text="have no region yet")
    expect(told).to_contain_text("Parts 1.1, 1.2")

    told.get_by_role("button", name="Show").click()

    expect(editor.get_by_label("Title of 1.1", exact=True)).to_be_focused()
    expect(editor.get_by_text("Drawing for 1.1 a")).to_be_visible()
    editor.get_by_label("Title of 1.1", exact=True).fill("Sum")
    save(editor)
    expect(told).to_have_count(1)


def test_a_region_is_moved_resized_and_deleted_by_pointer_and_keys(editor):
    drag(editor, (0.5, 0.3), (0.55, 0.4))
    drag(editor, (0.95, 0.6), (0.85, 0.7))
    region = editor.get_by_role("button", name="Part 1.1 a, region on page 1")
    region.press("ArrowDown")
    region.press("Shift+ArrowRight")
    save(editor)
    assert regions("1.1") == [(1, 0.15, 0.305, 0.705, 0.4)]

    region.press("Delete")
    expect(editor.get_by_text("1.1: No region on the template yet.")).to_be_visible()
    editor.keyboard.press("Control+z")
    expect(region).to_be_visible()


def test_arrows_move_the_region_chosen_in_the_list(editor):
    x, y, width, height = Region.objects.get(question__number="1.1").rect
    editor.get_by_role("button", name="1.1", exact=True).click()
    editor.get_by_role("button", name="Page 1", exact=True).click()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        editor.keyboard.press(key)
    save(editor)

    assert regions("1.1") == [(1, x + 0.01, y, width, height + 0.005)]


def test_an_offer_to_undo_is_gone_once_something_else_is_done(editor):
    editor.get_by_label("Title of 1.2", exact=True).press("Alt+Delete")
    offer = editor.get_by_text("Deleted 1.2 b.")
    expect(offer).to_be_visible()
    editor.get_by_label("Title of 2", exact=True).fill("Later")

    expect(offer).to_have_count(0)


def test_a_draft_is_discarded_whole_and_its_offer_goes_when_saved(editor, world):
    editor.on("dialog", lambda dialog: dialog.accept())
    editor.get_by_label("Title of 2", exact=True).fill("Half a thought")
    editor.reload()
    editor.get_by_label("Title of 2", exact=True).fill("Another half")
    editor.get_by_role("button", name="Discard it").click()
    expect(editor.get_by_label("Title of 2", exact=True)).to_have_value("Prove")

    editor.get_by_label("Title of 2", exact=True).fill("A whole thought")
    editor.reload()
    offer = editor.get_by_text("Your draft from before is back.")
    expect(offer).to_be_visible()
    save(editor)
    expect(offer).to_have_count(0)


def test_a_part_has_several_regions_and_name_and_id_have_theirs(editor, world):
    editor.get_by_role("button", name="1.1", exact=True).click()
    drag(editor, (0.2, 0.6), (0.6, 0.8), sheet=3)
    editor.get_by_role("button", name="Student ID").click()
    editor.keyboard.press("n")
    save(editor)

    assert list(Region.objects.filter(question__number="1.1").values_list("page", flat=True)) == [
        1,
        3,
    ]
    assert world.exam.regions.filter(kind="id").exists()


def test_what_is_also_hidden_is_drawn_moved_and_deleted_on_any_page(editor, world):
    editor.get_by_role("button", name="Also hidden none").click()
    expect(editor.get_by_text("Drawing for what is also hidden")).to_be_visible()
    drag(editor, (0.2, 0.8), (0.6, 0.85))
    drag(editor, (0.6, 0.05), (0.9, 0.1), sheet=3)
    expect(editor.get_by_role("button", name="Also hidden page 1, 3")).to_be_visible()
    drag(editor, (0.4, 0.83), (0.45, 0.88))
    low = editor.get_by_role("button", name="Also hidden, region on page 1")
    low.press("Shift+ArrowRight")
    save(editor)

    def hidden():
        return [
            pytest.approx((one.page, *one.rect), abs=0.002)
            for one in world.exam.regions.filter(kind="hidden")
        ]

    assert hidden() == [(1, 0.25, 0.85, 0.405, 0.05), (3, 0.6, 0.05, 0.3, 0.05)]

    low.press("Delete")
    expect(low).to_have_count(0)
    save(editor)
    assert hidden() == [(3, 0.6, 0.05, 0.3, 0.05)]


def test_rows_are_added_moved_and_deleted_by_key(editor):
    editor.get_by_label("Title of 2", exact=True).press("Enter")
    editor.keyboard.type("New")
    editor.get_by_label("Points of 3", exact=True).fill("1")
    editor.keyboard.press("Alt+ArrowUp")
    editor.keyboard.press("Alt+ArrowRight")
    editor.get_by_label("Title of 1.2", exact=True).press("Alt+Delete")
    expect(editor.get_by_text("Deleted 1.2 b.")).to_be_visible()
    save(editor)

    assert list(Question.objects.values_list("number", "title")) == [
        ("1", "Warm-up"),
        ("1.1", "Add"),
        ("1.2", "New"),
        ("2", "Prove"),
    ]


def test_a_question_with_grades_that_gets_parts_keeps_them_on_the_first(editor, world):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    editor.reload()
    editor.get_by_role("button", name="2", exact=True).click()
    editor.get_by_role("button", name="+ Part").click()
    editor.get_by_label("Points of 2.2", exact=True).fill("1")
    save(editor)

    assert Question.objects.get(number="2.1").pk == world.questions["2"].pk
    assert world.questions["2"].answers.filter(graded=True).exists()


def test_grades_go_only_after_the_person_said_so(editor, world):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    editor.reload()
    editor.get_by_label("Title of 2", exact=True).press("Alt+Delete")
    editor.keyboard.press("Control+s")
    dialog = editor.get_by_role("dialog")
    expect(dialog).to_contain_text("1 answer would go with 2")

    dialog.get_by_role("button", name="Keep as it is").click()
    assert Question.objects.filter(number="2").exists()
    editor.keyboard.press("Control+s")
    dialog.get_by_role("button", name="Save and let them go").click()
    expect(editor.get_by_role("status").filter(has_text="✓ Saved")).to_be_visible()

    assert not Question.objects.filter(number="2").exists()


def test_a_mistake_leads_to_its_part(editor):
    editor.get_by_label("Points of 1.2", exact=True).fill("many")
    editor.keyboard.press("Control+s")

    editor.get_by_role("button", name="Question 1, part 1.2: “many” is not").click()

    expect(editor.get_by_label("Title of 1.2", exact=True)).to_be_focused()
    expect(editor.get_by_role("status").filter(has_text="Not saved")).to_be_visible()


@pytest.fixture
def student_id(world):
    """A field for the student ID beside its printed label."""
    return Region.objects.create(
        exam=world.exam, kind="id", page=1, x=0.3, y=0.3, width=0.3, height=0.04
    )


def test_a_tag_lies_on_no_print_beside_its_region(student_id, editor):
    region = editor.get_by_role("button", name="Student ID, region on page 1")
    box, tag, words = (
        region.locator(shape).bounding_box() for shape in (".region__box", ".region__tab", "text")
    )

    assert tag["x"] >= box["x"] - 1
    assert tag["x"] + tag["width"] <= box["x"] + box["width"] + 1
    assert words["x"] + words["width"] <= tag["x"] + tag["width"]


def test_a_draft_outlives_the_tab(editor, world):
    editor.get_by_label("Title of 2", exact=True).fill("Half a thought")
    editor.on("dialog", lambda dialog: dialog.accept())
    editor.goto(f"/exams/{world.exam.pk}/outline/")

    expect(editor.get_by_text("Your draft from before is back.")).to_be_visible()
    expect(editor.get_by_label("Title of 2", exact=True)).to_have_value("Half a thought")
    assert Question.objects.get(number="2").title == "Prove"


def test_a_stale_save_is_told_and_the_draft_stays(editor, world):
    Question.objects.filter(number="2").update(title="Theirs")
    editor.get_by_label("Title of 2", exact=True).fill("Mine")
    editor.keyboard.press("Control+s")
    expect(editor.get_by_text("Somebody else changed this outline meanwhile.")).to_be_visible()

    editor.on("dialog", lambda dialog: dialog.accept())
    editor.reload()
    editor.get_by_role("button", name="Open it").click()
    expect(editor.get_by_label("Title of 2", exact=True)).to_have_value("Mine")
    assert Question.objects.get(number="2").title == "Theirs"


def test_a_file_is_loaded_into_the_editor(editor, tmp_path):
    file = tmp_path / "quiz.json"
    file.write_text(
        json.dumps({"exam": "Quiz", "questions": [{"title": "Prove", "points": 4}, {"points": 1}]})
    )
    editor.locator("#outline-load").set_input_files(file)
    expect(editor.get_by_text("5 points")).to_be_visible()

    editor.keyboard.press("Control+s")
    expect(editor.get_by_role("status").filter(has_text="✓ Saved")).to_be_visible()
    assert Question.objects.get(title="Prove").points == 400
    assert regions("1") == [(3, 0.1, 0.2, 0.8, 0.3)]


def test_the_first_step_is_the_blank_exam(visit, world, tmp_path, request, assert_accessible):
    exam = Exam.objects.create(course=world.course, name="Final")
    page = visit("ines", f"/exams/{exam.pk}/outline/")
    assert_accessible(page)
    file = tmp_path / "quiz.pdf"
    file.write_bytes(lay_out("quiz").pdf)

    page.get_by_label("Drop the blank exam here").set_input_files(file)

    expect(page.get_by_role("heading", name="quiz.pdf is here")).to_be_visible()
    assert_accessible(page)
    request.getfixturevalue("runner")
    # The page goes on by itself when the worker is through.
    expect(page.get_by_text("No question yet")).to_be_visible(timeout=60_000)
    assert exam.template.page_count == 3
    assert exam.questions.count() == 0


def test_another_template_comes_while_one_goes_on(editor, world, request, assert_accessible):
    ask_for_template(world.exam, ContentFile(lay_out("quiz").pdf), "quiz.pdf", world.ines)
    editor.reload()
    editor.get_by_label("Title of 1.1", exact=True).fill("Sum")
    request.getfixturevalue("runner")

    expect(editor.get_by_text("The new template is here.")).to_be_visible(timeout=60_000)
    assert_accessible(editor)
    # Nothing was reloaded: what is not saved yet is still there.
    expect(editor.get_by_label("Title of 1.1", exact=True)).to_have_value("Sum")
    assert world.exam.template.pages.count() == 3


def test_settings_say_what_a_change_does(visit, world, assert_accessible):
    apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    page = visit("ines", f"/exams/{world.exam.pk}/settings/")
    assert_accessible(page)

    page.get_by_label("Start from zero").check()
    expect(page.get_by_text("Saving scores 1 graded answer anew.")).to_be_visible()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Settings saved. 1 answer scores otherwise now.")).to_be_visible()
    assert Exam.objects.get(pk=world.exam.pk).scoring == "positive"


def test_a_graded_copy_opens_in_the_editor_and_is_saved_with_its_rubric(editor, world, tmp_path):
    file = tmp_path / "copy.txt"
    file.write_text(COPY)

    editor.locator("#outline-load").set_input_files(file)

    expect(editor.get_by_text("copy.txt is here.")).to_be_visible()
    expect(editor.get_by_label("Title of 2", exact=True)).to_have_value("Prove")
    assert world.questions["1.1"].items.offered().count() == 3
    save(editor)
    leaf = world.exam.questions.leaves()[0]
    assert (leaf.label, leaf.points) == ("a", 200)
    assert "Slip in the last step" in [item.text for item in leaf.items.offered()]
