import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Their tests mostly wait: for a start of servers, a retry, a quiet window. The longest are first. */
const WAITING = ["/test/tools/faults/short.test.ts", "/test/journeys/", "/test/tools/", "/test/infra/cli/"];

/** The order of the files: the waiting ones are spread over the run from its beginning, so that other files compute during the waits. */
export class SpreadWaitingFiles extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- It is not the method of an array.
    const sorted = await super.sort(files);
    const waiting = new Set(
      WAITING.flatMap((place) => sorted.filter(({ moduleId }) => moduleId.includes(place))),
    );
    const computing = sorted.filter((file) => !waiting.has(file));
    const between = Math.floor(computing.length / Math.max(1, waiting.size));
    return [...[...waiting].flatMap((file) => [file, ...computing.splice(0, between)]), ...computing];
  }
}
