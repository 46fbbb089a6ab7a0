const SIGNED = [{ webhookSignature: [] }];

/** The OpenAPI descriptions of the two webhook routes. */
export function createWebhookSchemas() {
  const params = {
    type: "object",
    required: ["channel", "account"],
    properties: {
      channel: { type: "string", examples: ["twilio-sms"] },
      account: { type: "string", maxLength: 128, examples: ["main"] },
    },
  };
  const post = {
    summary: "Inbound events of a channel: messages, receipts, edits",
    description:
      "The body is the vendor's own format with the vendor's signature. A 2xx means that every event of the body is durable, and that each wish for silence is in effect. Events that cannot be used are counted by kind and do not affect the others.",
    operationId: "postInboundEvents",
    tags: ["webhooks"],
    security: SIGNED,
    params,
    response: {
      200: {
        description: "Stored",
        content: {
          "text/xml": { schema: { type: "string" } },
          "text/plain": { schema: { type: "string" } },
          "application/json": { schema: { type: "string" } },
        },
      },
      202: textResponse("Stored (webhook)", "application/json"),
      400: problem("The request cannot be parsed"),
      401: problem("The signature is missing or invalid"),
      404: problem("The account does not exist"),
      413: problem("The body is over the size limit"),
      422: problem(
        "The signature is valid, but the body does not fit this channel; `errors` names each field",
      ),
      500: problem("An internal error"),
      503: problem(
        "An event could not be stored, or a wish for silence is kept and not in effect yet (`not_in_effect`): deliver the body again",
      ),
    },
  };
  const get = {
    summary: "The vendor's handshake",
    operationId: "answerHandshake",
    tags: ["webhooks"],
    security: [],
    params,
    response: {
      200: textResponse("The vendor's challenge", "text/plain"),
      400: problem("The request cannot be parsed"),
      403: problem("The verify token is not the token of this account"),
      404: problem("The account does not exist"),
      500: problem("An internal error"),
      503: problem("The account cannot be looked up right now"),
    },
  };
  return { post, get };
}

function problem(description: string) {
  return { description, content: { "application/problem+json": { schema: { $ref: "Problem#" } } } };
}

function textResponse(description: string, contentType: string) {
  return { description, content: { [contentType]: { schema: { type: "string" } } } };
}
