import { once } from "node:events";
import { createServer } from "node:http";
import { createFaultController, type FaultController } from "./fault-controller.ts";
import { createRequestHandler } from "./request-handler.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import type { VendorApi } from "./vendor-api.ts";

/** A fake of a vendor's API, on loopback. */
export interface Fake {
  /** Port 0 is any free port. Returns the base URL, without a slash at its end. */
  listen(port: number): Promise<string>;
  /** Ends all connections and waits. */
  close(): Promise<void>;
  faults: FaultController;
  log: RequestLog;
}

export interface FakeOptions {
  /** Numbers in [0, 1), for faults with a probability. */
  random?: () => number;
}

/** Serves a vendor's API on 127.0.0.1, with a fault script and a request log. */
export function createFake(vendor: VendorApi, { random }: FakeOptions = {}): Fake {
  const faults = createFaultController(random);
  const log = createRequestLog();
  const closing = vendor.closing ?? new AbortController();
  const server = createServer(createRequestHandler({ vendor, faults, log, closing: closing.signal }));
  return {
    faults,
    log,
    async listen(port) {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("A TCP server has a port.");
      return `http://127.0.0.1:${address.port}`;
    },
    async close() {
      closing.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      vendor.close?.();
    },
  };
}
