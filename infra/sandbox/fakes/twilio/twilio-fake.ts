import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RouteTable } from "../server/route-table.ts";
import { listMessagesSince, withRecipient } from "../server/sent-messages.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { createMessage } from "./create-message.ts";
import { listMessages } from "./list-messages.ts";
import { formatMessage } from "./message-resource.ts";
import { openMessageStore, type MessageStore } from "./message-store.ts";
import { twilioError, twilioStatusError } from "./twilio-error.ts";

export interface TwilioFakeOptions extends FakeOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any password is accepted. */
  authToken?: string | undefined;
}

const ACCOUNT = "/2010-04-01/Accounts/{sid}";

/** Twilio's Messages API for sending and finding texts, by SMS and by WhatsApp. */
export function createTwilioFake({ dataDir, authToken, random }: TwilioFakeOptions = {}): Fake {
  const store = openMessageStore(dataDir);
  return createFake(
    {
      routes: {
        [`POST ${ACCOUNT}/Messages.json`]: (request) => createMessage(store, request),
        [`GET ${ACCOUNT}/Messages.json`]: (request) => listMessages(store, request),
        [`GET ${ACCOUNT}.json`]: ({ params }) => jsonResponse({ sid: params.sid, status: "active" }),
        [`GET ${ACCOUNT}/Messages/{message}.json`]: ({ path, params }) => {
          const message = store.find(params.message ?? "");
          if (message === undefined || message.accountSid !== params.sid) return notFound(path);
          return jsonResponse(formatMessage(message, "delivered"));
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
    "GET /__control/messages": listMessagesSince(store),
  };
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
