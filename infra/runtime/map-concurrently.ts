import pLimit from "p-limit";

/**
 * Like `Promise.all` over a map, with at most `concurrency` calls at once. After a failure no further call starts; the calls that
 * are running are awaited, then a failure is thrown.
 */
export async function mapConcurrently<Item, Result>(
  items: Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const limit = pLimit({ concurrency, rejectOnClear: true });
  const runOrStop = async (item: Item) => {
    try {
      return await work(item);
    } catch (error) {
      limit.clearQueue();
      throw error;
    }
  };
  const settled = await Promise.allSettled(Array.from(items, (item) => limit(runOrStop, item)));
  // Calls start in order, so a real failure comes before those that were cleared from the queue.
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
