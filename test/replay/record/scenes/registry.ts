import type { Scene } from "../stage.ts";
import { bursts, calm, keywords, longTalks, spent, superseded } from "./everyday.ts";
import { ladder } from "./ladder.ts";
import { carried, outgoingEvents, serverAway } from "./outside.ts";
import { handoffs, lateFailures, replies } from "./people.ts";
import { sends } from "./sends.ts";

/** In this order: later scenes leave behind what would disturb the earlier ones. */
export const SCENES: readonly Scene[] = [
  calm,
  bursts,
  longTalks,
  superseded,
  keywords,
  spent,
  replies,
  lateFailures,
  ladder,
  sends,
  handoffs,
  outgoingEvents,
  serverAway,
  carried,
];
