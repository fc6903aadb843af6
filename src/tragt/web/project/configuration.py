"""Every setting of an installation, in one typed table.

A setting comes from the environment (``TRAGT_`` and its name in capitals), else from the file ``tragt.toml`` in the
home folder, else it has its default. The unit of observation is the setting.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs

from tragt.errors import InvalidSetting

__all__ = ["FILE", "INCOMING", "PREFIX", "SECRET", "Configuration", "default_of", "load", "settings_table"]

PREFIX = "TRAGT_"
FILE = "tragt.toml"
SECRET = "secret"
INCOMING = "incoming"

# Names that tests, benchmarks and set-up read for themselves.
OTHERS = ("TRAGT_SOAK_ROUNDS", "TRAGT_SHARED", "TRAGT_TEST_DATABASE_URL")


def _means(meaning: str, example: str = "", *, secret: bool = False) -> dict[str, Any]:
    return {"meaning": meaning, "example": example, "secret": secret}


def _home() -> Path:
    return Path(platformdirs.user_data_dir("tragt", appauthor=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What an installation was told."""

    home: Path = field(
        default_factory=_home,
        metadata=_means("Folder that holds everything: database, event log, files, secret.", "/srv/tragt"),
    )
    database_url: Annotated[str, msgspec.Meta(pattern=r"^(sqlite:///.+|postgres(ql)?://.+)?$")] = field(
        default="",
        metadata=_means(
            "Address of the database, SQLite or PostgreSQL; empty means an SQLite file in the home folder.",
            "postgres://tragt:password@localhost/tragt",
            secret=True,
        ),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=_means("Address that the web server listens on; 0.0.0.0 opens it to the network.", "0.0.0.0"),
    )
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = field(
        default=8000, metadata=_means("Port that the web server listens on; 0 takes a free one.", "8080")
    )
    address: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^/\s]+.*)?$")] = field(
        default="",
        metadata=_means(
            "Address by which people reach the pages, for links in mail and for the check of host names; "
            "empty means http://localhost and the port.",
            "https://tragt.example.org",
        ),
    )
    secret_key: str = field(
        default="",
        metadata=_means(
            "Key that signs sessions and encrypts secrets; empty means one made once in the home folder.", secret=True
        ),
    )
    language: Literal["en", "da", "sv", "nb"] = field(
        default="en",
        metadata=_means(
            "Language of what is said before anyone signed in, where the browser asks for none that Tragt speaks.", "da"
        ),
    )
    mail_url: str = field(
        default="console:",
        metadata=_means(
            "How mail leaves: console: (it is printed), smtp://user:password@host:587, smtps://user:password@host, "
            "file:///folder, or a service with its key: mailgun, postmark, sendgrid, brevo, resend, sparkpost.",
            "smtp://tragt:password@mail.example.org:587",
            secret=True,
        ),
    )
    mail_from: str = field(
        default="Tragt <tragt@localhost>", metadata=_means("Sender of outgoing mail.", "Sales <sales@example.org>")
    )
    mfa: Literal["off", "optional", "required"] = field(
        default="optional",
        metadata=_means("A second factor at sign-in: not offered, left to each user, or asked of all.", "required"),
    )
    # The token comes straight from the provider and is believed for that, so nobody may stand between.
    oidc_url: Annotated[
        str, msgspec.Meta(pattern=r"^(https://\S+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/\S*)?)?$")
    ] = field(
        default="",
        metadata=_means(
            "Address of an OpenID Connect provider, with https unless it is on this machine; empty means none.",
            "https://id.example.org",
        ),
    )
    oidc_name: str = field(
        default="Single sign-on", metadata=_means("What the button for the provider says.", "Example ID")
    )
    oidc_client: str = field(
        default="", metadata=_means("Client id that the provider knows this installation by.", "tragt")
    )
    oidc_secret: str = field(default="", metadata=_means("Secret that belongs to the client id.", secret=True))
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = field(
        default=1, metadata=_means("Worker processes that `tragt up` starts for jobs.", "2")
    )
    upload_limit_mb: Annotated[int, msgspec.Meta(ge=1)] = field(
        default=2048, metadata=_means("Largest file that can be uploaded, in megabytes.", "500")
    )
    allow_private_addresses: Literal["no", "yes"] = field(
        default="no",
        metadata=_means(
            "Whether what people type may lead into the own network: receivers of webhooks there, for example; "
            "this machine without encryption too.",
            "yes",
        ),
    )
    file_limit_mb: Annotated[int, msgspec.Meta(ge=1, le=2000)] = field(
        default=25, metadata=_means("Largest file that can be put on a person, company or deal, in megabytes.", "50")
    )
    file_quota_gb: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = field(
        default=50, metadata=_means("How much all files on records may take together, in gigabytes.", "200")
    )
    api_requests_a_minute: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = field(
        default=6000, metadata=_means("How many requests an API key may send a minute.", "600")
    )
    api_rows_a_minute: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = field(
        default=300_000,
        metadata=_means("How many items an API key may read in lists and send in bulk a minute.", "50000"),
    )
    log_level: Literal["debug", "info", "warning", "error"] = field(
        default="warning", metadata=_means("How much the processes say in the terminal.", "info")
    )

    @property
    def public_address(self) -> str:
        """The address for links, without a slash at its end."""
        return (self.address or f"http://localhost:{self.port}").rstrip("/")

    @property
    def lake(self) -> Path:
        """Folder of the event log."""
        return self.home / "lake"

    @property
    def arriving(self) -> tuple[Path, Path]:
        """Folders of files on their way in: as the browser sends them, and before an import has them."""
        return self.home / INCOMING, self.home / "uploads" / INCOMING

    @property
    def database(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'tragt.sqlite3'}"

    @property
    def inbox(self) -> str:
        """File of the inbox, beside that of the database, where that is one."""
        return self.database.removeprefix("sqlite:///").removesuffix(".sqlite3") + "-inbox.sqlite3"


