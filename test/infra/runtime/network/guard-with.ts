import { expect, onTestFinished } from "vitest";
import {
  createEgressGuard,
  type EgressOptions,
  type EgressRequest,
} from "../../../../infra/runtime/network/egress-guard.ts";

/** A guard for the length of a test; nothing is allowed and no name is known, unless the test says so. */
export function guardWith(options: Partial<EgressOptions> = {}) {
  const guard = createEgressGuard({
    allowHttp: false,
    allowedHosts: [],
    resolve: resolveNothing,
    ...options,
  });
  onTestFinished(async () => await guard.close());
  return {
    verify: guard.verify,
    call: async (url: string, more: Partial<EgressRequest> = {}) =>
      await guard.request({
        method: "POST",
        url,
        headers: { "content-type": "text/plain" },
        body: "hello",
        signal: new AbortController().signal,
        ...more,
      }),
  };
}

/** No test may ask a real name server. */
async function resolveNothing(name: string): Promise<never> {
  throw Object.assign(new Error(`${name} is unknown`), { code: "ENOTFOUND" });
}

export const leadsTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

export const failure = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => "no failure",
    (error: unknown) => error,
  );

export const expectFailure = (mayHaveExecuted: boolean) =>
  expect.objectContaining({ name: "EgressFailed", mayHaveExecuted }) as unknown;
