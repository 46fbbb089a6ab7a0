import { expect, it } from "vitest";
import { createAdmit } from "../../../activities/admit.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { newMessage } from "../../support/new-message.ts";

const message = newMessage({ tenantId: "acme", channel: "webhook", accountId: "main" }, { from: "c" });

it.each([
  { random: 0, delayMs: 300 },
  { random: 0.5, delayMs: 1_300 },
  { random: 0.999, delayMs: 2_298 },
])("a held turn begins up to two seconds after the hold ($random)", async ({ random, delayMs }) => {
  const admit = createAdmit({
    db: {} as Database,
    vault: {} as Vault,
    limiter: { take: async () => ({ allowed: true }) },
    quiet: { capMs: 0, capMessages: 1 },
    placeModelCall: () => "main_queue",
    outages: { holdMs: () => 300 },
    reservationUsd: 0.5,
    random: () => random,
  });
  await expect(admit(message)).rejects.toMatchObject({ nextRetryDelay: delayMs });
});
