import { expect, it } from "vitest";
import { createProxyRoutes, isExceptionList } from "../../../../infra/runtime/network/proxy-routes.ts";

const PROXIES = { HTTP_PROXY: "http://plain.internal:3128", HTTPS_PROXY: "http://secure.internal:3128" };

function findProxy(url: string, NO_PROXY = ""): string | null {
  return createProxyRoutes({ ...PROXIES, NO_PROXY }).findProxy(new URL(url))?.hostname ?? null;
}

it("the scheme of a URL decides which proxy is used", () => {
  expect(findProxy("https://api.example.com/v1")).toBe("secure.internal");
  expect(findProxy("http://api.example.com/v1")).toBe("plain.internal");
  expect(createProxyRoutes({}).findProxy(new URL("https://api.example.com"))).toBeNull();
  const onlyHttp = createProxyRoutes({ HTTP_PROXY: PROXIES.HTTP_PROXY });
  expect(onlyHttp.findProxy(new URL("https://api.example.com"))).toBeNull();
});

it("a call to this machine uses no proxy", () => {
  for (const host of ["localhost", "api.localhost", "127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]"])
    expect(findProxy(`https://${host}:8443/`), host).toBeNull();
  expect(findProxy("https://localhost.example.com/")).toBe("secure.internal");
});

it.each([
  ["api.example.com", "https://api.example.com/", null],
  ["example.com", "https://api.example.com/", null],
  ["EXAMPLE.com", "https://api.example.com/", null],
  ["example.com", "https://api.example.com./", null],
  [".example.com", "https://api.example.com/", null],
  ["*.example.com", "https://api.example.com/", null],
  ["example.com", "https://badexample.com/", "secure.internal"],
  ["example.com:8443", "https://api.example.com/", "secure.internal"],
  ["example.com:8443", "https://api.example.com:8443/", null],
  ["example.com:443", "https://api.example.com/", null],
  ["other.test, example.com", "https://api.example.com/", null],
  ["other.test example.com", "https://api.example.com/", null],
  ["*", "https://api.example.com/", null],
  ["10.0.0.0/8", "https://10.1.2.3/", null],
  ["10.0.0.0/8", "https://11.1.2.3/", "secure.internal"],
  ["10.1.2.3", "https://10.1.2.3/", null],
  ["10.1.2.3:8443", "https://10.1.2.3/", "secure.internal"],
  ["2001:db8::1", "https://[2001:db8::1]/", null],
  ["[2001:db8::1]:443", "https://[2001:db8::1]/", null],
  ["2001:db8::/32", "https://[2001:db8::9]/", null],
  ["2001:db8::/32", "https://10.0.0.1/", "secure.internal"],
])("NO_PROXY=%s sends %s to the proxy %s", (list, url, proxy) => {
  expect(isExceptionList(list)).toBe(true);
  expect(findProxy(url, list)).toBe(proxy);
});

it("an entry that matches nothing is refused", () => {
  for (const entry of ["http://a.test", "*a*", "10.0.0.0/99", "a.test/path", "[a.test]"])
    expect(isExceptionList(entry), entry).toBe(false);
});
