import { z } from "zod";
import { type ApiKey, SCOPES } from "../../db/tenants/api-keys.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: ID,
    tenant_id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: TIMESTAMP,
    last_used_at: TIMESTAMP.nullable(),
    revoked_at: TIMESTAMP.nullable(),
    expires_at: TIMESTAMP.nullable().meta({ description: "Null for a key without an end." }),
  })
  .meta({ id: "ApiKey" });

/** Without the key itself. */
export const KEY = defineView(SCHEMA, {
  id: EXAMPLE_ID,
  tenant_id: "acme",
  name: "crm",
  scopes: ["contacts:read"],
  created_at: EXAMPLE_TIMESTAMP,
  last_used_at: null,
  revoked_at: null,
  expires_at: null,
});

export const NEW_KEY = defineView(
  SCHEMA.extend({
    key: z.string().meta({ description: "The key itself. No other response contains it." }),
  }).meta({ id: "NewApiKey" }),
  { ...KEY.example, key: "parley_x3Jc0V1nq8mYk5sZ2tUeB7wRdLhGfA9oPiQyKjMvNCg" },
);

export function formatKey(key: ApiKey): Shape<typeof KEY> {
  return {
    id: key.id,
    tenant_id: key.tenantId,
    name: key.name,
    // A scope that this version does not know gives no access, so it is not shown.
    scopes: SCOPES.filter((scope) => key.scopes.includes(scope)),
    created_at: timestamp(key.createdAt),
    last_used_at: timestampOrNull(key.lastUsedAt),
    revoked_at: timestampOrNull(key.revokedAt),
    expires_at: timestampOrNull(key.expiresAt),
  };
}

export function formatNewKey(key: ApiKey & { key: string }): Shape<typeof NEW_KEY> {
  return { ...formatKey(key), key: key.key };
}
