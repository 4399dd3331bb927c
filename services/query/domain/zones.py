"""Time zones as sources name them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def known_zone(name: str | None) -> ZoneInfo | None:
    """Return a zone by its IANA name; None where there is none, or it is a source's own word for one."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None  # an OSError too: "America" is a folder
