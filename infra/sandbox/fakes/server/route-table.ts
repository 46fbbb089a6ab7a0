import type { FakeResponse } from "./response.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { escapePattern } from "./wildcard-pattern.ts";

export interface RoutedRequest extends ReceivedRequest {
  /** Decoded path segments by their names in the route. */
  params: Readonly<Record<string, string>>;
}

export type Handler = (request: RoutedRequest) => FakeResponse | Promise<FakeResponse>;

/** Keys such as "GET /indexes/{name}". The first match is used. */
export type RouteTable = Readonly<Record<string, Handler>>;

/** Compiles the table once. The finder returns the handler, bound to the request, or null. */
export function createRouteFinder(table: RouteTable) {
  const routes = Object.entries(table).map(([key, handler]) => ({ route: compile(key), handler }));
  return (request: ReceivedRequest): (() => FakeResponse | Promise<FakeResponse>) | null => {
    for (const { route, handler } of routes) {
      const match = route.method === request.method ? route.pattern.exec(request.path) : null;
      if (match !== null) return () => handler({ ...request, params: decodeGroups(match.groups) });
    }
    return null;
  };
}

function compile(key: string): { method: string; pattern: RegExp } {
  const [method = "", path = ""] = key.split(" ");
  const source = path
    .split(/(\{\w+\})/)
    .map((piece) => (piece.startsWith("{") ? `(?<${piece.slice(1, -1)}>[^/]+?)` : escapePattern(piece)))
    .join("");
  return { method, pattern: new RegExp(`^${source}$`) };
}

function decodeGroups(groups: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
