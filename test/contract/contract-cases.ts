import type { VIEWS } from "../../api/views/registry.ts";
import { ADMIN_TOKEN } from "../api/v1/support/start-test-api.ts";
import type { Contract } from "./open-contract.ts";

/** The same row over REST and on the command line. */
export interface Pair {
  rest: unknown;
  cli: unknown;
}

export interface ContractCase {
  /** True if both give a page of the view's rows. */
  isPage?: boolean;
  /** Fields that differ because each side creates a row of its own. */
  generated?: readonly string[];
  read(contract: Contract): Promise<Pair>;
}

/** One case for each view: the compiler and `same-json.test.ts` refuse a view without a case. */
export const CASES: Readonly<Record<keyof typeof VIEWS, ContractCase>> = {
  status: {
    // It changes with each second.
    generated: ["oldest_pending_s"],
    async read({ rest, terminal }) {
      const { json } = await terminal.parley("status", "--json");
      return { rest: await rest("GET /v1/status", undefined, ADMIN_TOKEN), cli: json };
    },
  },
  tenant: {
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/tenant"),
      cli: await cli("tenants", "show"),
    }),
  },
  key: {
    isPage: true,
    // The admin token, because reading with the key would change its last use.
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/tenants/acme/keys", undefined, ADMIN_TOKEN),
      cli: await cli("keys", "list"),
    }),
  },
  newKey: {
    generated: ["id", "key", "created_at"],
    read: async ({ rest, cli }) => ({
      rest: await rest("POST /v1/keys", { name: "crm", scopes: ["contacts:read"] }),
      cli: await cli("keys", "create", "crm", "--scopes", "contacts:read"),
    }),
  },
  account: {
    read: async ({ rest, cli, tenant: { accountId } }) => ({
      rest: await rest(`GET /v1/accounts/webhook/${accountId}`),
      cli: await cli("accounts", "show", `webhook/${accountId}`),
    }),
  },
  changedAccount: {
    // The confirmation of each process takes time.
    generated: ["effect"],
    read: async ({ rest, cli, tenant: { accountId } }) => ({
      rest: await rest(`POST /v1/accounts/webhook/${accountId}/enable`, {}),
      cli: await cli("accounts", "enable", `webhook/${accountId}`),
    }),
  },
  contact: {
    isPage: true,
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/contacts"),
      cli: await cli("contacts", "list"),
    }),
  },
  contactWithDetails: {
    async read({ rest, cli, tenant: { contactId, accountId } }) {
      await rest(`PUT /v1/contacts/${contactId}/consents/${accountId}`, { state: "opted_in" });
      return {
        rest: await rest(`GET /v1/contacts/${contactId}`),
        cli: await cli("contacts", "show", contactId),
      };
    },
  },
  conversation: {
    async read({ rest, cli, tenant: { conversationId } }) {
      await rest(`POST /v1/conversations/${conversationId}/take-over`, { agent: "dana" });
      return {
        rest: await rest(`GET /v1/conversations/${conversationId}`),
        cli: await cli("conversations", "show", conversationId),
      };
    },
  },
  listedConversation: {
    isPage: true,
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/conversations"),
      cli: await cli("conversations", "list"),
    }),
  },
  line: {
    isPage: true,
    read: async ({ rest, cli, tenant: { conversationId } }) => ({
      rest: await rest(`GET /v1/conversations/${conversationId}/messages`),
      cli: await cli("conversations", "messages", conversationId),
    }),
  },
  turn: {
    isPage: true,
    read: async ({ rest, cli, tenant: { conversationId } }) => ({
      rest: await rest(`GET /v1/conversations/${conversationId}/turns`),
      cli: await cli("turns", "list", conversationId),
    }),
  },
  turnWithDeliveries: {
    read: async ({ rest, cli, tenant: { turnId } }) => ({
      rest: await rest(`GET /v1/turns/${turnId}`),
      cli: await cli("turns", "show", turnId),
    }),
  },
  delivery: {
    isPage: true,
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/deliveries?trouble=unknown"),
      cli: await cli("deliveries", "list", "--trouble", "unknown"),
    }),
  },
  deliveryWithReceipts: {
    read: async ({ rest, cli, tenant: { deliveryId } }) => ({
      rest: await rest(`GET /v1/deliveries/${deliveryId}`),
      cli: await cli("deliveries", "show", deliveryId),
    }),
  },
  deliveryRetry: {
    read: async ({ rest, cli }) => ({
      rest: await rest("POST /v1/deliveries/retry", { dry_run: true }),
      cli: await cli("deliveries", "retry", "--dry-run"),
    }),
  },
  deadLetter: {
    isPage: true,
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/dead-letters"),
      cli: await cli("dlq", "list"),
    }),
  },
  deadLetterWithDeliveries: {
    read: async ({ rest, cli, tenant: { turnId } }) => ({
      rest: await rest(`GET /v1/dead-letters/${turnId}`),
      cli: await cli("dlq", "show", turnId),
    }),
  },
  replay: {
    async read({ rest, terminal, other: { turnId, key } }) {
      // The first replay differs from all later ones.
      await rest(`POST /v1/dead-letters/${turnId}/replay`, {}, key);
      const { json } = await terminal.parley("dlq", "replay", turnId, "--tenant", "beta", "--json");
      return { rest: await rest(`POST /v1/dead-letters/${turnId}/replay`, {}, key), cli: json };
    },
  },
  dismissal: {
    read: async ({ rest, cli, tenant: { turnId } }) => ({
      rest: await rest(`POST /v1/dead-letters/${turnId}/dismiss`, {
        author: "dana",
        note: "called",
        dry_run: true,
      }),
      cli: await cli("dlq", "dismiss", turnId, "--author", "dana", "--note", "called", "--dry-run"),
    }),
  },
  endpoint: {
    read: async ({ rest, cli, endpointId }) => ({
      rest: await rest(`GET /v1/event-endpoints/${endpointId}`),
      cli: await cli("endpoints", "show", endpointId),
    }),
  },
  newEndpoint: {
    generated: ["id", "secret", "created_at"],
    read: async ({ rest, cli }) => ({
      rest: await rest("POST /v1/event-endpoints", { url: "https://crm.example.com/second" }),
      cli: await cli("endpoints", "create", "https://crm.example.com/second"),
    }),
  },
  rotatedSecret: {
    generated: ["secret", "previous_valid_until"],
    read: async ({ rest, cli, endpointId }) => ({
      rest: await rest(`POST /v1/event-endpoints/${endpointId}/secret/rotate`, {}),
      cli: await cli("endpoints", "rotate", endpointId),
    }),
  },
  event: {
    isPage: true,
    read: async ({ rest, cli }) => ({
      rest: await rest("GET /v1/events"),
      cli: await cli("events", "list"),
    }),
  },
  eventDelivery: {
    isPage: true,
    read: async ({ rest, cli, endpointId }) => ({
      rest: await rest(`GET /v1/event-endpoints/${endpointId}/deliveries`),
      cli: await cli("events", "sent-to", endpointId),
    }),
  },
};
