import type { z } from "zod";
import type { ProblemCode } from "../../problem.ts";
import type { OperationContext } from "../../operations/operation-context.ts";
import type { Access, Caller } from "./authenticator.ts";

export type Fields = z.ZodObject;

/** One route under /v1. Its schemas parse requests, document the route and give the handler its types. */
export interface V1Route<
  P extends Fields = Fields,
  Q extends Fields = Fields,
  B extends Fields = Fields,
  A extends z.ZodType = z.ZodType,
> {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below /v1, in Fastify's notation: `/contacts/:contact_id`. */
  path: string;
  /** The name of the call in generated clients. */
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  access: Access;
  params?: P;
  query?: Q;
  body?: B;
  bodyExample?: z.input<B>;
  /** Every POST accepts an `Idempotency-Key`. A POST that sends a message to a contact requires it. */
  idempotencyKey?: "required";
  /**
   * For a POST whose response depends on the commit, and of which a second execution changes nothing more. Every other POST makes its
   * changes in one transaction, which also stores the response of its `Idempotency-Key`.
   */
  isRepeatable?: true;
  /**
   * Runs before a stored response is repeated. A response promises also what follows its commit, and the first request, of which the caller
   * has lost the connection, may still wait for that.
   */
  beforeReplay?(request: Pick<V1Request<P, Q, B>, "params" | "context">): Promise<void>;
  response: { status: 200 | 201 | 202; description: string; schema: A; example: z.input<A> };
  /** Problems in addition to those that follow from the fields above. */
  problems?: readonly ProblemCode[];
  handle(request: V1Request<P, Q, B>): Promise<z.input<A>>;
}

export interface V1Request<P extends Fields, Q extends Fields, B extends Fields> {
  /** The tenant of the key; "*" on routes of the installation. */
  tenantId: string;
  caller: Caller;
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  idempotencyKey: string | null;
  /** The only dependencies that a handler uses. For a POST that is not repeatable, `db` is its transaction. */
  context: OperationContext;
}
