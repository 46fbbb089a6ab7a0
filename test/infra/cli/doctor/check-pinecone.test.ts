import { expect, it } from "vitest";
import { createPineconeCheck } from "../../../../infra/cli/doctor/check-pinecone.ts";
import { runCheck } from "../../../../infra/cli/doctor/check.ts";
import { configuredIndexVersion } from "../../../../infra/cli/tasks/migrate.ts";
import { openHttpPeer, type PeerRequest } from "../../../support/http-peer.ts";
import { configAt, SECRET_VALUES } from "./local-servers.ts";

const NAME = configuredIndexVersion(configAt(1)).pineconeIndex;

interface Shape {
  dimension?: number;
  ready?: boolean;
  /** The status of a call by the end of its path. */
  statuses?: Record<string, number>;
}

/** An index that keeps one vector. */
async function examine(
  { dimension = 512, ready = true, statuses = {} }: Shape,
  env: Record<string, string> = {},
) {
  const stored = new Set<string>();
  const answer = (url: string, { path, headers, body }: PeerRequest): { status: number; body: unknown } => {
    const { pathname, searchParams } = new URL(path, url);
    const refused = Object.entries(statuses).find(([end]) => pathname.endsWith(end));
    if (refused !== undefined) return { status: refused[1], body: {} };
    if (headers["api-key"] !== SECRET_VALUES.pinecone) return { status: 401, body: {} };
    if (pathname === `/indexes/${NAME}`) return { status: 200, body: describe(url) };
    if (pathname.startsWith("/indexes/")) return { status: 404, body: {} };
    if (pathname === "/vectors/upsert") {
      const { vectors } = JSON.parse(body) as { vectors: { id: string }[] };
      for (const { id } of vectors) stored.add(id);
      return { status: 200, body: { upsertedCount: vectors.length } };
    }
    if (pathname === "/vectors/fetch") {
      const ids = searchParams.getAll("ids").filter((id) => stored.has(id));
      const vectors = Object.fromEntries(ids.map((id) => [id, { id, values: [1] }]));
      return { status: 200, body: { vectors, namespace: searchParams.get("namespace") } };
    }
    if (pathname === "/vectors/delete") stored.clear();
    return { status: 200, body: { matches: [] } };
  };
  const describe = (host: string) => ({
    name: NAME,
    host,
    schema: { fields: { _values: { type: "dense_vector", dimension, metric: "cosine" } } },
    status: { ready, state: ready ? "Ready" : "Initializing" },
    deletion_protection: "disabled",
  });
  const peer = await openHttpPeer((response, request) => {
    const { status, body } = answer(peer.url, request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const config = configAt(1, { PINECONE_CONTROLLER_HOST: peer.url, ...env });
  const finding = await runCheck(createPineconeCheck(config), 5_000);
  return { ...finding, stored, codes: finding.faults.map(({ code }) => code) };
}

it("passes when a vector was written, read and deleted in an index of the configured length", async () => {
  const { state, detail, stored } = await examine({});
  expect({ state, detail }).toEqual({
    state: "ok",
    detail: expect.stringContaining("a vector was written and read"),
  });
  expect(stored.size).toBe(0);
});

it.each([
  [
    "a key that may only read",
    { statuses: { "/vectors/upsert": 403 } },
    "pinecone.permission_missing",
    "PINECONE_API_KEY",
  ],
  [
    "an index of another length",
    { dimension: 1_536 },
    "pinecone.wrong_dimension",
    "PARLEY_EMBEDDING_DIMENSIONS",
  ],
] as const)("names %s as a wrong configuration", async (_, shape, code, setting) => {
  const { codes, fix, faults } = await examine(shape);
  expect(codes).toEqual([code]);
  expect(faults[0]?.kind).toBe("configuration");
  expect(fix).toContain(setting);
});

it("has no index before the first migration", async () => {
  const { codes, detail, fix } = await examine({}, { PARLEY_PINECONE_INDEX: "other" });
  expect(codes).toEqual(["pinecone.index_missing"]);
  expect(detail).toContain("no index other-");
  expect(fix).toContain("parley migrate");
});

it("names the setting to correct for a rejected key", async () => {
  const { detail, fix } = await examine({}, { PINECONE_API_KEY: "pc-other" });
  expect(detail).toBe("The key was refused (401).");
  expect(fix).toContain("PINECONE_API_KEY");
});

it.each([
  ["an index that is being made", { ready: false }],
  ["a status of 503", { statuses: { [`/indexes/${NAME}`]: 503 } }],
] as const)("reports %s as an outage", async (_, shape) => {
  const { state, faults } = await examine(shape);
  expect(state).toBe("missing");
  expect(faults.map(({ kind }) => kind)).toEqual(["outage"]);
});
