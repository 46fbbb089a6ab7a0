import { type AdmitDependencies, createAdmit } from "./admit.ts";
import type { EventActivities, MessageActivities, OutboundActivities } from "./contract.ts";
import { createDeliver, type DeliverDependencies } from "./deliver.ts";
import { createEndHandoff } from "./end-handoff.ts";
import { createGenerate, type GenerateDependencies } from "./generate.ts";
import { createRecord } from "./record.ts";
import { createRepair } from "./repair.ts";
import { createRetrieve, type RetrieveDependencies } from "./retrieve.ts";
import { createSendEvent, type SendEventDependencies } from "./send-event.ts";
import { createScreen, type ScreenDependencies } from "./screen.ts";

export type ActivityDependencies = AdmitDependencies &
  RetrieveDependencies &
  GenerateDependencies &
  ScreenDependencies &
  DeliverDependencies &
  SendEventDependencies;

/** The activities by the names that stand in the history. */
export function createActivities(
  dependencies: ActivityDependencies,
): MessageActivities & OutboundActivities & EventActivities {
  return {
    admit: createAdmit(dependencies),
    retrieve: createRetrieve(dependencies),
    generate: createGenerate(dependencies),
    screen: createScreen(dependencies),
    record: createRecord(dependencies),
    deliver: createDeliver(dependencies),
    repair: createRepair(dependencies),
    endHandoff: createEndHandoff(dependencies),
    sendEvent: createSendEvent(dependencies),
  };
}
