import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type {
  InboundConsent,
  InboundDeletion,
  InboundEdit,
  InboundEvent,
} from "../../../api/channels/channel.ts";
import { createIngestEvent, type IngestEvent } from "../../../api/ingest/ingest-event.ts";
import { consents, contacts } from "../../../db/schema/contacts.ts";
import { messageChanges } from "../../../db/schema/conversations.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const GROUP = "C1";
let opened: OpenDatabase;
let ingestEvent: IngestEvent;
let accounts = 0;

beforeAll(async () => {
  opened = await openDatabase("ingest_event", { maxConnections: 4 });
  const refuse = () => Promise.reject(new Error("No workflow starts here."));
  const { db, vault } = opened;
  const starter = { startRepair: refuse };
  ingestEvent = createIngestEvent({
    db,
    vault,
    starter,
    log: { error: () => undefined },
    messages: { startMessage: refuse },
  });
});
afterAll(() => opened.close());

/** An account of its own for each test. */
function openAccount() {
  accounts += 1;
  const account = sampleAccount({ channel: "line", accountId: `line-${accounts}`, address: "U0" });
  const { accountId } = account;
  const context = { receivedAt: new Date() } as Parameters<IngestEvent>[2];
  return {
    account,
    ingest: async (event: InboundEvent) => await ingestEvent(account, event, context),
    countContacts: async () => await opened.db.$count(contacts),
    listChanges: async () =>
      await opened.db.select().from(messageChanges).where(eq(messageChanges.accountId, accountId)),
    readConsent: async () =>
      (await opened.db.select().from(consents).where(eq(consents.accountId, accountId)))[0],
  };
}

const deletionOf = (from: string, fields: Partial<InboundDeletion>): InboundDeletion => ({
  kind: "delete",
  changeId: "unsend:1",
  from,
  targetMessageId: "1",
  text: "",
  providerTime: null,
  ...fields,
});
const editOf = (from: string, fields: Partial<InboundEdit>): InboundEdit => ({
  ...deletionOf(from, {}),
  kind: "edit",
  ...fields,
});

it("a deletion of a message that may not be ours is kept without a contact, and applied if the message comes", async () => {
  const { account, ingest, countContacts, listChanges } = openAccount();
  const before = await countContacts();
  const late = newMessage(account, { from: "U-stranger", thread: GROUP });
  const { providerMessageId: targetMessageId } = late;
  const unsend = deletionOf("U-stranger", { thread: GROUP, targetMessageId, needsStoredMessage: true });
  expect([await ingest(unsend), await ingest(unsend)]).toEqual(["delete", "duplicate"]);
  expect(await countContacts()).toBe(before);
  expect(await listChanges()).toMatchObject([{ conversationId: null }]);
  expect(await storeInbound(opened.db, opened.vault, late)).toMatchObject({
    state: "suppressed",
    isNew: true,
  });
  expect(await findMessageOutcomes(opened.db, [targetMessageId])).toMatchObject([
    { state: "suppressed", reason: "taken_back" },
  ]);
});

