"""A real JupyterLab with a home of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import papermill
import pytest

REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = REPOSITORY / "artifacts"
TOKEN = "a-token-of-the-tests"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


class Lab:
    """A running JupyterLab server: ``folder`` is its root, ``url`` where it listens."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.kernels = f"{self.url}/api/kernels?token={TOKEN}"

    def ask(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        """One request to the server's interface; what it answers, from JSON."""
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url}/api/{what}?token={TOKEN}"
        with urllib.request.urlopen(urllib.request.Request(address, data, method=method)) as answer:
            return json.loads(answer.read() or "null")

    def end_kernels(self) -> None:
        """Each holds half a gigabyte."""
        for kernel in self.ask("GET", "kernels"):
            self.ask("DELETE", f"kernels/{kernel['id']}")

    def start_kernel(self, notebook: str) -> None:
        """The page that opens the notebook joins it; a page that has to start one asks which, if that is slow."""
        session = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        self.ask("POST", "sessions", session)

    def page_of(self, notebook: str) -> str:
        return f"{self.url}/lab/tree/{notebook}?token={TOKEN}&reset"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine: install it to run the browser tests")


@pytest.fixture(scope="session")
def lab(tmp_path_factory, chromium_path) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("home")
    folder = tmp_path_factory.mktemp("lab")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    port = _free_port()
    command = ["jupyterlab", "--allow-root", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command.append(f"--ServerApp.root_dir={folder}")
    with _server(command, home, f"http://127.0.0.1:{port}/api/status?token={TOKEN}"):
        yield Lab(folder, port)


@pytest.fixture
def voila(tmp_path, chromium_path) -> Iterator[Callable[[Path, dict[str, Any]], str]]:
    """Serve one notebook by Voilà, with other parameters; gives the address of its page."""
    with ExitStack() as servers:

        def serve(notebook: Path, parameters: dict[str, Any]) -> str:
            copy = tmp_path / notebook.name
            papermill.execute_notebook(notebook, copy, parameters, prepare_only=True, progress_bar=False)
            port = _free_port()
            command = ["voila", str(copy), f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1"]
            # Its page is the notebook run anew: a static file tells that it is up.
            address = f"http://127.0.0.1:{port}"
            servers.enter_context(_server(command, tmp_path / "home", f"{address}/voila/static/voila.js"))
            return address

        yield serve


@contextmanager
def _server(command: list[str], home: Path, answers_at: str) -> Iterator[None]:
    """A server of Jupyter's family with a home of its own."""
    home.mkdir(exist_ok=True)
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": str(REPOSITORY),
    }
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=log, stderr=log)
    try:
        _wait_until_up(answers_at, server, home / "server.log")
        yield
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def page(chromium_path, artifacts, request):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 2400})
        page.set_default_timeout(90_000)
        yield page
        page.screenshot(path=artifacts / f"{request.function.__name__}_at_the_end.png")
        browser.close()


_KERNEL_READY = """async address => (await (await fetch(address)).json()).some(
  kernel => kernel.execution_state === 'idle' && kernel.connections > 0)"""
_STARTED = """() => [...document.querySelectorAll('.jp-InputPrompt')].some(
  prompt => /\\[(\\*|\\d+)\\]/.test(prompt.textContent))"""


@pytest.fixture
def open_notebook(lab, page):
    """Open one notebook in JupyterLab with other parameters, run all its cells, and wait for a selector.

    ``page.errors`` collects whatever the console calls an error.
    """

    def open_it(notebook: Path, parameters: dict[str, Any], selector: str):
        lab.end_kernels()  # those of earlier tests
        name = f"{notebook.stem}_{len(list(lab.folder.glob('*.ipynb')))}.ipynb"
        papermill.execute_notebook(
            notebook, lab.folder / name, parameters, prepare_only=True, progress_bar=False
        )
        page.errors = []
        page.on(
            "console", lambda message: page.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        lab.start_kernel(name)
        page.goto(lab.page_of(name))
        # The page's own indicator says idle before it has joined its kernel, and cells run by then are lost.
        page.wait_for_function(_KERNEL_READY, arg=lab.kernels)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        _run_all_cells(page)
        # Widgets stay where they are: with windowing, cells out of sight leave the page.
        page.wait_for_selector(selector, state="attached")
        page.locator(selector).first.scroll_into_view_if_needed()
        return page

    return open_it


def _run_all_cells(page, attempts: int = 5) -> None:
    """Run → Run All Cells, and again if the page had not joined its kernel yet and dropped the request."""
    sync_api = pytest.importorskip("playwright.sync_api")
    # Where the kernel is slow, a dialog says that it is still initializing: it is closed, and cells are run again.
    busy = page.locator(".jp-Dialog", has_text="nitializ")
    page.add_locator_handler(busy, lambda dialog: dialog.locator(".jp-mod-accept").click())
    for attempt in range(attempts):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            page.wait_for_function(_STARTED, timeout=10_000)
            return
        except sync_api.TimeoutError:
            if attempt == attempts - 1:
                raise


@pytest.fixture
def artifacts() -> Path:
    """Where screenshots are kept for whoever wants to look."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(url: str, server: subprocess.Popen, log: Path) -> None:
    import time

    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it is up, whatever it thinks of the address
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(f"the server did not answer: {log.read_text()[-2000:]}")
