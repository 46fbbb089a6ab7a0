import { Script } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false });
});
afterAll(() => parley.close());

describe("the chat page", () => {
  it("the chat page loads nothing from other origins, has no inline script and cannot be framed", async () => {
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
  it("the widget's file may be loaded by pages of other sites and is not sent again while it is unchanged", async () => {
    const response = await fetch(`${parley.url}/chat/widget.js`);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    const etag = response.headers.get("etag") ?? "";
    const again = await fetch(`${parley.url}/chat/widget.js`, { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const other = await fetch(`${parley.url}/chat/widget.js`, { headers: { "if-none-match": '"another"' } });
    expect([other.status, (await other.text()).length > 10_000]).toEqual([200, true]);
  });

  it("the widget's file is one classic script of less than 30,000 bytes, with the embed code at the top", async () => {
    const text = await (await fetch(`${parley.url}/chat/widget.js`)).text();
    expect(() => new Script(text)).not.toThrow();
    expect(text).not.toMatch(/^\s*(import|export)\b/m);
    expect(text).toMatch(/^\/\*\n \* Parley's chat widget. Embed: <script src=/);
    expect(Buffer.byteLength(text)).toBeLessThan(30_000);
  });
});
