import type { StandIn } from "../../../infra/dev/stand-ins/server/stand-in.ts";
import type { SentText, Vendor } from "../channel-kit.ts";

export interface VendorOptions<Message> {
  /** What the person sees of a message that the stand-in shows; null for nothing. */
  shown(message: Message): SentText | null;
  /** The mark that closes a person's reply window at the stand-in. */
  windowMark?: { mark: string; to: string };
  /** What stands behind the stand-in's address in the vendor's base URL. */
  path?: string;
}

/** A stand-in on a free port, read and steered by its control routes. */
export async function openVendor<Message>(
  standIn: StandIn,
  { shown, windowMark, path = "" }: VendorOptions<Message>,
): Promise<Vendor> {
  const url = await standIn.listen(0);
  return {
    url: url + path,
    script: (fault) => standIn.faults.replace([{ match: {}, times: 1, fault }]),
    calls: () => standIn.log.entries(),
    close: async () => await standIn.close(),
    async sent() {
      const answer = await fetch(`${url}/__control/messages`);
      const { messages } = (await answer.json()) as { messages: Message[] };
      return messages.flatMap((message) => shown(message) ?? []);
    },
    ...(windowMark !== undefined && {
      async closeWindow() {
        const { mark, to } = windowMark;
        await fetch(`${url}/__control/${mark}`, { method: "POST", body: JSON.stringify({ to }) });
      },
    }),
  };
}
