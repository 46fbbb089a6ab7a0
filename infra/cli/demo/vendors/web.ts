import { randomUUID } from "node:crypto";
import { openVisit, visitHeaders, visitUrl } from "../web-visit.ts";
import type { DemoVendor } from "./vendor.ts";

/** Web chat: no vendor, but the page's own calls in a visitor's session. */
export const web: DemoVendor = {
  address: { pattern: /^.{1,200}$/su, rule: "a name of 1 to 200 characters" },
  createAddress: (number) => `visitor-${number}`,
  getReplyUrl: () => null,
  async sign(config, { from, text }) {
    const visit = await openVisit(config, from);
    const id = randomUUID();
    return {
      providerMessageId: `${visit.conversationId}:${id}`,
      url: visitUrl(config, visit, "messages"),
      headers: { ...visitHeaders(visit), "content-type": "application/json" },
      body: JSON.stringify({ id, text }),
    };
  },
};
