import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createEndWaitingConnections } from "../../api/end-waiting-connections.ts";

/** Longer than the time after which a closing server ends connections without a request. */
const LONG_MS = 1_300;

it("a request that follows another one on its connection gets its response while the server closes", async () => {
  const server = createServer((request, response) => {
    const ms = request.url === "/long" ? LONG_MS : 0;
    setTimeout(() => response.end(`response to ${request.url}`), ms);
  });
  const endWaitingConnections = createEndWaitingConnections(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const waiting = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const received = text(socket);
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  socket.write(request("/short") + request("/long"));
  // Both requests have arrived.
  await new Promise((resolve) => socket.once("data", resolve));
  await sleep(50);
  await endWaitingConnections(new Promise<void>((resolve) => void server.close(() => resolve())));
  socket.end();
  waiting.destroy();
  expect(await received).toMatch(/response to \/short.*response to \/long/s);
});
