import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { onTestFinished } from "vitest";
import { closedPort } from "../local-servers.ts";
import type { Planted } from "./planted.ts";
import { openVendor, refusingTemporal } from "./planted-servers.ts";

/** Wrong configurations of Temporal, of the workers and of the ingress. */
export const PROCESSES_PLANTED: readonly Planted[] = [
  {
    name: "an unknown namespace of Temporal",
    plant: () => ({ TEMPORAL_NAMESPACE: "no-such-namespace" }),
    check: "Temporal",
    code: "temporal.unknown_namespace",
    fix: "temporal operator namespace create",
  },
  {
    name: "a key of Temporal without rights",
    plant: async () => ({ TEMPORAL_ADDRESS: await refusingTemporal(7) }),
    check: "Temporal",
    code: "temporal.permission_missing",
    fix: "TEMPORAL_API_KEY",
  },
  {
    name: "a refused key of Temporal",
    plant: async () => ({ TEMPORAL_ADDRESS: await refusingTemporal(16) }),
    check: "Temporal",
    code: "temporal.key_refused",
    fix: "TEMPORAL_API_KEY",
  },
  {
    name: "workers that poll other queues",
    plant: () => ({ PARLEY_TASK_QUEUE: "a-queue-without-workers" }),
    check: "Workers",
    code: "workers.missing",
    fix: "parley worker --queue main",
  },
  {
    name: "a master key that is missing",
    plant: () => ({ PARLEY_ENCRYPTION_KEYS: `other:${randomBytes(32).toString("base64")}` }),
    check: "Stored secrets",
    code: "secrets.not_decrypted",
    fix: "PARLEY_ENCRYPTION_KEYS",
  },
  {
    name: "an http URL for signed webhooks",
    plant: () => ({ WEBHOOK_DELIVERY_URL: "http://crm.example.com/replies", EGRESS_ALLOW_HTTP: "false" }),
    check: "configuration",
    code: "settings.WEBHOOK_DELIVERY_URL",
    fix: "Correct these settings",
  },
  {
    name: "a private address for signed webhooks",
    plant: () => ({ WEBHOOK_DELIVERY_URL: "https://10.0.0.7/replies" }),
    check: "configuration",
    code: "settings.WEBHOOK_DELIVERY_URL",
    fix: "Correct these settings",
  },
  {
    name: "a stored webhook account whose name is private",
    async plant({ db }) {
      const { rows } = await db.execute<{ address: string }>(
        sql`SELECT address FROM channel_accounts WHERE channel = 'webhook'`,
      );
      const setAddress = async (address: string) =>
        void (await db.execute(
          sql`UPDATE channel_accounts SET address = ${address} WHERE channel = 'webhook'`,
        ));
      await setAddress("https://localhost/replies");
      onTestFinished(async () => await setAddress(rows[0]?.address ?? ""));
      return {};
    },
    check: "Webhook targets",
    code: "webhook.name_not_public",
    fix: "EGRESS_ALLOW_HOSTS",
  },
  {
    name: "a public URL of another server",
    plant: async () => ({ PUBLIC_BASE_URL: await openVendor(() => ({ status: 404, body: "no" })) }),
    check: "Public URL",
    code: "ingress.other_server",
    fix: "PUBLIC_BASE_URL",
  },
  {
    name: "a public URL that is redirected",
    plant: async () => ({
      PUBLIC_BASE_URL: await openVendor(() => ({
        status: 301,
        body: "",
        headers: { location: "https://chat.example.com/" },
      })),
    }),
    check: "Public URL",
    code: "ingress.redirected",
    fix: "PUBLIC_BASE_URL",
  },
  {
    name: "a public URL with a wrong port",
    plant: async () => ({ PUBLIC_BASE_URL: `http://localhost:${await closedPort()}` }),
    check: "Public URL",
    code: "ingress.not_reached",
    fix: "PUBLIC_BASE_URL",
  },
  {
    name: "a proxy that changes the body of webhooks",
    plant: async () => ({
      PUBLIC_BASE_URL: await openVendor(() => ({ status: 401, body: { code: "signature_invalid" } })),
    }),
    check: "Public URL",
    code: "ingress.signature_refused",
    fix: "proxy",
  },
];
