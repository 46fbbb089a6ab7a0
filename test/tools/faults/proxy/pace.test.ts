import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { openHttpReader } from "./protocols/http-protocol.ts";
import { openProxy } from "./open-proxy.ts";
import type { Toxic } from "./toxic.ts";

/** An echo server and a client that is connected through the proxy. */
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
  const awaitClosed = async () => await eventually("the end of the connection", async () => socket.closed);
  return { socket, chunks, errors, readReceived, awaitClosed };
}

it("latency delays each chunk and keeps the order, and heal ends it", async () => {
  const { proxy, socket, readReceived } = await openEcho([
    { kind: "latency", probability: 1, direction: "down", delayMs: 150, jitterMs: 20 },
  ]);
  const startedAt = performance.now();
  socket.write("first ");
  await eventually("the echo", async () => readReceived() === "first ");
  // A lower bound holds on any machine: less would mean that the chunk was not delayed.
  expect(performance.now() - startedAt).toBeGreaterThan(140);
  const { latency = 0 } = proxy.counts();
  expect(latency).toBeGreaterThan(0);
  await proxy.heal();
  socket.write("second");
  await eventually("the echo", async () => readReceived() === "first second");
  expect(proxy.counts()["latency"]).toBe(latency);
});

it("the slicer cuts chunks into pieces and loses no bytes", async () => {
  const { socket, chunks, readReceived } = await openEcho([
    { kind: "slicer", probability: 1, direction: "down", pieceBytes: 10, delayMs: 5 },
  ]);
  socket.write("0123456789".repeat(6) + "abc");
  await eventually("all bytes", async () => readReceived() === "0123456789".repeat(6) + "abc");
  expect(chunks.length).toBeGreaterThan(3);
});

it("limit_data ends the connection after the given number of bytes", async () => {
  const { socket, readReceived, awaitClosed } = await openEcho([
    { kind: "limit_data", probability: 1, direction: "down", bytes: 7 },
  ]);
  socket.write("0123");
  await eventually("the first bytes", async () => readReceived() === "0123");
  socket.write("456789");
  await awaitClosed();
  expect(readReceived()).toBe("0123456");
});

it("timeout forwards no bytes and then ends the connection", async () => {
  const { socket, readReceived, awaitClosed } = await openEcho([
    { kind: "timeout", probability: 1, afterMs: 100 },
  ]);
  socket.write("anything");
  await awaitClosed();
  expect(readReceived()).toBe("");
});

it("reset_peer sends the client a reset and not only the end of the stream", async () => {
  const { socket, errors, awaitClosed } = await openEcho([
    { kind: "reset_peer", probability: 1, afterMs: 0 },
  ]);
  socket.write("anything");
  await awaitClosed();
  expect(errors).toEqual(["ECONNRESET"]);
});

it("down cuts all connections and refuses new ones until the proxy is healed", async () => {
  const { proxy, socket, readReceived, awaitClosed } = await openEcho([]);
  socket.write("hello");
  await eventually("the echo", async () => readReceived() === "hello");
  await proxy.inject([{ kind: "down", probability: 1 }]);
  await awaitClosed();
  const refused = listenTo(connect(proxy.port, "127.0.0.1"));
  await refused.awaitClosed();
  expect(refused.errors).toEqual(["ECONNREFUSED"]);
  await proxy.heal();
  const again = listenTo(connect(proxy.port, "127.0.0.1"));
  again.socket.write("again");
  await eventually("the echo", async () => again.readReceived() === "again");
  expect(proxy.counts()).toEqual({ down: 1 });
});

it("the probability of a toxic is decided for each connection separately", async () => {
  const { proxy } = await openEcho([{ kind: "timeout", probability: 0.5, afterMs: 10 }]);
  const ends = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const { socket, readReceived } = listenTo(connect(proxy.port, "127.0.0.1"));
      socket.write("x");
      await eventually(
        "an echo or the end of the connection",
        async () => readReceived() === "x" || socket.closed,
      );
      return readReceived();
    }),
  );
  expect(new Set(ends)).toEqual(new Set(["x", ""]));
});
