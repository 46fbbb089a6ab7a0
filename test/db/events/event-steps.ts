import { asc, eq } from "drizzle-orm";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { storeReceipt } from "../../../db/delivery/receipts.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { events } from "../../../db/schema/events.ts";
import { newMessage } from "../../support/new-message.ts";
import type { OpenDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

/** The steps that emit events, in one database. */
export function createEventSteps({ db, vault }: Pick<OpenDatabase, "db" | "vault">) {
  const readEvents = async ({ scope }: SeededTurn) =>
    await db.select().from(events).where(eq(events.tenantId, scope.tenantId)).orderBy(asc(events.ordinal));

  return {
    readEvents,
    readEventTypes: async (seeded: SeededTurn) => (await readEvents(seeded)).map(({ type }) => type),
    /** A turn of a tenant with an endpoint, or without one. */
    async seedTurn(hasEndpoint = true): Promise<SeededTurn> {
      const [seeded] = await seedTurns(db, vault, 1);
      if (seeded === undefined) throw new Error("Nothing was seeded.");
      const { tenantId } = seeded.scope;
      const settings = { tenantId, url: "https://crm.test/", types: [], includeText: false };
      if (hasEndpoint) await createEventEndpoint(db, vault, settings);
      return seeded;
    },
    async write({ scope, address }: SeededTurn, text = "Hello", providerMessageId?: string): Promise<void> {
      const id = providerMessageId === undefined ? {} : { providerMessageId };
      await storeInbound(db, vault, newMessage(scope, { from: address, text, ...id }));
    },
    acceptPart: async ({ part }: SeededTurn) =>
      await settleAttempt(db, part, {
        state: "accepted",
        providerId: `sm-${part.id}`,
      }),
    receive: async ({ scope, part }: SeededTurn, state: "sent" | "delivered" | "read" | "failed") =>
      await storeReceipt(db, {
        tenantId: scope.tenantId,
        channel: scope.channel,
        accountId: scope.accountId,
        providerId: `sm-${part.id}`,
        state,
        code: state === "failed" ? "30003" : null,
        providerTime: null,
      }),
  };
}

export type EventSteps = ReturnType<typeof createEventSteps>;
