import { expect, it } from "vitest";
import { describeActions, planRound, SIZES } from "./round-plan.ts";
import { FAULT_KINDS } from "./fault-kinds.ts";
import { planStory, STORIES } from "./stories.ts";

const toText = (seed: number, round: number) => {
  const { settings, actions } = planRound(seed, round, SIZES.full);
  const stories = actions.filter((action) => action.kind === "story");
  return JSON.stringify([settings, describeActions(actions), stories.flatMap(planStory)]);
};

it("the same seed and round make the same settings, faults and messages", () => {
  expect(toText(7, 3)).toBe(toText(7, 3));
  expect(toText(7, 3)).not.toBe(toText(7, 4));
  expect(toText(7, 3)).not.toBe(toText(8, 3));
});

it("an action keeps its messages when other actions are left out", () => {
  const stories = (drop: number) =>
    planRound(1, 1, SIZES.full)
      .actions.filter((action) => action.kind === "story")
      .slice(drop);
  expect(stories(5).map(planStory)).toEqual(stories(0).map(planStory).slice(5));
});

it("three hundred rounds use every kind of fault, every story and every setting", () => {
  const rounds = Array.from({ length: 300 }, (_, i) => planRound(1, i, SIZES.full));
  const names = new Set(rounds.flatMap(({ actions }) => actions.map(({ name }) => name)));
  expect(new Set([...Object.keys(FAULT_KINDS), ...Object.keys(STORIES)])).toEqual(names);
  const settings = new Set(rounds.map((round) => JSON.stringify(round.settings)));
  expect(settings.size).toBe(2 * 2 * 2 * 2 * 2);
});

it("a chosen shape changes only the process that a fault of the model calls hits", () => {
  const plans = Array.from({ length: 100 }, (_, i) =>
    (["shipped", "separate-model"] as const).map((shape) => planRound(1, i, { ...SIZES.full, shape })),
  );
  const names = (index: number) => plans.flatMap((plan) => plan[index]?.actions.map(({ name }) => name));
  const inShipped = names(1).map((name) => name?.replace(/^(kill|freeze)_model$/, "$1_worker"));
  expect(names(1)).toContain("freeze_model");
  expect(names(0)).toEqual(inShipped);
});

it("no two messages of a round have the same marker, and keywords have none", () => {
  const { actions } = planRound(3, 1, SIZES.full);
  const deeds = actions.filter((action) => action.kind === "story").flatMap(planStory);
  const markers = deeds
    .filter(({ does }) => does === "write" || does === "press")
    .map(({ marker }) => marker);
  expect(new Set(markers).size).toBe(markers.length);
  const keywords = deeds.filter(({ does }) => does === "stop" || does === "start");
  expect(keywords.length).toBeGreaterThan(0);
  expect(keywords.filter(({ marker }) => marker !== "")).toEqual([]);
});

it("a short round has no long fault, except of a kind that is always long", () => {
  const rounds = Array.from({ length: 50 }, (_, i) => planRound(1, i, SIZES.short));
  const faults = rounds.flatMap(({ actions }) => actions.filter((action) => action.kind === "fault"));
  const long = faults.filter(({ forMs }) => forMs > 1_000 * SIZES.short.longestFaultS);
  expect(
    long.flatMap(({ name }) =>
      Math.min(...FAULT_KINDS[name].lengths) > SIZES.short.longestFaultS ? [] : [name],
    ),
  ).toEqual([]);
});
