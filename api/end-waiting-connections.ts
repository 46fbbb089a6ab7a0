import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Time for a request that is on its way while the server closes. */
const GRACE_MS = 1_000;

/**
 * Ends the connections of a closing server that have no request. Browsers and load balancers open connections in advance, and Node neither
 * counts these as idle nor limits their time once the server closes: one of them would keep the process until its grace time is over.
 */
export function createEndWaitingConnections(server: Server): (closing: Promise<void>) => Promise<void> {
  // A caller may send its next request before the response to the one before it.
  const requests = new Map<Socket, number>();
  const count = (socket: Socket, change: 1 | -1) => {
    const open = requests.get(socket);
    if (open !== undefined) requests.set(socket, open + change);
  };
  server.on("connection", (socket) => {
    requests.set(socket, 0);
    socket.once("close", () => requests.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    count(socket, 1);
    response.once("close", () => count(socket, -1));
  });
  return async (closing) => {
    const endWaiting = () => requests.forEach((open, socket) => open === 0 && socket.destroy());
    const timer = setInterval(endWaiting, GRACE_MS);
    await closing.finally(() => clearInterval(timer));
  };
}
