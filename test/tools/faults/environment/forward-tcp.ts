import { connect, createServer, type Server, type Socket } from "node:net";

export interface Address {
  host: string;
  port: number;
}

export interface Forwarder {
  port: number;
  /** New connections go elsewhere from now on; those that are open are cut. */
  redirectTo(to: Address): void;
  /** Nothing passes any more, in either direction, and nobody is told. What waits inside is lost with the next `pointAt` or `close`. */
  pause(): void;
  close(): Promise<void>;
}

/** An address that stays while the server behind it changes, and a way into and out of a network namespace. */
export async function forwardTcp({ from, to }: { from: Address; to: Address }): Promise<Forwarder> {
  const open = new Set<Socket>();
  let target = to;
  let isHeld = false;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once("close", () => open.delete(socket));
      // What happens to the one end happens to the other.
      socket.once("error", () => cut([near, far]));
    }
    if (isHeld) return;
    near.pipe(far);
    far.pipe(near);
  });
  const port = await listen(server, from);
  return {
    port,
    redirectTo(elsewhere) {
      target = elsewhere;
      isHeld = false;
      cut(open);
    },
    pause() {
      isHeld = true;
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
