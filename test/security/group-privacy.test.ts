import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareTexts } from "../../activities/answer/prompts/prepare-texts.ts";
import { createRetrieve } from "../../activities/retrieve.ts";
import { linkContacts } from "../../db/contacts/list-contacts.ts";
import { findTurnScope } from "../../db/conversations/transcript.ts";
import { storeInbound } from "../../db/inbound/inbox.ts";
import { conversations, inbox } from "../../db/schema/conversations.ts";
import { turns } from "../../db/schema/turns.ts";
import { upsertTenant } from "../../db/tenants/seed.ts";
import { createTurnMemory } from "../../db/turns/turn-memory.ts";
import { findContext } from "../../db/turns/turn-texts.ts";
import { CHANNEL_NAMES, findChannel } from "../../infra/channels/registry.ts";
import { newMessage } from "../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";
import { PLACES } from "./places.ts";

const places = CHANNEL_NAMES.flatMap((channel) => PLACES[channel].map((place) => ({ channel, ...place })));
const PRIVATE = "I was diagnosed with schizocanaria";

let database: OpenDatabase;
beforeAll(async () => {
  database = await openDatabase("group_privacy");
});
afterAll(() => database.close());

describe("a contact who also writes privately on a linked channel", () => {
  it.each(places)(
    "the prompt in $name of $channel contains private lines only if it is direct: $isDirect",
    async (place) => {
      const { channel, event, isDirect } = place;
      if (event?.kind !== "message") {
        // The inbound half ignores what is written there, so no reply goes there.
        expect([isDirect, event?.kind]).toEqual([false, "ignored"]);
        return;
      }
      const thread = event.thread ?? "";
      expect(findChannel(channel)?.isDirect(thread)).toBe(isDirect);
      const prompt = await buildPrompt(channel, thread);
      expect(prompt).toContain("what did I tell you before?");
      expect(prompt.includes(PRIVATE)).toBe(isDirect);
    },
  );
});

/** The stored input of the model for a question at this place, after a private line by SMS. */
async function buildPrompt(channel: string, thread: string): Promise<string> {
  const { db, vault } = database;
  const tenantId = randomUUID();
  await upsertTenant(db, { id: tenantId, businessName: "Acme Bikes", dailyBudgetUsd: 50 });
  const accountId = tenantId;
  const sms = newMessage({ tenantId, channel: "twilio-sms", accountId }, { from: "+1628", text: PRIVATE });
  const here = { from: "ada", thread, text: "what did I tell you before?" };
  const asked = newMessage({ tenantId, channel, accountId }, here);
  const byText = await storeInbound(db, vault, sms);
  const { conversationId } = await storeInbound(db, vault, asked);
  await linkContacts(db, tenantId, [
    await findContactId(byText.conversationId),
    await findContactId(conversationId),
  ]);
  const turnId = randomUUID();
  await db.insert(turns).values({ id: turnId, tenantId, conversationId, workflowId: asked.workflowId });
  await db.update(inbox).set({ turnId }).where(eq(inbox.workflowId, asked.workflowId));
  const search = async () =>
    await Promise.resolve({ passages: [], indexVersion: null, degraded: [], embeddingUsd: 0 });
  const models = { full: "gpt-4o", smaller: "gpt-4o-mini" };
  const retrieve = createRetrieve({
    db,
    vault,
    memory: createTurnMemory(),
    search,
    texts: { prepareTexts: async (input) => prepareTexts(input) },
    models,
  });
  await retrieve({ turnId });
  return (await findContext(db, vault, await findTurnScope(db, turnId)))?.context ?? "";
}

async function findContactId(conversationId: string): Promise<string> {
  const [row] = await database.db.select().from(conversations).where(eq(conversations.id, conversationId));
  return row?.contactId ?? "";
}
