import { listAccounts } from "../../../db/tenants/accounts.ts";
import { listUnreadableEndpoints } from "../../../db/events/endpoint-secrets.ts";
import { createConfiguredVault } from "../../runtime/encryption/vault.ts";
import type { Config } from "../../runtime/config/config.ts";
import {
  type Check,
  createMisconfiguration,
  type Finding,
  reportFaults,
  reportOk,
  toDoctorConnection,
} from "./check.ts";
import { usePostgres } from "../tasks/use-postgres.ts";

/** A longer list does not help: one key is missing for all of them. */
const NAMED = 5;

/** Checks that the encryption keys open the secrets of every channel account and event endpoint. It names the rows that they do not open. */
export function createDecryptionCheck(config: Config): Check {
  return {
    name: "Stored secrets",
    service: "secrets",
    fix: "Start PostgreSQL and run `parley migrate` first.",
    async run(_signal, limitMs) {
      const vault = createConfiguredVault(config);
      return await usePostgres(config, toDoctorConnection(limitMs), async (db) => {
        const { readable, unreadable } = await listAccounts(db, vault);
        const endpoints = await listUnreadableEndpoints(db, vault);
        const rows = [
          ...unreadable.map(({ channel, accountId, tenantId, reason }) => ({
            name: `account ${channel}/${accountId} of tenant ${tenantId}`,
            reason,
          })),
          ...endpoints.map(({ id, tenantId, reason }) => ({
            name: `event endpoint ${id} of tenant ${tenantId}`,
            reason,
          })),
        ];
        return assess(rows, readable.length);
      });
    },
  };
}

function assess(rows: readonly { name: string; reason: string }[], readable: number): Finding {
  const [first] = rows;
  if (first === undefined) return reportOk(`All ${readable} accounts can be decrypted.`);
  const names = rows.slice(0, NAMED).map(({ name }) => name);
  const more = rows.length > NAMED ? ` and ${rows.length - NAMED} more` : "";
  const fault = createMisconfiguration("secrets", [
    "not_decrypted",
    `Not decrypted: ${names.join(", ")}${more}. ${first.reason}`,
    "Add the missing key to PARLEY_ENCRYPTION_KEYS of every process, or replace the secrets with `parley accounts rotate` or `parley endpoints rotate`.",
  ]);
  return reportFaults([fault], { state: "degraded" });
}
