import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { FastifyReply } from "fastify";
import { createJournal } from "./journal.ts";
import { createStandIn, type StandIn } from "./stand-in.ts";

export interface SentMessage {
  seq: number;
  time: string;
  sid: string;
  to: string;
  from: string;
  body: string;
}

export interface TwilioStandIn extends StandIn {
  sent: SentMessage[];
}

interface SendForm {
  To?: string;
  From?: string;
  MessagingServiceSid?: string;
  Body?: string;
}

type Account = { Params: { account: string } };

/** Twilio's Messages API: send, list, fetch; numbers put on `/__control/opted-out` answer 21610 as a carrier's block does. */
export function createTwilioStandIn({ dataDir, authToken }: { dataDir: string | null; authToken: string | null }): TwilioStandIn {
  const standIn = createStandIn();
  const { app } = standIn;
  const journal = createJournal<SentMessage>(dataDir === null ? null : join(dataDir, "twilio.jsonl"));
  const sent = journal.entries;
  const optedOut = new Set<string>();

  app.addHook("preValidation", async (request, reply) => {
    if (request.url.startsWith("/__control") || authToken === null) return;
    const [, credentials = ""] = (request.headers.authorization ?? "").split(" ");
    if (Buffer.from(credentials, "base64").toString().split(":")[1] === authToken) return;
    await refuse(reply, 401, { code: 20003, message: "Authenticate" });
  });

  app.post<Account & { Body: SendForm }>("/2010-04-01/Accounts/:account/Messages.json", async (request, reply) => {
    const form = request.body ?? {};
    const problem = sendProblem(form, optedOut);
    if (problem !== null) return await refuse(reply, 400, problem);
    const message: SentMessage = {
      seq: sent.length + 1,
      time: new Date().toISOString(),
      sid: `SM${randomBytes(16).toString("hex")}`,
      to: form.To ?? "",
      from: form.From ?? form.MessagingServiceSid ?? "",
      body: form.Body ?? "",
    };
    journal.append(message);
    return await reply.code(201).send(messageBody(message, request.params.account));
  });

  app.get<Account & { Querystring: Record<string, string> }>("/2010-04-01/Accounts/:account/Messages.json", (request) => {
    const { To, From, PageSize = "50" } = request.query;
    const since = request.query["DateSent>"] ?? "";
    const found = sent.filter((message) => (To ?? message.to) === message.to && (From ?? message.from) === message.from && message.time >= since);
    const page = found.toReversed().slice(0, Number(PageSize));
    return { messages: page.map((message) => messageBody(message, request.params.account)), page: 0, page_size: Number(PageSize), next_page_uri: null };
  });

  app.get<{ Params: { account: string } }>("/2010-04-01/Accounts/:account.json", (request) => ({ sid: request.params.account, status: "active" }));
  app.get<{ Querystring: { since?: string } }>("/__control/messages", (request) => ({
    messages: sent.filter(({ seq }) => seq > Number(request.query.since ?? 0)),
  }));
  app.post<{ Body: { to: string } }>("/__control/opted-out", (request) => {
    optedOut.add(request.body.to);
    return { ok: true };
  });
  return { ...standIn, sent };
}

function sendProblem(form: SendForm, optedOut: ReadonlySet<string>): { code: number; message: string } | null {
  if (!form.To) return { code: 21604, message: "A 'To' phone number is required." };
  if (!/^\+[1-9]\d{1,14}$/.test(form.To)) return { code: 21211, message: "Invalid 'To' Phone Number" };
  if (!form.From && !form.MessagingServiceSid) return { code: 21603, message: "A 'From' phone number is required." };
  if (!form.Body) return { code: 21602, message: "Message body is required." };
  if (form.Body.length > 1_600) return { code: 21617, message: "The message body exceeds the 1600 character limit." };
  return optedOut.has(form.To) ? { code: 21610, message: "Attempt to send to unsubscribed recipient" } : null;
}

function messageBody({ sid, to, from, body, time }: SentMessage, accountSid: string) {
  const date = new Date(time).toUTCString();
  return {
    ...{ sid, account_sid: accountSid, to, from, body, status: "queued", direction: "outbound-api" },
    ...{ num_segments: "1", num_media: "0", error_code: null, error_message: null, date_created: date, date_sent: date },
  };
}

async function refuse(reply: FastifyReply, status: number, { code, message }: { code: number; message: string }) {
  return await reply.code(status).send({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}
