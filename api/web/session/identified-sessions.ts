import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WEB } from "../../../db/web/stream.ts";
import { text } from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../../v1/http/add-route.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP } from "../../views/fields.ts";
import type { V1Dependencies } from "../../v1/v1-dependencies.ts";
import { openSession } from "./open-session.ts";
import { identifiedAddress } from "./visitor.ts";

const BODY = z.strictObject({
  account: text(128).default("main"),
  visitor_id: text(200).meta({
    description: "Your own permanent id of the visitor; never an e-mail address",
  }),
});

const SESSION = z
  .object({ token: z.string(), expires_at: TIMESTAMP, conversation_id: ID })
  .meta({ id: "WebSession" });

/** `POST /v1/web/sessions`: the tenant's own backend identifies the visitor. */
export function registerIdentifiedSessions(room: FastifyInstance, dependencies: V1Dependencies): void {
  const { web } = dependencies;
  addRoute(room, dependencies, {
    method: "POST",
    path: "/web/sessions",
    operationId: "openWebSession",
    summary: "A session of a visitor who is signed in with you",
    description:
      "Give the token to the visitor's page; it is valid for 15 minutes. The same visitor_id gets the same conversation on every device.",
    tag: "web chat",
    access: "sessions:write",
    body: BODY,
    bodyExample: { account: "main", visitor_id: "customer-4711" },
    response: {
      status: 201,
      description: "The session",
      schema: SESSION,
      example: { token: "pws1.WyJhY21lIiwi…", expires_at: EXAMPLE_TIMESTAMP, conversation_id: EXAMPLE_ID },
    },
    problems: ["unknown_account"],
    async handle({ tenantId, body, context: { db } }) {
      const account = await web.accounts.find(WEB, body.account);
      if (account === null || account.disabled || account.tenantId !== tenantId)
        throw new Problem("unknown_account", `The tenant has no web chat account "${body.account}".`);
      return await openSession({ ...web, db }, account, identifiedAddress(body.visitor_id));
    },
  });
}
