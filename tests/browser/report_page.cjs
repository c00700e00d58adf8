// Drives the report's page in a browser; prints one JSON object that the test looks at.
"use strict";
const fs = require("node:fs");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 180_000; // a browser that was never started on a busy machine
const [executablePath, broken, hostile] = process.argv.slice(2);

async function opened(browser, file, options, seen) {
  const context = await browser.newContext({ bypassCSP: false, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") seen.errors.push(message.text());
  });
  await page.goto(pathToFileURL(file).href);
  return page;
}

async function violations(browser, file, colorScheme, seen) {
  const page = await opened(browser, file, { colorScheme, bypassCSP: true }, seen);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => window.axe.run(document));
  await page.context().close();
  const told = (all) => all.map((one) => `${one.id}: ${one.nodes.length}: ${one.nodes[0].html.slice(0, 200)}`);
  return {
    serious: told(found.violations.filter((one) => ["serious", "critical"].includes(one.impact))),
    lesser: told(found.violations.filter((one) => !["serious", "critical"].includes(one.impact))),
    passed: found.passes.map((one) => one.id),
  };
}

async function filtered(page) {
  const rows = page.locator("#rules tr");
  const shown = async () => rows.evaluateAll((all) => all.filter((one) => !one.hidden).length);
  const steps = { all: await shown() };
  await page.getByLabel("Verdict", { exact: true }).selectOption("broken");
  steps.broken = await shown();
  steps.said = await page.getByRole("status").textContent();
  steps.verdicts = await rows.evaluateAll(
    (all) => [...new Set(all.filter((one) => !one.hidden).map((one) => one.dataset.verdict))]);
  await page.getByLabel("Text", { exact: true }).fill("complete New/unpaid");
  steps.text = await shown();
  await page.getByLabel("Level", { exact: true }).selectOption("should");
  steps.none = await shown();
  return steps;
}

async function linked(page) {
  // a row that is filtered out comes back when a link leads to it
  const held = page.locator("td.c-held a").first();
  await held.click();
  const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
  const row = page.locator(`[id="${id}"]`);
  const steps = { id, row: await row.isVisible() };
  await page.locator("td.c-broken a").first().focus();
  await page.keyboard.press("Enter");
  const article = decodeURIComponent(new URL(page.url()).hash.slice(1));
  steps.article = article;
  steps.seen = await page.locator(`[id="${article}"]`).evaluate((one) => {
    const box = one.getBoundingClientRect();
    return one.tagName === "ARTICLE" && box.top > -5 && box.top < innerHeight;
  });
  return steps;
}

async function expanded(page) {
  const details = page.locator("article details").first();
  const wire = details.locator("pre").first();
  const steps = { before: await wire.isVisible() };
  await details.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  steps.after = await wire.isVisible();
  steps.text = await wire.textContent();
  return steps;
}

async function main() {
  const seen = { requests: [], errors: [] };
  const result = { seen };
  const browser = await chromium.launch({
    executablePath,
    timeout: PATIENCE,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  try {
    const page = await opened(browser, broken, { viewport: { width: 1200, height: 900 } }, seen);
    result.filtered = await filtered(page);
    result.linked = await linked(page);
    result.expanded = await expanded(page);
    result.copies = await page.locator("button.copy").count();
    await page.emulateMedia({ media: "print" });
    result.print = {
      filter: await page.locator("#filter").isVisible(),
      diagram: await page.locator("svg.diagram").first().isVisible(),
    };
    result.pdf = (await page.pdf()).length;
    await page.emulateMedia({ media: null });
    const silent = await opened(browser, broken, { javaScriptEnabled: false }, seen);
    result.silent = {
      filter: await silent.locator("#filter").isVisible(),
      rules: await silent.locator("#rules tr").count(),
      copies: await silent.locator("button").count(),
      ...(await expanded(silent)),
    };
    const attacked = await opened(browser, hostile, {}, seen);
    result.evil = await attacked.evaluate(() => String(window.evil));
    result.narrow = {};
    for (const width of [390, 820, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      result.narrow[width] = await page.evaluate(() => document.documentElement.scrollWidth);
    }
    result.axe = {};
    for (const [name, file, scheme] of [
      ["broken", broken, "light"], ["broken", broken, "dark"], ["hostile", hostile, "light"],
    ]) {
      result.axe[`${name} ${scheme}`] = await violations(browser, file, scheme, { requests: [], errors: [] });
    }
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(result));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
