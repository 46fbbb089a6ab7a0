import { LRUCache } from "lru-cache";
import type { TurnScope } from "../conversations/transcript.ts";
import type { ReplyText } from "../delivery/reply-text.ts";
import type { ModelResponse } from "./model-responses.ts";
import type { StoredContext } from "./turn-texts.ts";

/*
 * The steps of a turn hand their texts to each other through PostgreSQL. A process that executes several steps of one turn also keeps them
 * here, and saves the reads. The store decides: each step reads `turns.version` or writes under it, and a version that differs from the
 * remembered one makes the step read everything again. So a turn that another process has continued is never answered from here.
 */

/** What the steps know of a turn, as the store has it at `version`. */
export interface RememberedTurn {
  version: number;
  /** The next number of the conversation's transcript when the turn was read. */
  nextSeq: number;
  scope: TurnScope;
  /** Null before `retrieve` has stored it, and for a turn that sends a fixed text. */
  context: StoredContext | null;
  /** The completion of the tier that is tried now. */
  response: ModelResponse | null;
  /** The reply parts of that completion, when it has passed the screen. */
  parts: readonly ReplyText[] | null;
}

export type TurnMemory = ReturnType<typeof createTurnMemory>;

export interface MemoryLimits {
  maxTurns: number;
  maxBytes: number;
  /** A turn whose next step runs in another process is forgotten after this time. */
  keepMs: number;
}

/** Turns in hand at once are below 1,000, and a context is rarely above 20 KB. A model call may take 20 s, and has a second attempt. */
const LIMITS: MemoryLimits = { maxTurns: 1_000, maxBytes: 32_000_000, keepMs: 60_000 };

export function createTurnMemory({ maxTurns, maxBytes, keepMs }: MemoryLimits = LIMITS) {
  const turns = new LRUCache<string, RememberedTurn>({
    max: maxTurns,
    maxSize: maxBytes,
    sizeCalculation: estimateBytes,
    ttl: keepMs,
    // A turn that another process has continued is asked for no more, and the texts of an erased contact must not stay. The timers keep no
    // process alive.
    ttlAutopurge: true,
  });
  return {
    find: (turnId: string): RememberedTurn | null => turns.get(turnId) ?? null,
    remember(turn: RememberedTurn): void {
      turns.set(turn.scope.turnId, turn);
    },
    forget(turnId: string): void {
      turns.delete(turnId);
    },
    count: () => turns.size,
  };
}

/** The objects of a scope and its key. */
const SCOPE_BYTES = 2_000;
/** V8 stores a text with one character outside of Latin-1 in two bytes for each character. */
const BYTES_PER_CHARACTER = 2;

function estimateBytes({ context, response, parts }: RememberedTurn): number {
  const texts = [context?.context ?? "", response?.text ?? "", ...(parts ?? []).map((part) => part.text)];
  return SCOPE_BYTES + BYTES_PER_CHARACTER * texts.reduce((sum, text) => sum + text.length, 0);
}
