import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { findChromium } from "../../support/find-chromium.ts";

/** The browser makes no requests of its own and uses no profile. */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real browser without a window. */
export async function openBrowser(): Promise<Browser> {
  // Chromium has no sandbox for root.
  const args = process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS;
  return await chromium.launch({ executablePath: await findChromium(), args, headless: true });
}

/** A visitor with a separate browser storage, on the page of `url`. More tabs of the context belong to the same visitor. */
export async function openVisitor(
  browser: Browser,
  url: string,
  options: { colorScheme?: "light" | "dark"; viewport?: { width: number; height: number } } = {},
) {
  const context = await browser.newContext({
    viewport: { width: 1000, height: 760 },
    locale: "en",
    ...options,
  });
  return { context, page: await openTab(context, url) };
}

export async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/chat`);
  return page;
}

/** The elements of the widget, found by role and name through the shadow root. */
export function widgetOf(page: Page) {
  return {
    launcher: page.getByRole("button", { name: "Open chat" }),
    input: page.getByRole("textbox", { name: "Your message" }),
    panel: page.getByRole("dialog"),
    /** The bubbles in their order, each with its author. */
    bubbles: async () => await page.locator("#parley-chat .bubble").allTextContents(),
    hasFocus: async (part: Locator) => await part.evaluate((element) => element.matches(":focus")),
  };
}
