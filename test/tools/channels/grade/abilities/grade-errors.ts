import type { SendOutcome } from "../../../../../activities/channels/channel.ts";
import type { ErrorCase } from "../../channel-kit.ts";
import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

/** Short, because it is waited for; the fake answers in a thousandth of it. */
const IMPATIENCE_MS = 600;

/** What the network does is the same for every vendor. */
const TRANSIENT_ERRORS: readonly ErrorCase[] = Object.freeze([
  { when: "the connection is cut", fault: { cut: true }, expectedClass: "unknown" },
  { when: "the response is lost", fault: { accept_then_drop: true }, expectedClass: "unknown" },
  { when: "no response arrives in time", fault: { delay_ms: 5 * IMPATIENCE_MS }, expectedClass: "unknown" },
]);

/** Each response of the vendor has the class of the kit's table, and failures of the network are not taken for refusals. */
export async function gradeErrors(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { kit, account, outbound, vendor } = fixture;
  judgeTable(kit.errors, findings);
  const impatient = fixture.outboundWithTimeout(IMPATIENCE_MS);
  for (const error of [...kit.errors, ...TRANSIENT_ERRORS]) {
    vendor.scriptFault(error.fault);
    const channel = error.fault.delay_ms === undefined ? outbound : impatient;
    const outcome = await channel.send(fixture.partOf(error.when), account, fixture.signal);
    judge(error, outcome, findings);
    // A vendor may repeat what it was sent, the key included.
    const [secret = ""] = account.secrets.outbound;
    const isSecret = secret === "" || !JSON.stringify(outcome).includes(secret);
    findings.expect(isSecret, `${error.when}: the outcome shows the secret`);
  }
  await judgeRedirect(fixture, findings);
  await vendor.close();
  // With a new connection: on an open one it would look like a lost response.
  const fresh = fixture.outboundWithTimeout(IMPATIENCE_MS * 10);
  const unreachable = await fresh.send(fixture.partOf("the connection is refused"), account, fixture.signal);
  judge({ when: "the connection is refused", fault: {}, expectedClass: "retry" }, unreachable, findings);
}

/** Without these three a table says little. */
function judgeTable(errors: readonly ErrorCase[], findings: Findings): void {
  const has = (isOne: (error: ErrorCase) => boolean) => errors.some(isOne);
  findings.expect(
    has(({ fault, expectedClass }) => (fault.status ?? 0) >= 500 && expectedClass !== "permanent"),
    "the kit scripts no 5xx",
  );
  findings.expect(
    has(({ fault, waitMs }) => fault.status === 429 && waitMs !== undefined),
    "the kit scripts no 429 with a wait",
  );
  findings.expect(
    has(({ expectedClass }) => expectedClass === "config"),
    "the kit scripts no refusal of our own credentials",
  );
}

function judge({ when, expectedClass, waitMs }: ErrorCase, outcome: SendOutcome, findings: Findings): void {
  const seen = outcome.kind === "refused" ? outcome.class : outcome.kind;
  findings.expect(
    seen === expectedClass,
    `${when}: ${seen} and not ${expectedClass} (${JSON.stringify(outcome)})`,
  );
  if (waitMs === undefined || outcome.kind !== "refused") return;
  findings.expect(
    outcome.retryAfterMs === waitMs,
    `${when}: a wait of ${outcome.retryAfterMs} ms, not ${waitMs}`,
  );
}

/** The address of a redirect was not checked. */
async function judgeRedirect(
  { vendor, outbound, ...fixture }: ChannelFixture,
  findings: Findings,
): Promise<void> {
  const fault = { status: 307, headers: { location: `${vendor.url}/elsewhere` }, body: "" };
  vendor.scriptFault(fault);
  const outcome = await outbound.send(fixture.partOf("moved"), fixture.account, fixture.signal);
  findings.expect(outcome.kind === "refused", `a redirect is ${outcome.kind}`);
  const isFollowed = vendor.calls().some(({ path }) => path.endsWith("/elsewhere"));
  findings.expect(!isFollowed, "a redirect is followed");
}
