// A certificate and its key as they lie in their files. What is loaded can be shown: it is in date, the two belong together, the key is for
// its owner's eyes, and the certificate is for the name that clients use.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { codedError } from '../../runtime/index.ts';
import { CLIENT_VARIABLES, type ClientsWanted } from './client-config.ts';
import { readKey, readPem } from './pem-file.ts';
import { TLS_VARIABLES, type TlsConfig } from './tls-config.ts';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly minVersion: TlsConfig['minVersion'];
  /** PEM, of the authorities that certificates of clients come from; none: they are not asked for. */
  readonly ca?: string;
  /** Wall time, ms. */
  readonly expiresAt: number;
}

export interface CertificateWish {
  readonly config: TlsConfig;
  /** Name or address that clients use. */
  readonly host: string;
  /** Wall time, ms. */
  readonly now: number;
}

const wrong = (source: string, problem: string, fix: string): Error => codedError('InvalidConfig', { source, problem, fix });

/** Throws `InvalidConfig`, naming the variable, the file and the fix. */
export function loadCertificate({ config, host, now }: CertificateWish): Certificate {
  const cert = readPem(TLS_VARIABLES.cert, config.certFile);
  const shown = parsed(cert, config.certFile);
  checkDates(shown, config.certFile, now);
  checkName(shown, config, host);
  const key = readKey(TLS_VARIABLES.key, config.keyFile);
  if (!shown.checkPrivateKey(parsedKey(key, config.keyFile)))
    throw wrong(TLS_VARIABLES.key, `the key in ${config.keyFile} is not that of the certificate in ${config.certFile}`, 'name the two that were made together');
  const { minVersion } = config;
  try {
    createSecureContext({ cert, key, minVersion });
  } catch (error) {
    throw wrong(TLS_VARIABLES.cert, `${config.certFile} cannot be used (${(error as Error).message})`, 'have a certificate made with a key of today');
  }
  return { cert, key, minVersion, ...authoritiesIn(config.clients), expiresAt: Date.parse(shown.validTo) };
}

function parsed(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw wrong(TLS_VARIABLES.cert, `${file} holds no certificate in PEM`, 'name the file that begins with -----BEGIN CERTIFICATE-----');
  }
}

/** Each is looked at: what OpenSSL does not understand it leaves out without a word. */
function authoritiesIn(clients: ClientsWanted | undefined): Pick<Certificate, 'ca'> {
  if (clients === undefined) return {};
  const { caFile } = clients;
  const ca = readPem(CLIENT_VARIABLES.ca, caFile);
  const blocks = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0 || !blocks.every((block) => new X509Certificate(block).ca)) throw new TypeError('none');
  } catch {
    throw wrong(
      CLIENT_VARIABLES.ca,
      `${caFile} holds something else than authorities in PEM`,
      'name the file of the authorities that made the certificates of clients, not of such a certificate',
    );
  }
  return { ca };
}

/** What was wrong with it is not said in the library's words: they may quote it. */
function parsedKey(text: string, file: string): KeyObject {
  if (text.includes('ENCRYPTED'))
    throw wrong(TLS_VARIABLES.key, `the key in ${file} wants a passphrase, which nobody can give at start`, 'keep it without one, in a file of mode 600');
  try {
    return createPrivateKey(text);
  } catch {
    throw wrong(TLS_VARIABLES.key, `${file} holds no private key in PEM`, 'name the file that begins with -----BEGIN PRIVATE KEY-----');
  }
}

function checkDates({ validFrom, validTo }: X509Certificate, file: string, now: number): void {
  if (Date.parse(validTo) <= now) throw wrong(TLS_VARIABLES.cert, `the certificate in ${file} has expired (${validTo})`, 'renew it: a running node takes up the new one by itself');
  if (Date.parse(validFrom) > now) throw wrong(TLS_VARIABLES.cert, `the certificate in ${file} is good only from ${validFrom} on`, 'look at the clock of this machine, or wait');
}

function checkName(shown: X509Certificate, { certFile, name }: TlsConfig, host: string): void {
  const fits = isIP(host) === 0 ? shown.checkHost(host) : shown.checkIP(host);
  if (fits !== undefined) return;
  const names = shown.subjectAltName ?? 'nobody by name';
  throw wrong(
    TLS_VARIABLES.name,
    `the certificate in ${certFile} is for ${names}, and not for ${host}`,
    name === null ? 'give one of its names: clients come by it' : 'give one of its names',
  );
}
