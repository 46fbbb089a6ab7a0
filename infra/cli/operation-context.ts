import { type OperationContext, withoutTransaction } from "../../api/operations/operation-context.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { Config } from "../runtime/config/config.ts";
import type { WorkflowStarter } from "../runtime/temporal/workflow-starter.ts";
import { notifyWebChat } from "./tasks/notify-web-chat.ts";

/** Redis and Temporal are connected only for an operation that needs them. */
export function createOperationContext(
  config: Config,
  { db, vault }: { db: Database; vault: Vault },
): OperationContext {
  const withStarter = async <T>(work: (starter: WorkflowStarter) => Promise<T>): Promise<T> => {
    const { withWorkflowStarter } = await import("./tasks/with-workflow-starter.ts");
    return await withWorkflowStarter(config, work);
  };
  return {
    ...withoutTransaction(db),
    vault,
    starter: {
      startReply: async (...reply) => await withStarter((starter) => starter.startReply(...reply)),
      startHandoff: async (...handoff) => await withStarter((starter) => starter.startHandoff(...handoff)),
    },
    notify: async (conversationId) => await notifyWebChat(config, conversationId),
    egress: { allowHttp: config.EGRESS_ALLOW_HTTP, allowedHosts: config.EGRESS_ALLOW_HOSTS },
  };
}
