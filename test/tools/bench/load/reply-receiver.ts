import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The system of a tenant that gets its replies as signed webhooks, and accepts each. */
export async function openReplyReceiver(
  onReply: (reply: { webhookId: string; inReplyTo: readonly string[] }) => void,
) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(204).end();
      const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: { in_reply_to: string[] } };
      onReply({ webhookId: String(request.headers["webhook-id"]), inReplyTo: data.in_reply_to });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/replies`,
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
