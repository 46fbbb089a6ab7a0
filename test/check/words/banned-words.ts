/** Where a rule applies: identifiers and file names, comments, Markdown prose, or string literals that contain a space. */
export type WordPlace = "names" | "comments" | "docs" | "messages";

export interface BannedWord {
  /** Matched without case, as whole words. A name is matched as its separate words: `heldSince` as "held since". */
  pattern: string;
  use: string;
  in: readonly WordPlace[];
  except?: readonly WordException[];
}

export interface WordException {
  /** Phrase in which the word is right. Matched without case. */
  phrase?: string;
  /** Files in which the word is right. */
  path?: RegExp;
  reason: string;
}

const PROSE = ["comments", "docs", "messages"] as const;
const ALL = ["names", ...PROSE] as const;

/** Words with two meanings, and words that only this project would use. `docs/glossary.md` explains the words to use. */
export const BANNED_WORDS: readonly BannedWord[] = [
  // One thing, one word.
  {
    pattern: "persons?",
    use: "contact (who writes in), agent (who answers for the business)",
    in: ALL,
    except: [{ phrase: "in person", reason: "the idiom for being present" }],
  },
  { pattern: "people", use: "contacts, agents", in: ALL },
  { pattern: "colleagues?", use: "agent", in: ALL },
  {
    pattern: "(some|no|any)body|someone|anyone",
    use: "the contact, the agent, a process; or the passive voice",
    in: ALL,
  },
  { pattern: "who(m)?ever", use: "the subject by its name: the caller, the operator", in: PROSE },
  {
    pattern: "humans?",
    use: "agent",
    in: ALL,
    except: [
      { phrase: "(talk|speak) to a human", reason: "what a contact writes" },
      { phrase: "human beings?", reason: "the one behind several linked contacts" },
      { phrase: "human[ _]agent", reason: "the name of a message tag of Meta" },
      { path: /account-settings|consent-words\.test|keywords/, reason: "the keyword that asks for an agent" },
    ],
  },
  {
    pattern: "senders?",
    use: "account address (ours), caller (who posts a webhook)",
    in: ALL,
    except: [
      {
        phrase: "sender[ _](action|chat|user|id|business bot)|whatsapp sender",
        reason: "the terms of Meta, Telegram and Twilio",
      },
      {
        path: /(meta|messenger|instagram|messaging|presses|recognise-body|inbound-bodies|channels\/replay\.test)/,
        reason: "a field of Meta's webhooks",
      },
    ],
  },
  { pattern: "held (since|by|as)", use: "turn owner; taken over by", in: ["names"] },
  {
    pattern: "holders?",
    use: "turn owner",
    in: ALL,
    except: [{ phrase: "key ?holders?", reason: "the owner of an API key" }],
  },
  {
    pattern: "claim(s|ed|ing)?",
    use: "acquire (a turn), take over (a conversation)",
    in: PROSE,
    except: [
      {
        phrase: "claim(s|ed)? (\\w+ )?(rows?|deliver(y|ies)|chunks?)",
        reason: "rows that are read with SKIP LOCKED",
      },
    ],
  },
  { pattern: "ignored items?", use: "ignored events", in: ALL },
  { pattern: "rungs?", use: "tier", in: ALL },
  { pattern: "ladders?", use: "fallback chain", in: ALL },
  { pattern: "stand ?ins?|stand-ins?|stood[ -]in|stands? in", use: "fake", in: ALL },
  {
    pattern: "(dev |the )?stack",
    use: "sandbox",
    in: PROSE,
    except: [
      { phrase: "stack traces?|\\.stack|error stack|call stack", reason: "the call stack of an error" },
    ],
  },
  { pattern: "guardians?", use: "reaper", in: ALL },
  {
    pattern: "answer(s|ed)? (with )?(an? )?(http )?[1-5](\\d\\d|xx)",
    use: "responds with, response",
    in: PROSE,
  },
  // Coy or private words.
  { pattern: "weather", use: "transient error", in: ALL },
  { pattern: "giv(e|es|ing|en) up|gave up", use: "dead-letter, stop retrying", in: ["names", "docs"] },
  { pattern: "insists?|insist(ed|ing)|patient(ly)?", use: "retry, withRetry", in: ALL },
  { pattern: "pulses?", use: "heartbeat", in: ALL },
  { pattern: "walk(s|ed|ing|er)?", use: "cursor, page, pass, scan", in: ALL },
  { pattern: "stretch(es|ed)?", use: "batch, range", in: ALL },
  { pattern: "beyond|exactly|nearest", use: "keysetAfter, toMicros, suggest...", in: ["names"] },
  { pattern: "fill index|use index", use: "embedMissingChunks, promoteIndex", in: ["names"] },
  {
    pattern: "carried",
    use: "inlined",
    in: ALL,
    except: [{ phrase: "carried (\\w+ ){0,3}out", reason: "the verb for executing" }],
  },
  { pattern: "comes? home|came home", use: "is stored", in: PROSE },
  { pattern: "takers?|intakes?", use: "handler, ingest", in: ["names"] },
  { pattern: "person of|lanes?", use: "orderingKey, partition", in: ALL },
  { pattern: "side[ -]by[ -]side", use: "concurrently; concurrency limit", in: ALL },
  { pattern: "knock(s|ed|ing)?|bells?", use: "notification, wake-up", in: ALL },
  { pattern: "ring(s|ing)?|rang|rung", use: "notification, notify", in: ["names"] },
  { pattern: "vouch(es|ed)?", use: "identified session", in: ALL },
  {
    pattern: "strays?|lost starts?|reviv(e|es|ed|ing)",
    use: "unstarted message, orphaned turn, restart",
    in: ALL,
  },
  {
    pattern: "(puts?|putting) off|leave unknown|(tells?|telling) of",
    use: "defer, mark unknown, emit event",
    in: ALL,
  },
  { pattern: "called wrongly", use: "UsageError", in: ["names"] },
  { pattern: "desks?", use: "controller", in: ["names"] },
  { pattern: "scenes?", use: "scenario", in: ALL },
  { pattern: "prints? of|secret prints?", use: "fingerprint", in: ["names"] },
  { pattern: "dear", use: "expensive", in: ALL },
  { pattern: "moments?", use: "time, timestamp, when", in: ALL },
  { pattern: "hurr(y|ied|ies)", use: "fallback; without waiting", in: ALL },
  { pattern: "lonely", use: "dependent", in: ALL },
  // Sentences.
  { pattern: "told|tells?|telling", use: "says, reports, shows, notifies", in: ALL },
  { pattern: "hears?|heard|hearing", use: "receives, sees", in: PROSE },
  { pattern: "anew", use: "again, new", in: PROSE },
  { pattern: "alike", use: "the same way, equally", in: PROSE },
  { pattern: "beside", use: "next to, with, in parallel", in: ALL },
  { pattern: "stands?|standing|stood", use: "is, is stored, is written", in: ALL },
  {
    pattern: "behind",
    use: "after, in the background",
    in: PROSE,
    except: [
      {
        phrase: "(lags?|falls?|lay|fell) behind|ahead[^.;]*behind( it)?|minutes behind",
        reason: "the terms for a delay and for a clock",
      },
      {
        phrase: "behind (a|an|the|one|your) (\\w+ )?(proxy|proxies|load balancer|balancer|gateway)",
        reason: "the network term",
      },
    ],
  },
  { pattern: "away", use: "unavailable, removed", in: PROSE },
  { pattern: "meanwhile", use: "during this time; in parallel", in: PROSE },
  {
    pattern:
      "(^|(?<=[.;] ))what (is|are|was|were|has|had|can|could|may|might|must|cannot|waits|ends|counts|comes|goes|follows|happens|remains|needs|makes|belongs|fails|arrives|becomes|stands) [^?]*?[.;]",
    use: "a sentence that starts with its subject",
    in: PROSE,
  },
];

/** Files in which the house's words do not apply to string literals. */
export const FREE_TEXTS: readonly { path: RegExp; reason: string }[] = [
  {
    path: /^activities\/answer\/prompts\/(answer-prompt|fixed-texts)\.ts$/,
    reason: "texts for contacts and for the model: a change of the words is a new version of the prompt",
  },
  {
    path: /^test\/replay\/record\/scenarios\//,
    reason: "texts of contacts",
  },
  {
    path: /^infra\/sandbox\/fakes\/(messenger\/send-refusal|openai\/words|pinecone\/metadata-filter)\.ts$/,
    reason: "the error texts of a vendor, and a list of stop words",
  },
];
