import { expect, it } from "vitest";
import { warmUpHttp } from "../../../../infra/runtime/network/warm-up-http.ts";
import { eventually } from "../../../support/eventually.ts";

it("the warm-up of the HTTP clients leaves no server and no connection open", async () => {
  const listOpen = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
  const before = listOpen();
  await warmUpHttp();
  await eventually("the connections to close", async () => listOpen().length === before.length);
  expect(listOpen()).toEqual(before);
});
