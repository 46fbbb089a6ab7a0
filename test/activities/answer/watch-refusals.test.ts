import { expect, it } from "vitest";
import { createEmbeddingClient } from "../../../activities/answer/model/embedding-client.ts";
import { createModelClient } from "../../../activities/answer/model/model-client.ts";
import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import { createRefusals, watchModel } from "../../../activities/answer/watch-refusals.ts";
import { createFaultReports } from "../../../infra/runtime/faults/report-faults.ts";
import type { Config } from "../../../infra/runtime/config/config.ts";
import { openHttpPeer } from "../../support/http-peer.ts";
import {
  createTestCall,
  createTestEmbeddings,
  createTestEndpoint,
} from "../../support/activities/model-calls.ts";

const VERSION = {
  id: "v",
  embeddingModel: "embedder",
  dimensions: 1,
  pineconeIndex: "docs",
  state: "live" as const,
  createdAt: new Date(0),
};

interface Answer {
  status: number;
  code?: string;
  /** The whole body, in place of OpenAI's form. */
  body?: object;
}

/** A worker with these alerts, and a server that plays OpenAI and Pinecone. */
async function openVendor(alerts = new Map<string, string>()) {
  const answer: Answer = { status: 200 };
  let isDown = false;
  const peer = await openHttpPeer((reply, { path }) => {
    const body =
      answer.status === 200
        ? GOOD(path, peer.url)
        : (answer.body ?? { error: { code: answer.code, message: "No." } });
    reply.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  let raised = 0;
  const lines: object[] = [];
  let now = 0;
  const reports = createFaultReports({
    alerts: {
      async raise({ name, detail }) {
        if (isDown) throw new Error("Postgres is unavailable.");
        raised++;
        alerts.set(name, detail);
      },
      clear: async (name) => void alerts.delete(name),
    },
    log: { error: (details) => lines.push(details) },
    now: () => now,
  });
  const refusals = createRefusals({ reports, readPlace: () => ({ activity: "generate", attempt: 2 }) });
  const baseUrl = `${peer.url}/v1`;
  const { complete } = createModelClient(createTestEndpoint(baseUrl, { api: "chat" }));
  const { embed } = createEmbeddingClient(createTestEmbeddings(baseUrl));
  const names = { full: "gpt-4o", smaller: "gpt-4o-mini" };
  const model = watchModel({ names, complete: async (_, call) => await complete(call), embed }, refusals);
  const pinecone = { PINECONE_API_KEY: "key", PINECONE_CONTROLLER_HOST: peer.url } as Config;
  const vectors = connectConfiguredVectors(pinecone, refusals);
  const calls = {
    complete: async (question: string) =>
      await model.complete(
        "full",
        createTestCall({ prompt: { instructions: "Answer.", lines: [{ role: "user", text: question }] } }),
      ),
    embed: async (question: string) =>
      await model.embed({
        model: "embedder",
        dimensions: 1,
        texts: [question],
        signal: new AbortController().signal,
      }),
    search: async () =>
      await vectors.search(VERSION, {
        tenantId: "acme",
        vector: [1],
        limit: 1,
      }),
  };
  return {
    alerts,
    lines,
    raised: () => raised,
    set: (next: Answer) => Object.assign(answer, { code: undefined, body: undefined }, next),
    pass: (ms: number) => (now += ms),
    losePostgres: (lost: boolean) => (isDown = lost),
    /** The names of the alerts after this call has ended. */
    async call(name: keyof typeof calls, question = "Is it open?"): Promise<string[]> {
      await calls[name](question).catch(() => undefined);
      // The alert is written after the call.
      await new Promise((resolve) => setTimeout(resolve, 5));
      return [...alerts.keys()];
    },
  };
}

const GOOD = (path: string, url: string): unknown => {
  if (path.startsWith("/indexes/"))
    return { name: "docs", host: url, status: { ready: true, state: "Ready" } };
  if (path === "/query") return { matches: [], namespace: "acme" };
  if (path === "/v1/embeddings") return { data: [{ index: 0, embedding: [1] }] };
  return { choices: [{ finish_reason: "stop", message: { content: "Yes." } }] };
};

it.each([
  ["complete", { status: 401, code: "invalid_api_key" }, "model/gpt-4o"],
  ["complete", { status: 404, code: "model_not_found" }, "model/gpt-4o"],
  ["complete", { status: 429, code: "insufficient_quota" }, "model/gpt-4o"],
  ["embed", { status: 401, code: "invalid_api_key" }, "model/embedder"],
  ["search", { status: 401 }, "pinecone/indexes"],
  ["search", { status: 403 }, "pinecone/indexes"],
  ["search", { status: 404 }, "pinecone/indexes"],
] as const)("%s that is refused with %o is an alert until a call succeeds", async (call, refusal, name) => {
  const vendor = await openVendor();
  vendor.set(refusal);
  expect(await vendor.call(call)).toEqual([`configuration:${name}`]);
  expect(vendor.alerts.get(`configuration:${name}`)).toContain(
    String(refusal.status === 429 ? "quota" : refusal.status),
  );
  vendor.set({ status: 200 });
  expect(await vendor.call(call)).toEqual([]);
});

it.each([
  ["complete", { status: 403, code: "flagged" }, "model/gpt-4o"],
  ["embed", { status: 403, code: "flagged" }, "model/embedder"],
  // Gemini and xAI refuse a wrong key in this way, and OpenRouter an unknown model.
  ["complete", { status: 400 }, "model/gpt-4o"],
  ["complete", { status: 400, body: { code: "invalid", error: "Incorrect API key." } }, "model/gpt-4o"],
  ["embed", { status: 400, code: "400" }, "model/embedder"],
] as const)(
  "%s that is refused with %o is an alert after five different prompts in a row, because it may be about one prompt",
  async (call, refusal, name) => {
    const vendor = await openVendor();
    vendor.set(refusal);
    for (let i = 0; i < 6; i++) expect(await vendor.call(call, "one flagged prompt")).toEqual([]);
    for (let i = 0; i < 3; i++) expect(await vendor.call(call, `prompt ${i}`)).toEqual([]);
    vendor.set({ status: 200 });
    await vendor.call(call);
    vendor.set(refusal);
    for (let i = 0; i < 4; i++) expect(await vendor.call(call, `prompt ${i}`)).toEqual([]);
    expect(await vendor.call(call, "prompt 4")).toEqual([`configuration:${name}`]);
    vendor.set({ status: 200 });
    expect(await vendor.call(call)).toEqual([]);
  },
);

it.each([
  ["complete", { status: 500 }],
  ["complete", { status: 429, code: "rate_limit_exceeded" }],
  ["complete", { status: 400, code: "content_filter" }],
  ["complete", { status: 400, code: "invalid_request" }],
  ["search", { status: 503 }],
  ["search", { status: 429 }],
] as const)("%s that fails with %o says nothing about the settings", async (call, failure) => {
  const vendor = await openVendor();
  vendor.set(failure);
  expect(await vendor.call(call)).toEqual([]);
});

it("a refused key is an alert and one error line in a minute, with code, cause, remedy, activity and attempt", async () => {
  const vendor = await openVendor();
  vendor.set({ status: 401 });
  for (let i = 0; i < 5; i++) await vendor.call("complete");
  expect(vendor.raised()).toBe(1);
  expect(vendor.lines).toHaveLength(1);
  vendor.pass(60_000);
  await vendor.call("complete");
  expect(vendor.raised()).toBe(2);
  expect(vendor.lines).toHaveLength(2);
  expect(vendor.lines[0]).toEqual({
    subject: "model/gpt-4o",
    code: "model.key_refused",
    cause: "The key was refused (401).",
    fix: expect.stringContaining("OPENAI_API_KEY"),
    activity: "generate",
    attempt: 2,
  });
});

it("a process with the right key ends the alert of the process before it", async () => {
  const vendor = await openVendor(new Map([["configuration:model/gpt-4o", "of another process"]]));
  expect(await vendor.call("embed")).toEqual(["configuration:model/gpt-4o"]);
  expect(await vendor.call("complete")).toEqual([]);
});

it("an alert that Postgres did not take is written with the next refusal", async () => {
  const vendor = await openVendor();
  vendor.set({ status: 401 });
  vendor.losePostgres(true);
  expect(await vendor.call("complete")).toEqual([]);
  vendor.losePostgres(false);
  expect(await vendor.call("complete")).toEqual(["configuration:model/gpt-4o"]);
});
