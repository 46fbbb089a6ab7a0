import { expect, it } from "vitest";
import { serviceOf } from "../../infra/deploy/compose-file.ts";
import { CAMPAIGNS } from "./campaigns/registry.ts";
import { BATCH_WORKER, modelProcessOf, processesOf, SHAPES, workersOf } from "./shape.ts";

it("the shipped shape has the workers that docker-compose.yml ships", () => {
  const shipped = [...workersOf("shipped"), BATCH_WORKER].map(({ args }) => args);
  expect(shipped).toEqual([serviceOf("worker").command, serviceOf("worker-batch").command]);
});

it.each(SHAPES)("each queue of a message has exactly one worker in the shape %s", (shape) => {
  const queues = workersOf(shape).flatMap(({ args }) => args.slice(args.indexOf("--queue") + 1));
  expect(queues.toSorted()).toEqual(["delivery", "main", "model"]);
  const caller = processesOf(shape).find(({ name }) => name === modelProcessOf(shape));
  expect(caller?.args).toContain("model");
});

it("most campaigns judge the shipped shape, and one judges a separate model worker", () => {
  const others = CAMPAIGNS.filter(({ shape = "shipped" }) => shape !== "shipped");
  expect(others.map(({ name }) => name)).toEqual(["stores-unavailable"]);
});
