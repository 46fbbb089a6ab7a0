import { z } from "zod";

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean; schema: object; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
  responses: Record<
    string,
    { description: string; content?: Record<string, { schema: object; example?: unknown }> }
  >;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

export interface Route {
  method: string;
  path: string;
  operation: Operation;
}

/** Every route of the document, `METHOD /path/{id}`. */
export function routesOf(document: Document): Route[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** The route that a real path belongs to. */
export function routeFor(document: Document, method: string, path: string): Route | undefined {
  const [bare = ""] = path.split("?");
  const candidates = routesOf(document).filter(
    (route) => route.method === method && pattern(route.path).test(bare),
  );
  // `/a/b` before `/a/{id}`.
  return candidates.toSorted((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

/** The errors of a value against a schema of the document. */
export function findSchemaErrors(document: Document, schema: object, value: unknown): string[] {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const standalone = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as Parameters<
    typeof z.fromJSONSchema
  >[0];
  const parsed = z.fromJSONSchema(standalone).safeParse(value);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}
