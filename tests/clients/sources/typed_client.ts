// Calls every operation of a contract by fetch, with bodies of the types that openapi-typescript made.

import type { paths as Comestri } from "./comestri-inventory";
import type { paths as Mipos } from "./mipos-inventory";
import type { paths as Receiver } from "./mipos-receiver";
import type { paths as Prices } from "./omni-inventory";
import type { paths as Orders } from "./omni-orders";
import type { paths as Sirclo } from "./sirclo-inventory";

declare const process: { env: Record<string, string>; argv: string[] };

type Body<Path> = Path extends {
  post: { requestBody: { content: { "application/json": infer Value } } };
}
  ? Value
  : never;

const { env } = process;
const contract = process.argv[2] ?? "";
const fixture = (name: string) => env[`RETAILSPEC_FIXTURE_${name}`] ?? "";
const key = (name: string) => env[`${contract.toUpperCase().replace("-", "_")}_${name}`] ?? "";

async function send(path: string, init: RequestInit): Promise<void> {
  const answer = await fetch(env["RETAILSPEC_BASE_URL"] + path, init);
  console.log(path, answer.status, await answer.text());
}

async function hmac(secret: string, message: string): Promise<Uint8Array> {
  const utf8 = new TextEncoder();
  const how = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", utf8.encode(secret), how, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, utf8.encode(message)));
}

const LABEL = { "Content-Type": "application/json" };

// One function per contract: a body that its types do not know does not compile.
function poster<Paths>(authorization: string) {
  return <Path extends keyof Paths & string>(path: Path, body: Body<Paths[Path]>, url = "") =>
    send(url || path, {
      method: "POST",
      headers: { ...LABEL, Authorization: authorization },
      body: JSON.stringify(body),
    });
}

const clients: Record<string, () => Promise<void>> = {
  async "omni-orders"() {
    const post = poster<Orders>(`token ${key("TOKEN")}`);
    const order = env["RETAILSPEC_FRESH_ORDER"] ?? "";
    await post("/api/store/orders/confirm", { number: order });
    await post("/api/store/orders/paid", { order });
    await post("/api/store/orders/complete", { order });
    await post("/api/store/orders/cancel", { order });
  },

  async "omni-inventory"() {
    const post = poster<Prices>(`token ${key("TOKEN")}`);
    await post("/api/backend/inventories/update", {
      store_code: fixture("STORE_CODE"),
      inventories: [
        { variant_code: fixture("VARIANT_CODE"), price: 36364, out_of_stock: false, is_active: true },
      ],
    });
  },

  async "comestri-inventory"() {
    const post = poster<Comestri>(`Token token=${key("TOKEN")}, email=${key("EMAIL")}`);
    await post("/api/v2/inventories", {
      inventory: {
        inventory_source: fixture("INVENTORY_SOURCE"),
        product_id: Number(fixture("PRODUCT_ID")),
        qty: 0,
        back_order_handling: "pre_orderable",
        unit_cost: 12.5,
      },
    });
  },

  async "sirclo-inventory"() {
    const sign = async (text: string) => ({
      "partner-id": key("PARTNER_ID"),
      secret: btoa(String.fromCharCode(...(await hmac(key("SECRET"), text)))),
    });
    const update = "/v1/partner/inventory/updatestocks" satisfies keyof Sirclo;
    const stocks: Body<Sirclo[typeof update]> = {
      sku: fixture("SKU"),
      sync_stock: "false",
      warehouse: fixture("WAREHOUSE"),
      available_stock: 100,
      buffer_stock: 0,
      channel_stock: [{ code: fixture("CHANNEL"), qty: 30 }],
    };
    const body = JSON.stringify(stocks);
    const headers = { ...LABEL, ...(await sign(update.slice(1) + body)) };
    await send(update, { method: "POST", headers, body });
    const history = "/v1/partner/inventory/history" satisfies keyof Sirclo;
    const asked: Sirclo[typeof history]["get"]["parameters"]["query"] = { offset: 0, limit: 5 };
    const uri = `${history}?offset=${asked.offset}&limit=${asked.limit}`;
    await send(uri, { headers: await sign(uri) });
  },

  async "mipos-inventory"() {
    const post = poster<Mipos>(`Bearer ${key("TOKEN")}`);
    const owner = {
      user_id_tps: fixture("USER_ID_TPS"),
      inventory_system_id: fixture("INVENTORY_SYSTEM_ID"),
    };
    const store = `/api/v1/inventory/pos/store/${fixture("STORE_ID")}/system`;
    await post(
      "/api/v1/inventory/pos/store/{store_id}/system/sync",
      { ...owner, items: [], units: [], suppliers: [] },
      `${store}/sync`,
    );
    await post(
      "/api/v1/inventory/pos/store/{store_id}/system/stock/update",
      {
        ...owner,
        current_stock: "12.44",
        quantity: "1.25",
        date: "2020-05-30 12:45:03",
        movement_type: 2,
        external_id: fixture("EXTERNAL_ID"),
      },
      `${store}/stock/update`,
    );
    await post("/api/v1/inventory/pos/webhook/manage", { type: "3", url: fixture("POS_URL") });
  },

  async "mipos-receiver"() {
    const movement: Body<Receiver["/"]> = {
      pos_id: fixture("POS_ID"),
      inventory_system_id: fixture("INVENTORY_SYSTEM_ID"),
      current_stock: "12.44",
      quantity: "1.25",
      date: "2020-05-30 12:45:03",
      movement_type: 1,
      external_id: fixture("EXTERNAL_ID"),
      now: "2020-06-01 02:55:18",
      store_id: Number(fixture("STORE_ID")),
    };
    const body = JSON.stringify(movement, null, 4);
    const digest = await hmac(key("CLIENT_SECRET"), body);
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    await send("/", { method: "POST", headers: { ...LABEL, "X-Signature-Request": hex }, body });
  },
};

await clients[contract]?.();
