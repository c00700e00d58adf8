"""The reference server of the mipOS inventory API, written from its document."""

from __future__ import annotations

from typing import ClassVar, Final

from retailspec.reference.base import Operation
from retailspec.reference.mipos_stock import MiposStock
from retailspec.reference.mipos_sync import MiposSync
from retailspec.reference.mipos_webhook import MiposWebhooks

__all__ = ["MiposInventory"]

BASE: Final = "/api/v1/inventory/pos"


class MiposInventory(MiposSync, MiposStock, MiposWebhooks):
    """The three calls of the platform, and the webhook that it sends.

    Args:
        https_only: Whether API calls over plain HTTP are refused.
        credentials: `token` and `client_secret` to use instead of random ones.
        webhook_tls: What certificates to trust at https webhook URLs; None for the usual ones.
    """

    name: ClassVar[str] = "mipos-inventory"

    def operations(self) -> list[Operation]:
        """Return the three documented calls."""
        system = f"{BASE}/store/{{store_id}}/system"
        return [
            Operation("sync", "POST", f"{system}/sync", self.sync),
            Operation("stock", "POST", f"{system}/stock/update", self.update_stock),
            Operation("webhook", "POST", f"{BASE}/webhook/manage", self.manage_webhook),
        ]
