import { sql } from "drizzle-orm";
import {
  bigint,
  customType,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

/** Encrypted text: see `infra/runtime/vault.ts` for the byte layout. */
const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

const moment = (name: string) => timestamp(name, { withTimezone: true });
const createdAt = () => moment("created_at").notNull().defaultNow();
const usd = (name: string) => numeric(name, { precision: 14, scale: 8, mode: "number" });

export const tenants = pgTable("tenants", {
  id: text("id").primaryKey(),
  businessName: text("business_name").notNull(),
  dailyBudgetUsd: usd("daily_budget_usd").notNull(),
  createdAt: createdAt(),
});

export const channelAccounts = pgTable(
  "channel_accounts",
  {
    channel: text("channel").notNull(),
    id: text("id").notNull(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id),
    sender: text("sender").notNull(),
    externalId: text("external_id"),
    secrets: bytea("secrets").notNull(),
    /** Set when the vendor said that this sender or endpoint is gone; nothing is sent until it is configured anew. */
    disabledAt: moment("disabled_at"),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.channel, t.id] })],
);

/** A person on one channel. Destroying `data_key` makes every text of theirs unreadable, wherever a copy lies. */
export const contacts = pgTable(
  "contacts",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    addressHash: bytea("address_hash").notNull(),
    address: bytea("address").notNull(),
    dataKey: bytea("data_key").notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique("contacts_address").on(t.tenantId, t.channel, t.addressHash)],
);

/** `holder` is the workflow id that holds the turn, or null; it has no time limit, so it cannot expire under a slow model. */
export const conversations = pgTable(
  "conversations",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    contactId: uuid("contact_id").notNull(),
    nextSeq: bigint("next_seq", { mode: "number" }).notNull().default(1),
    holder: text("holder"),
    heldSince: moment("held_since"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("conversations_people").on(t.tenantId, t.channel, t.accountId, t.contactId),
    index("conversations_held")
      .on(t.heldSince)
      .where(sql`${t.holder} IS NOT NULL`),
  ],
);

/** Opt-outs by the address's keyed hash, so that they outlive the erasure of the person. */
export const consents = pgTable(
  "consents",
  {
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    addressHash: bytea("address_hash").notNull(),
    state: text("state", { enum: ["opted_out", "opted_in"] }).notNull(),
    source: text("source").notNull(),
    changedAt: moment("changed_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.channel, t.accountId, t.addressHash] })],
);

/** Progress of each inbound message, and the dedupe key: see `db/inbox.ts` for the states. */
export const inbox = pgTable(
  "inbox",
  {
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    providerMessageId: text("provider_message_id").notNull(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    workflowId: text("workflow_id").notNull(),
    state: text("state", { enum: ["pending", "in_turn", "answered", "suppressed", "failed"] })
      .notNull()
      .default("pending"),
    reason: text("reason"),
    turnId: uuid("turn_id"),
    providerTime: moment("provider_time"),
    receivedAt: moment("received_at").notNull(),
    /** End of this message's quiet window: its own workflow sleeps until then. */
    wakeAt: moment("wake_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channel, t.accountId, t.providerMessageId] }),
    index("inbox_workflow").on(t.workflowId),
    index("inbox_turn").on(t.turnId),
    index("inbox_pending_by_conversation")
      .on(t.conversationId)
      .where(sql`${t.state} = 'pending'`),
    index("inbox_pending_by_wake")
      .on(t.wakeAt)
      .where(sql`${t.state} = 'pending'`),
  ],
);

/** The transcript: append-only (a trigger refuses UPDATE and DELETE) and partitioned by month on `created_at`. */
export const messages = pgTable(
  "messages",
  {
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    direction: text("direction", { enum: ["inbound", "outbound"] }).notNull(),
    turnId: uuid("turn_id"),
    body: bytea("body").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.seq, t.createdAt] })],
);

/** One answer to one or more inbound messages, with the versions it was made from. */
export const turns = pgTable(
  "turns",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    workflowId: text("workflow_id").notNull(),
    state: text("state", { enum: ["open", "closed"] })
      .notNull()
      .default("open"),
    restarts: smallint("restarts").notNull().default(0),
    reservedUsd: usd("reserved_usd").notNull().default(0),
    plan: text("plan", { enum: ["answer", "notice", "silence"] })
      .notNull()
      .default("answer"),
    /** Which fixed text a notice sends, or why a silence is kept. */
    planDetail: text("plan_detail"),
    /** What retrieve prepared for the model: masked texts, passages and placeholders, encrypted. */
    context: bytea("context"),
    route: jsonb("route"),
    /** The screened reply, split in parts, encrypted. */
    reply: bytea("reply"),
    rung: text("rung"),
    reason: text("reason"),
    model: text("model"),
    costUsd: usd("cost_usd").notNull().default(0),
    openedAt: moment("opened_at").notNull().defaultNow(),
    closedAt: moment("closed_at"),
  },
  (t) => [
    index("turns_open")
      .on(t.conversationId)
      .where(sql`${t.state} = 'open'`),
  ],
);

