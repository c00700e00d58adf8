// Runs exported test vectors: node run-vectors.mjs VECTORS.json TARGET.json [transitions|states|deep]
// TARGET.json: {base_url, http_url, credentials: {name: environment variable}, fixtures: {name: value},
//   supplies: {name: [values] or {url, method, pointer}}, options}. Exit status 1: a must is broken. Wants ajv: npm install ajv@8
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
const [vectorsFile, targetFile, depth = "transitions"] = process.argv.slice(2);
const [vectors, target] = [vectorsFile, targetFile].map((file) => JSON.parse(readFileSync(file, "utf8")));
const { each, fill, formats, judge, parse, pick } = await import(new URL("judge.mjs", pathToFileURL(vectorsFile)));
const ajv = new (createRequire(import.meta.url)("ajv/dist/2020").default)({ strict: false, logger: false, formats });
const secrets = each(target.credentials, (name, variable) => [name, process.env[variable]]);
const fixtures = { ...each(vectors.fixtures, (name, one) => [name, one.default]), ...target.fixtures };
const swapped = (text) => text.replace(/[a-z]/gi, (one) => (one < "a" ? one.toLowerCase() : one.toUpperCase()));
const spoilt = {
  random: (text) => randomBytes(64).toString("hex").slice(0, Math.max(text.length, 8)),
  truncated: (text) => text.slice(0, -1), extended: (text) => `${text}x`, preceded: (text) => `x${text}`, swapped,
  last: (text) => text.slice(0, -1) + (text.endsWith("A") ? "B" : "A"),
};
const escaped = (text) => text.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
const repeated = ({ hex, times }) => Buffer.concat(Array(times).fill(Buffer.from(hex, "hex")));
function bytes(body, look) {
  if (!body || body.bytes) return Buffer.concat((body?.bytes ?? []).map(repeated));
  const written = "json" in body ? escaped(JSON.stringify(fill(body.json, look), null, body.layout ? 3 : 0)) : String(fill(body.text, look));
  const pieces = (written + (body.append ?? "")).split(body.splice?.find);
  const made = Buffer.concat(pieces.flatMap((piece, i) => [i ? repeated(body.splice) : Buffer.alloc(0), Buffer.from(piece)]));
  return made.subarray(0, made.length - (body.drop_last ?? 0));
}
function signed({ encoding, cut = 0, append = "", swap }, key, method, uri, body, slash = "always") {
  const path = slash === "never" || (slash === "as-printed" && method !== "GET") ? uri.replace(/^\//, "") : uri;
  const made = createHmac("sha256", key).update(path).update(body).digest(encoding);
  return (swap ? swapped(made) : made).slice(0, made.length - cut) + append;
}
const UNITS = { "%Y": [0, 4], "%m": [5, 7], "%d": [8, 10], "%H": [11, 13], "%M": [14, 16], "%S": [17, 19] };
const clock = (form) => form.replace(/%[YmdHMS]/g, (unit) => new Date().toISOString().slice(...UNITS[unit]));
const made = async ({ url, method = "POST", pointer }) => pick(await (await fetch(url, { method })).json(), pointer);
const fresh = async (way) => (Array.isArray(way) ? way.shift() : await made(way)) ?? Promise.reject(new Error("a supply ran out"));
async function answered(url, options, tries = 9) {
  const answer = await fetch(url, options).catch((error) => ({ status: 0, headers: new Headers(), text: () => String(error) }));
  const wait = answer.headers.get("retry-after");
  if (!tries || !(answer.status === 429 || (answer.status === 503 && wait))) return answer;
  await setTimeout(1000 * Math.min(Number(wait ?? 1) || 0.1, 10));
  return answered(url, options, tries - 1);
}
async function send({ request, ...about }, given) {
  const known = { ...fixtures, ...given, ...each(request.variables, (name, one) => [name, one.text ?? clock(one.clock)]) };
  const look = (name) => known[name];
  const key = (name, kind = request.spoil?.[name]) => (kind ? spoilt[kind](secrets[name]) : secrets[name]);
  const base = (request.transport === "plain" ? target.http_url : target.base_url).replace(/\/$/, "");
  const query = each(fill(request.query ?? {}, look), (name, one) => [name, String(one)]);
  const pairs = Object.entries(query).map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  const body = bytes(request.body, look), { sign } = request;
  const headers = { ...fill(request.headers, look), ...fill(request.authorization ?? {}, key) };
  if (sign) {
    const uri = sign.uri === undefined ? "" : new URL(base).pathname.replace(/\/$/, "") + fill(sign.uri, look);
    const over = sign.over ? bytes(sign.over, look) : body;
    headers[sign.header] = signed(sign, key(sign.key, sign.spoil), request.method, uri, over, target.options?.leading_slash);
  }
  const url = base + encodeURI(fill(request.path, look)) + (pairs && `?${pairs}`);
  const options = { method: request.method, headers, body: body.length ? body : undefined, redirect: "manual" };
  const answer = await answered(url, options);
  return { ...about, look, query, sent: parse(body), status: answer.status, headers: answer.headers, text: await answer.text() };
}
const tally = { calls: 0, held: 0, must: 0, should: 0, skipped: 0 };
async function check(one, given) {
  const seen = await send(one, given), said = judge(vectors, seen, one.expect, (schema) => ajv.compile(schema));
  if (one.request.transport && (!seen.status || `${seen.status}`[0] === "3")) return (tally.skipped += 1) > 0; // closed, or redirected
  tally.calls += 1;
  for (const { rule, holds } of said) {
    tally[holds ? "held" : vectors.rules[rule].level] += 1;
    if (!holds) console.log(`BROKEN ${vectors.contract}/${rule} (${vectors.rules[rule].level}): ${one.id}: ${seen.status} ${seen.text.slice(0, 200)}`);
  }
  return said.every(({ holds }) => holds);
}
function lacks({ needs: { fixtures: things = [], credentials = [], supplies = [] }, request: { spoil = {}, transport } }) {
  return things.some((name) => fixtures[name] === undefined) || credentials.some((name) => !secrets[name]) || (transport && !target.http_url)
    || supplies.some((name) => !target.supplies?.[name]) || Object.entries(spoil).some(([name, kind]) => spoilt[kind](secrets[name]) === secrets[name]);
}
let lent = {}; // a refused call leaves a thing as it was, so that the next case may have it
for (const one of vectors.cases.filter((each) => !lacks(each) || !(tally.skipped += 1))) {
  for (const name of one.needs.supplies ?? []) lent[name] ??= await fresh(target.supplies[name]);
  if (!(await check(one, lent))) lent = {};
}
const { supply, calls, transitions, plans, initial } = vectors.lifecycle ?? { plans: [] };
for (const path of plans.find((plan) => plan.depth === depth)?.paths ?? []) {
  const given = { [supply]: await fresh(target.supplies[supply]) };
  let state = initial;
  for (const call of path) {
    const step = transitions.find((one) => one.call === call && one.from === state);
    if (!(await check({ id: `${call} on ${state}`, call, domain: "documented", ...calls[call], expect: step.expect }, given))) break;
    state = step.to;
  }
}
for (const { name, encoding, key, method, uri, body, options, signature } of vectors.signatures ?? []) {
  if (signed({ encoding }, key, method, uri, body, options.leading_slash) !== signature) throw new Error(`${name}: this script signs wrongly`);
}
console.log(`${vectors.contract}: ${Object.entries(tally).map(([what, count]) => `${count} ${what}`).join(", ")}`);
process.exitCode = tally.must > 0 ? 1 : 0;
