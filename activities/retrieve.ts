import type { Route } from "../workflows/types.ts";
import { type BuildContextDependencies, createBuildContext } from "./answer/retrieval/build-context.ts";
import type { TurnStep } from "./contract.ts";

export type RetrieveDependencies = BuildContextDependencies;

export function createRetrieve(dependencies: RetrieveDependencies) {
  const buildContext = createBuildContext(dependencies);
  /** The stored route where an earlier attempt has one. */
  return async function retrieve({ turnId }: TurnStep): Promise<Route> {
    const { context } = await buildContext(turnId);
    return context.route as Route;
  };
}
