import { readFileSync } from 'node:fs';
const base = process.argv[2] ?? '/tmp/w/lead';
const { assessRisk } = await import(`${base}/dist/actors/gate/index.js`);
const { parse, forEachChild } = await import('unbash');
const FACTS = { surroundings: { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' } };
const actions = readFileSync('/tmp/w/lead/test/gate/sample/bash.jsonl', 'utf8').trim().split('\n').map((l) => JSON.parse(l).payload).filter(({ command }) => command.length < 400).map((payload) => ({ type: 'BASH_COMMAND', payload }));
const visit = (n) => forEachChild(n, visit);
const cpu = (f) => { const a = process.cpuUsage(); f(); const b = process.cpuUsage(a); return (b.user + b.system); };
const ours = () => { for (let r = 0; r < 60; r++) for (const a of actions) assessRisk(a, FACTS); };
const peer = () => { for (let r = 0; r < 60; r++) for (const a of actions) visit(parse(a.payload.command)); };
ours(); peer();
const N = 60 * actions.length;
for (let i = 0; i < 14; i++) { const o = cpu(ours), p = cpu(peer); console.log('ours µs', (o / N).toFixed(2), 'peer', (p / N).toFixed(2), (p / o).toFixed(3)); }
if (process.argv[3]) for (let i = 0; i < 20; i++) ours();
