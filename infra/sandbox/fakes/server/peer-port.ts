import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage } from "node:http";

const ports = new AsyncLocalStorage<number>();

/** Runs the handling of a request, so that what it stores has the port of its caller. */
export function withPeerPort<T>({ socket }: IncomingMessage, handle: () => T): T {
  return ports.run(socket.remotePort ?? 0, handle);
}

/** The port from which the current request came; 0 outside a request. It identifies the request in the log of the caller. */
export function currentPeerPort(): number {
  return ports.getStore() ?? 0;
}
