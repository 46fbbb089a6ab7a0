import { asc, eq } from "drizzle-orm";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { buildDeliveryRow } from "../../../db/delivery/deliveries.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import type { NewInbound } from "../../../db/inbound/new-inbound.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { findDeadLetter } from "../../../db/dead-letters/dead-letters.ts";
import { finishTurn, type TurnOutcome } from "../../../db/turns/finish-turn.ts";
import { replayDeadLetter } from "../../../db/dead-letters/replay-dead-letter.ts";
import { newMessage } from "../../support/new-message.ts";
import type { OpenDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurn } from "../../support/seed-turns.ts";

export type DeliveryState = typeof deliveries.$inferSelect.state;

/** The steps of a reply that becomes a dead letter, in one database. */
export function createDeadLetterSteps({ db, vault }: Pick<OpenDatabase, "db" | "vault">) {
  const seedOne = async (): Promise<SeededTurn> => await seedTurn(db, vault);

  function messageOf({ scope, address }: SeededTurn): NewInbound {
    return newMessage(scope, { from: address });
  }

  async function storeAnswered(turn: SeededTurn): Promise<void> {
    const { conversationId, turnId } = turn.scope;
    await storeInbound(db, vault, messageOf(turn));
    await db.update(inbox).set({ state: "in_turn", turnId }).where(eq(inbox.conversationId, conversationId));
  }

  /** A message and the turn that answers it, with parts in these states. No parts: a step before the reply failed. */
  async function seedReply(states: readonly DeliveryState[], seeded?: SeededTurn): Promise<SeededTurn> {
    const turn = seeded ?? (await seedOne());
    const { scope } = turn;
    await db.delete(deliveries).where(eq(deliveries.turnId, scope.turnId));
    const rows = states.map((state, part) => ({
      ...buildDeliveryRow(vault, scope, { reply: toReplyText(`part ${part + 1}`), part }),
      state,
      attempt: state === "intended" ? 0 : 2,
      code: state === "refused" ? "30003" : null,
    }));
    if (rows.length > 0) await db.insert(deliveries).values(rows);
    await storeAnswered(turn);
    return turn;
  }

  return {
    seedOne,
    seedReply,
    messageOf,
    endDelivery: async ({ scope }: SeededTurn, outcome: TurnOutcome, reason: string) =>
      await finishTurn(db, { turnId: scope.turnId, outcome, reason }),
    letterOf: async ({ scope }: SeededTurn) =>
      await findDeadLetter(db, { tenantId: scope.tenantId, id: scope.turnId }),
    replay: async ({ scope: { tenantId, turnId } }: SeededTurn, acceptDuplicates = false) =>
      await replayDeadLetter(db, vault, { tenantId, id: turnId, acceptDuplicates }),
    readParts: async ({ scope }: SeededTurn) =>
      await db
        .select()
        .from(deliveries)
        .where(eq(deliveries.turnId, scope.turnId))
        .orderBy(asc(deliveries.part)),
    readMessages: async ({ scope }: SeededTurn) =>
      await db.select().from(inbox).where(eq(inbox.conversationId, scope.conversationId)),
  };
}

export type DeadLetterSteps = ReturnType<typeof createDeadLetterSteps>;
