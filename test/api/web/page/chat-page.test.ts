import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false });
});
afterAll(() => parley.close());

describe("the chat page", () => {
  it("loads nothing from elsewhere, runs no script of its own and cannot be framed", async () => {
    const response = await fetch(`${parley.url}/chat`);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'sha256-[\w+/]{43}='; connect-src 'self'/,
    );
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(await response.text()).toContain(
      '<script src="/chat/widget.js" data-account="main" async></script>',
    );
  });
});

describe("the widget's file", () => {
  it("may be loaded by pages of other sites, and is not sent again while it is the same", async () => {
    const response = await fetch(`${parley.url}/chat/widget.js`);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    const etag = response.headers.get("etag") ?? "";
    const again = await fetch(`${parley.url}/chat/widget.js`, { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const other = await fetch(`${parley.url}/chat/widget.js`, { headers: { "if-none-match": '"another"' } });
    expect([other.status, (await other.text()).length > 10_000]).toEqual([200, true]);
  });

  it("is small", async () => {
    const bytes = await (await fetch(`${parley.url}/chat/widget.js`)).bytes();
    expect(bytes.length).toBeLessThan(30_000);
  });
});
