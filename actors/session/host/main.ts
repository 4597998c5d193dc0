// The process inside an agent's terminal: `node dist/actors/session/host/main.js`. Lives as long as its connection to its node, or as
// what it executes for the next one.
// Imports kernel modules one by one, driver and executors when first needed: ten of these run beside each other.
import { createInterface } from 'node:readline';
import { systemClock } from '../../../runtime/clock.ts';
import { AgentHost, type HostExit } from './agent-host.ts';
import { executeOrder } from './executors.ts';
import { type HostSettings, readHostSettings, takeCredentials } from './host-settings.ts';
import { type Transcript, transcript } from './transcript.ts';
import { transcriptFile } from './transcript-file.ts';
import { type Channel, openChannel } from './ws-channel.ts';

function leave(code: HostExit): void {
  // A moment for the close frame; a socket that does not close must not keep the process.
  systemClock.after(50, () => process.exit(code));
}

function openTranscript(settings: HostSettings): Transcript {
  const keep = settings.transcriptFile === undefined ? undefined : transcriptFile(settings.transcriptFile);
  const write = (text: string): void => {
    process.stdout.write(text);
    keep?.(text);
  };
  return transcript({ clock: systemClock, write });
}

async function run(settings: HostSettings): Promise<void> {
  const { agent, url, nonce, ticketFile, nextNode, shown } = settings;
  const credentials = takeCredentials(ticketFile);
  const record = openTranscript(settings);
  const open = async (to: string): Promise<Channel> => {
    const channel = await openChannel({ url: to, agent, shown }, { onText: (text) => host.receive(channel, text), onClosed: (why) => void host.lost(channel, why) });
    return channel;
  };
  const wire = await open(url);
  const host: AgentHost = new AgentHost({
    agent,
    ...credentials,
    nonce,
    pid: process.pid,
    clock: systemClock,
    transcript: record,
    wire,
    drive: async (order, port) => (await import('../../driver/playbook.ts')).runPlaybook(order, port),
    execute: (order, io) => executeOrder(order, { ...io, clock: systemClock, env: process.env }),
    ...(nextNode === undefined ? {} : { findNode: async (search) => (await import('./find-next-node.ts')).findNextNode({ ...nextNode, clock: systemClock, agent, open }, search) }),
    onEnd: leave,
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void host.end(0, signal));
  process.on('SIGINT', () => record.line(agent, 'Ctrl-C does not end an agent: `troupe interrupt` ends its turn, `troupe stop` ends it'));
  process.on('uncaughtException', (error) => {
    record.line(agent, `failed: ${error.message}`);
    void host.end(1, 'an error of its own');
  });
  await host.hello();
  createInterface({ input: process.stdin }).on('line', (line) => host.typed(line));
}

process.stdout.on('error', () => {});
process.stdin.on('error', () => {});
try {
  await run(readHostSettings(process.env));
} catch (error) {
  process.stderr.write(`agent host: ${error instanceof Error ? error.message : String(error)}\n`);
  leave(3);
}
