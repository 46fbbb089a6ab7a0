import { readFileSync } from "node:fs";
import {
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Certificate } from "./certificates.ts";

export interface TemporalGatewayOptions {
  /** host:port of the server, without TLS. */
  upstream: string;
  certificate: Certificate;
  /** PEM of the authority of the clients' certificates. Without it, the gateway asks for none. */
  clientAuthority?: string;
  apiKey?: string;
}

const PERMISSION_DENIED = "7";
const UNAUTHENTICATED = "16";

/**
 * A gateway before a Temporal server that asks for what Temporal Cloud asks for: TLS, a client's certificate or an API key. It denies the
 * operator service. Returns its port.
 */
export async function openTemporalGateway(options: TemporalGatewayOptions): Promise<number> {
  const { upstream, certificate, clientAuthority, apiKey } = options;
  const session = connect(`http://${upstream}`);
  const server = createSecureServer({
    cert: readFileSync(certificate.certFile),
    key: readFileSync(certificate.keyFile),
    ...(clientAuthority === undefined
      ? {}
      : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true }),
  });
  const refuse = (stream: ServerHttp2Stream, status: string) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": status },
      { endStream: true },
    );
  };
  server.on("stream", (stream, headers) => {
    // A client that ends its call resets the stream.
    stream.on("error", () => undefined);
    if (apiKey !== undefined && headers["authorization"] !== `Bearer ${apiKey}`)
      return refuse(stream, UNAUTHENTICATED);
    if (String(headers[":path"]).startsWith("/temporal.api.operatorservice"))
      return refuse(stream, PERMISSION_DENIED);
    forward(stream, headers);
  });
  function forward(
    stream: ServerHttp2Stream,
    { ":authority": _authority, ...headers }: IncomingHttpHeaders,
  ): void {
    const onward = session.request(headers);
    onward.on("error", () => stream.destroy());
    stream.on("close", () => onward.destroy());
    let trailers: IncomingHttpHeaders = {};
    onward.on("trailers", (received: IncomingHttpHeaders) => {
      trailers = received;
    });
    onward.on("response", ({ ":status": status = 200, ...received }, flags: number) => {
      // A refusal has its status in the headers and no body.
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
        return stream.respond({ ":status": status, ...received }, { endStream: true });
      stream.respond({ ":status": status, ...received }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      onward.pipe(stream);
    });
    stream.pipe(onward);
  }
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
