import type { FastifyInstance } from "fastify";
import { registerAnonymousSessions } from "./session/anonymous-sessions.ts";
import { acceptJson } from "../accept-json.ts";
import { registerChatPage } from "./page/chat-page.ts";
import { createCrossOrigin } from "./cross-origin.ts";
import type { WebDependencies } from "./web-dependencies.ts";

/** The widget, its page and its sessions. The routes for a session are below /v1 (`visitor-routes.ts`). */
export async function registerWebChat(app: FastifyInstance, dependencies: WebDependencies): Promise<void> {
  // Without this a server that stops waits until the last page is closed.
  app.addHook("preClose", async () => {
    await dependencies.streams.endAll();
    dependencies.hub.close();
  });
  registerChatPage(app);
  await app.register(async (room) => {
    acceptJson(room);
    registerAnonymousSessions(room, dependencies, createCrossOrigin(dependencies.accounts));
  });
}
