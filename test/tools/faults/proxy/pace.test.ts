import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { openHttpReader } from "./protocols/http-protocol.ts";
import { openProxy } from "./open-proxy.ts";
import type { Toxic } from "./toxic.ts";

/** A server that says everything back, and a client of it through the proxy. */
async function openEcho(toxics: readonly Toxic[]) {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const proxy = await openProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, openHttpReader);
  await proxy.inject(toxics);
  return { proxy, ...listenTo(connect(proxy.port, "127.0.0.1")) };
}

function listenTo(socket: Socket) {
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  const errors: string[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
  const readReceived = () => Buffer.concat(chunks).toString();
  const awaitClosed = async () => await eventually("the end", async () => socket.closed);
  return { socket, chunks, errors, readReceived, awaitClosed };
}

it("latency holds each piece back, in order, and heal ends it", async () => {
  const { proxy, socket, readReceived } = await openEcho([
    { kind: "latency", probability: 1, direction: "down", delayMs: 150, jitterMs: 20 },
  ]);
  const begun = performance.now();
  socket.write("first ");
  await eventually("the answer", async () => readReceived() === "first ");
  // A floor and no timing: less would mean that it did not wait.
  expect(performance.now() - begun).toBeGreaterThan(140);
  const { latency = 0 } = proxy.counts();
  expect(latency).toBeGreaterThan(0);
  await proxy.heal();
  socket.write("second");
  await eventually("the answer", async () => readReceived() === "first second");
  expect(proxy.counts()["latency"]).toBe(latency);
});

it("the slicer cuts what passes into pieces and loses none", async () => {
  const { socket, chunks, readReceived } = await openEcho([
    { kind: "slicer", probability: 1, direction: "down", pieceBytes: 10, delayMs: 5 },
  ]);
  socket.write("0123456789".repeat(6) + "abc");
  await eventually("all of it", async () => readReceived() === "0123456789".repeat(6) + "abc");
  expect(chunks.length).toBeGreaterThan(3);
});

it("limit_data ends the connection after so many bytes", async () => {
  const { socket, readReceived, awaitClosed } = await openEcho([
    { kind: "limit_data", probability: 1, direction: "down", bytes: 7 },
  ]);
  socket.write("0123");
  await eventually("the first bytes", async () => readReceived() === "0123");
  socket.write("456789");
  await awaitClosed();
  expect(readReceived()).toBe("0123456");
});

it("timeout lets nothing through, and then ends the connection", async () => {
  const { socket, readReceived, awaitClosed } = await openEcho([
    { kind: "timeout", probability: 1, afterMs: 100 },
  ]);
  socket.write("anything");
  await awaitClosed();
  expect(readReceived()).toBe("");
});

it("reset_peer resets the client and does not just close", async () => {
  const { socket, errors, awaitClosed } = await openEcho([
    { kind: "reset_peer", probability: 1, afterMs: 0 },
  ]);
  socket.write("anything");
  await awaitClosed();
  expect(errors).toEqual(["ECONNRESET"]);
});

it("down cuts off whoever is connected and refuses everybody else, until it is healed", async () => {
  const { proxy, socket, readReceived, awaitClosed } = await openEcho([]);
  socket.write("hello");
  await eventually("the answer", async () => readReceived() === "hello");
  await proxy.inject([{ kind: "down", probability: 1 }]);
  await awaitClosed();
  const refused = listenTo(connect(proxy.port, "127.0.0.1"));
  await refused.awaitClosed();
  expect(refused.errors).toEqual(["ECONNREFUSED"]);
  await proxy.heal();
  const again = listenTo(connect(proxy.port, "127.0.0.1"));
  again.socket.write("again");
  await eventually("the answer", async () => again.readReceived() === "again");
  expect(proxy.counts()).toEqual({ down: 1 });
});

it("a toxic that was thrown for one connection does not hit another", async () => {
  const { proxy } = await openEcho([{ kind: "timeout", probability: 0.5, afterMs: 10 }]);
  const ends = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const { socket, readReceived } = listenTo(connect(proxy.port, "127.0.0.1"));
      socket.write("x");
      await eventually("an end", async () => readReceived() === "x" || socket.closed);
      return readReceived();
    }),
  );
  expect(new Set(ends)).toEqual(new Set(["x", ""]));
});
