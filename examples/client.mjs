// A small client of each contract, to try `retailspec watch` and the servers with.
//
//     retailspec watch omni-orders -- node examples/client.mjs omni-orders
//
// Where the server is, the credentials, and what the server knows are read from the environment, in
// the variables that `watch` sets. It needs Node 20, and nothing else.

import { createHmac } from "node:crypto";

const env = process.env;
const fixture = (name) => env[`RETAILSPEC_FIXTURE_${name}`];
const now = () => new Date().toISOString().slice(0, 19).replace("T", " ");

let failed = 0;

async function call(method, path, headers, body) {
  const answer = await fetch(env.RETAILSPEC_BASE_URL + path, { method, headers, body });
  console.log(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  if (!answer.ok) failed += 1;
}

function post(path, authorization, value) {
  const headers = { "Content-Type": "application/json", Authorization: authorization };
  return call("POST", path, headers, JSON.stringify(value));
}

const clients = {
  // Takes an order all the way, then cancels it.
  async "omni-orders"() {
    const token = `token ${env.OMNI_ORDERS_TOKEN}`;
    const order = env.RETAILSPEC_FRESH_ORDER;
    await post("/api/store/orders/confirm", token, { number: order });
    await post("/api/store/orders/paid", token, { order });
    await post("/api/store/orders/complete", token, { order });
    await post("/api/store/orders/cancel", token, { order });
  },

  // Sets the price of a variant.
  async "omni-inventory"() {
    const variant = { variant_code: fixture("VARIANT_CODE"), price: 36364.5, out_of_stock: false };
    const body = { store_code: fixture("STORE_CODE"), inventories: [variant] };
    await post("/api/backend/inventories/update", `token ${env.OMNI_INVENTORY_TOKEN}`, body);
  },

  // Tells how much of a product a source has.
  async "comestri-inventory"() {
    const { COMESTRI_INVENTORY_TOKEN: token, COMESTRI_INVENTORY_EMAIL: email } = env;
    const inventory = {
      inventory_source: fixture("INVENTORY_SOURCE"),
      product_id: Number(fixture("PRODUCT_ID")),
      qty: 5,
      stock_availability: "in_stock",
      style: null,
    };
    await post("/api/v2/inventories", `Token token="${token}", email="${email}"`, { inventory });
  },

  // Sets the stock of a product, then looks at the history of the last hours.
  async "sirclo-inventory"() {
    // Path, query with its values as they are, and the very text of the body are signed.
    const sign = (uri, body = "") => ({
      "partner-id": env.SIRCLO_INVENTORY_PARTNER_ID,
      secret: createHmac("sha256", env.SIRCLO_INVENTORY_SECRET).update(uri + body).digest("base64"),
    });
    const update = "/v1/partner/inventory/updatestocks";
    const body = JSON.stringify({
      sku: fixture("SKU"),
      sync_stock: "true",
      warehouse: fixture("WAREHOUSE"),
      available_stock: 100,
      buffer_stock: 100,
      channel_stock: [{ code: fixture("CHANNEL"), qty: 20 }],
    }, null, 2);
    await call("POST", update, { "Content-Type": "application/json", ...sign(update, body) }, body);

    const since = "2021-02-05T15:04:05+07:00";
    const history = "/v1/partner/inventory/history";
    const query = new URLSearchParams({ updated_at: since, offset: 0, limit: 10 });
    const headers = sign(`${history}?updated_at=${since}&offset=0&limit=10`);
    await call("GET", `${history}?${query}`, headers);
  },

  // Sends what is in stock, then a movement, and says where to hear of others.
  async "mipos-inventory"() {
    const token = `Bearer ${env.MIPOS_INVENTORY_TOKEN}`;
    const owner = {
      user_id_tps: fixture("USER_ID_TPS"),
      inventory_system_id: fixture("INVENTORY_SYSTEM_ID"),
    };
    const item = {
      name: "Flour",
      external_id: "item_1",
      purchase_unit_external_id: "kilogram",
      consumption_unit_external_id: "gram",
      supplier_external_id: "mill",
      cost: "1250",
      stock: "11.22",
    };
    const units = [
      { name: "Kilogram", short_name: "kg", external_id: "kilogram" },
      { name: "Gram", short_name: "g", external_id: "gram" },
    ];
    const suppliers = [{ name: "The mill", external_id: "mill" }];
    const store = `/api/v1/inventory/pos/store/${fixture("STORE_ID")}/system`;
    await post(`${store}/sync`, token, { ...owner, items: [item], units, suppliers });
    await post(`${store}/stock/update`, token, {
      ...owner,
      current_stock: "12.44",
      quantity: "1.25",
      date: now(),
      movement_type: 1,
      external_id: fixture("EXTERNAL_ID"),
    });
    const webhook = { type: "3", url: fixture("POS_URL") };
    await post("/api/v1/inventory/pos/webhook/manage", token, webhook);
  },

  // Delivers a stock movement to a POS, as the platform does.
  async "mipos-receiver"() {
    const body = JSON.stringify({
      pos_id: fixture("POS_ID"),
      inventory_system_id: fixture("INVENTORY_SYSTEM_ID"),
      current_stock: "12.44",
      quantity: "1.25",
      date: now(),
      movement_type: 2,
      external_id: fixture("EXTERNAL_ID"),
      now: now(),
      store_id: Number(fixture("STORE_ID")),
    });
    const signature = createHmac("sha256", env.MIPOS_RECEIVER_CLIENT_SECRET).update(body).digest("hex");
    await call("POST", "/", { "Content-Type": "application/json", "X-Signature-Request": signature }, body);
  },
};

await clients[process.argv[2]]();
process.exitCode = failed;
