"""The training playground in JupyterLab: played, paused, changed while it runs, and left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explorers" / "training.ipynb"
TOKEN = "a-token-of-the-tests"
SMALL = {"n_train": 300, "n_test": 60, "step": 20}
PLAYGROUND = ".wb-training-playground"
# The number of steps, as the page says it.
STEP = f"""() => Number(
  document.querySelector('{PLAYGROUND} .wb-status').textContent.match(/step (\\d+)/)?.[1] ?? -1)"""

pytestmark = pytest.mark.browser


@pytest.fixture
def page_with_playground(open_notebook):
    page = open_notebook(NOTEBOOK, SMALL, f"{PLAYGROUND} svg")
    page.wait_for_function(f"({STEP})() === 20")
    # All later cells are done: from now on the kernel has nothing to do but this.
    page.get_by_text("other parameters than this page's").wait_for()
    return page


def wait_for_steps(page, more_than: int) -> int:
    page.wait_for_function(f"least => ({STEP})() > least", arg=more_than)
    return page.evaluate(STEP)


def wait_until(page, words: str):
    page.locator(f"{PLAYGROUND} .wb-play", has_text=re.compile(rf"^\s*{words}\s*$")).wait_for()


def nudge_sample(page) -> None:
    """Ask the kernel for something else and wait for its answer."""
    status = page.locator(f"{PLAYGROUND} .wb-status")
    before = int(re.search(r"sample (\d+)", status.inner_text())[1])
    page.locator(f"{PLAYGROUND} .wb-sample").get_by_role("slider").press("ArrowRight")
    page.wait_for_function(
        "([selector, words]) => document.querySelector(selector).textContent.includes(words)",
        arg=[f"{PLAYGROUND} .wb-status", f"sample {before + 1} "],
    )


def test_play_pause_and_change_the_rules_while_it_runs(page_with_playground, artifacts):
    page = page_with_playground
    page.screenshot(path=artifacts / "training_before.png")
    figure = page.locator(f"{PLAYGROUND} .wb-plane svg")
    before = figure.inner_html()

    page.locator(f"{PLAYGROUND} .wb-play").click()
    wait_until(page, "pause")
    done = wait_for_steps(page, 60)
    assert figure.inner_html() != before

    page.locator(f"{PLAYGROUND} .wb-beta").get_by_role("slider").press("ArrowLeft")
    page.wait_for_function(f"document.querySelector('{PLAYGROUND} .wb-status').textContent.includes('β 2.4')")
    wait_for_steps(page, done + 40)  # it goes on under the new rule
    page.get_by_role("button", name="MVAE", exact=True).click()
    page.get_by_text("product of experts (MVAE)").first.wait_for()
    wait_for_steps(page, page.evaluate(STEP) + 100)
    curves = page.locator(f"{PLAYGROUND} .wb-curves svg")
    assert "β 2.4" in curves.get_attribute("aria-label")
    assert "MVAE" in curves.get_attribute("aria-label")
    page.screenshot(path=artifacts / "training_playing.png")

    page.locator(f"{PLAYGROUND} .wb-play").press("Space")
    wait_until(page, "play")
    stands = page.evaluate(STEP)
    nudge_sample(page)
    nudge_sample(page)
    assert page.evaluate(STEP) == stands
    page.screenshot(path=artifacts / "training_paused.png")
    assert page.errors == []


def test_by_keyboard_step_start_again_undo(page_with_playground, artifacts):
    page = page_with_playground
    page.locator(f"{PLAYGROUND} .wb-one").press("Enter")
    page.wait_for_function(f"({STEP})() === 21")
    page.locator(f"{PLAYGROUND} .wb-ten").press("Space")
    page.wait_for_function(f"({STEP})() === 31")
    page.locator(f"{PLAYGROUND} .wb-again").press("Enter")
    page.wait_for_function(f"({STEP})() === 0")
    page.locator(f"{PLAYGROUND} .wb-play").press("Enter")
    wait_for_steps(page, 30)
    page.locator(f"{PLAYGROUND} .wb-play").press("Enter")
    wait_until(page, "play")
    page.screenshot(path=artifacts / "training_again.png")
    assert page.errors == []


# Ask the kernel of the notebook for the values of expressions, as a second client would.
_ASK = """async ([address, expressions]) => {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('the kernel cannot be reached'));
  });
  const header = { msg_id: 'a-question', msg_type: 'execute_request', version: '5.3',
                   username: '', session: 'a-second-client', date: new Date().toISOString() };
  const content = { code: '', silent: true, store_history: false, user_expressions: expressions,
                    allow_stdin: false, stop_on_error: false };
  const answer = new Promise(resolve => socket.onmessage = event => {
    const message = JSON.parse(event.data);
    if (message.msg_type === 'execute_reply') resolve(message.content.user_expressions);
  });
  socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content }));
  const values = await answer;
  socket.close();
  return Object.fromEntries(Object.entries(values).map(([name, v]) => [name, v.data?.['text/plain'] ?? v.evalue]));
}"""


def test_nothing_runs_on_when_the_page_is_closed(page_with_playground, lab):
    page = page_with_playground
    notebook = page.url.partition("/lab/tree/")[2].partition("?")[0]
    sessions = page.request.get(f"{lab.url}/api/sessions?token={TOKEN}").json()
    (kernel,) = (session["kernel"]["id"] for session in sessions if session["path"] == notebook)
    address = f"{lab.url.replace('http', 'ws')}/api/kernels/{kernel}/channels?token={TOKEN}"
    page.get_by_role("button", name="slow motion").click()
    page.locator(f"{PLAYGROUND} .wb-play").click()
    wait_for_steps(page, 24)
    assert page.evaluate(_ASK, [address, {"playing": "explorer.runner.playing"}]) == {"playing": "True"}
    page.goto(f"{lab.url}/login")  # a page that holds no notebook

    # The thread ends by itself: nobody presses pause.
    ended = page.evaluate(_ASK, [address, {"ended": "explorer.runner.join(60)"}])
    assert ended == {"ended": "True"}
    playing = page.evaluate(_ASK, [address, {"playing": "explorer.runner.playing"}])
    assert playing == {"playing": "False"}
