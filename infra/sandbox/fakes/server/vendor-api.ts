import type { ReceivedRequest } from "./received-request.ts";
import type { FakeResponse } from "./response.ts";
import type { RouteTable } from "./route-table.ts";

/** The part of a fake that differs between vendors. */
export interface VendorApi {
  /** Logged, and subject to the fault script. */
  routes: RouteTable;
  /** Neither logged nor subject to faults. */
  controlRoutes?: RouteTable;
  /** If one port serves several hosts of the vendor: the request as its host would receive it. */
  localise?: (request: ReceivedRequest) => ReceivedRequest;
  /** The response to a caller without the right key, else null. */
  refuse?: (request: ReceivedRequest) => FakeResponse | null;
  notFound: (request: ReceivedRequest) => FakeResponse;
  /** An error in the vendor's format. */
  vendorError: (status: number) => FakeResponse;
  /** Aborted when the fake closes. Delays of the vendor's routes use it. */
  closing?: AbortController;
  close?: () => void;
}
