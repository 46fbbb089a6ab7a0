import { Connection } from "@temporalio/client";
import { NativeConnection } from "@temporalio/worker";
import { afterAll, afterEach, beforeAll, expect, inject, it, vi } from "vitest";
import { ensureSearchAttributes, findMissingByQuery } from "../../../../infra/cli/tasks/search-attributes.ts";
import { temporalConnectionOptions } from "../../../../infra/runtime/temporal/temporal-client.ts";
import { createAuthority, type TestAuthority } from "../../../support/servers/certificates.ts";
import { openHttpProxy } from "../../../support/servers/http-proxy.ts";
import { openTemporalGateway } from "../../../support/servers/temporal-gateway.ts";

const NAMESPACE = "default";
const API_KEY = "key-of-the-namespace";

let authority: TestAuthority;
beforeAll(() => {
  authority = createAuthority();
});
afterEach(() => {
  vi.unstubAllEnvs();
  delete process.env["grpc_proxy"];
});
afterAll(() => authority.remove());

const upstream = inject("sandboxEnv")["TEMPORAL_ADDRESS"] ?? "";

/** Asks with both clients: the ingress has one, the workers have the other. */
async function askWithBoth(address: string, proxies = {}): Promise<void> {
  const options = temporalConnectionOptions({ address, namespace: NAMESPACE, proxies });
  for (const Client of [Connection, NativeConnection]) {
    const connection = await Client.connect(options);
    try {
      const described = await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      expect(described.namespaceInfo?.name).toBe(NAMESPACE);
    } finally {
      await connection.close();
    }
  }
}

function stubSettings(settings: Record<string, string>): void {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
}

it("an API key over TLS opens a hosted server for both clients, and another key does not", async () => {
  const certificate = authority.issue("localhost");
  const port = await openTemporalGateway({ upstream, certificate, apiKey: API_KEY });
  stubSettings({ TEMPORAL_API_KEY: API_KEY, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile });
  await askWithBoth(`localhost:${port}`);
  stubSettings({ TEMPORAL_API_KEY: "another" });
  await expect(askWithBoth(`localhost:${port}`)).rejects.toMatchObject({ cause: { code: 16 } });
});

it("a client's certificate opens a hosted server for both clients, and no certificate does not", async () => {
  const certificate = authority.issue("localhost");
  const port = await openTemporalGateway({ upstream, certificate, clientAuthority: authority.cert });
  const client = authority.issue("client.example");
  const settings = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile };
  stubSettings({
    ...settings,
    TEMPORAL_TLS_CLIENT_CERT_PATH: client.certFile,
    TEMPORAL_TLS_CLIENT_KEY_PATH: client.keyFile,
  });
  await askWithBoth(`localhost:${port}`);
  vi.unstubAllEnvs();
  stubSettings(settings);
  await expect(
    Connection.connect({
      ...temporalConnectionOptions({ address: `localhost:${port}`, namespace: NAMESPACE }),
      connectTimeout: 3_000,
    }),
  ).rejects.toThrow();
});

it("a server that denies the operator service has its search attributes checked by a query, and the missing ones named", async () => {
  const certificate = authority.issue("localhost");
  const port = await openTemporalGateway({ upstream, certificate, apiKey: API_KEY });
  stubSettings({ TEMPORAL_API_KEY: API_KEY, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile });
  const options = temporalConnectionOptions({ address: `localhost:${port}`, namespace: NAMESPACE });
  const connection = await Connection.connect(options);
  expect(await ensureSearchAttributes(connection, NAMESPACE)).toBe("exist");
  const { countWorkflowExecutions } = connection.workflowService;
  const refusing = {
    operatorService: connection.operatorService,
    workflowService: Object.assign(
      Object.create(connection.workflowService) as typeof connection.workflowService,
      {
        // The query has a name that the server does not know.
        countWorkflowExecutions: (async (request: { namespace: string; query: string }) =>
          await countWorkflowExecutions.call(connection.workflowService, {
            ...request,
            query: request.query.replace("Channel", "UnknownName"),
          })) as typeof countWorkflowExecutions,
      },
    ),
  };
  expect(await findMissingByQuery(refusing, NAMESPACE)).toEqual(["Channel"]);
  await expect(ensureSearchAttributes(refusing, NAMESPACE)).rejects.toThrow(
    /lacks the search attributes Channel,.*tcld namespace search-attributes add/,
  );
  await connection.close();
});

it("a hosted server is reached through HTTPS_PROXY by both clients, and a server without TLS never is", async () => {
  const certificate = authority.issue("temporal.example");
  const port = await openTemporalGateway({ upstream, certificate, apiKey: API_KEY });
  const proxy = await openHttpProxy({ port });
  const proxies = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
  vi.stubEnv("http_proxy", proxy.url);
  await askWithBoth(upstream, proxies);
  expect(proxy.requests).toEqual([]);
  stubSettings({ TEMPORAL_API_KEY: API_KEY, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile });
  await askWithBoth("temporal.example:7233", proxies);
  expect(new Set(proxy.requests)).toEqual(new Set(["CONNECT temporal.example:7233"]));
  expect(proxy.requests.length).toBeGreaterThan(1);
  expect(() =>
    temporalConnectionOptions({
      address: "temporal.example:7233",
      namespace: NAMESPACE,
      proxies: { HTTPS_PROXY: "https://proxy.internal" },
    }),
  ).toThrow("HTTPS_PROXY");
});
