import { z } from "zod";

const WORD = z.string().default("").catch("");

/** The fields of a send that the fake reads. A field that is absent or has another type is empty. */
export const SEND_FORM = z
  .object({
    recipient: z.object({ id: WORD }).default({ id: "" }).catch({ id: "" }),
    messaging_type: WORD,
    tag: WORD,
    sender_action: WORD,
    message: z.object({ text: WORD }).optional().catch(undefined),
  })
  .catch({ recipient: { id: "" }, messaging_type: "", tag: "", sender_action: "" });

export type SendForm = z.infer<typeof SEND_FORM>;
