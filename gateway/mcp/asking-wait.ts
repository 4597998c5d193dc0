// A wait that asks: as soon as the work waits for a person itself, the one at the client is asked, if the client can do that. In the
// revision without sessions the call comes back with the questions and is made again with the answers; in a session it goes on meanwhile.
import {
  type CallToolResult,
  type ElicitRequestFormParams,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  type RequestStateCodec,
} from '@modelcontextprotocol/server';
import type { NodeNow } from '../http/dispatch.ts';
import { awaitEnd } from '../operations/awaiting.ts';
import type { Asking } from './offer.ts';
import { canBeAsked, questionsAbout, takeAnswers } from './questions.ts';
import { findWork } from './waited-work.ts';

export interface AskingWaitOptions {
  readonly nodeNow: NodeNow;
  readonly states: RequestStateCodec<unknown>;
}

interface State {
  readonly task: string;
  /** Keys of questions that are not asked again. */
  readonly asked: readonly string[];
}

type Answer = CallToolResult | InputRequiredResult;

const DAY_MS = 24 * 3_600_000;
const NEWS = /^(approval|task|plan)\./;

/** `work` is the wait itself; it ends early when its signal aborts. */
export async function waitAsking(options: AskingWaitOptions, task: string, asking: Asking, work: (signal: AbortSignal) => Promise<CallToolResult>): Promise<Answer> {
  if (!canBeAsked(asking)) return work(asking.signal);
  const over = new AbortController();
  const end = (): void => over.abort();
  asking.signal.addEventListener('abort', end, { once: true });
  const within = { ...asking, signal: over.signal };
  try {
    const asked = await takeWhatCame(options, task, within);
    return await Promise.race([work(over.signal), asksPerson(options, task, asked, within)]);
  } finally {
    end();
    asking.signal.removeEventListener('abort', end);
  }
}

/** Keys that were asked in earlier rounds of this call. */
async function takeWhatCame({ nodeNow }: AskingWaitOptions, task: string, asking: Asking): Promise<Set<string>> {
  const { requestState, inputResponses = {} } = asking.context?.mcpReq ?? {};
  const state = requestState?.<State>();
  if (state?.task !== task) return new Set();
  const found = await findWork(nodeNow, task, asking);
  if (found !== undefined) await takeAnswers(nodeNow, found.within, inputResponses, asking);
  return new Set([...state.asked, ...Object.keys(inputResponses)]);
}

/** Resolves with the questions where the client makes the call again; never where it is asked meanwhile. */
async function asksPerson(options: AskingWaitOptions, task: string, asked: Set<string>, asking: Asking): Promise<Answer> {
  const { context, signal } = asking;
  for (;;) {
    const questions = await nextQuestions(options, task, asked, asking);
    if (signal.aborted || context === undefined) return new Promise(() => undefined);
    const keys = Object.keys(questions);
    if (keys.length === 0) continue;
    if (context.mcpReq.envelope !== undefined) {
      const state: State = { task, asked: [...asked] };
      return inputRequired({ inputRequests: questions, requestState: await options.states.mint(state, context) });
    }
    const responses = await askInSession(questions, asking);
    const found = await findWork(options.nodeNow, task, asking);
    if (found !== undefined) await takeAnswers(options.nodeNow, found.within, responses, asking);
    for (const key of keys) asked.add(key);
  }
}

async function nextQuestions({ nodeNow }: AskingWaitOptions, task: string, asked: ReadonlySet<string>, asking: Asking): Promise<InputRequests> {
  const node = nodeNow();
  if (node === undefined) return {};
  return awaitEnd<InputRequests>(
    { node, caller: asking.caller, signal: asking.signal },
    {
      isNews: (kind) => NEWS.test(kind),
      async read() {
        const found = await findWork(nodeNow, task, asking);
        const all = found === undefined ? {} : await questionsAbout(nodeNow, found.within, asking);
        return Object.fromEntries(Object.entries(all).filter(([key]) => !asked.has(key)));
      },
      isEnded: (questions) => Object.keys(questions).length > 0,
      timeoutMs: DAY_MS,
    },
  );
}

/** Whoever does not answer is not asked again, and decides nothing. */
async function askInSession(questions: InputRequests, { context, signal }: Asking): Promise<Readonly<Record<string, unknown>>> {
  const ask = async ([key, { params }]: [string, InputRequests[string]]) => {
    const response = await context?.mcpReq.send({ method: 'elicitation/create', params: params as ElicitRequestFormParams }, { signal, timeout: DAY_MS }).catch(() => undefined);
    return [key, response] as const;
  };
  return Object.fromEntries(await Promise.all(Object.entries(questions).map(ask)));
}
