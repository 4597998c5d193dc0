// Tells the webhook of the fleet file about approvals that wait. Behind a circuit breaker: a receiver that is down is left alone for a while.
// The secret signs and goes nowhere; the URL may hold a token of its own, so errors name its origin only.
import type { WebhookPlace } from '../../actors/fleet/waiting.ts';
import type { Notice } from '../../actors/webhook/notice.ts';
import type { Webhook } from '../../actors/work/ports.ts';
import { type Clock, codedError, isCoded } from '../../runtime/index.ts';
import { type BreakerReport, breaker } from '../../supervisors/index.ts';
import { type Readable, readApproval } from '../operations/settled-report.ts';
import { readText } from '../private-file.ts';
import { secretOf, signedHeaders } from './signature.ts';

interface WebhookSettings {
  readonly url: string;
  readonly secret: Buffer;
}

export interface NodeWebhook extends Webhook {
  report(): BreakerReport;
  /** Delivers nothing more. */
  stop(): void;
}

type Delivery = readonly [notice: Notice, signal: AbortSignal];

const TIMEOUT_MS = 10_000;
const WINDOW_MS = 120_000;
const RESET_MS = 30_000;

/** Null where the fleet file names none. Throws `UnreadableFile` for a secret that is not there or too short. */
export function openWebhook(place: WebhookPlace | null, clock: Clock, systemNow: () => Readable): NodeWebhook | null {
  if (place === null) return null;
  const { url, secretFile } = place;
  const text = readText(secretFile);
  if (text === undefined) throw codedError('UnreadableFile', { file: secretFile, problem: 'does not exist' });
  const secret = secretOf(text);
  if (secret === undefined)
    throw codedError('UnreadableFile', { file: secretFile, problem: 'is too short for the secret of a webhook: 24 bytes at least, as `openssl rand -base64 32` makes' });
  return nodeWebhook({ url, secret }, clock, systemNow);
}

function nodeWebhook({ url, secret }: WebhookSettings, clock: Clock, systemNow: () => Readable): NodeWebhook {
  const { origin } = new URL(url);
  const post = async ([{ id, body }, given]: Delivery, signal: AbortSignal): Promise<void> => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'user-agent': 'troupe', ...signedHeaders(secret, { id, body: text, at: clock.now() }) };
    const response = await fetch(url, { method: 'POST', headers, body: text, redirect: 'manual', signal: AbortSignal.any([given, signal]) }).catch((error: unknown) => {
      throw codedError('WebhookFailed', { origin, problem: String((error as { cause?: { code?: unknown } }).cause?.code ?? 'no answer') });
    });
    // Nothing that it says is wanted, and an unread body would keep the connection.
    await response.body?.cancel();
    if (!response.ok) throw codedError('WebhookFailed', { origin, problem: `HTTP ${response.status}` });
  };
  const circuit = breaker<Delivery, void>(`webhook at ${origin}`, post, { timeoutMs: TIMEOUT_MS, windowMs: WINDOW_MS, resetMs: RESET_MS });
  return {
    async deliver(notice, signal) {
      if (!(await stillWaits(systemNow(), notice.approval))) return 'over';
      await circuit.call([notice, signal]);
      return 'delivered';
    },
    report: () => circuit.report(),
    stop: () => circuit.stop(),
  };
}

/** Nobody is called for what was decided meanwhile. */
async function stillWaits(system: Readable, approval: string): Promise<boolean> {
  try {
    const { decided } = await readApproval(system, approval);
    return decided === null;
  } catch (error) {
    if (isCoded(error, 'NoSuchRequest') || isCoded(error, 'ActorDown')) return false;
    throw error;
  }
}
