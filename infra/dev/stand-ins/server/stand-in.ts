import { once } from "node:events";
import { createServer } from "node:http";
import type { Answer } from "./answer.ts";
import { createFaultDesk, type FaultDesk } from "./fault-desk.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { createRequestHandler } from "./request-handler.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import type { RouteTable } from "./route-table.ts";

/** A vendor's cloud, played on loopback. */
export interface StandIn {
  /** Port 0 takes any free one. Gives the base URL, without a slash at its end. */
  listen(port: number): Promise<string>;
  /** Ends every connection and wait. */
  close(): Promise<void>;
  faults: FaultDesk;
  log: RequestLog;
}

export interface Vendor {
  /** Recorded, and hit by the fault script. */
  routes: RouteTable;
  /** Neither recorded nor hit by faults. */
  controlRoutes?: RouteTable;
  /** Where one port serves several hosts of the vendor: the request as that host would see it. */
  localise?: (request: ReceivedRequest) => ReceivedRequest;
  /** The answer to a caller without the right key, else null. */
  refuse?: (request: ReceivedRequest) => Answer | null;
  notFound: (request: ReceivedRequest) => Answer;
  /** An error in the vendor's own shape. */
  vendorError: (status: number) => Answer;
  /** Aborted when the stand-in closes, for waits of the vendor's own. */
  closing?: AbortController;
  close?: () => void;
}

export interface StandInOptions {
  /** Numbers in [0, 1), for faults with a probability. */
  random?: () => number;
}

/** Serves a vendor on 127.0.0.1 alone, with its fault script and its log. */
export function createStandIn(vendor: Vendor, { random }: StandInOptions = {}): StandIn {
  const faults = createFaultDesk(random);
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
