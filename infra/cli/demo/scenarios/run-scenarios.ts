import { createApiKey, revokeApiKey } from "../../../../db/tenants/api-keys.ts";
import { createConfiguredVault } from "../../../runtime/encryption/vault.ts";
import { quickTexts } from "./quick-texts.ts";
import type { ScenarioResult, Scenario } from "./scenario.ts";
import { openScenario, type ScenarioOptions } from "./scenario-context.ts";
import { stop } from "./stop.ts";
import { takeOver } from "./take-over.ts";

const SCENARIOS: readonly Scenario[] = [quickTexts, stop, takeOver];

/** Runs all in parallel, each with its own contacts: together they take about four seconds. */
export async function runScenarios(given: Omit<ScenarioOptions, "apiKey">): Promise<ScenarioResult[]> {
  const { db, config } = given;
  const tenantId = config.PARLEY_TENANT;
  const { id, key: apiKey } = await createApiKey(db, createConfiguredVault(config), {
    tenantId,
    name: "demo",
    scopes: ["conversations:write", "messages:write"],
  });
  try {
    return await Promise.all(
      SCENARIOS.map(async (scenario) => await runScenario(scenario, { ...given, apiKey })),
    );
  } finally {
    await revokeApiKey(db, tenantId, id);
  }
}

async function runScenario(
  { name, title, run }: Scenario,
  options: ScenarioOptions,
): Promise<ScenarioResult> {
  const context = openScenario(options);
  try {
    return { name, title, problem: await run(context) };
  } catch (error) {
    return { name, title, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    context.close();
  }
}
