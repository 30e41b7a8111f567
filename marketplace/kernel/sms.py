"""Text messages. A sender takes a row of the outbox, as one of e-mail does; which one is used is a setting.

No provider comes with the application. Whoever has a contract with one adds its sender here, under a name. The one that is here writes
to a file: for development, and to see what would be sent.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from marketplace.kernel.outbox import OutboxMessage, Sender, filled


def file_sender(path: Path) -> Sender:
    """Write each message as a line of a file."""

    def send(message: OutboxMessage) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = " ".join(filled(message.body, message.recipient).split())
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{message.id}\t{message.recipient}\t{text}\n")

    return send


ADAPTERS: Mapping[str, Callable[[Mapping[str, Any]], Sender]] = {"file": lambda config: file_sender(Path(config["SMS_FILE"]))}


def sender(config: Mapping[str, Any]) -> Sender | None:
    """The sender that the settings name; None: text messages are off.

    Raises: ValueError: there is none of that name.
    """
    name = config["SMS_ADAPTER"]
    if not name:
        return None
    if name not in ADAPTERS:
        raise ValueError(f"SMS_ADAPTER={name}: there is {', '.join(sorted(ADAPTERS))}, or nothing: then no text messages are sent")
    return ADAPTERS[name](config)
