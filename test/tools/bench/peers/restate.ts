import * as restate from "@restatedev/restate-sdk";
import { connect, rpc } from "@restatedev/restate-sdk-clients";
import type { OpenContestant } from "../pipeline/contestants/contestant.ts";
import { STEP_NAMES } from "../pipeline/steps.ts";

/** A service whose handler runs seven journaled steps over one bidirectional stream. */
export const openRestate: OpenContestant = async ({ restateIngressUrl, restateAdminUrl, ownPort }, steps) => {
  const messages = restate.service({
    name: "messages",
    handlers: {
      message: async (context: restate.Context, id: string) => {
        for (const step of STEP_NAMES) await context.run(step, () => steps.run(step, id));
      },
    },
  });
  await restate.serve({ services: [messages], port: ownPort, logger: () => undefined });
  const registered = await fetch(`${restateAdminUrl}/deployments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `http://127.0.0.1:${ownPort}` }),
  });
  if (!registered.ok) throw new Error(`Restate rejected the deployment: ${await registered.text()}`);
  const client = connect({ url: restateIngressUrl }).serviceClient(messages);
  return {
    handle: async (id) => await client.message(id, rpc.opts({ idempotencyKey: id })),
    close: async () => undefined,
  };
};
