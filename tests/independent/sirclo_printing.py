"""How the independent SIRCLO server prints the records of its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

Record = dict[str, Any]


class Printing:
    """A record, its items and their timestamps, as the document prints them."""

    def show(self, record: Record) -> dict[str, Any]:
        return {
            "id": record["number"],
            "tenant_id": 123,
            "user_id": 0,
            "transaction_code": record["code"],
            "action_name": "partner_update_stocks",
            "upload_file_url": "",
            "total_sku": 1,
            **self.stamps(record),
            "update_stock_history_item": [
                self.item(record, row, channel) for row, channel in enumerate(record["channels"])
            ],
        }

    def item(self, record: Record, row: int, channel: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": 11701 + row,
            "update_stock_history_id": record["number"],
            "store_id": 123,
            "store_name": "Test Toko",
            "warehouse_id": 0,
            "warehouse_name": record["warehouse"],
            "variant_id": 334621,
            "sku": record["sku"],
            "remote_variant": '{"item_id": 12346, "variation_id": 0}',
            "row_number": row,
            "channel": channel["code"],
            "qty": channel["qty"],
            "retrier_count": 1,
            "progress": False,
            "client_reponse": '{"item":{"item_id":12345}}',
            "message": "Successfully Updated",
            "success": True,
            **self.stamps(record),
        }

    def stamps(self, record: Record) -> dict[str, Any]:
        return {
            "created_at": self.stamp(record["made"]),
            "updated_at": self.stamp(record["done"]),
            "finished_at": self.stamp(record["done"]),
        }

    def stamp(self, moment: datetime) -> str:
        return moment.isoformat().replace("+00:00", "Z")
