import { once } from "node:events";
import { createServer } from "node:http";
import { createFaultController, type FaultController } from "./fault-controller.ts";
import { createRequestHandler } from "./request-handler.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import type { VendorApi } from "./vendor-api.ts";

/** A vendor's cloud, played on loopback. */
export interface Fake {
  /** Port 0 takes any free one. Gives the base URL, without a slash at its end. */
  listen(port: number): Promise<string>;
  /** Ends every connection and wait. */
  close(): Promise<void>;
  faults: FaultController;
  log: RequestLog;
}

export interface FakeOptions {
  /** Numbers in [0, 1), for faults with a probability. */
  random?: () => number;
}

/** Serves a vendor on 127.0.0.1 alone, with its fault script and its log. */
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
