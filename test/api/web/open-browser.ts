import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { findChromium } from "../../support/find-chromium.ts";

/** Nothing of the browser's own goes to the network, and it takes no profile along. */
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
  // As root there is no sandbox to be had.
  const args = process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS;
  return await chromium.launch({ executablePath: await findChromium(), args, headless: true });
}

/** A visitor with a storage of their own, and the page of `url` before them; further tabs are the same visitor's. */
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

/** The parts of the widget as a visitor finds them: by role and name, through the shadow root. */
export function widgetOf(page: Page) {
  return {
    launcher: page.getByRole("button", { name: "Open chat" }),
    input: page.getByRole("textbox", { name: "Your message" }),
    panel: page.getByRole("dialog"),
    /** The lines in their order, with their authors. */
    said: async () => await page.locator("#parley-chat .bubble").allTextContents(),
    hasFocus: async (part: Locator) => await part.evaluate((element) => element.matches(":focus")),
  };
}
