import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { samplePart, toLostPart } from "../../../support/channels/samples.ts";
import { ACCOUNT, CHANNEL, channelAt, openSlack, PART, ROOT, signal } from "./open-slack.ts";

type Slack = Awaited<ReturnType<typeof openSlack>>;

const reconcilePart = async ({ channel }: Slack, part = PART) =>
  await channel.reconcile?.(toLostPart(part), ACCOUNT, signal);
const createPart = () => samplePart({ ...PART, deliveryId: randomUUID() });
const READS = { path: "/conversations.*" };

/** Slack accepted it and we did not get the response. */
async function loseResponse({ fake, channel }: Slack, part = PART) {
  fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
  expect(await channel.send(part, ACCOUNT, signal)).toMatchObject({ kind: "unknown" });
}

describe("a post whose answer was lost", () => {
  test.each([
    ["in a thread", `${CHANNEL}:${ROOT}`, ["/conversations.replies"]],
    ["in a channel", CHANNEL, ["/conversations.history"]],
    ["in direct messages", "D0ADA", ["/conversations.history"]],
    ["to a person", "", ["/conversations.open", "/conversations.history"]],
  ])("is found by its delivery's id: %s", async (_what, thread, paths) => {
    const slack = await openSlack();
    const part = { ...PART, thread };
    await slack.channel.send({ ...createPart(), thread }, ACCOUNT, signal);
    await loseResponse(slack, part);
    await slack.channel.send({ ...createPart(), thread }, ACCOUNT, signal);
    const [, lost] = await slack.shown();
    expect(await reconcilePart(slack, part)).toEqual({
      kind: "found",
      providerId: lost?.id,
      provenBy: "delivery_id",
    });
    expect(slack.calls().map(({ path }) => path)).toEqual([...Array(3).fill("/chat.postMessage"), ...paths]);
  });

  test("is found after many newer ones", async () => {
    const slack = await openSlack();
    const part = { ...PART, thread: CHANNEL };
    await loseResponse(slack, part);
    for (let i = 0; i < 40; i += 1)
      await slack.channel.send({ ...createPart(), thread: CHANNEL }, ACCOUNT, signal);
    const [lost] = await slack.shown();
    expect(await reconcilePart(slack, part)).toEqual({
      kind: "found",
      providerId: lost?.id,
      provenBy: "delivery_id",
    });
    const reads = slack.calls().filter(({ path }) => path === "/conversations.history");
    expect(reads).toHaveLength(3);
  });

  test("is not searched for further back than its first attempt, a minute of skew allowed", async () => {
    const slack = await openSlack();
    const firstAttemptAt = new Date("2026-01-02T10:00:00.900Z");
    await reconcilePart(slack, { ...PART, firstAttemptAt });
    expect(slack.calls()).toMatchObject([
      {
        method: "GET",
        query: {
          channel: CHANNEL,
          ts: ROOT,
          oldest: "1767347940.900000",
          include_all_metadata: "true",
          limit: "15",
        },
      },
    ]);
  });
});

describe("a post that Slack never took", () => {
  test("Slack reports the post as absent", async () => {
    const slack = await openSlack();
    slack.fake.faults.replace([{ match: {}, times: 1, fault: { cut: true } }]);
    expect(await slack.channel.send(PART, ACCOUNT, signal)).toMatchObject({ kind: "unknown" });
    expect(await reconcilePart(slack)).toMatchObject({ kind: "absent_proven" });
  });

  test("one early look that finds nothing proves nothing", async () => {
    const slack = await openSlack();
    const early = toLostPart(PART, { sinceAttemptMs: 2_000 });
    expect(await slack.channel.reconcile?.(early, ACCOUNT, signal)).toEqual({
      kind: "unknown",
      reason: "list_may_lag",
      provableInMs: 8_000,
    });
  });

  test("a post with the same text does not count as this post", async () => {
    const slack = await openSlack();
    await slack.channel.send(createPart(), ACCOUNT, signal);
    expect(await reconcilePart(slack)).toMatchObject({ kind: "absent_proven" });
  });
});

describe("the question stays open", () => {
  test.each([
    ["we may not read the channel", "no-history"],
    ["the channel is gone", "unknown-channel"],
  ])("the outcome stays unknown when %s", async (_what, mark) => {
    const slack = await openSlack();
    await loseResponse(slack);
    await slack.mark(mark, CHANNEL);
    expect(await reconcilePart(slack)).toMatchObject({ kind: "unknown" });
  });

  test("the outcome stays unknown when the contact has no direct messages with the bot", async () => {
    const slack = await openSlack();
    expect(await reconcilePart(slack, { ...PART, to: "somebody", thread: "" })).toMatchObject({
      kind: "unknown",
    });
    expect(slack.calls()).toMatchObject([{ path: "/conversations.open", body: { users: "somebody" } }]);
  });

  test.each([
    ["Slack is broken", { status: 500 }],
    ["Slack has had enough", { status: 429 }],
    ["the answer is a page of somebody else", { garbage: true }],
    ["the answer is broken off", { cut_after_bytes: 20 }],
    ["the answer has no list", { status: 200, body: '{"ok":true}' }],
    [
      "there is more and nobody says where",
      { status: 200, body: '{"ok":true,"messages":[],"has_more":true}' },
    ],
    ["the connection is cut", { cut: true }],
  ] as const)("the outcome stays unknown when %s", async (_what, fault) => {
    const slack = await openSlack();
    await loseResponse(slack);
    slack.fake.faults.replace([{ match: READS, times: null, fault }]);
    expect(await reconcilePart(slack)).toMatchObject({ kind: "unknown" });
  });

  test("the outcome stays unknown when the channel has too many newer posts to search", async () => {
    const slack = await openSlack();
    const body = JSON.stringify({
      ok: true,
      messages: [],
      has_more: true,
      response_metadata: { next_cursor: "again" },
    });
    slack.fake.faults.replace([{ match: READS, times: null, fault: { status: 200, body } }]);
    expect(await reconcilePart(slack)).toMatchObject({ kind: "unknown" });
    expect(slack.calls()).toHaveLength(10);
  });

  test("the outcome stays unknown when Slack cannot be reached", async () => {
    expect(
      await channelAt("http://127.0.0.1:1").reconcile?.(toLostPart(PART), ACCOUNT, signal),
    ).toMatchObject({
      kind: "unknown",
    });
  });
});
