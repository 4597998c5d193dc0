// A receiver of webhooks on this machine that checks what it gets as the published rules say, not by our code; it may be down, and may refuse.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface Told {
  readonly id: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Signed with the secret over id, time and body. */
  readonly genuine: boolean;
  readonly status: number;
}

export interface WebhookReceiver {
  readonly url: string;
  /** In the order in which it came, also what was refused. */
  readonly told: Told[];
  /** What the next calls are answered with, one each; then 200. */
  readonly statuses: number[];
  /** It is not to be reached: each connection is cut off, and counted. The port stays its own. */
  down: boolean;
  cutOff: number;
  close(): Promise<void>;
}

/** `secret`: as its bytes are. */
export async function webhookReceiver(secret: string): Promise<WebhookReceiver> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      const status = self.statuses.shift() ?? 200;
      self.told.push({ id: String(request.headers['webhook-id']), text, body: JSON.parse(text) as Told['body'], genuine: isGenuine(request.headers, text, secret), status });
      // A kept connection would outlive what is down next.
      response.writeHead(status, { connection: 'close' }).end();
    });
  });
  server.on('connection', (socket) => {
    if (!self.down) return;
    self.cutOff += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/hooks/approvals`,
    told: [],
    statuses: [],
    down: false,
    cutOff: 0,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

function isGenuine(headers: IncomingHttpHeaders, text: string, secret: string): boolean {
  const signed = createHmac('sha256', secret)
    .update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`)
    .digest('base64');
  return headers['webhook-signature'] === `v1,${signed}`;
}
