"""Forms of the page, held to be of the page: no other site can send one in a person's name."""

import secrets

from fastapi import HTTPException, Request
from starlette.datastructures import FormData

from services.query.page.sessions import Session


def check_form(session: Session, form_key: str) -> None:
    """Refuse a form that does not bring the session's key along.

    Raises:
        HTTPException: 403.
    """
    if not secrets.compare_digest(session.form_key.encode(), form_key.encode()):
        raise HTTPException(403, "this form is not from this page, or is out of date")


async def checked_form(request: Request) -> FormData:
    """Return what a form of the signed-in person says.

    Raises:
        HTTPException: 403 where it is of another site.
    """
    form = await request.form()
    check_form(request.state.session, str(form.get("form_key", "")))
    return form


def texts_of(form: FormData) -> dict[str, str]:
    """Return what a form says in texts; files are none."""
    return {name: value for name, value in form.items() if isinstance(value, str)}