it("a message of a group that is being stored during its deletion is not answered", async () => {
  const { account, ingest, listChanges } = openAccount();
  const inGroup = { from: "U-racer", thread: GROUP };
  await storeInbound(opened.db, opened.vault, newMessage(account, inGroup));
  const message = newMessage(account, inGroup);
  const [isStored, isDeletionKept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const storing = opened.db.transaction(async (tx) => {
    await storeInbound(tx, opened.vault, message);
    isStored.resolve();
    await isDeletionKept.promise;
  });
  await isStored.promise;
  const unsend = deletionOf("U-racer", {
    thread: GROUP,
    targetMessageId: message.providerMessageId,
    needsStoredMessage: true,
  });
  const deleting = ingest(unsend);
  await eventually("the deletion", async () => (await listChanges()).length === 1);
  isDeletionKept.resolve();
  await Promise.all([storing, deleting]);
  expect(await findMessageOutcomes(opened.db, [message.providerMessageId])).toMatchObject([
    { state: "suppressed", reason: "taken_back" },
  ]);
});

it("a message whose deletion overtook it is never answered, and an edit that overtook it is kept", async () => {
  const { account, ingest } = openAccount();
  const messages = ["deleted", "edited", "plain"].map((text) =>
    newMessage(account, { from: "U-hasty", text }),
  );
  const [deleted = "", edited = ""] = messages.map(({ providerMessageId }) => providerMessageId);
  await ingest(deletionOf("U-hasty", { changeId: "u1", targetMessageId: deleted }));
  await ingest(editOf("U-hasty", { changeId: "u2", targetMessageId: edited, text: "new" }));
  const stored = [];
  for (const message of messages) stored.push((await storeInbound(opened.db, opened.vault, message)).state);
  expect(stored).toEqual(["suppressed", "pending", "pending"]);
});

it("a deletion that needs its message is stored if the message is", async () => {
  const { account, ingest, listChanges } = openAccount();
  const stored = newMessage(account, { from: "U-member", thread: GROUP });
  await storeInbound(opened.db, opened.vault, stored);
  const { providerMessageId: targetMessageId } = stored;
  const unsend = deletionOf("U-member", { thread: GROUP, targetMessageId, needsStoredMessage: true });
  expect(await ingest(unsend)).toBe("delete");
  expect(await listChanges()).toMatchObject([{ targetMessageId, kind: "delete" }]);
});

it("an edit that overtakes its message is kept", async () => {
  const { ingest, listChanges } = openAccount();
  expect(await ingest(editOf("U-early", { thread: GROUP, text: "six" }))).toBe("edit");
  expect(await listChanges()).toHaveLength(1);
});

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 10, 0, second));
const unfollow = (from: string, second: number): InboundConsent => ({
  kind: "consent",
  from,
  state: "opted_out",
  source: "blocked",
  providerTime: at(second),
});
const unblock = (from: string, second: number): InboundConsent => ({
  kind: "consent",
  from,
  state: "opted_in",
  source: "unblocked",
  endsOnly: "blocked",
  providerTime: at(second),
});
const follow = (from: string, second: number): InboundConsent => ({
  ...unblock(from, second),
  needsOptOut: true,
});

it("a first follow makes no contact and no consent, and a follow after an unfollow ends the opt-out", async () => {
  const { ingest, countContacts, readConsent } = openAccount();
  const before = await countContacts();
  expect(await ingest(follow("U-new", 1))).toBe("ignored:consent.no_opt_out");
  expect(await countContacts()).toBe(before);
  expect(await readConsent()).toBeUndefined();
  expect(await ingest(unfollow("U-new", 2))).toBe("opted_out");
  expect(await ingest(follow("U-new", 3))).toBe("opted_in");
  expect(await readConsent()).toMatchObject({ state: "opted_in", source: "unblocked", changedAt: at(3) });
});

it("a follow does not end an opt-out that the contact wrote", async () => {
  const { account, ingest, readConsent } = openAccount();
  await storeInbound(opened.db, opened.vault, newMessage(account, { from: "U-stop", keyword: "stop" }));
  const later = { providerTime: new Date(Date.now() + 60_000) };
  expect(await ingest({ ...unfollow("U-stop", 0), ...later })).toBe("opted_out");
  expect(await ingest({ ...follow("U-stop", 0), ...later })).toBe("ignored:consent.no_opt_out");
  expect(await ingest({ ...unblock("U-stop", 0), ...later })).toBe("ignored:consent.no_effect");
  expect(await readConsent()).toMatchObject({ state: "opted_out", source: "keyword" });
});

it("an unfollow or a follow that comes late does not reverse a newer consent", async () => {
  const { ingest, readConsent } = openAccount();
  await ingest(unblock("U-late", 2));
  await ingest(unblock("U-late", 4));
  expect(await ingest(unfollow("U-late", 3))).toBe("ignored:consent.no_effect");
  expect(await readConsent()).toMatchObject({ state: "opted_in" });
  expect(await ingest(unfollow("U-late", 6))).toBe("opted_out");
  expect(await ingest(unblock("U-late", 5))).toBe("ignored:consent.no_effect");
  expect(await readConsent()).toMatchObject({ state: "opted_out", changedAt: at(6) });
});

it("a consent with a time ahead of our clock does not make the next events look old", async () => {
  const { ingest, readConsent } = openAccount();
  await ingest({ ...unfollow("U-ahead", 1), providerTime: new Date(Date.now() + 3_600_000) });
  expect(await ingest({ ...unblock("U-ahead", 1), providerTime: new Date(Date.now() + 1_000) })).toBe(
    "opted_in",
  );
  expect(await readConsent()).toMatchObject({ state: "opted_in" });
});

it("a consent without a time ends any opt-out", async () => {
  const { ingest, readConsent } = openAccount();
  await ingest(unfollow("U-plain", 1));
  expect(await ingest({ kind: "consent", from: "U-plain", state: "opted_in", source: "unblocked" })).toBe(
    "opted_in",
  );
  expect(await readConsent()).toMatchObject({ state: "opted_in" });
});
