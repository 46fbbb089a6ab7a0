import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { createUnknown } from "../../../activities/channels/reconciliation.ts";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import type { InboundChannel } from "../../../api/channels/channel.ts";
import { inboundChannels } from "../../../api/channels/registry.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { ABILITIES, type Ability, type ChannelKit } from "./channel-kit.ts";
import { chooseKits } from "./grade/choose-kits.ts";
import { gradeAll } from "./grade/grade-all.ts";
import { gradeChannel } from "./grade/grade-channel.ts";
import { gradeTable } from "./grade/grade-table.ts";
import { printGrades } from "./grade/print-grades.ts";
import { comparePublished } from "./grade/published-grades.ts";
import { channelKits } from "./kits/registry.ts";
import { messengerKit } from "./kits/messenger.ts";
import { twilioSmsKit } from "./kits/twilio-sms.ts";
import { twilioWhatsappKit } from "./kits/twilio-whatsapp.ts";
import { webhookKit } from "./kits/webhook.ts";

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The kit of a channel with a defect in one of its halves. */
function replaceInbound(
  kit: ChannelKit,
  change: (inbound: InboundChannel) => Partial<InboundChannel>,
): ChannelKit {
  // Those that are broken here answer at once.
  const half = kit.inbound as InboundChannel;
  return { ...kit, inbound: { ...half, ...change(half) } };
}
function replaceOutbound(
  kit: ChannelKit,
  change: (half: OutboundChannel) => Partial<OutboundChannel>,
): ChannelKit {
  return {
    ...kit,
    createOutbound(options) {
      const half = kit.createOutbound(options);
      return { ...half, ...change(half) };
    },
  };
}

/** The grade of typing at a vendor that responds with this status. */
async function gradeTypingStatus(status: number): Promise<string> {
  const openVendorFake = async () => {
    const vendor = await messengerKit.openVendorFake();
    return { ...vendor, calls: () => vendor.calls().map((call) => ({ ...call, status })) };
  };
  const { abilities } = await gradeChannel({ ...messengerKit, openVendorFake });
  return abilities.typing.grade;
}

async function failedAbilities(kit: ChannelKit): Promise<Ability[]> {
  const { abilities } = await gradeChannel(kit);
  return ABILITIES.filter((ability) => abilities[ability].grade === "fail");
}

describe("the channels of the project", () => {
  // It opens a fake for each ability of each channel, and a database for web chat: a busy machine needs minutes.
  test(
    "have a kit each, and their grades are the ones of docs/channels.md",
    { timeout: 240_000 },
    async () => {
      const report = await gradeAll(undefined, silentProgress);
      expect(report.without_kit).toEqual([]);
      expect(report.channels.flatMap(({ channel, abilities }) => failuresOf(channel, abilities))).toEqual([]);
      expect(report.ok).toBe(true);
      expect(new Set(Object.values(report.published))).toEqual(new Set(["as_published"]));
      expect(readFileSync(pathOf("../../../docs/channels.md"), "utf8")).toContain(
        gradeTable(report.channels),
      );
    },
  );

  test("the inbound half of every kit is the one of the registry", () => {
    for (const [name, half] of Object.entries(inboundChannels)) {
      expect(channelKits.find((kit) => kit.name === name)?.inbound).toBe(half);
    }
  });
});

function failuresOf(channel: string, abilities: Awaited<ReturnType<typeof gradeChannel>>["abilities"]) {
  return Object.entries(abilities).flatMap(([ability, grade]) =>
    grade.grade === "fail" ? [`${channel} ${ability}: ${grade.seen.join("; ")}`] : [],
  );
}

