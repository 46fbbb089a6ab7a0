import { asyncLocalStorage, type Context } from "@temporalio/activity";
import { expect, it } from "vitest";
import { createEndpointLimit } from "../../../activities/delivery/endpoint-limit.ts";

const CONTEXT = { info: { isLocal: false } } as unknown as Context;

it("an endpoint gets 20 attempts at once, and the next one is deferred without effect on other endpoints", async () => {
  const withEndpointLimit = createEndpointLimit();
  const send = async (endpointId: string, response: Promise<string>) =>
    await asyncLocalStorage.run(CONTEXT, async () => await withEndpointLimit(endpointId, () => response));
  const slow = Promise.withResolvers<string>();
  const attempts = Array.from({ length: 20 }, () => send("slow", slow.promise));
  const now = Promise.resolve("accepted");

  await expect(send("slow", now)).rejects.toMatchObject({ type: "DeliveryDeferred", nonRetryable: false });
  expect(await send("fast", now)).toBe("accepted");
  slow.resolve("accepted");
  expect(await Promise.all(attempts)).toEqual(Array.from({ length: 20 }, () => "accepted"));
  expect(await send("slow", now)).toBe("accepted");
});
