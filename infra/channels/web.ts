import { z } from "zod";
import { text } from "../runtime/config/field-rules.ts";
import { origins } from "../runtime/config/setting-kinds.ts";
import { defineChannel } from "./channel-descriptor.ts";
import { optionalField } from "./setting-fields.ts";

/** Web chat. It has no vendor and no secret. Its only setting names the pages that may show the widget. */
export const web = defineChannel({
  name: "web",
  hasWebhook: false,
  hasCarrierWords: false,
  textLimit: 4_000,
  // Only the visitor with the session reads the stream.
  isDirect: (thread) => thread === "",
  settings: { WEB_ALLOWED_ORIGINS: optionalField(origins) },
  replyUrlSetting: null,
  messageIdsAreOpaque: true,
  account: {
    address: text(200),
    externalId: z.null("must be left out: web chat has none"),
    secrets: z.strictObject({}, "must be left out: web chat has none"),
  },
  readAccount: ({ WEB_ALLOWED_ORIGINS: allowed }, { publicBaseUrl }) => ({
    address: publicBaseUrl,
    externalId: null,
    secrets: { inbound: [], outbound: [] },
    settings: allowed === undefined ? {} : { origins: allowed },
  }),
  sandbox: null,
});
