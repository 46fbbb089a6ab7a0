import { randomInt, randomUUID } from "node:crypto";
import { z } from "zod";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import { type FakeResponse, jsonResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { createSentMessageRoutes, openSentMessages, type SentMessages } from "../server/sent-messages.ts";

export interface LineFakeOptions extends FakeOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** The clock that retry keys expire by, ms. Default: the clock of this process. */
  now?: () => number;
  /** Absent: any token is accepted. */
  accessToken?: string | undefined;
  /** The user id of the bot that the token belongs to. */
  botUserId?: string | undefined;
}

const RECIPIENT = /^[UCR][0-9a-f]{32}$/;
const CONTACT = /^U[0-9a-f]{32}$/;

const TEXT = z.strictObject({
  type: z.literal("text", "Must be one of the message types that the fake knows: text"),
  text: z.string().min(1, "May not be empty").max(5_000, "Length must be between 0 and 5000"),
  quoteToken: z.string().optional(),
});
const PUSH = z.strictObject({
  to: z.string(),
  messages: z.array(TEXT).min(1, "Size must be between 1 and 5").max(5, "Size must be between 1 and 5"),
  notificationDisabled: z.boolean().optional(),
  customAggregationUnits: z.array(z.string()).max(1).optional(),
});
const LOADING = z.strictObject({
  chatId: z.string().regex(CONTACT, "Must be a user id"),
  loadingSeconds: z.int().min(5).max(60).multipleOf(5, "Must be a multiple of 5").default(20),
});
const RETRY_KEY = z.uuid();
const RETRY_KEY_LIVES_MS = 24 * 3_600_000;
const DETAILS = z.looseObject({ retryKey: z.string(), quoteToken: z.string() });

/**
 * LINE's Messaging API for texts and the typing sign. LINE accepts pushes to a contact marked as "blocked", who never sees them.
 * The monthly quota of a bot marked as "over-limit" is used up.
 */
export function createLineFake(options: LineFakeOptions = {}): Fake {
  const { dataDir, accessToken, botUserId = `U${"0".repeat(32)}`, random, now = Date.now } = options;
  const store = openSentMessages(dataDir, "line-messages.jsonl");
  return createFake(
    {
      routes: {
        "POST /v2/bot/message/push": (request) => acceptPush(request, { store, botUserId, now }),
        "POST /v2/bot/chat/loading/start": ({ body }) => {
          const loading = LOADING.safeParse(body);
          return loading.success ? lineResponse({}, 202) : invalidBody(loading.error);
        },
        "GET /v2/bot/info": () =>
          lineResponse({ userId: botUserId, basicId: "@parley", displayName: "Parley", chatMode: "bot" }),
        // No webhook is set.
        "GET /v2/bot/channel/webhook/endpoint": () => lineError(404, "Not found"),
      },
      controlRoutes: createSentMessageRoutes(store, ["blocked", "over-limit"]),
      refuse: (request) => refuseStranger(request, accessToken),
      notFound: () => lineError(404, "Not found"),
      vendorError: (status) =>
        lineError(
          status,
          status === 429 ? "The API rate limit has been exceeded. Try again later." : "Error",
        ),
      close: () => store.close(),
    },
    { random },
  );
}

function acceptPush(
  { body, headers }: RoutedRequest,
  { store, botUserId, now }: { store: SentMessages; botUserId: string; now: () => number },
): FakeResponse {
  const retryKey = headers["x-line-retry-key"];
  if (retryKey !== undefined && !RETRY_KEY.safeParse(retryKey).success)
    return lineError(400, "Invalid retry key");
  const push = PUSH.safeParse(body);
  if (!push.success) return invalidBody(push.error);
  const { to, messages } = push.data;
  if (!RECIPIENT.test(to))
    return lineError(400, "The property, 'to', in the request body is invalid (line: -, column: -)");
  const accepted = store
    .since(0)
    .filter(({ time }) => now() - Date.parse(time) < RETRY_KEY_LIVES_MS)
    .filter(({ details }) => readDetails(details)?.retryKey === retryKey);
  if (retryKey !== undefined && accepted.length > 0) {
    const sentMessages = accepted.map(({ id, details }) => toSentMessage(id, details));
    return lineResponse({ message: "The retry key is already accepted", sentMessages }, 409);
  }
  if (store.isMarked("over-limit", botUserId)) return lineError(429, "You have reached your monthly limit.");
  const isShown = !store.isMarked("blocked", to);
  const sentMessages = messages.map(({ text }) => {
    // Message ids of LINE are numbers of 18 digits.
    const id = `5${String(randomInt(10 ** 12)).padStart(17, "0")}`;
    const details = { retryKey: String(retryKey), quoteToken: randomUUID() };
    if (isShown) store.accept({ id, to, text, details });
    return toSentMessage(id, details);
  });
  return lineResponse({ sentMessages });
}

function toSentMessage(id: string, details: unknown) {
  return { id, quoteToken: readDetails(details)?.quoteToken };
}

function readDetails(details: unknown) {
  return DETAILS.safeParse(details).data;
}

function refuseStranger(
  { method, headers }: ReceivedRequest,
  accessToken: string | undefined,
): FakeResponse | null {
  const [, token = ""] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (token === "" || token !== (accessToken ?? token))
    return lineError(401, "Authentication failed due to the following reason: invalid token.");
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  return method === "POST" && !isJson ? lineError(415, "Unsupported media type") : null;
}

function invalidBody({ issues }: z.ZodError): FakeResponse {
  const details = issues.map(({ path, message }) => ({ message, property: formatPath(path) }));
  return lineResponse({ message: `The request body has ${issues.length} error(s)`, details }, 400);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .slice(1);
}

function lineError(status: number, message: string): FakeResponse {
  return lineResponse({ message }, status);
}

function lineResponse(body: object, status = 200): FakeResponse {
  const { headers, ...response } = jsonResponse(body, status);
  return { ...response, headers: { ...headers, "x-line-request-id": randomUUID() } };
}
