// A system as engineers embed it: the kernel's own, which can also show its tree and be reached over a transport.
import { System, type SystemOptions, type Transport } from '../../runtime/index.ts';
import { superviseTree, type TreeNode } from '../../supervisors/index.ts';
import { serveActors } from './actor-subjects.ts';

export interface EmbeddedSystemOptions extends SystemOptions {
  /** Brings messages to actors by subject; `name` is the cluster. Stays the caller's: `stop()` unsubscribes and leaves it open. */
  readonly transport?: Transport;
}

export class EmbeddedSystem extends System {
  readonly #transport: Transport | undefined;
  #unsubscribe: () => Promise<void> = async () => undefined;

  constructor({ transport, ...options }: EmbeddedSystemOptions) {
    super(options);
    this.#transport = transport;
  }

  override async start(): Promise<void> {
    await super.start();
    if (this.#transport !== undefined) this.#unsubscribe = serveActors(this, this.#transport, this.name);
  }

  override async stop(): Promise<void> {
    await this.#unsubscribe();
    await super.stop();
  }

  /** The supervision tree below the root, in start order. */
  tree(): readonly TreeNode[] {
    return superviseTree(this);
  }
}

/** Builds a system; nothing runs before `start()`. Without a journal it keeps everything in memory and forgets it at its end. */
export async function createSystem(options: EmbeddedSystemOptions): Promise<EmbeddedSystem> {
  return new EmbeddedSystem(options);
}
