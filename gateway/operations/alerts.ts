// What a person ought to know of: quarantined actors, messages that fail again and again, a journal that takes no writes.
import { z } from 'zod';
import { listAlerts, openAlertIds } from '../../actors/read-model/index.ts';
import { alertRow } from './answers/fleet.ts';
import { pageOf } from './answers/words.ts';
import { type Operation, operation, readModel } from './operation.ts';
import { pageInput } from './page.ts';

export const ALERT_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'alert.list',
    title: 'Alerts',
    summary: 'what a person ought to know of, the newest first; with `all` also what is over',
    permission: 'read',
    input: z.strictObject({ all: z.stringbool().or(z.boolean()).optional(), ...pageInput }),
    output: pageOf(alertRow),
    async run(context, input) {
      const db = await readModel(context);
      const page = listAlerts(db, input);
      if (input.cursor !== undefined) return page;
      // A journal that takes no writes cannot take the news of it either.
      const shown = openAlertIds(db);
      const unwritten = context.node.system.alerts().flatMap((alert) => (shown.has(alert.id) ? [] : [{ ...alert, clearedAt: null }]));
      return { ...page, items: [...unwritten, ...page.items] };
    },
  }),
];
