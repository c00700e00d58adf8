// Makes calls in a browser, and lets two tools write them down: Playwright, and Chromium's own protocol.
"use strict";
const fs = require("node:fs");
const { chromium } = require("playwright-core");

const PATIENCE = 180_000; // a browser that was never started on a busy machine
const [executablePath, session, byPlaywright, byProtocol] = process.argv.slice(2);
const { origin, page: start, calls } = JSON.parse(fs.readFileSync(session, "utf8"));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

const pairs = (headers) => Object.entries(headers).map(([name, value]) => ({ name, value }));

// The archive that a devtools panel makes of the protocol's events.
class Panel {
  constructor(client) {
    this.client = client;
    this.seen = new Map();
    const of = (id) => {
      if (!this.seen.has(id)) this.seen.set(id, {});
      return this.seen.get(id);
    };
    const kept = { requestWillBeSent: "sent", requestWillBeSentExtraInfo: "wire",
      responseReceived: "got", responseReceivedExtraInfo: "gotWire", loadingFinished: "done",
      loadingFailed: "failed" };
    for (const [event, key] of Object.entries(kept)) {
      client.on(`Network.${event}`, (told) => { of(told.requestId)[key] = told; });
    }
  }

  async entry(id, one) {
    const { request } = one.sent;
    const body = request.hasPostData && request.postData === undefined
      ? (await this.client.send("Network.getRequestPostData", { requestId: id })).postData
      : request.postData;
    const answer = one.got && one.got.response;
    const content = answer && one.done
      ? await this.client.send("Network.getResponseBody", { requestId: id })
      : { body: "", base64Encoded: false };
    const ended = (one.done || one.failed || one.sent).timestamp;
    return {
      startedDateTime: new Date(one.sent.wallTime * 1000).toISOString(),
      time: (ended - one.sent.timestamp) * 1000,
      _resourceType: one.sent.type,
      request: {
        method: request.method,
        url: request.url,
        httpVersion: answer ? answer.protocol : "unknown",
        headers: pairs((one.wire || request).headers),
        queryString: [],
        headersSize: -1,
        bodySize: body === undefined ? 0 : Buffer.byteLength(body),
        ...(body === undefined ? {} : { postData: { mimeType: "", text: body } }),
      },
      response: {
        status: answer ? answer.status : 0,
        statusText: answer ? answer.statusText : "",
        _error: one.failed ? one.failed.errorText : null,
        headers: answer ? pairs((one.gotWire || answer).headers) : [],
        content: {
          size: Buffer.from(content.body, content.base64Encoded ? "base64" : "utf8").length,
          mimeType: answer ? answer.mimeType : "x-unknown",
          text: content.body,
          ...(content.base64Encoded ? { encoding: "base64" } : {}),
        },
        redirectURL: "",
        headersSize: -1,
        bodySize: -1,
      },
      cache: {},
      timings: { send: 0, wait: 0, receive: 0 },
    };
  }

  async archive() {
    const entries = [];
    for (const [id, one] of this.seen) if (one.sent) entries.push(await this.entry(id, one));
    return { log: { version: "1.2", creator: { name: "devtools protocol", version: "1.3" }, entries } };
  }
}

async function call({ method, path, headers, body }) {
  const answer = await fetch(path, { method, headers, body });
  await answer.text();
}

async function main() {
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS, timeout: PATIENCE });
  const context = await browser.newContext({ recordHar: { path: byPlaywright, content: "embed" } });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  const panel = new Panel(client);
  await page.goto(origin + start);
  for (const one of calls) await page.evaluate(call, one);
  await page.waitForTimeout(100);
  fs.writeFileSync(byProtocol, JSON.stringify(await panel.archive()));
  await context.close();
  await browser.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
