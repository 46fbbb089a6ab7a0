import { randomBytes } from "node:crypto";
import { graphError, graphStatusError, refuseStranger, unsupportedRequest } from "../meta/graph-error.ts";
import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { openSentMessages, createSentMessageRoutes, type SentMessages } from "../server/sent-messages.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { addresseeOf, readSendForm, type SendForm } from "./send-form.ts";
import { MARKS, sendRefusal } from "./send-refusal.ts";
import { templateText, type KnownTemplates } from "./template-refusal.ts";

export interface WhatsappFakeOptions extends FakeOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any token is accepted. */
  accessToken?: string | undefined;
  /** Absent: any template is accepted, with one parameter in its body. */
  templates?: KnownTemplates | undefined;
}

/** WhatsApp's Cloud API for texts, templates, read marks and typing signs. */
export function createWhatsappFake(options: WhatsappFakeOptions = {}): Fake {
  const { dataDir, accessToken, templates, random } = options;
  const store = openSentMessages(dataDir, "whatsapp-messages.jsonl");
  return createFake(
    {
      routes: {
        "POST /{version}/{number}/messages": (request) => handlePost(request, { store, templates }),
        "GET /{version}/{number}": showNumber,
      },
      controlRoutes: createSentMessageRoutes(store, MARKS),
      refuse: (request) => refuseStranger(request, accessToken),
      notFound: unsupportedRequest,
      vendorError: (status) => graphStatusError(status, 130429),
      close: () => store.close(),
    },
    { random },
  );
}

function showNumber({ params }: RoutedRequest): FakeResponse {
  const number = { display_phone_number: "+1 555-010-0103", quality_rating: "GREEN" };
  return jsonResponse({ id: params.number, ...number });
}

interface PostContext {
  store: SentMessages;
  templates: KnownTemplates | undefined;
}

/** One path takes messages and read marks. Only read marks have a status. */
function handlePost({ body, params }: RoutedRequest, { store, templates }: PostContext): FakeResponse {
  const form = readSendForm(body);
  if (form.status !== "") return markAsRead(form);
  const refusal = sendRefusal(form, store, templates);
  if (refusal !== null) return graphError(refusal);
  const { type, text, template, biz_opaque_callback_data: callbackData } = form;
  const to = addresseeOf(form);
  const id = `wamid.${randomBytes(27).toString("base64")}`;
  const shown = template === undefined ? (text?.body ?? "") : templateText(template);
  const named = template === undefined ? {} : { template: template.name, language: template.language.code };
  store.accept({ id, to, text: shown, details: { number: params.number, type, callbackData, ...named } });
  const contact = form.to === "" ? { input: to, user_id: to } : { input: to, wa_id: to.replace(/^\+/, "") };
  return jsonResponse({ messaging_product: "whatsapp", contacts: [contact], messages: [{ id }] });
}

function markAsRead({
  messaging_product: product,
  status,
  message_id: id,
  typing_indicator: typing,
}: SendForm): FakeResponse {
  const isAsked = product === "whatsapp" && status === "read" && id !== "";
  if (isAsked && (typing === undefined || typing.type === "text")) return jsonResponse({ success: true });
  const message = "(#100) Invalid parameter";
  return graphError({
    status: 400,
    code: 100,
    message,
    details: "A read mark is status, message_id and typing_indicator.",
  });
}
