import { type Duplex, finished } from "node:stream";
import type { IncomingMessage, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { formatProblem, Problem, type ProblemCode } from "./problem.ts";

/** Codes of Node's parser. Every other one is a request that is no HTTP. */
const PARSER_CODES: Readonly<Record<string, [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ["headers_too_large", "The headers are over the size limit of this server."],
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "The request did not arrive in time. Nothing was stored."],
};

/** Time in which a caller gets the response before its connection ends. */
const LINGER_MS = 1_000;

/** Responds to a request that Node cannot parse, so that no route and no hook gets it. */
export function rejectUnparsed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Node reports each further piece of the same request.
  if (socket.writableEnded && !socket.destroyed && error.code !== "ECONNRESET") return;
  // The caller has closed the connection.
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [code, detail] = PARSER_CODES[error.code ?? ""] ?? [
    "bad_request",
    "The request is not valid HTTP/1.1.",
  ];
  endSocket(socket, new Problem(code, detail));
}

/** What Node's server would otherwise end by itself, without a reason for the caller. */
export function registerOddRequests(app: FastifyInstance): void {
  // Node removes its own listener from a socket that it hands over, and an error without a listener ends the process.
  app.server.on("connection", (socket: Duplex) => socket.on("error", () => socket.destroy()));
  app.server.on("connect", (_request: IncomingMessage, socket: Duplex) =>
    endSocket(socket, new Problem("method_not_allowed", "This server is no proxy."), "allow: GET, POST\r\n"),
  );
  // RFC 9110 permits a server to ignore an expectation that it does not know.
  app.server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) =>
    app.routing(request, response),
  );
  app.addHook("onRequest", async ({ raw }) => {
    if (raw.headers.host === undefined && raw.httpVersion === "1.1")
      throw new Problem("bad_request", "The request has no Host header.");
  });
}

/** Node no longer limits the time of a socket that it has handed over, so this ends both halves of the connection. */
function endSocket(socket: Duplex, problem: Problem, headers = ""): void {
  const id = randomUUID();
  const { instance: _none, ...body } = formatProblem(problem, { id, url: "" });
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\nx-request-id: ${id}\r\n`;
  socket.end(
    `${head}${headers}connection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  // To destroy it at once would reset a connection with unread bytes, and the caller would lose the response.
  const late = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(late));
  socket.once("end", () => finished(socket, { readable: false }, () => socket.destroy()));
  socket.resume();
}
