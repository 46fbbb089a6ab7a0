import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RouteTable } from "../server/route-table.ts";
import { listMessagesSince, withRecipient } from "../server/sent-messages.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { createMessage } from "./create-message.ts";
import { listMessages, type ListTimes, statusOf } from "./list-messages.ts";
import { formatMessage } from "./message-resource.ts";
import { openMessageStore, type MessageStore } from "./message-store.ts";
import { twilioError, twilioStatusError } from "./twilio-error.ts";

export interface TwilioFakeOptions extends FakeOptions, Partial<ListTimes> {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any password is accepted. */
  authToken?: string | undefined;
}

/** Later than the first question after a lost response, so that one empty list is seen to prove nothing. */
const LISTED_AFTER_MS = 3_000;
const QUEUED_FOR_MS = 10_000;
const ACCOUNT = "/2010-04-01/Accounts/{sid}";

/** Twilio's Messages API for sending and finding texts, by SMS and by WhatsApp. */
export function createTwilioFake({
  dataDir,
  authToken,
  random,
  listedAfterMs = LISTED_AFTER_MS,
  queuedForMs = QUEUED_FOR_MS,
}: TwilioFakeOptions = {}): Fake {
  const store = openMessageStore(dataDir);
  const times = { listedAfterMs, queuedForMs };
  return createFake(
    {
      routes: {
        [`POST ${ACCOUNT}/Messages.json`]: (request) => createMessage(store, request),
        [`GET ${ACCOUNT}/Messages.json`]: (request) => listMessages(store, times, request),
        [`GET ${ACCOUNT}.json`]: ({ params }) => jsonResponse({ sid: params.sid, status: "active" }),
        // Every number belongs to the account.
        [`GET ${ACCOUNT}/IncomingPhoneNumbers.json`]: () =>
          jsonResponse({ incoming_phone_numbers: [{ capabilities: { sms: true } }] }),
        [`GET ${ACCOUNT}/Messages/{message}.json`]: ({ path, params }) => {
          const message = store.find(params.message ?? "");
          if (message === undefined || message.accountSid !== params.sid) return notFound(path);
          return jsonResponse(formatMessage(message, statusOf(message, times)));
        },
      },
      controlRoutes: createTwilioControlRoutes(store),
      refuse: (request) => refuseStranger(request, authToken),
      notFound: ({ path }) => notFound(path),
      vendorError: twilioStatusError,
      close: () => store.close(),
    },
    { random },
  );
}

function createTwilioControlRoutes(store: MessageStore): RouteTable {
  return {
    "POST /__control/opted-out": withRecipient(store.optOut),
    "DELETE /__control/opted-out": withRecipient(store.optIn),
    // WhatsApp only: the contact's last message is older than 24 hours.
    "POST /__control/window-closed": withRecipient(store.closeWindow),
    "DELETE /__control/window-closed": withRecipient(store.openWindow),
    // A trial account puts a sentence before every text.
    "POST /__control/trial": () => setTrial(store, true),
    "DELETE /__control/trial": () => setTrial(store, false),
    "GET /__control/messages": listMessagesSince(store),
  };
}

function setTrial(store: MessageStore, isTrial: boolean): FakeResponse {
  store.setTrial(isTrial);
  return jsonResponse({ isTrial });
}

/** Basic authentication with the account in the path, or with an API key. */
function refuseStranger(
  { path, headers }: ReceivedRequest,
  authToken: string | undefined,
): FakeResponse | null {
  const account = path.split("/")[3]?.replace(/\.json$/, "");
  const [, credentials = ""] = /^Basic (\S+)$/.exec(headers.authorization ?? "") ?? [];
  const [user = "", password = ""] = Buffer.from(credentials, "base64").toString().split(/:(.*)/s);
  const isKnown = user !== "" && (user === account || user.startsWith("SK"));
  if (isKnown && password !== "" && password === (authToken ?? password)) return null;
  return twilioError({ status: 401, code: 20003, message: "Authenticate" });
}

function notFound(path: string): FakeResponse {
  return twilioError({
    status: 404,
    code: 20404,
    message: `The requested resource ${path} was not found`,
  });
}
