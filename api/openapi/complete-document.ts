import { describeInboundBodies } from "./inbound-bodies.ts";
import { describeOutboundBodies } from "./outbound-bodies.ts";

const WEBHOOK_PATH = "/webhooks/{channel}/{account}";

/** The parts of OpenAPI that this module changes. */
interface Document {
  paths?: Record<string, { post?: object } | undefined>;
  components?: { schemas?: Record<string, object> };
}

/**
 * Adds what Fastify does not know: the bodies of webhooks in both directions. The route takes raw bytes, because signatures cover them, so it
 * has no schema of its own.
 */
export function completeDocument<Given extends object>(given: Given): Given {
  const document: Given & Document = given;
  const inbound = describeInboundBodies();
  const outbound = describeOutboundBodies();
  const route = document.paths?.[WEBHOOK_PATH];
  if (route?.post === undefined) throw new Error(`The document has no POST ${WEBHOOK_PATH}.`);
  const post = { ...route.post, requestBody: inbound.requestBody };
  return {
    ...document,
    paths: { ...document.paths, [WEBHOOK_PATH]: { ...route, post } },
    webhooks: outbound.webhooks,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, ...inbound.components, ...outbound.components },
    },
  };
}
