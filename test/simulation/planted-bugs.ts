// Bugs of the kernel, planted one by one into a copy of its sources: what a simulator that has never found anything would be worth.
// The product knows nothing of them.

export interface PlantedBug {
  readonly name: string;
  /** What it breaks, as the simulator says it. */
  readonly breaks: readonly string[];
  readonly replacements: ReadonlyArray<{ readonly file: string; readonly replace: string; readonly with: string }>;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'acknowledges before the commit',
    breaks: ['G1'],
    replacements: [{ file: 'runtime/durable-engine.ts', replace: '    this.fresh.add(mail, to);\n', with: '    this.fresh.add(mail, to);\n    mail.acceptance?.resolve();\n' }],
  },
  {
    name: 'lets out before the commit what a step wants',
    breaks: ['G1', 'G2', 'G4'],
    replacements: [
      {
        file: 'runtime/batch-loop.ts',
        replace: '    this.#committing = true;\n    this.#writing = batch;\n',
        with: '    this.#committing = true;\n    this.#writing = batch;\n    for (const run of batch.after.splice(0)) run();\n',
      },
    ],
  },
  {
    name: 'keeps no receipts',
    breaks: ['G2'],
    replacements: [
      {
        file: 'runtime/durable-output.ts',
        replace: '  if (!mail.receipt || mail.id === undefined) return;\n',
        with: '  if (mail.id !== mail.source || mail.id === undefined) return;\n',
      },
    ],
  },
  {
    name: 'does not journal timers',
    breaks: ['G5', 'rest'],
    replacements: [
      {
        file: 'runtime/commit-rows.ts',
        replace: '      if (row !== undefined) put.push(row);\n      else if (cell.rowed) remove',
        with: '      if (row === undefined && cell.rowed) remove',
      },
    ],
  },
  {
    name: 'leaves consumed mail on disk',
    breaks: ['G2', 'rest'],
    replacements: [{ file: 'runtime/batch.ts', replace: '    if (mail.rowed) this.removedMail.push(mail.seq);\n', with: '' }],
  },
  {
    // Poison that is cut off again and again never ends, so nothing comes to rest, and the node may be between two lives when its time is up.
    name: 'counts attempts in memory only',
    breaks: ['G7', 'G6', 'rest'],
    replacements: [{ file: 'runtime/commit-rows.ts', replace: 'attempts: mail.attempts,', with: 'attempts: 0,' }],
  },
  {
    name: 'starts what may not be repeated without having said so',
    breaks: ['G4'],
    replacements: [{ file: 'runtime/effect-runner.ts', replace: '    else this.#host.markStarted(cell, key, () => this.#run(entry));\n', with: '    else this.#run(entry);\n' }],
  },
  {
    name: 'takes results of an epoch that is over',
    breaks: ['G8', 'G4'],
    replacements: [
      {
        file: 'runtime/effect-runner.ts',
        replace: '      const late = settled || this.#running.get(key) !== run || this.#host.current(address, key)?.row.epoch !== epoch;\n',
        with: '      const late = settled;\n',
      },
      { file: 'runtime/effect-desk.ts', replace: 'if (entry === undefined || entry.row.epoch !== epoch) return;', with: 'if (entry === undefined) return;' },
      { file: 'runtime/durable-step.ts', replace: 'entry.row.key === mail.source && entry.row.epoch === mail.generation', with: 'entry.row.key === mail.source' },
    ],
  },
  {
    name: 'takes an unknown outcome for a failure',
    breaks: ['G1', 'G2', 'G7', 'rest'],
    replacements: [
      {
        file: 'runtime/commit-failures.ts',
        replace: 'if (commit !== undefined && head.lastBatch >= batch.number) {',
        with: 'if (commit !== undefined && head.lastBatch > batch.number) {',
      },
    ],
  },
  {
    name: 'goes on from memory when a batch was lost',
    breaks: ['G2', 'G1', 'rest'],
    replacements: [{ file: 'runtime/recovery.ts', replace: '    else await readBack(engine, cell, inputs);\n', with: '' }],
  },
  {
    name: 'leaves no tombstones',
    breaks: ['G2'],
    replacements: [
      {
        file: 'runtime/durable-step.ts',
        replace: `  batch.receipts.set(\`\${cell.address}\\n\${mail.about}\`, { address: cell.address, id: mail.about, reply: '{"cancelled":true}', expiresAt });\n`,
        with: '  void expiresAt;\n',
      },
    ],
  },
  {
    name: 'takes rows in another order than they came',
    breaks: ['G3'],
    replacements: [{ file: 'runtime/places.ts', replace: '.sort((a, b) => a.seq - b.seq);', with: '.sort((a, b) => b.seq - a.seq);' }],
  },
  {
    // Where messages are frozen the second use of what was read fails by itself.
    name: 'does not read again what was read before a batch was lost',
    breaks: ['G1', 'G3', 'rest', 'unhandled'],
    replacements: [{ file: 'runtime/with-image.ts', replace: '    if (times === 1) run(batch, image);\n', with: '    if (times > 0) run(batch, image);\n' }],
  },
  {
    name: 'keeps what was postponed by a batch that was lost',
    breaks: ['G2'],
    replacements: [{ file: 'runtime/recovery.ts', replace: '    cell.postponed = cell.postponed.filter((mail) => !gone(mail));\n', with: '' }],
  },
  {
    name: 'lets what comes overtake the rows that were not read yet',
    breaks: ['G3'],
    replacements: [
      {
        file: 'runtime/mailbox-lane.ts',
        replace: '    if (this.#tail !== undefined && mail.seq > this.#tail.readTo) this.#tail.late.push(mail);\n    else this.#items.push(mail);\n',
        with: '    this.#items.push(mail);\n',
      },
    ],
  },
  {
    name: 'looks through nothing but memory for what control cancels',
    breaks: ['G2'],
    replacements: [{ file: 'runtime/backlog.ts', replace: "about !== undefined && priority === 'control' &&", with: "about === 'never' && priority === 'control' &&" }],
  },
  {
    name: 'restarts without bounds',
    breaks: ['G6'],
    replacements: [{ file: 'supervisors/restart-intensity.ts', replace: 'this.size >= intensity', with: 'this.size >= 1_000 + intensity' }],
  },
];
