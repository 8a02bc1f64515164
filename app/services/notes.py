"""Notes that several people write on one thing, each on a device of his own: parts between commas, only ever added."""


def parts(text: str | None) -> list[str]:
    """The parts of a comma-separated text, without empty ones."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def appended(stored: str | None, sent: str | None) -> str | None:
    """The notes with what is new in ``sent`` at their end; as they are when nothing is."""
    kept = parts(stored)
    added = [part for part in dict.fromkeys(parts(sent)) if part not in kept]
    return ",".join(kept + added) if added else stored
