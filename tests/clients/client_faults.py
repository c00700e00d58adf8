"""What clients do wrong, as edits to sound ones, each with the rule that has to catch it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMMANDS", "FAULTS", "Fault"]

_ORDERS = "{base_url}/api/store/orders"
_HEAD = '-H "Content-Type: application/json" -H "Authorization: token {token}" -H "Expect:"'

COMMANDS = {
    "omni-orders": (
        f'curl -X POST {_HEAD} {_ORDERS}/confirm -i -d \'{{ "number": "ORDER" }}\'\n'
        f'curl -X POST {_HEAD} {_ORDERS}/paid -i -d \'{{ "order": "ORDER" }}\'\n'
        f'curl -X POST {_HEAD} {_ORDERS}/complete -i -d \'{{ "order": "ORDER" }}\'\n'
        f'curl -X POST {_HEAD} {_ORDERS}/cancel -i -d \'{{ "order": "ORDER" }}\'\n'
    ),
    "omni-inventory": (
        f"curl -X POST {_HEAD} {{base_url}}/api/backend/inventories/update -i "
        '-d \'{ "store_code": "{store_code}", "inventories": [{"variant_code": "{variant_code}", '
        '"price": 36364, "out_of_stock": false, "is_active": true}] }\'\n'
    ),
}
"""The commands that the documents print, with address, token and fixtures filled in by `watch`.

