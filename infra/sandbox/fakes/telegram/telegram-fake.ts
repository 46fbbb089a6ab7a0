import { z } from "zod";
import type { FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { openSentMessages, createSentMessageRoutes, type SentMessages } from "../server/sent-messages.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { chatOf, refuseChat } from "./chat.ts";
import { sendMessage } from "./send-message.ts";
import { telegramError, telegramResult, telegramStatusError } from "./telegram-response.ts";
import { createWebhookRoutes } from "./webhook-settings.ts";

export interface TelegramFakeOptions extends FakeOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any token is accepted. */
  botToken?: string | undefined;
}

/** Telegram's Bot API for sending texts. Chats may be marked as "unknown" or "blocked". */
export function createTelegramFake({ dataDir, botToken, random }: TelegramFakeOptions = {}): Fake {
  const store = openSentMessages(dataDir, "telegram-messages.jsonl");
  // The ids rise over all chats together, which to a caller looks like a busy bot.
  let lastId = store.since(0).length;
  const nextId = () => (lastId += 1);
  return createFake(
    {
      routes: {
        "POST /bot{token}/sendMessage": (request) => sendMessage({ store, nextId }, request),
        "POST /bot{token}/sendChatAction": (request) => sendChatAction(store, request),
        "GET /bot{token}/getMe": getMe,
        "POST /bot{token}/getMe": getMe,
        ...createWebhookRoutes(),
      },
      controlRoutes: createSentMessageRoutes(store, ["unknown", "blocked"]),
      refuse: (request) => refuseStranger(request, botToken),
      notFound: () => telegramError(404, "Not Found"),
      vendorError: telegramStatusError,
      close: () => store.close(),
    },
    { random },
  );
}

const CHAT_ACTION = z.looseObject({ chat_id: z.unknown().optional(), action: z.string() });

function sendChatAction(store: SentMessages, { body }: RoutedRequest): FakeResponse {
  const parsed = CHAT_ACTION.safeParse(body);
  if (!parsed.success) return telegramError(400, "Bad Request: wrong parameter action in request");
  return refuseChat(store, chatOf(parsed.data.chat_id)) ?? telegramResult(true);
}

/** A token begins with the id of its bot. */
function getMe({ params }: RoutedRequest): FakeResponse {
  const id = Number.parseInt(params.token ?? "", 10) || 1;
  return telegramResult({ id, is_bot: true, first_name: "Parley", username: "parley_fake_bot" });
}

function refuseStranger({ path }: ReceivedRequest, botToken: string | undefined): FakeResponse | null {
  const [, given] = /^\/bot([^/]+)\/\w+$/.exec(path) ?? [];
  if (given === undefined) return telegramError(404, "Not Found");
  return given === (botToken ?? given) ? null : telegramError(401, "Unauthorized");
}
