import type { Scenario } from "../scenario.ts";
import {
  bursts,
  calmMessages,
  keywords,
  longTalks,
  spentBudget,
  supersededAnswers,
} from "./everyday-conversations.ts";
import { fallbackChain, queuedModelCalls } from "./fallback-chain.ts";
import { lostReplies } from "./lost-replies.ts";
import { movedCalls } from "./moved-calls.ts";
import { inlinedEvents, outgoingEvents, serverKilled } from "./events-and-outages.ts";
import { agentHandoffs, lateFailures, agentReplies } from "./agents.ts";
import { endedWaits, sends } from "./sends.ts";
import { wokenWaits } from "./woken-waits.ts";

/** The order matters: later scenarios leave a state that would disturb earlier ones. */
export const SCENARIOS: readonly Scenario[] = [
  calmMessages,
  bursts,
  longTalks,
  supersededAnswers,
  keywords,
  spentBudget,
  agentReplies,
  lateFailures,
  // Its calls begin together. After failures of the model they would not: a circuit that was open lets one call through.
  movedCalls,
  fallbackChain,
  queuedModelCalls,
  lostReplies,
  endedWaits,
  wokenWaits,
  sends,
  agentHandoffs,
  outgoingEvents,
  serverKilled,
  inlinedEvents,
];
