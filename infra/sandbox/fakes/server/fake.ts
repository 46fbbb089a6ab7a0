import { once } from "node:events";
import { createServer } from "node:http";
import type { FakeResponse } from "./response.ts";
import { createFaultController, type FaultController } from "./fault-controller.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { createRequestHandler } from "./request-handler.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import type { RouteTable } from "./route-table.ts";

/** A vendor's cloud, played on loopback. */
export interface Fake {
  /** Port 0 takes any free one. Gives the base URL, without a slash at its end. */
  listen(port: number): Promise<string>;
  /** Ends every connection and wait. */
  close(): Promise<void>;
  faults: FaultController;
  log: RequestLog;
}

export interface VendorApi {
  /** Recorded, and hit by the fault script. */
  routes: RouteTable;
  /** Neither recorded nor hit by faults. */
  controlRoutes?: RouteTable;
  /** Where one port serves several hosts of the vendor: the request as that host would see it. */
  localise?: (request: ReceivedRequest) => ReceivedRequest;
  /** The answer to a caller without the right key, else null. */
  refuse?: (request: ReceivedRequest) => FakeResponse | null;
  notFound: (request: ReceivedRequest) => FakeResponse;
  /** An error in the vendor's own shape. */
  vendorError: (status: number) => FakeResponse;
  /** Aborted when the fake closes, for waits of the vendor's own. */
  closing?: AbortController;
  close?: () => void;
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
