import { z } from "zod";

const BODY = z.looseObject({
  messages: z
    .array(
      z.looseObject({
        seq: z.number().optional(),
        body: z.string(),
        signatureOk: z.boolean().optional(),
        duplicate: z.boolean().optional(),
      }),
    )
    .default([]),
  requests: z.array(z.unknown()).default([]),
  error: z.unknown().optional(),
  code: z.number().optional(),
  sid: z.string().optional(),
  body: z.string().optional(),
  next_page_uri: z.string().nullish(),
});

/** The JSON of an answer, with the fields that the tests look into. */
export async function bodyOf(response: Response) {
  return BODY.parse(await response.json());
}
