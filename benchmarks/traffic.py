"""Recorded traffic at scale, in one run: time against json.loads, and peak memory.

It writes exchanges of five contracts, each with its own orders, bodies, headers and times and a
small share of them broken, into a temporary file; parses the file's lines with the standard
`json.loads`; and judges the file with `retailspec traffic`. Each is a process of its own, and the
two take turns. The ratio of their times (the least of each) and the peak memory of the command, its
children included, are what counts.

    python benchmarks/traffic.py [--exchanges 200000] [--repeat 3] [--keep FILE]

With --corpus it compares instead the verdicts of the quick way with those of the judge and plain
jsonschema, over the conversation of the conformance suite with every seeded fault and liberty
(--every N: with one of N), which takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MOST_MEMORY = 150
MOST_TIME = 2.0
PROCESSES = 2  # counted as if each had as much memory as the larger one
BROKEN = 0.004
Pairs = list[tuple[str, str]]
Made = tuple[str, str, str, Pairs, Any, int, Any]  # contract, method, path, headers, bodies
_STATES = {"confirm": (10, "Confirmed"), "complete": (20, "Complete"), "cancel": (30, "Cancelled")}


def lines(count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield recorded lines of realistic traffic.

    Args:
        count: How many.
        seed: What they are drawn from.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    at = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    sources = [
        _orders(draw),
        _menu(draw),
        _stocks(draw),
        _history(draw),
        _sync(draw),
        _create(draw),
    ]
    shares = [40, 12, 20, 4, 10, 14]
    for _ in range(count):
        made = next(draw.choices(sources, shares)[0])
        at += timedelta(milliseconds=draw.randrange(20, 900))
        yield _spoilt(draw, _line(draw, made, at))


def _line(draw: random.Random, made: Made, at: datetime) -> bytes:
    contract, method, path, credentials, asked, status, answered = made
    body = "" if asked is None else json.dumps(asked)
    answer = "" if answered is None else json.dumps(answered)
    trace = f"{draw.getrandbits(128):032x}"
    headers = [
        ("Host", f"{contract}.example"),
        ("User-Agent", "PointOfSale/4.12.1 (Linux; Android 13; SM-T225) okhttp/4.9.3"),
        ("Accept", "application/json"),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Connection", "keep-alive"),
        *([("Content-Type", "application/json")] if body else []),
        *credentials,
        ("Content-Length", str(len(body))),
        ("X-Request-Id", str(uuid.UUID(int=draw.getrandbits(128)))),
        ("traceparent", f"00-{trace}-{draw.getrandbits(64):016x}-01"),
    ]
    answer_headers = [
        ("Date", (at + timedelta(seconds=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")),
        ("Server", "nginx/1.24.0"),
        *([("Content-Type", "application/json")] if answer else []),
        ("Content-Length", str(len(answer))),
        ("Connection", "keep-alive"),
        *([("Allow", "POST, OPTIONS")] if contract.startswith("omni") else []),
        ("Vary", "Accept"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("X-Request-Id", str(uuid.UUID(int=draw.getrandbits(128)))),
        ("X-Runtime", f"{draw.random():.6f}"),
    ]
    record = {
        "retailspec": 1,
        "contract": contract,
        "started": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "seconds": round(draw.uniform(0.004, 0.3), 6),
        "request": {
            "method": method,
            "url": f"https://{contract}.example{path}",
            "headers": headers,
            "body": body,
        },
        "response": {"status": status, "headers": answer_headers, "body": answer},
    }
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _spoilt(draw: random.Random, line: bytes) -> bytes:
    """Return a line as it is, or in a small share of cases a broken one."""
    if draw.random() > BROKEN:
        return line
    kind = draw.randrange(5)
    return [
        lambda: line[: len(line) // 2] + b"\n",
        lambda: line.replace(b"application/json", b"text/plain"),
        lambda: line.replace(b'"status":2', b'"status":4'),
        lambda: line.replace(b'\\"number\\": \\"', b'\\"number\\": 7, \\"was\\": \\"'),
        lambda: line.replace(b'\\"qty\\": ', b'\\"qty\\": -'),
    ][kind]()


def _orders(draw: random.Random) -> Iterator[Made]:
    """Walk through several orders at a time."""
    open_orders: list[Iterator[Made]] = []
    while True:
        if len(open_orders) < 40:
            open_orders.append(_order(draw))
        chosen = draw.randrange(len(open_orders))
        made = next(open_orders[chosen], None)
        if made is None:
            del open_orders[chosen]
        else:
            yield made


def _order(draw: random.Random) -> Iterator[Made]:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    number = "".join(draw.choices(letters, k=8))
    total = draw.randrange(10, 900) * 1000
    user = draw.randrange(1, 90_000)
    order = {
        "id": draw.randrange(1, 9_000_000),
        "number": number,
        "total": float(total),
        "tax": total / 10,
        "serviceCharge": 0.0,
        "grandTotal": total * 1.1,
        "tableNumber": f"B{draw.randrange(60)}",
        "channel": draw.randrange(1, 6),
        "notes": draw.choice(["No lettuce", "Extra spicy, please", "", "Tanpa sambal"]),
        "status": 1,
        "deliveryStatus": 1,
        "statusText": "New",
        "storeName": "Burger God",
        "userID": user,
        "created": 1_772_000_000 + draw.randrange(9_000_000),
        "paymentMethod": draw.randrange(1, 4),
        "paymentStatus": 1,
        "user": {"id": user, "name": "user", "phone": f"+62811{draw.randrange(10**7):07}"},
        "delivery_info": None,
    }
    calls = draw.choice(
        [["confirm", "paid", "complete"], ["paid", "confirm", "cancel"], ["cancel"]]
    )
    for call in calls:
        if call == "paid":
            order = {**order, "paymentStatus": 2}
        else:
            status, text = _STATES[call]
            order = {**order, "status": status, "deliveryStatus": status, "statusText": text}
        if call == "complete":
            order = {**order, "paymentStatus": 2}
        asked = {"number" if call == "confirm" else "order": number}
        path = f"/api/store/orders/{call}"
        yield "omni-orders", "POST", path, [("Authorization", "token ${token}")], asked, 200, order
    if draw.random() < 0.01:
        refusal = {
            "error_message": "Order already canceled",
            "error_code": "order_already_canceled",
            "errors": {"order": "Order already canceled"},
        }
        if calls[-1] == "cancel":
            asked = {"order": number}
            path = "/api/store/orders/cancel"
            headers = [("Authorization", "token ${token}")]
            yield "omni-orders", "POST", path, headers, asked, 400, refusal


def _menu(draw: random.Random) -> Iterator[Made]:
    while True:
        entries = [
            {
                "variant_code": f"BURGER{draw.randrange(10_000):04}",
                "price": draw.randrange(1000, 90_000),
                "out_of_stock": draw.random() < 0.1,
                "is_active": True,
            }
            for _ in range(draw.randrange(1, 12))
        ]
        asked = {"store_code": f"Store{draw.randrange(300)}", "inventories": entries}
        headers = [("Authorization", "token ${token}")]
        path = "/api/backend/inventories/update"
        yield "omni-inventory", "POST", path, headers, asked, 200, "status: 'ok'"


def _signed(draw: random.Random) -> Pairs:
    import base64  # noqa: PLC0415 - beside its one use

    signature = base64.b64encode(draw.randbytes(32)).decode()
    return [("partner-id", "${partner_id}"), ("secret", signature)]


def _stocks(draw: random.Random) -> Iterator[Made]:
    while True:
        available = draw.randrange(1, 5000)
        asked = {
            "sku": f"sku-{draw.randrange(10**7)}",
            "warehouse": draw.choice(["default", "jakarta", "surabaya"]),
            "available_stock": available,
            "buffer_stock": draw.randrange(available),
            "channel_stock": [
                {"code": code, "qty": draw.randrange(100)}
                for code in draw.sample(["bklp", "tkpd", "shpe", "lzda", "bli"], draw.randrange(5))
            ],
        }
        answer = {"transaction_code": str(uuid.UUID(int=draw.getrandbits(128), version=4))}
        path = "/v1/partner/inventory/updatestocks"
        yield "sirclo-inventory", "POST", path, _signed(draw), asked, 200, answer


def _history(draw: random.Random) -> Iterator[Made]:
    while True:
        limit, offset = draw.choice([5, 10]), draw.randrange(0, 500, 5)
        records = [_update(draw, limit) for _ in range(draw.randrange(1, 4))]
        answer = {
            "data": records,
            "total_record": offset + len(records),
            "offset": offset,
            "limit": limit,
            "message": "success",
            "reference": f"{draw.getrandbits(64):x}",
        }
        path = f"/v1/partner/inventory/history?offset={offset}&limit={limit}"
        yield "sirclo-inventory", "GET", path, _signed(draw), None, 200, answer


def _update(draw: random.Random, store: int) -> dict[str, Any]:
    number = draw.randrange(1, 10**6)
    began = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(seconds=draw.randrange(10**6))
    times = {
        name: (began + timedelta(seconds=later)).isoformat().replace("+00:00", "Z")
        for name, later in {"created_at": 0, "updated_at": 1, "finished_at": 2}.items()
    }
    item = {
        "id": number + 1,
        "update_stock_history_id": number,
        "store_id": store,
        "store_name": "Toko",
        "warehouse_id": 1,
        "warehouse_name": "default",
        "variant_id": draw.randrange(10**6),
        "sku": f"sku-{draw.randrange(10**7)}",
        "remote_variant": '{"id": 5}',
        "row_number": 1,
        "channel": "bklp",
        "qty": draw.randrange(100),
        "retrier_count": 0,
        "progress": True,
        "client_reponse": "",
        "message": "",
        "success": True,
        **times,
    }
    return {
        "id": number,
        "tenant_id": 3,
        "user_id": 4,
        "transaction_code": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "action_name": "update_stock",
        "upload_file_url": "",
        "total_sku": 1,
        **times,
        "update_stock_history_item": [item],
    }


def _sync(draw: random.Random) -> Iterator[Made]:
    while True:
        items = [
            {
                "name": f"Item {draw.randrange(10_000)}",
                "external_id": f"item_{draw.getrandbits(40):x}",
                "purchase_unit_external_id": "pos_u1",
                "consumption_unit_external_id": "pos_u2",
                "supplier_external_id": "pos_sup_1",
                "cost": str(draw.randrange(10, 9999)),
                "stock": f"{draw.uniform(0, 100):.2f}",
            }
            for _ in range(draw.randrange(1, 6))
        ]
        asked = {
            "items": items,
            "user_id_tps": str(draw.randrange(100)),
            "inventory_system_id": "4344be8c-c6b9-4c51-88a6-d620144ab406",
            "units": [
                {"name": "Unit 1", "short_name": "u1", "external_id": "pos_u1"},
                {"name": "Unit 2", "short_name": "u2", "external_id": "pos_u2"},
            ],
            "suppliers": [{"name": "supplier 1", "external_id": "pos_sup_1"}],
        }
        answer = {"message": "Synchronization data was sent to the inventory system.", "data": None}
        path = f"/api/v1/inventory/pos/store/{draw.randrange(40)}/system/sync"
        headers = [("Authorization", "Bearer ${token}")]
        yield "mipos-inventory", "POST", path, headers, asked, 200, answer


def _create(draw: random.Random) -> Iterator[Made]:
    fixed = json.loads(
        '{"stock_availability": null, "out_of_stock_threshold": null, "dispatch_time": null,'
        ' "dispatch_time_unit": "day", "unit_cost": null, "style": "dynamic", "lead_time": 48,'
        ' "lead_time_unit": "hours", "stock_arrival_date": null, "back_order_handling": null,'
        ' "back_order_allocation": null, "source_system_stock_timestamp": null,'
        ' "support_shipping": true}'
    )
    while True:
        quantity = draw.randrange(500)
        sku = f"SKU-{draw.randrange(10**6)}"
        asked = {"inventory_source": "MOTUL", "product_id": draw.randrange(9000), "qty": quantity}
        answer: dict[str, Any] = {"id": draw.randrange(10**7), "qty": quantity}
        answer["available_qty"] = quantity
        answer |= {**fixed, "sku": sku, "inventory_source": {"id": 1, "name": "MOTUL"}}
        value = 'Token token="${token}", email="${email}"'
        asked = {"inventory": {**asked, "sku": sku}}
        path = "/api/v2/inventories"
        yield "comestri-inventory", "POST", path, [("Authorization", value)], asked, 201, answer


_PARSE = """
import json, sys
with open(sys.argv[1], "rb") as file:
    for line in file:
        try:
            json.loads(line)
        except ValueError:
            pass
