import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Time for a request that is on its way while the server closes. */
const GRACE_MS = 1_000;

/**
 * Ends the connections of a closing server that have no request. Browsers and load balancers open connections in advance, and Node neither
 * counts these as idle nor limits their time once the server closes: one of them would keep the process until its grace time is over.
 */
export function createEndWaitingConnections(server: Server): (closing: Promise<void>) => Promise<void> {
  const waiting = new Set<Socket>();
  server.on("connection", (socket) => {
    waiting.add(socket);
    socket.once("close", () => waiting.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    waiting.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
  return async (closing) => {
    const timer = setInterval(() => waiting.forEach((socket) => socket.destroy()), GRACE_MS);
    await closing.finally(() => clearInterval(timer));
  };
}
