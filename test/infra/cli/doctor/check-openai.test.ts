import { expect, it } from "vitest";
import { createOpenAiCheck } from "../../../../infra/cli/doctor/check-openai.ts";
import { runCheck } from "../../../../infra/cli/doctor/check.ts";
import { type FakeResponse, configAt, SECRET_VALUES, serve } from "./local-servers.ts";

const CURRENT = { "gpt-4o": null, "gpt-4o-mini": null, "text-embedding-3-small": null };

const models =
  (list: Record<string, string | null>): FakeResponse =>
  () => {
    const data = Object.entries(list).map(([id, date]) => ({ id, object: "model", shutdown_date: date }));
    return { body: { object: "list", data } };
  };

async function examine(response: FakeResponse, env: Record<string, string> = {}) {
  const config = configAt(1, { OPENAI_BASE_URL: `${await serve(response)}/v1`, ...env });
  return await runCheck(createOpenAiCheck(config, { fetch, today: "2026-11-24" }), 5_000);
}

it("is in order when the key works and all models are there", async () => {
  expect(await examine(models(CURRENT))).toMatchObject({ state: "ok", fix: null });
});

it("asks once, with the key", async () => {
  const asked: [string | undefined, string | undefined][] = [];
  const { detail } = await examine(({ url, headers }) => {
    asked.push([url, headers.authorization]);
    return { status: 500, body: {} };
  });
  expect(detail).toBe("It responded with 500.");
  expect(asked).toEqual([["/v1/models", `Bearer ${SECRET_VALUES.openai}`]]);
});

it("names the model that the account has no access to, with its setting", async () => {
  const { "gpt-4o": _, ...rest } = CURRENT;
  const { state, detail } = await examine(models(rest));
  expect(state).toBe("missing");
  expect(detail).toContain("gpt-4o (PARLEY_MODEL_FULL)");
});

it("names the setting to correct for a rejected key, without the key", async () => {
  const message = `Incorrect API key provided: ${SECRET_VALUES.openai}`;
  const finding = await examine(() => ({ status: 401, body: { error: { message } } }));
  expect(finding).toMatchObject({ state: "missing", detail: "The key was refused (401)." });
  expect(finding.fix).toContain("OPENAI_API_KEY");
  expect(JSON.stringify(finding)).not.toContain(SECRET_VALUES.openai);
});

it("says of a server without a list of models that nothing is proven", async () => {
  const { state, fix } = await examine(() => ({ status: 404, body: {} }));
  expect(state).toBe("degraded");
  expect(fix).toContain("OPENAI_BASE_URL");
});

it("warns of the day that the endpoint gives for a model, rather than of its own", async () => {
  const { state, warnings } = await examine(models({ ...CURRENT, "gpt-4o": "2030-02-03T00:00:00Z" }));
  expect(state).toBe("ok");
  expect(warnings).toContain(
    "gpt-4o is shut down on 2030-02-03: set PARLEY_MODEL_FULL to gpt-6.1-terra or another model.",
  );
});

it("warns by its own table where the endpoint gives no day", async () => {
  const { warnings } = await examine(models(CURRENT));
  expect(warnings).toEqual([
    "gpt-4o is shut down on 2027-01-14: set PARLEY_MODEL_FULL to gpt-6.1-terra or another model.",
    "gpt-4o-mini is shut down on 2027-01-14: set PARLEY_MODEL_SMALLER to gpt-6-luna or another model.",
  ]);
});

it("says of a model whose day is past that it was shut down", async () => {
  const env = { PARLEY_MODEL_FULL: "gpt-4.1-nano" };
  const { warnings } = await examine(models({ ...CURRENT, "gpt-4.1-nano": null }), env);
  expect(warnings?.[0]).toContain("gpt-4.1-nano was shut down on 2026-10-23");
});

it("warns of nothing where no model ends", async () => {
  const env = { PARLEY_MODEL_FULL: "gpt-6.1-terra", PARLEY_MODEL_SMALLER: "gpt-6-luna" };
  const listed = { "gpt-6.1-terra": null, "gpt-6-luna": null, "text-embedding-3-small": null };
  expect(await examine(models(listed), env)).toMatchObject({ state: "ok", warnings: [] });
});