/** Every completed model call, stored before its activity returns: a completed call is never paid twice. */
export const modelResponses = pgTable(
  "model_responses",
  {
    turnId: uuid("turn_id").notNull(),
    rung: text("rung").notNull(),
    tenantId: text("tenant_id").notNull(),
    model: text("model"),
    providerRequestId: text("provider_request_id"),
    body: bytea("body").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    cachedTokens: integer("cached_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    costUsd: usd("cost_usd").notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.turnId, t.rung] })],
);

/** One row per part, written before any send: see `db/deliveries.ts` for the states. */
export const deliveries = pgTable(
  "deliveries",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    turnId: uuid("turn_id").notNull(),
    part: smallint("part").notNull(),
    body: bytea("body").notNull(),
    state: text("state", {
      enum: ["intended", "sending", "accepted", "unknown", "refused", "suppressed"],
    })
      .notNull()
      .default("intended"),
    attempt: integer("attempt").notNull().default(0),
    providerId: text("provider_id"),
    refusal: text("refusal"),
    code: text("code"),
    firstAttemptAt: moment("first_attempt_at"),
    /** Not before this moment: the channel's schedule, or the vendor's own Retry-After. */
    nextAttemptAt: moment("next_attempt_at"),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (t) => [unique("deliveries_part").on(t.turnId, t.part)],
);

/** Money per tenant and UTC day. `reserved` is held by open turns and becomes `spent` when they are recorded. */
export const budgets = pgTable(
  "budgets",
  {
    tenantId: text("tenant_id").notNull(),
    day: date("day").notNull(),
    reservedUsd: usd("reserved_usd").notNull().default(0),
    spentUsd: usd("spent_usd").notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.day] })],
);

/** One embedding space: vectors of two versions never meet in one query. */
export const indexVersions = pgTable("index_versions", {
  id: text("id").primaryKey(),
  embeddingModel: text("embedding_model").notNull(),
  dimensions: integer("dimensions").notNull(),
  pineconeIndex: text("pinecone_index").notNull(),
  state: text("state", { enum: ["building", "live", "retired"] }).notNull(),
  createdAt: createdAt(),
});

export const documents = pgTable(
  "documents",
  {
    tenantId: text("tenant_id").notNull(),
    path: text("path").notNull(),
    sha256: text("sha256").notNull(),
    title: text("title").notNull(),
    indexVersion: text("index_version").notNull(),
    ingestedAt: moment("ingested_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.path] })],
);

export const chunks = pgTable(
  "chunks",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    documentPath: text("document_path").notNull(),
    ordinal: integer("ordinal").notNull(),
    title: text("title").notNull(),
    heading: text("heading").notNull(),
    body: text("body").notNull(),
    tokens: integer("tokens").notNull(),
    search: tsvector("search")
      .notNull()
      .generatedAlwaysAs(
        sql`setweight(to_tsvector('english', title || ' ' || heading), 'A') || to_tsvector('english', body)`,
      ),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index("chunks_search").using("gin", t.search),
    index("chunks_document").on(t.tenantId, t.documentPath),
  ],
);
