import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hostVariables, openPlaces, preparePlace, sessionPlace, sweepPlace } from '../../../actors/session/session-place.ts';
import { SimulatedClock } from '../../../runtime/simulated-clock.ts';
import { privateFolder } from './private-folder.ts';

const folder = privateFolder();
const node = (ownerToken: string) => ({
  clock: new SimulatedClock(),
  ownerToken,
  ticketDir: join(folder, ownerToken, 'tickets'),
  logDir: join(folder, ownerToken, 'logs'),
  temporaryDir: join(folder, 'shared'),
  url: () => 'ws://127.0.0.1:1/ws',
});
const ticket = { ticket: 'secret-ticket', nonce: 'nonce', resume: 'secret-resume' };

it('a session’s ticket lies in a file for this user only, and in no environment', async () => {
  const options = node('one');
  openPlaces(options);
  const place = sessionPlace(options, 'testing');
  await preparePlace(place, ticket);
  expect(readFileSync(place.ticketFile, 'utf8')).toBe('secret-ticket\nsecret-resume\n');
  expect([statSync(place.ticketFile).mode & 0o777, statSync(options.ticketDir).mode & 0o777, statSync(place.temporary).mode & 0o777]).toEqual([0o600, 0o700, 0o700]);
  expect(JSON.stringify(hostVariables(options, place, ticket))).not.toMatch(/secret/);
  await expect(preparePlace(place, ticket)).rejects.toThrow();
  await sweepPlace(options, place, 0);
  expect([existsSync(place.ticketFile), existsSync(place.temporary)]).toEqual([false, false]);
});

it('a node that starts again removes what its earlier life left, and nothing of another node', async () => {
  const [mine, other] = [node('mine'), node('other')];
  for (const options of [mine, other]) {
    openPlaces(options);
    await preparePlace(sessionPlace(options, 'testing'), ticket);
  }
  mkdirSync(join(mine.temporaryDir, 'troupe-of-a-person'));
  writeFileSync(join(mine.logDir, 'testing.log'), 'kept');
  openPlaces(mine);
  expect(readdirSync(mine.ticketDir)).toEqual([]);
  expect(readdirSync(other.ticketDir)).toHaveLength(1);
  expect(readdirSync(mine.temporaryDir)).toHaveLength(2);
  expect(existsSync(join(mine.temporaryDir, 'troupe-of-a-person'))).toBe(true);
  expect(readFileSync(join(mine.logDir, 'testing.log'), 'utf8')).toBe('kept');
});
