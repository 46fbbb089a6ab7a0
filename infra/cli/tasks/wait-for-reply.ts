import type { OperationContext } from "../../../api/operations/operation-context.ts";
import { getTurn } from "../../../api/operations/turns.ts";
import { formatTurnWithDeliveries, type TURN_WITH_DELIVERIES } from "../../../api/views/turn.ts";
import type { Shape } from "../../../api/views/view.ts";

type Turn = Shape<typeof TURN_WITH_DELIVERIES>;

export interface WaitOptions {
  limitMs: number;
  /** Called with a line of progress, for the first time after 2 s. */
  onWait(line: string): void;
}

const POLL_INTERVAL_MS = 200;
const FIRST_LINE_AFTER_MS = 2_000;
const LINE_EVERY_MS = 5_000;

/** Polls until the turn is closed or the limit is over. */
export async function waitForReply(
  context: Pick<OperationContext, "db">,
  key: { tenantId: string; id: string },
  { limitMs, onWait }: WaitOptions,
): Promise<Turn> {
  const begunAt = Date.now();
  let nextLineAt = begunAt + FIRST_LINE_AFTER_MS;
  for (;;) {
    const turn = formatTurnWithDeliveries(await getTurn(context, key));
    if (turn.state === "closed" || Date.now() - begunAt >= limitMs) return turn;
    if (Date.now() >= nextLineAt) {
      nextLineAt = Date.now() + LINE_EVERY_MS;
      onWait(describeWait(turn));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

function describeWait({ deliveries }: Turn): string {
  const parts = deliveries.map(({ state, attempt, next_attempt_at: next }) =>
    next === null ? `${state}, attempt ${attempt}` : `${state}, next attempt at ${next}`,
  );
  return `not sent yet: ${parts.join("; ")}`;
}
