import type { FaultReports } from "../infra/runtime/faults/report-faults.ts";
import { type AdmitDependencies, createAdmit } from "./admit.ts";
import type { BatchActivities, EventActivities, MessageActivities, OutboundActivities } from "./contract.ts";
import { createDeliver, type DeliverDependencies } from "./deliver.ts";
import { createEndHandoff } from "./end-handoff.ts";
import { createEmbedMissingChunks, type EmbedMissingChunksDependencies } from "./embed-missing-chunks.ts";
import { createDeadLetterTurn } from "./dead-letter-turn.ts";
import { createGenerate, type GenerateDependencies } from "./generate.ts";
import { withLastAttempt } from "./retry/last-attempt.ts";
import { withFaultReports } from "./retry/with-fault-reports.ts";
import { withStepEnds } from "./retry/with-step-end.ts";
import { createRecord, type RecordDependencies } from "./record.ts";
import { createRepair } from "./repair.ts";
import { createRetrieve, type RetrieveDependencies } from "./retrieve.ts";
import { createSendEvent, type SendEventDependencies } from "./send-event.ts";
import { createPromoteIndex } from "./promote-index.ts";
import { createStoreInlined, type StoreInlinedDependencies } from "./store-inlined.ts";
import { createScreen, type ScreenDependencies } from "./screen.ts";

export type ActivityDependencies = StoreInlinedDependencies &
  AdmitDependencies &
  RetrieveDependencies &
  GenerateDependencies &
  ScreenDependencies &
  RecordDependencies &
  DeliverDependencies &
  SendEventDependencies &
  EmbedMissingChunksDependencies & {
    /** Names the code of this process. */
    build: string;
    /** Where wrong configurations are reported. Absent in benchmarks and tests of single steps. */
    reports?: FaultReports | undefined;
  };

/** The activities by their names in the history. Those without `withLastAttempt` are retried until they succeed. */
export function createActivities(
  dependencies: ActivityDependencies,
): MessageActivities & OutboundActivities & EventActivities & BatchActivities {
  const { stepHealth, reports } = dependencies;
  const steps = withStepEnds({
    storeInlined: createStoreInlined(dependencies),
    admit: withLastAttempt(createAdmit(dependencies), stepHealth),
    retrieve: withLastAttempt(createRetrieve(dependencies), stepHealth),
    generate: withLastAttempt(createGenerate(dependencies), stepHealth),
    screen: withLastAttempt(createScreen(dependencies), stepHealth),
    record: withLastAttempt(createRecord(dependencies), stepHealth),
    deliver: withLastAttempt(createDeliver(dependencies), stepHealth),
    deadLetterTurn: createDeadLetterTurn(dependencies),
    repair: createRepair(dependencies),
    endHandoff: createEndHandoff(dependencies),
    sendEvent: createSendEvent(dependencies),
    embedMissingChunks: createEmbedMissingChunks(dependencies),
    promoteIndex: createPromoteIndex(dependencies),
  });
  return reports === undefined ? steps : withFaultReports(steps, reports);
}
