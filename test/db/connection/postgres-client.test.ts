import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { connectPostgres } from "../../../db/connection/postgres.ts";

/** A message of PostgreSQL's protocol: its type, its length, its content. */
function createMessage(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}

const AUTHENTICATED = createMessage("R", Buffer.alloc(4));
const READY = createMessage("Z", Buffer.from("I"));
const KILLED = createMessage("E", Buffer.from("SFATAL\0C57P01\0Mterminating connection\0\0"));

it("a server that dies in the packet that completes a connection fails the query, and not the process", async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", note);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(Buffer.concat([AUTHENTICATED, READY, KILLED])));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const db = connectPostgres({
    url: `postgres://parley@127.0.0.1:${port}/parley`,
    maxConnections: 1,
    applicationName: "test",
    onError: () => undefined,
  });
  onTestFinished(async () => {
    process.off("uncaughtException", note);
    for (const listener of others) process.on("uncaughtException", listener);
    await db.$client.end();
    server.close();
  });
  await expect(db.execute("SELECT 1")).rejects.toThrow();
  expect(uncaught).toEqual([]);
});
