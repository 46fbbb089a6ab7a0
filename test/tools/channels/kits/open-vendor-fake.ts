import type { Fake } from "../../../../infra/sandbox/fakes/server/fake.ts";
import type { SentText, VendorFake } from "../channel-kit.ts";

export interface VendorFakeOptions<Message> {
  /** Reads the text that the contact sees; null for none. */
  formatSent(message: Message): SentText | null;
  /** The mark that closes a contact's reply window at the fake. */
  windowMark?: { mark: string; to: string };
  /** The path after the fake's address in the vendor's base URL. */
  path?: string;
}

/** A fake on a free port, read and steered by its control routes. */
export async function openVendorFake<Message>(
  fake: Fake,
  { formatSent, windowMark, path = "" }: VendorFakeOptions<Message>,
): Promise<VendorFake> {
  const url = await fake.listen(0);
  return {
    url: url + path,
    scriptFault: (fault) => fake.faults.replace([{ match: {}, times: 1, fault }]),
    calls: () => fake.log.entries(),
    close: async () => await fake.close(),
    async readSentTexts() {
      const response = await fetch(`${url}/__control/messages`);
      const { messages } = (await response.json()) as { messages: Message[] };
      return messages.flatMap((message) => formatSent(message) ?? []);
    },
    ...(windowMark !== undefined && {
      async closeWindow() {
        const { mark, to } = windowMark;
        await fetch(`${url}/__control/${mark}`, { method: "POST", body: JSON.stringify({ to }) });
      },
    }),
  };
}
