import { randomUUID } from "node:crypto";
import { webhookUrl } from "../../channels/webhook-url.ts";
import type { Config } from "../../runtime/config/config.ts";
import type { Fault } from "../../runtime/faults/fault.ts";
import { createUnavailable, findNetworkFault } from "../../runtime/faults/network-faults.ts";
import { signStandardWebhook } from "../../runtime/signatures/standard-webhooks.ts";
import { type Check, createMisconfiguration, type Finding, reportFaults, reportOk } from "./check.ts";
import { readStoredTargets, type StoredTargets } from "./stored-targets.ts";

type Fetch = typeof globalThis.fetch;

/** A secret of this form signs and verifies. Of a public key we do not have the other half. */
const SHARED_SECRET = "whsec_";
/** The ingress verifies the signature, counts the type and stores nothing. */
const BODY = JSON.stringify({ type: "ping" });

/** Posts a signed webhook to this installation through PUBLIC_BASE_URL, as a caller does. */
export function createPublicUrlCheck(config: Config, { fetch }: { fetch: Fetch }): Check {
  return {
    name: "Public URL",
    service: "ingress",
    fix: "Start `parley api`, or correct PUBLIC_BASE_URL.",
    async run(signal, limitMs) {
      const account = findSigningAccount(await readStoredTargets(config, limitMs));
      try {
        return account === null
          ? await askForLife(config, { fetch, signal })
          : await postPing(config, account, { fetch, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        return reportFaults([await describeFailure(error, config, { fetch, signal })]);
      }
    },
  };
}

interface SigningAccount {
  accountId: string;
  secret: string;
}

function findSigningAccount({ webhooks }: StoredTargets): SigningAccount | null {
  for (const { accountId, secrets } of webhooks) {
    const secret = secrets.inbound.find((one) => one.startsWith(SHARED_SECRET));
    if (secret !== undefined) return { accountId, secret };
  }
  return null;
}

interface Call {
  fetch: Fetch;
  signal: AbortSignal;
}

async function postPing(
  { PUBLIC_BASE_URL: base }: Config,
  { accountId, secret }: SigningAccount,
  { fetch, signal }: Call,
): Promise<Finding> {
  const id = `doctor_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1_000);
  const response = await fetch(webhookUrl(base, { channel: "webhook", accountId }), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signStandardWebhook({ id, timestamp, body: BODY, secrets: [secret] }),
    },
    body: BODY,
    redirect: "manual",
    signal,
  });
  const code = await readProblemCode(response);
  // The signature is verified before the body is read.
  if (response.ok || code === "body_invalid")
    return reportOk("A signed webhook arrives at this installation.");
  return reportFaults([describeResponse(response.status, code)]);
}

/** Without an account whose secret we have, only the address can be checked. */
async function askForLife({ PUBLIC_BASE_URL: base }: Config, { fetch, signal }: Call): Promise<Finding> {
  const response = await fetch(`${base.replace(/\/$/, "")}/livez`, { redirect: "manual", signal });
  const body = response.ok ? await readJson(response) : null;
  const isOurs = typeof body === "object" && body !== null && "status" in body && body.status === "ok";
  if (isOurs) return reportOk("It reaches an ingress. There is no webhook account to sign a webhook with.");
  return reportFaults([describeResponse(response.status, null)]);
}

async function readJson(response: Response): Promise<unknown> {
  // Not logged: the page of another server is no JSON.
  return await response.json().catch(() => null);
}

async function readProblemCode(response: Response): Promise<string | null> {
  const body = await readJson(response);
  const hasCode = typeof body === "object" && body !== null && "code" in body;
  return hasCode && typeof body.code === "string" ? body.code : null;
}

const OTHER_SERVER = [
  "other_server",
  "PUBLIC_BASE_URL reaches a server that is not this ingress, or a proxy that changes the path.",
  "Correct PUBLIC_BASE_URL, and let the proxy pass /webhooks/ with the whole path.",
] as const;

function describeResponse(status: number, code: string | null): Fault {
  if (code === "unknown_account")
    return createMisconfiguration("ingress", [
      "account_unknown",
      "The ingress does not know the webhook account of these settings.",
      "Run `parley migrate` with these settings. If the account is there, PUBLIC_BASE_URL reaches another installation.",
    ]);
  if (code === "signature_invalid" || code === "signature_missing")
    return createMisconfiguration("ingress", [
      "signature_refused",
      `The ingress refused our signature (${code}).`,
      "Give all processes the same database, and let the proxy pass the body and the webhook-* headers unchanged.",
    ]);
  if (code === "timestamp_out_of_window")
    return createMisconfiguration("ingress", [
      "clock_differs",
      "The clocks of this host and of the ingress differ by more than five minutes.",
      "Set the clocks by NTP.",
    ]);
  if (status >= 300 && status < 400)
    return createMisconfiguration("ingress", [
      "redirected",
      `PUBLIC_BASE_URL is redirected (${status}), and vendors do not follow redirects.`,
      "Set PUBLIC_BASE_URL to the URL that the redirect leads to.",
    ]);
  if (status >= 500)
    return { ...createUnavailable("ingress"), cause: `The ingress responded with ${status}.` };
  const [what, cause, fix] = OTHER_SERVER;
  return createMisconfiguration("ingress", [what, cause.replace(/\.$/, ` (${status}).`), fix]);
}

/** Where the ingress of this host responds and PUBLIC_BASE_URL does not, the setting is wrong. */
async function describeFailure(error: unknown, config: Config, call: Call): Promise<Fault> {
  const fault = findNetworkFault("ingress", error) ?? createUnavailable("ingress");
  const { HOST: host, PORT: port } = config;
  const local = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (fault.kind !== "outage" || config.PUBLIC_BASE_URL.startsWith(local)) return fault;
  if (!(await hasIngressAt(local, config, call)))
    return { ...fault, cause: `No ingress responds at PUBLIC_BASE_URL. ${fault.cause}` };
  return createMisconfiguration("ingress", [
    "not_reached",
    `An ingress runs at ${local}, and PUBLIC_BASE_URL does not lead to it.`,
    "Correct PUBLIC_BASE_URL, or the proxy and the firewall before the ingress.",
  ]);
}

async function hasIngressAt(url: string, config: Config, call: Call): Promise<boolean> {
  try {
    const { state } = await askForLife({ ...config, PUBLIC_BASE_URL: url }, call);
    return state === "ok";
  } catch {
    // Not logged: an ingress on another host is as good.
    return false;
  }
}
