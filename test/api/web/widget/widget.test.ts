import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { eq } from "drizzle-orm";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { renderMarkdown } from "../../../../activities/answer/markdown/render-markdown.ts";
import { type ApiProcess, startApi } from "../../../../api/server.ts";
import { conversations, inbox } from "../../../../db/schema/conversations.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import { createLog } from "../../../../infra/runtime/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";
import { createReplier } from "../create-replier.ts";
import { notifyStream } from "../notify-stream.ts";
import { openBrowser, openTab, openVisitor, widgetOf } from "../open-browser.ts";
import { takeOverAs } from "./take-over-as.ts";

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

/** The server of the page. A test can stop and start it while the rest of the installation runs. */
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

const bubbleWith = (page: Page, text: string) =>
  eventually(`"${text}" on the page`, async () =>
    (await widgetOf(page).bubbles()).find((line) => line.includes(text)),
  );

describe("the widget", () => {
  it("a STOP that the server keeps during an outage counts as sent, and the message after it is answered", async () => {
    const { page } = await openVisitor(browser, url);
    let stops = 0;
    await page.route("**/messages", async (route) => {
      if (!route.request().postData()?.includes("STOP")) return await route.continue();
      stops++;
      const body = JSON.stringify({ code: "not_in_effect" });
      await route.fulfill({ status: 503, contentType: "application/problem+json", body });
    });
    await widgetOf(page).launcher.click();
    await typeAndSend(page, "STOP");
    await typeAndSend(page, QUESTION);
    await bubbleWith(page, "30 days");
    expect(stops).toBe(1);
  });

  it("the widget works with the keyboard alone", async () => {
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
    await bubbleWith(page, "30 days");
    expect((await widget.bubbles())[0]).toBe("You: Within how many days\ncan I return something unused?");
    expect(await widget.hasFocus(widget.input)).toBe(true);
    await page.keyboard.press("Escape");
    expect(await widget.panel.isVisible()).toBe(false);
    expect(await widget.hasFocus(widget.launcher)).toBe(true);
  });

  it("the widget loses and repeats no message when its server restarts in the middle of an answer", async () => {
    const { page } = await openVisitor(browser, url);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await typeAndSend(page, QUESTION);
    await bubbleWith(page, "30 days");
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
    await eventually("the third answer", async () => (await widget.bubbles()).at(5));
    const lines = await widget.bubbles();
    expect(lines.filter((line) => line.startsWith("You: "))).toEqual([
      `You: ${QUESTION}`,
      "You: Do you repair e-bikes?",
      "You: And how long is the warranty?",
    ]);
    expect(new Set(lines.filter((line) => line.startsWith("Assistant: "))).size).toBe(3);
    expect(lines).toHaveLength(6);
    expect(await page.getByText("No connection").isVisible()).toBe(false);
  });

  it("after a reload the widget continues, and sends an unconfirmed message with the same id or not at all", async () => {
    const { page } = await openVisitor(browser, url);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await typeAndSend(page, QUESTION);
    await bubbleWith(page, "30 days");
    // The server stores the next message, but the page gets no response.
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
    await eventually("the message on the server", async () => ids.length > 0);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.reload();
    await eventually("everything on the page", async () => (await widget.bubbles()).length === 4);
    expect((await widget.bubbles()).map((line) => line.split(":")[0])).toEqual([
      "You",
      "Assistant",
      "You",
      "Assistant",
    ]);
    // If the stream shows the message first, it is not sent again.
    expect(new Set(ids).size).toBe(1);
  });

  it("two tabs show the same conversation", async () => {
    const { context, page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await typeAndSend(page, QUESTION);
    const second = await openTab(context, url);
    await widgetOf(second).launcher.click();
    await bubbleWith(second, "30 days");
    await typeAndSend(second, "Do you repair e-bikes?");
    for (const tab of [page, second])
      await eventually("four lines", async () => (await widgetOf(tab).bubbles()).length === 4);
    expect(await widgetOf(page).bubbles()).toEqual(await widgetOf(second).bubbles());
  });

  it("the widget shows messages as text and makes links of web addresses only", async () => {
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
    await bubbleWith(page, "alert(1)");
    const { id } = await conversationSince(begun);
    const reply = await createReplier(parley, id, "agent");
    await reply(`<svg onload=alert(5)> data:text/html,x http://c.example`);
    await notifyStream(parley, id);
    await bubbleWith(page, "alert(5)");
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

  it("the widget shows the marks of a reply as elements, one inside another, and their words as text", async () => {
    const begun = new Date();
    const { page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await typeAndSend(page, QUESTION);
    await bubbleWith(page, QUESTION);
    const { id } = await conversationSince(begun);
    const reply = await createReplier(parley, id);
    await reply(renderMarkdown("**Hours: `9:30`** or ~~10~~\n\n> see *us* at <b>https://a.example</b>"));
    await notifyStream(parley, id);
    await bubbleWith(page, "see us");
    const html = await page.locator("#parley-chat .bubble", { hasText: "see us" }).innerHTML();
    expect(html.replace(/^.*?<\/span>/, "")).toBe(
      '<strong class="bold">Hours: <code class="code">9:30</code></strong> or <s class="strike">10</s>\n\n' +
        '<span class="quote">see <em class="italic">us</em> at &lt;b&gt;' +
        '<a href="https://a.example" target="_blank" rel="noopener noreferrer">https://a.example</a>&lt;/b&gt;</span>',
    );
  });

  it("the widget shows that a message was rejected, and sends it again when the visitor retries", async () => {
    const { page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await page.route("**/messages", async (route) => await route.fulfill({ status: 422, body: "{}" }), {
      times: 1,
    });
    await typeAndSend(page, QUESTION);
    await page.getByRole("button", { name: "Try again" }).click();
    await bubbleWith(page, "30 days");
    expect((await widgetOf(page).bubbles()).filter((line) => line.startsWith("You"))).toHaveLength(1);
  });

  it("the widget shows that an agent joined and reports that replies were read", async () => {
    const begun = new Date();
    const { page } = await openVisitor(browser, url);
    await widgetOf(page).launcher.click();
    await typeAndSend(page, QUESTION);
    await bubbleWith(page, "30 days");
    const conversation = await conversationSince(begun);
    await eventually("a receipt", async () => {
      const rows = await parley.db.select().from(deliveries);
      return rows.some(
        ({ conversationId, receipt }) => conversationId === conversation.id && receipt === "read",
      );
    });
    await takeOverAs({ ...parley, url }, "dana", conversation);
    await page.getByText("A member of our team has joined the chat.").waitFor();
  });

  it.for(["light", "dark"] as const)(
    "the widget is legible and accessible in %s mode",
    async (colorScheme) => {
      const { page } = await openVisitor(browser, url, { colorScheme });
      await widgetOf(page).launcher.waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, `${colorScheme}-closed.png`) });
      await widgetOf(page).launcher.click();
      await typeAndSend(page, QUESTION);
      await bubbleWith(page, "30 days");
      await page.screenshot({ path: join(SCREENSHOTS, `${colorScheme}-open.png`) });
      await page.evaluate(axe.source);
      const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
        violations: { id: string }[];
        passes: { id: string }[];
      };
      expect(found.violations).toEqual([]);
      expect(found.passes.map(({ id }) => id)).toContain("color-contrast");
    },
  );
});

/** The page shows a message before the server has it, and a conversation may be there before its message. */
async function conversationSince(begun: Date) {
  return await eventually("the page's conversation", async () => {
    const rows = await parley.db
      .select({ id: conversations.id, tenantId: conversations.tenantId, createdAt: conversations.createdAt })
      .from(conversations)
      .innerJoin(inbox, eq(inbox.conversationId, conversations.id));
    return rows.find(({ createdAt }) => createdAt >= begun);
  });
}
