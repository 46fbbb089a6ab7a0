import { describe, expect, it } from "vitest";
import { createIsTrustedProxy } from "../../../infra/runtime/network/trusted-proxies.ts";
import { readConfiguredAccounts } from "../../../infra/channels/configured-accounts.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { listOwnOrigins } from "../../../api/account-directory.ts";

const REQUIRED = {
  DATABASE_URL: "postgres://parley@127.0.0.1:5432/parley",
  OPENAI_API_KEY: "sk-test",
  PINECONE_API_KEY: "pc-test",
  PARLEY_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  PARLEY_HASH_KEY: Buffer.alloc(32, 2).toString("base64"),
};

const originsFor = (env: Record<string, string>) =>
  readConfiguredAccounts(loadConfig({ ...REQUIRED, ...env })).find(({ channel }) => channel === "web")
    ?.settings.origins;

describe("the web chat that the environment describes", () => {
  it("names no pages of its own accord, so that those chosen by API stay", () => {
    expect(originsFor({})).toBeUndefined();
  });

  it("may be shown by the server's own pages, on one's own machine under both names", () => {
    expect(listOwnOrigins("https://chat.example.com/parley")).toEqual(["https://chat.example.com"]);
    const local = ["http://127.0.0.1:8080", "http://localhost:8080"];
    expect(listOwnOrigins("http://127.0.0.1:8080")).toEqual(local);
    expect(listOwnOrigins("http://localhost:8080")).toEqual(local);
  });

  it("may be shown by the pages that are named, and then by those alone", () => {
    const named = "https://shop.example,https://www.shop.example:8443";
    expect(originsFor({ WEB_ALLOWED_ORIGINS: named })).toEqual(named.split(","));
  });

  it("rejects a value that is not an origin, because it would permit no page", () => {
    for (const wrong of [
      "https://shop.example/",
      "shop.example",
      "*",
      "https://a.example, https://b.example",
    ])
      expect(() => originsFor({ WEB_ALLOWED_ORIGINS: wrong }), wrong).toThrow(/WEB_ALLOWED_ORIGINS/);
  });
});

describe("trusted proxies", () => {
  it("are addresses, networks or their usual names", () => {
    const config = loadConfig({ ...REQUIRED, TRUSTED_PROXIES: "loopback,10.0.0.0/8,2001:db8::1" });
    expect(config.TRUSTED_PROXIES).toEqual(["loopback", "10.0.0.0/8", "2001:db8::1"]);
    for (const wrong of ["everybody", "10.0.0.0/8, loopback", "true"])
      expect(() => loadConfig({ ...REQUIRED, TRUSTED_PROXIES: wrong }), wrong).toThrow(/TRUSTED_PROXIES/);
  });

  it("a network of IPv4 may have the notation of IPv6, and its bits count from there", () => {
    for (const network of ["::ffff:10.0.0.0/104", "::ffff:a00:0/104", "10.0.0.0/8"]) {
      const isTrusted = createIsTrustedProxy([network]);
      expect([isTrusted("10.2.3.4"), isTrusted("::ffff:10.2.3.4"), isTrusted("11.2.3.4")], network).toEqual([
        true,
        true,
        false,
      ]);
    }
  });
});
