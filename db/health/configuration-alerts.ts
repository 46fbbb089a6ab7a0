import type { Queryable } from "../connection/postgres.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { type Alert, clearAlert, raiseAlert } from "./alerts.ts";

/** An alert about a wrong configuration. */
export interface ConfigurationAlert extends Alert {
  /** The tenant of the account that it is about. Default: the tenant of the settings, which the operator owns. */
  tenantId?: string | undefined;
}

/**
 * Raises and clears alerts about a wrong configuration. A new one, and its end, emit an outgoing event in the same transaction: to the tenant
 * of the account, or to the tenant of the settings.
 */
export function createConfigurationAlerts(db: Queryable, ownTenantId: string) {
  return {
    async raise({ tenantId = ownTenantId, ...alert }: ConfigurationAlert): Promise<void> {
      await db.transaction(async (tx) => {
        if (!(await raiseAlert(tx, alert))) return;
        const data = { alert: alert.name, detail: alert.detail };
        await emitEvent(tx, { tenantId, type: "configuration.wrong", conversationId: null, data });
      });
    },
    async clear(name: string, tenantId: string = ownTenantId): Promise<void> {
      await db.transaction(async (tx) => {
        if (!(await clearAlert(tx, name))) return;
        const data = { alert: name };
        await emitEvent(tx, { tenantId, type: "configuration.corrected", conversationId: null, data });
      });
    },
  };
}
