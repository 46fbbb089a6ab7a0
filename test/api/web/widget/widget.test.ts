import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ApiProcess, startApi } from "../../../../api/server.ts";
import { createApiKey } from "../../../../db/tenants/api-keys.ts";
import { findConversationOwner } from "../../../../db/conversations/open-conversation.ts";
import { conversations } from "../../../../db/schema/conversations.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { appendReply } from "../../../../db/web/stream.ts";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import { createLog } from "../../../../infra/runtime/log.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";
import { openBrowser, openTab, openVisitor, widgetOf } from "../open-browser.ts";

const QUESTION = "Within how many days can I return something unused?";
const SCREENSHOTS = mkdtempSync(join(tmpdir(), "parley-widget-"));

let parley: Installation;
let browser: Browser;
let api: ApiProcess;
let url: string;

beforeAll(async () => {
  url = `http://127.0.0.1:${await freePort()}`;
  parley = await openInstallation({ env: { PUBLIC_BASE_URL: url } });
  [api, browser] = await Promise.all([startServer(), openBrowser()]);
});
afterEach(async () => {
  parley.openai.faults.clear();
  await Promise.all(browser.contexts().map((context) => context.close()));
});
afterAll(async () => {
  await browser.close();
  await api.stop();
  await parley.close();
});

/** The page's server, which a test may stop and start again while the installation goes on. */
async function startServer(): Promise<ApiProcess> {
  const config = { ...parley.config, PORT: Number(new URL(url).port) };
  const log = createLog({ level: "silent", name: "page" });
  const { temporal: shared } = parley;
  return await startApi({ config, log, ...(shared === undefined ? {} : { sharedClient: shared }) });
}

async function typeAndSend(page: Page, text: string): Promise<void> {
  await widgetOf(page).input.fill(text);
  await page.keyboard.press("Enter");
}

const saidWith = (page: Page, text: string) =>
  eventually(`"${text}" on the page`, async () =>
    (await widgetOf(page).said()).find((line) => line.includes(text)),
  );

