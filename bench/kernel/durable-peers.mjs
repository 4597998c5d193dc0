// durable.100 beside other systems that keep what they were told: both sides wait for the same disk, so both are held in wall time.
import { bullmqPeer } from '../peers/bullmq.mjs';
import { restatePeer } from '../peers/restate.mjs';
import { FEWEST_PAIRS } from '../row-result.mjs';
import { interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { counterMachine } from './counter.mjs';
import { withDurableSteps } from './durable.mjs';

const beside = (startPeer) =>
  withScratch(async (dir) => {
    const peer = await startPeer(dir);
    try {
      return await withDurableSteps(counterMachine(), (steps) => interleave({ ours: steps, peer: peer.sample }, { pairs: FEWEST_PAIRS }));
    } finally {
      await peer.stop();
    }
  });

export const besideBullmq = () => beside(bullmqPeer);
export const besideRestate = () => beside(restatePeer);
