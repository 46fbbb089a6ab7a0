import type { Notice } from "../../../db/turns/turn-origin.ts";

/** Texts that are sent without a model. They name no cause of a failure: that is for the operator, not for the contact. */
export const FIXED_TEXTS: Readonly<Record<"apology" | Notice, string>> = Object.freeze({
  apology:
    "Sorry, I cannot answer that right now. Your message is safe with us and an agent will get back to you.",
  opted_out: "You will get no more messages from us. Write START if you change your mind.",
  opted_in: "Welcome back. You will get our answers again. Write STOP to end them.",
  help: "You are writing with our automatic assistant. Ask anything about us, or write STOP to get no more messages.",
  ask_stop: "Shall we stop sending you messages? Write YES to stop them, or NO to go on.",
  go_on: "All right, we go on. How can we help you?",
  slow_down:
    "You are writing faster than we can answer. Your messages are kept: write again in a minute and we will go through them.",
  too_long:
    "Your message is longer than I can read, so I have only its beginning. Please ask again in a shorter message.",
  text_only:
    "I can only read text so far, so please write it to me in words, or write AGENT and an agent will take over.",
  visitor_limit:
    "This chat has given all its automatic answers for today. Please reach us in another way, or write again tomorrow.",
  handoff_requested: "I have asked an agent to join. They will answer you here as soon as they can.",
  handoff_timeout:
    "Sorry, no agent is free right now. I am back to help as far as I can; leave your question and an agent will see it.",
});
