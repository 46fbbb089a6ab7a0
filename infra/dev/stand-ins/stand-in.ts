import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { createFaultScript, type Fault, FAULT_SCRIPT } from "./fault-script.ts";

/** Requests a stand-in remembers; older ones are forgotten, so that a long demo does not fill the memory. */
const LOG_SIZE = 20_000;
const HTML = "<!doctype html><title>Gateway</title><p>It works.</p>";

export interface LoggedRequest {
  seq: number;
  time: string;
  method: string;
  path: string;
  body: unknown;
  /** What the caller was told: a status, "cut" or "dropped". */
  told: number | "cut" | "dropped";
}

declare module "fastify" {
  interface FastifyRequest {
    fault?: Fault;
    told?: LoggedRequest["told"];
  }
}

/**
 * The frame of every stand-in: a server on loopback, a log of what was asked and answered, and faults by script
 * (`POST /__control/faults`, `GET /__control/log?since=`). The vendor's routes are added to `app`.
 */
export function createStandIn() {
  const faults = createFaultScript();
  const log: LoggedRequest[] = [];
  let seq = 0;
  const app = Fastify({ bodyLimit: 16 * 1024 * 1024, forceCloseConnections: true });
  acceptBodies(app);
  addControl(app, faults, () => log);

  app.addHook("preHandler", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/__control")) return;
    const fault = faults.take({ path, method: request.method, model: modelOf(request.body) });
    if (fault === null) return;
    request.fault = fault;
    await answerWithFault(fault, request, reply);
  });
  app.addHook("onSend", async (request) => {
    if (request.fault?.accept_then_drop === true) drop(request, "dropped");
  });
  app.addHook("onResponse", async (request, reply) => remember(request, reply.statusCode));
  app.addHook("onRequestAbort", async (request) => remember(request, "cut"));

  function remember(request: FastifyRequest, status: LoggedRequest["told"]): void {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/__control")) return;
    const told = request.told ?? status;
    log.push({ seq: ++seq, time: new Date().toISOString(), method: request.method, path, body: request.body, told });
    if (log.length > LOG_SIZE) log.shift();
  }

  return {
    app,
    faults,
    log,
    /** Listens on loopback and returns the base URL; port 0 takes any free one. */
    listen: (port: number) => app.listen({ host: "127.0.0.1", port }),
    close: () => app.close(),
  };
}

export type StandIn = ReturnType<typeof createStandIn>;

async function answerWithFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (fault.delay_ms !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay_ms));
  if (fault.cut === true) {
    drop(request, "cut");
    reply.hijack();
  } else if (fault.garbage === true) {
    await reply.code(200).type("text/html").send(HTML);
  } else if (fault.status !== undefined) {
    await reply
      .code(fault.status)
      .headers({ "content-type": "application/json", ...fault.headers })
      .send(fault.body ?? JSON.stringify({ error: { message: "scripted fault", type: "server_error", code: null, param: null } }));
  }
}

function drop(request: FastifyRequest, told: "cut" | "dropped"): void {
  request.told = told;
  request.raw.socket.destroy();
}

function acceptBodies(app: FastifyInstance): void {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
}

function addControl(app: FastifyInstance, faults: StandIn["faults"], log: () => LoggedRequest[]): void {
  app.get("/__control/faults", () => ({ script: faults.list() }));
  app.delete("/__control/faults", async () => {
    faults.clear();
    return { ok: true };
  });
  app.post("/__control/faults", async (request, reply) => {
    const parsed = FAULT_SCRIPT.safeParse(request.body);
    if (!parsed.success) return await reply.code(400).send({ error: "not a fault script", issues: parsed.error.issues });
    faults.replace(parsed.data.script);
    return { ok: true, items: parsed.data.script.length };
  });
  app.get<{ Querystring: { since?: string } }>("/__control/log", (request) => {
    const since = Number(request.query.since ?? 0);
    return { requests: log().filter((entry) => entry.seq > since) };
  });
}

function modelOf(body: unknown): string | null {
  return typeof body === "object" && body !== null && "model" in body && typeof body.model === "string" ? body.model : null;
}
