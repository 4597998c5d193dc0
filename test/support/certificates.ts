// Certificates of an authority of a test: X.509 by node:crypto alone, so that no test needs another program for them.
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

export interface Issued {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface CertificateTerms {
  /** DNS names and IPv4 addresses. Default: loopback. */
  readonly names?: readonly string[];
  /** Wall time, ms. Default: an hour ago. */
  readonly from?: number;
  /** Wall time, ms. Default: in ninety days. */
  readonly until?: number;
}

export interface Authority {
  /** PEM. */
  readonly cert: string;
  issue(terms?: CertificateTerms): Issued;
}

const HOUR_MS = 3_600_000;
const LOOPBACK = ['127.0.0.1', 'localhost'];
const OID = { commonName: '2.5.4.3', ecdsaWithSha256: '1.2.840.10045.4.3.2', basicConstraints: '2.5.29.19', subjectAltName: '2.5.29.17' };

export function authority(name = 'an authority of a test'): Authority {
  const own = keyPair();
  const make = (subject: string, holder: KeyObject, { from = Date.now() - HOUR_MS, until = Date.now() + 90 * 24 * HOUR_MS }: CertificateTerms, extension: Buffer): string => {
    const algorithm = sequence(oid(OID.ecdsaWithSha256));
    const body = sequence(
      tagged(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      algorithm,
      named(name),
      sequence(time(from), time(until)),
      named(subject),
      createPublicKey(holder).export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(extension)),
    );
    return pem(sequence(body, algorithm, bits(sign('sha256', body, own))));
  };
  return {
    cert: make(name, own, {}, sequence(oid(OID.basicConstraints), tagged(0x01, Buffer.from([0xff])), octets(sequence(tagged(0x01, Buffer.from([0xff])))))),
    issue(terms = {}) {
      const holder = keyPair();
      const { names = LOOPBACK } = terms;
      const cert = make('a node of a test', holder, terms, sequence(oid(OID.subjectAltName), octets(sequence(...names.map(generalName)))));
      return { cert, key: holder.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

/** `cert.pem` and, for its owner alone, `key.pem`. */
export function layDown(folder: string, { cert, key }: Issued): { readonly certFile: string; readonly keyFile: string } {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return { certFile, keyFile };
}

const keyPair = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
/** An empty line would end it too early. */
const pem = (der: Buffer): string => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?!$)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (value: Buffer): Buffer => tagged(0x02, value);
const octets = (value: Buffer): Buffer => tagged(0x04, value);
const bits = (value: Buffer): Buffer => tagged(0x03, Buffer.from([0]), value);
const named = (name: string): Buffer => sequence(tagged(0x31, sequence(oid(OID.commonName), tagged(0x0c, Buffer.from(name)))));
/** To the second, as the form has it. */
const time = (at: number): Buffer => tagged(0x18, Buffer.from(`${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));
const generalName = (name: string): Buffer => (isIP(name) === 4 ? tagged(0x87, Buffer.from(name.split('.').map(Number))) : tagged(0x82, Buffer.from(name)));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Seven bits a byte, the highest first, and all but the last marked. */
function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}
