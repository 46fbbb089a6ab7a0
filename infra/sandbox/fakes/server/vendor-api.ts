import type { ReceivedRequest } from "./received-request.ts";
import type { FakeResponse } from "./response.ts";
import type { RouteTable } from "./route-table.ts";

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
