import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const replyTo = (id: string) =>
  eventually(`a reply to ${id}`, async () =>
    (await parley.replies()).find((reply) => reply.in_reply_to.includes(id)),
  );
const outcome = (id: string) =>
  eventually(`an end for ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => !["pending", "in_turn"].includes(state)),
  );

describe("a message", () => {
  it("a message by signed webhook is answered once from the documents, and an independent verifier accepts the signature", async () => {
    const { id, response } = await parley.sendWebhook({
      from: "ada",
      text: "Within how many days can I return something unused?",
    });
    expect(response.status).toBe(202);
    const reply = await replyTo(id);
    expect(reply).toMatchObject({ to: "ada", signatureOk: true, duplicate: false, part: 1, parts: 1 });
    expect(reply.text).toContain("30 days");
    expect(reply.sources).toContain("Returns and refunds");
    expect(await outcome(id)).toMatchObject({ state: "answered", tier: "full_context", tierReason: null });
  });

  it("an SMS is answered through the API of Twilio after the quiet window", async () => {
    const { sid, response } = await parley.sendSms({
      from: "+15550100177",
      text: "how many days do i have to return a thing",
    });
    expect([response.status, await response.text()]).toEqual([200, "<Response/>"]);
    await outcome(sid);
    expect(await parley.texts("+15550100177")).toMatchObject([{ from: parley.config.TWILIO_FROM }]);
  });

  it("the history of a message has the six steps in order, fewer than 60 events, less than 20 KB and no words of the conversation", async () => {
    const { id } = await parley.sendWebhook({
      from: "zephyrine-quill",
      text: "Do xylophones void the warranty? Write to zq@example.com",
    });
    await outcome(id);
    const handle = parley.temporal?.workflow.getHandle(`msg:webhook/main:${id}`);
    await handle?.result();
    const history = await handle?.fetchHistory();
    const bytes = Buffer.from(JSON.stringify(history));
    const names = (history?.events ?? []).flatMap((event) => {
      const marker = event.markerRecordedEventAttributes?.details?.["data"]?.payloads?.[0]?.data;
      if (marker)
        return [(JSON.parse(Buffer.from(marker).toString()) as { activity_type: string }).activity_type];
      return event.activityTaskScheduledEventAttributes?.activityType?.name ?? [];
    });
    expect(names).toEqual(["admit", "retrieve", "generate", "screen", "record", "deliver"]);
    const summaries = (history?.events ?? []).flatMap(
      ({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? []).toString() || [],
    );
    expect(summaries).toContain('"· full context, local"');
    expect(summaries.length).toBeGreaterThanOrEqual(6);
    expect(history?.events?.length).toBeLessThan(60);
    expect(bytes.length).toBeLessThan(20_000);
    expect(bytes.toString()).not.toMatch(/xylophone|zephyrine|zq@example/i);
  });

  it("a message is stored encrypted: no table contains its text or the address of the contact", async () => {
    const { id } = await parley.sendWebhook({
      from: "marmaduke-thistle",
      text: "My secret word is rhododendron",
    });
    await outcome(id);
    const { rows } = await parley.db.execute<{ name: string }>(
      sql`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    for (const { name } of rows) {
      const dump = await parley.db.execute(
        sql.raw(`SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM ${name} t`),
      );
      expect(String(dump.rows[0]?.["text"]), name).not.toMatch(/rhododendron|marmaduke/i);
    }
  });

  it("structured personal data is masked in the prompt and restored in the reply", async () => {
    const { id } = await parley.sendWebhook({
      from: "grace",
      text: "How many days for a return? Confirm to grace@example.com please",
    });
    const reply = await replyTo(id);
    expect(reply.text).toContain("grace@example.com");
    const calls = JSON.stringify(parley.openai.log.entries().map(({ body }) => body));
    expect(calls.includes("Confirm to [[EMAIL_1]] please")).toBe(true);
    expect(calls.includes("grace@example.com")).toBe(false);
  });
});
