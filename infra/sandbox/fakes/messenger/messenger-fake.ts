import { randomBytes } from "node:crypto";
import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { openSentMessages, createSentMessageRoutes, type SentMessages } from "../server/sent-messages.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { graphError, graphStatusError, refuseStranger, unsupportedRequest } from "../meta/graph-error.ts";
import { SEND_FORM } from "./send-form.ts";
import { MARKS, sendRefusal } from "./send-refusal.ts";

export interface MessengerFakeOptions extends FakeOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any token is accepted. */
  accessToken?: string | undefined;
}

/** The page of every token: that of the sandbox. */
const PAGE_ID = "100000000000101";

/** Instagram's own host as the start of the path: its base URL is the fake's with this at the end. */
const INSTAGRAM_PREFIX = "/graph.instagram.com";

/**
 * The Send API of Messenger and, with the prefix, of Instagram. Faults and the log see the path without the prefix:
 * `/v25.0/{id}/messages` for both.
 */
export function createMessengerFake({ dataDir, accessToken, random }: MessengerFakeOptions = {}): Fake {
  const store = openSentMessages(dataDir, "messenger-messages.jsonl");
  return createFake(
    {
      routes: {
        "POST /{version}/{account}/messages": (request) => sendMessage(store, request),
        "GET /{version}/{account}": showAccount,
      },
      controlRoutes: createSentMessageRoutes(store, MARKS),
      localise,
      refuse: (request) => refuseStranger(request, accessToken),
      notFound: unsupportedRequest,
      vendorError: (status) => graphStatusError(status, 613),
      close: () => store.close(),
    },
    { random },
  );
}

/** Checks a send as Meta does, stores the message and responds with 200. A sender action is checked and not stored. */
function sendMessage(store: SentMessages, { host, body, params }: RoutedRequest): FakeResponse {
  const product = host === "graph.instagram.com" ? "instagram" : "messenger";
  const form = SEND_FORM.parse(body);
  const refusal = sendRefusal(form, product, store);
  if (refusal !== null) return graphError(refusal);
  const { message, recipient, messaging_type: type, tag } = form;
  if (message === undefined) return jsonResponse({ recipient_id: recipient.id });
  const details = { product, account: params.account, messagingType: type, ...(tag === "" ? {} : { tag }) };
  const id = `m_${randomBytes(32).toString("base64url")}`;
  store.accept({ id, to: recipient.id, text: message.text, details });
  return jsonResponse({ recipient_id: recipient.id, message_id: id });
}

/** A page, or an Instagram account. */
function showAccount({ host, params }: RoutedRequest): FakeResponse {
  const id = params.account === "me" ? PAGE_ID : params.account;
  return jsonResponse(
    host === "graph.instagram.com" ? { id, user_id: id, username: "parley_fake" } : { id, name: "Parley" },
  );
}

function localise(request: ReceivedRequest): ReceivedRequest {
  const isInstagram = request.path.startsWith(`${INSTAGRAM_PREFIX}/`);
  if (!isInstagram) return { ...request, host: "graph.facebook.com" };
  return { ...request, path: request.path.slice(INSTAGRAM_PREFIX.length), host: "graph.instagram.com" };
}
