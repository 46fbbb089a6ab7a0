import { accountWith, type ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

const MESSAGE = { kind: "message", number: 1, text: "Hello" } as const;

/** While a secret changes both are accepted, with the index of the one that matched. Afterwards the old one is refused. */
export async function gradeRotate({ kit, account }: ChannelFixture, findings: Findings): Promise<void> {
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
    findings.expect(verdict.ok, `the ${which} secret is refused while both are in force`);
    findings.expect(
      !verdict.ok || verdict.secretIndex === i,
      `the ${which} secret is taken for the other one`,
    );
  }
  findings.expect(!(await verdictOn(previous, [current])).ok, "the old secret still passes when it is gone");
  findings.expect(!(await verdictOn(current, [previous])).ok, "the new secret passes before it is known");
}
