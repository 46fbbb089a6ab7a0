import { z } from "zod";

const WORD = z.string().default("").catch("");
const PARAMETER = z.object({ type: WORD, text: WORD }).catch({ type: "", text: "" });
const COMPONENT = z
  .object({ type: WORD, parameters: z.array(PARAMETER).default([]).catch([]) })
  .catch({ type: "", parameters: [] });

/** The fields of a send that the fake reads. A field that is absent or has another type is empty. */
const FORM = z.object({
  messaging_product: WORD,
  recipient_type: WORD,
  to: WORD,
  recipient: WORD,
  type: WORD,
  text: z.object({ body: WORD }).optional().catch(undefined),
  template: z
    .object({
      name: WORD,
      language: z.object({ code: WORD }).default({ code: "" }).catch({ code: "" }),
      components: z.array(COMPONENT).default([]).catch([]),
    })
    .optional()
    .catch(undefined),
  biz_opaque_callback_data: WORD,
  status: WORD,
  message_id: WORD,
  typing_indicator: z.object({ type: WORD }).optional().catch(undefined),
});

export type SendForm = z.infer<typeof FORM>;
export type Template = NonNullable<SendForm["template"]>;

/** A body that is not an object is an empty form. */
export function readSendForm(body: unknown): SendForm {
  return FORM.safeParse(body).data ?? FORM.parse({});
}

/** If both are set, `to` wins. */
export function addresseeOf({ to, recipient }: SendForm): string {
  return to === "" ? recipient : to;
}
