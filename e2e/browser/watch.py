"""What a page does beside what a test looks at: it must not complain, fail, or speak to anybody else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Request, Response

LOCAL_SCHEMES = frozenset({"data", "blob"})
POLICY = "default-src 'self'"


class Watch:
    """Listens to one page from its first request on."""

    def __init__(self, page: Page, origin: str, expected: str) -> None:
        """``expected`` is a pattern of console messages that are part of the test, such as a refused sign-in."""
        self.faults: list[str] = []
        self.documents = 0
        self._origin = origin
        self._expected = re.compile(expected or r"(?!)")
        page.on("console", self._console)
        page.on("dialog", self._dialog)
        page.on("pageerror", self._page_error)
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not self._expected.search(message.text):
            self.faults.append(f"console {message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        """The page's own are elements: the browser's can only come from a script that is not ours."""
        self.faults.append(f"a dialog of the browser: {dialog.type} {dialog.message}")
        dialog.dismiss()

    def _page_error(self, error: Error) -> None:
        self.faults.append(f"uncaught error: {error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in LOCAL_SCHEMES and f"{address.scheme}://{address.netloc}" != self._origin:
            self.faults.append(f"request to another origin: {request.method} {request.url}")

    def _response(self, response: Response) -> None:
        if response.request.resource_type != "document":
            return
        self.documents += 1
        if not response.headers.get("content-security-policy", "").startswith(POLICY):
            self.faults.append(f"no content security policy: {response.url}")
