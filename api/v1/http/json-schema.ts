import type { FastifyInstance } from "fastify";
import { z } from "zod";

type JsonSchema = Record<string, unknown>;

/** The schema of a part of a request, written out in place. */
export function requestSchema(schema: z.ZodType): JsonSchema {
  return toJsonSchema(schema, "input");
}

/** The schema of a response. A type with an id (`.meta({ id: "Contact" })`) becomes one component of the document. */
export function responseSchema(app: FastifyInstance, schema: z.ZodType): JsonSchema {
  // One level down, so that the outermost type may be a component too.
  const { $defs = {}, properties } = toJsonSchema(z.object({ response: schema }), "output");
  for (const [id, definition] of Object.entries($defs as JsonSchema)) {
    if (app.getSchema(id) === undefined) app.addSchema({ ...withComponents(definition), $id: id });
  }
  return withComponents((properties as { response: unknown }).response);
}

/** A schema with an id as a reference, and the components that it needs, for a part of the document that Fastify does not make. */
export function componentSchema(
  schema: z.ZodType,
  io: "input" | "output",
): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const { $defs = {}, properties } = toJsonSchema(z.object({ body: schema }), io);
  const text = JSON.stringify({ components: $defs, schema: (properties as { body: unknown }).body });
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    schema: JsonSchema;
    components: Record<string, JsonSchema>;
  };
}

function toJsonSchema(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const override = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
    // The format is enough: zod's pattern for a timestamp has 300 characters. A number in a query is read as a text with a pattern.
    if (jsonSchema["format"] !== undefined || jsonSchema["type"] === "integer") delete jsonSchema["pattern"];
  };
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any", override });
  return rest;
}

/** zod refers to its own definitions, Fastify to a schema's id. */
function withComponents(schema: unknown): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll(/"#\/\$defs\/(\w+)"/g, '"$1#"')) as JsonSchema;
}
