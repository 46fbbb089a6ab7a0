import type { Scenario } from "../scenario.ts";
import {
  bursts,
  calmMessages,
  keywords,
  longTalks,
  spentBudget,
  supersededAnswers,
} from "./everyday-conversations.ts";
import { fallbackChain } from "./fallback-chain.ts";
import { inlinedMessages, outgoingEvents, serverKilled } from "./events-and-outages.ts";
import { agentHandoffs, lateFailures, agentReplies } from "./agents.ts";
import { endedWaits, sends } from "./sends.ts";

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
  fallbackChain,
  endedWaits,
  sends,
  agentHandoffs,
  outgoingEvents,
  serverKilled,
  inlinedMessages,
];
