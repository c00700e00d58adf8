"""Rules whose every fault is seen by other rules too, because those say as much."""

OVERLAPS: dict[str, dict[str, frozenset[str]]] = {
    "omni-orders": {
        "response.status": frozenset(
            {
                "cancel.from.complete-paid",
                "cancel.from.confirmed-paid",
                "cancel.from.confirmed-unpaid",
                "cancel.from.new-paid",
                "cancel.from.new-unpaid",
            }
        ),
        "order.fields": frozenset({"response.schema"}),
        "response.schema": frozenset({"auth.missing", "auth.scheme", "auth.wrong"}),
        "order.status-pair": frozenset({"order.frame"}),
        "order.payment-status": frozenset({"order.frame"}),
        "error.shape": frozenset({"complete.from.complete-paid", "confirm.from.complete-paid"}),
        "confirm.from.cancelled-unpaid": frozenset({"cancel.final", "confirm.from.cancelled-paid"}),
        "confirm.from.cancelled-paid": frozenset({"cancel.final"}),
        "paid.from.cancelled-unpaid": frozenset({"cancel.final"}),
        "paid.from.cancelled-paid": frozenset({"cancel.final"}),
        "complete.from.cancelled-unpaid": frozenset({"cancel.final"}),
        "cancel.from.cancelled-unpaid": frozenset({"cancel.final", "cancel.from.cancelled-paid"}),
    },
    "omni-inventory": {
        "variant_code.empty": frozenset({"inventories.second-item"}),
        "variant_code.unknown": frozenset({"inventories.second-item"}),
        "variant_code.missing": frozenset({"inventories.second-item"}),
        "price.missing": frozenset({"inventories.second-item"}),
        "update.ok": frozenset({"update.flags"}),
        "response.status": frozenset(
            {
                "update.defaults",
                "update.flags",
                "update.many",
                "update.ok",
                "update.price",
                "update.price.zero",
            }
        ),
        "response.schema": frozenset({"update.many"}),
    },
    "comestri-inventory": {
        "create.minimal": frozenset(
            {
                "create.by-product-code",
                "create.by-product-id",
                "create.enums",
                "create.nulls",
                "create.qty-zero",
            }
        ),
        "create.by-product-id": frozenset(
            {"create.enums", "create.full", "create.minimal", "create.nulls", "create.qty-zero"}
        ),
        "response.status": frozenset({"create.nulls"}),
        "response.fields": frozenset({"response.schema"}),
        "response.schema": frozenset({"response.fields"}),
    },
    "sirclo-inventory": {
        "update.ok": frozenset({"response.schema"}),
        "update.sync-stock": frozenset({"update.sync-stock.both"}),
        "update.sync-stock.omitted": frozenset({"update.boundaries", "update.ok"}),
        "refuse.code.missing": frozenset({"refuse.second-channel"}),
        "refuse.qty.missing": frozenset({"refuse.second-channel"}),
        "auth.partner-id.missing": frozenset({"history.auth"}),
        "auth.secret.wrong.random": frozenset(
            {
                "auth.secret.wrong.other-body",
                "auth.secret.wrong.other-key",
                "auth.secret.wrong.other-uri",
                "auth.wrong",
            }
        ),
        "auth.partner-id.missing.status": frozenset({"history.auth.status"}),
        "auth.secret.missing.status": frozenset({"history.auth.status"}),
        "auth.secret.wrong.random.status": frozenset(
            {
                "auth.partner-id.missing.status",
                "auth.partner-id.wrong.status",
                "auth.secret.wrong.hex.status",
                "auth.secret.wrong.other-body.status",
                "auth.secret.wrong.other-key.status",
                "auth.secret.wrong.other-uri.status",
            }
        ),
        "auth.secret.wrong.other-key.status": frozenset({"history.auth.status"}),
        "auth.secret.wrong.other-body.status": frozenset({"history.auth.status"}),
        "auth.secret.wrong.hex.status": frozenset({"history.auth.status"}),
        "response.schema": frozenset({"update.distinct"}),
    },
    "mipos-inventory": {
        "sync.item.stock": frozenset({"sync.item.type.stock"}),
    },
    "mipos-receiver": {
        "response.status": frozenset({"receiver.accepts"}),
    },
}

SOMETIMES: dict[str, dict[str, frozenset[str]]] = {
    "omni-orders": {"race.single-winner": frozenset({"race.linearizable"})},
}
"""As above, but only where the machine runs calls made at once in an order that shows it."""