ORDER stands for one fresh order, so that a client can follow it."""


@dataclass(frozen=True)
class Fault:
    """One mistake of a client.

    Args:
        name: What it does wrong.
        contract: Whose client it is.
        kind: Which sound client is spoilt: `curl` as printed, the example for `python` or `node`.
        rule: The rule that catches it.
        old: What the sound client has; the first of it is replaced.
        new: What the spoilt one has there.
        also: Rules that are broken as a consequence.
    """

    name: str
    contract: str
    kind: str
    rule: str
    old: str
    new: str
    also: tuple[str, ...] = ()


_PAID = '    yield http.post(f"{url}/paid", headers=headers, json={"order": order})\n'
_CANCEL = '    yield http.post(f"{url}/cancel", headers=headers, json={"order": order})\n'
_CONFIRM = '    yield http.post(f"{url}/confirm", headers=headers, json={"number": order})\n'
_NODE_PAID = '    await post("/api/store/orders/paid", token, { order });\n'
_BASE = ('env["RETAILSPEC_BASE_URL"]', 'env["RETAILSPEC_HTTP_URL"]')
_LABEL = '"Content-Type": "application/json", Authorization: authorization'
_JSON_INVENTORY = 'headers=headers, json={"inventory": inventory}'
_COMPACT = 'separators=(",", ":")'

_ROWS: dict[tuple[str, str], list[tuple[str, ...]]] = {
    ("omni-orders", "curl"): [
        (
            "labelled as curl does by itself",
            "client.content-type",
            '-H "Content-Type: application/json" ',
            "",
        ),
        ("no label", "client.content-type", '"Content-Type: application/json"', '"Content-Type:"'),
        ("asks for 100 Continue", "client.expect-header", '"Expect:"', '"Expect: 100-continue"'),
        ("bearer token", "client.auth", "token {token}", "Bearer {token}"),
        ("unfilled variable", "client.auth", "token {token}", "token $TOKEN"),
        ("plain HTTP", "client.https", "{base_url}", "{http_url}"),
        ("trailing slash", "client.path", "/confirm", "/confirm/"),
        ("doubled base path", "client.path", "{base_url}/api", "{base_url}/api/api"),
        ("doubled slash", "client.path", "{base_url}/api", "{base_url}//api"),
        ("unquoted key", "client.schema", '{ "number"', "{ number"),
        ("empty body", "client.schema", '{ "number": "ORDER" }', ""),
        ("PATCH for POST", "client.method", "-X POST", "-X PATCH"),
        (
            "confirmed in the end",
            "client.lifecycle",
            '/cancel -i -d \'{ "order"',
            '/confirm -i -d \'{ "number"',
        ),
    ],
    ("omni-orders", "python"): [
        ("wrong field", "client.schema", '{"number": order}', '{"order": order}'),
        (
            "form",
            "client.content-type",
            'json={"number": order}',
            'data={"number": order}',
            "client.schema",
        ),
        (
            "asks for 100 Continue",
            "client.expect-header",
            "TOKEN']}\"}\n    order",
            'TOKEN\']}", "Expect": "100-continue"}\n    order',
        ),
        (
            "token in the query",
            "client.auth",
            'confirm", headers=headers',
            "confirm?token={env['OMNI_ORDERS_TOKEN']}\"",
        ),
        ("wrong token", "client.auth", "TOKEN']}", "TOKEN'][::-1]}"),
        ("wrong path", "client.path", '"/api/store/orders"', '"/api/store/order"'),
        (
            "PUT for POST",
            "client.method",
            'http.post(f"{url}/confirm"',
            'http.put(f"{url}/confirm"',
        ),
        ("call after cancel", "client.lifecycle", _CANCEL, _CANCEL + _PAID),
        ("confirm after it was told confirmed", "client.lifecycle", _CONFIRM, _CONFIRM * 2),
        ("paid after complete", "client.lifecycle", _CANCEL, _PAID),
        ("plain HTTP", "client.https", *_BASE),
    ],
    ("omni-orders", "node"): [
        ("paid twice", "client.lifecycle", _NODE_PAID, _NODE_PAID * 2),
        (
            "wrong field",
            "client.schema",
            'paid", token, { order }',
            'paid", token, { number: order }',
        ),
        ("number as a number", "client.schema", "{ number: order }", "{ number: 12345 }"),
        ("list of orders", "client.schema", "{ number: order }", "[{ number: order }]"),
        ("not serialised", "client.schema", "JSON.stringify(value)", "String(value)"),
        (
            "serialised twice",
            "client.schema",
            "JSON.stringify(value)",
            "JSON.stringify(JSON.stringify(value))",
        ),
        ("no credentials", "client.auth", ", Authorization: authorization", ""),
        ("fetch's own label", "client.content-type", _LABEL, "Authorization: authorization"),
    ],
    ("omni-inventory", "curl"): [
        ("no credentials", "client.auth", '-H "Authorization: token {token}" ', ""),
        ("asks for 100 Continue", "client.expect-header", '"Expect:"', '"Expect: 100-continue"'),
        ("plain HTTP", "client.https", "{base_url}", "{http_url}"),
        ("PUT for POST", "client.method", "-X POST", "-X PUT"),
        ("text/plain", "client.content-type", "application/json", "text/plain"),
        ("wrong path", "client.path", "/inventories/update", "/inventory/update"),
        ("trailing comma", "client.schema", "true}]", "true},]"),
        ("price in words", "client.schema", "36364", '"cheap"'),
        ("empty store", "client.schema", "{store_code}", ""),
    ],
    ("omni-inventory", "python"): [
        ("price as text", "client.schema", "36364", '"36364"'),
        (
            "variant left out",
            "client.schema",
            '        "variant_code": env["RETAILSPEC_FIXTURE_VARIANT_CODE"],\n',
            "",
        ),
        ("flag as text", "client.schema", "True", '"true"'),
        (
            "one variant in place of a list",
            "client.schema",
            '"inventories": [variant]',
            '"inventories": variant',
        ),
        ("misspelt field", "client.schema", '"store_code"', '"storeCode"'),
    ],
    ("comestri-inventory", "python"): [
        (
            "both names",
            "client.product.both",
            '"qty": 5',
            '"product_code": "OIL", "qty": 5',
            "client.schema",
        ),
        ("quantity as text", "client.schema", '"qty": 5', '"qty": "5"'),
        ("fraction", "client.schema", '"qty": 5', '"qty": 5.5'),
        ("another unit", "client.schema", '"hours"', '"hour"'),
        (
            "without its wrapping",
            "client.schema",
            'json={"inventory": inventory}',
            "json=inventory",
        ),
        ("date in words", "client.schema", "2030-05-30T05:13:26Z", "next month"),
        ("no source", "client.schema", '"inventory_source"', '"source"'),
        ("token alone", "client.auth", ",email={email}", ""),
        ("bearer token", "client.auth", "Token token={token},email={email}", "Bearer {token}"),
        ("wrong path", "client.path", "/api/v2/inventories", "/api/v2/inventory"),
        ("PUT for POST", "client.method", 'http.post("/api/v2', 'http.put("/api/v2'),
        (
            "no label",
            "client.content-type.missing",
            _JSON_INVENTORY,
            'headers=headers, content=json.dumps({"inventory": inventory})',
        ),
        (
            "text/plain",
            "client.content-type",
            _JSON_INVENTORY,
            (
                'headers={**headers, "Content-Type": "text/plain"}, '
                'content=json.dumps({"inventory": inventory})'
            ),
        ),
        (
            "form",
            "client.content-type",
            'json={"inventory": inventory}',
            "data=inventory",
            "client.schema",
        ),
        ("plain HTTP", "client.https", *_BASE),
    ],
    ("comestri-inventory", "node"): [
        (
            "product as text",
            "client.schema",
            'Number(fixture("PRODUCT_ID"))',
            'fixture("PRODUCT_ID")',
        ),
        ("null where it is required", "client.schema", "qty: 5", "qty: null"),
        ("unknown style", "client.schema", "style: null", 'style: "fixed"'),
        (
            "swapped credentials",
            "client.auth",
            'token="${token}", email="${email}"',
            'token="${email}", email="${token}"',
        ),
    ],
    ("sirclo-inventory", "python"): [
        (
            "signed another layout",
            "client.auth",
            "sign(url, body)}",
            f"sign(url, json.dumps(stocks, {_COMPACT}).encode())}}",
        ),
        (
            "signed the encoded query",
            "client.auth",
            "updated_at={since}&",
            "updated_at={quote(since)}&",
        ),
        ("signed no query", "client.auth", "?updated_at={since}&offset=0&limit=10", ""),
        (
            "key decoded first",
            "client.auth",
            'env["SIRCLO_INVENTORY_SECRET"].encode()',
            'base64.b64decode(env["SIRCLO_INVENTORY_SECRET"])',
        ),
        ("body changed after signing", "client.auth", "content=body", 'content=body + b"\\n"'),
        ("another hash", "client.auth", "hashlib.sha256", "hashlib.sha512"),
        ("no partner", "client.auth", '"partner-id": env["SIRCLO_INVENTORY_PARTNER_ID"], ', ""),
        ("buffer above available", "client.buffer", '"buffer_stock": 10', '"buffer_stock": 101'),
        (
            "negative stock",
            "client.buffer",
            '"available_stock": 100,\n        "buffer_stock": 10',
            '"available_stock": -5,\n        "buffer_stock": -5',
            "client.schema",
        ),
        ("negative quantity", "client.buffer", '"qty": 30', '"qty": -30', "client.schema"),
        ("no product", "client.schema", '        "sku": env["RETAILSPEC_FIXTURE_SKU"],\n', ""),
        ("misspelt channel", "client.schema", '{"code"', '{"channel"'),
        ("no buffer", "client.schema.stocks", '        "buffer_stock": 10,\n', ""),
        (
            "limit as a word",
            "client.schema",
            "&offset=0&limit=10",
            "&offset=0&limit=all",
            "client.auth",
        ),
        ("date alone", "client.schema", "2021-02-05T15:04:05Z", "2021-02-05"),
        ("time without a zone", "client.schema", "2021-02-05T15:04:05Z", "2021-02-05T15:04:05"),
        ("history by POST", "client.method", "http.get", "http.post"),
        (
            "PUT for POST",
            "client.method",
            "yield http.post(url, headers=headers, content=body)\n\n",
            "yield http.put(url, headers=headers, content=body)\n\n",
        ),
        (
            "wrong path",
            "client.path",
            '"/v1/partner/inventory/updatestocks"',
            '"/v1/partner/inventory/update_stocks"',
        ),
        (
            "no label",
            "client.content-type.missing",
            '"Content-Type": "application/json", **sign(url, body)',
            "**sign(url, body)",
        ),
        ("text/json", "client.content-type", '"application/json", **sign', '"text/json", **sign'),
        ("plain HTTP", "client.https", *_BASE),
    ],
    ("sirclo-inventory", "node"): [
        ("hex for base64", "client.auth", 'digest("base64")', 'digest("hex")'),
        ("base64 of its own kind", "client.auth", 'digest("base64")', 'digest("base64url")'),
        (
            "signed another layout",
            "client.auth",
            "...sign(update, body) }, body)",
            "...sign(update, body) }, JSON.stringify(JSON.parse(body)))",
        ),
        (
            "signed the URL",
            "client.auth",
            "sign(update, body)",
            "sign(env.RETAILSPEC_BASE_URL + update, body)",
        ),
        ("quantity as text", "client.schema", "qty: 20", 'qty: "20"'),
        ("flag in words", "client.schema", 'sync_stock: "true"', 'sync_stock: "yes"'),
        (
            "negative offset",
            "client.schema",
            "offset: 0, limit",
            "offset: -1, limit",
            "client.auth",
        ),
    ],
    ("mipos-inventory", "python"): [
        (
            "unit not in the list",
            "client.references",
            '"purchase_unit_external_id": "kilogram"',
            '"purchase_unit_external_id": "tonne"',
        ),
        (
            "supplier not in the list",
            "client.references",
            '"supplier_external_id": "mill"',
            '"supplier_external_id": "baker"',
        ),
        (
            "consumption unit not in the list",
            "client.references.consumption-unit",
            '"consumption_unit_external_id": "gram"',
            '"consumption_unit_external_id": "ounce"',
        ),
        ("cost as a number", "client.schema", '"cost": "1250"', '"cost": 1250'),
        ("numeric name", "client.schema.text", '"name": "Flour"', '"name": 405'),
        ("no suppliers", "client.schema", ', "suppliers": suppliers', "", "client.references"),
        ("movement type 3", "client.schema", '"movement_type": 2', '"movement_type": 3'),
        ("quantity as a number", "client.schema", '"quantity": "1.25"', '"quantity": 1.25'),
        ("no date", "client.schema", '"date":', '"day":'),
        ("type as a number", "client.schema", '"type": "3"', '"type": 3'),
        ("another scheme", "client.auth", "Bearer {env", "token {env"),
        ("no store", "client.path", "/store/{env['RETAILSPEC_FIXTURE_STORE_ID']}/", "/store/"),
        (
            "PUT for POST",
            "client.method",
            'http.post("/api/v1/inventory/pos/webhook',
            'http.put("/api/v1/inventory/pos/webhook',
        ),
        ("form", "client.content-type", "json=webhook", "data=webhook", "client.schema"),
        ("plain HTTP", "client.https", *_BASE),
    ],
    ("mipos-inventory", "node"): [
        ("movement type as text", "client.schema", "movement_type: 1", 'movement_type: "1"'),
        ("fetch's own label", "client.content-type", _LABEL, "Authorization: authorization"),
        (
            "unit by its short name",
            "client.references",
            'purchase_unit_external_id: "kilogram"',
            'purchase_unit_external_id: "kg"',
        ),
        ("no blank after the scheme", "client.auth", "`Bearer ${env.MIPOS", "`Bearer:${env.MIPOS"),
    ],
    ("mipos-receiver", "python"): [
        (
            "upper-case hex",
            "client.auth",
            "hashlib.sha256).hex()\n    headers",
            "hashlib.sha256).hex().upper()\n    headers",
        ),
        (
            "signed another layout",
            "client.auth",
            "hmac.digest(key, body, hashlib.sha256).hex()",
            f"hmac.digest(key, json.dumps(movement, {_COMPACT}).encode(), hashlib.sha256).hex()",
        ),
        ("no signature", "client.auth", ', "X-Signature-Request": signature', ""),
        (
            "key read as hex",
            "client.auth",
            'env["MIPOS_RECEIVER_CLIENT_SECRET"].encode()',
            'bytes.fromhex(env["MIPOS_RECEIVER_CLIENT_SECRET"])',
        ),
        (
            "quantity as a number",
            "client.schema",
            'quantity": "1.25",\n        "date": now',
            'quantity": 1.25,\n        "date": now',
        ),
        ("no now", "client.schema", '        "now": now,\n', ""),
        ("PUT for POST", "client.method", 'http.post("/", headers', 'http.put("/", headers'),
        (
            "form's label",
            "client.content-type",
            '"application/json", "X-Sig',
            '"application/x-www-form-urlencoded", "X-Sig',
        ),
    ],
    ("mipos-receiver", "node"): [
        ("base64 for hex", "client.auth", 'digest("hex")', 'digest("base64")'),
        (
            "prefixed",
            "client.auth",
            '"X-Signature-Request": signature',
            '"X-Signature-Request": `sha256=${signature}`',
        ),
        ("movement type 0", "client.schema", "movement_type: 2", "movement_type: 0"),
    ],
}

FAULTS = [
    Fault(name, contract, kind, rule, old, new, tuple(also))
    for (contract, kind), rows in _ROWS.items()
    for name, rule, old, new, *also in rows
]
