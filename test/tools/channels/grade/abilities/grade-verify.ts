import type { InboundRequest } from "../../../../../api/channels/channel.ts";
import type { ChannelKit } from "../../channel-kit.ts";
import { accountWith, type ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

const MINUTE = 60_000;
const MESSAGE = { kind: "message", number: 1, text: "Are you open on Sunday? ✓" } as const;
const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1];

interface Forgery {
  what: string;
  request: InboundRequest;
}

/** A correct request passes. A changed, unsigned or twice signed one, and one with another secret or time, does not. */
export async function gradeVerify({ kit, account }: ChannelFixture, findings: Findings): Promise<void> {
  const now = new Date();
  const signAt = (minutes: number, secret = kit.secrets.current): InboundRequest => ({
    ...kit.requestOf([MESSAGE], { secret, at: new Date(now.getTime() + minutes * MINUTE) }),
    receivedAt: now,
  });
  const right = signAt(0);
  const { covers } = kit.signature;
  const forgeries: Forgery[] = [
    { what: "a signature by another secret", request: signAt(0, kit.secrets.foreign) },
    ...headerForgeries(kit, right),
    ...(covers.body === true ? bodyForgeries(right) : []),
    ...(covers.url === true ? [{ what: "another URL", request: { ...right, url: `${right.url}?x=1` } }] : []),
    ...(covers.time === true
      ? [-6, 6].map((minutes) => ({ what: `a time ${minutes} minutes off`, request: signAt(minutes) }))
      : []),
  ];
  for (const minutes of covers.time === true ? [0, -4, 4] : [0]) {
    const verdict = await kit.inbound.verify(signAt(minutes), account);
    findings.expect(verdict.ok, `a right request, ${minutes} minutes off, is refused`);
  }
  for (const { what, request } of forgeries) {
    findings.expect(!(await kit.inbound.verify(request, account)).ok, `accepted: ${what}`);
  }
  const { ok: isOpen } = await kit.inbound.verify(right, accountWith(account, []));
  findings.expect(!isOpen, "accepted: a request to an account without a secret");
}

function headerForgeries({ signature }: ChannelKit, right: InboundRequest): Forgery[] {
  const withHeader = (name: string, value: string | string[] | undefined): InboundRequest => ({
    ...right,
    headers: { ...right.headers, [name]: value },
  });
  return signature.headers.flatMap((name) => {
    const value = String(right.headers[name]);
    const changed = SHARES.map((share) => ({
      what: `${name} changed at ${Math.round(share * 100)} %`,
      request: withHeader(name, changedText(value, share)),
    }));
    return [
      { what: `no ${name}`, request: withHeader(name, undefined) },
      { what: `an empty ${name}`, request: withHeader(name, "") },
      ...(signature.covers.once === undefined
        ? [{ what: `${name} twice`, request: withHeader(name, [value, value]) }]
        : []),
      ...changed,
    ];
  });
}

/** Neither base64 nor hexadecimal digits read the new character as the old one; the last two may hold padding alone. */
function changedText(text: string, share: number): string {
  const place = Math.floor(share * Math.max(0, text.length - 4));
  return text.slice(0, place) + (text[place] === "0" ? "1" : "0") + text.slice(place + 1);
}

function bodyForgeries(right: InboundRequest): Forgery[] {
  const { rawBody } = right;
  const withBody = (what: string, body: Buffer): Forgery => ({ what, request: { ...right, rawBody: body } });
  return [
    ...SHARES.map((share) => {
      const place = Math.floor(share * (rawBody.length - 1));
      const changed = Buffer.from(rawBody);
      changed[place] = (changed[place] ?? 0) ^ 1;
      return withBody(`a body with byte ${place} changed`, changed);
    }),
    withBody("a body with a byte more", Buffer.concat([rawBody, Buffer.from(" ")])),
    withBody("a body with a byte less", rawBody.subarray(0, -1)),
    withBody("an empty body", Buffer.alloc(0)),
  ];
}
