// The kernel of one node: what its parts share, put together from the options, and the ways from one part to another.
import { Alerts } from './alerts.ts';
import { Asks } from './asks.ts';
import type { ChildAdmin } from './child-admin.ts';
import type { ChildHosts } from './child-host.ts';
import { childStopped } from './child-rows.ts';
import type { Clock } from './clock.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Departures } from './departures.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { Kernel } from './kernel.ts';
import { Mail } from './mail.ts';
import type { MailRoutes } from './mail-routes.ts';
import { idsFrom, messageId } from './message-id.ts';
import { Registry } from './registry.ts';
import { Stepper } from './step.ts';
import type { SystemOptions } from './system-options.ts';
import { Telemetry } from './telemetry.ts';
import { changeTie } from './tie-changes.ts';
import { Ties } from './ties.ts';
import { eventLoop } from './turns.ts';
import { VolatileScheduler } from './volatile-scheduler.ts';

/** Parts that are built after the kernel, since they stand on it: each is there before anything asks for it. */
export interface NodeParts {
  readonly engine: DurableEngine;
  readonly hosts: ChildHosts;
  readonly routes: MailRoutes;
  readonly children: ChildAdmin;
  readonly departures: Departures;
}

export function nodeKernel({ turns = eventLoop, random, freeze = false }: SystemOptions, clock: Clock, parts: () => NodeParts): Kernel {
  const asks = new Asks(clock, turns);
  const telemetry = new Telemetry();
  const ties = new Ties();
  const newId = random === undefined ? messageId : idsFrom(random);
  const registry = new Registry(ties);
  return {
    clock,
    turns,
    random: random ?? Math.random,
    newId,
    stepper: new Stepper(clock, (address, message) => parts().routes.post(new Mail('message', null, message), address)),
    registry,
    ties,
    asks,
    deadLetters: new DeadLetters(clock, asks, telemetry, newId),
    telemetry,
    alerts: new Alerts({ clock, telemetry, atBoundary: (write) => parts().engine.atBoundary(write) }),
    scheduler: new VolatileScheduler(turns, clock),
    freeze,
    post: (mail, to) => parts().routes.post(mail, to),
    postGroup: (group, from, message, priority) => parts().routes.postGroup(group, from, message, priority),
    lifeAt: (address) => {
      const running = registry.get(address);
      if (running !== undefined) return running.durable ? 'durable' : 'volatile';
      const { engine } = parts();
      return engine.holds(address) || engine.activations.presume(address) ? 'durable' : undefined;
    },
    changeTie: (cell, op, about) => changeTie(parts().engine, undefined, { address: cell.address, durable: false, cell }, op, about),
    deadLetter: (reason, detail, mail, to) => parts().routes.deadLetter(reason, detail, mail, to),
    startChildRow: (supervisor, child) => void parts().children.start(supervisor, child),
    startsRows: (supervisor) => parts().hosts.startsRows(supervisor),
    rowAbove: (address) => parts().hosts.rowAbove(address),
    endedAbsent: (address, reason) => parts().departures.endedAbsent(address, reason),
    rest: (cell) => parts().hosts.rest(cell),
    stopChildAt: (address) =>
      void parts()
        .children.stop(address)
        .then(() => childStopped(parts().engine, address)),
    unanswered: (mail) => parts().hosts.unanswered(mail),
    supervisorFailed: (cell, reason) => void parts().hosts.killAsCrash(cell, reason),
    exited: (cell, reason) => parts().departures.exited(cell, reason),
  };
}
