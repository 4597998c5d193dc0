import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { openCertificate } from '../../../gateway/tls/live-certificate.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { authority, type CertificateTerms, layDown } from '../../support/certificates.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { recordingLog } from '../../support/test-door.ts';

const NOW = Date.UTC(2031, 0, 1);
const DAY_MS = 86_400_000;
const LOOK_MS = 10_000;
const ISSUER = authority();
const issue = (days: number, terms: CertificateTerms = {}) => ISSUER.issue({ from: NOW - DAY_MS, until: NOW + days * DAY_MS, ...terms });

function place(folder = privateFolder()) {
  const files = layDown(folder, issue(10));
  const clock = new SimulatedClock(NOW);
  const shown: SecureContextOptions[] = [];
  const certificate = openCertificate({ config: { ...files, name: null, minVersion: 'TLSv1.2' }, host: '127.0.0.1', clock, log: recordingLog() });
  onTestFinished(() => certificate.close());
  certificate.showAt({ setSecureContext: (options) => void shown.push(options) });
  return { ...files, folder, clock, certificate, shown };
}

it('a renewed certificate is shown at every door within seconds', async () => {
  const { folder, clock, certificate, shown } = place();
  await clock.advance(5 * LOOK_MS);
  expect(shown).toEqual([]);
  const renewed = issue(90);
  layDown(folder, renewed);
  await clock.advance(LOOK_MS);
  expect(shown).toMatchObject([renewed]);
  expect([certificate.current().expiresAt, certificate.problem()]).toEqual([NOW + 90 * DAY_MS, undefined]);
});

it('one whose key is not there yet is not shown: the one before is, until the pair is whole', async () => {
  const { certFile, folder, clock, certificate, shown } = place();
  const renewed = issue(90);
  writeFileSync(certFile, renewed.cert);
  await clock.advance(LOOK_MS);
  expect([shown, certificate.current().expiresAt]).toEqual([[], NOW + 10 * DAY_MS]);
  expect(certificate.problem()).toContain('is not that of the certificate');
  layDown(folder, renewed);
  await clock.advance(LOOK_MS);
  expect(shown).toMatchObject([renewed]);
  expect(certificate.problem()).toBeUndefined();
});

it.each([
  ['that has expired', issue(-0.5)],
  ['for another name', issue(90, { names: ['other.example'] })],
])('one %s is told of and not shown', async (_what, wrong) => {
  const { folder, clock, certificate, shown } = place();
  layDown(folder, wrong);
  await clock.advance(LOOK_MS);
  expect([shown, certificate.problem()]).toEqual([[], expect.stringContaining('TROUPE_TLS_')]);
});

it('one that is good only from later on is shown once its time has come, though its files stay as they are', async () => {
  const { folder, clock, certificate, shown } = place();
  const early = issue(90, { from: NOW + 6 * LOOK_MS });
  layDown(folder, early);
  await clock.advance(LOOK_MS);
  expect([shown, certificate.problem()]).toEqual([[], expect.stringContaining('is good only from')]);
  await clock.advance(6 * LOOK_MS);
  expect([shown.length, certificate.problem()]).toEqual([1, undefined]);
  expect(shown).toMatchObject([early]);
});

it('files that cannot even be looked at leave what is shown as it is, and the node alive', async () => {
  const { certFile, folder, clock, certificate, shown } = place();
  rmSync(certFile);
  symlinkSync(certFile, certFile);
  await clock.advance(LOOK_MS);
  expect([shown, certificate.problem()]).toEqual([[], expect.stringContaining('ELOOP')]);
  rmSync(certFile);
  const renewed = issue(90);
  layDown(folder, renewed);
  await clock.advance(LOOK_MS);
  expect(shown).toMatchObject([renewed]);
});

it('files that go away leave what is shown as it is', async () => {
  const { certFile, clock, certificate, shown } = place();
  rmSync(certFile);
  await clock.advance(LOOK_MS);
  expect([shown, certificate.problem()]).toEqual([[], expect.stringContaining('there is no')]);
});

it('a link that is laid anew counts as a renewal', async () => {
  const folder = privateFolder();
  const [first, second] = ['1', '2'].map((name) => join(folder, name)) as [string, string];
  for (const one of [first, second]) mkdirSync(one);
  layDown(first, issue(10));
  const renewed = issue(90);
  layDown(second, renewed);
  const linked = ['cert.pem', 'key.pem'];
  const relink = (to: string): void => {
    for (const name of linked) {
      rmSync(join(folder, name), { force: true });
      symlinkSync(join(to, name), join(folder, name));
    }
  };
  relink(first);
  const clock = new SimulatedClock(NOW);
  const shown: SecureContextOptions[] = [];
  const config = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem'), name: null, minVersion: 'TLSv1.3' as const };
  const certificate = openCertificate({ config, host: '127.0.0.1', clock, log: recordingLog() });
  onTestFinished(() => certificate.close());
  certificate.showAt({ setSecureContext: (options) => void shown.push(options) });
  relink(second);
  await clock.advance(LOOK_MS);
  expect(shown).toMatchObject([{ ...renewed, minVersion: 'TLSv1.3' }]);
});
