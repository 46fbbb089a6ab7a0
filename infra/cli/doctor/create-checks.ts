import type { Config } from "../../runtime/config/config.ts";
import { createFetchWithLimit, MAX_CHECK_BYTES } from "../../runtime/network/fetch-with-limit.ts";
import type { QueueName } from "../../runtime/temporal/queue-pollers.ts";
import { createGraphChecks } from "./channels/check-graph.ts";
import { createLineCheck } from "./channels/check-line.ts";
import { createSlackCheck } from "./channels/check-slack.ts";
import { createTelegramCheck } from "./channels/check-telegram.ts";
import { createTwilioCheck } from "./channels/check-twilio.ts";
import { createDecryptionCheck } from "./check-decryption.ts";
import { createModelCheck } from "./check-model.ts";
import { createPineconeCheck } from "./check-pinecone.ts";
import { createPostgresCheck } from "./check-postgres.ts";
import { createPublicUrlCheck } from "./check-public-url.ts";
import { createRedisCheck } from "./check-redis.ts";
import { createTargetsCheck } from "./check-targets.ts";
import { createTemporalCheck } from "./check-temporal.ts";
import { createAlertsCheck, createWorkersCheck } from "./check-workers.ts";
import type { Check } from "./check.ts";

export interface DoctorDependencies {
  fetch?: typeof globalThis.fetch;
  now?: () => Date;
}

/** The processes that use a service: each of them makes its check at its start. */
export type ProcessRole = "ingress" | QueueName;

export interface ProcessCheck {
  check: Check;
  /** None: only `parley doctor` makes it. */
  usedBy: readonly ProcessRole[];
}

const ALL: readonly ProcessRole[] = ["ingress", "main", "model", "delivery", "batch"];
const ANSWERING: readonly ProcessRole[] = ["main", "model", "batch"];
const SENDING: readonly ProcessRole[] = ["main", "delivery"];

/** Every check, in the order of the report. */
export function createChecks(
  config: Config,
  { fetch = createFetchWithLimit(MAX_CHECK_BYTES), now = () => new Date() }: DoctorDependencies = {},
): ProcessCheck[] {
  const today = now().toISOString().slice(0, 10);
  const channels = [
    createTwilioCheck(config, { fetch }),
    ...createGraphChecks(config, { fetch }),
    createTelegramCheck(config, { fetch, now }),
    createLineCheck(config, { fetch }),
    createSlackCheck(config, { fetch }),
  ];
  return [
    { check: createTemporalCheck(config), usedBy: ALL },
    { check: createPostgresCheck(config), usedBy: ALL },
    { check: createWorkersCheck(config), usedBy: [] },
    { check: createAlertsCheck(config), usedBy: [] },
    { check: createDecryptionCheck(config), usedBy: ALL },
    { check: createRedisCheck(config), usedBy: ALL },
    { check: createPublicUrlCheck(config, { fetch }), usedBy: ["ingress"] },
    { check: createTargetsCheck(config), usedBy: SENDING },
    { check: createModelCheck(config, { today }), usedBy: ANSWERING },
    { check: createPineconeCheck(config), usedBy: ANSWERING },
    ...channels.map((check) => ({ check, usedBy: SENDING })),
  ];
}
