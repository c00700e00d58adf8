"""How a hostile target is checked, and how that ended."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme
from hostile_corpus import STOPPED

from retailspec.checks import Options
from retailspec.conformance import Conformance, Settings
from retailspec.errors import RetailspecError
from retailspec.report.record import result_record, run_record
from retailspec.report.terminal import summary_lines

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = "omni-inventory"
TOKEN = "Hst7-tok/en+of=the.corpus"
RULES = ("update.ok", "no-server-error")


@dataclass(frozen=True)
class Told:
    """How one run ended.

    Args:
        ends: How `update.ok` ended, or that the run was stopped before.
        text: What the user was told, all lines.
        sent: How many requests were sent.
    """

    ends: str
    text: str
    sent: int = 0


class Certificates:
    """A certificate authority, and servers' certificates good and bad.

    Args:
        folder: Where the authority's own certificate is written.
    """

    def __init__(self, folder: Path) -> None:
        self._own, self._unknown = trustme.CA(), trustme.CA()
        self.file = folder / "ca.pem"
        self._own.cert_pem.write_to_path(self.file)

    def context(self, kind: str) -> ssl.SSLContext | None:
        """Return the server's side of TLS with a certificate of a kind, or None for none."""
        if not kind:
            return None
        long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        certificate = {
            "good": lambda: self._own.issue_cert("127.0.0.1"),
            "other": lambda: self._own.issue_cert("other.example"),
            "unknown": lambda: self._unknown.issue_cert("127.0.0.1"),
            "expired": lambda: self._own.issue_cert(
                "127.0.0.1", not_before=long_ago, not_after=long_ago + dt.timedelta(days=9)
            ),
        }[kind]()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


def target_file(folder: Path, url: str, **settings: object) -> Path:
    """Write a target file for `omni-inventory` with short limits, and return it."""
    file = folder / "target.toml"
    lines = [
        f"[{CONTRACT}]",
        f'base_url = "{url}"',
        'credentials.token = "env:HOSTILE_TOKEN"',
        'fixtures.store_code = "Store1"',
        'fixtures.variant_code = "BURGER01"',
    ]
    limits = {"timeout": 0.6, "patience": 0.4, **settings}
    lines += [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in limits.items()
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


def checked(file: Path) -> Told:
    """Check a target by a few rules, as `retailspec check` does, and return how that ended."""
    options = Options(profile="off")
    conformance = Conformance(Settings((CONTRACT,), target_file=str(file), options=options))
    try:
        conformance.select([(CONTRACT, rule) for rule in RULES])
        conformance.prepare()
        results = {rule: conformance.result(CONTRACT, rule) for rule in RULES}
        run = conformance.run(CONTRACT)
        records = [result_record(result, run) for result in results.values()]
        lines = summary_lines(records, [run_record(run)], conformance.contracts)
        text = "\n".join(line for line, _ in lines)
        return Told(results["update.ok"].verdict.value, text, run.session.sent)
    except RetailspecError as error:
        return Told(STOPPED, str(error))
    finally:
        conformance.close()
