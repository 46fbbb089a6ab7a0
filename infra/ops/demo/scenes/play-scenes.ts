import { createApiKey, revokeApiKey } from "../../../../db/api-keys.ts";
import { configuredVault } from "../../../runtime/vault.ts";
import { quickTexts } from "./quick-texts.ts";
import type { PlayedScene, Scene } from "./scene.ts";
import { openStage, type StageOptions } from "./stage.ts";
import { stop } from "./stop.ts";
import { takeover } from "./takeover.ts";

const SCENES: readonly Scene[] = [quickTexts, stop, takeover];

/** All at once, each with people of its own: together they take as long as the longest, about four seconds. */
export async function playScenes(given: Omit<StageOptions, "apiKey">): Promise<PlayedScene[]> {
  const { db, config } = given;
  const tenantId = config.PARLEY_TENANT;
  const { id, key: apiKey } = await createApiKey(db, configuredVault(config), {
    tenantId,
    name: "demo",
    scopes: ["conversations:write", "messages:write"],
  });
  try {
    return await Promise.all(SCENES.map(async (scene) => await playScene(scene, { ...given, apiKey })));
  } finally {
    await revokeApiKey(db, tenantId, id);
  }
}

async function playScene({ name, title, play }: Scene, options: StageOptions): Promise<PlayedScene> {
  const stage = openStage(options);
  try {
    return { name, title, problem: await play(stage) };
  } catch (error) {
    return { name, title, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    stage.close();
  }
}
