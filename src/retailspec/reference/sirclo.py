"""The reference server of the SIRCLO (Connexi) inventory API, written from its document."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Literal, get_args

from retailspec.errors import UsageError
from retailspec.reference.base import Answer, Call, Operation
from retailspec.reference.sirclo_history import (
    ChannelStock,
    Clock,
    HistoryRecord,
    item_fields,
    older_records,
    record_fields,
)
from retailspec.reference.sirclo_parameters import SircloParameters
from retailspec.signing import same_signature, sirclo_secret, unencoded_uri

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from retailspec.reference.sirclo_history import StockUpdate

__all__ = ["LeadingSlash", "SircloInventory"]

LeadingSlash = Literal["always", "never", "as-printed"]
"""Which paths are signed with their first slash; as printed, a GET's is and a POST's is not."""

SKUS: Final = ("sku1", "sku2", "sku3")
SEEDED: Final = 25
"""How many older records the history begins with."""

STEP: Final = timedelta(seconds=0.04)
"""How far a steady server's clock goes on from one call to the next."""

DEFAULT_LIMIT: Final = 100
DEFAULT_OFFSET: Final = 0


class SircloInventory(SircloParameters):
    """The inventory API of one partner, with a history that follows an update a little later.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: `partner_id` and `secret` to use instead of random ones.
        leading_slash: Which paths are signed with their first slash.
        history_delay: How long after an update its record shows in the history, in seconds.

    Attributes:
        records: The history, oldest first, with those that do not show yet.

    Raises:
        UsageError: `leading_slash` is none of the three, or a credential has an unknown name.
    """

    name: ClassVar[str] = "sirclo-inventory"

    def __init__(
        self,
        *,
        https_only: bool = False,
        credentials: Mapping[str, str] | None = None,
        leading_slash: LeadingSlash = "always",
        history_delay: float = 0.1,
    ) -> None:
        super().__init__(https_only=https_only, credentials=credentials)
        if leading_slash not in get_args(LeadingSlash):
            raise UsageError(f"leading_slash is always, never or as-printed, not {leading_slash!r}")
        self.leading_slash = leading_slash
        self.history_delay = timedelta(seconds=history_delay)
        self.clock = Clock()
        self.records = older_records(SEEDED, self.clock.now(), SKUS)

    def default_credentials(self) -> dict[str, str]:
        """Return a random partner id, and a secret that looks like base64 as the printed one."""
        return {
            "partner_id": secrets.token_hex(8),
            "secret": base64.b64encode(secrets.token_bytes(32)).decode("ascii"),
        }

    def steady(self) -> None:
        """Let the history follow an update some calls later, however long they take."""
        self.clock = Clock(STEP)

    def operations(self) -> list[Operation]:
        """Return the two documented calls."""
        base = "/v1/partner/inventory"
        return [
            Operation("update", "POST", f"{base}/updatestocks", self.update),
            Operation("history", "GET", f"{base}/history", self.history),
        ]

    def fixtures(self) -> dict[str, object]:
        """Return a product, a warehouse and two marketplaces."""
        return {
            "sku": SKUS[0],
            "warehouse": "default",
            "channel": "bklp",
            "second_channel": "blib",
        }

    def error_body(self, status: int, text: str) -> object:  # noqa: ARG002 - one shape for all
        """Return the body of any error; the document prints none."""
        return {"message": text}

    # Who is calling (Header Parameters, Composing Secret)

    def authenticate(self, call: Call) -> str:
        """Return the partner whose id and secret the call carries; 401 for any other."""
        if call.raw is None:
            self.refuse(413, "The body is too large")
        partner = self.read_header(call, "partner-id")
        if not same_signature(self.credentials["partner_id"], partner):
            self.refuse(401, "partner-id is missing or wrong")
        if not self.is_secret(call, self.read_header(call, "secret")):
            self.refuse(401, "secret is missing or wrong")
        return self.credentials["partner_id"]

    def read_header(self, call: Call, name: str) -> str | None:
        """Return the value of a header that was sent exactly once."""
        values = call.headers.getlist(name)
        return values[0] if len(values) == 1 else None

    def is_secret(self, call: Call, given: str | None) -> bool:
        """Tell whether a `secret` header is the call's."""
        return same_signature(self.expected_secret(call), given)

    def expected_secret(self, call: Call) -> str:
        """Return the `secret` header that the call has to carry."""
        return sirclo_secret(
            self.credentials["secret"],
            self.signed_uri(call),
            self.signed_body(call),
            leading_slash=self.signs_slash(call),
        )

    def signed_uri(self, call: Call) -> str:
        """Return path and query as they were sent, percent-encoding undone."""
        path, _, query = call.target.partition("?")
        return unencoded_uri(path, query)

    def signed_body(self, call: Call) -> bytes:
        """Return the exact bytes of the body."""
        return call.raw or b""

    def signs_slash(self, call: Call) -> bool:
        """Tell whether the call's path is signed with its first slash."""
        if self.leading_slash == "as-printed":
            return call.method == "GET"
        return self.leading_slash == "always"

    # Update Stocks

    async def update(self, _call: Call, body: dict[str, object]) -> Answer:
        """Answer an update with a fresh transaction code; the history follows."""
        update = self.check_update(body)
        code = self.transaction_code()
        self.apply(code, update)
        return Answer(200, {"transaction_code": code})

    def transaction_code(self) -> str:
        """Return a fresh transaction code."""
        return str(uuid.uuid4())

    def apply(self, code: str, update: StockUpdate) -> None:
        """Enter an update in the history, which shows it when it is done."""
        created = self.clock.now()
        done = created + self.history_delay
        self.records.append(HistoryRecord(len(self.records) + 1, code, update, created, done))

    # Get Update History

    async def history(self, call: Call, _body: dict[str, object]) -> Answer:
        """Answer a page of the history."""
        limit = self.check_count("limit", call.query.get("limit"), DEFAULT_LIMIT)
        offset = self.check_count("offset", call.query.get("offset"), DEFAULT_OFFSET)
        since = self.check_timestamp(call.query.get("updated_at"))
        matching = self.matching(since)
        page = self.page(matching, limit, offset)
        return Answer(200, self.history_body(page, self.total(matching, page), limit, offset))

    def matching(self, since: datetime | None) -> list[HistoryRecord]:
        """Return the records that show by now and pass the filter, in the order of the history."""
        now = self.clock.now()
        shown = [record for record in self.records if record.updated_at <= now]
        return self.ordered([one for one in shown if since is None or self.is_since(one, since)])

    def is_since(self, record: HistoryRecord, since: datetime) -> bool:
        """Tell whether a record was updated at an instant or after it."""
        return record.updated_at >= since

    def ordered(self, records: list[HistoryRecord]) -> list[HistoryRecord]:
        """Return records in the order of the history: the one updated last comes first."""
        return sorted(records, key=lambda record: record.updated_at, reverse=True)

    def page(self, records: list[HistoryRecord], limit: int, offset: int) -> list[HistoryRecord]:
        """Return at most `limit` records, those after the first `offset`."""
        return records[offset : offset + limit]

    def total(self, matching: list[HistoryRecord], page: list[HistoryRecord]) -> int:  # noqa: ARG002 - a subclass may count the page
        """Return `total_record`: how many records there are on all pages together."""
        return len(matching)

    def history_body(
        self, page: list[HistoryRecord], total: int, limit: int, offset: int
    ) -> dict[str, object]:
        """Return the whole answer, with the limit and offset that were asked for."""
        return {
            "data": [self.record_body(record) for record in page],
            "total_record": total,
            "offset": offset,
            "limit": limit,
            "message": "",
            "reference": str(uuid.uuid4()),
        }

    def record_body(self, record: HistoryRecord) -> dict[str, object]:
        """Return a record with an item for each channel."""
        rows = enumerate(record.update.channels)
        items = [self.item_body(record, row, channel) for row, channel in rows]
        return record_fields(record, items)

    def item_body(
        self, record: HistoryRecord, row: int, channel: ChannelStock
    ) -> dict[str, object]:
        """Return the item of one channel; a product that is not known has no number."""
        sku = record.update.sku
        variant_id = 334_621 + SKUS.index(sku) if sku in SKUS else 0
        return item_fields(record, row, channel, variant_id=variant_id)