"""


def _measured(command: list[str]) -> tuple[float, float, str]:
    """Run a command; return its seconds, the memory of the largest of its processes, its output."""
    code = (
        "import json, resource, subprocess, sys, time\n"
        "began = time.perf_counter()\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "took = time.perf_counter() - began\n"
        "most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "print(json.dumps([took, most, done.returncode, done.stdout, done.stderr]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
    )
    took, most, status, out, errors = json.loads(done.stdout)
    assert status in {0, 1}, errors
    return took, most, out


def corpus_agrees(every: int) -> int:
    """Compare both ways of judging over the fault corpus; 1 where they differ.

    Args:
        every: Of how many faults and liberties one is looked at.
    """
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit"))
    samples = importlib.import_module("traffic_samples")

    from retailspec.contract.schemas import Schemas  # noqa: PLC0415 - only here
    from retailspec.faults.model import CORPORA, corpus  # noqa: PLC0415 - as above

    def none_fits(*values: object) -> bool:
        raise ValueError(values)

    logging.getLogger("retailspec.reference").setLevel(logging.CRITICAL)
    fits, differ, exchanges = Schemas.fits, 0, 0
    entries = [one for name in CORPORA for some in corpus(name) for one in some if not one.sockets]
    entries = entries[::every]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.jsonl"
        for entry in entries:
            talk = samples.conversation(entry.contract, entry.server(), **entry.settings)
            exchanges += len(talk)
            file.write_bytes(b"".join(samples.recorded(talk, entry.contract)) * 2)
            quick = samples.judged(file, quick=True)
            Schemas.fits = none_fits  # type: ignore[assignment, method-assign]  # jsonschema alone
            thorough = samples.judged(file, quick=False)
            Schemas.fits = fits  # type: ignore[method-assign]  # as it was
            if quick != thorough:
                differ += 1
                print(f"{entry.contract}/{entry.name}: the verdicts differ", flush=True)
    print(f"{len(entries)} faults and liberties, {exchanges} exchanges twice: {differ} differ")
    return 1 if differ else 0


def main() -> int:
    """Run the benchmark; 1 where a bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exchanges", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.corpus:
        return corpus_agrees(chosen.every)
    with tempfile.TemporaryDirectory() as folder:
        file = chosen.keep or Path(folder) / "traffic.jsonl"
        began = time.perf_counter()
        if not file.exists():
            with file.open("wb") as out:
                out.writelines(lines(chosen.exchanges))
        size = file.stat().st_size / 1e6
        print(f"{chosen.exchanges} exchanges, {size:.0f} MB ({time.perf_counter() - began:.0f} s)")
        parse = [sys.executable, "-c", _PARSE, str(file)]
        judge = [sys.executable, "-m", "retailspec", "traffic", str(file), "--format", "json"]
        parsed, judged, memory, told = [], [], 0.0, ""
        for _ in range(chosen.repeat):
            parsed.append(_measured(parse)[0])
            took, most, told = _measured(judge)
            judged.append(took)
            memory = max(memory, PROCESSES * most)
    read = json.loads(told)["files"][0]
    ratio = min(judged) / min(parsed)
    print(f"json.loads: {min(parsed):.2f} s of {[round(one, 2) for one in parsed]}")
    print(f"judged:     {min(judged):.2f} s of {[round(one, 2) for one in judged]}")
    print(f"{read['judged']} judged, {read['broken']} broken, {read['skipped'] or 'none'} left out")
    print(f"ratio {ratio:.2f} (at most {MOST_TIME}), {memory:.0f} MB (less than {MOST_MEMORY})")
    return 0 if ratio <= MOST_TIME and memory < MOST_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
