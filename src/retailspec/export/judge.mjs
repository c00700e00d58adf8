// What the answer to a test vector has to be: pure functions, no dependency. README.md says the same in words.

export const each = (from, change) => Object.fromEntries(Object.entries(from ?? {}).map(([key, one]) => change(key, one)));
export const parse = (text) => { try { return JSON.parse(text); } catch { return undefined; } };

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const get = (value, key) => (value !== null && typeof value === "object" && Object.hasOwn(value, key) ? value[key] : undefined);
const parts = (pointer) => pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
export const pick = (value, pointer) => parts(pointer).reduce(get, value);

const below = (at, key) => (key === "*" ? (Array.isArray(at) ? at : []) : [get(at, key)].filter((one) => one !== undefined));
const spread = (value, pointer) => parts(pointer).reduce((found, key) => found.flatMap((at) => below(at, key)), [value]);

const MOMENT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const instant = (text) => (typeof text === "string" && MOMENT.test(text) ? Date.parse(text.toUpperCase().replace(" ", "T")) : NaN);
export const formats = { "date-time": (text) => !Number.isNaN(instant(text)), uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i };

// A template with what `look` gives for each ${name}; one placeholder alone becomes the value itself.
export const fill = (template, look) => {
  if (Array.isArray(template)) return template.map((one) => fill(one, look));
  if (isObject(template)) return each(template, (key, one) => [fill(key, look), fill(one, look)]);
  if (typeof template !== "string") return template;
  const whole = template.match(/^\$\{([a-z][a-z0-9_-]*)\}$/);
  return whole ? look(whole[1]) : template.replace(/\$\{([a-z][a-z0-9_-]*)\}/g, (_, name) => look(name));
};

const same = (a, b) => {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (isObject(a)) return isObject(b) && Object.keys({ ...a, ...b }).every((key) => same(get(a, key), get(b, key)));
  return a === b || instant(a) === instant(b);
};

const asks = (wanted) => isObject(wanted) && Object.entries(wanted).some(([key, one]) => key[0] === "$" || asks(one));
const matchers = {
  $sent: (at, found, it) => holds(pick(it.sent, at), found, it),
  $echo: (at, found, it) => (pick(it.sent, at) ?? null) === null || found === undefined || holds(pick(it.sent, at), found, it),
  $answer: (at, found, it) => holds(pick(it.json, at), found, it),
  $any: (all, found, it) => all.some((one) => holds(one, found, it)),
  $holds: (wanted, found) => Array.isArray(found) && found.some((one) => same(wanted, one)),
};
const holds = (wanted, found, it) => {
  const keys = isObject(wanted) ? Object.keys(wanted) : [];
  if (keys.length === 1 && keys[0][0] === "$") return matchers[keys[0]](wanted[keys[0]], found, it);
  if (isObject(wanted) && (isObject(found) || asks(wanted))) return keys.every((key) => holds(wanted[key], get(found, key), it));
  return same(wanted, found);
};

const RANGES = { accepted: [200, 299], refused: [400, 499], error: [400, 599], "not-5xx": [100, 499], any: [100, 599] };
const within = ([from, to], status) => status >= from && status <= to;
const asked = (wanted, it, check) => Object.entries(wanted).every(([at, name]) =>
  !/^\d{1,18}$/.test(it.query[name]) || check(pick(it.json, at), Number(it.query[name])));
const forward = (moments) => moments.filter((one) => !Number.isNaN(one)).every((one, i, all) => i === 0 || all[i - 1] <= one);
const isJsonText = (text) => (text ?? "") === "" || (typeof text === "string" && parse(text) !== undefined);
const labelled = (value, { tokens = [], pattern = "" }) => Boolean(value?.trim()) && new RegExp(`^(?:${pattern})`).test(value)
  && tokens.every((one) => value.toUpperCase().split(",").map((token) => token.trim()).includes(one));
const keeps = {
  status: (wanted, it) => (RANGES[wanted] ? within(RANGES[wanted], it.status) : [wanted].flat().includes(it.status)),
  body: (wanted, it) => holds(fill(wanted, it.look), it.json, it),
  exactly: (wanted, it) => same(fill(wanted, it.look), it.json),
  schema: (name, it) => it.fits(name),
  headers: (wanted, it) => Object.entries(wanted).every(([name, condition]) => labelled(it.headers.get(name), condition)),
  empty: (_, it) => it.text === "" && Number(it.headers.get("content-length") ?? 0) === 0,
  at_most: (wanted, it) => asked(wanted, it, (list, most) => !Array.isArray(list) || list.length <= most),
  echo: (wanted, it) => asked(wanted, it, same),
  in_order: (wanted, it) => Object.entries(wanted).every(([at, names]) =>
    spread(it.json, at).every((holder) => forward(names.map((name) => instant(get(holder, name)))))),
  json_text: (wanted, it) => wanted.every((at) => spread(it.json, at).every(isJsonText)),
  any: (all, it) => all.some((one) => meets(one, it)),
};
const meets = (expect, it) => it.status > 0 && Object.entries(expect.any ? { any: expect.any } : expect).every(([key, wanted]) => keeps[key](wanted, it));

const isBody = (it) => (typeof it.json === "object" && it.json !== null) || (typeof it.json === "string" && it.accepted);
const standing = { // undefined: not asked
  "response.status": (it) => (it.domain === "documented" ? it.answer !== undefined : undefined),
  "response.schema": (it) => (it.domain === "documented" && it.answer?.schema ? it.fits(it.answer.schema) : undefined),
  "response.content-type": (it) => (it.domain === "outside" || !isBody(it) ? undefined
    : it.type === "application/json" || Boolean(!it.answer?.schema && it.type?.endsWith("+json"))),
  "no-server-error": (it) => it.status > 0 && it.status < 500,
};
const meant = (when, it) => ["any", it.domain].includes(when.domain) && (when.calls ?? [it.call]).includes(it.call)
  && (when.statuses ?? [it.status]).includes(it.status) && (when.accepted ?? it.accepted) === it.accepted
  && (!when.tag || it.tags.includes(when.tag)) && (!when.has || pick(it.json, when.has) !== undefined);

// What an answer says about the rules: [{rule, holds}], the standing ones first.
// seen: {call, operation, domain, tags, look, sent, query, status, headers, text}; compile: a JSON Schema to a validator.
export const judge = (vectors, seen, expect, compile) => {
  const { answers, passes_through: passes } = vectors.operations[seen.operation], { status } = seen, json = parse(seen.text);
  const fits = (name) => json !== undefined && compile(vectors.schemas[name])(json);
  const answer = answers[status] ?? answers[`${String(status)[0]}XX`] ?? answers.default;
  const type = seen.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  const it = { tags: [], ...seen, json, fits, answer, type, accepted: within(RANGES.accepted, status) };
  const open = passes && status >= 400 && !it.tags.includes("printed");
  const found = (open ? [] : vectors.standing).map(({ rule, check, first_of: among = [] }) => {
    const one = among.find((each) => meant(each.when, it));
    return { rule, holds: check ? standing[check](it) : one && meets(one.expect, it) };
  });
  const [first, ...narrower] = expect.map((one) => ({ rule: one.rule, holds: meets(one.expect, it) }));
  return [...found.filter((one) => one.holds !== undefined), ...(first ? [first] : []), ...(first?.holds ? narrower : [])];
};
