"""What a project masks: tried before it is saved, saved after one was told what it means, and then at work."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn


def test_rules_are_tried_saved_after_a_warning_and_hold_for_what_comes(visit: Visit, project: Api) -> None:
    project.send([chat_turn("before", ago(minutes=5), "I am ann@test.example, CASE-17")])
    page = visit(project, "/settings/masking")
    trial = page.get_by_label("Try it")
    stored = trial.get_by_label("What is stored")
    expect(trial.get_by_role("status")).to_have_text("Nothing is replaced: it would be stored as it is.")
    trial.get_by_label("A sample").fill("I am ann@test.example, CASE-17")
    page.get_by_role("checkbox", name="E-mail addresses").check()
    expect(stored).to_have_text("I am [e-mail], CASE-17")
    page.get_by_role("button", name="Add a pattern").click()
    pattern = page.get_by_role("group", name="Pattern 1")
    expect(pattern.get_by_label("Name")).to_be_focused()
    pattern.get_by_label("Name").fill("case")
    expect(page.get_by_role("button", name="Save what is masked")).to_be_disabled()
    pattern.get_by_label("Pattern", exact=True).fill("CASE-[0-9]+")
    expect(stored).to_have_text("I am [e-mail], [case]")
    expect(trial.get_by_role("status")).to_contain_text("2 replacements")
    assert project.get("/settings/masking") == {"detectors": [], "patterns": []}

    page.get_by_role("button", name="Save what is masked").click()
    asked = page.get_by_role("dialog", name="Mask this from now on?")
    expect(asked).to_contain_text("The past stays as it is.")
    expect(asked.get_by_role("button", name="Not yet")).to_be_focused()
    asked.get_by_role("button", name="Save what is masked").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    rules = {"detectors": ["email"], "patterns": [{"name": "case", "pattern": "CASE-[0-9]+"}]}
    assert project.get("/settings/masking") == rules
    project.send([chat_turn("after", ago(minutes=1), "I am ann@test.example, CASE-17")])
    page.goto("/sessions")
    sessions = page.get_by_role("table", name="Sessions")
    expect(sessions.get_by_role("link", name="I am ann@test.example, CASE-17")).to_be_visible()
    expect(sessions.get_by_role("link", name="I am [e-mail], [case]")).to_be_visible()


def test_a_pattern_that_cannot_be_is_refused_in_words_and_changes_are_undone(visit: Visit, project: Api) -> None:
    project.http.put("/observability/settings/masking", json={"detectors": ["card"]}).raise_for_status()
    page = visit(project, "/settings/masking", expected="status of 400")
    page.get_by_role("button", name="Add a pattern").click()
    page.get_by_label("Name", exact=True).fill("open")
    page.get_by_label("Pattern", exact=True).fill("(a")
    expect(page.get_by_label("Try it").get_by_role("alert")).to_contain_text("Cannot use pattern 'open'")
    page.get_by_role("button", name="Undo the changes").click()
    expect(page.get_by_role("group", name="Pattern 1")).to_have_count(0)
    expect(page.get_by_label("Try it").get_by_role("alert")).to_have_count(0)
    page.get_by_role("checkbox", name="Payment cards").uncheck()
    page.get_by_role("button", name="Mask nothing").click()
    page.get_by_role("dialog", name="Mask nothing from now on?").get_by_role("button", name="Mask nothing").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert project.get("/settings/masking") == {"detectors": [], "patterns": []}


def test_who_may_only_read_sees_and_tries_the_rules_and_changes_none(visit: Visit, project: Api) -> None:
    rules = {"detectors": ["email"], "patterns": [{"name": "case", "pattern": "CASE-[0-9]+"}]}
    project.http.put("/observability/settings/masking", json=rules).raise_for_status()
    made = project.http.post("/observability/keys", json={"name": "reader", "scopes": ["read"]}).json()
    with Api(project.url, made["apiKey"]) as reader:
        page = visit(reader, "/settings/masking", viewport={"width": 390, "height": 800})
    expect(page.get_by_role("checkbox", name="E-mail addresses")).to_be_disabled()
    expect(page.get_by_role("list", name="Patterns")).to_contain_text("CASE-[0-9]+")
    page.get_by_label("A sample").fill("<script>CASE-1</script>")
    expect(page.get_by_label("What is stored")).to_have_text("<script>[case]</script>")
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
