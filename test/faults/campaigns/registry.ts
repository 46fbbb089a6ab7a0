import type { Campaign } from "../campaign.ts";
import { crashPoints } from "./crash-points.ts";
import { deploys } from "./deploys.ts";
import { clocks } from "./clocks.ts";
import { diskFull } from "./disk-full.ts";
import { createFailOver } from "./fail-over.ts";
import { freezes } from "./freezes.ts";
import { herd } from "./herd.ts";
import { hotConversation } from "./hot-conversation.ts";
import { kills } from "./kills.ts";
import { partitions } from "./partitions.ts";
import { poison } from "./poison.ts";
import { restore } from "./restore.ts";
import { limits } from "./limits.ts";
import { lostAnswers } from "./lost-answers.ts";
import { noisyTenant } from "./noisy-tenant.ts";
import { storesAway } from "./stores-away.ts";
import { versions } from "./versions.ts";

/** Every campaign, in the order in which a full run goes through them. A new one is one line here. */
export const CAMPAIGNS: readonly Campaign[] = [
  kills,
  storesAway,
  freezes,
  partitions,
  createFailOver("synchronous"),
  createFailOver("asynchronous"),
  restore,
  diskFull,
  clocks,
  limits,
  hotConversation,
  noisyTenant,
  poison,
  herd,
  lostAnswers,
  crashPoints,
  deploys,
  versions,
];
