import { randomBytes } from "node:crypto";
import { graphError, graphStatusError, refuseStranger, unsupportedRequest } from "../meta/graph-error.ts";
import { jsonAnswer, type Answer } from "../server/answer.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { openSentMessages, sentMessageControls, type SentMessages } from "../server/sent-messages.ts";
import { createStandIn, type StandIn, type StandInOptions } from "../server/stand-in.ts";
import { addresseeOf, readSendForm, type SendForm } from "./send-form.ts";
import { MARKS, sendRefusal } from "./send-refusal.ts";
import { templateText, type KnownTemplates } from "./template-refusal.ts";

export interface WhatsappStandInOptions extends StandInOptions {
  /** Absent: messages are forgotten with the process. */
  dataDir?: string | undefined;
  /** Absent: any token is taken. */
  accessToken?: string | undefined;
  /** Absent: any template is taken, with one parameter in its body. */
  templates?: KnownTemplates | undefined;
}

/** WhatsApp's Cloud API as far as texts, templates, read marks and typing go. */
export function createWhatsappStandIn(options: WhatsappStandInOptions = {}): StandIn {
  const { dataDir, accessToken, templates, random } = options;
  const store = openSentMessages(dataDir, "whatsapp-messages.jsonl");
  return createStandIn(
    {
      routes: {
        "POST /{version}/{number}/messages": (request) => takePost(request, { store, templates }),
        "GET /{version}/{number}": showNumber,
      },
      controlRoutes: sentMessageControls(store, MARKS),
      refuse: (request) => refuseStranger(request, accessToken),
      notFound: unsupportedRequest,
      vendorError: (status) => graphStatusError(status, 130429),
      close: () => store.close(),
    },
    { random },
  );
}

function showNumber({ params }: RoutedRequest): Answer {
  const number = { display_phone_number: "+1 555-010-0103", quality_rating: "GREEN" };
  return jsonAnswer({ id: params.number, ...number });
}

interface Desk {
  store: SentMessages;
  templates: KnownTemplates | undefined;
}

/** One address takes messages and read marks; a read mark is the one with a status. */
function takePost({ body, params }: RoutedRequest, { store, templates }: Desk): Answer {
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
  return jsonAnswer({ messaging_product: "whatsapp", contacts: [contact], messages: [{ id }] });
}

function markAsRead({
  messaging_product: product,
  status,
  message_id: id,
  typing_indicator: typing,
}: SendForm): Answer {
  const isAsked = product === "whatsapp" && status === "read" && id !== "";
  if (isAsked && (typing === undefined || typing.type === "text")) return jsonAnswer({ success: true });
  const message = "(#100) Invalid parameter";
  return graphError({
    status: 400,
    code: 100,
    message,
    details: "A read mark is status, message_id and typing_indicator.",
  });
}
