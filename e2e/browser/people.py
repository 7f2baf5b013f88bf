"""People of a project: invited, come in, and signed in in browsers of their own."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from e2e.api import Api

PASSWORD = "a dozen letters and more"


@dataclass(frozen=True)
class SignedIn:
    """A browser by its cookie."""

    url: str
    cookies: dict[str, str]

    def send(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"origin": self.url}
        return httpx.request(
            method, f"{self.url}{path}", json=body, cookies=self.cookies, headers=headers, trust_env=False
        )

    @property
    def status(self) -> int:
        """200 while it is signed in."""
        return self.send("GET", "/auth/me").status_code


def invite(project: Api, role: str) -> str:
    """The link of an invitation for whoever has it."""
    answer = project.http.post("/observability/invitations", json={"role": role})
    answer.raise_for_status()
    link: str = answer.json()["link"]
    return link


def join(project: Api, role: str, email: str, name: str = "") -> SignedIn:
    """Somebody comes in by an invitation."""
    token = invite(project, role).partition("#invitation=")[2]
    return _come_in(project, "/auth/accept", {"token": token, "email": email, "name": name, "password": PASSWORD})


def sign_in(project: Api, email: str, password: str = PASSWORD) -> SignedIn:
    """The same person in another browser."""
    return _come_in(project, "/auth/login", {"email": email, "password": password})


def _come_in(project: Api, path: str, body: object) -> SignedIn:
    answer = SignedIn(project.url, {}).send("POST", path, body)
    answer.raise_for_status()
    return SignedIn(project.url, dict(answer.cookies))
