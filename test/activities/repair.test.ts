import { asyncLocalStorage, type Context } from "@temporalio/activity";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { OutboundChannels } from "../../activities/channels/registry.ts";
import { createReroute } from "../../activities/delivery/reroute.ts";
import { createRepair } from "../../activities/repair.ts";
import { findTurnScope } from "../../db/conversations/transcript.ts";
import { findTurnDeliveries } from "../../db/delivery/deliveries.ts";
import { turns } from "../../db/schema/turns.ts";
import { openDatabase, type OpenDatabase } from "../support/open-database.ts";
import { seedTurn } from "../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("repair");
});
afterAll(() => opened.close());

it("a reply that failed twice is not sent a third time, also after a reroute", async () => {
  const { db, vault } = opened;
  const channels = { webhook: { classifyReceipt: () => "retry", split: (text: string) => [text] } };
  const dependencies = { db, vault, channels: channels as unknown as OutboundChannels };
  const repair = createRepair(dependencies);
  const reroute = createReroute(dependencies);
  const seeded = await seedTurn(db, vault);

  const failOnce = async (turnId: string): Promise<string | null> => {
    const [part] = await findTurnDeliveries(db, vault, await findTurnScope(db, turnId));
    const context = { log: { error: () => undefined } } as unknown as Context;
    const repaired = await asyncLocalStorage.run(
      context,
      async () => await repair({ deliveryId: part?.id ?? "" }),
    );
    return repaired.turnId;
  };
  const rerouteTurn = async (turnId: string): Promise<string> => {
    const scope = await findTurnScope(db, turnId);
    const parts = await findTurnDeliveries(db, vault, scope);
    const { conversationId } = scope;
    await db.transaction(async (tx) => await reroute(tx, { scope, conversationId, parts }));
    const rows = await db.select().from(turns).where(eq(turns.conversationId, conversationId));
    const rerouted = rows.find(({ origin }) => origin.kind === "reroute" && origin.fromTurnId === turnId);
    return rerouted?.id ?? "";
  };

  const first = await failOnce(seeded.scope.turnId);
  const second = await failOnce(await rerouteTurn(first ?? ""));
  expect(second).not.toBeNull();
  expect(await failOnce(await rerouteTurn(second ?? ""))).toBeNull();
});
