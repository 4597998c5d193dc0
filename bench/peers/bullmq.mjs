// BullMQ over a Redis that syncs each write (`appendfsync always`): jobs that wait are processed by one worker, 50 at once.
import { connect } from 'node:net';
import { sized } from '../extent.mjs';
import { NO_RUN_IN, rate } from '../sampling.mjs';
import { peerModule } from './modules.mjs';
import { freePort, startServer } from './server-process.mjs';

const JOBS = sized(5_000, 100);
const CONCURRENCY = 50;
const QUEUE = 'bench';

const answersPing = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('error', reject);
    socket.once('data', (text) => {
      socket.destroy();
      resolve(String(text).startsWith('+PONG'));
    });
  });

/** `TROUPE_BENCH_REDIS` names the program where it is not in the path. */
export async function bullmqPeer(dir) {
  const { Queue, Worker } = await peerModule('bullmq');
  const port = await freePort();
  const words = { port, bind: '127.0.0.1', dir, appendonly: 'yes', appendfsync: 'always', save: '' };
  const args = Object.entries(words).flatMap(([word, value]) => [`--${word}`, String(value)]);
  const redis = await startServer(process.env.TROUPE_BENCH_REDIS ?? 'redis-server', args, { ready: () => answersPing(port) });
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection });
  let n = 0;
  const sample = async () => {
    await queue.addBulk(Array.from({ length: JOBS }, (_, index) => ({ name: 'tick', data: { index }, opts: { removeOnComplete: true } })));
    let left = JOBS;
    let done = () => {};
    const all = new Promise((resolve) => {
      done = resolve;
    });
    const worker = new Worker(
      QUEUE,
      async () => {
        n += 1;
      },
      { connection, concurrency: CONCURRENCY, autorun: false },
    );
    worker.on('completed', () => {
      left -= 1;
      if (left === 0) done();
    });
    await worker.waitUntilReady();
    const work = () => {
      void worker.run();
      return all;
    };
    const value = await rate(JOBS, work, NO_RUN_IN);
    await worker.close();
    return value;
  };
  const stop = async () => {
    await queue.close();
    await redis.stop();
    if (n === 0) throw new Error('no job was processed');
  };
  return { sample, stop };
}