describe("a defect fails in its own ability and nowhere else", () => {
  const accepted = { ok: true, secretIndex: 0 } as const;

  test.each<[string, Ability[], ChannelKit]>([
    [
      "any signature is taken",
      ["verify", "rotate"],
      replaceInbound(messengerKit, () => ({ verify: () => accepted })),
    ],
    [
      "a signature covers the beginning of the body alone",
      ["verify"],
      replaceInbound(messengerKit, (half) => ({
        verify: (request, account) => {
          const verdict = half.verify(request, account);
          const isLong = request.rawBody.length > 100;
          return verdict.ok || !isLong || request.headers["x-hub-signature-256"] === undefined
            ? verdict
            : half.verify({ ...request, rawBody: request.rawBody.subarray(0, -1) }, account);
        },
      })),
    ],
    [
      "a signature sent twice is taken",
      ["verify"],
      replaceInbound(twilioSmsKit, (half) => ({
        verify: ({ headers, ...request }, account) => {
          const single = Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]);
          return half.verify({ ...request, headers: Object.fromEntries(single) }, account);
        },
      })),
    ],
    [
      "an old timestamp is taken",
      ["verify"],
      replaceInbound(webhookKit, (half) => ({
        verify: (request, account) => {
          const stamp = Number(request.headers["webhook-timestamp"]);
          const receivedAt = Number.isInteger(stamp) ? new Date(stamp * 1_000) : request.receivedAt;
          return half.verify({ ...request, receivedAt }, account);
        },
      })),
    ],
    [
      "the previous secret is forgotten",
      ["rotate"],
      replaceInbound(twilioSmsKit, (half) => ({
        verify: (request, account) => {
          const inbound = account.secrets.inbound.slice(0, 1);
          return half.verify(request, { ...account, secrets: { ...account.secrets, inbound } });
        },
      })),
    ],
    [
      "the second message of a body is dropped",
      ["batch"],
      replaceInbound(messengerKit, (half) => ({
        parse: (request, account) => {
          const parsed = half.parse(request, account);
          if (!parsed.ok) return parsed;
          const second = parsed.events.filter(({ kind }) => kind === "message")[1];
          return { ok: true, events: parsed.events.filter((event) => event !== second) };
        },
      })),
    ],
    [
      "one item that cannot be read sinks the body",
      ["batch"],
      replaceInbound(messengerKit, (half) => ({
        parse: (request, account) => {
          const parsed = half.parse(request, account);
          if (!parsed.ok) return parsed;
          const broken = parsed.events.find((event) => event.kind === "invalid");
          return broken === undefined ? parsed : { ok: false, problems: broken.problems };
        },
      })),
    ],
    [
      "ids are made anew for each delivery",
      ["dedupe"],
      replaceInbound(messengerKit, (half) => ({
        parse: (request, account) => {
          const parsed = half.parse(request, account);
          if (!parsed.ok) return parsed;
          const mark = request.receivedAt.getTime();
          const events = parsed.events.map((event) =>
            event.kind === "message"
              ? { ...event, providerMessageId: `${event.providerMessageId}.${mark}` }
              : event,
          );
          return { ok: true, events };
        },
      })),
    ],
    [
      "a late failure is taken for a delivery",
      ["receipts"],
      replaceInbound(twilioSmsKit, (half) => ({
        parse: (request, account) => {
          const parsed = half.parse(request, account);
          if (!parsed.ok) return parsed;
          const events = parsed.events.map((event) =>
            event.kind === "receipt" ? ({ ...event, state: "delivered", code: null } as const) : event,
          );
          return { ok: true, events };
        },
      })),
    ],
    [
      "texts are cut by length alone",
      ["split"],
      replaceOutbound(messengerKit, () => ({
        split: ({ text }) => (text.match(/[\s\S]{1,2000}/g) ?? [text]).map(toReplyText),
      })),
    ],
    ["texts are not cut", ["split"], replaceOutbound(messengerKit, () => ({ split: (reply) => [reply] }))],
    [
      "the end of a long text is left out",
      ["split"],
      replaceOutbound(messengerKit, (half) => ({ split: (reply) => half.split(reply).slice(0, 3) })),
    ],
    [
      "texts are cut far too small",
      ["split"],
      replaceOutbound(webhookKit, (half) => ({
        split: (reply) => {
          const parts = half.split(reply);
          const sentences = parts.flatMap(({ text }) => text.split(/(?<=\. )/));
          return reply.text.length < 100 ? parts : sentences.map(toReplyText);
        },
      })),
    ],
    [
      "a repeated send has another key",
      ["idempotent_send"],
      replaceOutbound(webhookKit, (half) => ({
        send: (part, account, signal) =>
          half.send({ ...part, deliveryId: crypto.randomUUID() }, account, signal),
      })),
    ],
    [
      "a lost message is looked for among others",
      ["reconcile"],
      replaceOutbound(twilioSmsKit, (half) => ({
        reconcile: async (part, account, signal) =>
          (await half.reconcile?.({ ...part, text: `${part.text} 2` }, account, signal)) ??
          createUnknown("list_unreadable"),
      })),
    ],
    [
      "what was never taken is believed sent",
      ["reconcile"],
      replaceOutbound(twilioSmsKit, (half) => ({
        reconcile: async (part, account, signal) => {
          const found = (await half.reconcile?.(part, account, signal)) ?? createUnknown("list_unreadable");
          return found.kind === "absent_proven"
            ? { kind: "found", providerId: "SM0", provenBy: "text_and_time" }
            : found;
        },
      })),
    ],
    [
      "a closed window is an error like any other",
      ["window"],
      replaceOutbound(twilioWhatsappKit, (half) => ({
        send: async (part, account, signal) => {
          const outcome = await half.send(part, account, signal);
          const isWindow = outcome.kind === "refused" && outcome.class === "window";
          return isWindow ? { ...outcome, class: "permanent" } : outcome;
        },
      })),
    ],
    [
      "a template is sent as free text",
      ["window"],
      replaceOutbound(twilioWhatsappKit, (half) => ({
        send: ({ template: _template, ...part }, account, signal) => half.send(part, account, signal),
      })),
    ],
    [
      "429 is given up on",
      ["errors"],
      replaceOutbound(messengerKit, (half) => ({
        send: async (part, account, signal) => {
          const outcome = await half.send(part, account, signal);
          const isThrottle = outcome.kind === "refused" && outcome.class === "throttle";
          return isThrottle ? { ...outcome, class: "permanent" } : outcome;
        },
      })),
    ],
    [
      "the vendor's wait is lost",
      ["errors"],
      replaceOutbound(messengerKit, (half) => ({
        send: async (part, account, signal) => {
          const outcome = await half.send(part, account, signal);
          return outcome.kind === "refused" ? { ...outcome, retryAfterMs: null } : outcome;
        },
      })),
    ],
    [
      "a lost answer is taken for a refusal",
      ["errors"],
      replaceOutbound(messengerKit, (half) => ({
        send: async (part, account, signal) => {
          const outcome = await half.send(part, account, signal);
          if (outcome.kind !== "unknown") return outcome;
          return { kind: "refused", class: "retry", code: outcome.code, retryAfterMs: null };
        },
      })),
    ],
    [
      "typing is a message of three dots",
      ["typing"],
      replaceOutbound(messengerKit, (half) => ({
        async indicateTyping({ to }, account, signal) {
          const part = {
            to,
            thread: "",
            text: "…",
            marks: [],
            part: 1,
            parts: 1,
            inReplyTo: [],
            sources: [],
          };
          const rest = { deliveryId: "1", conversationId: "1", firstAttemptAt: new Date() };
          await half.send({ ...part, ...rest, author: "assistant" }, account, signal);
        },
      })),
    ],
  ])("only the affected abilities fail when %s", async (_what, abilities, kit) => {
    expect(await failedAbilities(kit)).toEqual(abilities);
  });

  test("an ability that is offered although the kit excludes it fails", async () => {
    const notOffered = { ...twilioSmsKit.notOffered, reconcile: "Nobody asks." };
    expect(await failedAbilities({ ...twilioSmsKit, notOffered })).toEqual(["reconcile"]);
  });

  test("an ability that the kit promises and the channel lacks fails", async () => {
    const { idempotent_send: _reason, ...notOffered } = messengerKit.notOffered;
    expect(await failedAbilities({ ...messengerKit, notOffered })).toEqual(["idempotent_send"]);
  });

  test("grades that differ from docs/channels.md are reported as different", async () => {
    const graded = await gradeChannel(messengerKit);
    expect(comparePublished(graded)).toBe("as_published");
    const abilities = { ...graded.abilities, typing: { grade: "fail" as const, seen: [] } };
    expect(comparePublished({ ...graded, abilities })).toBe("differs");
  });

  test("an accepted typing call with status 202 passes, a refused one fails", async () => {
    const graded = await gradeTypingStatus(202);
    expect(graded).toBe("pass");
    expect(await gradeTypingStatus(400)).toBe("fail");
  });

  test("a table of errors without the common errors fails", async () => {
    expect(await failedAbilities({ ...twilioSmsKit, errors: [] })).toEqual(["errors"]);
  });

  test("a channel half that throws fails", async () => {
    const broken = replaceInbound(twilioSmsKit, () => ({
      verify() {
        throw new Error("no crypto here");
      },
    }));
    const { abilities } = await gradeChannel(broken);
    expect(abilities.verify).toEqual({ grade: "fail", seen: ["no crypto here"] });
  });
});

describe("a channel from outside the repository", () => {
  test("is graded by the path of a module: the worked example of docs/add-a-channel.md", async () => {
    const report = await gradeAll(pathOf("./example/pager-kit.ts"), silentProgress);
    const grades = report.channels.flatMap(({ abilities }) => Object.values(abilities));
    expect(grades.filter(({ grade }) => grade === "fail")).toEqual([]);
    expect(report).toMatchObject({ ok: true, channels: [{ channel: "pager" }] });
    expect(report.published).toEqual({ pager: "not_published" });
    expect(printGrades(report)).toContain("pager: not published");
    expect(grades.filter(({ grade }) => grade === "pass")).toHaveLength(8);
  });

  test.each([
    ["nope", /no channel "nope": give one of .*telegram/],
    ["./nowhere/nope.ts", /no module at .*nope\.ts/],
    [pathOf("./channel-kit.ts"), /no export named `kit`/],
  ])("%s is rejected with an explanation", async (name, message) => {
    await expect(chooseKits(name)).rejects.toThrow(message);
  });
});
