// Opens the viewer in headless Chromium and looks at what a person would see. See README.md.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { background, checkout, large, request } from "./traces.mjs";

const option = (name) => process.argv.includes(name);
const screenshot = option("--screenshot") ? process.argv[process.argv.indexOf("--screenshot") + 1] : null;
const program = process.env.THROUGHLINE ?? fileURLToPath(new URL("../../../target/debug/throughline", import.meta.url));
const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the collector on free ports; gives its addresses. */
async function serve() {
  const child = spawn(program, ["serve", "--memory", "--otlp-http", "0", "--http", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const addresses = [];
  for await (const line of createInterface(child.stdout)) {
    const address = /http:\/\/[\d.:]+/.exec(line)?.[0];
    if (address) addresses.push(address);
    if (addresses.length === 2) return { child, otlp: addresses[0], page: addresses[1] };
  }
  throw new Error(`${program} did not start`);
}

async function post(otlp, { traceId, body, logs }) {
  const send = async (path, what) => {
    const answer = await fetch(`${otlp}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what) });
    assert.equal(answer.status, 200);
  };
  if (logs) await send("/v1/logs", logs);
  if (body) await send("/v1/traces", body);
  return traceId;
}

async function look(page, collector) {
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (sent) => sent.url().startsWith(collector.page) || faults.push(`external request: ${sent.url()}`));

  await page.goto(collector.page);
  await page.getByText("No traces yet").waitFor();
  assert.match(await page.locator(".empty code").textContent(), new RegExp(collector.otlp.replaceAll(".", "\\.")));

  const now = Date.now();
  for (const [at, tree] of background.entries()) await post(collector.otlp, request(tree, now - 60_000 * (background.length - at)));
  const id = await post(collector.otlp, request(checkout, now - 4000));
  await page.locator(".item").first().waitFor();
  await page.waitForFunction((count) => document.querySelectorAll(".item").length === count, background.length + 1);

  // The list: newest first, the failed one marked.
  const first = page.locator(".item").first();
  assert.match(await first.textContent(), /POST \/checkout.*✕ 6.*184 ms.*gateway.*16 spans/s);
  assert.equal(await page.locator(".item.failed").count(), 2);

  // The waterfall.
  await first.click();
  await page.locator(".row:not([hidden])").first().waitFor();
  assert.equal(new URL(page.url()).hash, `#/trace/${id}`);
  assert.equal(await page.locator(".title h1").textContent(), "POST /checkout");
  assert.equal(await page.locator(".row:not([hidden])").count(), 16);
  assert.equal(await page.locator(".row:not([hidden]) .mark:not(.none)").count(), 6);
  const names = await page.locator(".row:not([hidden])").evaluateAll((rows) =>
    rows.sort((x, y) => x.getBoundingClientRect().top - y.getBoundingClientRect().top).map((row) => row.querySelector(".name").textContent));
  assert.deepEqual(names.slice(0, 5), ["POST /checkout", "authenticate", "POST orders", "POST /orders", "price basket"]);
  const widths = await page.locator(".row:not([hidden]) .bar").evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
  assert.ok(widths.every((width) => width >= 2) && Math.max(...widths) > 300, String(widths));

  // The side panel; values are text.
  await page.locator(".row", { hasText: "charge card" }).click();
  await page.locator("#panel h2", { hasText: "charge card" }).waitFor();
  const panel = await page.locator("#panel").textContent();
  for (const text of ["card declined: insufficient funds", "exception.stacktrace", "card.brand", "visa", "service.version", "payments"]) {
    assert.ok(panel.includes(text), text);
  }
  assert.match(page.url(), /span=[0-9a-f]{16}/);
  if (screenshot) await page.screenshot({ path: screenshot });
  await lookAtLogs(page);
  await page.locator(".row", { hasText: "POST /checkout" }).click();
  await page.locator("#panel h2", { hasText: "POST /checkout" }).waitFor();
  assert.ok((await page.locator("#panel").textContent()).includes("<b>Zoë</b> & <img src=x"));
  assert.equal(await page.locator("#panel img, #panel b").count(), 0);

  // Keys: down, fold, unfold, parent, out.
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.locator("#panel h2", { hasText: "POST orders" }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelectorAll(".row:not([hidden])").length === 4);
  assert.equal(await page.locator(".row.selected").getAttribute("aria-expanded"), "false");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelectorAll(".row:not([hidden])").length === 16);
  await page.keyboard.press("k");
  await page.keyboard.press("ArrowLeft");
  await page.locator("#panel h2", { hasText: "POST /checkout" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#panel").waitFor({ state: "hidden" });

  // The permalink opens the same span again.
  await page.keyboard.press("ArrowDown");
  assert.ok(await page.locator("#panel").isHidden());
  await page.keyboard.press("Enter");
  await page.locator("#panel h2", { hasText: "authenticate" }).waitFor();
  await page.reload();
  await page.locator("#panel h2", { hasText: "authenticate" }).waitFor();
  assert.equal(await page.locator(".row.selected .name").textContent(), "authenticate");

  // The filter, an orphan with its warning, and a trace that is not there.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByText("Pick a trace").waitFor();
  await page.locator("#service").selectOption("worker");
  await page.waitForFunction(() => document.querySelectorAll(".item").length === 1);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator(".row .warn:not(:empty)").first().click();
  await page.locator("#panel .warning", { hasText: "00000000deadbeef is not in the trace" }).waitFor();
  await page.goto(`${collector.page}/#/trace/00000000000000000000000000000bad`);
  await page.getByText("No such trace").waitFor();

  await lookAtLateSpans(page, collector, now);

  if (option("--large")) await lookAtLarge(page, collector, now);
  assert.deepEqual(faults.filter((fault) => !fault.includes("404")), []);
}

/** Log records: in the panel of their span, as dots on its bar, and all of the trace in the order of time. */
async function lookAtLogs(page) {
  const logs = page.locator("#panel .log");
  assert.deepEqual(await logs.evaluateAll((all) => all.map((log) => log.className)), ["log is-debug", "log is-warn", "log is-error"]);
  assert.match(await logs.nth(1).textContent(), /WARN.*payments::handlers.*\+139 ms.*the bank is slow, trying again.*attempt.*2/s);
  assert.ok((await logs.nth(2).textContent()).includes("<b>refused</b>"));
  const dots = page.locator(".row", { hasText: "charge card" }).locator(".dots i");
  // Three log records, and the exception.
  assert.deepEqual(await dots.evaluateAll((all) => all.map((dot) => dot.className)), ["is-debug", "is-warn", "is-error", "is-error"]);
  const bar = await page.locator(".row", { hasText: "charge card" }).locator(".bar").boundingBox();
  for (const dot of await dots.all()) {
    const { x, width } = await dot.boundingBox();
    assert.ok(x + width > bar.x && x < bar.x + bar.width, `${x} in ${bar.x} and ${bar.width} more`);
  }

  await page.locator(".facts button", { hasText: "5 log records" }).click();
  await page.locator("#panel h2", { hasText: "5 log records" }).waitFor();
  const said = await page.locator("#panel .said").allTextContents();
  assert.equal(said[0], "checkout begins <img src=x onerror=document.title='broken'>");
  assert.deepEqual(said.slice(1, 3), ["asking the bank", "the bank is slow, trying again"]);
  assert.equal(await page.locator("#panel img, #panel b").count(), 0);
  await page.locator("#panel summary", { hasText: "2 attributes" }).first().click();
  assert.ok(await page.getByText("backoff.ms").isVisible());
  if (screenshot) await page.screenshot({ path: screenshot.replace(/(\.png)?$/, ".logs.png") });
  assert.match(page.url(), /[?&]logs=1/);
  await page.reload();
  await page.locator("#panel .log button", { hasText: "charge card" }).first().click();
  await page.locator("#panel h2", { hasText: "charge card" }).waitFor();
  assert.ok(!page.url().includes("logs=1"));
}

/** Log records before the spans of their trace: they are shown, and the spans join them. */
async function lookAtLateSpans(page, collector, now) {
  const { traceId, body, logs } = request(checkout, now - 2000);
  await post(collector.otlp, { logs });
  await page.goto(`${collector.page}/#/trace/${traceId}`);
  await page.getByText("No span of this trace has arrived").waitFor();
  await page.locator(".empty button", { hasText: "5 log records" }).click();
  await page.locator("#panel .log .none", { hasText: "which has not arrived" }).first().waitFor();
  await post(collector.otlp, { traceId, body });
  await page.locator(".title h1", { hasText: "POST /checkout" }).waitFor();
  await page.locator("#panel .log button", { hasText: "charge card" }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#panel").waitFor({ state: "hidden" });
}

async function lookAtLarge(page, collector, now) {
  const id = await post(collector.otlp, large(100_000, now - 2000));
  const began = performance.now();
  await page.goto(`${collector.page}/#/trace/${id}`);
  await page.locator(".row:not([hidden])").first().waitFor();
  console.log(`a trace of 100,000 spans: rows in sight after ${Math.round(performance.now() - began)} ms`);
  assert.ok(await page.locator(".row").count() < 120);
  const frames = await page.evaluate(() => new Promise((done) => {
    const rows = document.querySelector(".rows");
    const times = [];
    const step = (time) => {
      times.push(time);
      rows.scrollTop += 2000;
      if (times.length < 61) requestAnimationFrame(step);
      else done(times.slice(1).map((t, at) => t - times[at]));
    };
    requestAnimationFrame(step);
  }));
  frames.sort((x, y) => x - y);
  console.log(`60 frames of scrolling: median ${frames[30].toFixed(1)} ms, longest ${frames[59].toFixed(1)} ms`);
}

const collector = await serve();
const folder = await mkdtemp(join(tmpdir(), "viewer-"));
const context = await chromium.launchPersistentContext(folder, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS,
  colorScheme: option("--dark") ? "dark" : "light", viewport: { width: 1440, height: 860 }, timeout: 30_000,
});
try {
  context.setDefaultTimeout(10_000);
  await look(context.pages()[0] ?? (await context.newPage()), collector);
  console.log("the viewer shows what it should");
} finally {
  await context.close();
  collector.child.kill("SIGTERM");
  await rm(folder, { recursive: true, force: true });
}