describe("the widget", () => {
  it("can be talked to with the keyboard alone", async () => {
    const { page } = await openVisitor(browser, url);
    const widget = widgetOf(page);
    await widget.launcher.waitFor();
    await eventually("the focus on the launcher", async () => {
      await page.keyboard.press("Tab");
      return await widget.hasFocus(widget.launcher);
    });
    await page.keyboard.press("Enter");
    await page.keyboard.type("Within how many days");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("can I return something unused?");
    await page.keyboard.press("Enter");
    await saidWith(page, "30 days");
    expect((await widget.said())[0]).toBe("You: Within how many days\ncan I return something unused?");
    expect(await widget.hasFocus(widget.input)).toBe(true);
    await page.keyboard.press("Escape");
    expect(await widget.panel.isVisible()).toBe(false);
    expect(await widget.hasFocus(widget.launcher)).toBe(true);
  });

  it("loses nothing and says nothing twice when its server is restarted in the middle of an answer", async () => {
    const { page } = await openVisitor(browser, url);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await typeAndSend(page, QUESTION);
    await saidWith(page, "30 days");
    const slow = { match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 5_000 } };
    parley.openai.faults.replace([slow]);
    await typeAndSend(page, "Do you repair e-bikes?");
    await page.getByText("Sent", { exact: true }).waitFor();
    await page.getByText("is writing…").waitFor();
    await api.stop();
    await typeAndSend(page, "And how long is the warranty?");
    await page.getByText("Sending…").waitFor();
    await page.getByText("No connection").waitFor();
    api = await startServer();
    await eventually("the third answer", async () => (await widget.said()).at(5));
    const said = await widget.said();
    expect(said.filter((line) => line.startsWith("You: "))).toEqual([
      `You: ${QUESTION}`,
      "You: Do you repair e-bikes?",
      "You: And how long is the warranty?",
    ]);
    expect(new Set(said.filter((line) => line.startsWith("Assistant: "))).size).toBe(3);
    expect(said).toHaveLength(6);
    expect(await page.getByText("No connection").isVisible()).toBe(false);
  });

  it("goes on where it was after a reload, and sends what may not have arrived with the same id or not at all", async () => {
    const { page } = await openVisitor(browser, url);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await typeAndSend(page, QUESTION);
    await saidWith(page, "30 days");
    // The server takes the next one, and the page does not learn of it.
    const ids: string[] = [];
    await page.route("**/stream", async (route) => await route.abort());
    await page.route("**/messages", async (route) => {
      await route.fetch();
      await route.abort();
    });
    page.on("request", (request) => {
      if (request.url().endsWith("/messages")) ids.push((request.postDataJSON() as { id: string }).id);
    });
    await page.reload();
    await typeAndSend(page, "And how long is the warranty?");
    await eventually("the message at the server", async () => ids.length > 0);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.reload();
    await eventually("everything on the page", async () => (await widget.said()).length === 4);
    expect((await widget.said()).map((line) => line.split(":")[0])).toEqual([
      "You",
      "Assistant",
      "You",
      "Assistant",
    ]);
    // Where the stream shows the message first, it need not be sent again.
    expect(new Set(ids).size).toBe(1);
  });

  it("shows the same in two tabs", async () => {
    const { context, page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await typeAndSend(page, QUESTION);
    const second = await openTab(context, url);
    await widgetOf(second).launcher.click();
    await saidWith(second, "30 days");
    await typeAndSend(second, "Do you repair e-bikes?");
    for (const tab of [page, second])
      await eventually("four lines", async () => (await widgetOf(tab).said()).length === 4);
    expect(await widgetOf(page).said()).toEqual(await widgetOf(second).said());
  });

  it("shows messages as text, and makes links only of web addresses", async () => {
    const begun = new Date();
    const { page } = await openVisitor(browser, url);
    const dialogs: string[] = [];
    page.on("dialog", async (dialog) => {
      dialogs.push(dialog.message());
      await dialog.dismiss();
    });
    await widgetOf(page).launcher.click();
    const evil = `<img src=x onerror=alert(1)><script>alert(2)</script> javascript:alert(3) https://a.example/?q="onclick=alert(4) (https://b.example/c).`;
    await typeAndSend(page, evil);
    await saidWith(page, "alert(1)");
    const reply = await replier(begun);
    await reply(`<svg onload=alert(5)> data:text/html,x http://c.example`);
    await saidWith(page, "alert(5)");
    const bubbles = page.locator("#parley-chat .bubble");
    expect(await bubbles.nth(0).textContent()).toBe(`You: ${evil}`);
    expect(await bubbles.locator("img, script, svg").count()).toBe(0);
    const links = await bubbles
      .locator("a")
      .evaluateAll((found) => found.map((link) => [link.getAttribute("href"), link.getAttribute("rel")]));
    expect(links).toEqual(
      ["https://a.example/?q=", "https://b.example/c", "http://c.example"].map((href) => [
        href,
        "noopener noreferrer",
      ]),
    );
    expect(dialogs).toEqual([]);
  });

  it("says when a message will not be taken, and tries again when asked to", async () => {
    const { page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await page.route("**/messages", async (route) => await route.fulfill({ status: 422, body: "{}" }), {
      times: 1,
    });
    await typeAndSend(page, QUESTION);
    await page.getByRole("button", { name: "Try again" }).click();
    await saidWith(page, "30 days");
    expect((await widgetOf(page).said()).filter((line) => line.startsWith("You"))).toHaveLength(1);
  });

  it("the widget shows that an agent joined and reports that replies were read", async () => {
    const begun = new Date();
    const { page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await typeAndSend(page, QUESTION);
    await saidWith(page, "30 days");
    const conversation = await conversationSince(begun);
    await eventually("a receipt", async () => {
      const rows = await parley.db.select().from(deliveries);
      return rows.some(
        ({ conversationId, receipt }) => conversationId === conversation.id && receipt === "read",
      );
    });
    await takeOverAs("dana", conversation);
    await page.getByText("A member of our team has joined the chat.").waitFor();
  });

  it.for(["light", "dark"] as const)("is legible and accessible in %s", async (colorScheme) => {
    const { page } = await openVisitor(browser, url, { colorScheme });
    await widgetOf(page).launcher.waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `${colorScheme}-closed.png`) });
    await widgetOf(page).launcher.click();
    await typeAndSend(page, QUESTION);
    await saidWith(page, "30 days");
    await page.screenshot({ path: join(SCREENSHOTS, `${colorScheme}-open.png`) });
    await page.evaluate(axe.source);
    const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
      violations: { id: string }[];
      passes: { id: string }[];
    };
    expect(found.violations).toEqual([]);
    expect(found.passes.map(({ id }) => id)).toContain("color-contrast");
  });
});

/** The page shows what is said before the server has it: the conversation that belongs to it may not be there yet. */
async function conversationSince(begun: Date) {
  return await eventually("the page's conversation", async () => {
    const rows = await parley.db.select().from(conversations);
    return rows.find(({ createdAt }) => createdAt >= begun);
  });
}

async function takeOverAs(agent: string, { id, tenantId }: { id: string; tenantId: string }): Promise<void> {
  const asked = { tenantId, name: agent, scopes: ["conversations:write" as const] };
  const { key } = await createApiKey(parley.db, createConfiguredVault(parley.config), asked);
  const response = await fetch(`${url}/v1/conversations/${id}/take-over`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ agent }),
  });
  if (!response.ok) throw new Error(`Not claimed: ${await response.text()}`);
}

/** Replies in the conversation that was begun since, as the channel writes them. */
async function replier(begun: Date) {
  const { id, tenantId } = await conversationSince(begun);
  const owner = await findConversationOwner(parley.db, tenantId, id);
  const reply = { author: "agent", part: 1, parts: 1, sources: [], deliveryId: randomUUID() } as const;
  return async (text: string) =>
    await appendReply(parley.db, createConfiguredVault(parley.config), owner, { ...reply, text });
}
