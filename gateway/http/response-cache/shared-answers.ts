// Kept answers outside of this process, so that a node that starts again, or takes over the data directory on another machine, has warm
// ones. Sealed under the tag with a key of the data directory: whoever reads or writes that store learns nothing and plants nothing.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { RemoteBytes, RemoteReport } from '../../../transports/index.ts';

export interface SharedAnswers {
  /** Undefined where there is none that this node has kept. Waits for next to nothing, never rejects. */
  find(tag: string): Promise<string | undefined>;
  keep(tag: string, text: string): void;
  report(): RemoteReport;
  /** Since the start. */
  counts(): AnswerCounts;
  close(): void;
}

export interface AnswerCounts {
  readonly found: number;
  /** Not there, of somebody else, or not told in time. */
  readonly missed: number;
}

export interface SharedAnswersOptions {
  readonly store: RemoteBytes;
  /** Of the data directory; never leaves it. */
  readonly secret: string;
  /** Of the program: another one may answer otherwise. */
  readonly build: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME_LENGTH = 12;

export function sharedAnswers({ store, secret, build }: SharedAnswersOptions): SharedAnswers {
  const derived = (purpose: string, text: string): Buffer => createHmac('sha256', secret).update(`${purpose}\n${text}`).digest();
  // Others who keep theirs in the same store do not push these out by name.
  const prefix = `troupe:answer:${derived('name', build).toString('base64url').slice(0, NAME_LENGTH)}:`;
  // A key for each tag: what was kept under another cannot be opened.
  const keyOf = (tag: string): Buffer => derived('seal', `${build}\n${tag}`);
  const counts = { found: 0, missed: 0 };
  return {
    async find(tag) {
      const sealed = await store.find(prefix + tag);
      const text = sealed === undefined ? undefined : opened(sealed, keyOf(tag));
      counts[text === undefined ? 'missed' : 'found'] += 1;
      return text;
    },
    keep: (tag, text) => store.keep(prefix + tag, sealedText(text, keyOf(tag))),
    report: () => store.report(),
    counts: () => ({ ...counts }),
    close: () => store.close(),
  };
}

function sealedText(text: string, key: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function opened(sealed: Buffer, key: Buffer): string | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
