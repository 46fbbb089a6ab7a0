import { createApiKey } from "../../../../db/tenants/api-keys.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Installation } from "../../../support/open-installation.ts";

/** An agent takes a conversation over by the REST API. */
export async function takeOverAs(
  { db, config, url }: Pick<Installation, "db" | "config"> & { url: string },
  agent: string,
  { id, tenantId }: { id: string; tenantId: string },
): Promise<void> {
  const request = { tenantId, name: agent, scopes: ["conversations:write" as const] };
  const { key } = await createApiKey(db, createConfiguredVault(config), request);
  const response = await fetch(`${url}/v1/conversations/${id}/take-over`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ agent }),
  });
  if (!response.ok) throw new Error(`Not taken over: ${await response.text()}`);
}
