import { expect, it } from "vitest";
import { createPineconeCheck } from "../../../../infra/cli/doctor/check-pinecone.ts";
import { runCheck } from "../../../../infra/cli/doctor/check.ts";
import { configuredIndexVersion } from "../../../../infra/cli/tasks/migrate.ts";
import { type FakeResponse, configAt, SECRET_VALUES, serve } from "./local-servers.ts";

const NAME = configuredIndexVersion(configAt(1)).pineconeIndex;

const index =
  ({ dimension = 512, ready = true } = {}): FakeResponse =>
  ({ url, headers }) => {
    if (headers["api-key"] !== SECRET_VALUES.pinecone) return { status: 401, body: {} };
    if (url !== `/indexes/${NAME}`) return { status: 404, body: {} };
    const schema = { fields: { _values: { type: "dense_vector", dimension, metric: "cosine" } } };
    const status = { ready, state: ready ? "Ready" : "Initializing" };
    return { body: { name: NAME, host: "127.0.0.1", schema, status, deletion_protection: "disabled" } };
  };

async function examine(response: FakeResponse, env: Record<string, string> = {}) {
  const config = configAt(1, { PINECONE_CONTROLLER_HOST: await serve(response), ...env });
  return await runCheck(createPineconeCheck(config, { fetch }), 5_000);
}

it("is in order when the index has vectors of the configured length", async () => {
  expect(await examine(index())).toMatchObject({ state: "ok", fix: null });
});

it("has no index before the first migration", async () => {
  const finding = await examine(index(), { PARLEY_PINECONE_INDEX: "other" });
  expect(finding).toMatchObject({ state: "missing", detail: expect.stringContaining("no index other-") });
  expect(finding.fix).toContain("parley migrate");
});

it("is missing an index of the right length when the lengths differ", async () => {
  const { state, detail } = await examine(index({ dimension: 1_536 }));
  expect(state).toBe("missing");
  expect(detail).toContain("has vectors of 1536 numbers, not 512");
});

it("is not there while the index is being made", async () => {
  const { state, detail } = await examine(index({ ready: false }));
  expect(state).toBe("missing");
  expect(detail).toContain("not ready");
});

it("names the setting to correct for a rejected key", async () => {
  const { detail, fix } = await examine(index(), { PINECONE_API_KEY: "pc-other" });
  expect(detail).toBe("The key was refused (401).");
  expect(fix).toContain("PINECONE_API_KEY");
});

it("sends one request and reports the status of a failure", async () => {
  let asked = 0;
  const { detail } = await examine(() => {
    asked++;
    return { status: 503, body: {} };
  });
  expect([asked, detail]).toEqual([1, "It responded with 503."]);
});
