import { findMessageOutcomes } from "../../../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../../../support/eventually.ts";
import { TURNS_PER_RUN } from "../../../../../workflows/policies.ts";
import type { PlannedMessage } from "../../load/message-plan.ts";
import type { CampaignContext } from "../../run-under-load.ts";
import type { ArmedFailpoint } from "./failpoint-controller.ts";
import { delayModel } from "../../script-faults.ts";

/** Long enough for a message to arrive during the turn of the message before it. */
const MODEL_MS = 2_500;

export interface ContinuationPlan {
  arm(): ArmedFailpoint;
  /** Resolves when the fault of the round is over. */
  over: Promise<void>;
  /** The messages of each contact: one for each turn of a run and one for the next run. */
  lines: readonly PlannedMessage[][];
}

/** Brings conversations to the end of a run: each message arrives during the turn of the message before it. */
export async function reachContinuation(context: CampaignContext, { arm, over, lines }: ContinuationPlan) {
  const { loader } = context;
  await delayModel(context.faultSandbox.sandbox.urls.openai, MODEL_MS);
  for (let turn = 0; turn < TURNS_PER_RUN; turn++)
    await Promise.all(
      lines.map(async (own) => {
        const offered = await loader.offer(own.slice(turn, turn + 1));
        await awaitTurn(
          context,
          offered.map(({ providerMessageId }) => providerMessageId),
        );
      }),
    );
  const armed = arm();
  const offered = loader.offer(lines.flatMap((own) => own.slice(TURNS_PER_RUN, TURNS_PER_RUN + 1)));
  void over.then(() => delayModel(context.faultSandbox.sandbox.urls.openai, 0)).catch(() => undefined);
  return { armed, offered };
}

async function awaitTurn({ faultSandbox: { db } }: CampaignContext, ids: string[]): Promise<void> {
  await eventually("the turn of the message", async () =>
    (await findMessageOutcomes(db, ids)).every(({ state }) => state === "in_turn"),
  );
}
