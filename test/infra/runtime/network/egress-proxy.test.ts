import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import tls from "node:tls";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createProxyRoutes } from "../../../../infra/runtime/network/proxy-routes.ts";
import type { EgressOptions } from "../../../../infra/runtime/network/egress-guard.ts";
import { EgressRefused } from "../../../../infra/runtime/network/egress-refused.ts";
import { createAuthority, type TestAuthority } from "../../../support/servers/certificates.ts";
import { openHttpProxy, type HttpProxyOptions } from "../../../support/servers/http-proxy.ts";
import { respondWith, openHttpPeer } from "../../../support/http-peer.ts";
import { expectFailure, failure, guardWith, leadsTo } from "./guard-with.ts";

const PUBLIC = "93.184.215.14";
const URL_OF_TENANT = "https://hooks.example.com/in";

let authority: TestAuthority;
const trusted = tls.getCACertificates("default");
beforeAll(() => {
  authority = createAuthority();
  tls.setDefaultCACertificates([...trusted, authority.cert]);
});
afterAll(() => {
  tls.setDefaultCACertificates(trusted);
  authority.remove();
});

/** A receiver with a certificate for these names. It keeps the headers of its requests. */
async function openReceiver(name = "hooks.example.com") {
  const requests: { host: string | undefined; authorization: unknown; body: string }[] = [];
  const { certFile, keyFile } = authority.issue(name);
  const server = createServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile) },
    (request, response) => {
      void text(request).then((body) => {
        const { host, "proxy-authorization": authorization } = request.headers;
        requests.push({ host, authorization, body });
        response.end("done");
      });
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, port: (server.address() as AddressInfo).port };
}

async function openGuard(
  options: Partial<EgressOptions> & { decide?: HttpProxyOptions["decide"]; port: number; NO_PROXY?: string },
) {
  const { decide, port, NO_PROXY, ...rules } = options;
  const proxy = await openHttpProxy({ port, ...(decide === undefined ? {} : { decide }) });
  const url = proxy.url.replace("//", "//proxy-user:pass%20word@");
  const proxies = createProxyRoutes({ HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY });
  return { proxy, guard: guardWith({ proxies, ...rules }) };
}

test("a tenant's URL goes through the proxy to the address that was checked, with TLS for its name", async () => {
  const receiver = await openReceiver();
  const { proxy, guard } = await openGuard({ port: receiver.port, resolve: leadsTo(PUBLIC) });
  expect(await guard.call(URL_OF_TENANT)).toMatchObject({ status: 200, text: "done" });
  expect(proxy.requests).toEqual([`CONNECT ${PUBLIC}:443`]);
  expect(receiver.requests).toEqual([{ host: "hooks.example.com", authorization: undefined, body: "hello" }]);
  const basic = Buffer.from("proxy-user:pass word").toString("base64");
  expect(proxy.credentials).toEqual([`Basic ${basic}`]);
});

test("a server with a certificate for another name gets no request through the proxy", async () => {
  const receiver = await openReceiver("other.example.com");
  const { guard } = await openGuard({ port: receiver.port, resolve: leadsTo(PUBLIC) });
  expect(await failure(guard.call(URL_OF_TENANT))).toEqual(expectFailure(false));
  expect(receiver.requests).toEqual([]);
});

test.each([
  ["a private address", ["10.0.0.1"]],
  ["the machine of the proxy", ["127.0.0.1"]],
  ["the metadata of a cloud", ["169.254.169.254"]],
  ["a public and a private address", [PUBLIC, "fd00::1"]],
  ["nothing", []],
])("the proxy is not asked for a name that leads to %s", async (_to, addresses) => {
  const { proxy, guard } = await openGuard({ port: 1, resolve: leadsTo(...addresses) });
  expect(await failure(guard.call(URL_OF_TENANT))).toBeInstanceOf(EgressRefused);
  expect(proxy.requests).toEqual([]);
});

test("the proxy is not asked for a private address that a URL has as it is", async () => {
  const { proxy, guard } = await openGuard({ port: 1 });
  for (const host of ["10.0.0.1", "169.254.169.254", "[fd00::1]", "2130706433"])
    expect(await failure(guard.call(`https://${host}/`)), host).toBeInstanceOf(EgressRefused);
  expect(proxy.requests).toEqual([]);
});

test("the proxy resolves the name of a vendor from the settings, which this machine may not know", async () => {
  const receiver = await openReceiver("api.vendor.example");
  const options = { port: receiver.port, namedHosts: ["api.vendor.example:443"] };
  const { proxy, guard } = await openGuard(options);
  expect(await guard.call("https://api.vendor.example/send")).toMatchObject({ status: 200 });
  expect(proxy.requests).toEqual(["CONNECT api.vendor.example:443"]);
  await guard.verify("https://api.vendor.example/send");
  // Another port of the vendor is a URL like any other.
  expect(await failure(guard.verify("https://api.vendor.example:8443/send"))).toMatchObject({
    code: "ENOTFOUND",
  });
  expect(await failure(guard.call("https://api.vendor.example:8443/send"))).toEqual(expectFailure(false));
  expect(proxy.requests).toHaveLength(1);
});

test("the second address is asked for where the proxy cannot reach the first", async () => {
  const receiver = await openReceiver();
  const decide = (host: string) => (host.startsWith("[2606:") ? 502 : 200);
  const resolve = leadsTo("2606:2800:21f:cb07::1", PUBLIC);
  const { proxy, guard } = await openGuard({ port: receiver.port, resolve, decide });
  expect(await guard.call(URL_OF_TENANT)).toMatchObject({ status: 200 });
  expect(proxy.requests).toEqual(["CONNECT [2606:2800:21f:cb07::1]:443", `CONNECT ${PUBLIC}:443`]);
});

test.each([403, 407, 502])(
  "a proxy that responds with %i has not executed the call, and the error names the status",
  async (status) => {
    const { guard } = await openGuard({ port: 1, resolve: leadsTo(PUBLIC), decide: () => status });
    const error = await failure(guard.call(URL_OF_TENANT));
    expect(error).toEqual(expectFailure(false));
    expect(String(error)).toContain(`PROXY_${status}`);
  },
);

test("a proxy that does not listen has not executed the call", async () => {
  const proxies = createProxyRoutes({ HTTPS_PROXY: "http://127.0.0.1:1" });
  const guard = guardWith({ proxies, resolve: leadsTo(PUBLIC) });
  expect(await failure(guard.call(URL_OF_TENANT))).toEqual(expectFailure(false));
});

test("a host of NO_PROXY is called directly, with all checks of a direct call", async () => {
  const peer = await openHttpPeer(respondWith(200));
  const host = `sink.internal:${peer.host.split(":")[1] ?? ""}`;
  const resolve = leadsTo("127.0.0.1");
  const direct = { allowHttp: true, resolve, NO_PROXY: ".internal", port: 1 };
  const allowed = await openGuard({ ...direct, allowedHosts: [host] });
  expect(await allowed.guard.call(`http://${host}/`)).toMatchObject({ status: 200 });
  const refused = await openGuard(direct);
  expect(await failure(refused.guard.call(`http://${host}/`))).toBeInstanceOf(EgressRefused);
  expect(peer.requests).toHaveLength(1);
  expect([...allowed.proxy.requests, ...refused.proxy.requests]).toEqual([]);
});
