export interface Texts {
  title: string;
  open: string;
  close: string;
  unread(count: number): string;
  label: string;
  hint: string;
  send: string;
  log: string;
  empty: string;
  you: string;
  assistant: string;
  agent: string;
  sources: string;
  typing: string;
  sending: string;
  sent: string;
  failed: string;
  retry: string;
  offline: string;
  unavailable: string;
  agent_joined: string;
  agent_left: string;
}

const ENGLISH: Texts = {
  title: "Chat with us",
  open: "Open chat",
  close: "Close chat",
  unread: (count) => `${count} new`,
  label: "Your message",
  hint: "Write a message",
  send: "Send",
  log: "Conversation",
  empty: "Ask us anything. You get an answer right here.",
  you: "You",
  assistant: "Assistant",
  agent: "Team",
  sources: "From",
  typing: "is writing…",
  sending: "Sending…",
  sent: "Sent",
  failed: "Not sent.",
  retry: "Try again",
  offline: "No connection. Your messages are kept and sent when it is back.",
  unavailable: "The chat is not available on this page.",
  agent_joined: "A member of our team has joined the chat.",
  agent_left: "The assistant answers again.",
};

const GERMAN: Texts = {
  title: "Chatten Sie mit uns",
  open: "Chat öffnen",
  close: "Chat schließen",
  unread: (count) => `${count} neu`,
  label: "Ihre Nachricht",
  hint: "Nachricht schreiben",
  send: "Senden",
  log: "Unterhaltung",
  empty: "Fragen Sie uns. Die Antwort kommt gleich hier.",
  you: "Sie",
  assistant: "Assistent",
  agent: "Team",
  sources: "Aus",
  typing: "schreibt …",
  sending: "Wird gesendet …",
  sent: "Gesendet",
  failed: "Nicht gesendet.",
  retry: "Noch einmal",
  offline: "Keine Verbindung. Ihre Nachrichten werden gesendet, sobald sie wieder da ist.",
  unavailable: "Der Chat ist auf dieser Seite nicht verfügbar.",
  agent_joined: "Jemand aus unserem Team ist jetzt da.",
  agent_left: "Der Assistent antwortet wieder.",
};

/** By a language tag such as "de-AT"; English for every language without texts. */
export function chooseTexts(language: string): Texts {
  return language.slice(0, 2).toLowerCase() === "de" ? GERMAN : ENGLISH;
}
