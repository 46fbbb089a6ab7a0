import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { WORKER_QUEUES } from "../../activities/worker/worker.ts";
import { WEBHOOK_TYPE_NAMES } from "../../api/channels/webhook/webhook-types.ts";
import { EVENT_TYPES } from "../../db/events/outgoing-events.ts";
import { WEBHOOK_REPLY_EXAMPLE } from "../../infra/channels/vendors/webhook-reply.ts";
import { CONFIG_SCHEMA } from "../../infra/runtime/config/config-schema.ts";
import {
  eventWorkflowId,
  handoffWorkflowId,
  messageWorkflowId,
  reindexWorkflowId,
  repairWorkflowId,
  replyWorkflowId,
  taskQueues,
} from "../../workflows/names.ts";
import * as workflows from "../../workflows/index.ts";
import { CAMPAIGNS } from "../tools/faults/campaigns/registry.ts";
import { readSources } from "../check/source-files.ts";
import { listCode, listSpans, PAGES, readPage, ROOT_FOLDER } from "./read-docs.ts";

const spans = PAGES.flatMap(({ path, text }) => listSpans(text).map((span) => ({ page: path, span })));
/** Its names are those of the vendors. It is compared with the table that it is made of. */
const INBOUND_KINDS = "docs/inbound-kinds.md";
const architecture = listSpans(readPage("docs/architecture.md"));
const sourceText = readSources()
  .map(({ text }) => text)
  .join("\n");

describe("the documents", () => {
  it("name only files and folders that exist", () => {
    const paths = spans.filter(({ span }) => isPath(span));
    expect(paths.length).toBeGreaterThan(60);
    expect(paths.filter(({ span }) => !existsSync(join(ROOT_FOLDER, span)))).toEqual([]);
  });

  it("have only links to files that exist", () => {
    const links = PAGES.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = ""]) => ({ path, target })),
    );
    const isMissing = ({ path, target }: { path: string; target: string }): boolean =>
      !existsSync(join(ROOT_FOLDER, dirname(path), target));
    expect(links.filter((link) => isMissing(link))).toEqual([]);
  });

  it("name only settings that exist", () => {
    const known = new Set(Object.keys(CONFIG_SCHEMA.shape));
    const settings = listCode().flatMap(({ page, text }) =>
      [...text.matchAll(/\b[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b/g)].map(([name]) => ({ page, name })),
    );
    expect(settings.length).toBeGreaterThan(30);
    const unknown = settings.filter(
      ({ name }) => !known.has(name.replace(/_FILE$/, "")) && !isInSources(name),
    );
    expect(unknown).toEqual([]);
  });

  it("name only outgoing events and types of the webhook that exist", () => {
    const known = new Set<string>([...EVENT_TYPES, ...WEBHOOK_TYPE_NAMES, WEBHOOK_REPLY_EXAMPLE.type]);
    const types = spans.filter(
      ({ page, span }) =>
        page !== INBOUND_KINDS && /^(message|conversation|contact)\.[a-z_.]+[a-z]$/.test(span),
    );
    expect(types.length).toBeGreaterThan(3);
    expect(types.filter(({ span }) => !known.has(span))).toEqual([]);
  });

  it("give the right numbers of queues, workflows and campaigns", () => {
    const counts: Readonly<Record<string, number>> = {
      "kinds of workers": WORKER_QUEUES.length,
      "task queues": WORKER_QUEUES.length,
      campaigns: CAMPAIGNS.length,
      workflows: Object.keys(workflows).length,
    };
    const wrong = PAGES.flatMap(({ path, text }) =>
      Object.entries(counts).flatMap(([noun, count]) =>
        [...text.matchAll(new RegExp(`\\b(\\w+) ${noun}\\b`, "gi"))]
          .map(([, word = ""]) => readNumber(word))
          .filter((number) => number !== null && number !== count)
          .map((number) => `${path}: ${number} ${noun}, and there are ${count}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

describe("docs/architecture.md", () => {
  it("names every task queue and no other", () => {
    const named = architecture.filter((span) => /^parley(-\w+)?$/.test(span));
    expect(new Set(named)).toEqual(new Set(Object.values(taskQueues("parley"))));
  });

  it("names every workflow with its id", () => {
    const ids: Readonly<Record<string, string>> = {
      message: messageWorkflowId({ channel: "{channel}", accountId: "{account}", visibleId: "{id}" }),
      reply: replyWorkflowId("{turn}"),
      repair: repairWorkflowId("{delivery}"),
      handoff: handoffWorkflowId({ conversationId: "{conversation}", since: "{since}" }),
      event: eventWorkflowId({ endpointId: "{endpoint}", eventId: "{event}" }),
      reindex: reindexWorkflowId("{version}"),
    };
    expect(Object.keys(ids).toSorted()).toEqual(Object.keys(workflows).toSorted());
    const rows = readPage("docs/architecture.md").replaceAll(/ +/g, " ");
    const missing = Object.entries(ids).filter(([name, id]) => !rows.includes(`| \`${name}\` | \`${id}\` |`));
    expect(missing).toEqual([]);
  });

  it("names every activity", () => {
    const contract = readFileSync(join(ROOT_FOLDER, "activities/contract.ts"), "utf8");
    const activities = [...contract.matchAll(/^ {2}(\w+)\(/gm)].map(([, name = ""]) => name);
    expect(activities.length).toBeGreaterThan(10);
    expect(activities.filter((name) => !architecture.includes(name))).toEqual([]);
  });

  it("names the tiers of the fallback chain in their order", () => {
    const [, list = ""] = /const TIERS = \[([^\]]*)\]/.exec(readPage("workflows/names.ts")) ?? [];
    const tiers = [...list.matchAll(/"(\w+)"/g)].map(([, tier = ""]) => tier);
    expect(tiers.length).toBeGreaterThan(3);
    const [chain = ""] = /The tiers are [^.]*\./.exec(readPage("docs/architecture.md")) ?? [];
    expect(listSpans(chain)).toEqual(tiers);
  });
});

describe("docs/faults.md", () => {
  it("describes every campaign and no other", () => {
    const [, table = ""] = /^## The campaigns\n([\s\S]*?)^## /m.exec(readPage("docs/faults.md")) ?? [];
    const named = [...table.matchAll(/^\| ([^|]*)\|/gm)].flatMap(([, cell = ""]) => listSpans(cell));
    expect(named.toSorted()).toEqual(CAMPAIGNS.map(({ name }) => name).toSorted());
  });
});

describe("README.md", () => {
  it("has 150 lines at most", () => {
    expect(readPage("README.md").split("\n").length).toBeLessThanOrEqual(150);
  });
});

/** A path of this repository. Names in capitals and braces are placeholders. */
function isPath(span: string): boolean {
  const isRooted = /^(workflows|activities|api|db|infra|test|docs)\/[\w./-]*$/.test(span);
  const isAtRoot = /^\.?[\w-]+\.(md|ya?ml|json|example|ts)$/.test(span) && !/[a-z]\.ts$/.test(span);
  return (isRooted || isAtRoot) && !/\b(NAME|NNNN)\b/.test(span);
}

function isInSources(name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(sourceText);
}

const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const TEENS = ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"];

function readNumber(word: string): number | null {
  if (/^\d+$/.test(word)) return Number(word);
  const index = [...NUMBERS, ...TEENS].indexOf(word.toLowerCase());
  return index === -1 ? null : index;
}
