import { z } from "zod";
import { SLACK_SANDBOX_BOT_USER, SLACK_SANDBOX_TEAM } from "../../../channels/slack.ts";
import type { FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { openSentMessages, createSentMessageRoutes } from "../server/sent-messages.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { postMessage } from "./post-message.ts";
import { BOT_ID, tsOf } from "./format-post.ts";
import { readHistory, readReplies } from "./read-messages.ts";
import { slackError, slackOk, slackStatusError } from "./slack-response.ts";
import { directChannel, MARKS } from "./slack-channel.ts";

export interface SlackFakeOptions extends FakeOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any token is accepted. */
  botToken?: string | undefined;
}

/** The end of Slack's own base URL. Faults and the log see the path without it. */
const PREFIX = "/api/";

/** Slack's Web API for posting texts and reading them back. Channels may have the marks of `MARKS`. */
export function createSlackFake({ dataDir, botToken, random }: SlackFakeOptions = {}): Fake {
  const store = openSentMessages(dataDir, "slack-messages.jsonl");
  const nextTs = createTsClock(store.since(0).map(tsOf).at(-1));
  return createFake(
    {
      routes: {
        "POST /chat.postMessage": (request) => postMessage({ store, nextTs }, request),
        "GET /conversations.history": (request) => readHistory(store, request),
        "GET /conversations.replies": (request) => readReplies(store, request),
        "POST /conversations.open": openConversation,
        "GET /auth.test": authTest,
        "POST /auth.test": authTest,
      },
      controlRoutes: createSentMessageRoutes(store, MARKS),
      localise: (request) =>
        request.path.startsWith(PREFIX)
          ? { ...request, path: request.path.slice(PREFIX.length - 1) }
          : request,
      refuse: (request) => refuseStranger(request, botToken),
      notFound: ({ path }) => slackError("unknown_method", { req_method: path.slice(1) }),
      vendorError: slackStatusError,
      close: () => store.close(),
    },
    { random },
  );
}

/** Timestamps are also ids, so they rise over restarts and within one microsecond. */
function createTsClock(last = "0.000000") {
  let microseconds = Math.round(Number(last) * 1_000_000);
  return () => {
    microseconds = Math.max(Date.now() * 1_000, microseconds + 1);
    const digits = String(microseconds);
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  };
}

const OPEN = z.looseObject({ users: z.string() });

/** The direct messages of one contact. Group conversations are not supported. */
function openConversation({ body }: RoutedRequest): FakeResponse {
  const channel = directChannel(OPEN.safeParse(body).data?.users ?? "");
  return channel === "" ? slackError("user_not_found") : slackOk({ channel: { id: channel } });
}

function authTest(): FakeResponse {
  const bot = { user: "parley", user_id: SLACK_SANDBOX_BOT_USER, bot_id: BOT_ID };
  return slackOk({ url: "https://parley.slack.com/", team: "Parley", team_id: SLACK_SANDBOX_TEAM, ...bot });
}

function refuseStranger({ headers }: ReceivedRequest, botToken: string | undefined): FakeResponse | null {
  const [, token = ""] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (token === "") return slackError("not_authed");
  return token === (botToken ?? token) ? null : slackError("invalid_auth");
}
