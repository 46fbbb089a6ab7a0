import type { Campaign } from "../campaign.ts";
import { crashPoints } from "./crash-points/crash-points.ts";
import { deploys } from "./deploys/deploys.ts";
import { clocks } from "./clocks.ts";
import { diskFull } from "./disk-full/disk-full.ts";
import { createFailOver } from "./fail-over.ts";
import { freezes } from "./freezes.ts";
import { herd } from "./herd.ts";
import { hotConversation } from "./hot-conversation.ts";
import { kills } from "./kills.ts";
import { partitions } from "./partitions.ts";
import { poison } from "./poison/poison.ts";
import { restore } from "./restore.ts";
import { limits } from "./limits.ts";
import { lostResponses } from "./lost-responses/lost-responses.ts";
import { noisyTenant } from "./noisy-tenant.ts";
import { storesUnavailable } from "./stores-unavailable.ts";
import { versions } from "./deploys/versions.ts";

/** Every campaign, in the order in which a full run goes through them. A new one is one line here. */
export const CAMPAIGNS: readonly Campaign[] = [
  kills,
  storesUnavailable,
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
  lostResponses,
  crashPoints,
  deploys,
  versions,
];
