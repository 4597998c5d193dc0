// A node with nothing but requests and their approvals. Opens as many approvals as it is told, says so, and waits to be killed.
import { setup } from 'xstate';

const [embed, approval, dir, count, text] = process.argv.slice(2);
const { createSystem, dynamicSupervisor, sqliteJournal, supervisor, worker } = await import(embed);
const { approvalTemplate } = await import(approval);

const clock = { now: Date.now };
const request = setup({}).createMachine({ on: { '*': {} } });
const system = await createSystem({
  name: 'pending',
  journal: sqliteJournal({ dir }),
  root: supervisor({
    children: [
      dynamicSupervisor('requests', { durable: true, templates: { request: (_input, id) => worker(id, request, { durable: true, version: 1 }) } }),
      dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate({ clock }) } }),
    ],
  }),
});
await system.start();
const order = JSON.parse(text);
for (let at = 0; at < Number(count); at += 1) {
  const id = `${order.id}.${at}`;
  const answer = await system.startChild('approvals', { template: 'approval', id, input: { ...order, id, requestId: id } });
  if (!answer.ok) throw new Error(answer.reason);
}
console.log(JSON.stringify({ open: Number(count), at: Date.now() }));
