import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { createJournal } from "./journal.ts";
import { sinkPage } from "./sink-page.ts";
import { createStandIn, type StandIn } from "./stand-in.ts";

export interface SunkMessage {
  seq: number;
  time: string;
  name: string;
  webhookId: string;
  /** Judged by the `standardwebhooks` package, not by our own verifier. */
  signatureOk: boolean;
  /** The same id was taken before. */
  duplicate: boolean;
  body: string;
}

export interface WebhookSink extends StandIn {
  taken: SunkMessage[];
}

/** A receiver of signed webhooks, with a page that shows what came. */
export function createWebhookSink({ dataDir, secrets }: { dataDir: string | null; secrets: readonly string[] }): WebhookSink {
  const standIn = createStandIn();
  const { app } = standIn;
  const journal = createJournal<SunkMessage>(dataDir === null ? null : join(dataDir, "sink.jsonl"));
  const taken = journal.entries;
  const ids = new Set(taken.map(({ webhookId }) => webhookId));
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  app.post<{ Params: { name: string } }>("/hooks/:name", async (request, reply) => {
    const webhookId = String(request.headers["webhook-id"] ?? "");
    const body = String(request.body ?? "");
    const signatureOk = isSigned(secrets, body, request.headers as Record<string, string>);
    const duplicate = ids.has(webhookId);
    ids.add(webhookId);
    const time = new Date().toISOString();
    journal.append({ seq: taken.length + 1, time, name: request.params.name, webhookId, signatureOk, duplicate, body });
    return await reply.code(204).send();
  });
  app.get<{ Querystring: { since?: string } }>("/__control/messages", (request) => ({
    messages: taken.filter(({ seq }) => seq > Number(request.query.since ?? 0)),
  }));
  app.get("/", async (_request, reply) => await reply.type("text/html; charset=utf-8").send(sinkPage(taken.slice(-100).toReversed())));
  return { ...standIn, taken };
}

function isSigned(secrets: readonly string[], body: string, headers: Record<string, string>): boolean {
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  });
}
