import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Their tests mostly wait: for a start of servers, a retry, a quiet window. */
const WAITING = ["/test/journeys/", "/test/tools/", "/test/infra/sandbox/", "/test/infra/cli/"];

/** The order of the files: the waiting ones are spread over the run from its beginning, so that other files compute meanwhile. */
export class SpreadWaitingFiles extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- It is not the method of an array.
    const sorted = await super.sort(files);
    const { waiting = [], computing = [] } = Object.groupBy(sorted, ({ moduleId }) =>
      WAITING.some((folder) => moduleId.includes(folder)) ? "waiting" : "computing",
    );
    const between = Math.floor(computing.length / Math.max(1, waiting.length));
    return [...waiting.flatMap((file) => [file, ...computing.splice(0, between)]), ...computing];
  }
}
