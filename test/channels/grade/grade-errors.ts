import type { SendOutcome } from "../../../activities/channels/channel.ts";
import type { ErrorCase } from "../channel-kit.ts";
import type { Bench } from "./bench.ts";
import type { Findings } from "./findings.ts";

/** Short, because it is waited for; the stand-in answers in a thousandth of it. */
const IMPATIENCE_MS = 600;

/** What the network does is the same for every vendor. */
const WEATHER: readonly ErrorCase[] = Object.freeze([
  { when: "the connection is cut", fault: { cut: true }, means: "unknown" },
  { when: "the answer is lost", fault: { accept_then_drop: true }, means: "unknown" },
  { when: "no answer comes in time", fault: { delay_ms: 5 * IMPATIENCE_MS }, means: "unknown" },
]);

/** Each answer of the vendor means what the kit's table says; the network's accidents are told apart from refusals. */
export async function gradeErrors(bench: Bench, findings: Findings): Promise<void> {
  const { kit, account, outbound, vendor } = bench;
  judgeTable(kit.errors, findings);
  const impatient = bench.outboundWithin(IMPATIENCE_MS);
  for (const error of [...kit.errors, ...WEATHER]) {
    vendor.script(error.fault);
    const channel = error.fault.delay_ms === undefined ? outbound : impatient;
    const outcome = await channel.send(bench.partOf(error.when), account, bench.signal);
    judge(error, outcome, findings);
    // A vendor may repeat what it was sent, the key included.
    const [secret = ""] = account.secrets.outbound;
    const isSecret = secret === "" || !JSON.stringify(outcome).includes(secret);
    findings.want(isSecret, `${error.when}: the outcome shows the secret`);
  }
  await judgeRedirect(bench, findings);
  await vendor.close();
  // Over no connection that was open before: there it could not be told from a lost answer.
  const fresh = bench.outboundWithin(IMPATIENCE_MS * 10);
  const nobody = await fresh.send(bench.partOf("nobody listens"), account, bench.signal);
  judge({ when: "nobody listens", fault: {}, means: "retry" }, nobody, findings);
}

/** Without these three a table says little. */
function judgeTable(errors: readonly ErrorCase[], findings: Findings): void {
  const has = (isOne: (error: ErrorCase) => boolean) => errors.some(isOne);
  findings.want(
    has(({ fault, means }) => (fault.status ?? 0) >= 500 && means !== "permanent"),
    "the kit scripts no 5xx",
  );
  findings.want(
    has(({ fault, waitMs }) => fault.status === 429 && waitMs !== undefined),
    "the kit scripts no 429 with a wait",
  );
  findings.want(
    has(({ means }) => means === "config"),
    "the kit scripts no refusal of our own credentials",
  );
}

function judge({ when, means, waitMs }: ErrorCase, outcome: SendOutcome, findings: Findings): void {
  const seen = outcome.kind === "refused" ? outcome.class : outcome.kind;
  findings.want(seen === means, `${when}: ${seen} and not ${means} (${JSON.stringify(outcome)})`);
  if (waitMs === undefined || outcome.kind !== "refused") return;
  findings.want(
    outcome.retryAfterMs === waitMs,
    `${when}: a wait of ${outcome.retryAfterMs} ms, not ${waitMs}`,
  );
}

/** The new address was checked by nobody. */
async function judgeRedirect({ vendor, outbound, ...bench }: Bench, findings: Findings): Promise<void> {
  const fault = { status: 307, headers: { location: `${vendor.url}/elsewhere` }, body: "" };
  vendor.script(fault);
  const outcome = await outbound.send(bench.partOf("moved"), bench.account, bench.signal);
  findings.want(outcome.kind === "refused", `a redirect is ${outcome.kind}`);
  const isFollowed = vendor.calls().some(({ path }) => path.endsWith("/elsewhere"));
  findings.want(!isFollowed, "a redirect is followed");
}
