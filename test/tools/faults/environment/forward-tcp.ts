import { connect, createServer, type Server, type Socket } from "node:net";

export interface Address {
  host: string;
  port: number;
}

export interface Forwarder {
  port: number;
  /** Sends new connections to another address and cuts the open ones. */
  redirectTo(to: Address): void;
  /** Stops the bytes in both directions without closing connections. `redirectTo` and `close` discard the buffered bytes. */
  pause(): void;
  close(): Promise<void>;
}

/** A fixed address for a server that may change, and a passage into and out of a network namespace. */
export async function forwardTcp({ from, to }: { from: Address; to: Address }): Promise<Forwarder> {
  const open = new Set<Socket>();
  let target = to;
  let isPaused = false;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once("close", () => open.delete(socket));
      // An error on one side ends both.
      socket.once("error", () => cut([near, far]));
    }
    if (isPaused) return;
    near.pipe(far);
    far.pipe(near);
  });
  const port = await listen(server, from);
  return {
    port,
    redirectTo(address) {
      target = address;
      isPaused = false;
      cut(open);
    },
    pause() {
      isPaused = true;
      for (const socket of open) socket.unpipe().pause();
    },
    async close() {
      cut(open);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function cut(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.resetAndDestroy();
}
