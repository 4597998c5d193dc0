// One message through 1,000 durable actors, each of which passes it on. Commits are counted, and the time is held against what one
// commit for each hop would take: 1,000 single-row commits of better-sqlite3 on the same disk.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createSystem, sqliteJournal, tell } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { counterMachine } from './counter.mjs';

const LENGTH = sized(1_000, 20);
const PASS = { type: 'PASS' };

const link = (index) => counterMachine({ PASS: { actions: tell(`link-${index + 1}`, PASS) } });
const lastLink = (onEnd) => counterMachine({ PASS: { actions: () => onEnd() } });

async function elapsed(run) {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

function singleCommits(dir) {
  const db = new Database(join(dir, 'peer.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE hops (id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO hops (body) VALUES (?)');
  const body = 'x'.repeat(300);
  return {
    sample: () =>
      elapsed(() => {
        for (let hop = 0; hop < LENGTH; hop += 1) insert.run(body);
      }),
    close: () => db.close(),
  };
}

export const chain = () =>
  withScratch(async (dir) => {
    let ended = () => {};
    const logic = (index) => (index < LENGTH - 1 ? link(index) : lastLink(() => ended()));
    const children = Array.from({ length: LENGTH }, (_, index) => worker(`link-${index}`, logic(index), { durable: true }));
    const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children }) });
    await system.start();
    const peer = singleCommits(dir);
    let commits = 0;
    system.onTelemetry(({ kind }) => {
      if (kind === 'journal.committed') commits += 1;
    });
    const counted = [];
    const ours = async () => {
      commits = 0;
      const time = await elapsed(async () => {
        const end = new Promise((resolve) => {
          ended = resolve;
        });
        await system.ref('link-0').tell(PASS);
        await end;
      });
      counted.push(commits);
      return time;
    };
    const times = await interleave({ ours, peer: peer.sample });
    peer.close();
    await system.stop();
    return { 'chain.1000': { ours: counted.slice(-times.ours.length) }, 'chain.1000.time': times };
  });
