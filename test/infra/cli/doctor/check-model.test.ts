import { expect, it } from "vitest";
import { createModelCheck } from "../../../../infra/cli/doctor/check-model.ts";
import { runCheck } from "../../../../infra/cli/doctor/check.ts";
import { openHttpPeer, type PeerRequest } from "../../../support/http-peer.ts";
import { configAt, SECRET_VALUES } from "./local-servers.ts";

interface Answer {
  status: number;
  body: unknown;
}

const COMPLETION = {
  id: "resp_1",
  object: "response",
  status: "completed",
  output: [
    {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Works.", annotations: [] }],
    },
  ],
  usage: { input_tokens: 20, output_tokens: 2, total_tokens: 22 },
};
const EMBEDDING = (length = 512) => ({
  data: [{ index: 0, embedding: Array.from({ length }, () => 0.1) }],
});
const refuse = (status: number, code: string, param: string | null = null): Answer => ({
  status,
  body: { error: { message: `No: ${SECRET_VALUES.openai}`, type: "invalid_request_error", code, param } },
});

/** A server that responds as OpenAI does, except where the test says otherwise. */
async function examine(
  answer: (request: PeerRequest & { model: string }) => Answer | null,
  env: Record<string, string> = {},
) {
  const peer = await openHttpPeer((response, request) => {
    const { model = "" } = request.body === "" ? {} : (JSON.parse(request.body) as { model?: string });
    const works = request.path.endsWith("/embeddings") ? EMBEDDING() : COMPLETION;
    const { status, body } = answer({ ...request, model }) ?? { status: 200, body: works };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const config = configAt(1, { OPENAI_BASE_URL: `${peer.url}/v1`, ...env });
  const finding = await runCheck(createModelCheck(config, { today: "2026-11-24" }), 5_000);
  expect(JSON.stringify(finding)).not.toContain(SECRET_VALUES.openai);
  return { ...finding, codes: finding.faults.map(({ code }) => code), requests: peer.requests };
}

const works = () => null;

it("passes when both models complete one word and the embedding has the configured length", async () => {
  const { state, fix, requests } = await examine(works);
  expect({ state, fix }).toEqual({ state: "ok", fix: null });
  const calls = requests.filter(({ method }) => method === "POST");
  expect(calls.map(({ path }) => path).toSorted()).toEqual([
    "/v1/embeddings",
    "/v1/responses",
    "/v1/responses",
  ]);
});

it("sends the arguments of a turn, because a server may refuse one of them", async () => {
  const { requests } = await examine(works);
  const call = requests.find(({ path }) => path === "/v1/responses");
  expect(Object.keys(JSON.parse(call?.body ?? "{}") as object)).toEqual(
    expect.arrayContaining(["model", "instructions", "input", "max_output_tokens", "safety_identifier"]),
  );
  const embedding = requests.find(({ path }) => path === "/v1/embeddings");
  expect(JSON.parse(embedding?.body ?? "{}")).toMatchObject({ dimensions: 512 });
});

it.each([
  ["a refused key", refuse(401, "invalid_api_key"), "model.key_refused", "OPENAI_API_KEY"],
  [
    "a key without rights",
    refuse(403, "insufficient_permissions"),
    "model.permission_missing",
    "OPENAI_API_KEY",
  ],
  ["a used-up quota", refuse(429, "insufficient_quota"), "model.quota_used_up", "OPENAI_API_KEY"],
  ["a base URL without /v1", { status: 404, body: {} }, "model.not_found", "OPENAI_BASE_URL"],
  ["a page in place of the API", { status: 200, body: {} }, "model.response_unusable", "OPENAI_BASE_URL"],
] as const)(
  "names %s of every call as a wrong configuration, although the list of models works",
  async (_, answer, code, setting) => {
    const { state, codes, fix, faults } = await examine(({ path }) =>
      path.endsWith("/models") ? { status: 200, body: { object: "list", data: [] } } : answer,
    );
    expect(state).toBe("missing");
    expect(new Set(codes)).toContain(code);
    expect(fix).toContain(setting);
    for (const { kind } of faults) expect(kind).toBe("configuration");
  },
);

it("names the one model that the account does not have, with its setting", async () => {
  const { codes, detail } = await examine(({ model }) =>
    model === "gpt-4o-mini" ? refuse(404, "model_not_found") : null,
  );
  expect(codes).toEqual(["model.not_found"]);
  expect(detail).toContain("gpt-4o-mini (PARLEY_MODEL_SMALLER)");
});

it("repeats only the calls that failed, because the others were paid", async () => {
  const peer = await openHttpPeer((response, request) => {
    const { model = "" } = JSON.parse(request.body || "{}") as { model?: string };
    const usual = request.path.endsWith("/embeddings") ? EMBEDDING() : COMPLETION;
    const { status, body } =
      model === "gpt-4o-mini" ? refuse(404, "model_not_found") : { status: 200, body: usual };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const check = createModelCheck(configAt(1, { OPENAI_BASE_URL: `${peer.url}/v1` }), { today: "2026-11-24" });
  for (const calls of [3, 4, 5]) {
    expect((await runCheck(check, 5_000)).state).toBe("missing");
    expect(peer.requests.filter(({ method }) => method === "POST")).toHaveLength(calls);
  }
});

it("names vectors of another length than the index has", async () => {
  const { codes, detail } = await examine(({ path }) =>
    path.endsWith("/embeddings") ? { status: 200, body: EMBEDDING(1_536) } : null,
  );
  expect(codes).toEqual(["model.response_unusable"]);
  expect(detail).toContain("have 1536 numbers, and PARLEY_EMBEDDING_DIMENSIONS asks for 512");
});

it("reports an unavailable provider as an outage", async () => {
  const { faults } = await examine(() => ({ status: 500, body: {} }));
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(["outage"]));
});

const listing =
  (list: Record<string, string | null>) =>
  ({ path }: PeerRequest) => {
    if (!path.endsWith("/models")) return null;
    const data = Object.entries(list).map(([id, date]) => ({ id, object: "model", shutdown_date: date }));
    return { status: 200, body: { object: "list", data } };
  };

it("warns of the day that the endpoint gives for a model, rather than of its own", async () => {
  const { state, warnings } = await examine(listing({ "gpt-4o": "2030-02-03T00:00:00Z" }));
  expect(state).toBe("ok");
  expect(warnings).toContain(
    "gpt-4o is shut down on 2030-02-03: set PARLEY_MODEL_FULL to gpt-6.1-terra or another model.",
  );
});

it("warns by its own table where the endpoint gives no day", async () => {
  const { warnings } = await examine(() => null);
  expect(warnings).toEqual([
    "gpt-4o is shut down on 2027-01-14: set PARLEY_MODEL_FULL to gpt-6.1-terra or another model.",
    "gpt-4o-mini is shut down on 2027-01-14: set PARLEY_MODEL_SMALLER to gpt-6-luna or another model.",
  ]);
});

it("says of a model whose day is past that it was shut down", async () => {
  const { warnings } = await examine(works, { PARLEY_MODEL_FULL: "gpt-4.1-nano" });
  expect(warnings?.[0]).toContain("gpt-4.1-nano was shut down on 2026-10-23");
});

it("warns of nothing where no model ends", async () => {
  const env = { PARLEY_MODEL_FULL: "gpt-6.1-terra", PARLEY_MODEL_SMALLER: "gpt-6-luna" };
  expect(await examine(works, env)).toMatchObject({ state: "ok", warnings: [] });
});

it("is not made in a process without the key", async () => {
  const { OPENAI_API_KEY: _, ...config } = configAt(1);
  const check = createModelCheck({ ...config, OPENAI_API_KEY: undefined }, { today: "2026-11-24" });
  expect(await runCheck(check, 5_000)).toMatchObject({ state: "not_configured", fix: null });
});
