import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Config, loadConfig } from "../../../../infra/runtime/config/config.ts";

export const KEY = Buffer.alloc(32, 7).toString("base64");
export const SECRET_VALUES = {
  password: "db-password-value",
  openai: "sk-openai-secret-value",
  pinecone: "pc-pinecone-secret-value",
  token: "twilio-token-value",
};

export type FakeResponse = (request: IncomingMessage) => {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
};

/** A server for the length of the test; answers with JSON. Returns its URL. */
export async function serve(answer: FakeResponse): Promise<string> {
  const server = createHttpServer((request, response) => {
    const { status = 200, headers = {}, body } = answer(request);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await close(server);
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await close(server);
  return port;
}

/** Takes connections and never says a word. */
export async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => sockets.add(socket.on("error", () => undefined)));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await close(server);
  });
  return await listen(server);
}

/** A configuration of which every server is at one port, unless `env` says otherwise. */
export function configAt(port: number, env: Record<string, string> = {}): Config {
  const local = Object.values(env).filter((value) => value.startsWith("http://127.0.0.1:"));
  return loadConfig({
    EGRESS_ALLOW_HTTP: "true",
    EGRESS_ALLOW_HOSTS: ["127.0.0.1:1", ...local.map((url) => new URL(url).host)].join(","),
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    DATABASE_URL: `postgres://parley:${SECRET_VALUES.password}@127.0.0.1:${port}/parley`,
    OPENAI_API_KEY: SECRET_VALUES.openai,
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    PINECONE_API_KEY: SECRET_VALUES.pinecone,
    PINECONE_CONTROLLER_HOST: `http://127.0.0.1:${port}`,
    PARLEY_ENCRYPTION_KEYS: `k1:${KEY}`,
    PARLEY_HASH_KEY: KEY,
    ...env,
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