def load(environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration of this process.

    Args:
        environment: Variables to read; None means those of the process.

    Raises:
        InvalidSetting: A name that does not exist, a value that is not allowed, or a file that cannot be read.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (os.environ if environment is None else environment).items()
        if name.startswith(PREFIX) and name not in OTHERS
    }
    home = Path(given["home"]).expanduser() if given.get("home") else _home()
    file = home / FILE
    written = _read(file)
    if "home" in written:
        raise InvalidSetting(
            "settings.home_in_file",
            f"{file} names a home folder, but it is read from the home folder. Set {PREFIX}HOME in the environment.",
        )
    _known(written, str(file), lambda name: name)
    _known(given, "the environment", lambda name: PREFIX + name.upper())
    return _converted({**written, **given, "home": str(home.resolve())})


def settings_table() -> tuple[Field[Any], ...]:
    """Every setting as a dataclass field; ``metadata`` holds ``meaning``, ``example`` and ``secret``."""
    return fields(Configuration)


def default_of(one: Field[Any]) -> Any:
    """What a setting is when nobody sets it; None where the machine decides."""
    return None if one.default is MISSING else one.default


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InvalidSetting(
            "settings.file", f"{file} is not valid TOML: {problem}. Write one setting a line, like port = 8000."
        ) from None
    except OSError as problem:
        raise InvalidSetting(
            "settings.file", f"{file} cannot be read: {problem.strerror}. Give this user the right to read it."
        ) from None


def _known(given: Mapping[str, Any], where: str, spelled: Any) -> None:
    names = [one.name for one in fields(Configuration)]
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            hint = f"Did you mean {spelled(close[0])}?" if close else f"Known are {', '.join(map(spelled, names))}."
            raise InvalidSetting("settings.unknown", f"There is no setting {spelled(name)} (in {where}). {hint}")


def _converted(values: dict[str, Any]) -> Configuration:
    # One field at a time, so that the message can name the setting as it was written.
    known = {one.name: one for one in fields(Configuration)}
    done: dict[str, Any] = {}
    for name, value in values.items():
        kind: Any = known[name].type
        try:
            done[name] = Path(value) if kind is Path else msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as problem:
            shown = "its value" if known[name].metadata["secret"] else repr(value)
            raise InvalidSetting(
                "settings.value",
                f"{PREFIX}{name.upper()} is {shown}, which does not fit ({problem}). {known[name].metadata['meaning']}",
            ) from None
    return Configuration(**done)
