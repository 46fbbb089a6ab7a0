import type { Config } from "../../runtime/config/config.ts";
import { mapConcurrently } from "../../runtime/map-concurrently.ts";
import type { Fault } from "../../runtime/faults/fault.ts";
import { findNetworkFault } from "../../runtime/faults/network-faults.ts";
import { describeRefusedTarget } from "../../runtime/faults/classify-fault.ts";
import { createConfiguredEgress } from "../../runtime/network/configured-egress.ts";
import { EgressRefused } from "../../runtime/network/egress-refused.ts";
import { type Check, reportFaults, reportOk } from "./check.ts";
import { nameTarget, readStoredTargets } from "./stored-targets.ts";

/** Names are resolved at the same time, but not hundreds of them. */
const LOOKUPS = 20;
/** One setting is usually the cause for all of them. */
const REPORTED = 10;

/** Checks the URL of each webhook account and event endpoint by the rules of the egress guard, with its resolved addresses. */
export function createTargetsCheck(config: Config): Check {
  return {
    name: "Webhook targets",
    service: "webhook",
    async run(_signal, limitMs) {
      const { webhooks, endpoints } = await readStoredTargets(config, limitMs);
      const targets = [
        ...webhooks.map((account) => ({ name: nameTarget(account), url: account.address })),
        ...endpoints.map(({ id, url }) => ({ name: `the event endpoint ${id}`, url })),
      ];
      if (targets.length === 0) return reportOk("There is no webhook account and no event endpoint.");
      const guard = createConfiguredEgress(config);
      try {
        const found = await mapConcurrently(targets, LOOKUPS, async (target) => await verify(guard, target));
        const faults = found.filter((fault) => fault !== null).slice(0, REPORTED);
        return faults.length === 0
          ? reportOk(`The rules permit all ${targets.length} targets.`)
          : reportFaults(faults);
      } finally {
        await guard.close();
      }
    },
  };
}

async function verify(
  guard: ReturnType<typeof createConfiguredEgress>,
  { name, url }: { name: string; url: string },
): Promise<Fault | null> {
  try {
    await guard.verify(url);
    return null;
  } catch (error) {
    const fault =
      error instanceof EgressRefused ? describeRefusedTarget(error.code) : findNetworkFault("webhook", error);
    if (fault === null) throw error;
    const why = error instanceof EgressRefused ? error.message : fault.cause;
    return { ...fault, cause: `The URL of ${name}: ${why}` };
  }
}
