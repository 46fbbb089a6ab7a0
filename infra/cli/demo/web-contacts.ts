import { randomUUID } from "node:crypto";
import { openVisit, visitHeaders, visitUrl } from "./web-visit.ts";
import type { FakeContacts } from "../../sandbox/fakes/contacts/fake-contacts.ts";

/** Web chat has no vendor: these are the calls of the page in a visitor's session. */
export const webContacts: FakeContacts = {
  address: { pattern: /^.{1,200}$/su, rule: "a name of 1 to 200 characters" },
  createAddress: (number) => `visitor-${number}`,
  async signMessage(config, { from, text }) {
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
