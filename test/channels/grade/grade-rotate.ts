import { accountWith, type Bench } from "./bench.ts";
import type { Findings } from "./findings.ts";

const MESSAGE = { kind: "message", number: 1, text: "Hello" } as const;

/** While a secret changes both pass, and it is told which; afterwards the old one does not. */
export async function gradeRotate({ kit, account }: Bench, findings: Findings): Promise<void> {
  const { current, previous } = kit.secrets;
  const verdictOn = async (secret: string, inbound: readonly string[]) =>
    await kit.inbound.verify(
      kit.requestOf([MESSAGE], { secret, at: new Date() }),
      accountWith(account, inbound),
    );
  const during = [current, previous];
  for (const [i, secret] of during.entries()) {
    const verdict = await verdictOn(secret, during);
    const which = i === 0 ? "new" : "old";
    findings.want(verdict.ok, `the ${which} secret is refused while both are in force`);
    findings.want(!verdict.ok || verdict.secretIndex === i, `the ${which} secret is taken for the other one`);
  }
  findings.want(!(await verdictOn(previous, [current])).ok, "the old secret still passes when it is gone");
  findings.want(!(await verdictOn(current, [previous])).ok, "the new secret passes before it is known");
}
