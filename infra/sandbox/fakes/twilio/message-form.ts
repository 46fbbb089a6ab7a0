import { z } from "zod";

/** The fields of a send that the fake reads. An absent field is empty, as for Twilio. */
export const MESSAGE_FORM = z.object({
  To: z.string().default(""),
  From: z.string().default(""),
  MessagingServiceSid: z.string().default(""),
  Body: z.string().default(""),
  ContentSid: z.string().default(""),
  ContentVariables: z.string().default(""),
  StatusCallback: z.string().default(""),
  SmartEncoded: z.string().default(""),
});

export type MessageForm = z.infer<typeof MESSAGE_FORM>;
