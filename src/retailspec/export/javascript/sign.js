// What is signed is what is sent, so the variables are filled in before.
const template = pm.request.body && pm.request.body.raw;
const body = template ? pm.variables.replaceIn(template) : "";
if (template) {
  pm.request.body.update({ mode: "raw", raw: body, options: { raw: { language: "json" } } });
}
const address = pm.variables.replaceIn(pm.request.url.toString());
const uri = decodeURIComponent(address.replace(/^[a-z]+:\/\/[^/?]*/i, "")) || "/";
const key = pm.variables.get(SIGNING.key) || "";
pm.request.headers.upsert({ key: SIGNING.header, value: sign(key, pm.request.method, uri, body) });
