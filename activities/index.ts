import { type AdmitDependencies, createAdmit } from "./admit.ts";
import type { BatchActivities, EventActivities, MessageActivities, OutboundActivities } from "./contract.ts";
import { createDeliver, type DeliverDependencies } from "./deliver.ts";
import { createEndHandoff } from "./end-handoff.ts";
import { createFillIndex, type FillIndexDependencies } from "./fill-index.ts";
import { createGiveUp } from "./give-up.ts";
import { createGenerate, type GenerateDependencies } from "./generate.ts";
import { withLastTry } from "./last-try.ts";
import { createRecord } from "./record.ts";
import { createRepair } from "./repair.ts";
import { createRetrieve, type RetrieveDependencies } from "./retrieve.ts";
import { createSendEvent, type SendEventDependencies } from "./send-event.ts";
import { createUseIndex } from "./use-index.ts";
import { createScreen, type ScreenDependencies } from "./screen.ts";

export type ActivityDependencies = AdmitDependencies &
  RetrieveDependencies &
  GenerateDependencies &
  ScreenDependencies &
  DeliverDependencies &
  SendEventDependencies &
  FillIndexDependencies;

/** The activities by the names that stand in the history. */
export function createActivities(
  dependencies: ActivityDependencies,
): MessageActivities & OutboundActivities & EventActivities & BatchActivities {
  return {
    admit: withLastTry(createAdmit(dependencies)),
    retrieve: withLastTry(createRetrieve(dependencies)),
    generate: withLastTry(createGenerate(dependencies)),
    screen: withLastTry(createScreen(dependencies)),
    record: withLastTry(createRecord(dependencies)),
    deliver: withLastTry(createDeliver(dependencies)),
    giveUp: createGiveUp(dependencies),
    repair: createRepair(dependencies),
    endHandoff: createEndHandoff(dependencies),
    sendEvent: createSendEvent(dependencies),
    fillIndex: createFillIndex(dependencies),
    useIndex: createUseIndex(dependencies),
  };
}
